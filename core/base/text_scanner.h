// Splitting and number reading over string_view: no copies, no locale, no exceptions.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hindcast {

/// Takes the next line off `rest` (without "\n" or "\r\n"); false when nothing is left.
inline bool nextLine(std::string_view& rest, std::string_view& line)
{
    if (rest.empty())
        return false;
    const auto end = rest.find('\n');
    line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    return true;
}

constexpr bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

/// Takes the next run of non-blanks off `rest`; empty when nothing is left.
inline std::string_view nextField(std::string_view& rest)
{
    std::size_t begin = 0;
    while (begin < rest.size() && isBlank(rest[begin]))
        ++begin;
    std::size_t end = begin;
    while (end < rest.size() && !isBlank(rest[end]))
        ++end;
    const auto field = rest.substr(begin, end - begin);
    rest.remove_prefix(end);
    return field;
}

inline std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (isBlank(text.front()) || text.front() == '\n' || text.front() == '\r'))
        text.remove_prefix(1);
    while (!text.empty() && (isBlank(text.back()) || text.back() == '\n' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

/// All lines of a text; for cold code. Hot loops use nextLine().
inline std::vector<std::string_view> lines(std::string_view text)
{
    std::vector<std::string_view> result;
    for (std::string_view line; nextLine(text, line);)
        result.push_back(line);
    return result;
}

/// All blank-separated fields of a line; for cold code. Hot loops use nextField().
inline std::vector<std::string_view> fields(std::string_view line)
{
    std::vector<std::string_view> result;
    for (auto field = nextField(line); !field.empty(); field = nextField(line))
        result.push_back(field);
    return result;
}

/// The whole of `text` must be the number; overflow, sign or rest make it nothing.
template <typename Integer = std::uint64_t> std::optional<Integer> parseInteger(std::string_view text, int base = 10)
{
    Integer value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failure != std::errc{} || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return value;
}

inline std::optional<std::uint64_t> parseHex(std::string_view text)
{
    return parseInteger<std::uint64_t>(text, 16);
}

/// Decimal point only; "inf" and "nan" are not numbers here.
inline std::optional<double> parseDouble(std::string_view text)
{
    double value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size() || text.empty() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

} // namespace hindcast
