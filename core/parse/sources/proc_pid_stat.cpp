// /proc/[pid]/stat: state, CPU time, memory and faults of every process. Source: man 5 proc_pid_stat; kernel
// fs/proc/array.c, do_task_stat(). The name in parentheses may hold anything, ")" and newlines too: the last ")" ends
// it.
//
// A recorder writes a process only when its text changed, all processes at the first tick of a part, and ESRCH once for
// one that ended. A bare file is one process at one instant.
#include "base/text_scanner.h"
#include "model/process.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"

#include <array>
#include <cerrno>
#include <string>
#include <unordered_map>

namespace hindcast::parse {
namespace {

/// Numbers of the fields in man 5 proc_pid_stat, the first behind the name being 3.
enum Field : std::size_t {
    StateField = 3,
    ParentField = 4,
    MinorFaultsField = 10,
    MajorFaultsField = 12,
    UserTimeField = 14,
    SystemTimeField = 15,
    PriorityField = 18,
    NiceField = 19,
    ThreadsField = 20,
    StartTimeField = 22,
    VirtualBytesField = 23,
    ResidentPagesField = 24,
    ResidentLimitField = 25, ///< not wanted, but a line that has it was not cut before
    ProcessorField = 39,
    BlockIoDelayField = 42,
    LastWantedField = BlockIoDelayField,
};

/// One line taken apart. Fields an old kernel does not print are absent.
struct ProcessStat {
    std::int64_t pid = 0;
    std::string_view name;
    char state = '?';
    std::uint64_t startTicks = 0;
    std::array<std::string_view, LastWantedField + 1> fields; ///< by number; empty = not there

    double number(Field field) const
    {
        const auto value = parseInteger<std::int64_t>(fields[field]);
        return value ? static_cast<double>(*value) : notMeasured;
    }
};

std::optional<ProcessStat> readProcessStat(std::string_view text)
{
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    ProcessStat stat;
    const auto pid = parseInteger<std::int64_t>(trimmed(text.substr(0, open)));
    if (!pid || *pid <= 0)
        return std::nullopt;
    stat.pid = *pid;
    stat.name = text.substr(open + 1, close - open - 1);
    auto rest = trimmed(text.substr(close + 1));
    for (std::size_t number = StateField; number <= LastWantedField; ++number)
        stat.fields[number] = nextField(rest);
    const auto startTicks = parseInteger(stat.fields[StartTimeField]);
    if (stat.fields[StateField].size() != 1 || !startTicks || stat.fields[ResidentLimitField].empty()
        || !parseInteger<std::int64_t>(stat.fields[ParentField]))
        return std::nullopt;
    stat.state = stat.fields[StateField].front();
    stat.startTicks = *startTicks;
    return stat;
}

/// The number in "/proc/4121/stat"; nothing when there is none.
std::optional<std::int64_t> pidIn(std::string_view path)
{
    constexpr std::string_view folder = "/proc/";
    if (!path.starts_with(folder))
        return std::nullopt;
    path.remove_prefix(folder.size());
    return parseInteger<std::int64_t>(path.substr(0, path.find('/')));
}

class ProcessReader {
public:
    ProcessReader(const Input& input, Builder& out)
        : m_host(input.host)
        , m_out(out)
        , m_ticksPerSecond(clockTicksPerSecond(input.host, out))
        , m_pageSize(pageSizeBytes(input.host, out))
    {
        if (!input.samples.empty())
            m_firstTime = input.samples.front().time;
    }

    void read(const Sample& sample)
    {
        m_out.tick(sample.time);
        if (sample.errorNumber == ESRCH)
            end(sample);
        else if (sample.errorNumber == 0)
            readText(sample);
        // Any other errno: the process is there but could not be read, so nothing is known to have changed.
    }

private:
    struct Known {
        std::uint64_t startTicks = 0;
        EntityRef entity;
        std::string name;
    };

    void end(const Sample& sample)
    {
        const auto pid = pidIn(sample.path);
        const auto known = pid ? m_known.find(*pid) : m_known.end();
        if (known == m_known.end())
            return; // it came and went between two ticks, or its first reading is in a part that is lost
        m_out.ended(known->second.entity, sample.time);
        m_known.erase(known);
    }

    void readText(const Sample& sample)
    {
        m_out.setText(sample.text);
        const auto stat = readProcessStat(sample.text);
        if (!stat) {
            m_out.skipped(sample.text,
                "expected a process id, a name in parentheses, a state letter and at least 22 more fields");
            return;
        }
        Known& known = entityOf(*stat, sample.time);
        if (known.name != stat->name) { // exec
            known.name = stat->name;
            m_out.setAttribute(known.entity, "comm", known.name);
        }
        m_out.sample(known.entity, sample.time, valuesOf(*stat));
    }

    Known& entityOf(const ProcessStat& stat, Time time)
    {
        const auto [place, isNew] = m_known.try_emplace(stat.pid);
        Known& known = place->second;
        if (!isNew && known.startTicks == stat.startTicks)
            return known;
        if (!isNew)
            m_out.ended(known.entity, time); // the pid was given to another process between two ticks
        known.startTicks = stat.startTicks;
        known.name = stat.name;
        known.entity = makeEntity(stat);
        if (beganInCapture(stat, time))
            m_out.markStarted(known.entity);
        return known;
    }

    EntityRef makeEntity(const ProcessStat& stat)
    {
        const std::string pid = std::to_string(stat.pid);
        const std::string startTicks = std::to_string(stat.startTicks);
        const EntityRef entity = m_out.entity(EntityKind::Process, m_host.bootId + '/' + pid + '/' + startTicks);
        m_out.setAttribute(entity, "pid", pid);
        m_out.setAttribute(entity, "ppid", stat.fields[ParentField]);
        m_out.setAttribute(entity, "comm", stat.name);
        m_out.setAttribute(entity, "start_ticks", startTicks);
        return entity;
    }

    /// A part begins with all processes, so one that is first seen later is new, unless the part's beginning is lost.
    /// The start time guards against that where the boot time is known; the latter is right to a second, and the ticks
    /// since boot to a tick.
    bool beganInCapture(const ProcessStat& stat, Time time) const
    {
        if (time <= m_firstTime)
            return false;
        if (!m_host.bootTime)
            return true;
        constexpr double slack = 2;
        const double began = toSeconds(*m_host.bootTime) + static_cast<double>(stat.startTicks) / m_ticksPerSecond;
        return began > toSeconds(m_firstTime) - slack;
    }

    std::array<double, static_cast<std::size_t>(ProcessColumn::Count)> valuesOf(const ProcessStat& stat) const
    {
        std::array<double, static_cast<std::size_t>(ProcessColumn::Count)> values;
        const auto set = [&values](
                             ProcessColumn column, double value) { values[static_cast<std::size_t>(column)] = value; };
        set(ProcessColumn::UserTime, stat.number(UserTimeField) / m_ticksPerSecond);
        set(ProcessColumn::SystemTime, stat.number(SystemTimeField) / m_ticksPerSecond);
        set(ProcessColumn::ResidentBytes, stat.number(ResidentPagesField) * m_pageSize);
        set(ProcessColumn::VirtualBytes, stat.number(VirtualBytesField));
        set(ProcessColumn::Threads, stat.number(ThreadsField));
        set(ProcessColumn::MinorFaults, stat.number(MinorFaultsField));
        set(ProcessColumn::MajorFaults, stat.number(MajorFaultsField));
        set(ProcessColumn::BlockIoDelay, stat.number(BlockIoDelayField) / m_ticksPerSecond);
        set(ProcessColumn::State, static_cast<double>(static_cast<unsigned char>(stat.state)));
        set(ProcessColumn::Processor, stat.number(ProcessorField));
        set(ProcessColumn::Priority, stat.number(PriorityField));
        set(ProcessColumn::Nice, stat.number(NiceField));
        return values;
    }

    const Host& m_host;
    Builder& m_out;
    double m_ticksPerSecond;
    double m_pageSize;
    Time m_firstTime{};
    std::unordered_map<std::int64_t, Known> m_known; ///< by pid: who has it now
};

void parse(const Input& input, Builder& out)
{
    ProcessReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    return readProcessStat(beginning) && beginning.size() < 4096 ? 80 : 0;
}

} // namespace

Parser proc_pid_stat()
{
    return {.id = "proc_pid_stat",
        .title = "Processes",
        .members = "proc/*/stat",
        .parse = parse,
        .recognise = recognise,
        .isPerProcess = true};
}

} // namespace hindcast::parse
