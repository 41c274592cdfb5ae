#include "parse/thread_dump_text.h"

#include "base/text_scanner.h"
#include "parse/thread_dump_remarks.h"

#include <algorithm>
#include <utility>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr string_view dumpMark = "Full thread dump", jrockitMark = "FULL THREAD DUMP";

string_view trimmedRight(string_view line)
{
    while (!line.empty() && (isBlank(line.back()) || line.back() == '\r'))
        line.remove_suffix(1);
    return line;
}

bool isAlphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Whether a line begins like the prefix of another one: the same punctuation, any digits and letters.
bool hasShapeOf(string_view line, string_view prefix)
{
    const std::size_t length = std::min(line.size(), prefix.size());
    for (std::size_t i = 0; i < length; ++i)
        if (isAlphanumeric(line[i]) != isAlphanumeric(prefix[i]) || (!isAlphanumeric(line[i]) && line[i] != prefix[i]))
            return false;
    return length > 0;
}

bool isRule(string_view line)
{
    line = trimmed(line);
    return line.size() >= 3
        && (line.find_first_not_of('=') == string_view::npos || line.find_first_not_of('-') == string_view::npos);
}

} // namespace

std::uint64_t ThreadDumpText::lineNumber(string_view line)
{
    if (line.data() < m_text.data() || line.data() > m_text.data() + m_text.size())
        return 0;
    const auto place = static_cast<std::size_t>(line.data() - m_text.data());
    if (place < m_counted.size()) { // upside down: counted anew
        m_counted = m_text.substr(0, 0);
        m_lineNumber = 1;
    }
    m_lineNumber += static_cast<std::uint64_t>(std::count(m_text.data() + m_counted.size(), line.data(), '\n'));
    m_counted = m_text.substr(0, place);
    return m_lineNumber;
}

void ThreadDumpText::read(string_view text)
{
    m_text = m_counted = text;
    m_counted = text.substr(0, 0);
    m_lineNumber = 1;
    m_out.setText(text);
    if (isUpsideDown(text)) {
        m_out.note(NoteSeverity::Info, "the lines stand in reverse order, the last one first, and were turned round");
        auto all = lines(text);
        std::for_each(all.rbegin(), all.rend(), [this](string_view line) { take(line); });
    } else {
        auto rest = text;
        for (string_view line; nextLine(rest, line);)
            take(line);
    }
    endDump();
    m_histogram.finish(m_out);
    if (m_otherLines > 0)
        m_out.note(NoteSeverity::Info,
            "the text holds lines of something else around the thread dumps, such as a program's log: they were passed "
            "over ("
                + std::to_string(m_otherLines) + ")");
}

string_view ThreadDumpText::withoutPrefix(string_view line) const
{
    if (m_prefix.empty() || !hasShapeOf(line, m_prefix))
        return line;
    return line.size() <= m_prefix.size() ? string_view{} : line.substr(m_prefix.size());
}

void ThreadDumpText::take(string_view whole)
{
    m_line = whole;
    const auto line = trimmedRight(withoutPrefix(whole));
    if (!m_brokenHeading.empty() && takeBrokenHeading(line))
        return;
    if (line.empty() || trimmed(line).empty()) {
        takeBlank();
        return;
    }
    const bool isTaken = takeDumpHeading(line, whole) || takeSectionHeading(line) || takeSectionLine(line)
        || takeThreadHeading(line) || takeDebuggerHeading(line) || takeThreadLine(line) || takeAroundDump(line);
    if (!isTaken) {
        if (m_thread && !m_isBehindBlank) {
            m_out.skipped(whole, "expected a frame, a lock or a state of the thread above");
        } else {
            endThread();
            ++m_otherLines;
        }
    }
    m_isBehindBlank = false;
    m_previous = whole;
}

void ThreadDumpText::takeBlank()
{
    m_isBehindBlank = true;
    if (m_section == Section::ThreadList || m_section == Section::Heap)
        m_section = Section::Threads;
}

// Headings

bool ThreadDumpText::takeDumpHeading(string_view line, string_view whole)
{
    auto mark = whole.find(dumpMark);
    const bool isJrockit = mark == string_view::npos && line.find(jrockitMark) != string_view::npos;
    if (mark == string_view::npos && !isJrockit)
        return false;
    endDump();
    m_section = Section::Threads;
    DumpHeading heading;
    heading.line = lineNumber(whole);
    heading.stamp = m_stamp;
    m_stamp.reset();
    if (!isJrockit) {
        auto prefix = whole.substr(0, mark);
        m_prefix = trimmed(prefix).empty() || prefix.front() == '"' ? string_view{} : prefix;
        auto rest = trimmed(whole.substr(mark + dumpMark.size()));
        if (rest.ends_with(':'))
            rest.remove_suffix(1);
        const auto close = rest.find(']');
        if (rest.starts_with('[') && close != string_view::npos) { // HP-UX: a date in the language of the host
            heading.stamp = findDumpStamp(rest.substr(1, close - 1));
            rest = trimmed(rest.substr(close + 1));
            if (rest.starts_with('(') && rest.ends_with(')'))
                rest = rest.substr(1, rest.size() - 2);
        }
        heading.virtualMachine = rest;
        if (!heading.stamp && !m_prefix.empty()) {
            heading.stamp = readDumpStamp(withoutPrefix(m_previous));
            heading.stamp = heading.stamp ? heading.stamp : findDumpStamp(m_prefix);
        }
    }
    m_heading = std::move(heading);
    return true;
}

bool ThreadDumpText::takeSectionHeading(string_view line)
{
    const auto text = trimmed(line);
    const auto begins = [&](Section section) {
        endThread();
        endDeadlock();
        m_section = section;
        return true;
    };
    if (text.starts_with("Threads class SMR info"))
        return begins(Section::ThreadList);
    if ((text.starts_with("Found one Java-level deadlock") || text.starts_with("FOUND A JAVA LEVEL DEADLOCK"))) {
        begins(Section::Deadlock);
        m_deadlockLine = lineNumber(m_line);
        return true;
    }
    if (text.starts_with("Java stack information for the threads"))
        return begins(Section::DeadlockStacks);
    if (text == "Heap" && (m_thread || m_threads > 0))
        return begins(Section::Heap);
    if (text.starts_with("num ") && text.find("#instances") != string_view::npos)
        return begins(Section::Histogram);
    if (text == "Blocked lock chains" || text == "Open lock chains" || text.starts_with("Circular (deadlocked)"))
        return begins(Section::LockChains);
    return false;
}

bool ThreadDumpText::takeSectionLine(string_view line)
{
    const auto text = trimmed(line);
    switch (m_section) {
    case Section::ThreadList:
        if (text == "}")
            m_section = Section::Threads;
        return text == "}" || text.starts_with('_') || text.starts_with("0x");
    case Section::Deadlock:
        return takeDeadlockLine(line);
    case Section::DeadlockStacks:
        if (isRule(text) || (text.starts_with('"') && text.ends_with(':')) || !readFrame(text).empty()
            || readLockLine(text))
            return true;
        m_section = Section::Threads;
        return false;
    case Section::Heap:
        if (isBlank(line.front()))
            return true;
        m_section = Section::Threads;
        return false;
    case Section::Histogram:
        if (takeHistogramLine(line))
            return true;
        m_section = Section::Threads;
        return false;
    case Section::LockChains:
        if (text.find("END OF THREAD DUMP") != string_view::npos)
            m_section = Section::Threads;
        return true;
    case Section::Threads:
        break;
    }
    return false;
}

/// `"A":`, then what it waits for and who has it, once for each thread of the ring.
bool ThreadDumpText::takeDeadlockLine(string_view line)
{
    const auto text = trimmed(line);
    if (isRule(text))
        return true;
    if (text.starts_with('"') && text.ends_with(':')) {
        m_deadlocked.emplace_back(quoted(text));
        return true;
    }
    if (text.starts_with("waiting ")) { // to lock monitor 0x… (object 0x…, a C), or for ownable synchronizer 0x…, (a C)
        constexpr string_view object = "(object ";
        const auto open = text.find(object);
        auto address =
            text.substr(open == string_view::npos ? std::min(text.find("0x"), text.size()) : open + object.size());
        address = address.substr(0, address.find_first_of(" ,)"));
        auto name = text.rfind(" a ");
        name = name == string_view::npos ? text.rfind("(a ") : name;
        auto className = name == string_view::npos ? string_view{} : text.substr(name + 3);
        className = className.substr(0, className.find_first_of("),"));
        m_deadlockLocks.push_back(std::string(address) + (className.empty() ? "" : " ") + std::string(className));
        return true;
    }
    if (text.starts_with("which is ") || text.starts_with("in JNI") || text.starts_with(", which is"))
        return true;
    endDeadlock();
    m_section = Section::Threads;
    return false;
}

bool ThreadDumpText::takeHistogramLine(string_view line)
{
    if (isRule(line))
        return true;
    auto rest = line;
    const auto rank = nextField(rest);
    const auto instances = parseDouble(nextField(rest)), bytes = parseDouble(nextField(rest));
    const bool isRow = rank.ends_with(':') && parseInteger(rank.substr(0, rank.size() - 1));
    if (!instances || !bytes || (!isRow && rank != "Total"))
        return false;
    if (!isRow)
        return true;
    m_histogram.beginRow(lineNumber(m_line));
    m_histogram.set("class", trimmed(rest));
    m_histogram.set("instances", Unit::Count, *instances);
    m_histogram.set("bytes", Unit::Bytes, *bytes);
    return true;
}

bool ThreadDumpText::takeThreadHeading(string_view line)
{
    const auto heading = readThreadHeading(line);
    if (!heading) {
        const bool isBegun = line.starts_with('"') && line.find('"', 1) == string_view::npos;
        if (isBegun && (m_heading || m_tables.isOpen())) {
            m_brokenHeading = line;
            return true;
        }
        return false;
    }
    beginThread();
    m_thread->heading = *heading;
    m_thread->state = heading->state.empty() ? jrockitState(heading->status) : heading->state;
    if (!heading->waitsFor.empty()) {
        LockLine lock;
        lock.action = heading->state == "BLOCKED"                                        ? LockAction::ToLock
            : heading->waitsFor.find("java.util.concurrent.locks.") == string_view::npos ? LockAction::WaitingOn
                                                                                         : LockAction::Parking;
        lock.address = heading->waitsFor;
        lock.className = lock.address.substr(0, lock.address.rfind('@'));
        lock.owner = heading->owner;
        m_thread->locks.push_back({lock, 0});
    }
    return true;
}

/// The rest of a heading whose name has a line break in it.
bool ThreadDumpText::takeBrokenHeading(string_view line)
{
    constexpr std::size_t longest = 4096;
    const auto begun = std::exchange(m_brokenHeading, string_view{});
    std::string joined = std::string(begun) + '\n' + std::string(line);
    if (readThreadHeading(joined) && joined.size() < longest) {
        m_joinedHeadings.push_back(std::move(joined));
        takeThreadHeading(m_joinedHeadings.back());
        m_isBehindBlank = false;
        return true;
    }
    m_out.skipped(begun, "expected the rest of a thread's heading");
    return false;
}

/// "Thread 27: (state = BLOCKED)": jstack -F. The states are the VM's, not java.lang.Thread.State.
bool ThreadDumpText::takeDebuggerHeading(string_view line)
{
    constexpr string_view mark = "(state = ";
    const auto state = line.find(mark);
    if (!line.starts_with("Thread ") || state == string_view::npos)
        return false;
    const auto colon = line.find(':');
    const auto number = parseInteger(line.substr(7, colon == string_view::npos ? 0 : colon - 7));
    if (!number)
        return false;
    beginThread();
    m_thread->heading.name = line.substr(0, colon);
    m_thread->heading.nativeId = number;
    m_thread->vmState = line.substr(state + mark.size());
    m_thread->vmState = m_thread->vmState.substr(0, m_thread->vmState.find(')'));
    return true;
}

void ThreadDumpText::beginThread()
{
    endThread();
    endDeadlock();
    m_section = Section::Threads;
    const std::uint64_t line = lineNumber(m_line);
    if (m_heading || !m_tables.isOpen()) {
        DumpHeading heading = std::exchange(m_heading, std::nullopt).value_or(DumpHeading{m_stamp, {}, line});
        heading.line = std::min(heading.line, line);
        m_stamp.reset();
        m_tables.begin(std::move(heading));
    }
    m_thread.emplace();
    m_thread->line = line;
    m_isInSynchronizers = m_isMounted = false;
}

// The lines of a thread

bool ThreadDumpText::takeThreadLine(string_view line)
{
    if (!m_thread)
        return false;
    const auto frame = readFrame(line);
    const auto debugger = frame.empty() ? debuggerFrame(line) : string_view{};
    if (!frame.empty() || !debugger.empty()) {
        (m_isMounted ? m_thread->carriedFrames : m_thread->frames).push_back(frame.empty() ? debugger : frame);
        return true;
    }
    if (takeState(line) || takeVirtualThread(line))
        return true;
    const auto text = trimmed(line);
    if (m_thread->heading.isFromFile && isBlank(line.front()) && text.ends_with(')') && !text.starts_with('-')) {
        m_thread->frames.push_back(text);
        return true;
    }
    if (text.starts_with("Locked ownable synchronizers") || text.starts_with("Number of locked synchronizers")
        || text.starts_with("Locked synchronizers")) {
        m_isInSynchronizers = true;
        return true;
    }
    auto lock = readLockLine(line);
    if (!lock)
        lock = readJrockitLock(line);
    if (!lock)
        lock = readWaitLine(line, m_thread->state);
    if (lock) {
        if (m_isInSynchronizers && lock->action == LockAction::Locked)
            lock->action = LockAction::Owns;
        if (lock->action != LockAction::Nothing && !m_isMounted)
            m_thread->locks.push_back({*lock, m_thread->frames.size()});
        return true;
    }
    return isKnownRemark(line);
}

/// "java.lang.Thread.State: TIMED_WAITING (parking)"
bool ThreadDumpText::takeState(string_view line)
{
    auto rest = stateLineRest(line);
    if (rest.empty())
        return false;
    m_thread->state = nextField(rest);
    rest = trimmed(rest);
    const auto close = rest.find(')');
    if (rest.starts_with('(') && close != string_view::npos)
        m_thread->stateReason = rest.substr(1, close - 1);
    return true;
}

/// "Carrying virtual thread #31", and behind the carrier's own frames "Mounted virtual thread #31" with the other's.
bool ThreadDumpText::takeVirtualThread(string_view line)
{
    const auto text = trimmed(line);
    const bool isMounted = text.starts_with("Mounted virtual thread");
    if (!isMounted && !text.starts_with("Carrying virtual thread"))
        return false;
    const auto mark = text.rfind('#');
    if (mark != string_view::npos)
        m_thread->carries = parseInteger(text.substr(mark + 1));
    m_isMounted = isMounted;
    return true;
}

/// The process, the time and the version, a line each: how a file of jcmd Thread.dump_to_file begins.
bool ThreadDumpText::takeFileHeading(string_view text)
{
    const bool isNumber = parseInteger(text).has_value();
    if (isNumber) {
        endThread();
        m_bareNumber = text;
        return true;
    }
    const auto pid = std::exchange(m_bareNumber, string_view{});
    if (const auto stamp = pid.empty() ? std::nullopt : readDumpStamp(text)) {
        endDump();
        m_tables.setPid(pid);
        m_heading = DumpHeading{stamp, {}, lineNumber(m_line)};
        m_isVersionNext = true;
        return true;
    }
    if (std::exchange(m_isVersionNext, false) && text.front() >= '0' && text.front() <= '9') {
        m_heading->virtualMachine = "Java " + std::string(text);
        return true;
    }
    return false;
}

bool ThreadDumpText::takeAroundDump(string_view line)
{
    const auto text = trimmed(line);
    if (takeFileHeading(text))
        return true;
    if (const auto stamp = readDumpStamp(line)) {
        endThread();
        m_stamp = stamp;
        if (m_heading && !m_heading->stamp) // JRockit prints it below
            m_heading->stamp = std::exchange(m_stamp, std::nullopt);
        return true;
    }
    if (const auto pid = pidLine(line); !pid.empty()) {
        endDump();
        m_tables.setPid(pid);
        return true;
    }
    constexpr string_view attaching = "Attaching to process ID ";
    if (text.starts_with(attaching))
        m_tables.setPid(text.substr(attaching.size(), text.find(',') - attaching.size()));
    constexpr string_view references = "JNI global ref";
    if (text.starts_with(references)) {
        endThread();
        const auto colon = text.find(':');
        auto rest = colon == string_view::npos ? string_view{} : trimmed(text.substr(colon + 1));
        if (text.find("memory usage") == string_view::npos)
            m_tables.setGlobalReferences(rest.substr(0, rest.find(',')));
        return true;
    }
    if (m_heading && m_heading->virtualMachine.empty() && text.find("JRockit") != string_view::npos) {
        m_heading->virtualMachine = text;
        return true;
    }
    if (isRule(text) || text.starts_with("=====") || isKnownChrome(text)) {
        endThread();
        return true;
    }
    return false;
}

// Ends

void ThreadDumpText::endThread()
{
    if (!m_thread)
        return;
    m_tables.add(*m_thread);
    ++m_threads;
    m_thread.reset();
}

void ThreadDumpText::endDeadlock()
{
    if (m_deadlocked.empty())
        return;
    if (m_tables.isOpen())
        m_tables.reportDeadlock(std::move(m_deadlocked), std::move(m_deadlockLocks), m_deadlockLine);
    m_deadlocked.clear();
    m_deadlockLocks.clear();
}

void ThreadDumpText::endDump()
{
    if (!m_brokenHeading.empty())
        m_out.skipped(std::exchange(m_brokenHeading, string_view{}), "expected the rest of a thread's heading");
    endThread();
    endDeadlock();
    if (m_heading)
        m_out.note(NoteSeverity::Info, "a thread dump ends before its first thread");
    m_heading.reset();
    m_section = Section::Threads;
}

int recogniseThreadDumpText(string_view beginning)
{
    int headings = 0, states = 0;
    bool hasMark = false;
    for (string_view line; nextLine(beginning, line);) {
        if (line.find(dumpMark) != string_view::npos || line.find(jrockitMark) != string_view::npos) {
            const auto mark = std::min(line.find(dumpMark), line.find(jrockitMark));
            hasMark = hasMark || mark < 120;
        }
        headings += readThreadHeading(line).has_value();
        states += !stateLineRest(line).empty();
        headings += line.starts_with("Thread ") && line.find(": (state = ") != string_view::npos;
    }
    if (hasMark)
        return headings > 0 ? 96 : 90;
    return headings > 0 && (states > 0 || headings > 1) ? 80 : 0;
}

} // namespace hindcast::parse
