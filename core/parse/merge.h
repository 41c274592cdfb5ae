// merge: the parts of a capture, parsed apart, become one Snapshot. Parts are added in file order.
#pragma once

#include "model/snapshot.h"
#include "parse/builder.h"
#include "parse/clock_map.h"
#include "parse/demux.h"
#include "parse/packet_loading.h"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace hindcast::parse {

/// One source of a part, read by its parser.
struct ParsedSource {
    std::string member;
    std::string source; ///< parser id; "" = nothing reads it
    Builder builder;
    std::uint64_t bytes = 0, readings = 0;
    int errorNumber = 0;
    std::optional<Time> writtenAt; ///< of a loose file
    std::optional<Time> collectedAt; ///< the bundle it lies in, as it tells
    std::string readingNote; ///< how it was recognised, where that is not plain; "" otherwise
};

/// A part after its parsers ran; holds no views into the archive but of packets, whose bytes it keeps.
struct ParsedPart {
    std::size_t ordinal = 0;
    Demuxed facts; ///< with `sources` and `identities` emptied
    std::vector<ParsedSource> sources;
    Host host;
    std::vector<archive::Damage> damage;
    bool isWhole = true;
    std::unique_ptr<std::deque<archive::Bytes>> packetBytes; ///< of facts.packets; null when there are none

    std::uint64_t heldBytes() const
    {
        std::uint64_t bytes = 0;
        if (packetBytes)
            for (const archive::Bytes& buffer : *packetBytes)
                bytes += buffer.capacity();
        return bytes;
    }
};

class Merge {
public:
    /// `assumedZone`: what texts without a zone are taken as; "" = nobody said.
    explicit Merge(bool isCoarse, std::string assumedZone = {}, std::stop_token stop = {})
        : m_isCoarse(isCoarse)
        , m_assumedZone(std::move(assumedZone))
        , m_packets(std::move(stop))
    {
    }

    void add(ParsedPart part);
    /// Derived metrics and pyramids included. `jobs` threads.
    std::shared_ptr<Snapshot> finish(unsigned jobs);

private:
    /// All series and entities of one member: they share a time column.
    struct Group {
        std::string source, member;
        Clock clock = Clock::Wall;
        std::shared_ptr<std::vector<Time>> times = std::make_shared<std::vector<Time>>();
        std::vector<Series> series;
        std::unordered_map<std::string, std::size_t> seriesIndex;
        std::vector<std::size_t> order; ///< the places of the last part's series: the next part's are likely the same
        std::vector<Entity> entities;
        std::unordered_map<std::string, std::size_t> entityIndex;
        std::vector<std::size_t> alive; ///< entities of the last part that had not ended
    };

    void beginBoot(const ParsedPart& part);
    void shiftToAxis(ParsedPart& part);
    void noteHole(const Demuxed& facts);
    void noteDamage(const ParsedPart& part);
    /// How the processes of the last part carry over to this one.
    struct Seam {
        bool isContiguous = false; ///< no tick lies between the parts
        bool hasKeyframe = true; ///< the part lists all processes: one that is not there has ended
    };
    void addTable(Table table);
    void addSource(ParsedSource& source, Nanoseconds shift, Seam seam);
    void addPackets(const Demuxed& facts);
    void addSeries(Group& group, Builder& builder, std::size_t base, std::size_t firstRow);
    void addEntities(Group& group, Builder& builder, std::size_t base, std::size_t firstRow, Seam seam);
    void noteSuspension(TimeRange between, Nanoseconds length);
    void placeSources();
    void takeGroups(Snapshot& snapshot);
    void takePackets(Snapshot& snapshot);
    void addDenials();
    void takeRest(Snapshot& snapshot);
    Group& groupOf(const ParsedSource& source);
    MemberReport& reportOf(const std::string& path);
    void addNote(ImportNote note);

    bool m_isCoarse;
    std::string m_assumedZone;
    PacketLoading m_packets;
    std::map<std::string, std::unique_ptr<Group>> m_groups; ///< by member + source
    std::optional<Time> m_collectedAt; ///< as the `date` of a bundle tells
    std::map<std::string, SourceTimes> m_clocks; ///< by member + source
    std::map<std::string, MemberReport> m_reports;
    std::map<std::string, int> m_denials; ///< errno by path
    std::vector<ImportNote> m_notes;
    std::unordered_map<std::string, std::size_t> m_noteIndex;
    std::vector<Event> m_events;
    std::vector<Table> m_tables;
    std::vector<AskedDump> m_askedDumps;
    std::unordered_map<std::string, std::size_t> m_gathered; ///< member and name of tables of many files -> m_tables
    std::vector<Gap> m_gaps;
    Host m_host;
    bool m_isPartial = false;
    std::string m_bootId; ///< of the last part
    std::optional<Nanoseconds> m_lastOffset, m_lastAsleep;
    Nanoseconds m_correction{};
    std::optional<std::uint64_t> m_lastTick;
    std::optional<Time> m_lastTime;
};

} // namespace hindcast::parse
