#include "parse/server_line.h"

#include "base/text_scanner.h"
#include "parse/log_line.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr auto npos = string_view::npos;

void takeBlanks(string_view& text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
}

/// Takes "[…]" off the front.
std::optional<string_view> takeBrackets(string_view& rest)
{
    takeBlanks(rest);
    constexpr std::size_t longest = 80;
    const auto close = rest.find(']');
    if (!rest.starts_with('[') || close == npos || close > longest)
        return std::nullopt;
    const auto inside = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    return inside;
}

Severity severityOfLevelNumber(unsigned level)
{
    constexpr unsigned error = 3, warning = 4;
    return level <= error ? Severity::Error : level == warning ? Severity::Warning : Severity::Info;
}

/// "2026/11/21 03:17:02 [error] 31#31: *46 text"
std::optional<ServerLine> readNginx(string_view rest)
{
    if (rest.size() < 5 || rest[4] != '/')
        return std::nullopt;
    const auto stamp = takeDateAndTime(rest);
    const auto word = stamp ? takeBrackets(rest) : std::nullopt;
    const auto level = word ? levelFromName(*word) : std::nullopt;
    if (!level)
        return std::nullopt;
    takeBlanks(rest);
    ServerLine line{ServerKind::Web, *stamp, severityOfLevelNumber(*level), "nginx", {}, rest};
    const auto hash = rest.find('#');
    if (hash != npos && parseInteger(rest.substr(0, hash)))
        line.pid = rest.substr(0, hash);
    return line;
}

/// "7005:tid 140667133085440", or the process alone.
string_view pidOf(string_view inside)
{
    inside.remove_prefix(std::min<std::size_t>(inside.size(), 4)); // "pid "
    return inside.substr(0, inside.find(':'));
}

/// "[Fri Oct 08 17:08:41.203277 2026] [core:error] [pid 7005:tid 140667133085440] [client …] text"; 2.2 without module
/// and process.
std::optional<ServerLine> readApache(string_view rest)
{
    const auto date = takeBrackets(rest);
    const auto stamp = date ? readCtime(*date) : std::nullopt;
    const auto word = stamp ? takeBrackets(rest) : std::nullopt;
    if (!word)
        return std::nullopt;
    const auto name = word->substr(word->rfind(':') + 1); // npos + 1 is 0
    const bool isTrace = name.starts_with("trace");
    const auto level = isTrace ? std::optional(7U) : levelFromName(name);
    if (!level)
        return std::nullopt;
    ServerLine line{ServerKind::Web, *stamp, severityOfLevelNumber(*level), "httpd", {}, {}};
    auto behind = rest;
    if (const auto process = takeBrackets(behind); process && process->starts_with("pid ")) {
        line.pid = pidOf(*process);
        rest = behind;
    }
    takeBlanks(rest);
    line.text = rest;
    return line;
}

/// "261121  3:17:02", of MySQL before 5.6; "2026-11-21  3:17:02" of MariaDB: the hour is padded with a blank.
std::optional<LogStamp> takePaddedStamp(string_view& rest)
{
    auto left = rest;
    auto day = nextField(left);
    takeBlanks(left);
    const auto clock = nextField(left);
    constexpr std::size_t shortDate = 6, longDate = 10, shortClock = 7, longClock = 8;
    if ((day.size() != shortDate && day.size() != longDate)
        || (clock.size() != shortClock && clock.size() != longClock))
        return std::nullopt;
    std::string whole; // "2026-11-21 03:17:02"
    if (day.size() == shortDate) {
        whole.append("20").append(day.substr(0, 2)).append("-").append(day.substr(2, 2)).append("-");
        whole.append(day.substr(4));
    } else {
        whole = day;
    }
    whole.append(clock.size() == shortClock ? " 0" : " ").append(clock);
    string_view text = whole;
    const auto stamp = takeDateAndTime(text);
    if (stamp)
        rest = left;
    return stamp;
}

/// "2026-11-21T03:17:02.123456Z 0 [Warning] [MY-010068] [Server] text"; without thread or code before 5.7 and 8.0.
std::optional<ServerLine> readMysql(string_view rest)
{
    struct Level {
        string_view word;
        Severity severity;
    };
    constexpr std::array levels{Level{"ERROR", Severity::Error}, Level{"Error", Severity::Error},
        Level{"Warning", Severity::Warning}, Level{"Note", Severity::Info}, Level{"System", Severity::Info}};
    auto stamp = takeIsoStamp(rest);
    if (!stamp)
        stamp = takeDateAndTime(rest);
    if (!stamp)
        stamp = takePaddedStamp(rest);
    if (!stamp)
        return std::nullopt;
    auto left = rest;
    if (parseInteger(nextField(left))) // the thread
        rest = left;
    const auto word = takeBrackets(rest);
    const auto* const level =
        std::find_if(levels.begin(), levels.end(), [&](const Level& one) { return word && one.word == *word; });
    if (level == levels.end())
        return std::nullopt;
    takeBlanks(rest);
    return ServerLine{ServerKind::Database, *stamp, level->severity, "mysqld", {}, rest};
}

/// "2026-11-21 03:17:02.123 UTC [1234] app@books ERROR:  text": whatever the prefix, the level stands before two
/// blanks.
std::optional<ServerLine> readPostgres(string_view rest)
{
    struct Level {
        string_view mark;
        Severity severity;
    };
    constexpr std::array levels{Level{"LOG:  ", Severity::Info}, Level{"ERROR:  ", Severity::Error},
        Level{"FATAL:  ", Severity::Error}, Level{"PANIC:  ", Severity::Error}, Level{"WARNING:  ", Severity::Warning},
        Level{"NOTICE:  ", Severity::Info}, Level{"INFO:  ", Severity::Info}, Level{"DETAIL:  ", Severity::Info},
        Level{"HINT:  ", Severity::Info}, Level{"STATEMENT:  ", Severity::Info}, Level{"CONTEXT:  ", Severity::Info},
        Level{"QUERY:  ", Severity::Info}, Level{"DEBUG:  ", Severity::Info}};
    auto stamp = takeDateAndTime(rest);
    if (!stamp)
        return std::nullopt;
    constexpr std::size_t longestPrefix = 160;
    const auto head = rest.substr(0, longestPrefix);
    std::size_t first = npos;
    const Level* found = nullptr;
    for (const Level& level : levels)
        if (const auto place = head.find(level.mark);
            place < first && (place == 0 || isBlank(head[place - 1]) || head[place - 1] == ':')) {
            first = place;
            found = &level;
        }
    if (!found)
        return std::nullopt;
    takeBlanks(rest);
    ServerLine line{ServerKind::Database, *stamp, found->severity, "postgres", {}, rest};
    auto prefix = rest;
    if (const auto process = takeBrackets(prefix))
        line.pid = process->substr(0, process->find('-')); // "%p-%l" numbers the lines of a session
    if (!parseInteger(line.pid))
        line.pid = {};
    return line;
}

} // namespace

std::optional<ServerLine> readServerLine(string_view line)
{
    constexpr std::size_t shortest = 20;
    if (line.size() < shortest)
        return std::nullopt;
    if (line.front() == '[')
        return readApache(line);
    if (line.front() < '0' || line.front() > '9')
        return std::nullopt;
    if (const auto nginx = readNginx(line))
        return nginx;
    if (const auto mysql = readMysql(line))
        return mysql;
    return readPostgres(line);
}

} // namespace hindcast::parse
