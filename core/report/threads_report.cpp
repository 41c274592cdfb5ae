#include "report/threads_report.h"

#include "base/text_scanner.h"
#include "model/thread_dump_figures.h"
#include "report/json_text.h"
#include "report/value_text.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>

namespace hindcast::report {
namespace {

using Align = TextTable::Align;

constexpr std::size_t locksShown = 10, placesShown = 10, poolsShown = 12, busiestShown = 8, framesShown = 6;

std::string counted(std::size_t count, std::string_view one, std::string_view many)
{
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::size_t countOf(const ThreadDump& dump, std::string_view state)
{
    return static_cast<std::size_t>(std::count_if(dump.threads.begin(), dump.threads.end(),
        [state](const DumpThread& thread) { return thread.isOfJava && thread.state == state; }));
}

/// "http-nio-8080-exec-#" for threads of one pool, else the names, as far as there is room.
std::string namesText(const std::vector<std::string_view>& names)
{
    std::set<std::string> pools;
    for (const auto name : names)
        pools.insert(poolName(name));
    constexpr std::size_t namedShown = 3;
    std::string text;
    if (names.size() <= namedShown || pools.size() > namedShown) {
        for (std::size_t i = 0; i < std::min(names.size(), namedShown); ++i)
            text += fmt::format("{}\"{}\"", i ? ", " : "", safeText(names[i]));
        return names.size() > namedShown ? text + fmt::format(" and {} more", names.size() - namedShown) : text;
    }
    for (const std::string& pool : pools)
        text += (text.empty() ? "\"" : ", \"") + safeText(pool) + '"';
    return counted(names.size(), "thread ", "threads ") + text;
}

/// The dumps of a process that lie in the range.
DumpedProcess within(const DumpedProcess& process, const std::optional<TimeRange>& range)
{
    DumpedProcess chosen = process;
    if (range)
        std::erase_if(chosen.dumps,
            [&range](const ThreadDump& dump) { return dump.clock == Clock::Wall && !range->contains(dump.time); });
    return chosen;
}

class ThreadsText {
public:
    ThreadsText(const Snapshot& snapshot, const ThreadsOptions& options, const ThreadDumps& dumps)
        : m_snapshot(snapshot)
        , m_options(options)
        , m_dumps(dumps)
    {
    }

    std::string text()
    {
        for (const DumpedProcess& whole : m_dumps.processes()) {
            const DumpedProcess process = within(whole, m_options.range);
            if (process.dumps.empty())
                continue;
            m_out += m_out.empty() ? "" : "\n";
            heading(process);
            table(process);
            deadlocks(process);
            locks(process);
            unmoved(process);
            cpu(process);
            pools(process);
        }
        return m_out.empty() ? "No thread dumps lie in that range.\n" : std::move(m_out);
    }

private:
    std::string shown(Time time, Clock clock) const
    {
        return clock == Clock::Wall ? formatWithOffset(time, m_options.utcOffset)
                                    : fmt::format("no. {:.0f}", toSeconds(time) + 1);
    }

    void heading(const DumpedProcess& process)
    {
        const ThreadDump &first = process.dumps.front(), &last = process.dumps.back();
        m_out += process.pid.empty() ? std::string("Java process") : "Java process " + process.pid;
        if (!process.virtualMachine.empty())
            m_out += ", " + safeText(process.virtualMachine);
        m_out += '\n' + counted(process.dumps.size(), "thread dump", "thread dumps");
        if (first.clock != Clock::Wall)
            m_out += ", without a date: numbered";
        else if (process.dumps.size() == 1)
            m_out += fmt::format(" at {} ({})", shown(first.time, first.clock), m_options.zoneName);
        else
            m_out += fmt::format(", {} to {} ({}), {}", shown(first.time, first.clock), shown(last.time, last.clock),
                m_options.zoneName, formatDuration(last.time - first.time));
        m_out += '\n';
    }

    void table(const DumpedProcess& process)
    {
        TextTable table({Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right,
            Align::Right, Align::Left});
        table.add({"dump", "threads", "runnable", "blocked", "waiting", "timed", "deadlocked", "member"});
        for (std::size_t i = 0; i < process.dumps.size(); ++i) {
            const ThreadDump& dump = process.dumps[i];
            std::size_t deadlocked = 0;
            for (const auto& ring : dump.deadlocks)
                deadlocked += ring.size();
            table.add({dump.clock == Clock::Wall ? shown(dump.time, dump.clock) : fmt::format("no. {}", i + 1),
                std::to_string(dump.threads.size()), std::to_string(countOf(dump, "RUNNABLE")),
                std::to_string(countOf(dump, "BLOCKED")), std::to_string(countOf(dump, "WAITING")),
                std::to_string(countOf(dump, "TIMED_WAITING")), std::to_string(deadlocked), safeText(dump.member)});
        }
        m_out += table.text();
    }

    void deadlocks(const DumpedProcess& process)
    {
        for (const DeadlockSeen& deadlock : deadlocksSeen(m_snapshot, m_options.range)) {
            if (deadlock.pid != process.pid)
                continue;
            m_out += fmt::format("\nDEADLOCK in {} of {}, first in {}: {}\n", deadlock.dumps,
                counted(process.dumps.size(), "dump", "dumps"), shown(deadlock.first, deadlock.clock),
                safeText(deadlock.threads));
            if (!showRingOf(process, deadlock.threads) && !deadlock.locks.empty())
                m_out += "  locks: " + safeText(deadlock.locks) + '\n';
        }
    }

    /// The newest dump in which the locks themselves show that ring.
    bool showRingOf(const DumpedProcess& process, std::string_view threads)
    {
        for (auto dump = process.dumps.rbegin(); dump != process.dumps.rend(); ++dump)
            for (const auto& ring : dump->deadlocks) {
                std::size_t named = 0, length = 0;
                for (const std::size_t place : ring) {
                    named += threads.find(dump->threads[place].name) != std::string_view::npos;
                    length += dump->threads[place].name.size() + (length ? 2 : 0);
                }
                if (named == ring.size() && length == threads.size()) {
                    showRing(*dump, ring);
                    return true;
                }
            }
        return false;
    }

    void showRing(const ThreadDump& dump, const std::vector<std::size_t>& ring)
    {
        std::size_t behind = 0;
        for (const std::size_t place : ring) {
            const DumpThread& thread = dump.threads[place];
            behind = std::max(behind, thread.blocked);
            m_out += fmt::format("  \"{}\" waits for {} {}, which \"{}\" holds\n", safeText(thread.name),
                safeText(thread.waitsForClass), safeText(thread.waitsFor),
                safeText(dump.threads[*thread.blocker].name));
            showFrames(thread.stack, "      ");
        }
        if (behind >= ring.size())
            m_out += fmt::format(
                "  {} behind them\n", counted(behind + 1 - ring.size(), "more thread waits", "more threads wait"));
    }

    void showFrames(std::string_view stack, std::string_view indent)
    {
        auto rest = m_dumps.frames(stack);
        std::string_view frame;
        for (std::size_t i = 0; i < framesShown && nextLine(rest, frame); ++i)
            m_out += fmt::format("{}{}\n", indent, safeText(frame));
        if (const auto left = lines(rest).size(); left > 0)
            m_out += fmt::format("{}… {}\n", indent, counted(left, "more frame", "more frames"));
    }

    struct LockSeen {
        std::vector<std::size_t> waiters; ///< in each dump
        const ContendedLock* last = nullptr;
        const ThreadDump* dump = nullptr; ///< of `last`
    };

    /// Locks by their address: a collector that moves objects makes another of them, which is then another row.
    void locks(const DumpedProcess& process)
    {
        std::vector<std::vector<ContendedLock>> all;
        for (const ThreadDump& dump : process.dumps)
            all.push_back(contendedLocks(dump));
        std::map<std::string_view, LockSeen> seen;
        for (std::size_t i = 0; i < all.size(); ++i)
            for (const ContendedLock& lock : all[i]) {
                LockSeen& one = seen[lock.address.empty() ? lock.className : lock.address];
                one.waiters.resize(all.size());
                one.waiters[i] = lock.waiters.size();
                one.last = &lock;
                one.dump = &process.dumps[i];
            }
        if (seen.empty())
            return;
        std::vector<LockSeen> sorted;
        for (const auto& [address, lock] : seen)
            sorted.push_back(lock);
        std::stable_sort(sorted.begin(), sorted.end(), [](const LockSeen& a, const LockSeen& b) {
            return *std::max_element(a.waiters.begin(), a.waiters.end())
                > *std::max_element(b.waiters.begin(), b.waiters.end());
        });
        TextTable table({Align::Left, Align::Left, Align::Right, Align::Left});
        table.add({"lock", process.dumps.size() == 1 ? "waiters" : "waiters by dump", "held up", "held by"});
        for (std::size_t i = 0; i < std::min(sorted.size(), locksShown); ++i)
            addLock(table, sorted[i]);
        m_out += "\nLocks that threads wait for\n" + table.text();
        if (sorted.size() > locksShown)
            m_out += fmt::format("  and {}\n", counted(sorted.size() - locksShown, "more lock", "more locks"));
    }

    void addLock(TextTable& table, const LockSeen& lock)
    {
        std::string waiters;
        constexpr std::size_t dumpsShown = 12;
        const std::size_t first = lock.waiters.size() > dumpsShown ? lock.waiters.size() - dumpsShown : 0;
        for (std::size_t i = first; i < lock.waiters.size(); ++i)
            waiters += (waiters.empty() ? first ? "… " : "" : " ") + std::to_string(lock.waiters[i]);
        std::string holder = "not in the dump";
        if (lock.last->owner) {
            const DumpThread& owner = lock.dump->threads[*lock.last->owner];
            holder = fmt::format("\"{}\", {}{}{}", safeText(owner.name), safeText(owner.state),
                owner.topFrame.empty() ? "" : " at ", safeText(owner.topFrame));
        } else if (!lock.last->ownerName.empty()) {
            holder = '"' + safeText(lock.last->ownerName) + '"';
        }
        table.add({safeText(lock.last->className) + ' ' + safeText(lock.last->address), std::move(waiters),
            std::to_string(lock.last->blocked), std::move(holder)});
    }

    void unmoved(const DumpedProcess& process)
    {
        if (process.dumps.size() < 2)
            return;
        std::size_t count = 0, idleThreads = 0;
        for (const UnmovedThreads& place : unmovedThreads(m_dumps, process)) {
            if (place.isIdle) {
                idleThreads += place.names.size();
                continue;
            }
            if (++count > placesShown)
                continue;
            if (count == 1)
                m_out += "\nIn the same place in several dumps\n";
            m_out += fmt::format("  {}: {} in {} dumps{}{}\n", namesText(place.names), safeText(place.state),
                place.dumps, place.length ? ", " + formatDuration(*place.length) : "",
                place.cpuShare ? fmt::format(", CPU {}", valueText(*place.cpuShare * 100, Unit::Percent)) : "");
            showFrames(place.stack, "      ");
        }
        if (count == 0)
            m_out += "\nIn the same place in several dumps: none but idle threads\n";
        if (count > placesShown)
            m_out += fmt::format("  and {}\n", counted(count - placesShown, "more place", "more places"));
        if (idleThreads > 0)
            m_out +=
                fmt::format("  left out: {}, waiting for work\n", counted(idleThreads, "idle thread", "idle threads"));
    }

    void cpu(const DumpedProcess& process)
    {
        if (process.dumps.size() < 2)
            return;
        const ThreadDump &first = process.dumps.front(), &last = process.dumps.back();
        auto used = cpuBetween(first, last);
        const bool isRecorded = used.empty();
        if (isRecorded)
            used = recordedCpu(m_snapshot, process);
        std::erase_if(used, [](const ThreadCpu& thread) { return !(thread.seconds > 0); });
        if (used.empty())
            return;
        TextTable table({Align::Left, Align::Right, Align::Right, Align::Right, Align::Left});
        table.add({"thread", "native id", "CPU time", "of a CPU", "top frame at the end"});
        for (std::size_t i = 0; i < std::min(used.size(), busiestShown); ++i) {
            const ThreadCpu& thread = used[i];
            auto frames = m_dumps.frames(thread.stack);
            std::string_view top;
            nextLine(frames, top);
            table.add({'"' + safeText(thread.name) + '"',
                thread.nativeId ? fmt::format("{:.0f}", *thread.nativeId) : "",
                valueText(thread.seconds, Unit::Seconds), valueText(thread.share * 100, Unit::Percent), safeText(top)});
        }
        m_out +=
            fmt::format("\nCPU from the first dump to the last{}\n", isRecorded ? ", as the system counted it" : "")
            + table.text();
    }

    void pools(const DumpedProcess& process)
    {
        const ThreadDump& last = process.dumps.back();
        TextTable table(
            {Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right});
        table.add({"pool", "threads", "runnable", "blocked", "waiting", "timed", "idle"});
        std::size_t count = 0;
        for (const ThreadPool& pool : threadPools(m_dumps, last)) {
            if (pool.threads.size() < 2 || ++count > poolsShown)
                continue;
            table.add({safeText(pool.name), std::to_string(pool.threads.size()), std::to_string(pool.runnable),
                std::to_string(pool.blocked), std::to_string(pool.waiting), std::to_string(pool.timedWaiting),
                std::to_string(pool.idle)});
        }
        if (count == 0)
            return;
        m_out += process.dumps.size() == 1 ? "\nPools\n" : "\nPools in the last dump\n";
        m_out += table.text();
        if (count > poolsShown)
            m_out += fmt::format("  and {}\n", counted(count - poolsShown, "more pool", "more pools"));
    }

    const Snapshot& m_snapshot;
    const ThreadsOptions& m_options;
    const ThreadDumps& m_dumps;
    std::string m_out;
};

// JSON

/// Appends members of objects and lists without caring for commas.
class JsonWriter {
public:
    void open(char bracket)
    {
        separate();
        m_out += bracket;
        m_isFirst = true;
    }
    void close(char bracket)
    {
        m_out += bracket;
        m_isFirst = false;
    }
    void key(std::string_view name)
    {
        separate();
        appendJsonText(m_out, name);
        m_out += ':';
        m_isFirst = true;
    }
    void text(std::string_view value)
    {
        separate();
        if (value.empty())
            m_out += "null";
        else
            appendJsonText(m_out, value);
    }
    void number(double value)
    {
        separate();
        appendJsonNumber(m_out, value);
    }
    void number(std::size_t value) { number(static_cast<double>(value)); }
    void time(Time value)
    {
        separate();
        appendJsonTime(m_out, value);
    }
    void text(std::string_view name, std::string_view value)
    {
        key(name);
        text(value);
    }
    void number(std::string_view name, double value)
    {
        key(name);
        number(value);
    }
    void number(std::string_view name, std::size_t value) { number(name, static_cast<double>(value)); }
    std::string take() { return std::move(m_out); }

private:
    void separate()
    {
        if (!m_isFirst)
            m_out += ',';
        m_isFirst = false;
    }
    std::string m_out;
    bool m_isFirst = true;
};

class ThreadsJson {
public:
    explicit ThreadsJson(const ThreadDumps& dumps)
        : m_dumps(dumps)
    {
    }

    std::string object(const Snapshot& snapshot, const DumpedProcess& process)
    {
        m_json.open('{');
        m_json.text("input", snapshot.path);
        m_json.text("pid", process.pid);
        m_json.text("vm", process.virtualMachine);
        list("dumps", process.dumps, [this](const ThreadDump& dump) { writeDump(dump); });
        list("unmoved", unmovedThreads(m_dumps, process), [this](const UnmovedThreads& one) { writeUnmoved(one); });
        if (process.dumps.size() > 1)
            list("cpu", cpuBetween(process.dumps.front(), process.dumps.back()),
                [this](const ThreadCpu& one) { writeCpu(one); });
        m_json.close('}');
        return m_json.take();
    }

private:
    template <typename List, typename Write> void list(std::string_view name, const List& items, const Write& write)
    {
        m_json.key(name);
        m_json.open('[');
        for (const auto& item : items)
            write(item);
        m_json.close(']');
    }

    void writeDump(const ThreadDump& dump)
    {
        m_json.open('{');
        m_json.key("time");
        if (dump.clock == Clock::Wall)
            m_json.time(dump.time);
        else
            m_json.text({});
        m_json.text("member", dump.member);
        m_json.number("threads", dump.threads.size());
        for (const auto& [name, state] : {std::pair("runnable", "RUNNABLE"), std::pair("blocked", "BLOCKED"),
                 std::pair("waiting", "WAITING"), std::pair("timed_waiting", "TIMED_WAITING")})
            m_json.number(name, countOf(dump, state));
        list("deadlocks", dump.deadlocks, [&](const std::vector<std::size_t>& ring) {
            m_json.open('[');
            for (const std::size_t place : ring)
                m_json.text(dump.threads[place].name);
            m_json.close(']');
        });
        list("locks", contendedLocks(dump), [&](const ContendedLock& lock) { writeLock(dump, lock); });
        list("pools", threadPools(m_dumps, dump), [this](const ThreadPool& pool) { writePool(pool); });
        m_json.close('}');
    }

    void writeLock(const ThreadDump& dump, const ContendedLock& lock)
    {
        m_json.open('{');
        m_json.text("address", lock.address);
        m_json.text("class", lock.className);
        m_json.text("owner", lock.ownerName);
        m_json.number("held_up", lock.blocked);
        list("waiters", lock.waiters, [&](std::size_t place) { m_json.text(dump.threads[place].name); });
        m_json.close('}');
    }

    void writePool(const ThreadPool& pool)
    {
        m_json.open('{');
        m_json.text("name", pool.name);
        m_json.number("threads", pool.threads.size());
        m_json.number("runnable", pool.runnable);
        m_json.number("blocked", pool.blocked);
        m_json.number("waiting", pool.waiting);
        m_json.number("timed_waiting", pool.timedWaiting);
        m_json.number("idle", pool.idle);
        m_json.close('}');
    }

    void writeUnmoved(const UnmovedThreads& one)
    {
        m_json.open('{');
        list("threads", one.names, [this](std::string_view name) { m_json.text(name); });
        m_json.text("state", one.state);
        m_json.number("dumps", one.dumps);
        m_json.number("seconds", one.length ? toSeconds(*one.length) : std::nan(""));
        m_json.number("cpu_share", one.cpuShare.value_or(std::nan("")));
        m_json.key("idle");
        m_json.number(std::size_t{one.isIdle});
        list("frames", lines(m_dumps.frames(one.stack)), [this](std::string_view frame) { m_json.text(frame); });
        m_json.close('}');
    }

    void writeCpu(const ThreadCpu& one)
    {
        m_json.open('{');
        m_json.text("thread", one.name);
        m_json.number("native_id", one.nativeId.value_or(std::nan("")));
        m_json.number("cpu_seconds", one.seconds);
        m_json.number("share", one.share);
        m_json.close('}');
    }

    const ThreadDumps& m_dumps;
    JsonWriter m_json;
};

} // namespace

std::vector<DeadlockSeen> deadlocksSeen(const Snapshot& snapshot, const std::optional<TimeRange>& range)
{
    std::vector<DeadlockSeen> seen;
    for (const Event& event : snapshot.events) {
        if (event.source != "jstack" || labelValue(event.labels, "kind") != "deadlock")
            continue;
        if (range && event.clock == Clock::Wall && !range->contains(event.time))
            continue;
        const auto pid = labelValue(event.labels, "pid"), threads = labelValue(event.labels, "threads");
        const auto known = std::find_if(seen.begin(), seen.end(),
            [&](const DeadlockSeen& one) { return one.pid == pid && one.threads == threads; });
        if (known != seen.end())
            ++known->dumps;
        else
            seen.push_back({std::string(pid), std::string(threads), std::string(labelValue(event.labels, "locks")), 1,
                event.time, event.clock});
    }
    return seen;
}

std::string threadsText(const Snapshot& snapshot, const ThreadsOptions& options)
{
    const ThreadDumps dumps(snapshot);
    if (dumps.isEmpty())
        return "There are no thread dumps of Java processes in this input.\n";
    return ThreadsText(snapshot, options, dumps).text();
}

std::string threadsJsonItems(const Snapshot& snapshot, const ThreadsOptions& options)
{
    const ThreadDumps dumps(snapshot);
    std::string items;
    for (const DumpedProcess& whole : dumps.processes())
        if (const DumpedProcess process = within(whole, options.range); !process.dumps.empty())
            items += (items.empty() ? "\n" : ",\n") + ThreadsJson(dumps).object(snapshot, process);
    return items;
}

} // namespace hindcast::report
