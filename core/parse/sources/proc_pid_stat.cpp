// /proc/[pid]/stat: state, CPU time, memory and faults of every process. Source: man 5 proc_pid_stat; kernel
// fs/proc/array.c, do_task_stat(). The name in parentheses may hold anything, ")" and newlines too: the last ")" ends
// it.
//
// A recorder writes a process only when its text changed, all processes at the first tick of a part, and ESRCH once for
// one that ended. A tick in which it did not read all of them says in "hindcast/sampled" which it did: of the others
// nothing is known then, whatever was written before. A bare file is one process at one instant.
#include "base/text_scanner.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"
#include "parse/process_detail.h"
#include "parse/table_maker.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

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

/// Numbers of the processes that were read, as "first last" per line, increasing.
class PidRanges {
public:
    explicit PidRanges(std::string_view text)
    {
        for (std::string_view line; nextLine(text, line);) {
            const auto first = parseInteger<std::int64_t>(nextField(line));
            const auto last = parseInteger<std::int64_t>(nextField(line));
            if (first && last)
                m_ranges.emplace_back(*first, *last);
        }
    }
    bool contains(std::int64_t pid) const
    {
        const auto after = std::upper_bound(m_ranges.begin(), m_ranges.end(), pid,
            [](std::int64_t wanted, const auto& range) { return wanted < range.first; });
        return after != m_ranges.begin() && pid <= (after - 1)->second;
    }

private:
    std::vector<std::pair<std::int64_t, std::int64_t>> m_ranges;
};

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

    /// All samples of one instant.
    void readTick(std::span<const Sample> samples)
    {
        const Time time = samples.front().time;
        m_out.tick(time);
        m_read.reset();
        for (const Sample& sample : samples)
            if (isSampledRecord(sample) && sample.errorNumber == 0)
                m_read.emplace(sample.text);
        m_changed.clear();
        for (const Sample& sample : samples) {
            if (isSampledRecord(sample) || !isStat(sample))
                continue;
            if (sample.errorNumber == ESRCH)
                end(sample);
            else if (sample.errorNumber == 0)
                readText(sample);
            // Any other errno: the process is there but could not be read, so nothing is known to have changed.
        }
        for (const Sample& sample : samples)
            if (sample.errorNumber == 0 && !isSampledRecord(sample) && !isStat(sample))
                readDetail(sample);
        for (const std::int64_t pid : m_changed)
            if (const auto known = m_known.find(pid); known != m_known.end() && known->second.written != time)
                write(known->second, time, known->second.values);
        if (m_read || m_hasUnread)
            settleOthers(time);
    }

private:
    using Values = ProcessValues;
    struct Known {
        std::uint64_t startTicks = 0;
        EntityRef entity;
        std::string name;
        Values values{}; ///< as last read
        double openFiles = notMeasured, oomScore = notMeasured; ///< as told last: lists repeat what did not change
        Time written{Nanoseconds::min()}; ///< the latest sample's
        bool isRead = true; ///< in the last tick
    };

    static bool isStat(const Sample& sample) { return sample.path.ends_with("/stat"); }
    static bool isList(const Sample& sample) { return sample.path.starts_with("hindcast/"); }
    static bool isSampledRecord(const Sample& sample) { return sample.path == "hindcast/sampled"; }
    bool isRead(std::int64_t pid) const { return !m_read || m_read->contains(pid); }

    void write(Known& known, Time time, const Values& values)
    {
        known.written = time;
        m_out.sample(known.entity, time, values);
        forgetDetails(known.values); // they hold for the tick they were read at
    }

    static void forgetDetails(Values& values)
    {
        std::fill(values.begin() + static_cast<std::ptrdiff_t>(ProcessColumn::FirstDetail), values.end(), notMeasured);
    }

    /// status, io and the like of one process, or a list of one number a process.
    void readDetail(const Sample& sample)
    {
        m_out.setText(sample.text);
        if (isList(sample)) {
            readList(sample);
            return;
        }
        const auto pid = pidIn(sample.path);
        const auto known = pid ? m_known.find(*pid) : m_known.end();
        if (known == m_known.end())
            return; // its stat was refused, or is in a part that is lost
        const auto file = sample.path.substr(sample.path.rfind('/') + 1);
        if (!readProcessDetail(file, sample.text, known->second.values, m_out, known->second.entity))
            m_out.skipped(sample.text.substr(0, sample.text.find('\n')), "not what this file of a process holds");
        else if (isRead(*pid))
            m_changed.push_back(*pid);
    }

    /// hindcast/fds: "pid count", hindcast/oom: "pid score adjustment", a line per process.
    void readList(const Sample& sample)
    {
        const bool isFiles = sample.path.ends_with("/fds");
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            auto fields = line;
            const auto pid = parseInteger<std::int64_t>(nextField(fields));
            auto number = nextField(fields);
            if (number.ends_with('+')) // at least so many
                number.remove_suffix(1);
            const auto value = parseInteger<std::int64_t>(number);
            const auto known = pid ? m_known.find(*pid) : m_known.end();
            if (!pid || !value) {
                if (!trimmed(line).empty())
                    m_out.skipped(line, "expected a process and a number");
            } else if (known != m_known.end()) {
                double& last = isFiles ? known->second.openFiles : known->second.oomScore;
                if (last == static_cast<double>(*value) || !isRead(*pid))
                    continue;
                last = static_cast<double>(*value);
                known->second
                    .values[static_cast<std::size_t>(isFiles ? ProcessColumn::OpenFiles : ProcessColumn::OomScore)] =
                    last;
                m_changed.push_back(*pid);
            }
        }
    }

    /// Of processes without a text in this tick: those that were not read are not measured; those that were, after a
    /// while without, are as they were.
    void settleOthers(Time time)
    {
        static const Values unknown = [] {
            Values values;
            values.fill(notMeasured);
            return values;
        }();
        m_hasUnread = false;
        for (auto& [pid, known] : m_known) {
            const bool isReadNow = isRead(pid);
            if (known.written != time && !isReadNow)
                write(known, time, unknown);
            else if (known.written != time && !known.isRead)
                write(known, time, known.values);
            known.isRead = isReadNow;
            m_hasUnread = m_hasUnread || !isReadNow;
        }
    }

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
        known.values = valuesOf(*stat);
        if (isRead(stat->pid)) // else a keyframe tells what was known of it
            m_changed.push_back(stat->pid);
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

    Values valuesOf(const ProcessStat& stat) const
    {
        Values values;
        forgetDetails(values);
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
    std::optional<PidRanges> m_read; ///< in this tick; nothing: all of them
    std::vector<std::int64_t> m_changed; ///< pids with something new in this tick
    bool m_hasUnread = false; ///< in the last tick
};

/// Names of all fields in order, as man 5 proc_pid_stat has them; times in clock ticks, rss in pages.
constexpr std::array<std::string_view, 52> fieldNames{"pid", "comm", "state", "ppid", "pgrp", "session", "tty_nr",
    "tpgid", "flags", "minflt", "cminflt", "majflt", "cmajflt", "utime", "stime", "cutime", "cstime", "priority",
    "nice", "num_threads", "itrealvalue", "starttime", "vsize", "rss", "rsslim", "startcode", "endcode", "startstack",
    "kstkesp", "kstkeip", "signal", "blocked", "sigignore", "sigcatch", "wchan", "nswap", "cnswap", "exit_signal",
    "processor", "rt_priority", "policy", "delayacct_blkio_ticks", "guest_time", "cguest_time", "start_data",
    "end_data", "start_brk", "arg_start", "arg_end", "env_start", "env_end", "exit_code"};

/// A process at one instant that nobody knows: a row with all that is printed.
class StatTable {
public:
    StatTable(const Input& input, Builder& out)
        : m_out(out)
        , m_ticksPerSecond(clockTicksPerSecond(input.host, out))
        , m_pageSize(pageSizeBytes(input.host, out))
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        const auto stat = readProcessStat(sample.text);
        if (!stat) {
            m_out.skipped(sample.text.substr(0, sample.text.find('\n')),
                "expected a process id, a name in parentheses, a state letter and at least 22 more fields");
            return;
        }
        m_table.beginRow(1);
        m_table.set("pid", Unit::None, static_cast<double>(stat->pid));
        m_table.set("comm", stat->name);
        m_table.set("state", stat->fields[StateField]);
        auto rest = trimmed(sample.text.substr(sample.text.rfind(')') + 1));
        nextField(rest);
        for (std::size_t field = ParentField; field <= fieldNames.size(); ++field)
            set(field, nextField(rest));
    }

    void finish() { m_table.finish(m_out); }

private:
    void set(std::size_t field, std::string_view text)
    {
        const auto name = fieldNames[field - 1];
        const bool isTime = (field >= UserTimeField && field < PriorityField) || field == BlockIoDelayField
            || field == BlockIoDelayField + 1 || field == BlockIoDelayField + 2;
        const auto value = parseDouble(text);
        if (!value)
            m_table.set(name, text);
        else if (isTime)
            m_table.set(name, Unit::Seconds, *value / m_ticksPerSecond);
        else if (field == ResidentPagesField)
            m_table.set(name, Unit::Bytes, *value * m_pageSize);
        else
            m_table.set(name, field == VirtualBytesField ? Unit::Bytes : Unit::None, *value);
    }

    Builder& m_out;
    double m_ticksPerSecond, m_pageSize;
    TableMaker m_table{"process_stat"};
};

void parse(const Input& input, Builder& out)
{
    if (input.clock == Clock::None) {
        StatTable table(input, out);
        for (const Sample& sample : input.samples)
            table.read(sample);
        table.finish();
        return;
    }
    ProcessReader reader(input, out);
    for (auto rest = input.samples; !rest.empty();) {
        const auto end = std::find_if(
            rest.begin(), rest.end(), [&](const Sample& sample) { return sample.time != rest.front().time; });
        const auto length = static_cast<std::size_t>(end - rest.begin());
        reader.readTick(rest.first(length));
        rest = rest.subspan(length);
    }
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
