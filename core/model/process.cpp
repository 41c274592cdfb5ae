#include "model/process.h"

#include <algorithm>
#include <cmath>

namespace hindcast {

const std::vector<EntityColumn>& processColumns()
{
    static const std::vector<EntityColumn> columns{
        {"process.user_time", Unit::Seconds, Kind::Counter},
        {"process.system_time", Unit::Seconds, Kind::Counter},
        {"process.resident", Unit::Bytes, Kind::Gauge},
        {"process.virtual", Unit::Bytes, Kind::Gauge},
        {"process.threads", Unit::Count, Kind::Gauge},
        {"process.minor_faults", Unit::Count, Kind::Counter},
        {"process.major_faults", Unit::Count, Kind::Counter},
        {"process.block_io_delay", Unit::Seconds, Kind::Counter},
        {"process.state", Unit::None, Kind::Gauge},
        {"process.processor", Unit::None, Kind::Gauge},
        {"process.priority", Unit::None, Kind::Gauge},
        {"process.nice", Unit::None, Kind::Gauge},
        {"process.swap", Unit::Bytes, Kind::Gauge},
        {"process.resident_anonymous", Unit::Bytes, Kind::Gauge},
        {"process.resident_file", Unit::Bytes, Kind::Gauge},
        {"process.resident_shared", Unit::Bytes, Kind::Gauge},
        {"process.voluntary_switches", Unit::Count, Kind::Counter},
        {"process.involuntary_switches", Unit::Count, Kind::Counter},
        {"process.read_bytes", Unit::Bytes, Kind::Counter},
        {"process.written_bytes", Unit::Bytes, Kind::Counter},
        {"process.read_characters", Unit::Bytes, Kind::Counter},
        {"process.written_characters", Unit::Bytes, Kind::Counter},
        {"process.run_queue_wait", Unit::Seconds, Kind::Counter},
        {"process.open_files", Unit::Count, Kind::Gauge},
        {"process.oom_score", Unit::None, Kind::Gauge},
    };
    return columns;
}

namespace {

constexpr double percent = 100;

double valueAt(const Entity& process, ProcessColumn column, std::size_t sample)
{
    return process.columns[static_cast<std::size_t>(column)].at(sample);
}

/// A process that has all its columns; input can hold none other, but a hand-made snapshot can.
bool isSampledProcess(const Entity& entity)
{
    return entity.kind == EntityKind::Process && entity.times && !entity.ticks.empty()
        && entity.columns.size() >= static_cast<std::size_t>(ProcessColumn::Count);
}

double secondsBetween(const Entity& process, std::uint32_t begin, std::uint32_t end)
{
    return toSeconds((*process.times)[end] - (*process.times)[begin]);
}

/// Where the counters of a process stood at a tick.
struct Base {
    std::optional<std::size_t> sample; ///< nothing: it had not begun, its counters stood at zero
    std::uint32_t tick = 0;
    double valueOf(const Entity& process, ProcessColumn column) const
    {
        return sample ? valueAt(process, column, *sample) : 0;
    }
};

/// The base of an interval that begins at `tick`. A process that began later counts from zero, one that merely was not
/// seen earlier from its first sample; nothing when that leaves no interval before `end`.
std::optional<Base> baseAt(const Entity& process, std::uint32_t tick, std::uint32_t end)
{
    if (process.firstTick <= tick)
        return Base{process.sampleAt(tick), tick};
    if (process.hasStarted)
        return Base{std::nullopt, tick};
    if (process.firstTick < end)
        return Base{std::size_t{0}, process.firstTick};
    return std::nullopt;
}

double increase(const Entity& process, ProcessColumn column, const Base& base, std::size_t sample)
{
    const double delta = valueAt(process, column, sample) - base.valueOf(process, column);
    return delta >= 0 ? delta : notMeasured;
}

void setInstant(ProcessFigures& figures, std::size_t sample)
{
    const Entity& process = *figures.process;
    const double state = valueAt(process, ProcessColumn::State, sample);
    figures.state = state > 0 && state < 128 ? static_cast<char>(state) : '?';
    figures.cpuSeconds =
        valueAt(process, ProcessColumn::UserTime, sample) + valueAt(process, ProcessColumn::SystemTime, sample);
    figures.residentBytes = valueAt(process, ProcessColumn::ResidentBytes, sample);
    figures.virtualBytes = valueAt(process, ProcessColumn::VirtualBytes, sample);
    figures.threads = valueAt(process, ProcessColumn::Threads, sample);
}

void setInterval(ProcessFigures& figures, const Base& base, std::size_t sample, std::uint32_t endTick)
{
    const Entity& process = *figures.process;
    const double seconds = secondsBetween(process, base.tick, endTick);
    if (!(seconds > 0))
        return;
    const auto perSecond = [&](ProcessColumn column) { return increase(process, column, base, sample) / seconds; };
    figures.userPercent = percent * perSecond(ProcessColumn::UserTime);
    figures.systemPercent = percent * perSecond(ProcessColumn::SystemTime);
    figures.cpuPercent = figures.userPercent + figures.systemPercent;
    figures.minorFaultsPerSecond = perSecond(ProcessColumn::MinorFaults);
    figures.majorFaultsPerSecond = perSecond(ProcessColumn::MajorFaults);
}

/// The last sample at or before `sample` at which a column that is not read every time was read; nothing when that is
/// longer ago than anything is left unread.
std::optional<std::size_t> lastRead(const Entity& process, ProcessColumn column, std::size_t sample)
{
    const Column& values = process.columns[static_cast<std::size_t>(column)];
    if (values.isConstant())
        return std::isnan(values.at(sample)) ? std::nullopt : std::optional(sample);
    constexpr std::size_t longest = 128;
    for (std::size_t steps = 0; steps < longest && steps <= sample; ++steps)
        if (!std::isnan(values.at(sample - steps)))
            return sample - steps;
    return std::nullopt;
}

double lastValue(const Entity& process, ProcessColumn column, std::size_t sample)
{
    const auto read = lastRead(process, column, sample);
    return read ? valueAt(process, column, *read) : notMeasured;
}

/// Increase per second up to `endTick`, from the last reading at or before `beginTick` (at least the last but one):
/// what is read at every fifth tick is spread over those five.
double slowRate(
    const Entity& process, ProcessColumn column, std::uint32_t beginTick, std::size_t sample, std::uint32_t endTick)
{
    const auto last = lastRead(process, column, sample);
    if (!last || *last == 0)
        return notMeasured;
    const auto atBegin = process.sampleAt(beginTick);
    const auto first = lastRead(process, column, std::min(atBegin.value_or(0), *last - 1));
    if (!first)
        return notMeasured;
    const double seconds = secondsBetween(process, process.ticks[*first], endTick);
    const double delta = valueAt(process, column, *last) - valueAt(process, column, *first);
    return delta >= 0 && seconds > 0 ? delta / seconds : notMeasured;
}

void setDetails(ProcessFigures& figures, std::uint32_t beginTick, std::size_t sample, std::uint32_t endTick)
{
    const Entity& process = *figures.process;
    const auto value = [&](ProcessColumn column) { return lastValue(process, column, sample); };
    const auto rate = [&](ProcessColumn column) { return slowRate(process, column, beginTick, sample, endTick); };
    figures.swapBytes = value(ProcessColumn::SwapBytes);
    figures.anonymousBytes = value(ProcessColumn::AnonymousBytes);
    figures.openFiles = value(ProcessColumn::OpenFiles);
    figures.readBytesPerSecond = rate(ProcessColumn::ReadBytes);
    figures.writtenBytesPerSecond = rate(ProcessColumn::WrittenBytes);
    figures.voluntarySwitchesPerSecond = rate(ProcessColumn::VoluntarySwitches);
    figures.involuntarySwitchesPerSecond = rate(ProcessColumn::InvoluntarySwitches);
    figures.runQueueWaitPercent = percent * rate(ProcessColumn::RunQueueWait);
}

std::optional<ProcessFigures> figuresAt(const Entity& process, std::uint32_t tick)
{
    const auto sample = process.sampleAt(tick);
    if (!sample)
        return std::nullopt;
    ProcessFigures figures;
    figures.process = &process;
    setInstant(figures, *sample);
    if (tick > 0)
        if (const auto base = baseAt(process, tick - 1, tick))
            setInterval(figures, *base, *sample, tick);
    setDetails(figures, tick > 0 ? tick - 1 : 0, *sample, tick);
    return figures;
}

double cpuTime(const Entity& process, std::size_t sample)
{
    return valueAt(process, ProcessColumn::UserTime, sample) + valueAt(process, ProcessColumn::SystemTime, sample);
}

/// CPU share in the interval that ends at the process's own sample: between samples nothing changes, so all of it was
/// used in the last tick before the sample.
double cpuPercentAtSample(const Entity& process, std::size_t sample)
{
    const std::uint32_t tick = process.ticks[sample];
    const bool isFirst = sample == 0;
    if (tick == 0 || (isFirst && !process.hasStarted))
        return notMeasured;
    const double used = cpuTime(process, sample) - (isFirst ? 0 : cpuTime(process, sample - 1));
    const double seconds = secondsBetween(process, tick - 1, tick);
    return used >= 0 && seconds > 0 ? percent * used / seconds : notMeasured;
}

/// Maxima over the ticks in (begin, end].
void setMaxima(ProcessFigures& figures, std::uint32_t beginTick, std::uint32_t endTick, std::size_t lastSample)
{
    const Entity& process = *figures.process;
    const auto isAfter = [&](std::uint32_t tick) {
        return static_cast<std::size_t>(
            std::upper_bound(process.ticks.begin(), process.ticks.end(), tick) - process.ticks.begin());
    };
    const std::size_t firstInRange = isAfter(beginTick);
    const auto atBegin = process.sampleAt(beginTick);
    // A tick without a sample is a measured 0.
    const std::uint32_t knownSince = std::max(beginTick, process.firstTick);
    const std::uint32_t knownUntil = std::min(endTick, process.lastTick);
    const bool hasIdleTick = knownUntil > knownSince && knownUntil - knownSince > lastSample + 1 - isAfter(knownSince);
    double maximumCpu = hasIdleTick ? 0 : notMeasured;
    double maximumResident = atBegin ? valueAt(process, ProcessColumn::ResidentBytes, *atBegin) : notMeasured;
    for (std::size_t sample = firstInRange; sample <= lastSample; ++sample) {
        maximumCpu = std::fmax(maximumCpu, cpuPercentAtSample(process, sample));
        maximumResident = std::fmax(maximumResident, valueAt(process, ProcessColumn::ResidentBytes, sample));
    }
    figures.maximumCpuPercent = maximumCpu;
    figures.maximumResidentBytes = maximumResident;
}

std::optional<ProcessFigures> figuresOver(const Entity& process, std::uint32_t beginTick, std::uint32_t endTick)
{
    const auto sample = process.sampleAt(endTick);
    if (!sample)
        return std::nullopt;
    ProcessFigures figures;
    figures.process = &process;
    setInstant(figures, *sample);
    if (const auto base = baseAt(process, beginTick, endTick)) {
        setInterval(figures, *base, *sample, endTick);
        figures.residentDelta = figures.residentBytes - base->valueOf(process, ProcessColumn::ResidentBytes);
    }
    setMaxima(figures, beginTick, endTick, *sample);
    setDetails(figures, beginTick, *sample, endTick);
    return figures;
}

} // namespace

TimeColumn processTimes(const Snapshot& snapshot)
{
    for (const Entity& entity : snapshot.entities)
        if (isSampledProcess(entity))
            return entity.times;
    return nullptr;
}

std::optional<std::uint32_t> processTickAt(const Snapshot& snapshot, Time time)
{
    const TimeColumn times = processTimes(snapshot);
    if (!times)
        return std::nullopt;
    const auto after = std::upper_bound(times->begin(), times->end(), time);
    if (after == times->begin())
        return std::nullopt;
    return static_cast<std::uint32_t>(after - times->begin() - 1);
}

std::vector<ProcessFigures> processesAt(const Snapshot& snapshot, std::uint32_t tick)
{
    std::vector<ProcessFigures> all;
    for (const Entity& process : snapshot.entities) {
        if (!isSampledProcess(process) || tick >= process.times->size() || !process.isAliveAt(tick))
            continue;
        if (const auto figures = figuresAt(process, tick))
            all.push_back(*figures);
    }
    return all;
}

std::vector<ProcessFigures> processesOver(const Snapshot& snapshot, std::uint32_t beginTick, std::uint32_t endTick)
{
    std::vector<ProcessFigures> all;
    for (const Entity& process : snapshot.entities) {
        if (!isSampledProcess(process) || endTick >= process.times->size() || beginTick >= endTick)
            continue;
        const bool isAliveInRange = process.firstTick <= endTick && process.lastTick > beginTick;
        if (!isAliveInRange)
            continue;
        if (const auto figures = figuresOver(process, beginTick, endTick))
            all.push_back(*figures);
    }
    return all;
}

std::vector<double> processCpuPercent(const Entity& process)
{
    if (!isSampledProcess(process) || process.lastTick < process.firstTick)
        return {};
    std::vector<double> shares(process.lastTick - process.firstTick + std::size_t{1}, 0.0);
    shares.front() = notMeasured;
    for (std::size_t sample = 0; sample < process.ticks.size(); ++sample) {
        const std::uint32_t tick = process.ticks[sample];
        if (tick >= process.firstTick && tick <= process.lastTick)
            shares[tick - process.firstTick] = cpuPercentAtSample(process, sample);
    }
    return shares;
}

const Entity* processWithPid(const Snapshot& snapshot, std::string_view pid, Time time)
{
    const Entity* latest = nullptr;
    for (const Entity& process : snapshot.entities) {
        if (!isSampledProcess(process) || process.attribute("pid") != pid || process.lastTick >= process.times->size())
            continue;
        const auto firstSeen = [](const Entity& entity) { return (*entity.times)[entity.firstTick]; };
        // A process that began in an interval is first seen at its end.
        const Time noLater = process.firstTick > 0 ? (*process.times)[process.firstTick - 1] : firstSeen(process);
        if (noLater <= time && (!latest || firstSeen(*latest) < firstSeen(process)))
            latest = &process;
    }
    return latest;
}

} // namespace hindcast
