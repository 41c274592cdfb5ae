#include "parse/log_line.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr auto npos = string_view::npos;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

void takeBlanks(string_view& text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
}

/// "Sat 2026-11-21 03:17:02 UTC ": journalctl -o short-full, with the day in any language.
std::optional<LogStamp> takeFullStamp(string_view& rest)
{
    auto left = rest;
    const auto day = nextField(left);
    constexpr std::size_t longestDay = 16;
    if (day.size() > longestDay)
        return std::nullopt;
    takeBlanks(left);
    auto stamp = takeDateAndTime(left);
    if (stamp)
        rest = left;
    return stamp;
}

/// "Sat Nov 21 03:17:02 2026 ": logread of OpenWrt.
std::optional<LogStamp> takeCtime(string_view& rest)
{
    constexpr std::size_t length = 24;
    if (rest.size() <= length || !isBlank(rest[length]) || rest[3] != ' ' || rest[7] != ' ' || rest[13] != ':')
        return std::nullopt;
    auto stamp = readCtime(rest.substr(0, length));
    if (stamp)
        rest.remove_prefix(length);
    return stamp;
}

/// "1700000000.123456" or, in brackets, seconds since boot.
std::optional<Time> readSeconds(string_view text)
{
    const auto point = text.find('.');
    constexpr std::size_t leastDigits = 3, mostDigits = 9;
    if (point == npos)
        return std::nullopt;
    const auto whole = parseInteger<std::int64_t>(text.substr(0, point));
    const auto fraction = text.substr(point + 1);
    const auto digits = parseInteger<std::int64_t>(fraction);
    constexpr std::int64_t latest = 7'258'118'400; // in the year 2200
    if (!whole || !digits || *whole < 0 || *whole > latest || *digits < 0 || fraction.size() < leastDigits
        || fraction.size() > mostDigits)
        return std::nullopt;
    std::int64_t nanoseconds = *digits;
    for (std::size_t i = fraction.size(); i < mostDigits; ++i)
        nanoseconds *= 10;
    return Time{std::chrono::seconds{*whole} + Nanoseconds{nanoseconds}};
}

std::optional<LogStamp> takeSecondsSinceBoot(string_view& rest)
{
    const auto close = rest.find(']');
    constexpr std::size_t longest = 24;
    if (close == npos || close > longest)
        return std::nullopt;
    const auto time = readSeconds(trimmed(rest.substr(1, close - 1)));
    if (!time)
        return std::nullopt;
    rest.remove_prefix(close + 1);
    return LogStamp{*time, true, true, {}};
}

std::optional<LogStamp> takeSecondsSince1970(string_view& rest)
{
    auto left = rest;
    const auto word = nextField(left);
    constexpr std::size_t shortest = 13; // 100000000.123: 1973
    const auto time = word.size() >= shortest ? readSeconds(word) : std::nullopt;
    if (!time)
        return std::nullopt;
    rest = left;
    return LogStamp{*time, true, true, {}};
}

/// The stamp, by what it begins with.
std::optional<LogStamp> takeStamp(string_view& rest, StampKind& kind)
{
    if (rest.empty())
        return std::nullopt;
    if (rest.front() == '[') {
        kind = StampKind::Boot;
        return takeSecondsSinceBoot(rest);
    }
    if (isDigit(rest.front())) {
        if (auto stamp = takeIsoStamp(rest))
            return stamp;
        if (rest.find('/') != 4) // nginx
            if (auto stamp = takeDateAndTime(rest))
                return stamp;
        if (auto stamp = takeSyslogStamp(rest)) // "11月 21 03:17:02"
            return stamp;
        kind = StampKind::Unix;
        return takeSecondsSince1970(rest);
    }
    if (auto stamp = takeSyslogStamp(rest))
        return stamp;
    if (auto stamp = takeFullStamp(rest))
        return stamp;
    return takeCtime(rest);
}

/// "[id name="value" …][…]" or "-": RFC 5424 §6.3. Inside a value, ]" and \ stand behind a backslash.
bool takeStructuredData(string_view& rest)
{
    if (rest.starts_with('-')) {
        rest.remove_prefix(1);
        return true;
    }
    if (!rest.starts_with('['))
        return false;
    while (rest.starts_with('[')) {
        bool isQuoted = false;
        std::size_t i = 1;
        for (; i < rest.size() && (isQuoted || rest[i] != ']'); ++i) {
            if (isQuoted && rest[i] == '\\')
                ++i;
            else if (rest[i] == '"')
                isQuoted = !isQuoted;
        }
        if (i >= rest.size())
            return false;
        rest.remove_prefix(i + 1);
    }
    return true;
}

string_view orNothing(string_view field)
{
    return field == "-" ? string_view{} : field;
}

/// Behind the version: "TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG".
std::optional<LogLine> readRfc5424(string_view rest)
{
    LogLine line;
    takeBlanks(rest);
    const auto stamp = takeIsoStamp(rest);
    if (!stamp)
        return std::nullopt;
    line.stamp = *stamp;
    line.host = orNothing(nextField(rest));
    line.program = orNothing(nextField(rest));
    line.pid = orNothing(nextField(rest));
    nextField(rest); // MSGID
    takeBlanks(rest);
    auto data = rest;
    if (takeStructuredData(data)) // some senders leave it out
        rest = data;
    if (rest.starts_with(' '))
        rest.remove_prefix(1);
    constexpr string_view byteOrderMark = "\xEF\xBB\xBF";
    if (rest.starts_with(byteOrderMark))
        rest.remove_prefix(byteOrderMark.size());
    line.text = rest;
    return line;
}

/// "daemon.info", "<kern.warn>".
std::optional<SyslogPriority> readPriorityWord(string_view word)
{
    constexpr std::array<string_view, 14> facilities{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news",
        "uucp", "cron", "authpriv", "ftp", "security", "console"};
    if (word.starts_with('<') && word.ends_with('>'))
        word = word.substr(1, word.size() - 2);
    const auto point = word.find('.');
    if (point == npos)
        return std::nullopt;
    const auto name = word.substr(0, point);
    const auto level = levelFromName(word.substr(point + 1));
    const bool isLocal = name.size() == 6 && name.starts_with("local");
    const auto* const place = std::find(facilities.begin(), facilities.end(), name);
    if (!level || (place == facilities.end() && !isLocal))
        return std::nullopt;
    return SyslogPriority{static_cast<unsigned>(place - facilities.begin()), *level};
}

struct Tag {
    string_view program, pid;
};

/// "sshd[581]:", "kernel:", "CRON[12]" (some leave the colon out behind a number).
std::optional<Tag> readTag(string_view word)
{
    const bool hasColon = word.ends_with(':');
    if (hasColon)
        word.remove_suffix(1);
    const auto open = word.rfind('[');
    if (word.ends_with(']') && open != npos && open > 0)
        return Tag{word.substr(0, open), word.substr(open + 1, word.size() - open - 2)};
    return hasColon && !word.empty() ? std::optional(Tag{word, {}}) : std::nullopt;
}

/// Takes the tag off the front. A few names hold blanks, and a few daemons put no blank behind the colon.
std::optional<Tag> takeTag(string_view& rest)
{
    auto left = rest;
    const auto word = nextField(left);
    if (const auto tag = readTag(word)) {
        rest = left;
        return tag;
    }
    constexpr std::size_t longestName = 48;
    const auto end = rest.substr(0, longestName).find("]:");
    if (end == npos)
        return std::nullopt;
    auto tag = readTag(trimmed(rest.substr(0, end + 2)));
    if (tag && parseInteger(tag->pid))
        rest.remove_prefix(end + 2);
    else
        tag.reset();
    return tag;
}

void takeHostAndTag(LogLine& line, string_view rest)
{
    auto left = rest;
    const auto word = nextField(left);
    if (const auto priority = readPriorityWord(word)) { // no host at all
        line.level = priority->level;
        takeBlanks(left);
        rest = left;
    } else if (!readTag(word)) {
        line.host = word;
        auto behind = left;
        if (const auto behindHost = readPriorityWord(nextField(behind))) {
            line.level = behindHost->level;
            left = behind;
        }
        takeBlanks(left);
        rest = left;
    } else {
        takeBlanks(rest);
    }
    if (const auto tag = takeTag(rest)) {
        line.program = tag->program;
        line.pid = tag->pid;
        if (rest.starts_with(' '))
            rest.remove_prefix(1);
    }
    line.text = rest;
}

/// "1 2026-…": RFC 5424's version, with or without the priority in front.
bool takeVersion(string_view& rest)
{
    constexpr std::size_t shortest = 20;
    if (rest.size() < shortest || rest[0] != '1' || rest[1] != ' ' || !isDigit(rest[2]) || rest[6] != '-')
        return false;
    rest.remove_prefix(2);
    return true;
}

} // namespace

std::optional<unsigned> levelFromName(string_view name)
{
    struct Name {
        string_view word;
        unsigned level;
    };
    constexpr std::array names{Name{"emerg", 0}, Name{"panic", 0}, Name{"alert", 1}, Name{"crit", 2}, Name{"err", 3},
        Name{"error", 3}, Name{"warn", 4}, Name{"warning", 4}, Name{"notice", 5}, Name{"info", 6}, Name{"debug", 7}};
    for (const Name& one : names)
        if (one.word == name)
            return one.level;
    return std::nullopt;
}

std::optional<SyslogPriority> takeSyslogPriority(string_view& rest)
{
    constexpr std::size_t longest = 4; // <191>
    if (!rest.starts_with('<'))
        return std::nullopt;
    const auto close = rest.substr(0, longest + 1).find('>');
    const auto number = close == npos ? std::nullopt : parseInteger<unsigned>(rest.substr(1, close - 1));
    constexpr unsigned highest = 191; // RFC 3164 §4.1.1
    if (!number || *number > highest)
        return std::nullopt;
    rest.remove_prefix(close + 1);
    return SyslogPriority{*number / 8, *number % 8};
}

void takeKernelStamp(string_view& text)
{
    const auto close = text.find(']');
    constexpr std::size_t longest = 24;
    if (!text.starts_with('[') || close == npos || close > longest || !readSeconds(trimmed(text.substr(1, close - 1))))
        return;
    text.remove_prefix(close + 1);
    const auto caller = text.find(']'); // "[  T12]", "[   C0]": CONFIG_PRINTK_CALLER
    constexpr std::size_t longestCaller = 16;
    if (text.starts_with('[') && caller < longestCaller && text.find_first_of("TC") < caller
        && parseInteger(text.substr(text.find_first_of("TC") + 1, caller - text.find_first_of("TC") - 1)))
        text.remove_prefix(caller + 1);
    if (text.starts_with(' '))
        text.remove_prefix(1);
}

std::optional<LogLine> readLogLine(string_view text)
{
    const auto priority = takeSyslogPriority(text);
    std::optional<LogLine> line;
    if (takeVersion(text)) {
        line = readRfc5424(text);
    } else {
        LogLine plain;
        takeBlanks(text);
        if (const auto stamp = takeStamp(text, plain.stampKind)) {
            plain.stamp = *stamp;
            takeBlanks(text);
            takeHostAndTag(plain, text);
            line = plain;
        }
    }
    if (!line)
        return std::nullopt;
    if (priority)
        line->level = priority->level;
    line->isFromKernel = line->program == "kernel" || (priority && priority->facility == 0 && line->program.empty());
    if (line->isFromKernel) {
        line->program = "kernel";
        takeKernelStamp(line->text);
    }
    return line;
}

} // namespace hindcast::parse
