// The text of smem: by process (default), by user (-u), by map (-m), the whole system (-w), with -t, -k, -p, -c. Sizes
// are KiB, with -k they carry a letter, with -p they are shares of memory. The columns are told by the heading; only
// one of them may hold blanks. The totals below a line of dashes (-t) are sums of the rows and are left out. Source:
// man 8 smem; smem's showfields().
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/table_maker.h"
#include "parse/tool_number.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

enum class Meaning : std::uint8_t { Number, Word, Words, Size };

struct SmemColumn {
    string_view heading, name;
    Meaning meaning;
};
constexpr std::array columns{
    SmemColumn{"PID", "pid", Meaning::Number},
    SmemColumn{"PIDs", "processes", Meaning::Number},
    SmemColumn{"Count", "processes", Meaning::Number},
    SmemColumn{"Maps", "maps", Meaning::Number},
    SmemColumn{"User", "user", Meaning::Word},
    SmemColumn{"Command", "command", Meaning::Words},
    SmemColumn{"Name", "name", Meaning::Words},
    SmemColumn{"Map", "map", Meaning::Words},
    SmemColumn{"Area", "area", Meaning::Words},
    SmemColumn{"Swap", "swap", Meaning::Size},
    SmemColumn{"USS", "uss", Meaning::Size},
    SmemColumn{"PSS", "pss", Meaning::Size},
    SmemColumn{"RSS", "resident", Meaning::Size},
    SmemColumn{"VSS", "virtual", Meaning::Size},
    SmemColumn{"AVGUSS", "mean_uss", Meaning::Size},
    SmemColumn{"AVGPSS", "mean_pss", Meaning::Size},
    SmemColumn{"AVGRSS", "mean_resident", Meaning::Size},
    SmemColumn{"Used", "used", Meaning::Size},
    SmemColumn{"Cache", "cache", Meaning::Size},
    SmemColumn{"Noncache", "not_cache", Meaning::Size},
};

const SmemColumn* columnNamed(string_view heading)
{
    for (const SmemColumn& column : columns)
        if (column.heading == heading)
            return &column;
    return nullptr;
}

/// All names of smem, a size among them, and one of the things that it lists.
bool isHeading(string_view line)
{
    std::size_t sizes = 0, things = 0, words = 0;
    for (auto word = nextField(line); !word.empty(); word = nextField(line), ++words) {
        const SmemColumn* column = columnNamed(word);
        if (!column || words > columns.size())
            return false;
        sizes += column->meaning == Meaning::Size ? 1 : 0;
        things += column->meaning == Meaning::Words || column->meaning == Meaning::Word || word == "PID" ? 1 : 0;
    }
    return sizes >= 1 && things >= 1 && words >= 3;
}

bool isRule(string_view line)
{
    return line.size() >= 8 && line.find_first_not_of('-') == string_view::npos;
}

class SmemReader {
public:
    SmemReader(std::optional<Time> time, Builder& out)
        : m_time(time)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (string_view line; nextLine(rest, line);) {
            ++number;
            const auto text = trimmed(line);
            if (text.empty())
                continue;
            if (isHeading(line)) {
                begin(line);
            } else if (isRule(text)) {
                m_isInTotals = true;
            } else if (m_columns.empty()) {
                m_out.skipped(line, "a row before the heading");
            } else if (m_isInTotals) {
                m_isInTotals = false;
                m_out.note(NoteSeverity::Info, "the totals of smem are sums of its rows and were left out", number);
            } else {
                readRow(line, number);
            }
        }
        m_table.finish(m_out);
        if (m_hasPlainSize)
            m_out.note(NoteSeverity::Info, "sizes without a letter are taken as KiB, smem's default");
    }

private:
    void begin(string_view heading)
    {
        m_table.finish(m_out);
        m_columns.clear();
        m_isInTotals = false;
        string_view name = "processes";
        for (const string_view word : fields(heading)) {
            m_columns.push_back(columnNamed(word));
            if (word == "Map")
                name = "memory_maps";
            else if (word == "Area")
                name = "memory_areas";
            else if (word == "Count")
                name = "memory_by_user";
        }
        m_table = TableMaker(std::string(name), m_time);
    }

    /// The column that may hold blanks gets what the words before and behind it leave.
    void readRow(string_view line, std::uint64_t number)
    {
        const auto words = fields(line);
        const auto wide =
            static_cast<std::size_t>(std::find_if(m_columns.begin(), m_columns.end(), [](const SmemColumn* column) {
                return column->meaning == Meaning::Words;
            }) - m_columns.begin());
        const bool hasWide = wide < m_columns.size();
        if (words.size() < m_columns.size() || (!hasWide && words.size() > m_columns.size())) {
            m_out.skipped(line, "expected a value for each name of the heading");
            return;
        }
        const std::size_t surplus = words.size() - m_columns.size();
        std::vector<string_view> values;
        for (std::size_t i = 0; i < m_columns.size(); ++i) {
            const std::size_t first = hasWide && i > wide ? i + surplus : i;
            const std::size_t last = hasWide && i >= wide ? i + surplus : i;
            const char* end = words[last].data() + words[last].size();
            values.emplace_back(words[first].data(), static_cast<std::size_t>(end - words[first].data()));
            if (!isOfForm(*m_columns[i], values.back())) {
                m_out.skipped(line, "expected numbers below the names of sizes");
                return;
            }
        }
        m_table.beginRow(number);
        for (std::size_t i = 0; i < m_columns.size(); ++i)
            set(*m_columns[i], values[i]);
    }

    static bool isOfForm(const SmemColumn& column, string_view text)
    {
        if (column.meaning == Meaning::Number)
            return parseInteger(text).has_value();
        if (column.meaning != Meaning::Size || text == "N/A")
            return true;
        return readSize(text.ends_with('%') ? text.substr(0, text.size() - 1) : text, 1).has_value();
    }

    void set(const SmemColumn& column, string_view text)
    {
        constexpr double kibibyte = 1024;
        switch (column.meaning) {
        case Meaning::Number:
            if (const auto number = parseInteger(text))
                m_table.set(column.name, Unit::Count, static_cast<double>(*number));
            break;
        case Meaning::Size:
            setSize(column, text, kibibyte);
            break;
        default:
            m_table.set(column.name, text);
        }
    }

    void setSize(const SmemColumn& column, string_view text, double plainUnit)
    {
        if (text == "N/A")
            return;
        if (text.ends_with('%')) {
            text.remove_suffix(1);
            if (const auto share = readLocalNumber(text))
                m_table.set(std::string(column.name) + "_percent", Unit::Percent, *share);
            return;
        }
        const auto size = readSize(text, plainUnit);
        if (!size)
            return;
        m_hasPlainSize = m_hasPlainSize || (*size > 0 && text.back() >= '0' && text.back() <= '9');
        m_table.set(column.name, Unit::Bytes, *size);
    }

    std::optional<Time> m_time;
    Builder& m_out;
    TableMaker m_table{"processes", m_time};
    std::vector<const SmemColumn*> m_columns; ///< of the last heading
    bool m_isInTotals = false, m_hasPlainSize = false;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        SmemReader(listedAt(input, sample), out).read(sample);
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 5;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i)
        if (isHeading(line))
            return 92;
    return 0;
}

} // namespace

Parser smem()
{
    return {.id = "smem", .title = "smem output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
