// The text of df: -k, -P, -h, -m, -B, -i, -T, -a. Columns are told by the heading; sizes become bytes. A long device
// name stands alone on its line in old coreutils, and the figures on the next. Source: man 1 df; coreutils src/df.c.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/table_maker.h"
#include "parse/tool_number.h"

#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace hindcast::parse {
namespace {

struct Heading {
    bool isInodes = false;
    bool hasType = false;
    double unit = 1024; ///< of a plain number, bytes
};

/// "1K-blocks", "1024-blocks", "2MB-blocks", "1M-blocks", "Size": what a plain number counts.
std::optional<double> blockSize(std::string_view name)
{
    constexpr std::string_view blocks = "-blocks";
    constexpr std::array<std::string_view, 4> sizes{"Size", "Größe", "Taille", "Tamaño"}; // -h, -H
    for (const std::string_view size : sizes)
        if (name == size)
            return 1;
    if (!name.ends_with(blocks))
        return std::nullopt;
    name.remove_suffix(blocks.size());
    const bool isDecimal = name.size() > 2 && name.ends_with('B'); // "2MB" counts by 1000, "2M" by 1024
    if (!isDecimal)
        return readSize(name, 1);
    constexpr std::string_view letters = "kMGTPE";
    const char letter = name[name.size() - 2] == 'K' ? 'k' : name[name.size() - 2];
    const auto power = letters.find(letter);
    const auto number = parseDouble(name.substr(0, name.size() - 2));
    if (power == std::string_view::npos || !number)
        return std::nullopt;
    return *number * std::pow(1000.0, static_cast<double>(power + 1));
}

std::optional<Heading> readHeading(std::string_view line)
{
    const auto names = fields(line);
    constexpr std::size_t fewest = 6;
    if (names.size() < fewest)
        return std::nullopt;
    Heading heading;
    heading.hasType = names[1] == "Type" || names[1] == "Typ" || names[1] == "Tipo";
    const auto size = names[heading.hasType ? 2 : 1];
    if (size.ends_with("nodes") || size == "Inodos" || size == "iused") {
        heading.isInodes = true;
        heading.unit = 1;
        return names.back() == "on" || names[names.size() - 2].ends_with('%') || names.size() >= fewest
            ? std::optional(heading)
            : std::nullopt;
    }
    const auto unit = blockSize(size);
    if (!unit)
        return std::nullopt;
    heading.unit = *unit;
    return heading;
}

/// "84%"; nothing for "-".
double readPercent(std::string_view text)
{
    if (text.ends_with('%'))
        text.remove_suffix(1);
    return readLocalNumber(text).value_or(notMeasured);
}

class DfReader {
public:
    DfReader(std::optional<Time> time, Builder& out)
        : m_time(time)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(rest, line);) {
            ++number;
            if (trimmed(line).empty() || line.starts_with("df: "))
                continue;
            if (const auto heading = readHeading(line)) {
                m_table.finish(m_out);
                m_heading = heading;
            } else if (!m_heading) {
                m_out.skipped(line, "a row before the heading");
            } else {
                readRow(line, number);
            }
        }
        m_table.finish(m_out);
    }

private:
    void readRow(std::string_view line, std::uint64_t number)
    {
        auto left = line;
        if (m_device.empty() || !isBlank(line.front()))
            m_device = nextField(left);
        if (trimmed(left).empty())
            return; // the figures are on the next line
        const auto device = std::exchange(m_device, {});
        const auto type = m_heading->hasType ? nextField(left) : std::string_view{};
        const auto total = nextField(left), used = nextField(left), available = nextField(left);
        const auto percent = nextField(left);
        const auto mount = trimmed(left); // may hold blanks
        if (mount.empty() || (total != "-" && !readSize(total, 1)) || !mount.starts_with('/')) {
            m_out.skipped(line, "expected a device, its figures and where it is mounted");
            return;
        }
        m_table.beginRow(number);
        m_table.set("filesystem", device);
        m_table.set("type", type);
        const Unit unit = m_heading->isInodes ? Unit::Count : Unit::Bytes;
        const auto set = [&](std::string_view name, std::string_view text) {
            if (const auto value = readSize(text, m_heading->unit))
                m_table.set(name, unit, *value);
        };
        set(m_heading->isInodes ? "inodes" : "size", total);
        set(m_heading->isInodes ? "inodes_used" : "used", used);
        set(m_heading->isInodes ? "inodes_free" : "available", available);
        m_table.set("used_percent", Unit::Percent, readPercent(percent));
        m_table.set("mount", mount);
    }

    std::optional<Time> m_time;
    Builder& m_out;
    TableMaker m_table{"filesystems", m_time};
    std::optional<Heading> m_heading;
    std::string_view m_device; ///< of a row broken in two
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        DfReader(listedAt(input, sample), out).read(sample);
}

int recognise(std::string_view beginning)
{
    constexpr int linesLookedAt = 5;
    std::string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i)
        if (readHeading(line) && line.find('%') + 1 != 0)
            return 90;
        else if (readHeading(line) && line.find("Capacity") != std::string_view::npos)
            return 90;
    return 0;
}

} // namespace

Parser df()
{
    return {.id = "df", .title = "df output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
