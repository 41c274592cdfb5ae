// /sys/devices/system/node/node*/{meminfo,numastat,vmstat}: memory of each NUMA node. Source: kernel
// drivers/base/node.c; Documentation/admin-guide/numastat.rst. Metrics are those of /proc/meminfo and /proc/vmstat with
// the label "node".
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/snake_case.h"
#include "parse/vm_counter.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct NamedValue {
    std::string_view name, metric;
};
/// Names whose snake case is not the word that /proc/meminfo's parser or /proc/vmstat has.
constexpr std::array memoryNames{NamedValue{"MemTotal", "memory.total"}, NamedValue{"MemFree", "memory.free"},
    NamedValue{"MemUsed", "memory.node_used"}, NamedValue{"Active(anon)", "memory.active_anonymous"},
    NamedValue{"Inactive(anon)", "memory.inactive_anonymous"}, NamedValue{"AnonPages", "memory.anonymous"},
    NamedValue{"AnonHugePages", "memory.anonymous_huge_pages"}, NamedValue{"KReclaimable", "memory.kernel_reclaimable"},
    NamedValue{"Mlocked", "memory.locked"}, NamedValue{"SecPageTables", "memory.secondary_page_tables"},
    NamedValue{"Shmem", "memory.shared"}, NamedValue{"SReclaimable", "memory.slab_reclaimable"},
    NamedValue{"SUnreclaim", "memory.slab_unreclaimable"}, NamedValue{"WritebackTmp", "memory.writeback_temporary"},
    NamedValue{"FilePages", "memory.file_pages"}};
constexpr std::array numaNames{NamedValue{"interleave_hit", "vm.numa_interleave"},
    NamedValue{"local_node", "vm.numa_local"}, NamedValue{"other_node", "vm.numa_other"}};

template <typename Names> std::string metricOf(const Names& names, std::string_view name, std::string_view area)
{
    for (const NamedValue& known : names)
        if (known.name == name)
            return std::string(known.metric);
    return std::string(area) + snakeCase(name);
}

/// "0" of "/sys/devices/system/node/node0/numastat".
std::string_view nodeIn(std::string_view path)
{
    constexpr std::string_view folder = "/node/node";
    const auto place = path.rfind(folder);
    if (place == std::string_view::npos)
        return {};
    path.remove_prefix(place + folder.size());
    const auto node = path.substr(0, path.find('/'));
    return parseInteger(node) ? node : std::string_view{};
}

class NodeReader {
public:
    explicit NodeReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        m_node = nodeIn(sample.path);
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (!trimmed(line).empty()
                && !(line.starts_with("Node ") ? readMemory(line, sample.time) : readCounter(line, sample.time)))
                m_out.skipped(line, "expected a name and a number");
    }

private:
    /// "Node 0 MemTotal:       8101824 kB"
    bool readMemory(std::string_view line, Time time)
    {
        nextField(line);
        const auto node = nextField(line);
        auto name = nextField(line);
        const auto value = parseInteger(nextField(line));
        const auto unit = nextField(line);
        if (!parseInteger(node) || !name.ends_with(':') || !value || (!unit.empty() && unit != "kB"))
            return false;
        name.remove_suffix(1);
        const bool isKibibytes = unit == "kB";
        auto& refs = m_known.at(std::string(node) + ' ' + std::string(name));
        if (refs.empty())
            refs.push_back(m_out.series(metricOf(memoryNames, name, "memory."), {{"node", std::string(node)}},
                isKibibytes ? Unit::Bytes : Unit::Count, Kind::Gauge));
        constexpr double kibibyte = 1024;
        m_out.add(refs.front(), time, static_cast<double>(*value) * (isKibibytes ? kibibyte : 1));
        return true;
    }

    bool readCounter(std::string_view line, Time time)
    {
        const auto name = nextField(line);
        const auto value = parseInteger(nextField(line));
        if (!value || !trimmed(line).empty())
            return false;
        auto& refs = m_known.at(name);
        if (refs.empty()) {
            Labels labels;
            if (!m_node.empty())
                labels.push_back({"node", std::string(m_node)});
            refs.push_back(m_out.series(metricOf(numaNames, name, "vm."), std::move(labels), Unit::Count,
                isVmState(name) ? Kind::Gauge : Kind::Counter));
        }
        m_out.add(refs.front(), time, static_cast<double>(*value));
        return true;
    }

    Builder& m_out;
    PositionalSeries m_known;
    std::string_view m_node;
};

void parse(const Input& input, Builder& out)
{
    NodeReader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    while (nextLine(beginning, line) && trimmed(line).empty()) { }
    const bool isMemory = line.starts_with("Node ") && line.find(" MemTotal:") != std::string_view::npos;
    const bool isNuma = line.starts_with("numa_hit ") && beginning.find("interleave_hit ") != std::string_view::npos;
    return isMemory || isNuma ? 90 : 0;
}

} // namespace

Parser sys_node()
{
    return {.id = "sys_node",
        .title = "Memory of each NUMA node",
        .members = "sys/devices/system/node/*/meminfo sys/devices/system/node/*/numastat "
                   "sys/devices/system/node/*/vmstat",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
