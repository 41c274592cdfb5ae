// /proc/meminfo: what memory is used for, one "Name: value kB" a line; "kB" are KiB. Lines without "kB" are counts.
// Source: man 5 proc_meminfo; kernel Documentation/filesystems/proc.rst. Names come and go with kernels: one that is
// not listed here is read under its own name, memory.<name in snake case>.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/snake_case.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct NamedValue {
    std::string_view name, metric;
};
/// Only the names whose snake case would not be the field's own word.
constexpr std::array namedValues{
    NamedValue{"MemTotal", "memory.total"},
    NamedValue{"MemFree", "memory.free"},
    NamedValue{"MemAvailable", "memory.available"},
    NamedValue{"Active(anon)", "memory.active_anonymous"},
    NamedValue{"Inactive(anon)", "memory.inactive_anonymous"},
    NamedValue{"AnonPages", "memory.anonymous"},
    NamedValue{"AnonHugePages", "memory.anonymous_huge_pages"},
    NamedValue{"Committed_AS", "memory.committed"},
    NamedValue{"Hugepagesize", "memory.huge_page_size"},
    NamedValue{"KReclaimable", "memory.kernel_reclaimable"},
    NamedValue{"Mlocked", "memory.locked"},
    NamedValue{"SecPageTables", "memory.secondary_page_tables"},
    NamedValue{"Shmem", "memory.shared"},
    NamedValue{"SReclaimable", "memory.slab_reclaimable"},
    NamedValue{"SUnreclaim", "memory.slab_unreclaimable"},
    NamedValue{"WritebackTmp", "memory.writeback_temporary"},
};

std::string metricOf(std::string_view name)
{
    for (const NamedValue& known : namedValues)
        if (known.name == name)
            return std::string(known.metric);
    return "memory." + snakeCase(name);
}

class MeminfoReader {
public:
    explicit MeminfoReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (!line.empty())
                readLine(line, sample.time);
    }

private:
    void readLine(std::string_view line, Time time)
    {
        if (isOldTable(line))
            return;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            if (!trimmed(line).empty())
                m_out.skipped(line, "expected a name, a colon and a number");
            return;
        }
        auto rest = line.substr(colon + 1);
        const auto value = parseInteger(nextField(rest));
        const auto unit = nextField(rest);
        const bool isKibibytes = unit == "kB";
        if (!value || colon == 0 || (!isKibibytes && !unit.empty())) {
            m_out.skipped(line, "expected a number, in kB or without a unit");
            return;
        }
        const auto name = line.substr(0, colon);
        auto& refs = m_known.at(name);
        if (refs.empty())
            refs.push_back(m_out.series(metricOf(name), {}, isKibibytes ? Unit::Bytes : Unit::Count, Kind::Gauge));
        m_out.add(refs.front(), time, static_cast<double>(*value) * (isKibibytes ? 1024 : 1));
    }

    /// Linux 2.4 begins with a table of bytes whose figures the lines below it repeat in kB.
    static bool isOldTable(std::string_view line)
    {
        return line.starts_with("        total:") || line.starts_with("Mem:  ") || line.starts_with("Swap: ");
    }

    Builder& m_out;
    PositionalSeries m_known;
};

void parse(const Input& input, Builder& out)
{
    MeminfoReader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    if (beginning.starts_with("MemTotal:"))
        return 95;
    const bool isOldForm =
        beginning.starts_with("        total:") && beginning.find("MemTotal:") != std::string_view::npos;
    return isOldForm ? 90 : 0;
}

} // namespace

Parser proc_meminfo()
{
    return {
        .id = "proc_meminfo", .title = "Memory use", .members = "proc/meminfo", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
