#include "parse/thread_dump_json.h"

#include "base/text_scanner.h"

#include <deque>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hindcast::parse {
namespace {

using Json = nlohmann::json;
using std::string_view;

/// A text, or "" for anything else.
string_view textOf(const Json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? string_view(found->get_ref<const std::string&>())
                                                       : string_view{};
}

/// A number, also one that is written as text.
std::optional<std::uint64_t> numberOf(const Json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end())
        return std::nullopt;
    if (found->is_number_unsigned())
        return found->get<std::uint64_t>();
    return found->is_string() ? parseInteger(found->get_ref<const std::string&>()) : std::nullopt;
}

bool isTrue(const Json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

const Json* listOf(const Json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_array() ? &*found : nullptr;
}

/// Makes the objects of threads into rows. What it hands on are views of the object or of texts it keeps meanwhile.
class ThreadObject {
public:
    explicit ThreadObject(const Json& object)
        : m_object(object)
    {
    }

    DumpedThread read()
    {
        if (m_object.contains("threadName"))
            readThreadInfo();
        else
            readDumpedThread();
        return std::move(m_thread);
    }

private:
    /// "java.lang.Object@1b2c", which is address and class in one.
    void addLock(LockAction action, string_view identity, std::size_t frame, string_view owner = {})
    {
        if (identity.empty())
            return;
        LockLine lock;
        lock.action = action;
        lock.address = identity;
        lock.className = identity.substr(0, identity.rfind('@'));
        lock.owner = owner;
        m_thread.locks.push_back({lock, frame});
    }

    string_view keep(std::string text) { return m_texts.emplace_back(std::move(text)); }

    /// jdk.internal.vm.ThreadDumper.
    void readDumpedThread()
    {
        ThreadHeading& heading = m_thread.heading;
        heading.name = textOf(m_object, "name");
        heading.number = numberOf(m_object, "tid");
        heading.isVirtual = isTrue(m_object, "virtual");
        m_thread.state = textOf(m_object, "state");
        if (const Json* stack = listOf(m_object, "stack"))
            for (const Json& frame : *stack)
                if (frame.is_string())
                    m_thread.frames.push_back(frame.get_ref<const std::string&>());
        if (const auto blocker = m_object.find("parkBlocker"); blocker != m_object.end() && blocker->is_object()) {
            const auto owner = numberOf(*blocker, "owner");
            addLock(LockAction::Parking, textOf(*blocker, "object"), 1, owner ? keep(fmt::format("#{}", *owner)) : "");
        }
        addLock(LockAction::ToLock, textOf(m_object, "blockedOn"), 1);
        addLock(LockAction::WaitingOn, textOf(m_object, "waitingOn"), 1);
        if (const Json* owned = listOf(m_object, "monitorsOwned"))
            for (const Json& place : *owned)
                if (const Json* locks = place.is_object() ? listOf(place, "locks") : nullptr)
                    for (const Json& lock : *locks)
                        if (lock.is_string())
                            addLock(LockAction::Locked, lock.get_ref<const std::string&>(),
                                static_cast<std::size_t>(numberOf(place, "depth").value_or(0)) + 1);
    }

    /// java.lang.management.ThreadInfo.
    void readThreadInfo()
    {
        ThreadHeading& heading = m_thread.heading;
        heading.name = textOf(m_object, "threadName");
        heading.number = numberOf(m_object, "threadId");
        heading.isDaemon = isTrue(m_object, "daemon");
        if (const auto priority = numberOf(m_object, "priority"))
            heading.priority = static_cast<double>(*priority);
        m_thread.state = textOf(m_object, "threadState");
        if (const Json* stack = listOf(m_object, "stackTrace"))
            for (const Json& frame : *stack)
                if (frame.is_object())
                    m_thread.frames.push_back(keep(frameText(frame)));
        const LockAction action = m_thread.state == "BLOCKED" ? LockAction::ToLock
            : textOf(m_object, "lockName").find("java.util.concurrent.locks.") != string_view::npos
            ? LockAction::Parking
            : LockAction::WaitingOn;
        addLock(action, textOf(m_object, "lockName"), 1, textOf(m_object, "lockOwnerName"));
        addOwned("lockedMonitors", LockAction::Locked);
        addOwned("lockedSynchronizers", LockAction::Owns);
    }

    void addOwned(const char* key, LockAction action)
    {
        const Json* owned = listOf(m_object, key);
        if (!owned)
            return;
        for (const Json& lock : *owned)
            if (lock.is_object() && !textOf(lock, "className").empty())
                addLock(action,
                    keep(fmt::format(
                        "{}@{:x}", textOf(lock, "className"), numberOf(lock, "identityHashCode").value_or(0))),
                    static_cast<std::size_t>(numberOf(lock, "lockedStackDepth").value_or(0)) + 1);
    }

    static std::string frameText(const Json& frame)
    {
        const auto file = textOf(frame, "fileName");
        const auto line = numberOf(frame, "lineNumber");
        const std::string place = isTrue(frame, "nativeMethod") ? "Native Method"
            : file.empty()                                      ? "Unknown Source"
            : line                                              ? fmt::format("{}:{}", file, *line)
                                                                : std::string(file);
        return fmt::format("{}.{}({})", textOf(frame, "className"), textOf(frame, "methodName"), place);
    }

    const Json& m_object;
    DumpedThread m_thread;
    std::deque<std::string> m_texts;

public:
    /// What the thread handed on views of.
    std::deque<std::string>& texts() { return m_texts; }
};

/// Follows the parser: rows are made as soon as a thread's object is closed, so that a cut text loses only its end.
class JsonDump {
public:
    explicit JsonDump(ThreadDumpTables& tables)
        : m_tables(tables)
    {
    }

    /// False: the value is not kept.
    bool take(Json::parse_event_t event, const Json& parsed)
    {
        if (event == Json::parse_event_t::key) {
            m_key = parsed.is_string() ? parsed.get<std::string>() : std::string();
        } else if (event == Json::parse_event_t::value) {
            takeValue(parsed);
        } else if (event == Json::parse_event_t::object_end && parsed.is_object()) {
            const bool isThread = parsed.contains("threadName")
                || (parsed.contains("tid") && parsed.contains("name") && parsed.contains("stack"));
            if (isThread)
                add(parsed);
            return !isThread;
        }
        return true;
    }
    std::uint64_t threads() const { return m_threads; }

private:
    void takeValue(const Json& parsed)
    {
        if (m_key == "processId")
            m_tables.setPid(parsed.is_string() ? parsed.get<std::string>() : parsed.dump());
        else if (!parsed.is_string())
            return;
        else if (m_key == "time" && m_threads == 0 && !m_heading.stamp)
            m_heading.stamp = readDumpStamp(parsed.get_ref<const std::string&>());
        else if (m_key == "runtimeVersion")
            m_heading.virtualMachine = "Java " + parsed.get<std::string>();
        else if (m_key == "container")
            m_container = parsed.get<std::string>();
    }

    void add(const Json& object)
    {
        if (m_threads++ == 0) {
            m_heading.line = 1;
            m_tables.begin(m_heading);
        }
        ThreadObject reader(object);
        DumpedThread thread = reader.read();
        thread.line = 1;
        thread.container = m_container;
        m_tables.add(thread);
    }

    ThreadDumpTables& m_tables;
    DumpHeading m_heading;
    std::string m_key, m_container;
    std::uint64_t m_threads = 0;
};

} // namespace

bool isThreadDumpJson(string_view beginning)
{
    const auto has = [beginning](string_view text) { return beginning.find(text) != string_view::npos; };
    const auto start = trimmed(beginning).substr(0, 1);
    if (start != "{" && start != "[")
        return false;
    return (has("\"threadDump\"") && has("\"threadContainers\"")) || (has("\"threadName\"") && has("\"threadState\""));
}

void readThreadDumpJson(string_view text, Builder& out, ThreadDumpTables& tables)
{
    JsonDump dump(tables);
    const auto parsed = Json::parse(
        text, [&dump](int, Json::parse_event_t event, Json& value) { return dump.take(event, value); },
        /*allow_exceptions=*/false);
    if (parsed.is_discarded())
        out.note(NoteSeverity::DataLoss, "the JSON is cut or broken: threads behind that place were not read");
}

} // namespace hindcast::parse
