// PacketLoading: the packet captures among an archive's members become one PacketCapture. The files of one interface
// are one stream of packets, whose frames are numbered through.
#pragma once

#include "model/snapshot.h"
#include "tcp/analysis.h"
#include "tcp/frame_decoder.h"
#include "tcp/packet_reader.h"

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// What this reading is called in members, series and --source.
constexpr std::string_view packetSourceId = "pcap";

/// "packets/eth0/000003.pcap" or ".txt": written by the recorder.
bool isPacketPath(std::string_view path);
/// The text beside a capture file that says what was dropped.
bool isPacketFactsPath(std::string_view path);

/// A packet capture in a part, not decoded yet: decoded segments would take more room than its bytes do.
struct PacketMember {
    std::string path;
    std::string_view bytes; ///< of the part
};

class PacketLoading {
public:
    explicit PacketLoading(std::stop_token stop)
        : m_stop(std::move(stop))
    {
    }

    /// Members in file order. `shift` is added to all times.
    void read(const PacketMember& member, Nanoseconds shift);
    /// Lines "key value" of the text beside a member.
    void readFacts(const PacketMember& member);

    /// Conversations of an interface that told no times have none: an empty range, and nothing derived from times.
    PacketCapture finish();
    /// What is to be said about the reading; complete after finish().
    std::vector<MemberReport>& reports() { return m_reports; }
    std::vector<ImportNote>& notes() { return m_notes; }
    bool isPartial() const { return m_isPartial; }

private:
    /// One interface of a capture, or one file.
    struct Stream {
        tcp::FrameDecoder decoder;
        std::uint32_t lastFrame = 0;
        std::optional<Time> lastTime;
        std::map<std::uint32_t, std::uint8_t> sources; ///< by interface of the file
    };

    Stream& streamOf(const std::string& path);
    std::uint8_t sourceOf(
        Stream& stream, std::uint32_t interface, const tcp::PacketInterface& about, const std::string& path);
    void takeFrame(Stream& stream, const tcp::Frame& frame, std::uint8_t source, Nanoseconds shift);
    void noteUnreadFrames(const PacketMember& member);
    void noteProblems(const std::string& path, const tcp::PacketReader& reader, MemberReport& report);

    std::stop_token m_stop;
    tcp::Analysis m_analysis;
    std::vector<PacketSource> m_sources;
    std::map<std::string, std::unique_ptr<Stream>> m_streams;
    std::vector<MemberReport> m_reports;
    std::vector<ImportNote> m_notes;
    std::uint64_t m_untimed = 0; ///< frames of the member being read that have no time
    std::map<std::uint16_t, std::uint64_t> m_unknownLinks; ///< its frames of link types that are not read
    bool m_isPartial = false;
};

} // namespace hindcast::parse
