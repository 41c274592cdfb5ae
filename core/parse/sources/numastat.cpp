// The text of numastat. Without options: pages by where they were wanted and where they were had, counters since boot
// of each NUMA node. With -n, -m, -p, -c: the same, memory, or memory of processes in whole or hundredths of MiB, which
// become a table. Source: man 8 numastat; numactl numastat.c; kernel Documentation/admin-guide/numastat.rst.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

struct NamedCounter {
    string_view name, metric;
};
constexpr std::array counters{
    NamedCounter{"numa_hit", "vm.numa_hit"},
    NamedCounter{"numa_miss", "vm.numa_miss"},
    NamedCounter{"numa_foreign", "vm.numa_foreign"},
    NamedCounter{"interleave_hit", "vm.numa_interleave"},
    NamedCounter{"local_node", "vm.numa_local"},
    NamedCounter{"other_node", "vm.numa_other"},
};

/// "node0  node1", the heading of the plain form.
std::vector<string_view> readPlainHeading(string_view line)
{
    auto names = fields(line);
    for (const string_view name : names)
        if (!name.starts_with("node") || !parseInteger(name.substr(4)))
            return {};
    return names;
}

/// "Per-node system memory usage (in MBs):".
bool isTitle(string_view line)
{
    return line.starts_with("Per-node ") && line.find("(in MBs)") != string_view::npos;
}

/// "PID    Node 0   Node 1   Total": the names of the columns.
std::vector<std::string> readNodeHeading(string_view line)
{
    std::vector<std::string> names;
    for (auto word = nextField(line); !word.empty(); word = nextField(line)) {
        if (word == "PID" && names.empty())
            continue;
        if (word == "Node") {
            const auto number = nextField(line);
            if (!parseInteger(number))
                return {};
            names.push_back("node" + std::string(number));
        } else if (word == "Total") {
            names.emplace_back("total");
        } else {
            return {};
        }
    }
    return names;
}

bool isRuler(string_view line)
{
    return trimmed(line).find_first_not_of("- ") == string_view::npos;
}

class NumastatReader {
public:
    NumastatReader(const Input& input, const Sample& sample, Builder& out)
        : m_sample(sample)
        , m_out(out)
        , m_listedAt(listedAt(input, sample))
    {
    }

    void read()
    {
        m_out.setText(m_sample.text);
        auto rest = m_sample.text;
        std::uint64_t number = 0;
        for (string_view line; nextLine(rest, line);) {
            ++number;
            if (trimmed(line).empty() || isRuler(line) || isComplaint(line))
                continue;
            if (isTitle(line))
                begin(line);
            else if (auto plain = readPlainHeading(line); !plain.empty())
                m_nodes = std::move(plain);
            else if (auto names = readNodeHeading(line); m_table && !names.empty())
                m_columns = std::move(names);
            else if (!(m_table ? readMegabytes(line, number) : readCounters(line)))
                m_out.skipped(line, "expected a name and a number for each node");
        }
        if (m_table)
            m_table->finish(m_out);
    }

private:
    /// "Token SwapCached not in hash table.": a kernel newer than numastat.
    static bool isComplaint(string_view line)
    {
        return line.starts_with("Token ") && line.find("not in hash table") != string_view::npos;
    }

    void begin(string_view title)
    {
        if (m_table)
            m_table->finish(m_out);
        title = trimmed(title);
        if (title.ends_with(':'))
            title.remove_suffix(1);
        const auto unit = title.find(" (in MBs)");
        const auto process = title.substr(unit + 9);
        m_table.emplace(std::string(title.substr(0, unit)) + std::string(process), m_listedAt);
        m_columns.clear();
    }

    bool readCounters(string_view line)
    {
        const auto name = nextField(line);
        const NamedCounter* known = nullptr;
        for (const NamedCounter& counter : counters)
            if (counter.name == name)
                known = &counter;
        if (!known || m_nodes.empty())
            return false;
        std::vector<double> values;
        for (auto field = nextField(line); !field.empty(); field = nextField(line)) {
            const auto value = parseInteger(field);
            if (!value)
                return false;
            values.push_back(static_cast<double>(*value));
        }
        if (values.size() != m_nodes.size())
            return false;
        for (std::size_t i = 0; i < values.size(); ++i)
            m_out.add(known->metric, {{"node", std::string(m_nodes[i].substr(4))}}, Unit::Count, Kind::Counter,
                m_sample.time, values[i]);
        return true;
    }

    bool readMegabytes(string_view line, std::uint64_t number)
    {
        constexpr double mebibyte = 1024 * 1024;
        const auto words = fields(line);
        if (m_columns.empty() || words.size() <= m_columns.size())
            return false;
        const std::size_t first = words.size() - m_columns.size();
        std::vector<double> values;
        for (std::size_t i = 0; i < m_columns.size(); ++i) {
            const auto value = parseDouble(words[first + i]);
            if (!value)
                return false;
            values.push_back(*value * mebibyte);
        }
        m_table->beginRow(number);
        m_table->set("name", trimmed(line.substr(0, static_cast<std::size_t>(words[first].data() - line.data()))));
        for (std::size_t i = 0; i < values.size(); ++i)
            m_table->set(m_columns[i], Unit::Bytes, values[i]);
        return true;
    }

    const Sample& m_sample;
    Builder& m_out;
    std::optional<Time> m_listedAt;
    std::vector<string_view> m_nodes; ///< of the plain form
    std::vector<std::string> m_columns; ///< of a form in MiB
    std::optional<TableMaker> m_table;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        NumastatReader(input, sample, out).read();
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 12;
    string_view line;
    bool hasNodes = false;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (isTitle(line))
            return 90;
        if (hasNodes && nextField(line) == "numa_hit")
            return 90;
        hasNodes = !readPlainHeading(line).empty();
    }
    return 0;
}

} // namespace

Parser numastat()
{
    return {.id = "numastat", .title = "numastat output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
