#include "parse/stamped_reading.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <fmt/format.h>

namespace hindcast::parse {
namespace {

constexpr std::size_t looked = 16 << 10;

/// Files of the kernel are read as they stand, one sample a block; what a tool prints is a run of that tool in each
/// block, with a first report and a heading of its own.
bool isFileOfKernel(const Parser& parser)
{
    return !parser.members.empty();
}

class StampedReader {
public:
    StampedReader(std::string_view member, const StampedText& stamped, const Host& host)
        : m_member(member)
        , m_stamped(stamped)
        , m_host(host)
    {
    }

    std::vector<ParsedSource> run(const Parser* forced, ChooseParser choose)
    {
        const Parser* parser = forced;
        for (const StampedBlock& block : m_stamped.blocks) {
            if (trimmed(block.text).empty())
                continue;
            if (!forced && !isFor(parser, block.text))
                parser = choose(m_member, block.text);
            if (!parser) {
                ++m_unknown;
                continue;
            }
            if (parser != m_parser)
                finishSamples();
            m_parser = parser;
            if (isFileOfKernel(*parser))
                m_samples.push_back({block.time, m_member, block.text, 0, {}});
            else
                readRun(block);
        }
        finishSamples();
        noteAssumptions();
        return std::move(m_read);
    }

private:
    static bool isFor(const Parser* parser, std::string_view text)
    {
        return parser && (!parser->recognise || parser->recognise(text.substr(0, looked)) > 0);
    }

    ParsedSource& begin(std::uint64_t bytes, std::uint64_t readings)
    {
        ParsedSource& source = m_read.emplace_back();
        source.member = m_member;
        source.source = m_parser->id;
        source.bytes = bytes;
        source.readings = readings;
        return source;
    }

    void finishSamples()
    {
        if (m_samples.empty())
            return;
        std::uint64_t bytes = 0;
        for (const Sample& sample : m_samples)
            bytes += sample.text.size();
        Builder& out = begin(bytes, m_samples.size()).builder;
        out.setClock(Clock::Wall);
        m_parser->parse({m_member, m_samples, Clock::Wall, m_host}, out);
        sayZone(out);
        m_samples.clear();
    }

    void readRun(const StampedBlock& block)
    {
        Builder& out = begin(block.text.size(), 1).builder;
        out.setClock(Clock::None);
        const Sample sample{Time{}, m_member, block.text, 0, {}};
        m_parser->parse({m_member, {&sample, 1}, Clock::None, m_host, block.time}, out);
        for (Table& table : out.tables())
            table.firstLine += table.firstLine > 0 ? block.linesBefore : 0;
        for (Event& event : out.events())
            event.line += event.line > 0 ? block.linesBefore : 0;
        const bool hasOwnClock = out.clock() == Clock::Wall;
        if (!hasOwnClock || out.rowTimes().empty())
            out.placeAt(block.time);
        if (!hasOwnClock)
            sayZone(out);
    }

    void sayZone(Builder& out)
    {
        if (m_stamped.isLocal)
            out.setCivilTimes(CivilTimes::Local);
        if (m_stamped.isLocal && !m_stamped.zone.empty())
            out.setZoneText(m_stamped.zone);
        if (m_stamped.utcOffset)
            out.host().utcOffset = m_stamped.utcOffset;
    }

    void noteAssumptions()
    {
        if (m_read.empty())
            return;
        Builder& out = m_read.front().builder;
        if (m_unknown > 0)
            out.note(
                NoteSeverity::Info, fmt::format("{} blocks below a time are of no source that is read", m_unknown));
        if (m_stamped.wasSetBack)
            out.note(NoteSeverity::Info,
                "the clock of the lines above the blocks was set back: times go on by the distance before it");
    }

    std::string m_member;
    const StampedText& m_stamped;
    const Host& m_host;
    const Parser* m_parser = nullptr;
    std::vector<Sample> m_samples;
    std::vector<ParsedSource> m_read;
    std::uint64_t m_unknown = 0;
};

} // namespace

std::vector<ParsedSource> readStamped(
    std::string_view member, const StampedText& stamped, const Parser* forced, ChooseParser choose, const Host& host)
{
    return StampedReader(member, stamped, host).run(forced, choose);
}

} // namespace hindcast::parse
