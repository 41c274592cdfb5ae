#include "diagnose/figures.h"

#include <array>
#include <cmath>
#include <fmt/format.h>

namespace hindcast::diagnose {
namespace {

/// Three digits that mean something: "0.04", "8.3", "83", "12 345".
std::string threeDigits(double number)
{
    if (std::isnan(number))
        return "–";
    const double size = std::abs(number);
    if (size >= 9999.5) {
        std::string digits = fmt::format("{:.0f}", number);
        for (auto place = static_cast<int>(digits.size()) - 3; place > (number < 0 ? 1 : 0); place -= 3)
            digits.insert(static_cast<std::size_t>(place), 1, ' ');
        return digits;
    }
    std::string text = fmt::format("{:.{}f}", number, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.')
            text.pop_back();
    }
    return text;
}

} // namespace

std::string inNumber(double number)
{
    return threeDigits(number);
}

std::string inSeconds(double seconds)
{
    constexpr double milli = 1000;
    return std::abs(seconds) < 1 ? threeDigits(seconds * milli) + " ms" : threeDigits(seconds) + " s";
}

std::string inPercent(double percent)
{
    return threeDigits(percent) + " %";
}

std::string inBytes(double bytes)
{
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    constexpr double step = 1024;
    std::size_t unit = 0;
    while (std::abs(bytes) >= step && unit + 1 < units.size()) {
        bytes /= step;
        ++unit;
    }
    return threeDigits(bytes) + ' ' + units[unit];
}

} // namespace hindcast::diagnose
