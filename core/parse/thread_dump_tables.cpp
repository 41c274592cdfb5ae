#include "parse/thread_dump_tables.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <fmt/format.h>

namespace hindcast::parse {
namespace {

constexpr std::string_view threadsTable = "threads", stacksTable = "stacks";

/// "812" of "jvm/812/000.txt", where the recorder keeps the dumps it asked for (capture/FORMAT.md).
std::string_view pidOfMember(std::string_view member)
{
    constexpr std::string_view folder = "jvm/";
    const auto place = member.starts_with(folder) ? 0 : member.find("/jvm/");
    if (place == std::string_view::npos)
        return {};
    member.remove_prefix(place + (place == 0 ? folder.size() : folder.size() + 1));
    const auto pid = member.substr(0, member.find('/'));
    return parseInteger(pid) ? pid : std::string_view{};
}

/// FNV-1a, 64 bits: the same stack has the same id in every member and every run.
std::uint64_t addToHash(std::uint64_t hash, std::string_view text)
{
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3;
    }
    return hash;
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : ", ") + part;
    return text;
}

double orNotMeasured(const std::optional<std::uint64_t>& value)
{
    return value ? static_cast<double>(*value) : notMeasured;
}

std::string_view wordOf(LockAction action)
{
    switch (action) {
    case LockAction::ToLock:
        return "to lock";
    case LockAction::ToLockAgain:
        return "to lock again";
    case LockAction::WaitingOn:
        return "to be notified";
    case LockAction::Parking:
        return "parked";
    default:
        return {};
    }
}

bool isHeld(LockAction action)
{
    return action == LockAction::Locked || action == LockAction::Owns;
}

/// Before JDK 9 a thread that was notified and wants its monitor back is still printed as waiting on it, and only the
/// state tells.
bool wantsToOwn(const LockLine& lock, const DumpedThread& thread)
{
    return lock.action == LockAction::ToLock || lock.action == LockAction::ToLockAgain
        || lock.action == LockAction::Parking || (lock.action == LockAction::WaitingOn && thread.state == "BLOCKED");
}

} // namespace

ThreadDumpTables::ThreadDumpTables(const Input& input, Builder& out)
    : m_input(input)
    , m_out(out)
    , m_table(std::string(threadsTable))
    , m_stacks(std::string(stacksTable))
{
    m_stacks.column("stack");
    m_stacks.column("depth", Unit::Count);
    m_stacks.column("frames");
}

void ThreadDumpTables::beginText(const Sample& sample)
{
    end();
    m_nextPid = pidOfMember(sample.path.empty() ? m_input.member : sample.path);
    m_sampled.reset();
    m_firstStamp.reset();
    if (m_input.clock == Clock::Wall)
        m_sampled = sample.time;
}

void ThreadDumpTables::setPid(std::string_view pid)
{
    if (parseInteger(pid))
        m_nextPid = pid;
}

/// A time from outside is exact; a date in the text is of the host's own zone and of whole seconds.
void ThreadDumpTables::place(const DumpHeading& heading)
{
    const std::chrono::seconds position{static_cast<std::int64_t>(m_dumps)};
    if (m_sampled) {
        m_clock = Clock::Wall;
        m_time = *m_sampled;
        if (heading.stamp && m_firstStamp && heading.stamp->time > *m_firstStamp)
            m_time += heading.stamp->time - *m_firstStamp;
        if (heading.stamp && !m_firstStamp)
            m_firstStamp = heading.stamp->time;
    } else if (heading.stamp) {
        m_clock = Clock::Wall;
        m_time = heading.stamp->time;
        m_isDated = true;
        m_out.setClock(Clock::Wall);
        if (!heading.stamp->hasZone)
            m_out.setCivilTimes(CivilTimes::Local);
    } else if (m_isDated) {
        m_out.note(NoteSeverity::Info, "a thread dump without a date was placed where the one before it is");
    } else {
        m_clock = Clock::None;
        m_time = Time{position};
    }
}

void ThreadDumpTables::begin(DumpHeading heading)
{
    end();
    place(heading);
    m_pid = m_nextPid;
    m_heading = std::move(heading);
    m_isOpen = true;
    ++m_dumps;
    m_table = TableMaker(std::string(threadsTable), m_clock == Clock::Wall ? std::optional(m_time) : std::nullopt);
    const auto text = [this](std::string_view name) { return m_table.column(name); };
    const auto number = [this](std::string_view name, Unit unit = Unit::None) { return m_table.column(name, unit); };
    m_columns.name = text("name");
    m_columns.number = number("number");
    m_columns.nativeId = number("native_id");
    m_columns.state = text("state");
    m_columns.reason = text("state_reason");
    m_columns.status = text("status");
    m_columns.vmState = text("vm_state");
    m_columns.daemon = number("daemon");
    m_columns.isVirtual = number("virtual");
    m_columns.priority = number("priority");
    m_columns.osPriority = number("os_priority");
    m_columns.cpu = number("cpu", Unit::Seconds);
    m_columns.elapsed = number("elapsed", Unit::Seconds);
    m_columns.allocated = number("allocated", Unit::Bytes);
    m_columns.definedClasses = number("defined_classes", Unit::Count);
    m_columns.address = text("tid");
    m_columns.wait = text("wait");
    m_columns.waitsFor = text("waits_for");
    m_columns.waitsForClass = text("waits_for_class");
    m_columns.waitsForOwner = text("waits_for_owner");
    m_columns.holds = text("holds");
    m_columns.depth = number("depth", Unit::Count);
    m_columns.topFrame = text("top_frame");
    m_columns.stack = text("stack");
    m_columns.carries = number("carries");
    m_columns.carriedStack = text("carried_stack");
    m_columns.container = text("container");
}

std::string ThreadDumpTables::stackId(const std::vector<std::string_view>& frames)
{
    if (frames.empty())
        return {};
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto frame : frames)
        hash = addToHash(addToHash(hash, frame), "\n");
    std::string id = fmt::format("{:016x}", hash);
    if (!m_knownStacks.try_emplace(id, m_knownStacks.size()).second)
        return id;
    std::string text;
    for (const auto frame : frames)
        text.append(text.empty() ? "" : "\n").append(frame);
    m_stacks.beginRow();
    m_stacks.set(0, id);
    m_stacks.set(1, static_cast<double>(frames.size()));
    m_stacks.set(2, text);
    return id;
}

void ThreadDumpTables::writeHeading(const DumpedThread& thread)
{
    const ThreadHeading& heading = thread.heading;
    m_table.beginRow(thread.line);
    m_table.set(m_columns.name, heading.name);
    m_table.set(m_columns.number, orNotMeasured(heading.number));
    m_table.set(m_columns.nativeId, orNotMeasured(heading.nativeId));
    m_table.set(m_columns.state, thread.state);
    m_table.set(m_columns.reason, thread.stateReason);
    m_table.set(m_columns.status, heading.status);
    m_table.set(m_columns.vmState, thread.vmState);
    const bool isOfJava = heading.number || heading.priority;
    if (heading.isDaemon || (heading.isByTheVm && isOfJava))
        m_table.set(m_columns.daemon, heading.isDaemon ? 1 : 0);
    if (heading.isVirtual)
        m_table.set(m_columns.isVirtual, 1);
    m_table.set(m_columns.priority, heading.priority.value_or(notMeasured));
    m_table.set(m_columns.osPriority, heading.osPriority.value_or(notMeasured));
    m_table.set(m_columns.cpu, heading.cpuSeconds.value_or(notMeasured));
    m_table.set(m_columns.elapsed, heading.elapsedSeconds.value_or(notMeasured));
    m_table.set(m_columns.allocated, heading.allocatedBytes.value_or(notMeasured));
    m_table.set(m_columns.definedClasses, heading.definedClasses.value_or(notMeasured));
    m_table.set(m_columns.address, heading.address);
    m_table.set(m_columns.container, thread.container);
}

/// "holds" is a list: `0x…@3 java.lang.Object; 0x…@- java.util…`, where the number counts the frames above, and "-" are
/// synchronizers, which belong to no frame.
void ThreadDumpTables::writeLocks(const DumpedThread& thread)
{
    LockUser user;
    std::string holds;
    const LockLine* waits = nullptr;
    for (const auto& [lock, frame] : thread.locks) {
        if (isHeld(lock.action)) {
            const std::string place = lock.action == LockAction::Owns ? "-" : std::to_string(frame);
            const bool isRepeated = std::find(user.holds.begin(), user.holds.end(), lock.address) != user.holds.end();
            holds += fmt::format("{}{}@{} {}", holds.empty() ? "" : "; ", lock.address, place, lock.className);
            if (!lock.address.empty() && !isRepeated)
                user.holds.emplace_back(lock.address);
        } else if (!wordOf(lock.action).empty() && (!waits || lock.action == LockAction::ToLockAgain)) {
            waits = &lock;
        }
    }
    m_table.set(m_columns.holds, holds);
    if (waits) {
        m_table.set(m_columns.wait, wordOf(waits->action));
        m_table.set(m_columns.waitsFor, waits->address);
        m_table.set(m_columns.waitsForClass, waits->className);
        m_table.set(m_columns.waitsForOwner, waits->owner);
        // A thread that waits for no lock of its own accord has given its monitor back: it is no holder of it either.
        if (wantsToOwn(*waits, thread)) {
            user.wants = waits->address;
            user.wantsClass = waits->className;
            user.wantsFrom = waits->owner;
        } else {
            std::erase(user.holds, std::string(waits->address));
        }
    }
    if (user.wants.empty() && user.holds.empty())
        return;
    user.name = thread.heading.name;
    m_users.push_back(std::move(user));
    m_userLines.push_back(thread.line);
}

void ThreadDumpTables::add(const DumpedThread& thread)
{
    writeHeading(thread);
    writeLocks(thread);
    if (!thread.frames.empty()) {
        m_table.set(m_columns.depth, static_cast<double>(thread.frames.size()));
        m_table.set(m_columns.topFrame, thread.frames.front());
        m_table.set(m_columns.stack, stackId(thread.frames));
    }
    if (thread.carries) {
        m_table.set(m_columns.carries, static_cast<double>(*thread.carries));
        m_table.set(m_columns.carriedStack, stackId(thread.carriedFrames));
    }
    ++m_threads;
    if (!thread.state.empty())
        ++m_states[std::string(thread.state)];
}

void ThreadDumpTables::reportDeadlock(
    std::vector<std::string> threads, std::vector<std::string> locks, std::uint64_t line)
{
    if (!threads.empty())
        m_deadlocks.push_back({std::move(threads), std::move(locks), line, true});
}

void ThreadDumpTables::setGlobalReferences(std::string_view text)
{
    m_globalReferences = text;
}

/// Those that the VM did not report: jstack without -l looks at no synchronizers, and a debugger's dump at nothing.
void ThreadDumpTables::findDeadlocks()
{
    const auto sorted = [](std::vector<std::string> names) {
        std::sort(names.begin(), names.end());
        return names;
    };
    for (const auto& ring : LockGraph(m_users).cycles()) {
        Deadlock found;
        for (const std::size_t user : ring) {
            found.threads.push_back(m_users[user].name);
            found.locks.push_back(
                m_users[user].wants + (m_users[user].wantsClass.empty() ? "" : " " + m_users[user].wantsClass));
        }
        found.line = m_userLines[ring.front()];
        const bool isKnown = std::any_of(m_deadlocks.begin(), m_deadlocks.end(),
            [&](const Deadlock& known) { return sorted(known.threads) == sorted(found.threads); });
        if (!isKnown)
            m_deadlocks.push_back(std::move(found));
    }
}

void ThreadDumpTables::writeEvents()
{
    Event dump;
    dump.time = m_time;
    dump.clock = m_clock;
    dump.line = m_heading.line;
    dump.text = fmt::format("thread dump{}{}: {} threads", m_heading.virtualMachine.empty() ? "" : " of ",
        m_heading.virtualMachine, m_threads);
    for (const char* state : {"RUNNABLE", "BLOCKED", "WAITING", "TIMED_WAITING"})
        if (const auto known = m_states.find(state); known != m_states.end())
            dump.text += fmt::format(", {} {}", known->second, state);
    dump.labels = {{"kind", "thread-dump"}, {"threads", std::to_string(m_threads)}};
    for (const auto& [state, count] : m_states) {
        std::string name = state;
        std::transform(name.begin(), name.end(), name.begin(),
            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        dump.labels.push_back({std::move(name), std::to_string(count)});
    }
    const auto label = [&dump](const char* name, const std::string& value) {
        if (!value.empty())
            dump.labels.push_back({name, value});
    };
    label("pid", m_pid);
    label("vm", m_heading.virtualMachine);
    label("jni_global_refs", m_globalReferences);
    if (!m_deadlocks.empty())
        label("deadlocks", std::to_string(m_deadlocks.size()));
    std::sort(dump.labels.begin(), dump.labels.end());
    m_out.event(std::move(dump));
    for (const Deadlock& deadlock : m_deadlocks) {
        Event event;
        event.time = m_time;
        event.clock = m_clock;
        event.severity = Severity::Error;
        event.line = deadlock.line;
        event.text = fmt::format("deadlock{}: {} wait for each other",
            deadlock.isSaidByTheVm ? " (found by the VM)" : "", joined(deadlock.threads));
        event.labels = {{"kind", "deadlock"}, {"locks", joined(deadlock.locks)}, {"threads", joined(deadlock.threads)}};
        if (!m_pid.empty())
            event.labels.push_back({"pid", m_pid});
        std::sort(event.labels.begin(), event.labels.end());
        m_out.event(std::move(event));
    }
}

void ThreadDumpTables::end()
{
    if (!m_isOpen)
        return;
    m_isOpen = false;
    findDeadlocks();
    writeEvents();
    m_table.finish(m_out);
    m_users.clear();
    m_userLines.clear();
    m_threads = 0;
    m_states.clear();
    m_deadlocks.clear();
    m_globalReferences.clear();
}

void ThreadDumpTables::finish()
{
    end();
    m_stacks.finish(m_out);
}

} // namespace hindcast::parse
