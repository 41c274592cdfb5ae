#include "tick_sources.h"

#include "framing/block.h"
#include "source_table.h"

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <unistd.h>

namespace hindcast::recorder {

TickSources::TickSources(const Root& root)
    : m_root(root)
{
    for (const SourceEntry& entry : sourceTable())
        if (entry.cadence == Cadence::Tick)
            m_sources.push_back({entry.path, entry.period});
}

TickSources::~TickSources()
{
    for (const Source& source : m_sources)
        if (source.descriptor >= 0)
            close(source.descriptor);
}

void TickSources::sample(const TickContext& context, std::string& blocks)
{
    for (Source& source : m_sources) {
        if ((source.errorNumber != 0 && context.pass == Pass::Changes) || !context.isTurnOf(source.period))
            continue;
        std::string_view text;
        const std::int64_t begin = monotonicNow();
        const int failure = read(source, context.buffer, text);
        const std::int64_t microseconds = (monotonicNow() - begin) / 1000;
        framing::appendBlock(
            blocks, source.path, begin, microseconds, failure, failure == 0 ? text : std::string_view());
        if (failure != 0)
            fail(source, failure, context.tick);
        else
            source.errorNumber = 0;
        if (failure == 0 && context.pass == Pass::Keyframe && std::strcmp(source.path, "/proc/stat") == 0)
            noteSystem(text);
    }
}

int TickSources::read(Source& source, ReadBuffer& buffer, std::string_view& text) const
{
    if (source.descriptor < 0)
        source.descriptor = m_root.openFile(source.path);
    return source.descriptor < 0 ? errno : buffer.readWhole(source.descriptor, text);
}

void TickSources::fail(Source& source, int errorNumber, std::uint64_t tick)
{
    if (source.errorNumber == 0)
        source.failedTick = tick;
    source.errorNumber = errorNumber;
    if (source.descriptor >= 0)
        close(source.descriptor);
    source.descriptor = -1;
}

void TickSources::addDenials(std::vector<Denial>& denials) const
{
    for (const Source& source : m_sources)
        if (source.errorNumber != 0)
            denials.push_back({source.path, source.errorNumber, source.failedTick});
}

/// Lines "cpu0 …" name the CPUs in use, "btime N" the second of the boot (man 5 proc, /proc/stat).
void TickSources::noteSystem(std::string_view procStat)
{
    m_cpus = 0;
    m_bootTimeSeconds = 0;
    while (!procStat.empty()) {
        const auto end = procStat.find('\n');
        const std::string_view line = procStat.substr(0, end);
        procStat.remove_prefix(end == std::string_view::npos ? procStat.size() : end + 1);
        if (line.starts_with("cpu") && line.size() > 3 && std::isdigit(static_cast<unsigned char>(line[3])))
            ++m_cpus;
        else if (line.starts_with("btime "))
            std::from_chars(line.data() + 6, line.data() + line.size(), m_bootTimeSeconds);
    }
}

} // namespace hindcast::recorder
