#include "model/thread_dumps.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace hindcast {
namespace {

constexpr std::string_view sourceId = "jstack", threadsTable = "threads", stacksTable = "stacks";

/// The cells of a table by the names of its columns.
class Columns {
public:
    explicit Columns(const Table& table)
    {
        for (std::size_t i = 0; i < table.columns.size(); ++i)
            m_places.emplace(table.columns[i].name, i);
    }

    std::string_view text(const std::vector<Cell>& row, std::string_view name) const
    {
        const Cell* cell = find(row, name);
        const auto* text = cell ? std::get_if<std::string>(cell) : nullptr;
        return text ? std::string_view(*text) : std::string_view();
    }
    std::optional<double> number(const std::vector<Cell>& row, std::string_view name) const
    {
        const Cell* cell = find(row, name);
        const auto* number = cell ? std::get_if<double>(cell) : nullptr;
        return number ? std::optional(*number) : std::nullopt;
    }

private:
    const Cell* find(const std::vector<Cell>& row, std::string_view name) const
    {
        const auto place = m_places.find(name);
        return place == m_places.end() || place->second >= row.size() ? nullptr : &row[place->second];
    }
    std::unordered_map<std::string_view, std::size_t> m_places;
};

/// JDK 5 and older print only what the VM sees.
std::string_view stateOfStatus(std::string_view status)
{
    if (status.starts_with("runnable"))
        return "RUNNABLE";
    if (status.find("monitor entry") != std::string_view::npos)
        return "BLOCKED";
    if (status.starts_with("sleeping"))
        return "TIMED_WAITING";
    return status.starts_with("in Object.wait") || status.starts_with("waiting on condition") ? "WAITING" : "";
}

/// "0x…@3 java.lang.Object; 0x…@- java.util…"
std::vector<HeldLock> readHolds(std::string_view text)
{
    std::vector<HeldLock> holds;
    while (!text.empty()) {
        const auto end = text.find("; ");
        auto one = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
        const auto identity = nextField(one);
        const auto at = identity.rfind('@');
        if (at == std::string_view::npos)
            continue;
        holds.push_back({identity.substr(0, at), trimmed(one), parseInteger<std::size_t>(identity.substr(at + 1))});
    }
    return holds;
}

DumpThread readThread(const std::vector<Cell>& row, const Columns& columns)
{
    const auto text = [&](std::string_view name) { return columns.text(row, name); };
    const auto number = [&](std::string_view name) { return columns.number(row, name); };
    DumpThread thread;
    thread.name = text("name");
    thread.number = number("number");
    thread.nativeId = number("native_id");
    thread.status = text("status");
    thread.state = text("state");
    thread.stateReason = text("state_reason");
    thread.wait = text("wait");
    thread.waitsFor = text("waits_for");
    thread.waitsForClass = text("waits_for_class");
    thread.waitsForOwner = text("waits_for_owner");
    thread.holds = readHolds(text("holds"));
    thread.topFrame = text("top_frame");
    thread.stack = text("stack");
    thread.carriedStack = text("carried_stack");
    thread.depth = number("depth");
    thread.cpuSeconds = number("cpu");
    thread.elapsedSeconds = number("elapsed");
    thread.allocatedBytes = number("allocated");
    thread.priority = number("priority");
    thread.osPriority = number("os_priority");
    thread.carries = number("carries");
    thread.container = text("container");
    if (const auto daemon = number("daemon"))
        thread.isDaemon = *daemon != 0;
    thread.isVirtual = number("virtual").value_or(0) != 0;
    thread.isOfJava = !thread.state.empty() || thread.number || thread.depth;
    if (thread.state.empty() && thread.isOfJava)
        thread.state = stateOfStatus(thread.status);
    return thread;
}

/// Waiting for a lock that somebody may hold; a thread in Object.wait() only when it was notified (before JDK 9 it is
/// then printed as waiting on it still, and BLOCKED).
bool wantsToOwn(const DumpThread& thread)
{
    return thread.wait == "to lock" || thread.wait == "to lock again" || thread.wait == "parked"
        || (thread.wait == "to be notified" && thread.state == "BLOCKED");
}

void findBlockers(ThreadDump& dump)
{
    std::vector<LockUser> users(dump.threads.size());
    for (std::size_t i = 0; i < users.size(); ++i) {
        DumpThread& thread = dump.threads[i];
        const bool isOwning = wantsToOwn(thread);
        std::erase_if(thread.holds, [&](const HeldLock& lock) { return lock.address == thread.waitsFor; });
        users[i].name = thread.name;
        if (isOwning) {
            users[i].wants = thread.waitsFor;
            users[i].wantsFrom = thread.waitsForOwner;
        }
        for (const HeldLock& lock : thread.holds)
            users[i].holds.emplace_back(lock.address);
    }
    const LockGraph graph(users);
    const auto counts = graph.blockedCounts();
    for (std::size_t i = 0; i < users.size(); ++i) {
        dump.threads[i].blocker = graph.blockerOf(i);
        dump.threads[i].blocked = counts[i];
    }
    dump.deadlocks = graph.cycles();
}

/// The event stands above the threads of its dump: the last one of the member that begins no later.
const Event* eventOf(const Snapshot& snapshot, const Table& table)
{
    const Event* best = nullptr;
    for (const Event& event : snapshot.events)
        if (event.source == sourceId && event.member == table.member && event.line <= table.firstLine
            && labelValue(event.labels, "kind") == "thread-dump" && (!best || best->line <= event.line))
            best = &event;
    return best;
}

/// What stays the same in all dumps of a process when its number is not known: where the VM keeps a thread of its own.
std::string addressOfVm(const Table& table)
{
    constexpr std::array<std::string_view, 4> lasting{
        "VM Thread", "Reference Handler", "Finalizer", "Signal Dispatcher"};
    const Columns columns(table);
    for (const auto name : lasting)
        for (const auto& row : table.rows)
            if (columns.text(row, "name") == name && !columns.text(row, "tid").empty())
                return std::string(columns.text(row, "tid"));
    return {};
}

bool isThreadTable(const Table& table)
{
    return table.source == sourceId && table.name == threadsTable;
}

bool comesBefore(const ThreadDump& a, const ThreadDump& b)
{
    if (a.clock == Clock::Wall && b.clock == Clock::Wall)
        return a.time < b.time;
    return a.member == b.member ? a.time < b.time : a.member < b.member;
}

} // namespace

ThreadDumps::ThreadDumps(const Snapshot& snapshot)
{
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    for (const Table& table : snapshot.tables) {
        if (table.source == sourceId && table.name == stacksTable)
            readStacks(table);
        if (!isThreadTable(table))
            continue;
        ThreadDump dump = readDump(snapshot, table);
        const std::string pid = dump.event ? std::string(labelValue(dump.event->labels, "pid")) : std::string();
        const auto [place, isNew] =
            places.try_emplace({pid, pid.empty() ? addressOfVm(table) : std::string()}, m_processes.size());
        if (isNew) {
            m_processes.emplace_back();
            m_processes.back().pid = pid;
            if (dump.event)
                m_processes.back().virtualMachine = labelValue(dump.event->labels, "vm");
        }
        m_processes[place->second].dumps.push_back(std::move(dump));
    }
    for (DumpedProcess& process : m_processes)
        std::stable_sort(process.dumps.begin(), process.dumps.end(), comesBefore);
}

std::size_t ThreadDumps::dumpCount() const
{
    std::size_t count = 0;
    for (const DumpedProcess& process : m_processes)
        count += process.dumps.size();
    return count;
}

std::string_view ThreadDumps::frames(std::string_view stack) const
{
    const auto known = m_stacks.find(stack);
    return known == m_stacks.end() ? std::string_view() : known->second;
}

void ThreadDumps::readStacks(const Table& table)
{
    const Columns columns(table);
    for (const auto& row : table.rows)
        m_stacks.try_emplace(columns.text(row, "stack"), columns.text(row, "frames"));
}

ThreadDump ThreadDumps::readDump(const Snapshot& snapshot, const Table& table) const
{
    ThreadDump dump;
    dump.member = table.member;
    dump.event = eventOf(snapshot, table);
    if (dump.event) {
        dump.time = dump.event->time;
        dump.clock = dump.event->clock;
    } else {
        dump.time = table.time.value_or(Time{});
        dump.clock = table.time ? Clock::Wall : Clock::None;
    }
    const Columns columns(table);
    dump.threads.reserve(table.rows.size());
    for (const auto& row : table.rows)
        dump.threads.push_back(readThread(row, columns));
    findBlockers(dump);
    return dump;
}

bool hasThreadDumps(const Snapshot& snapshot)
{
    return std::any_of(snapshot.tables.begin(), snapshot.tables.end(), isThreadTable);
}

namespace {

/// Series of one process; a value a dump.
class ProcessSeries {
public:
    ProcessSeries(const DumpedProcess& process, Labels labels)
        : m_process(process)
        , m_labels(std::move(labels))
    {
        const bool isWall = process.dumps.front().clock == Clock::Wall;
        m_clock = isWall ? Clock::Wall : Clock::None;
        auto times = std::make_shared<std::vector<Time>>();
        for (const ThreadDump& dump : process.dumps) {
            const Time time =
                isWall ? dump.time : Time{std::chrono::seconds{static_cast<std::int64_t>(m_dumps.size())}};
            if (dump.clock != m_clock || (!times->empty() && time <= times->back()))
                continue;
            times->push_back(time);
            m_dumps.push_back(&dump);
        }
        m_times = std::move(times);
    }

    void addTo(std::vector<Series>& all) const
    {
        if (m_dumps.size() < 2)
            return;
        std::set<std::string_view> states;
        bool isAnyDeadlocked = false;
        for (const ThreadDump* dump : m_dumps) {
            isAnyDeadlocked = isAnyDeadlocked || !dump->deadlocks.empty();
            for (const DumpThread& thread : dump->threads)
                if (thread.isOfJava && !thread.state.empty())
                    states.insert(thread.state);
        }
        for (const auto state : states) {
            Labels labels = m_labels;
            labels.push_back({"state", std::string(state)});
            add(all, "jvm.threads", std::move(labels), [state](const ThreadDump& dump) {
                return std::count_if(dump.threads.begin(), dump.threads.end(),
                    [state](const DumpThread& thread) { return thread.isOfJava && thread.state == state; });
            });
        }
        add(all, "jvm.threads", m_labels, [](const ThreadDump& dump) { return std::ssize(dump.threads); });
        if (isAnyDeadlocked)
            add(all, "jvm.threads_deadlocked", m_labels, [](const ThreadDump& dump) {
                std::ptrdiff_t count = 0;
                for (const auto& ring : dump.deadlocks)
                    count += std::ssize(ring);
                return count;
            });
    }

private:
    template <typename Count>
    void add(std::vector<Series>& all, const char* metric, Labels labels, const Count& count) const
    {
        Series series;
        series.metric = metric;
        series.labels = std::move(labels);
        series.unit = Unit::Count;
        series.isDerived = true;
        series.clock = m_clock;
        series.source = sourceId;
        series.member = m_process.dumps.front().member;
        series.times = m_times;
        for (const ThreadDump* dump : m_dumps)
            series.values.append(static_cast<double>(count(*dump)));
        series.values.seal();
        series.pyramid = Pyramid(series.values);
        all.push_back(std::move(series));
    }

    const DumpedProcess& m_process;
    Labels m_labels;
    Clock m_clock = Clock::Wall;
    TimeColumn m_times;
    std::vector<const ThreadDump*> m_dumps;
};

} // namespace

void addThreadDumpSeries(Snapshot& snapshot)
{
    if (!hasThreadDumps(snapshot))
        return;
    const ThreadDumps dumps(snapshot);
    std::vector<Series> all;
    std::size_t number = 0;
    for (const DumpedProcess& process : dumps.processes()) {
        ++number;
        Labels labels;
        if (!process.pid.empty())
            labels.push_back({"pid", process.pid});
        else if (dumps.processes().size() > 1)
            labels.push_back({"jvm", std::to_string(number)});
        ProcessSeries(process, std::move(labels)).addTo(all);
    }
    std::move(all.begin(), all.end(), std::back_inserter(snapshot.series));
}

} // namespace hindcast
