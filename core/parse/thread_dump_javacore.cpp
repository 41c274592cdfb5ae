#include "parse/thread_dump_javacore.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <deque>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

/// The text between two words of a line; to its end when the second is not there.
string_view between(string_view line, string_view before, string_view after)
{
    const auto begin = line.find(before);
    if (begin == string_view::npos)
        return {};
    const auto rest = line.substr(begin + before.size());
    return rest.substr(0, rest.find(after));
}

/// Letters of J9 in the words of java.lang.Thread.State: CW is Object.wait() or sleep, P is LockSupport.park.
string_view stateOfLetters(string_view letters)
{
    if (letters == "R")
        return "RUNNABLE";
    if (letters == "B" || letters == "MW")
        return "BLOCKED";
    if (letters == "CW" || letters == "P" || letters == "PT")
        return "WAITING";
    return letters == "Z" ? "TERMINATED" : string_view{};
}

/// "java/lang/Object@0x00000000E0A1B2C8"
LockLine lockOf(LockAction action, string_view identity)
{
    LockLine lock;
    lock.action = action;
    const auto at = identity.find('@');
    lock.address = at == string_view::npos ? identity : identity.substr(at + 1);
    lock.className = identity.substr(0, at);
    return lock;
}

class JavacoreReader {
public:
    JavacoreReader(Builder& out, ThreadDumpTables& tables)
        : m_out(out)
        , m_tables(tables)
    {
    }

    void read(string_view text)
    {
        m_out.setText(text);
        std::uint64_t number = 0;
        auto rest = text;
        for (string_view line; nextLine(rest, line);) {
            m_number = ++number;
            if (!trimmed(line).empty())
                take(line);
        }
        endThread();
        endDeadlock();
        m_out.note(NoteSeverity::Info,
            "a javacore: of its sections only the threads and the deadlocks are read; the states are IBM's, in the "
            "words of java.lang.Thread.State");
    }

private:
    void take(string_view line)
    {
        auto rest = line;
        const auto tag = nextField(rest);
        rest = trimmed(rest);
        if (tag == "1TIDATETIME") // "Date: 2024/01/02 at 03:04:05:678"
            m_heading.stamp = findDumpStamp(std::string(between(rest, "Date:", " at")) + ' '
                + std::string(trimmed(between(rest, " at ", "\n"))).substr(0, 8));
        else if (tag == "1CIJAVAVERSION")
            m_heading.virtualMachine = "IBM J9 " + std::string(rest);
        else if (tag == "1CIPROCESSID")
            m_tables.setPid(trimmed(between(rest, "Process ID:", "(")));
        else if (tag == "3XMTHREADINFO")
            beginThread(rest);
        else if (tag.starts_with("1LKDEADLOCK"))
            endDeadlock();
        else if (tag == "2LKDEADLOCKTHR")
            m_deadlocked.emplace_back(quoted(rest));
        else if (tag == "4LKDEADLOCKOBJ")
            m_locks.emplace_back(rest);
        else if (m_thread)
            takeThreadLine(tag, rest);
        else if (!isTag(tag))
            m_out.skipped(line, "expected a tag of a javacore");
    }

    /// "3XMTHREADINFO", "NULL": a digit and capital letters, or NULL.
    static bool isTag(string_view tag)
    {
        return tag == "NULL" || (tag.size() > 3 && tag[0] >= '0' && tag[0] <= '9' && tag[1] >= 'A' && tag[1] <= 'Z');
    }

    void beginThread(string_view rest)
    {
        endThread();
        if (!m_tables.isOpen()) {
            m_heading.line = m_number;
            m_tables.begin(m_heading);
        }
        m_thread.emplace();
        m_thread->line = m_number;
        const auto close = rest.rfind("\" ");
        m_thread->heading.name = rest.starts_with('"') && close != string_view::npos
            ? rest.substr(1, close - 1)
            : trimmed(rest.substr(0, rest.find("J9VMThread")));
        m_thread->heading.address = between(rest, "J9VMThread:", ",");
        m_thread->vmState = between(rest, "state:", ",");
        m_thread->state = stateOfLetters(m_thread->vmState);
        m_thread->heading.priority = parseDouble(between(rest, "prio=", " "));
    }

    void takeThreadLine(string_view tag, string_view rest)
    {
        DumpedThread& thread = *m_thread;
        if (tag == "3XMTHREADINFO1") {
            const auto id = between(rest, "native thread ID:0x", ",");
            thread.heading.nativeId = parseHex(id);
        } else if (tag == "3XMJAVALTHREAD") {
            thread.heading.number = parseHex(between(rest, "getId:0x", ","));
            thread.heading.isDaemon = between(rest, "isDaemon:", ")") == "true";
        } else if (tag == "3XMCPUTIME") {
            thread.heading.cpuSeconds = parseDouble(trimmed(between(rest, "total:", "secs")));
        } else if (tag == "3XMTHREADBLOCK") {
            takeBlock(rest);
        } else if (tag == "4XESTACKTRACE") {
            if (const auto frame = readFrame(rest); !frame.empty())
                thread.frames.push_back(frame);
        } else if (tag == "5XESTACKTRACE") {
            const auto identity = between(rest, "entered lock: ", ",");
            if (!identity.empty())
                thread.locks.push_back({lockOf(LockAction::Locked, identity), thread.frames.size()});
        } else if (tag.starts_with("1") || tag.starts_with("0")) {
            endThread(); // the next section
        }
    }

    /// "Blocked on: java/lang/Object@0x… Owned by: "x" (J9VMThread:…)", "Waiting on: …", "Parked on: …".
    void takeBlock(string_view rest)
    {
        const auto colon = rest.find(": ");
        if (colon == string_view::npos)
            return;
        const auto verb = rest.substr(0, colon);
        auto after = rest.substr(colon + 2);
        const LockAction action = verb == "Blocked on" ? LockAction::ToLock
            : verb == "Parked on"                      ? LockAction::Parking
                                                       : LockAction::WaitingOn;
        LockLine lock = lockOf(action, nextField(after));
        lock.owner = quoted(after);
        m_thread->locks.push_back({lock, 1});
    }

    void endThread()
    {
        if (m_thread)
            m_tables.add(*m_thread);
        m_thread.reset();
    }

    /// Its ring is written down before the threads are.
    void endDeadlock()
    {
        if (m_deadlocked.empty())
            return;
        std::sort(m_deadlocked.begin(), m_deadlocked.end()); // the first one is named again at the end
        m_deadlocked.erase(std::unique(m_deadlocked.begin(), m_deadlocked.end()), m_deadlocked.end());
        if (!m_tables.isOpen()) {
            m_heading.line = m_number;
            m_tables.begin(m_heading);
        }
        m_tables.reportDeadlock(std::move(m_deadlocked), std::move(m_locks), m_number);
        m_deadlocked.clear();
        m_locks.clear();
    }

    Builder& m_out;
    ThreadDumpTables& m_tables;
    DumpHeading m_heading;
    std::optional<DumpedThread> m_thread;
    std::vector<std::string> m_deadlocked, m_locks;
    std::uint64_t m_number = 0;
};

} // namespace

bool isJavacore(string_view beginning)
{
    const auto start = beginning.substr(0, 2000);
    return start.find("1TISIGINFO") != string_view::npos
        || (start.find("0SECTION") != string_view::npos
            && start.find("subcomponent dump routine") != string_view::npos);
}

void readJavacore(string_view text, Builder& out, ThreadDumpTables& tables)
{
    JavacoreReader(out, tables).read(text);
}

} // namespace hindcast::parse
