#include "report/value_text.h"

#include "report/json_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace hindcast::report {
namespace {

struct Step {
    double size;
    std::string_view name;
};

/// Three significant digits, never "1e+06".
std::string digits(double value)
{
    const double magnitude = std::abs(value);
    if (magnitude >= 100 || magnitude == std::floor(magnitude))
        return fmt::format("{:.0f}", value);
    return magnitude >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string scaled(double value, const Step* begin, const Step* end, std::string_view suffix)
{
    const double magnitude = std::abs(value);
    for (const Step* step = begin; step != end; ++step)
        if (magnitude >= step->size || step + 1 == end)
            return fmt::format("{} {}{}", digits(value / step->size), step->name, suffix);
    return {};
}

std::string bytesText(double value, std::string_view suffix)
{
    static constexpr std::array steps{Step{1099511627776.0, "TiB"}, Step{1073741824.0, "GiB"}, Step{1048576.0, "MiB"},
        Step{1024.0, "KiB"}, Step{1.0, "B"}};
    return scaled(value, steps.data(), steps.data() + steps.size(), suffix);
}

std::string secondsText(double value)
{
    static constexpr std::array steps{Step{1.0, "s"}, Step{1e-3, "ms"}, Step{1e-6, "us"}};
    return value == 0 ? "0 s" : scaled(value, steps.data(), steps.data() + steps.size(), "");
}

std::size_t characters(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

} // namespace

std::string groupedNumber(double value)
{
    std::string text = fmt::format("{:.0f}", value);
    for (std::ptrdiff_t place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > (text[0] == '-' ? 1 : 0);
         place -= 3)
        text.insert(static_cast<std::size_t>(place), 1, ' ');
    return text;
}

std::string valueText(double value, Unit unit)
{
    if (std::isnan(value))
        return "–";
    switch (unit) {
    case Unit::Percent:
        return fmt::format("{:.1f} %", value);
    case Unit::Bytes:
        return bytesText(value, "");
    case Unit::BytesPerSecond:
        return bytesText(value, "/s");
    case Unit::Seconds:
        return secondsText(value);
    default:
        break;
    }
    const std::string number = std::abs(value) >= 10000 ? groupedNumber(value) : digits(value);
    return isRate(unit) ? number + " /s" : number;
}

std::string TextTable::text(std::string_view indent) const
{
    std::vector<std::size_t> widths(m_align.size(), 0);
    for (const auto& row : m_rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], characters(row[i]));
    std::string out;
    for (const auto& row : m_rows) {
        std::string line(indent);
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - characters(row[i]), ' ');
            line += m_align[i] == Align::Right ? padding + row[i] : row[i] + padding;
            line += "  ";
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return out;
}

/// A terminal of 8 bits takes a lone byte of 0x80 to 0x9f for a control character (ECMA-48), one of UTF-8 the
/// character.
std::string safeText(std::string_view text)
{
    std::string safe;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t length = utf8Length(text.substr(i));
        const bool isSecondControl = byte == 0xC2 && length == 2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (isSecondControl)
            safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
        else if (byte < 0x20 || byte == 0x7F || length == 0)
            safe += fmt::format("\\x{:02x}", byte);
        else {
            safe += text.substr(i, length);
            i += length - 1;
        }
    }
    return safe;
}

} // namespace hindcast::report
