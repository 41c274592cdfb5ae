#include "parse/thread_dump_lines.h"

#include "base/text_scanner.h"
#include "parse/log_stamp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isState(string_view word)
{
    constexpr std::array<string_view, 6> states{"NEW", "RUNNABLE", "BLOCKED", "WAITING", "TIMED_WAITING", "TERMINATED"};
    return std::find(states.begin(), states.end(), word) != states.end();
}

/// "prio=", "nid=", …: the keys of a heading.
bool isKnownKey(string_view key)
{
    constexpr std::array<string_view, 14> keys{"prio", "os_prio", "cpu", "elapsed", "allocated", "defined_classes",
        "tid", "nid", "lwp_id", "id", "Id", "idx", "group", "daemon"};
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// Whether a heading can go on like this behind the name's closing quote.
bool beginsAttributes(string_view rest)
{
    if (rest.empty() || !isBlank(rest.front()))
        return false;
    const auto first = nextField(rest);
    if (first.size() > 1 && first.front() == '#')
        return isDigit(first[1]);
    if (first.size() > 2 && first.front() == '[' && first.back() == ']')
        return std::all_of(first.begin() + 1, first.end() - 1, isDigit);
    if (first == "-")
        return nextField(rest) == "Thread";
    if (first == "in")
        return isState(nextField(rest));
    if (first == "daemon" || first == "virtual" || isState(first))
        return true;
    const auto equals = first.find('=');
    return equals != string_view::npos && isKnownKey(first.substr(0, equals));
}

std::optional<std::uint64_t> readId(string_view text)
{
    return text.starts_with("0x") ? parseHex(text.substr(2)) : parseInteger(text);
}

/// "1124.82ms", "116459.50s", "-1ms" (not measured): seconds.
std::optional<double> readDuration(string_view text)
{
    double perSecond = 1;
    if (text.ends_with("ms")) {
        perSecond = 1e3;
        text.remove_suffix(2);
    } else if (text.ends_with('s')) {
        text.remove_suffix(1);
    }
    const auto value = parseDouble(text);
    constexpr double nanoseconds = 1e9; // what is printed has fewer digits: rounded, no others come in
    return value && *value >= 0 && *value < 1e9
        ? std::optional(std::round(*value * nanoseconds / perSecond) / nanoseconds)
        : std::nullopt;
}

/// "54522K", "144M", "3712B": the VM counts by 1024 (globalDefinitions.hpp, proper_unit_for_byte_size).
std::optional<double> readAllocated(string_view text)
{
    double factor = 1;
    const char unit = text.empty() ? ' ' : text.back();
    if (!isDigit(unit)) {
        factor = unit == 'K' ? 1024.0 : unit == 'M' ? 1024.0 * 1024 : unit == 'G' ? 1024.0 * 1024 * 1024 : 1;
        text.remove_suffix(text.empty() ? 0 : 1);
    }
    const auto value = parseDouble(text);
    return value ? std::optional(*value * factor) : std::nullopt;
}

void takeValue(ThreadHeading& heading, string_view key, string_view value)
{
    constexpr std::size_t shortestAddress = 8;
    if (key == "prio")
        heading.priority = parseDouble(value);
    else if (key == "os_prio")
        heading.osPriority = parseDouble(value);
    else if (key == "cpu")
        heading.cpuSeconds = readDuration(value);
    else if (key == "elapsed")
        heading.elapsedSeconds = readDuration(value);
    else if (key == "allocated")
        heading.allocatedBytes = readAllocated(value);
    else if (key == "defined_classes")
        heading.definedClasses = parseDouble(value);
    else if (key == "nid")
        heading.nativeId = readId(value);
    else if (key == "id" || key == "Id")
        heading.number = parseInteger(value);
    else if (key == "tid" && (value.starts_with("0x") || value.size() >= shortestAddress)) // HP-UX leaves the 0x out
        heading.address = value;
    else if (key == "tid") // JRockit: of the operating system
        heading.nativeId = parseInteger(value);
    heading.isByTheVm = heading.isByTheVm || key == "tid" || key == "nid";
}

/// What ThreadInfo says behind the state: `on java.lang.Object@1b2c owned by "x" Id=13`.
void takeWaiting(ThreadHeading& heading, string_view rest)
{
    if (nextField(rest) != "on")
        return;
    heading.waitsFor = nextField(rest);
    constexpr string_view mark = "lock=";
    if (heading.waitsFor.starts_with(mark))
        heading.waitsFor.remove_prefix(mark.size());
    if (rest.find("owned by") != string_view::npos)
        heading.owner = quoted(rest);
}

/// "waiting on condition  [0x000000016e7c2000]" without the range of the stack.
string_view withoutStackRange(string_view status)
{
    status = trimmed(status);
    const auto range = status.rfind('[');
    return status.ends_with(']') ? trimmed(status.substr(0, range)) : status;
}

/// Everything behind the name. False when nothing in it tells a thread.
bool takeAttributes(ThreadHeading& heading, string_view rest)
{
    bool isThread = false;
    for (;;) {
        const auto before = rest;
        const auto word = nextField(rest);
        if (word.empty())
            return isThread;
        const auto equals = word.find('=');
        if (word.size() > 1 && word.front() == '#' && isDigit(word[1])) {
            heading.number = parseInteger(word.substr(1));
            isThread = true;
        } else if (word.front() == '[' && word.back() == ']' && word.size() > 2 && !heading.nativeId
            && parseInteger(word.substr(1, word.size() - 2))) {
            heading.nativeId = parseInteger(word.substr(1, word.size() - 2));
            isThread = true;
        } else if (word == "daemon") {
            heading.isDaemon = true;
        } else if (word == "virtual") {
            heading.isVirtual = true;
        } else if (word == "-" && rest.starts_with(" Thread t@")) {
            nextField(rest);
            heading.number = parseInteger(nextField(rest).substr(2));
            isThread = true;
        } else if (equals != string_view::npos && isKnownKey(word.substr(0, equals))) {
            takeValue(heading, word.substr(0, equals), word.substr(equals + 1));
            isThread = true;
        } else if (equals != string_view::npos && equals > 0) {
            continue; // what another tool adds: "deltaTime=3ms"
        } else if (isState(word)) {
            heading.state = word;
            takeWaiting(heading, rest);
            return true;
        } else if (word == "in" && isState(nextField(rest))) {
            rest = before;
            nextField(rest); // the state is next
        } else {
            heading.status = withoutStackRange(before);
            return isThread;
        }
    }
}

LockAction actionOf(string_view& rest)
{
    struct Verb {
        string_view words;
        LockAction action;
    };
    constexpr std::array verbs{
        Verb{"waiting to re-lock in wait()", LockAction::ToLockAgain},
        Verb{"waiting to lock", LockAction::ToLock},
        Verb{"blocked on", LockAction::ToLock}, // ThreadInfo
        Verb{"parking to wait for", LockAction::Parking},
        Verb{"waiting on", LockAction::WaitingOn},
        Verb{"eliminated", LockAction::Eliminated},
        Verb{"lock is eliminated", LockAction::Eliminated},
        Verb{"locked", LockAction::Locked},
        Verb{"None", LockAction::Nothing},
    };
    for (const Verb& verb : verbs)
        if (rest.starts_with(verb.words)) {
            rest = trimmed(rest.substr(verb.words.size()));
            return verb.action;
        }
    return LockAction::Owns;
}

/// "(a java.lang.Object)" or "(an …)"; the rest of the line may name the owner.
void takeClass(LockLine& lock, string_view& rest)
{
    const auto open = rest.find("(a");
    const auto close = rest.find(')', open == string_view::npos ? 0 : open);
    if (open == string_view::npos || close == string_view::npos)
        return;
    auto inside = rest.substr(open + 1, close - open - 1);
    nextField(inside); // the article
    lock.className = trimmed(inside);
    rest = rest.substr(close + 1);
}

std::optional<unsigned> numberWithin(string_view text, unsigned lowest, unsigned highest)
{
    const auto value = parseInteger<unsigned>(text);
    return value && *value >= lowest && *value <= highest ? value : std::nullopt;
}

/// Words of a date: numbers with their colons, and runs of letters; whatever stands between them ends one.
string_view nextDateWord(string_view& rest)
{
    const auto isNumber = [](char c) { return isDigit(c) || c == ':'; };
    const auto isLetter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    const auto begin = std::find_if(rest.begin(), rest.end(), [&](char c) { return isNumber(c) || isLetter(c); });
    const auto end = begin == rest.end() || isNumber(*begin) ? std::find_if_not(begin, rest.end(), isNumber)
                                                             : std::find_if_not(begin, rest.end(), isLetter);
    const auto word =
        rest.substr(static_cast<std::size_t>(begin - rest.begin()), static_cast<std::size_t>(end - begin));
    rest.remove_prefix(static_cast<std::size_t>(end - rest.begin()));
    return word;
}

/// `#31 "http-1" virtual WAITING 2025-…Z`: jcmd Thread.dump_to_file.
std::optional<ThreadHeading> readFileHeading(string_view line)
{
    const auto first = line.find(" \""), last = line.rfind('"');
    const auto number = parseInteger(line.substr(1, first == string_view::npos ? 0 : first - 1));
    if (!number || last < first + 2)
        return std::nullopt;
    ThreadHeading heading;
    heading.number = number;
    heading.isFromFile = true;
    heading.name = line.substr(first + 2, last - first - 2);
    auto rest = line.substr(last + 1);
    for (auto word = nextField(rest); !word.empty(); word = nextField(rest)) {
        heading.isVirtual = heading.isVirtual || word == "virtual";
        if (isState(word))
            heading.state = word;
    }
    return heading;
}

} // namespace

string_view quoted(string_view text)
{
    const auto first = text.find('"'), last = text.rfind('"');
    return first == string_view::npos || first == last ? string_view{} : text.substr(first + 1, last - first - 1);
}

std::optional<ThreadHeading> readThreadHeading(string_view line)
{
    if (line.starts_with('#'))
        return readFileHeading(line);
    if (!line.starts_with('"'))
        return std::nullopt;
    for (auto quote = line.find('"', 1); quote != string_view::npos; quote = line.find('"', quote + 1)) {
        const auto rest = line.substr(quote + 1);
        if (!beginsAttributes(rest))
            continue;
        ThreadHeading heading;
        heading.name = line.substr(1, quote - 1);
        if (takeAttributes(heading, rest))
            return heading;
    }
    return std::nullopt;
}

std::optional<LockLine> readLockLine(string_view line)
{
    auto rest = trimmed(line);
    if (rest.size() < 3 || rest[0] != '-' || !isBlank(rest[1]))
        return std::nullopt;
    rest = trimmed(rest.substr(1));
    LockLine lock;
    lock.action = actionOf(rest);
    if (lock.action == LockAction::Nothing)
        return rest.empty() ? std::optional(lock) : std::nullopt;
    constexpr string_view classInitialization = "the Class initialization monitor for ";
    if (rest.starts_with(classInitialization)) { // another thread runs the static initialiser
        lock.className = rest.substr(classInitialization.size());
        return lock;
    }
    const auto close = rest.find('>');
    if (rest.starts_with('<') && close != string_view::npos) {
        const auto inside = rest.substr(1, close - 1);
        if (inside.find(' ') == string_view::npos) // else "owner is scalar replaced", "no object reference available"
            lock.address = inside;
        rest.remove_prefix(close + 1);
        takeClass(lock, rest);
        if (lock.className.empty()) // "<java.lang.Object@1b2c>"
            lock.className =
                lock.address.substr(0, lock.address.find('@') == string_view::npos ? 0 : lock.address.find('@'));
    } else if (rest.empty()) {
        return lock;
    } else {
        lock.address = nextField(rest);
        const auto at = lock.address.rfind('@');
        if (at == string_view::npos)
            return std::nullopt;
        lock.className = lock.address.substr(0, at);
    }
    if (rest.find("owned by") != string_view::npos)
        lock.owner = quoted(rest);
    return lock;
}

string_view readFrame(string_view line)
{
    line = trimmed(line);
    return line.starts_with("at ") ? trimmed(line.substr(3)) : string_view{};
}

std::optional<DumpStamp> readDumpStamp(string_view line)
{
    line = trimmed(line);
    constexpr std::size_t shortest = 19, longest = 64, dateLength = 10;
    if (line.size() < shortest || line.size() > longest)
        return std::nullopt;
    if (isDigit(line.front()) && isDigit(line[1])) {
        std::string text(line);
        if (text[dateLength] == ' ')
            text[dateLength] = 'T';
        string_view rest = text;
        const auto stamp = takeIsoStamp(rest);
        rest = trimmed(rest);
        if (!stamp || rest.find(' ') != string_view::npos) // a zone's name may follow, not a message
            return std::nullopt;
        const bool isUtc = rest == "UTC" || rest == "GMT";
        return DumpStamp{stamp->time, stamp->hasZone || isUtc};
    }
    constexpr std::size_t mostWords = 6;
    if (fields(line).size() > mostWords)
        return std::nullopt;
    const auto stamp = readCtime(line);
    if (!stamp)
        return std::nullopt;
    const bool isUtc = line.find(" UTC") != string_view::npos || line.find(" GMT ") != string_view::npos;
    return DumpStamp{stamp->time, isUtc};
}

std::optional<DumpStamp> findDumpStamp(string_view text)
{
    std::optional<unsigned> year, month, day;
    std::optional<Nanoseconds> timeOfDay;
    auto rest = text;
    for (auto word = nextDateWord(rest); !word.empty(); word = nextDateWord(rest)) {
        if (word.find(':') != string_view::npos)
            timeOfDay = timeOfDay ? timeOfDay : readTimeOfDay(word);
        else if (word.size() == 4 && !year)
            year = numberWithin(word, 1990, 2200);
        else if (!isDigit(word.front()))
            month = month ? month : monthFromName(word);
        else if (!month)
            month = numberWithin(word, 1, 12);
        else if (!day)
            day = numberWithin(word, 1, 31);
    }
    if (!year || !month || !day || !timeOfDay)
        return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month}, std::chrono::day{*day}};
    if (!date.ok())
        return std::nullopt;
    const bool isUtc = text.find(" GMT ") != string_view::npos || text.find(" UTC ") != string_view::npos;
    return DumpStamp{Time{std::chrono::sys_days{date}} + *timeOfDay, isUtc};
}

} // namespace hindcast::parse
