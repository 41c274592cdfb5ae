#include "report/time_option.h"

#include "base/text_scanner.h"

namespace hindcast::report {
namespace {

using namespace std::chrono;

std::optional<Nanoseconds> parseDuration(std::string_view text)
{
    const auto unitBegin = text.find_first_not_of("0123456789.");
    const auto number = parseDouble(text.substr(0, unitBegin));
    const auto unit = unitBegin == std::string_view::npos ? std::string_view("s") : text.substr(unitBegin);
    constexpr double mostSeconds = 1e9;
    if (!number || *number < 0)
        return std::nullopt;
    double factor = 0;
    if (unit == "s")
        factor = 1;
    else if (unit == "ms")
        factor = 1e-3;
    else if (unit == "m" || unit == "min")
        factor = 60;
    else if (unit == "h")
        factor = 3600;
    else if (unit == "d")
        factor = 86400;
    if (factor == 0 || *number * factor > mostSeconds)
        return std::nullopt;
    return duration_cast<Nanoseconds>(duration<double>(*number * factor));
}

std::optional<seconds> parseTimeOfDay(std::string_view text)
{
    const bool hasSeconds = text.size() == 8;
    if ((text.size() != 5 && !hasSeconds) || text[2] != ':' || (hasSeconds && text[5] != ':'))
        return std::nullopt;
    const auto hour = parseInteger<int>(text.substr(0, 2));
    const auto minute = parseInteger<int>(text.substr(3, 2));
    const auto second = hasSeconds ? parseInteger<int>(text.substr(6, 2)) : std::optional(0);
    const bool isValid = hour && minute && second && *hour >= 0 && *hour < 24 && *minute >= 0 && *minute < 60
        && *second >= 0 && *second < 60;
    return isValid ? std::optional(hours(*hour) + minutes(*minute) + seconds(*second)) : std::nullopt;
}

} // namespace

Result<Time> parseTimeOption(std::string_view text, TimeRange range, std::chrono::seconds utcOffset)
{
    if (text.starts_with('+') || text.starts_with('-'))
        if (const auto distance = parseDuration(text.substr(1)))
            return text.front() == '+' ? range.begin + *distance : range.end - *distance;
    if (const auto timeOfDay = parseTimeOfDay(text)) {
        const auto day = floor<days>(range.begin + utcOffset);
        const Time time = Time{day} + *timeOfDay - utcOffset;
        return time < floor<minutes>(range.begin) ? time + days(1) : time;
    }
    if (const auto time = parseRfc3339(text))
        return *time;
    return Error{"not a time: \"" + std::string(text) + "\" (try 11:30, +90s, -5m or 2026-11-21T11:30:00Z)", {}};
}

} // namespace hindcast::report
