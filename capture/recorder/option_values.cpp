#include "option_values.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace hindcast::recorder {
namespace {

constexpr double longestDuration = 10 * 366 * 86400.0;

struct Suffix {
    const char* text;
    double factor;
};

/// The number before the suffix. strtod alone would take " 1", "0x1p3" and "inf" too; from_chars for doubles costs
/// 100 kB of static program.
std::optional<double> readNumber(const char* text, const char*& rest)
{
    const std::size_t digits = std::strspn(text, "0123456789.");
    char* stop = nullptr;
    const double value = std::strtod(text, &stop);
    if (digits == 0 || stop != text + digits)
        return std::nullopt;
    rest = stop;
    return value;
}

template <std::size_t count> std::optional<double> readWithSuffix(const char* text, const Suffix (&suffixes)[count])
{
    const char* rest = nullptr;
    const auto value = readNumber(text, rest);
    if (!value)
        return std::nullopt;
    for (const Suffix& suffix : suffixes)
        if (std::strcmp(rest, suffix.text) == 0)
            return *value * suffix.factor;
    return std::nullopt;
}

constexpr double kibi = 1024, mebi = kibi * 1024, gibi = mebi * 1024, tebi = gibi * 1024;
constexpr Suffix durations[] = {{"", 1}, {"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
constexpr Suffix sizes[] = {{"", 1}, {"K", kibi}, {"M", mebi}, {"G", gibi}, {"T", tebi}, {"KiB", kibi}, {"MiB", mebi},
    {"GiB", gibi}, {"TiB", tebi}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}};

} // namespace

std::optional<double> readSeconds(const char* text, Units units)
{
    if (units == Units::Durations)
        return readWithSuffix(text, durations);
    const char* rest = nullptr;
    const auto value = readNumber(text, rest);
    return value && *rest == '\0' ? value : std::nullopt;
}

std::optional<std::int64_t> readDuration(const char* text, double leastSeconds)
{
    const auto seconds = readSeconds(text, Units::Durations);
    if (!seconds || *seconds < leastSeconds || *seconds > longestDuration)
        return std::nullopt;
    return std::llround(*seconds * 1e9);
}

std::optional<std::uint64_t> readCount(const char* text, std::uint64_t most)
{
    std::uint64_t value = 0;
    const char* const end = text + std::strlen(text);
    const auto [stop, failure] = std::from_chars(text, end, value);
    return failure == std::errc{} && stop == end && value > 0 && value <= most ? std::optional(value) : std::nullopt;
}

std::optional<std::uint64_t> readSize(const char* text)
{
    const auto bytes = readWithSuffix(text, sizes);
    if (!bytes || *bytes < 1 || *bytes > 1e18)
        return std::nullopt;
    return static_cast<std::uint64_t>(*bytes);
}

std::optional<unsigned> readPercent(const char* text)
{
    const std::size_t length = std::strlen(text);
    unsigned value = 0;
    if (length < 2 || text[length - 1] != '%')
        return std::nullopt;
    const auto [stop, failure] = std::from_chars(text, text + length - 1, value);
    return failure == std::errc{} && stop == text + length - 1 && value <= 100 ? std::optional(value) : std::nullopt;
}

} // namespace hindcast::recorder
