// /proc/net/stat/{nf_conntrack,arp_cache,ndisc_cache,rt_cache,synproxy}: a line of names and a line of hexadecimal
// counters per CPU. Source: kernel net/netfilter/nf_conntrack_standalone.c, ct_cpu_seq_show(); net/core/neighbour.c,
// neigh_stat_seq_show(). Sums over the CPUs have no label; with very many CPUs only they are kept. "entries" is the
// same number of the whole table in each line. The CPU is the line's place: the kernel leaves out CPUs that are not
// possible, and prints no number.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/snake_case.h"

#include <algorithm>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

/// "nf_conntrack" of the path; by its columns when that says nothing.
std::string tableOf(std::string_view path, std::string_view names)
{
    const auto slash = path.rfind("net/stat/");
    if (slash != std::string_view::npos)
        return snakeCase(path.substr(slash + 9));
    return names.find("expect_new") != std::string_view::npos || names.find("insert_failed") != std::string_view::npos
        ? "nf_conntrack"
        : names.find("unresolved_discards") != std::string_view::npos
            || names.find("forced_gc_runs") != std::string_view::npos
        ? "neighbours"
        : "rt_cache";
}

/// "conntrack.insert_failed", "neighbours.table_fulls" with the family as a label.
struct Naming {
    std::string area;
    Labels labels;
};
Naming namingOf(const std::string& table)
{
    if (table == "nf_conntrack" || table == "ip_conntrack")
        return {"conntrack", {}};
    if (table == "arp_cache" || table == "ndisc_cache" || table == "neighbours")
        return {"neighbours", {{"table", table}}};
    return {table, {}};
}

class StatReader {
public:
    explicit StatReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        m_names.clear();
        m_sums.clear();
        constexpr std::ptrdiff_t mostLines = 64; // CPUs, and the line of names
        m_isDetailed = std::count(sample.text.begin(), sample.text.end(), '\n') <= mostLines + 1;
        std::size_t cpu = 0;
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            if (trimmed(line).empty())
                continue;
            if (m_names.empty()) {
                m_names = fields(line);
                m_naming = namingOf(tableOf(sample.path, line));
            } else {
                readCpu(line, cpu++, sample.time);
            }
        }
        addSums(sample.time);
    }

private:
    void readCpu(std::string_view line, std::size_t cpu, Time time)
    {
        auto& refs = m_known.at(std::to_string(cpu));
        m_values.clear();
        auto rest = line;
        for (auto field = nextField(rest); !field.empty(); field = nextField(rest)) {
            const auto value = parseHex(field);
            if (!value || field.size() < 8)
                break;
            m_values.push_back(static_cast<double>(*value));
        }
        if (m_values.size() < m_names.size()) {
            m_out.skipped(line, "expected a hexadecimal number of eight digits for each name");
            return;
        }
        m_sums.resize(m_names.size());
        for (std::size_t i = 0; i < m_names.size(); ++i) {
            const bool isTotal = m_names[i] == entries; // the same in each line
            m_sums[i] = isTotal ? m_values[i] : m_sums[i] + m_values[i];
            if (refs.size() == i)
                refs.push_back(isTotal || !m_isDetailed ? SeriesRef{} : makeSeries(m_names[i], std::to_string(cpu)));
            if (refs[i].isValid())
                m_out.add(refs[i], time, m_values[i]);
        }
    }

    void addSums(Time time)
    {
        auto& refs = m_known.at("sums");
        for (std::size_t i = 0; i < m_sums.size(); ++i) {
            if (refs.size() == i)
                refs.push_back(makeSeries(m_names[i], {}));
            m_out.add(refs[i], time, m_sums[i]);
        }
    }

    /// `cpu`: "" = of all.
    SeriesRef makeSeries(std::string_view name, const std::string& cpu)
    {
        Labels labels = m_naming.labels;
        if (!cpu.empty())
            labels.push_back({"cpu", cpu});
        return m_out.series(m_naming.area + '.' + snakeCase(name), std::move(labels), Unit::Count,
            name == entries ? Kind::Gauge : Kind::Counter);
    }

    static constexpr std::string_view entries = "entries";

    Builder& m_out;
    PositionalSeries m_known;
    Naming m_naming;
    std::vector<std::string_view> m_names;
    std::vector<double> m_values, m_sums;
    bool m_isDetailed = true;
};

void parse(const Input& input, Builder& out)
{
    StatReader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view names, values;
    if (!nextLine(beginning, names) || !names.starts_with("entries ") || !nextLine(beginning, values))
        return 0;
    const auto first = nextField(values);
    return first.size() == 8 && parseHex(first) ? 95 : 0;
}

} // namespace

Parser proc_net_stat()
{
    return {.id = "proc_net_stat",
        .title = "Connection tracking and neighbour tables of each CPU",
        .members = "proc/net/stat/* proc/*/net/stat/*",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
