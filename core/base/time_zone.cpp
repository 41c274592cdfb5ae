#include "base/time_zone.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace hindcast {
namespace {

using namespace std::chrono_literals;
using std::string_view;
using std::chrono::seconds;

/// Takes a big-endian two's complement integer off the front, as RFC 9636 §3.1 stores them.
template <typename Integer> Integer takeBigEndian(string_view& bytes)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    bytes.remove_prefix(sizeof(Integer));
    return static_cast<Integer>(value);
}

struct Transition {
    std::int64_t at = 0; ///< seconds since the epoch
    std::int32_t offset = 0; ///< from then on
};

/// A day of the year and a time of it at which clocks are moved: "M3.5.0/2", "J60", "59".
struct ChangeRule {
    enum class Form : std::uint8_t { MonthWeek, JulianWithoutLeapDay, Julian } form = Form::MonthWeek;
    unsigned month = 1, week = 1, day = 0;
    seconds timeOfDay = 2h;
};

/// The rule for all years behind the table: RFC 9636 §3.3, POSIX.1 §8.3 (TZ).
struct YearlyRule {
    std::int32_t standard = 0, daylight = 0;
    bool hasDaylight = false;
    ChangeRule begin, end;
};

unsigned takeDigits(string_view& text)
{
    unsigned number = 0;
    constexpr unsigned most = 1000;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9' && number < most) {
        number = number * 10 + static_cast<unsigned>(text.front() - '0');
        text.remove_prefix(1);
    }
    return number;
}

bool take(string_view& text, char expected)
{
    if (text.empty() || text.front() != expected)
        return false;
    text.remove_prefix(1);
    return true;
}

/// "-1", "5", "+3:30:15".
std::optional<seconds> takeHours(string_view& text)
{
    const bool isNegative = take(text, '-');
    if (!isNegative)
        take(text, '+');
    if (text.empty() || text.front() < '0' || text.front() > '9')
        return std::nullopt;
    seconds time = std::chrono::hours{takeDigits(text)};
    if (take(text, ':'))
        time += std::chrono::minutes{takeDigits(text)};
    if (take(text, ':'))
        time += seconds{takeDigits(text)};
    return isNegative ? -time : time;
}

bool takeZoneName(string_view& text)
{
    if (take(text, '<')) {
        const auto end = text.find('>');
        if (end == string_view::npos)
            return false;
        text.remove_prefix(end + 1);
        return true;
    }
    std::size_t length = 0;
    while (length < text.size() && ((text[length] | 0x20) >= 'a' && (text[length] | 0x20) <= 'z'))
        ++length;
    text.remove_prefix(length);
    return length >= 3;
}

std::optional<ChangeRule> takeChange(string_view& text)
{
    ChangeRule rule;
    if (take(text, 'M')) {
        rule.month = takeDigits(text);
        const bool isWhole = take(text, '.');
        rule.week = takeDigits(text);
        if (!isWhole || !take(text, '.'))
            return std::nullopt;
        rule.day = takeDigits(text);
        if (rule.month < 1 || rule.month > 12 || rule.week < 1 || rule.week > 5 || rule.day > 6)
            return std::nullopt;
    } else {
        rule.form = take(text, 'J') ? ChangeRule::Form::JulianWithoutLeapDay : ChangeRule::Form::Julian;
        rule.day = takeDigits(text);
        if (rule.day > 365)
            return std::nullopt;
    }
    if (take(text, '/')) {
        const auto time = takeHours(text);
        if (!time)
            return std::nullopt;
        rule.timeOfDay = *time;
    }
    return rule;
}

/// "CET-1CEST,M3.5.0,M10.5.0/3": its offsets are what has to be added to reach UTC.
std::optional<YearlyRule> readYearlyRule(string_view text)
{
    YearlyRule rule;
    if (!takeZoneName(text))
        return std::nullopt;
    const auto standard = takeHours(text);
    if (!standard)
        return std::nullopt;
    rule.standard = static_cast<std::int32_t>(-standard->count());
    if (text.empty())
        return rule;
    if (!takeZoneName(text))
        return std::nullopt;
    rule.hasDaylight = true;
    rule.daylight = rule.standard + 3600;
    if (!text.empty() && text.front() != ',') {
        const auto daylight = takeHours(text);
        if (!daylight)
            return std::nullopt;
        rule.daylight = static_cast<std::int32_t>(-daylight->count());
    }
    if (!take(text, ','))
        return std::nullopt; // the change is not said, and POSIX leaves it open
    const auto begin = takeChange(text);
    if (!begin || !take(text, ','))
        return std::nullopt;
    const auto end = takeChange(text);
    if (!end)
        return std::nullopt;
    rule.begin = *begin;
    rule.end = *end;
    return rule;
}

/// As seconds since the epoch, were the clocks those of UTC.
std::int64_t changeIn(std::chrono::year year, const ChangeRule& rule)
{
    using namespace std::chrono;
    sys_days day;
    if (rule.form == ChangeRule::Form::MonthWeek) {
        const month which{rule.month};
        const weekday name{rule.day};
        day = rule.week == 5 ? sys_days{year / which / name[last]} : sys_days{year / which / name[rule.week]};
    } else {
        const bool countsLeapDay = rule.form == ChangeRule::Form::Julian;
        const unsigned sinceNewYear =
            countsLeapDay ? rule.day : rule.day - (rule.day > 0 ? 1 : 0) + (year.is_leap() && rule.day >= 60 ? 1 : 0);
        day = sys_days{year / January / 1} + days{sinceNewYear};
    }
    return (day.time_since_epoch() + rule.timeOfDay) / 1s;
}

std::int32_t offsetBy(const YearlyRule& rule, std::int64_t at)
{
    if (!rule.hasDaylight)
        return rule.standard;
    const auto year = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(
                                                      std::chrono::sys_seconds{seconds{at + rule.standard}})}
                          .year();
    const std::int64_t begin = changeIn(year, rule.begin) - rule.standard,
                       end = changeIn(year, rule.end) - rule.daylight;
    const bool isDaylight = begin < end ? begin <= at && at < end : !(end <= at && at < begin);
    return isDaylight ? rule.daylight : rule.standard;
}

/// Counts of a TZif block's parts, in the order of its header.
struct BlockCounts {
    std::uint32_t utcIndicators, standardIndicators, leapSeconds, transitions, types, characters;

    std::uint64_t bytes(std::uint64_t timeSize) const
    {
        return std::uint64_t{transitions} * (timeSize + 1) + std::uint64_t{types} * 6 + characters
            + std::uint64_t{leapSeconds} * (timeSize + 4) + standardIndicators + utcIndicators;
    }
};

std::optional<BlockCounts> takeHeader(string_view& bytes, char& version)
{
    constexpr std::size_t headerSize = 44, reserved = 15;
    if (bytes.size() < headerSize || !bytes.starts_with("TZif"))
        return std::nullopt;
    version = bytes[4];
    bytes.remove_prefix(5 + reserved);
    BlockCounts counts{};
    for (std::uint32_t* count : {&counts.utcIndicators, &counts.standardIndicators, &counts.leapSeconds,
             &counts.transitions, &counts.types, &counts.characters})
        *count = takeBigEndian<std::uint32_t>(bytes);
    return counts;
}

struct Abbreviation {
    string_view name;
    std::chrono::minutes offset;
};
/// RFC 5322 §4.3 without CST, and abbreviations of the IANA database that stand for one distance only.
constexpr std::array abbreviations{Abbreviation{"UTC", 0h}, Abbreviation{"UT", 0h}, Abbreviation{"GMT", 0h},
    Abbreviation{"Z", 0h}, Abbreviation{"EST", -5h}, Abbreviation{"EDT", -4h}, Abbreviation{"CDT", -5h},
    Abbreviation{"MST", -7h}, Abbreviation{"MDT", -6h}, Abbreviation{"PST", -8h}, Abbreviation{"PDT", -7h},
    Abbreviation{"AKST", -9h}, Abbreviation{"AKDT", -8h}, Abbreviation{"HST", -10h}, Abbreviation{"WET", 0h},
    Abbreviation{"WEST", 1h}, Abbreviation{"CET", 1h}, Abbreviation{"CEST", 2h}, Abbreviation{"MET", 1h},
    Abbreviation{"MEST", 2h}, Abbreviation{"EET", 2h}, Abbreviation{"EEST", 3h}, Abbreviation{"MSK", 3h},
    Abbreviation{"SAST", 2h}, Abbreviation{"CAT", 2h}, Abbreviation{"EAT", 3h}, Abbreviation{"WAT", 1h},
    Abbreviation{"PKT", 5h}, Abbreviation{"WIB", 7h}, Abbreviation{"WITA", 8h}, Abbreviation{"WIT", 9h},
    Abbreviation{"HKT", 8h}, Abbreviation{"JST", 9h}, Abbreviation{"KST", 9h}, Abbreviation{"AWST", 8h},
    Abbreviation{"ACST", 570min}, Abbreviation{"ACDT", 630min}, Abbreviation{"AEST", 10h}, Abbreviation{"AEDT", 11h},
    Abbreviation{"NZST", 12h}, Abbreviation{"NZDT", 13h}};

/// "+02:00", "-0330", "+9", "+05".
std::optional<seconds> readDistance(string_view text)
{
    if (text.size() < 2 || (text.front() != '+' && text.front() != '-'))
        return std::nullopt;
    const bool isNegative = text.front() == '-';
    text.remove_prefix(1);
    const auto colon = text.find(':');
    const bool isPacked = colon == string_view::npos && text.size() == 4;
    const auto hours = parseInteger<unsigned>(text.substr(0, isPacked ? 2 : colon));
    const auto minutes = isPacked    ? parseInteger<unsigned>(text.substr(2))
        : colon == string_view::npos ? std::optional(0U)
                                     : parseInteger<unsigned>(text.substr(colon + 1));
    constexpr unsigned mostHours = 15;
    if (!hours || !minutes || *hours > mostHours || *minutes > 59)
        return std::nullopt;
    const seconds distance = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
    return isNegative ? -distance : distance;
}

/// Words of letters, digits and a few signs with slashes between: no dots, so that no name climbs out of its folder.
bool isZoneName(string_view name)
{
    constexpr std::size_t longest = 64;
    const bool isWellFormed = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '_'
            || c == '+' || c == '-';
    });
    return isWellFormed && !name.empty() && name.size() <= longest && name.front() != '/' && name.back() != '/';
}

/// A TZif file is some kilobytes; what is larger is none.
std::string contentsOf(const std::filesystem::path& path)
{
    constexpr std::uintmax_t largest = 1 << 20;
    std::error_code failure;
    if (!std::filesystem::is_regular_file(path, failure))
        return {};
    const auto size = std::filesystem::file_size(path, failure);
    if (failure || size > largest)
        return {};
    std::string bytes(static_cast<std::size_t>(size), '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return bytes;
}

} // namespace

struct TimeZone::Rules {
    std::int32_t before = 0; ///< the first transition
    std::vector<Transition> transitions;
    std::optional<YearlyRule> after; ///< the last one

    std::int32_t offsetAt(std::int64_t at) const
    {
        const auto next = std::upper_bound(transitions.begin(), transitions.end(), at,
            [](std::int64_t instant, const Transition& transition) { return instant < transition.at; });
        if (next == transitions.end() && after)
            return offsetBy(*after, at);
        return next == transitions.begin() ? before : std::prev(next)->offset;
    }
};

TimeZone::TimeZone()
    : TimeZone(std::make_shared<Rules>())
{
}

TimeZone::TimeZone(std::shared_ptr<const Rules> rules)
    : m_rules(std::move(rules))
{
}

TimeZone TimeZone::fixed(seconds utcOffset)
{
    Rules rules;
    rules.before = static_cast<std::int32_t>(utcOffset.count());
    return TimeZone(std::make_shared<const Rules>(std::move(rules)));
}

std::optional<TimeZone> TimeZone::named(string_view name)
{
    if (name == "UTC" || name == "Etc/UTC") // also where no database is installed
        return TimeZone();
    static constexpr std::array databases{"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"};
    for (const char* database : databases)
        if (auto zone = named(name, database))
            return zone;
    return std::nullopt;
}

std::optional<TimeZone> TimeZone::named(string_view name, const std::filesystem::path& database)
{
    return isZoneName(name) ? fromTzif(contentsOf(database / name)) : std::nullopt;
}

std::optional<TimeZone> TimeZone::fromText(string_view text)
{
    if (const auto distance = readDistance(text))
        return fixed(*distance);
    return named(text);
}

std::optional<TimeZone> TimeZone::fromAbbreviation(string_view text)
{
    if (const auto distance = readDistance(text))
        return fixed(*distance);
    const auto known = std::find_if(abbreviations.begin(), abbreviations.end(),
        [text](const Abbreviation& abbreviation) { return abbreviation.name == text; });
    return known == abbreviations.end() ? std::nullopt : std::optional(fixed(known->offset));
}

std::optional<TimeZone> TimeZone::fromTzif(string_view bytes)
{
    char version = 0;
    auto counts = takeHeader(bytes, version);
    std::uint64_t timeSize = 4;
    if (counts && version >= '2') { // the block of 32 bits is followed by one of 64
        if (bytes.size() < counts->bytes(timeSize))
            return std::nullopt;
        bytes.remove_prefix(static_cast<std::size_t>(counts->bytes(timeSize)));
        counts = takeHeader(bytes, version);
        timeSize = 8;
    }
    if (!counts || counts->types == 0 || bytes.size() < counts->bytes(timeSize))
        return std::nullopt;
    Rules rules;
    auto times = bytes.substr(0, counts->transitions * timeSize);
    const auto indices = bytes.substr(times.size(), counts->transitions);
    auto types = bytes.substr(times.size() + indices.size(), std::size_t{counts->types} * 6);
    std::vector<std::int32_t> offsets;
    while (!types.empty()) {
        offsets.push_back(takeBigEndian<std::int32_t>(types));
        types.remove_prefix(2); // whether it is daylight saving time, and its abbreviation
    }
    rules.before = offsets.front();
    for (const char index : indices) {
        const auto type = static_cast<unsigned char>(index);
        const std::int64_t at =
            timeSize == 8 ? takeBigEndian<std::int64_t>(times) : std::int64_t{takeBigEndian<std::int32_t>(times)};
        const bool isInOrder = rules.transitions.empty() || rules.transitions.back().at < at;
        if (type >= offsets.size() || !isInOrder)
            return std::nullopt;
        rules.transitions.push_back({at, offsets[type]});
    }
    bytes.remove_prefix(static_cast<std::size_t>(counts->bytes(timeSize)));
    if (timeSize == 8 && take(bytes, '\n'))
        rules.after = readYearlyRule(bytes.substr(0, bytes.find('\n')));
    return TimeZone(std::make_shared<const Rules>(std::move(rules)));
}

seconds TimeZone::offsetAt(Time instant) const
{
    return seconds{m_rules->offsetAt(std::chrono::floor<seconds>(instant).time_since_epoch().count())};
}

TimeZone::Placed TimeZone::toInstant(Time civil) const
{
    // No place moves its clocks twice within two days, and none is more than a day from UTC.
    const seconds before = offsetAt(civil - 24h), after = offsetAt(civil + 24h);
    if (before == after)
        return {civil - before, Fit::Once};
    const bool fitsBefore = offsetAt(civil - before) == before, fitsAfter = offsetAt(civil - after) == after;
    if (fitsBefore && fitsAfter)
        return {civil - std::max(before, after), Fit::Twice};
    if (!fitsBefore && !fitsAfter)
        return {civil - before, Fit::Never};
    return {civil - (fitsBefore ? before : after), Fit::Once};
}

} // namespace hindcast
