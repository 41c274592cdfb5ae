// The text of free, of any procps: with "buffers cached" and a line "-/+ buffers/cache", with "buff/cache available",
// -w, -h, -b, -m, -g, -t, -l, -s. Sizes without a letter are KiB unless an option said otherwise, which the text does
// not show: where no letter is printed this is assumed and said. Source: man 1 free.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/table_maker.h"
#include "parse/tool_number.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

/// The columns of a heading in snake case, by their places: the words are translated, their order is not.
std::vector<std::string_view> readHeading(std::string_view line)
{
    const auto names = fields(line);
    constexpr std::size_t fewest = 3, most = 7;
    if (names.size() < fewest || names.size() > most)
        return {};
    static constexpr std::array<std::string_view, 4> totals{"total", "gesamt", "totale", "общая"};
    bool isTotal = false;
    for (const std::string_view total : totals)
        isTotal = isTotal || names.front() == total;
    if (!isTotal)
        return {};
    std::vector<std::string_view> columns{"total", "used", "free"};
    if (names.size() == 6 && names.back() == "cached") // procps before 3.3.10
        columns.insert(columns.end(), {"shared", "buffers", "cache"});
    else if (names.size() == 6)
        columns.insert(columns.end(), {"shared", "buffers_and_cache", "available"});
    else if (names.size() == 7)
        columns.insert(columns.end(), {"shared", "buffers", "cache", "available"});
    return columns;
}

class FreeReader {
public:
    FreeReader(std::optional<Time> time, Builder& out)
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
            if (trimmed(line).empty())
                continue;
            if (auto heading = readHeading(line); !heading.empty()) {
                m_table.finish(m_out);
                m_columns = std::move(heading);
            } else if (m_columns.empty()) {
                m_out.skipped(line, "a row before the heading");
            } else {
                readRow(line, number);
            }
        }
        m_table.finish(m_out);
        if (m_hasPlainNumber)
            m_out.note(NoteSeverity::Info,
                "sizes without a letter are taken as KiB, free's default: the text does not say whether an option "
                "chose "
                "another unit");
    }

private:
    void readRow(std::string_view line, std::uint64_t number)
    {
        constexpr std::string_view oldRow = "-/+ buffers/cache:";
        const bool isOldRow = line.starts_with(oldRow);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            m_out.skipped(line, "expected a name with a colon, then sizes");
            return;
        }
        const auto name = line.substr(0, colon);
        auto left = line.substr(colon + 1);
        std::vector<double> values;
        for (auto text = nextField(left); !text.empty(); text = nextField(left)) {
            constexpr double kibibyte = 1024;
            const auto value = readSize(text, kibibyte);
            if (!value) {
                m_out.skipped(line, "expected a name with a colon, then sizes");
                return;
            }
            const bool isPlain = text.back() >= '0' && text.back() <= '9';
            m_hasPlainNumber = m_hasPlainNumber || (isPlain && *value > 0);
            values.push_back(*value);
        }
        const std::size_t first = isOldRow ? 1 : 0; // it tells used and free only
        if (values.empty() || values.size() + first > m_columns.size()) {
            m_out.skipped(line, "expected a size for each name of the heading");
            return;
        }
        m_table.beginRow(number);
        m_table.set("kind", name);
        for (std::size_t i = 0; i < values.size(); ++i)
            m_table.set(m_columns[i + first], Unit::Bytes, values[i]);
    }

    std::optional<Time> m_time;
    Builder& m_out;
    TableMaker m_table{"memory", m_time};
    std::vector<std::string_view> m_columns;
    bool m_hasPlainNumber = false;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        FreeReader(listedAt(input, sample), out).read(sample);
}

/// A heading, and a row under it with a colon behind its first word.
int recognise(std::string_view beginning)
{
    constexpr int linesLookedAt = 5;
    std::string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (readHeading(line).empty())
            continue;
        std::string_view row;
        return nextLine(beginning, row) && nextField(row).ends_with(':') ? 90 : 0;
    }
    return 0;
}

} // namespace

Parser free()
{
    return {.id = "free", .title = "free output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
