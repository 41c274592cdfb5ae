// The text of free, of any procps and of busybox: with "buffers cached" and a line "-/+ buffers/cache", with
// "buff/cache available", -w, -h, -b, -m, -g, --si, -t, -l, -v, -L, and -s, which prints one listing after the other.
// Headings are told by their form and the columns by their places, as the words are translated. Sizes without a letter
// are KiB unless an option said otherwise, which the text does not show: where no letter is printed this is assumed and
// said. One listing is a table, several are series. Source: man 1 free; procps src/free.c; busybox procps/free.c.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/shell_prompt.h"
#include "parse/table_maker.h"
#include "parse/tool_number.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr double kibibyte = 1024;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// The columns of a heading in snake case, by their places: the words are translated, their order is not. Empty for
/// other lines.
std::vector<string_view> readHeading(string_view line)
{
    const auto names = fields(line);
    if (names.size() < 3 || names.size() > 8 || names.size() == 4 || (!isBlank(line.front()) && names[0] != "total"))
        return {}; // it stands in from the names of the rows
    for (const string_view name : names)
        if (name.find_first_of("0123456789:=") != string_view::npos)
            return {};
    std::vector<string_view> columns{"total", "used", "free"};
    const bool isTogether = names.size() == 6 && names[4].find('/') != string_view::npos; // "buff/cache"
    if (names.size() == 5) // old busybox
        columns.insert(columns.end(), {"shared", "buffers"});
    else if (isTogether)
        columns.insert(columns.end(), {"shared", "buffers_and_cache", "available"});
    else if (names.size() == 6) // procps before 3.3.10
        columns.insert(columns.end(), {"shared", "buffers", "cache"});
    else if (names.size() >= 7) // in Polish "w cache" is two words
        columns.insert(columns.end(), {"shared", "buffers", "cache", "available"});
    return columns;
}

struct Row {
    string_view kind; ///< as printed: "Mem", "-/+ buffers/cache", "Speicher"
    std::vector<double> values; ///< bytes
    bool hasPlainNumber = false;
};

/// A name with a colon (in Chinese a wide one), then sizes and nothing else.
std::optional<Row> readRow(string_view line)
{
    constexpr string_view wideColon = "：";
    const auto colon = line.find(':'), wide = line.find(wideColon);
    if (colon == string_view::npos && wide == string_view::npos)
        return std::nullopt;
    const bool isWide = wide < colon;
    Row row;
    row.kind = trimmed(line.substr(0, std::min(colon, wide)));
    auto left = line.substr(isWide ? wide + wideColon.size() : colon + 1);
    for (auto text = nextField(left); !text.empty(); text = nextField(left)) {
        const auto value = isDigit(text.front()) ? readSize(text, kibibyte) : std::nullopt;
        if (!value || row.values.size() == 7)
            return std::nullopt;
        row.hasPlainNumber = row.hasPlainNumber || (isDigit(text.back()) && *value > 0);
        row.values.push_back(*value);
    }
    return row.values.empty() ? std::nullopt : std::optional(row);
}

/// "SwapUse           0 CachUse      123456 MemUse       34567 MemFree      89012": free -L.
std::optional<std::array<double, 4>> readOneLine(string_view line)
{
    constexpr std::array<string_view, 4> names{"SwapUse", "CachUse", "MemUse", "MemFree"};
    std::array<double, 4> values{};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (nextField(line) != names[i])
            return std::nullopt;
        const auto value = readSize(nextField(line), kibibyte);
        if (!value)
            return std::nullopt;
        values[i] = *value;
    }
    return values;
}

/// One listing: the heading's columns and the rows below.
struct Listing {
    std::vector<string_view> columns;
    std::vector<Row> rows;
    std::uint64_t line = 0; ///< of the first row
};

/// Whether two sums of rounded sizes are the same.
bool isAbout(double a, double b, double total)
{
    return std::fabs(a - b) <= total * 1e-4 + 4 * kibibyte;
}

class FreeReader {
public:
    FreeReader(const Input& input, Builder& out)
        : m_input(input)
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
            if (!trimmed(line).empty())
                readLine(line, number);
        }
        m_listings.size() > 1 || m_input.samples.size() > 1 ? addSeries(sample) : addTable(sample);
        m_listings.clear();
        if (m_hasPlainNumber)
            m_out.note(NoteSeverity::Info,
                "sizes without a letter are taken as KiB, free's default: the text does not say whether an option "
                "chose another unit");
    }

private:
    void readLine(string_view line, std::uint64_t number)
    {
        if (const auto figures = readOneLine(line)) {
            m_listings.push_back({{"swap_used", "cache", "used", "free"}, {}, number});
            m_listings.back().rows.push_back({"Mem", {figures->begin(), figures->end()}, true});
            m_hasPlainNumber = true;
        } else if (auto heading = readHeading(line); !heading.empty()) {
            m_listings.push_back({std::move(heading), {}, 0});
        } else if (m_listings.empty()) {
            if (!isPromptOf(line, "free"))
                m_out.skipped(line, "a row before the heading");
        } else if (auto row = readRow(line)) {
            addRow(std::move(*row), line, number);
        } else if (!isPromptOf(line, "free")) {
            m_out.skipped(line, "expected a name with a colon, then sizes");
        }
    }

    void addRow(Row row, string_view line, std::uint64_t number)
    {
        Listing& listing = m_listings.back();
        if (isWithoutCache(row))
            row.values.insert(row.values.begin(), notMeasured); // it tells used and free only
        if (row.values.size() > listing.columns.size()) {
            m_out.skipped(line, "expected a size for each name of the heading");
            return;
        }
        if (listing.rows.empty() && row.values.size() < listing.columns.size())
            row.values.back() = notMeasured; // memory has a size for each name: the line was cut, and so may this be
        m_hasPlainNumber = m_hasPlainNumber || row.hasPlainNumber;
        if (listing.rows.empty())
            listing.line = number;
        listing.rows.push_back(std::move(row));
    }

    static bool isWithoutCache(const Row& row) { return row.kind.starts_with("-/+"); }

    /// The names of the rows are translated: "Mem" is the first; of those with fewer sizes "Low" and "High" come first
    /// (-l), then "Swap", then "Total" (-t).
    static string_view kindOf(const Listing& listing, std::size_t row)
    {
        const string_view printed = listing.rows[row].kind;
        constexpr std::array<string_view, 6> english{"Mem", "Swap", "Low", "High", "Total", "Comm"};
        if (std::find(english.begin(), english.end(), printed) != english.end())
            return printed;
        if (row == 0)
            return "Mem";
        std::size_t shortRows = 0, place = 0;
        for (std::size_t i = 1; i < listing.rows.size(); ++i)
            if (!isWithoutCache(listing.rows[i])) {
                place = i == row ? shortRows : place;
                ++shortRows;
            }
        if (isWithoutCache(listing.rows[row]) || shortRows > 4)
            return printed;
        constexpr std::array<string_view, 4> kinds{"Low", "High", "Swap", "Total"};
        return kinds[shortRows >= 3 ? place : place + 2];
    }

    void addTable(const Sample& sample)
    {
        TableMaker table("memory", listedAt(m_input, sample));
        for (const Listing& listing : m_listings)
            for (std::size_t i = 0; i < listing.rows.size(); ++i) {
                table.beginRow(listing.line + i);
                table.set("kind", kindOf(listing, i));
                for (std::size_t column = 0; column < listing.rows[i].values.size(); ++column)
                    table.set(listing.columns[column], Unit::Bytes, listing.rows[i].values[column]);
            }
        table.finish(m_out);
    }

    /// free -s: the delay is not in the text.
    void addSeries(const Sample& sample)
    {
        const bool isTimed = m_input.clock == Clock::Wall;
        Time time = isTimed ? sample.time : Time{};
        for (const Listing& listing : m_listings) {
            for (std::size_t i = 0; i < listing.rows.size(); ++i)
                addRow(listing, i, time);
            time += std::chrono::seconds{1};
        }
        if (m_listings.size() > 1)
            m_out.note(NoteSeverity::Info,
                "the listings have no time and the delay between them is not in the text: they are numbered as if one "
                "second apart");
    }

    void addRow(const Listing& listing, std::size_t row, Time time)
    {
        const auto kind = kindOf(listing, row);
        const bool isSwap = kind == "Swap";
        if (kind != "Mem" && !isSwap)
            return; // sums and parts of the others
        const auto& values = listing.rows[row].values;
        for (std::size_t column = 0; column < values.size(); ++column) {
            const std::string metric = metricOf(listing, values, column, isSwap);
            m_out.add(metric, {}, Unit::Bytes, Kind::Gauge, time, values[column]);
        }
    }

    /// What "used" leaves out differs: nothing before procps 3.3.10, then the cache, since procps 4 what is available.
    static std::string metricOf(
        const Listing& listing, const std::vector<double>& values, std::size_t column, bool isSwap)
    {
        const auto name = listing.columns[column];
        if (isSwap || name.starts_with("swap_"))
            return (isSwap ? "memory.swap_" : "memory.") + std::string(name);
        if (name == "cache" && listing.columns.size() == 6)
            return "memory.cached";
        if (name != "used" || values.size() < 3 || listing.columns.front() != "total")
            return "memory." + std::string(name);
        const double total = values[0], free = values[2];
        const auto find = [&](string_view wanted) {
            for (std::size_t i = 0; i < values.size(); ++i)
                if (listing.columns[i] == wanted)
                    return values[i];
            return 0.0;
        };
        const double cache = find("buffers_and_cache") + find("buffers") + find("cache");
        if (isAbout(values[column] + free, total, total))
            return "memory.used_with_cache";
        return isAbout(values[column] + free + cache, total, total) ? "memory.used_without_cache" : "memory.used";
    }

    const Input& m_input;
    Builder& m_out;
    std::vector<Listing> m_listings;
    bool m_hasPlainNumber = false;
};

void parse(const Input& input, Builder& out)
{
    FreeReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

/// A heading, and a row under it with as many sizes or fewer.
int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 8;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (readOneLine(line))
            return 90;
        const auto columns = line.empty() ? std::vector<string_view>{} : readHeading(line);
        if (columns.empty())
            continue;
        string_view next;
        if (!nextLine(beginning, next))
            return 0;
        const auto row = readRow(next);
        const bool isCut = beginning.empty() && row && row->values.size() < columns.size();
        return row && (row->values.size() == columns.size() || isCut) ? 90 : 0;
    }
    return 0;
}

} // namespace

Parser free()
{
    return {.id = "free", .title = "free output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
