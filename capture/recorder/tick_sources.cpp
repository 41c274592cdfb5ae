#include "tick_sources.h"

#include "framing/block.h"
#include "limited_matches.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::size_t mostMatches = 256; // files of one pattern; a host with more disks has them in /proc/diskstats
constexpr std::size_t mostTriggerBytes = 1 << 20; // vmallocinfo is read under a lock of the kernel
constexpr unsigned manyCpus = 64; // beyond them what has lines per CPU, or a column, is dear
constexpr unsigned rareTicks = 5;

bool is(const SourceEntry& source, const char* path)
{
    return std::strcmp(source.path, path) == 0;
}

/// Before Linux 5.5 /proc/pagetypeinfo counts all free pages with interrupts off, which takes seconds on large machines
/// (mm/vmstat.c, commit 93b3a674485f). A version that is not known counts as old.
bool hasQuickPageTypes(const Root& root)
{
    const std::string release = root.firstLine("/proc/sys/kernel/osrelease");
    char* end = nullptr;
    const unsigned long major = std::strtoul(release.c_str(), &end, 10);
    const unsigned long minor = *end == '.' ? std::strtoul(end + 1, nullptr, 10) : 0;
    return major > 5 || (major == 5 && minor >= 5);
}

/// What a device that was taken away answers.
bool isGone(int errorNumber)
{
    return errorNumber == ENOENT || errorNumber == ENODEV || errorNumber == ENXIO;
}

} // namespace

TickSources::TickSources(const Root& root)
    : m_root(root)
{
    std::uint64_t offset = 0;
    for (const SourceEntry& source : sourceTable()) {
        if (source.cadence != Cadence::Tick && source.cadence != Cadence::Trigger)
            continue;
        if (is(source, "/proc/pagetypeinfo") && !hasQuickPageTypes(root))
            continue;
        const bool namesDevices =
            is(source, "/proc/stat") || is(source, "/proc/diskstats") || is(source, "/proc/net/dev");
        m_entries.push_back({&source, offset, std::strchr(source.path, '*') != nullptr, namesDevices, {}});
        if (source.period > 1)
            ++offset;
    }
    for (Entry& entry : m_entries)
        if (!entry.isPattern)
            entry.files.push_back({entry.source->path});
}

TickSources::~TickSources()
{
    for (const Entry& entry : m_entries)
        for (const File& file : entry.files)
            if (file.descriptor >= 0)
                close(file.descriptor);
}

void TickSources::sample(const TickContext& context, std::string& blocks)
{
    if (context.pass == Pass::Keyframe)
        ++m_segment;
    if (context.pass == Pass::Keyframe || (m_hasNewDevices && context.turn != Turn::Burst))
        findFiles();
    for (Entry& entry : m_entries)
        if (isDue(entry, context))
            readEntry(entry, context, blocks);
}

/// A keyframe has everything, except in a burst, whose ticks have to be quick.
bool TickSources::isDue(const Entry& entry, const TickContext& context) const
{
    if (entry.source->cadence == Cadence::Trigger)
        return context.turn == Turn::Triggered;
    unsigned period = entry.source->period;
    if (m_cpus > manyCpus && (is(*entry.source, "/proc/interrupts") || is(*entry.source, "/proc/schedstat")))
        period = std::max(period, rareTicks);
    if (period > 1 && context.isLeftOut(Degradation::GlobalsOnly))
        return false;
    const bool isWholeKeyframe = context.pass == Pass::Keyframe && context.turn != Turn::Burst;
    return isWholeKeyframe || context.isTurnOf(period, entry.offset);
}

void TickSources::findFiles()
{
    m_hasNewDevices = false;
    for (Entry& entry : m_entries)
        if (entry.isPattern && entry.source->cadence == Cadence::Tick)
            findFiles(entry);
}

/// What is known of a file that is still there stays known.
void TickSources::findFiles(Entry& entry)
{
    LimitedMatches matches = limitedMatches(m_root, entry.source->path, mostMatches);
    entry.leftOut = matches.leftOut;
    std::vector<File> files;
    files.reserve(matches.paths.size());
    for (std::string& path : matches.paths) {
        const auto known =
            std::find_if(entry.files.begin(), entry.files.end(), [&](const File& file) { return file.path == path; });
        if (known != entry.files.end())
            files.push_back(std::move(*known));
        else
            files.push_back({std::move(path)});
    }
    entry.files = std::move(files);
}

void TickSources::readEntry(Entry& entry, const TickContext& context, std::string& blocks)
{
    for (File& file : entry.files)
        if (file.errorNumber == 0 || context.pass == Pass::Keyframe || entry.source->cadence == Cadence::Trigger)
            readFile(entry, file, context, blocks);
    if (entry.isPattern)
        std::erase_if(entry.files, [](const File& file) { return isGone(file.errorNumber); });
}

void TickSources::readFile(Entry& entry, File& file, const TickContext& context, std::string& blocks)
{
    std::string_view text;
    const std::int64_t begin = monotonicNow();
    const int failure = read(entry, file, context.buffer, text);
    const std::int64_t microseconds = (monotonicNow() - begin) / 1000;
    if (failure != 0) {
        if (file.errorNumber == 0)
            file.failedTick = context.tick;
        file.errorNumber = failure;
        file.written.forget();
        m_hasNewDevices = m_hasNewDevices || (entry.isPattern && isGone(failure));
        framing::appendBlock(blocks, file.path, begin, microseconds, failure, {});
        return;
    }
    file.errorNumber = 0;
    noteText(entry, file, text, context.pass);
    if (entry.source->period == 1 || file.written.isNews(m_segment, text))
        framing::appendBlock(blocks, file.path, begin, microseconds, 0, text);
}

/// The files there are always stay open. Those of devices do not: there may be many.
int TickSources::read(const Entry& entry, File& file, ReadBuffer& buffer, std::string_view& text) const
{
    if (file.descriptor < 0)
        file.descriptor = m_root.openFile(file.path.c_str());
    if (file.descriptor < 0)
        return errno;
    const bool isTrigger = entry.source->cadence == Cadence::Trigger;
    const int failure = isTrigger ? buffer.readBeginning(file.descriptor, mostTriggerBytes, text)
                                  : buffer.readWhole(file.descriptor, text);
    if (failure != 0 || entry.isPattern || isTrigger) {
        close(file.descriptor);
        file.descriptor = -1;
    }
    return failure;
}

void TickSources::noteText(Entry& entry, const File& file, std::string_view text, Pass pass)
{
    if (entry.namesDevices) {
        const std::ptrdiff_t lines = std::count(text.begin(), text.end(), '\n');
        m_hasNewDevices = m_hasNewDevices || (entry.lines >= 0 && entry.lines != lines);
        entry.lines = lines;
    }
    if (pass == Pass::Keyframe && file.path == "/proc/stat")
        noteSystem(text);
}

/// E2BIG: more files than are read, `count` of them left out. What is read at a trigger was tried at the start.
void TickSources::addDenials(std::vector<Denial>& denials) const
{
    for (const Entry& entry : m_entries) {
        if (entry.source->cadence == Cadence::Trigger)
            continue;
        for (const File& file : entry.files)
            if (file.errorNumber != 0)
                denials.push_back({file.path, file.errorNumber, file.failedTick});
        if (entry.leftOut > 0)
            denials.push_back({entry.source->path, E2BIG, std::nullopt, entry.leftOut});
    }
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
