#include "parse/log_stamp.h"

#include "base/text_scanner.h"

#include <array>
#include <chrono>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

/// How months begin in other languages of glibc's locales: German, French, Spanish and Portuguese, Italian, Dutch and
/// the Scandinavian ones, Polish, Czech, Hungarian, Finnish, Turkish, Russian, Ukrainian.
constexpr std::array<std::array<string_view, 16>, 12> monthNames{{
    {"Jan", "jan", "ene", "gen", "sty", "led", "tammi", "Oca", "янв", "Янв", "січ", "Січ"},
    {"Feb", "feb", "fév", "fev", "lut", "úno", "helmi", "Şub", "фев", "Фев", "лют", "Лют"},
    {"Mar", "mar", "Mär", "mrt", "bře", "márc", "maalis", "мар", "Мар", "бер", "Бер"},
    {"Apr", "apr", "avr", "abr", "kwi", "dub", "ápr", "huhti", "Nis", "апр", "Апр", "кві", "Кві"},
    {"May", "may", "Mai", "mai", "mag", "mei", "maj", "kvě", "máj", "touko", "мая", "май", "Май", "тра", "Тра"},
    {"Jun", "jun", "juin", "giu", "cze", "čen", "jún", "kesä", "Haz", "июн", "Июн", "чер", "Чер"},
    {"Jul", "jul", "juil", "lug", "lip", "čec", "júl", "heinä", "Tem", "июл", "Июл", "лип", "Лип"},
    {"Aug", "aug", "aoû", "ago", "sie", "srp", "elo", "Ağu", "авг", "Авг", "сер", "Сер"},
    {"Sep", "sep", "set", "wrz", "zář", "szept", "syys", "Eyl", "сен", "Сен", "вер", "Вер"},
    {"Oct", "oct", "Okt", "okt", "out", "ott", "paź", "říj", "loka", "Eki", "окт", "Окт", "жов", "Жов"},
    {"Nov", "nov", "lis", "marras", "Kas", "ноя", "Ноя", "лис", "Лис"},
    {"Dec", "dec", "Dez", "déc", "dez", "dic", "des", "gru", "pro", "joulu", "Ara", "дек", "Дек", "гру", "Гру"},
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

/// "11月", "11월": Chinese, Japanese, Korean.
std::optional<unsigned> monthFromNumber(string_view name)
{
    for (const string_view word : {"月", "월"})
        if (name.ends_with(word))
            return readNumber(name.substr(0, name.size() - word.size()), 1, 12);
    return std::nullopt;
}

} // namespace

std::optional<unsigned> monthFromName(string_view name)
{
    constexpr std::size_t shortest = 3;
    if (name.size() < shortest)
        return std::nullopt;
    for (unsigned month = 0; month < monthNames.size(); ++month) // nearly always English
        if (name.starts_with(monthNames[month].front()))
            return month + 1;
    if (name.front() >= '0' && name.front() <= '9')
        return monthFromNumber(name);
    std::optional<unsigned> found;
    std::size_t longest = 0; // "marras" is no "mar"
    for (unsigned month = 0; month < monthNames.size(); ++month)
        for (const string_view known : monthNames[month])
            if (known.size() > longest && name.starts_with(known)) {
                found = month + 1;
                longest = known.size();
            }
    return found;
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
    return time ? std::optional(LogStamp{*time, false, true, {}}) : std::nullopt;
}

namespace {

/// "Z", "UTC", "+01:00", "-0730", "+01".
std::optional<std::chrono::seconds> readOffset(string_view text)
{
    if (text == "Z" || text == "UTC" || text == "GMT")
        return std::chrono::seconds{0};
    if (text.size() < 3 || (text.front() != '+' && text.front() != '-'))
        return std::nullopt;
    const auto hours = readNumber(text.substr(1, 2), 0, 15);
    auto behind = text.substr(3);
    if (behind.starts_with(':'))
        behind.remove_prefix(1);
    const auto minutes = behind.empty() ? std::optional(0U)
        : behind.size() == 2            ? readNumber(behind, 0, 59)
                                        : std::nullopt;
    if (!hours || !minutes)
        return std::nullopt;
    const std::chrono::seconds offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
    return text.front() == '-' ? -offset : offset;
}

/// "CET", "AEST": which one is meant is not always clear (IST, CST), so they tell no offset.
bool isZoneName(string_view text)
{
    constexpr std::size_t shortest = 3, longest = 5;
    return text.size() >= shortest && text.size() <= longest
        && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == string_view::npos;
}

} // namespace

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
    LogStamp result{*time, zoneAt != string_view::npos, true, {}};
    if (result.hasZone) {
        const auto offset = readOffset(clock.substr(zoneAt));
        if (!offset)
            return std::nullopt;
        result.offset = *offset;
        result.time -= *offset;
    }
    rest = left;
    return result;
}

std::optional<LogStamp> takeDateAndTime(string_view& rest)
{
    constexpr std::size_t dateLength = 10;
    if (rest.size() <= dateLength || (rest[4] != '-' && rest[4] != '/') || rest[7] != rest[4])
        return std::nullopt;
    const auto year = readNumber(rest.substr(0, 4), firstYear, lastYear), month = readNumber(rest.substr(5, 2), 1, 12),
               day = readNumber(rest.substr(8, 2), 1, 31);
    if (!year || !month || !day || !isBlank(rest[dateLength]))
        return std::nullopt;
    auto left = rest.substr(dateLength);
    const auto clock = nextField(left);
    const auto zoneAt = clock.find_first_of("Z+-");
    const auto timeOfDay = readTimeOfDay(clock.substr(0, zoneAt));
    const auto time = timeOfDay ? makeTime(*year, *month, *day, *timeOfDay) : std::nullopt;
    if (!time)
        return std::nullopt;
    rest = left;
    auto behind = left;
    const auto zone = zoneAt == string_view::npos ? nextField(behind) : clock.substr(zoneAt);
    const auto offset = readOffset(zone);
    const bool isNamed = zoneAt == string_view::npos && !offset && isZoneName(zone);
    if (zoneAt == string_view::npos && (offset || isNamed))
        rest = behind;
    const std::chrono::seconds shift = offset.value_or(std::chrono::seconds{});
    return LogStamp{*time - shift, offset.has_value(), true, shift, isNamed ? zone : string_view{}};
}

std::optional<LogStamp> takeSyslogStamp(string_view& rest)
{
    if (rest.empty() || rest.front() == '[')
        return std::nullopt;
    auto left = rest;
    const auto month = monthFromName(nextField(left));
    if (!month)
        return std::nullopt;
    const auto day = readNumber(nextField(left), 1, 31);
    auto clock = nextField(left);
    const auto year = readNumber(clock, firstYear, lastYear);
    if (year)
        clock = nextField(left);
    const auto timeOfDay = readTimeOfDay(clock);
    if (!day || !timeOfDay)
        return std::nullopt;
    constexpr unsigned leapYear = 1972; // so that 29 February is a day
    const auto time = makeTime(year.value_or(leapYear), *month, *day, *timeOfDay);
    if (!time)
        return std::nullopt;
    rest = left;
    return LogStamp{*time, false, year.has_value(), {}};
}

} // namespace hindcast::parse
