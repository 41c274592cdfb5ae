#include "parse/thread_dump_remarks.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {

using std::string_view;

string_view stateLineRest(string_view line)
{
    constexpr string_view mark = "java.lang.Thread.State:";
    const auto place = line.find(mark);
    return place == string_view::npos ? string_view{} : trimmed(line.substr(place + mark.size()));
}

bool isUpsideDown(string_view text)
{
    constexpr int linesLookedAt = 2000;
    int upright = 0, reversed = 0;
    string_view line, previous;
    for (int i = 0; i < linesLookedAt && nextLine(text, line); ++i) {
        upright += !stateLineRest(line).empty() && previous.starts_with('"');
        reversed += line.starts_with('"') && !stateLineRest(previous).empty();
        previous = line;
    }
    return reversed > upright;
}

string_view debuggerFrame(string_view line)
{
    line = trimmed(line);
    if (!line.starts_with("- ") || line.find("@bci=") == string_view::npos)
        return {};
    return trimmed(line.substr(2));
}

std::optional<LockLine> readJrockitLock(string_view line)
{
    struct Verb {
        string_view words;
        LockAction action;
    };
    constexpr std::array verbs{
        Verb{"-- Blocked trying to get lock: ", LockAction::ToLock},
        Verb{"-- Waiting for notification on: ", LockAction::WaitingOn},
        Verb{"-- Parking to wait for: ", LockAction::Parking},
        Verb{"^-- Holding lock: ", LockAction::Locked},
        Verb{"^-- Lock released while waiting: ", LockAction::Eliminated},
    };
    line = trimmed(line);
    for (const Verb& verb : verbs)
        if (line.starts_with(verb.words)) {
            line.remove_prefix(verb.words.size());
            LockLine lock;
            lock.action = verb.action;
            lock.address = line.substr(0, line.find('['));
            lock.className = lock.address.substr(0, lock.address.find('@'));
            return lock;
        }
    return std::nullopt;
}

std::optional<LockLine> readWaitLine(string_view line, string_view state)
{
    auto rest = trimmed(line);
    if (nextField(rest) != "on")
        return std::nullopt;
    LockLine lock;
    lock.address = nextField(rest);
    const auto at = lock.address.rfind('@');
    if (at == string_view::npos)
        return std::nullopt;
    lock.className = lock.address.substr(0, at);
    lock.owner = quoted(rest);
    lock.action = state == "BLOCKED"                                              ? LockAction::ToLock
        : lock.className.find("java.util.concurrent.locks.") == string_view::npos ? LockAction::WaitingOn
                                                                                  : LockAction::Parking;
    return lock;
}

string_view jrockitState(string_view status)
{
    if (!status.starts_with("alive"))
        return {};
    if (status.find(", blocked") != string_view::npos)
        return "BLOCKED";
    if (status.find(", sleeping") != string_view::npos)
        return "TIMED_WAITING";
    return status.find(", waiting") != string_view::npos || status.find(", parked") != string_view::npos ? "WAITING"
                                                                                                         : "RUNNABLE";
}

bool isKnownRemark(string_view line)
{
    line = trimmed(line);
    constexpr std::array<string_view, 11> remarks{"(in native)", "(suspended)", "No compile task",
        "Compiling:", "JavaThread state:", "Thread: 0x", "-- end of trace", "... ", "(Invalid", "- None", "No active"};
    return line == "..."
        || std::any_of(remarks.begin(), remarks.end(), [line](string_view remark) { return line.starts_with(remark); });
}

bool isKnownChrome(string_view line)
{
    line = trimmed(line);
    constexpr std::array<string_view, 14> chrome{"Debugger attached", "Server compiler detected",
        "Client compiler detected", "Core build", "Deadlock Detection:", "No deadlocks found", "Found ",
        "JVM version is", "Attaching to ", "Using thread-local", "Thread-local ", "End of thread dump", "*** ",
        "Java stack information"};
    return std::any_of(chrome.begin(), chrome.end(), [line](string_view words) { return line.starts_with(words); });
}

string_view pidLine(string_view line)
{
    line = trimmed(line);
    if (line.size() < 2 || line.back() != ':' || !parseInteger(line.substr(0, line.size() - 1)))
        return {};
    return line.substr(0, line.size() - 1);
}

} // namespace hindcast::parse
