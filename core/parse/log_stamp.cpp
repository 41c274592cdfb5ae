#include "parse/log_stamp.h"

#include "base/text_scanner.h"

#include <array>
#include <chrono>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

/// How months begin, in glibc's locales: English, German, French, Spanish and Portuguese, Italian, Russian.
constexpr std::array<std::array<string_view, 7>, 12> monthNames{{
    {"Jan", "jan", "ene", "gen", "янв", "Янв", ""},
    {"Feb", "feb", "fév", "fev", "фев", "Фев", ""},
    {"Mar", "mar", "Mär", "мар", "Мар", "", ""},
    {"Apr", "apr", "avr", "abr", "апр", "Апр", ""},
    {"May", "may", "Mai", "mai", "mag", "мая", "май"},
    {"Jun", "jun", "juin", "giu", "июн", "Июн", ""},
    {"Jul", "jul", "juil", "lug", "июл", "Июл", ""},
    {"Aug", "aug", "aoû", "ago", "авг", "Авг", ""},
    {"Sep", "sep", "set", "сен", "Сен", "", ""},
    {"Oct", "oct", "Okt", "okt", "out", "ott", "окт"},
    {"Nov", "nov", "ноя", "Ноя", "", "", ""},
    {"Dec", "dec", "Dez", "déc", "dez", "dic", "дек"},
}};

std::optional<unsigned> readNumber(string_view text, unsigned lowest, unsigned highest)
{
    const auto number = parseInteger<unsigned>(text);
    return number && *number >= lowest && *number <= highest ? number : std::nullopt;
}

std::optional<Time> makeTime(unsigned year, unsigned month, unsigned day, Nanoseconds sinceMidnight)
{
    const std::chrono::year_month_day date{
        std::chrono::year{static_cast<int>(year)}, std::chrono::month{month}, std::chrono::day{day}};
    if (!date.ok())
        return std::nullopt;
    return Time{std::chrono::sys_days{date}} + sinceMidnight;
}

constexpr unsigned firstYear = 1970, lastYear = 2200;

} // namespace

std::optional<unsigned> monthFromName(string_view name)
{
    for (unsigned month = 0; month < monthNames.size(); ++month)
        for (const string_view known : monthNames[month])
            if (!known.empty() && name.starts_with(known))
                return month + 1;
    return std::nullopt;
}

std::optional<Nanoseconds> readTimeOfDay(string_view text)
{
    constexpr std::size_t shortest = 8; // 03:17:02
    if (text.size() < shortest || text[2] != ':' || text[5] != ':')
        return std::nullopt;
    const auto hour = readNumber(text.substr(0, 2), 0, 23), minute = readNumber(text.substr(3, 2), 0, 59);
    const auto second = readNumber(text.substr(6, 2), 0, 60); // a leap second
    if (!hour || !minute || !second)
        return std::nullopt;
    Nanoseconds time = std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
    if (text.size() == shortest)
        return time;
    const auto fraction = text.substr(shortest + 1);
    constexpr std::size_t mostDigits = 9;
    if ((text[shortest] != '.' && text[shortest] != ',') || fraction.empty() || fraction.size() > mostDigits)
        return std::nullopt;
    const auto digits = parseInteger<std::int64_t>(fraction);
    if (!digits || *digits < 0)
        return std::nullopt;
    std::int64_t nanoseconds = *digits;
    for (std::size_t i = fraction.size(); i < mostDigits; ++i)
        nanoseconds *= 10;
    return time + Nanoseconds{nanoseconds};
}

std::optional<LogStamp> readCtime(string_view text)
{
    std::optional<unsigned> month, day, year;
    std::optional<Nanoseconds> timeOfDay;
    for (auto word = nextField(text); !word.empty(); word = nextField(text)) {
        const auto bare = word.ends_with('.') ? word.substr(0, word.size() - 1) : word;
        if (!timeOfDay && word.find(':') != string_view::npos)
            timeOfDay = readTimeOfDay(word);
        else if (!day && readNumber(bare, 1, 31))
            day = readNumber(bare, 1, 31);
        else if (!year && readNumber(word, firstYear, lastYear))
            year = readNumber(word, firstYear, lastYear);
        else if (const auto named = monthFromName(word)) // "Mar" is also a Tuesday in places; a month comes after
            month = named;
    }
    if (!month || !day || !year || !timeOfDay)
        return std::nullopt;
    const auto time = makeTime(*year, *month, *day, *timeOfDay);
    return time ? std::optional(LogStamp{*time, false, true}) : std::nullopt;
}

std::optional<LogStamp> takeIsoStamp(string_view& rest)
{
    constexpr std::size_t dateLength = 10;
    if (rest.size() < dateLength + 9 || rest[4] != '-' || rest[7] != '-' || (rest[dateLength] != 'T'))
        return std::nullopt;
    auto left = rest;
    const auto stamp = nextField(left);
    if (stamp.size() < dateLength + 9)
        return std::nullopt;
    const auto year = readNumber(stamp.substr(0, 4), firstYear, lastYear),
               month = readNumber(stamp.substr(5, 2), 1, 12), day = readNumber(stamp.substr(8, 2), 1, 31);
    const auto clock = stamp.substr(dateLength + 1);
    const auto zoneAt = clock.find_first_of("Z+-");
    const auto timeOfDay = readTimeOfDay(clock.substr(0, zoneAt));
    if (!year || !month || !day || !timeOfDay)
        return std::nullopt;
    const auto time = makeTime(*year, *month, *day, *timeOfDay);
    if (!time)
        return std::nullopt;
    LogStamp result{*time, zoneAt != string_view::npos, true};
    if (result.hasZone && clock[zoneAt] != 'Z') {
        std::string digits;
        for (const char c : clock.substr(zoneAt + 1))
            if (c != ':')
                digits += c;
        const auto hours = readNumber(string_view(digits).substr(0, 2), 0, 15);
        const auto minutes = digits.size() == 4 ? readNumber(string_view(digits).substr(2), 0, 59) : std::nullopt;
        if (!hours || !minutes)
            return std::nullopt;
        const Nanoseconds offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
        result.time -= clock[zoneAt] == '-' ? -offset : offset;
    }
    rest = left;
    return result;
}

std::optional<LogStamp> takeSyslogStamp(string_view& rest)
{
    auto left = rest;
    const auto month = monthFromName(nextField(left));
    const auto day = readNumber(nextField(left), 1, 31);
    const auto timeOfDay = readTimeOfDay(nextField(left));
    if (!month || !day || !timeOfDay)
        return std::nullopt;
    constexpr unsigned leapYear = 1972; // so that 29 February is a day
    const auto time = makeTime(leapYear, *month, *day, *timeOfDay);
    if (!time)
        return std::nullopt;
    rest = left;
    return LogStamp{*time, false, false};
}

} // namespace hindcast::parse
