#include "base/time.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace hindcast {
namespace {

using namespace std::chrono;

/// Reads exactly `digits` digits off the front.
bool takeNumber(std::string_view& text, std::size_t digits, int& value)
{
    if (text.size() < digits)
        return false;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + digits, value);
    if (failure != std::errc{} || end != text.data() + digits || text.front() == '-')
        return false;
    text.remove_prefix(digits);
    return true;
}

bool takeChar(std::string_view& text, char wanted)
{
    if (text.empty() || text.front() != wanted)
        return false;
    text.remove_prefix(1);
    return true;
}

Nanoseconds takeFraction(std::string_view& text)
{
    if (!takeChar(text, '.'))
        return Nanoseconds{0};
    std::int64_t value = 0;
    std::int64_t scale = 1'000'000'000;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (scale > 1) {
            scale /= 10;
            value += (text.front() - '0') * scale;
        }
        text.remove_prefix(1);
    }
    return Nanoseconds{value};
}

std::optional<minutes> takeZone(std::string_view& text)
{
    if (takeChar(text, 'Z') || takeChar(text, 'z'))
        return minutes{0};
    const bool isWest = !text.empty() && text.front() == '-';
    if (!takeChar(text, '+') && !takeChar(text, '-'))
        return std::nullopt;
    int hour = 0, minute = 0;
    if (!takeNumber(text, 2, hour))
        return std::nullopt;
    takeChar(text, ':');
    if (!takeNumber(text, 2, minute) || hour > 23 || minute > 59)
        return std::nullopt;
    const minutes offset{60 * hour + minute};
    return isWest ? -offset : offset;
}

} // namespace

Time timeFromSeconds(double sinceEpoch)
{
    // Split first: a double of seconds times 1e9 would lose the last digits.
    const double whole = std::floor(sinceEpoch);
    const auto fraction = static_cast<std::int64_t>(std::llround((sinceEpoch - whole) * 1e9));
    return Time{seconds{static_cast<std::int64_t>(whole)} + Nanoseconds{fraction}};
}

std::string formatWithOffset(Time time, std::chrono::seconds utcOffset, int fractionDigits)
{
    const Time local = time + utcOffset;
    const auto day = floor<days>(local);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<Nanoseconds>(local - day)};
    std::array<char, 80> text{};
    int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    std::string result(text.data(), static_cast<std::size_t>(length));
    if (fractionDigits > 0) {
        length = std::snprintf(text.data(), text.size(), "%09lld", static_cast<long long>(clock.subseconds().count()));
        result += '.';
        result.append(text.data(), static_cast<std::size_t>(fractionDigits < 9 ? fractionDigits : 9));
    }
    if (utcOffset == seconds{0})
        return result + 'Z';
    const auto magnitude = abs(utcOffset);
    length = std::snprintf(text.data(), text.size(), "%c%02d:%02d", utcOffset < seconds{0} ? '-' : '+',
        static_cast<int>(magnitude / hours{1}), static_cast<int>(magnitude % hours{1} / minutes{1}));
    return result.append(text.data(), static_cast<std::size_t>(length));
}

std::string formatUtc(Time time, int fractionDigits)
{
    return formatWithOffset(time, seconds{0}, fractionDigits);
}

std::string formatDuration(Nanoseconds duration)
{
    std::array<char, 64> text{};
    const double value = toSeconds(duration);
    const auto whole = static_cast<long long>(value);
    int length = 0;
    if (value < 1e-3)
        length = std::snprintf(text.data(), text.size(), "%.0f us", value * 1e6);
    else if (value < 1)
        length = std::snprintf(text.data(), text.size(), "%.0f ms", value * 1e3);
    else if (value < 60)
        length = std::snprintf(text.data(), text.size(), "%.1f s", value);
    else if (value < 3600)
        length = std::snprintf(text.data(), text.size(), "%lld min %lld s", whole / 60, whole % 60);
    else if (value < 48 * 3600)
        length = std::snprintf(text.data(), text.size(), "%lld h %lld min", whole / 3600, whole % 3600 / 60);
    else
        length = std::snprintf(text.data(), text.size(), "%lld d %lld h", whole / 86400, whole % 86400 / 3600);
    return std::string(text.data(), static_cast<std::size_t>(length));
}

std::optional<Time> parseRfc3339(std::string_view text)
{
    int yearNumber = 0, monthNumber = 0, dayNumber = 0, hour = 0, minute = 0, second = 0;
    const bool isDate = takeNumber(text, 4, yearNumber) && takeChar(text, '-') && takeNumber(text, 2, monthNumber)
        && takeChar(text, '-') && takeNumber(text, 2, dayNumber);
    if (!isDate || !(takeChar(text, 'T') || takeChar(text, 't') || takeChar(text, ' ')))
        return std::nullopt;
    const bool isTime = takeNumber(text, 2, hour) && takeChar(text, ':') && takeNumber(text, 2, minute)
        && takeChar(text, ':') && takeNumber(text, 2, second);
    const year_month_day date{
        year{yearNumber}, month{static_cast<unsigned>(monthNumber)}, day{static_cast<unsigned>(dayNumber)}};
    if (!isTime || !date.ok() || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    const Nanoseconds fraction = takeFraction(text);
    const auto zone = takeZone(text);
    if (!zone || !text.empty())
        return std::nullopt;
    return Time{sys_days{date} + hours{hour} + minutes{minute} + seconds{second} + fraction - *zone};
}

} // namespace hindcast
