// /proc/zoneinfo: memory zones, their reclaim marks and counters. Source: man 5 proc_zoneinfo; kernel mm/vmstat.c,
// zoneinfo_show_print().
//   Node 0, zone   Normal            begins a zone; "per-node stats" (4.8 and later) stand in the first zone of a node
//     pages free     1234            what follows "pages" and is indented deeper are marks and sizes, in pages
//           min      56
//           protection: (0, 2871)
//         nr_free_pages 1234         counters with the names of /proc/vmstat
//     pagesets                       lists of free pages of each CPU, "cpu: 0", then "count: 12" and so on
//     start_pfn:           1         the rest, of the zone
#include "base/text_scanner.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"
#include "parse/snake_case.h"
#include "parse/vm_counter.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

/// With more CPUs than this only the pages of all their lists together are kept.
constexpr unsigned mostCpusInDetail = 16;
constexpr std::array<std::string_view, 10> marks{
    "free", "min", "low", "high", "promo", "scanned", "spanned", "present", "managed", "boost"};

bool isMark(std::string_view name)
{
    return std::find(marks.begin(), marks.end(), name) != marks.end() || name == "cma";
}

class ZoneinfoReader {
public:
    ZoneinfoReader(const Input& input, Builder& out)
        : m_out(out)
        , m_pageSize(pageSizeBytes(input.host, out))
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_time = sample.time;
        m_known.restart();
        m_place.clear();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (!trimmed(line).empty() && !readLine(line))
                m_out.skipped(line, "not a line of a zone");
        finishZone();
    }

private:
    enum class Part : std::uint8_t { Node, Zone, Pagesets };

    bool readLine(std::string_view line)
    {
        auto rest = line;
        auto name = nextField(rest);
        if (name == "Node")
            return beginZone(line, rest);
        if (m_place.empty())
            return false;
        if (name == "per-node" || name == "pagesets") {
            m_part = name == "pagesets" ? Part::Pagesets : Part::Node;
            return true;
        }
        if (name == "pages") { // "pages free     3832": the first of the marks
            m_part = Part::Zone;
            name = nextField(rest);
        }
        if (name == "protection:")
            return readProtection(rest);
        // "vm stats threshold: 4", "node_unreclaimable:  0", "cpu: 1": a name before a colon may hold blanks.
        const auto colon = line.find(':');
        if (colon != std::string_view::npos) {
            name = trimmed(line.substr(0, colon));
            rest = line.substr(colon + 1);
        }
        return readValue(name, rest, colon != std::string_view::npos);
    }

    bool beginZone(std::string_view line, std::string_view rest)
    {
        auto node = nextField(rest);
        if (!node.ends_with(',') || nextField(rest) != "zone")
            return false;
        node.remove_suffix(1);
        const auto zone = nextField(rest);
        if (!parseInteger(node) || zone.empty())
            return false;
        finishZone();
        m_place = line;
        m_node = node;
        m_zone = zone;
        m_part = Part::Zone;
        m_cpu = {};
        return true;
    }

    bool readProtection(std::string_view text)
    {
        std::size_t above = 0;
        text = trimmed(text);
        if (!text.starts_with('(') || !text.ends_with(')'))
            return false;
        text = text.substr(1, text.size() - 2);
        while (!text.empty()) {
            const auto field = trimmed(text.substr(0, text.find(',')));
            text.remove_prefix(
                std::min(text.size(), text.find(',') == std::string_view::npos ? text.size() : text.find(',') + 1));
            const auto pages = parseInteger(field);
            if (!pages)
                return false;
            Labels labels = zoneLabels();
            labels.push_back({"against", std::to_string(above++)});
            m_out.add(
                "zone.protection", labels, Unit::Bytes, Kind::Gauge, m_time, static_cast<double>(*pages) * m_pageSize);
        }
        return true;
    }

    bool readValue(std::string_view name, std::string_view rest, bool hasColon)
    {
        const auto value = parseInteger<std::int64_t>(nextField(rest));
        if (!value || name.empty())
            return false;
        const auto number = static_cast<double>(*value);
        if (hasColon && m_part == Part::Pagesets && name == "cpu") {
            m_cpu = std::to_string(*value);
            m_isCpuInDetail = *value < mostCpusInDetail;
            return true;
        }
        const bool isOfCpu = m_part == Part::Pagesets && !m_cpu.empty()
            && (name == "count" || name == "high" || name == "batch" || name == "vm stats threshold"
                || name == "high_min" || name == "high_max");
        if (isOfCpu) {
            readPageset(name, number);
            return true;
        }
        if (m_part == Part::Pagesets && hasColon)
            m_part = Part::Zone; // what follows the last CPU is of the zone
        auto& refs = m_known.at(keyOf(name));
        const bool isPages = m_part == Part::Zone && isMark(name);
        if (refs.empty())
            refs.push_back(makeSeries(name, hasColon, isPages));
        m_out.add(refs.front(), m_time, isPages ? number * m_pageSize : number);
        return true;
    }

    SeriesRef makeSeries(std::string_view name, bool hasColon, bool isPages)
    {
        Labels labels = m_part == Part::Node ? Labels{{"node", m_node}} : zoneLabels();
        if (isPages || hasColon)
            return m_out.series(
                "zone." + snakeCase(name), std::move(labels), isPages ? Unit::Bytes : Unit::None, Kind::Gauge);
        return m_out.series(
            "vm." + snakeCase(name), std::move(labels), Unit::Count, isVmState(name) ? Kind::Gauge : Kind::Counter);
    }

    void readPageset(std::string_view name, double number)
    {
        if (name == "count") {
            m_listed += number * m_pageSize;
            m_hasListed = true;
        }
        if (!m_isCpuInDetail) {
            m_hasLeftOut = true;
            return;
        }
        const bool isPages = name != "vm stats threshold";
        auto& refs = m_known.at(keyOf(name) += m_cpu);
        if (refs.empty()) {
            Labels labels = zoneLabels();
            labels.push_back({"cpu", m_cpu});
            refs.push_back(m_out.series("zone.cpu_list_" + snakeCase(name), std::move(labels),
                isPages ? Unit::Bytes : Unit::Count, Kind::Gauge));
        }
        m_out.add(refs.front(), m_time, isPages ? number * m_pageSize : number);
    }

    void finishZone()
    {
        if (m_hasListed)
            m_out.add("zone.cpu_lists", zoneLabels(), Unit::Bytes, Kind::Gauge, m_time, m_listed);
        if (m_hasLeftOut)
            m_out.note(NoteSeverity::Info, "lists of free pages of single CPUs are kept of the first 16 only");
        m_listed = 0;
        m_hasListed = m_hasLeftOut = false;
    }

    Labels zoneLabels() const { return {{"node", m_node}, {"zone", m_zone}}; }
    /// The place and the name, in a buffer of its own: there are hundreds of lines in each sample.
    std::string& keyOf(std::string_view name)
    {
        m_key = m_place;
        m_key += m_part == Part::Node ? '\n' : m_part == Part::Zone ? '\t' : ' ';
        m_key += name;
        return m_key;
    }

    Builder& m_out;
    double m_pageSize;
    Time m_time{};
    PositionalSeries m_known;
    std::string m_place; ///< the line that began the zone; empty before the first
    std::string m_key;
    std::string m_node, m_zone, m_cpu;
    Part m_part = Part::Zone;
    double m_listed = 0; ///< bytes in the lists of all CPUs
    bool m_hasListed = false, m_hasLeftOut = false, m_isCpuInDetail = true;
};

void parse(const Input& input, Builder& out)
{
    ZoneinfoReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

/// The first line is that of /proc/buddyinfo without its numbers.
int recognise(std::string_view beginning)
{
    std::string_view first, second;
    while (nextLine(beginning, first) && trimmed(first).empty()) { }
    if (!nextLine(beginning, second) || !first.starts_with("Node ") || first.find(", zone") == std::string_view::npos)
        return 0;
    return second.starts_with("  per-node stats") || second.starts_with("  pages free") ? 95 : 0;
}

} // namespace

Parser proc_zoneinfo()
{
    return {.id = "proc_zoneinfo",
        .title = "Memory zones",
        .members = "proc/zoneinfo",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
