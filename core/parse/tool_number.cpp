#include "parse/tool_number.h"

#include "base/text_scanner.h"

#include <array>
#include <cmath>
#include <string>

namespace hindcast::parse {

std::optional<double> readLocalNumber(std::string_view text)
{
    const auto comma = text.find(',');
    if (comma == std::string_view::npos)
        return parseDouble(text);
    std::string pointed(text);
    pointed[comma] = '.';
    return parseDouble(pointed);
}

std::optional<double> readSize(std::string_view text, double plainUnit)
{
    constexpr std::string_view letters = "BKMGTPE";
    double unit = plainUnit;
    if (text.size() > 2 && text.ends_with('i'))
        text.remove_suffix(1);
    if (!text.empty()) {
        const bool isSmall = text.back() >= 'a' && text.back() <= 'z';
        const char letter = isSmall ? static_cast<char>(text.back() - 'a' + 'A') : text.back();
        const auto power = letters.find(letter);
        if (power != std::string_view::npos) {
            unit = std::pow(1024.0, static_cast<double>(power));
            text.remove_suffix(1);
        }
    }
    const auto number = readLocalNumber(text);
    return number ? std::optional(*number * unit) : std::nullopt;
}

std::optional<double> readProcessTime(std::string_view text)
{
    double days = 0;
    if (const auto dash = text.find('-'); dash != std::string_view::npos) {
        const auto number = parseInteger(text.substr(0, dash));
        if (!number)
            return std::nullopt;
        days = static_cast<double>(*number);
        text.remove_prefix(dash + 1);
    }
    double seconds = 0;
    int parts = 0;
    for (;;) {
        const auto colon = text.find(':');
        const auto part = readLocalNumber(text.substr(0, colon));
        if (!part || *part < 0)
            return std::nullopt;
        seconds = seconds * 60 + *part;
        ++parts;
        if (colon == std::string_view::npos)
            break;
        text.remove_prefix(colon + 1);
    }
    constexpr double secondsOfDay = 86400;
    return parts == 2 || parts == 3 ? std::optional(days * secondsOfDay + seconds) : std::nullopt;
}

std::optional<double> readTaskTime(std::string_view text)
{
    constexpr double minute = 60, hour = 60 * minute, day = 24 * hour, week = 7 * day;
    if (text.find(':') != std::string_view::npos)
        return readProcessTime(text);
    const auto takeNumber = [&text]() -> std::optional<double> {
        std::size_t end = 0;
        while (end < text.size() && text[end] >= '0' && text[end] <= '9')
            ++end;
        const auto number = parseInteger(text.substr(0, end));
        text.remove_prefix(end);
        return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
    };
    double seconds = 0, next = 0; // next: what a number without a letter counts
    bool isAnything = false;
    while (!text.empty()) {
        const auto number = takeNumber();
        if (!number)
            return std::nullopt;
        const char letter = text.empty() ? ' ' : text.front();
        const double unit = letter == 'w'    ? week
            : letter == 'd'                  ? day
            : letter == 'h' || letter == ',' ? hour
            : letter == 'm'                  ? minute
            : letter == ' ' && isAnything    ? next
                                             : 0;
        if (unit == 0)
            return std::nullopt;
        seconds += *number * unit;
        next = unit == week ? day : unit == day ? hour : minute;
        text.remove_prefix(text.empty() ? 0 : 1);
        isAnything = true;
    }
    return isAnything ? std::optional(seconds) : std::nullopt;
}

std::optional<double> readTimerText(std::string_view text)
{
    struct TimeUnit {
        std::string_view name;
        double divisor, factor;
    };
    constexpr std::array units{TimeUnit{"ms", 1000, 1}, TimeUnit{"sec", 1, 1}, TimeUnit{"min", 1, 60},
        TimeUnit{"hour", 1, 3600}, TimeUnit{"day", 1, 86400}};
    double seconds = 0;
    if (text.empty())
        return std::nullopt;
    while (!text.empty()) {
        std::size_t end = 0;
        while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.'))
            ++end;
        const auto number = parseDouble(text.substr(0, end));
        text.remove_prefix(end);
        const TimeUnit* found = nullptr;
        for (const TimeUnit& unit : units)
            if (text.starts_with(unit.name))
                found = &unit;
        if (!number || !found)
            return std::nullopt;
        seconds += *number / found->divisor * found->factor;
        text.remove_prefix(found->name.size());
    }
    return seconds;
}

} // namespace hindcast::parse
