// /proc/[pid]/task/[tid]/stat and schedstat: CPU time, state and run-queue wait of each thread of the processes that
// the recorder looks at closely. Source: man 5 proc_pid_task; kernel fs/proc/array.c, do_task_stat();
// Documentation/scheduler/sched-stats.rst.
//
// A thread has a text when it is not the one before in the segment, and ESRCH once when it ended; when its process
// ends, only that says so. Of a process that is no longer in "hindcast/hot" nothing is known until it comes back.
#include "base/text_scanner.h"
#include "model/thread.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace hindcast::parse {
namespace {

using Values = std::array<double, static_cast<std::size_t>(ThreadColumn::Count)>;

Values unknownValues()
{
    Values values;
    values.fill(notMeasured);
    return values;
}

struct ThreadPath {
    std::int64_t pid = 0;
    std::optional<std::int64_t> tid; ///< nothing: the process itself, "/proc/4121/stat"
    std::string_view file;
};

std::optional<ThreadPath> readPath(std::string_view path)
{
    constexpr std::string_view folder = "/proc/", threads = "task/";
    if (!path.starts_with(folder))
        return std::nullopt;
    path.remove_prefix(folder.size());
    ThreadPath result;
    const auto pid = parseInteger<std::int64_t>(path.substr(0, path.find('/')));
    if (!pid)
        return std::nullopt;
    result.pid = *pid;
    path.remove_prefix(std::min(path.size(), path.find('/') + 1));
    if (path.starts_with(threads)) {
        path.remove_prefix(threads.size());
        result.tid = parseInteger<std::int64_t>(path.substr(0, path.find('/')));
        path.remove_prefix(std::min(path.size(), path.find('/') + 1));
    }
    result.file = path;
    return result;
}

/// Fields of a stat text by the numbers man 5 proc_pid_stat gives them, and the name between the parentheses.
struct ThreadStat {
    static constexpr std::size_t last = 39; ///< processor
    std::string_view name;
    std::array<std::string_view, last + 1> fields;

    double number(std::size_t field) const
    {
        const auto value = parseInteger<std::int64_t>(fields[field]);
        return value ? static_cast<double>(*value) : notMeasured;
    }
};

std::optional<ThreadStat> readStat(std::string_view text)
{
    const auto open = text.find('('), close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    ThreadStat stat;
    stat.name = text.substr(open + 1, close - open - 1);
    auto rest = trimmed(text.substr(close + 1));
    for (std::size_t field = 3; field <= ThreadStat::last; ++field)
        stat.fields[field] = nextField(rest);
    const bool isWhole = stat.fields[3].size() == 1 && parseInteger(stat.fields[22]) && !stat.fields[25].empty();
    return isWhole ? std::optional(stat) : std::nullopt;
}

class ThreadReader {
public:
    ThreadReader(const Input& input, Builder& out)
        : m_host(input.host)
        , m_out(out)
        , m_ticksPerSecond(clockTicksPerSecond(input.host, out))
    {
        if (!input.samples.empty())
            m_firstTime = input.samples.front().time;
    }

    /// All samples of one instant.
    void readTick(std::span<const Sample> samples)
    {
        m_time = samples.front().time;
        m_out.tick(m_time);
        m_changed.clear();
        for (const Sample& sample : samples)
            read(sample);
        for (const auto& [key, known] : m_changed) {
            m_out.sample(known->entity, m_time, known->values);
            known->isWatched = true;
        }
    }

private:
    struct Known {
        EntityRef entity;
        std::string name;
        std::uint64_t startTicks = 0;
        Values values = unknownValues();
        bool isWatched = true;
    };
    using Key = std::pair<std::int64_t, std::int64_t>; ///< process, thread

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        if (sample.path.starts_with("hindcast/")) {
            if (sample.errorNumber == 0)
                readHot(sample.text);
            return;
        }
        const auto path = readPath(sample.path);
        if (!path)
            return;
        if (sample.errorNumber == ESRCH)
            end(*path);
        else if (sample.errorNumber == 0 && path->tid && path->file == "schedstat")
            readSchedstat({path->pid, *path->tid}, sample.text);
        else if (sample.errorNumber == 0 && path->tid)
            readThread({path->pid, *path->tid}, sample.text);
    }

    /// "pid reason" per line: threads of other processes are not read from here on.
    void readHot(std::string_view text)
    {
        std::set<std::int64_t> hot;
        bool isOff = false;
        for (std::string_view line; nextLine(text, line);) {
            isOff = isOff || line.starts_with("# threads off");
            if (const auto pid = parseInteger<std::int64_t>(nextField(line)))
                hot.insert(*pid);
        }
        for (auto& [key, known] : m_known)
            if (known.isWatched && (isOff || !hot.contains(key.first))) {
                m_out.sample(known.entity, m_time, unknownValues());
                known.isWatched = false;
            }
    }

    void end(const ThreadPath& path)
    {
        const Key first{path.pid, path.tid.value_or(0)};
        for (auto known = m_known.lower_bound(first); known != m_known.end() && known->first.first == path.pid;) {
            if (path.tid && known->first.second != *path.tid)
                break;
            m_out.ended(known->second.entity, m_time);
            m_changed.erase(known->first);
            known = m_known.erase(known);
        }
    }

    void readSchedstat(const Key& key, std::string_view text)
    {
        auto rest = trimmed(text);
        const auto run = parseInteger(nextField(rest)), wait = parseInteger(nextField(rest));
        if (!run || !wait || nextField(rest).empty()) {
            m_out.skipped(text.substr(0, text.find('\n')), "expected nanoseconds run and waited, and turns");
            return;
        }
        const auto known = m_known.find(key);
        if (known == m_known.end())
            return; // its stat is in a part that is lost
        constexpr double nanosecond = 1e9; // divided by, so that values stay decimal fractions
        set(known->second, ThreadColumn::RunTime, static_cast<double>(*run) / nanosecond);
        set(known->second, ThreadColumn::RunQueueWait, static_cast<double>(*wait) / nanosecond);
        m_changed[key] = &known->second;
    }

    void readThread(const Key& key, std::string_view text)
    {
        const auto stat = readStat(text);
        if (!stat) {
            m_out.skipped(text.substr(0, text.find('\n')),
                "expected a thread id, a name in parentheses, a state letter and at least 22 more fields");
            return;
        }
        Known& known = threadOf(key, *stat);
        const auto seconds = [&](std::size_t field) { return stat->number(field) / m_ticksPerSecond; };
        set(known, ThreadColumn::UserTime, seconds(14));
        set(known, ThreadColumn::SystemTime, seconds(15));
        set(known, ThreadColumn::State, static_cast<double>(static_cast<unsigned char>(stat->fields[3].front())));
        set(known, ThreadColumn::Processor, stat->number(39));
        set(known, ThreadColumn::MinorFaults, stat->number(10));
        set(known, ThreadColumn::MajorFaults, stat->number(12));
        set(known, ThreadColumn::Priority, stat->number(18));
        set(known, ThreadColumn::Nice, stat->number(19));
        m_changed[key] = &known;
    }

    static void set(Known& known, ThreadColumn column, double value)
    {
        known.values[static_cast<std::size_t>(column)] = value;
    }

    Known& threadOf(const Key& key, const ThreadStat& stat)
    {
        const std::uint64_t startTicks = *parseInteger(stat.fields[22]);
        const auto [place, isNew] = m_known.try_emplace(key);
        Known& known = place->second;
        if (!isNew && known.startTicks != startTicks) {
            m_out.ended(known.entity, m_time); // the number was given to another thread
            known = {};
        }
        if (!known.entity.isValid())
            known.entity = makeEntity(key, startTicks);
        known.startTicks = startTicks;
        if (known.name != stat.name) {
            known.name = stat.name;
            m_out.setAttribute(known.entity, "comm", known.name);
        }
        return known;
    }

    EntityRef makeEntity(const Key& key, std::uint64_t startTicks)
    {
        const std::string pid = std::to_string(key.first), tid = std::to_string(key.second);
        const std::string start = std::to_string(startTicks);
        const EntityRef entity = m_out.entity(EntityKind::Thread, m_host.bootId + '/' + pid + '/' + tid + '/' + start);
        m_out.setAttribute(entity, "pid", pid);
        m_out.setAttribute(entity, "tid", tid);
        m_out.setAttribute(entity, "start_ticks", start);
        if (beganInCapture(startTicks))
            m_out.markStarted(entity);
        return entity;
    }

    /// A thread first seen may be old: its process was not looked at before. The start time tells, where the boot time
    /// is known; the latter is right to a second.
    bool beganInCapture(std::uint64_t startTicks) const
    {
        if (m_time <= m_firstTime || !m_host.bootTime)
            return false;
        constexpr double slack = 2;
        return toSeconds(*m_host.bootTime) + static_cast<double>(startTicks) / m_ticksPerSecond
            > toSeconds(m_firstTime) + slack;
    }

    const Host& m_host;
    Builder& m_out;
    double m_ticksPerSecond;
    Time m_firstTime{}, m_time{};
    std::map<Key, Known> m_known; ///< who has the number now
    std::map<Key, Known*> m_changed; ///< with something new in this tick
};

void parse(const Input& input, Builder& out)
{
    ThreadReader reader(input, out);
    for (auto rest = input.samples; !rest.empty();) {
        const auto end = std::find_if(
            rest.begin(), rest.end(), [&](const Sample& sample) { return sample.time != rest.front().time; });
        const auto length = static_cast<std::size_t>(end - rest.begin());
        reader.readTick(rest.first(length));
        rest = rest.subspan(length);
    }
}

} // namespace

Parser proc_pid_task_stat()
{
    return {.id = "proc_pid_task_stat",
        .title = "Threads",
        .members = "proc/*/task/*/stat",
        .parse = parse,
        .isPerProcess = true};
}

} // namespace hindcast::parse
