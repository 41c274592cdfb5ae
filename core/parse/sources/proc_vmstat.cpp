// /proc/vmstat: what the memory manager counts, one "name value" a line. Well-known counters get the field's words, all
// others are read as vm.<kernel name>. Source: kernel mm/vmstat.c (vmstat_text) and include/linux/vm_event_item.h.
//
// Which are counters: everything that counts events. Which are gauges: the "nr_" state counts in pages,
// workingset_nodes. A few "nr_" names do count events; they are listed. A name this file has never heard of is a
// counter unless it begins with "nr_".
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

enum class Scale : std::uint8_t { One, Pages, Kibibytes };

struct NamedCounter {
    std::string_view name, metric;
    Scale scale;
};
constexpr std::array namedCounters{
    NamedCounter{"pgpgin", "paging.in", Scale::Kibibytes}, // sectors / 2, kernel mm/vmstat.c vmstat_start()
    NamedCounter{"pgpgout", "paging.out", Scale::Kibibytes},
    NamedCounter{"pswpin", "swap.in", Scale::Pages},
    NamedCounter{"pswpout", "swap.out", Scale::Pages},
    NamedCounter{"pgfault", "paging.faults", Scale::One},
    NamedCounter{"pgmajfault", "paging.major_faults", Scale::One},
    NamedCounter{"oom_kill", "memory.oom_kills", Scale::One},
    NamedCounter{"compact_stall", "reclaim.compaction_stalls", Scale::One},
    NamedCounter{"pgscan_direct_throttle", "reclaim.throttled", Scale::One},
    NamedCounter{"pageoutrun", "reclaim.kswapd_runs", Scale::One},
};

/// Families whose members name who did it, or the zone, or both: "pgscan_kswapd", "pgscan_kswapd_dma32" (until 4.8),
/// "pgsteal_normal" (until 3.4), "allocstall" (until 4.9), "allocstall_normal".
struct Family {
    std::string_view prefix, metric;
    std::string_view restLabel; ///< of what follows the prefix (and the reclaimer)
    bool namesReclaimer;
};
constexpr std::array families{
    Family{"pgscan", "reclaim.scanned", "zone", true},
    Family{"pgsteal", "reclaim.stolen", "zone", true},
    Family{"allocstall", "reclaim.stalls", "zone", false},
    Family{"workingset_refault", "reclaim.refaults", "type", false},
};
constexpr std::array<std::string_view, 4> reclaimers{"kswapd", "direct", "khugepaged", "proactive"};
constexpr std::array<std::string_view, 6> zones{"dma", "dma32", "normal", "high", "movable", "device"};
constexpr std::array<std::string_view, 2> pageTypes{"anon", "file"};

template <typename Names> bool contains(const Names& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Takes "_word" off the front of `rest`, where a word is what stands before the next "_".
std::string_view takeWord(std::string_view& rest)
{
    if (!rest.starts_with('_'))
        return {};
    const auto end = rest.find('_', 1);
    const auto word = rest.substr(1, end == std::string_view::npos ? end : end - 1);
    rest.remove_prefix(word.size() + 1);
    return word;
}

/// Labels of a member of the family; nothing when it only shares the beginning of its name ("pgscan_anon").
std::optional<Labels> labelsIn(const Family& family, std::string_view name)
{
    auto rest = name.substr(family.prefix.size());
    Labels labels;
    const auto whole = rest;
    const auto reclaimer = takeWord(rest);
    if (family.namesReclaimer && contains(reclaimers, reclaimer))
        labels.push_back({"by", std::string(reclaimer)});
    else
        rest = whole;
    const auto kind = takeWord(rest);
    const bool isKnown = family.restLabel == "type" ? contains(pageTypes, kind) : contains(zones, kind);
    if (!rest.empty() || (!kind.empty() && !isKnown))
        return std::nullopt;
    if (!kind.empty())
        labels.push_back({std::string(family.restLabel), std::string(kind)});
    return labels;
}

class VmstatReader {
public:
    VmstatReader(const Input& input, Builder& out)
        : m_out(out)
        , m_pageSize(pageSizeBytes(input.host, out))
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            readLine(line, sample.time);
    }

private:
    void readLine(std::string_view line, Time time)
    {
        auto rest = line;
        const auto name = nextField(rest);
        if (name.empty())
            return;
        const auto value = parseInteger(nextField(rest));
        if (!value || !trimmed(rest).empty()) {
            m_out.skipped(line, "expected a name and a number");
            return;
        }
        auto& refs = m_known.at(name);
        if (refs.empty())
            refs.push_back(makeSeries(name));
        // A per-CPU sum that is briefly below zero is printed as its two's complement.
        m_out.add(
            refs.front(), time, m_factors[refs.front().index] * static_cast<double>(static_cast<std::int64_t>(*value)));
    }

    SeriesRef makeSeries(std::string_view name)
    {
        for (const NamedCounter& known : namedCounters)
            if (known.name == name)
                return remember(known.metric, {}, known.scale == Scale::One ? Unit::Count : Unit::Bytes, Kind::Counter,
                    factorOf(known.scale));
        for (const Family& family : families)
            if (name.starts_with(family.prefix))
                if (auto labels = labelsIn(family, name))
                    return remember(family.metric, std::move(*labels), Unit::Count, Kind::Counter, 1);
        return remember("vm." + snakeCase(name), {}, Unit::Count, isVmState(name) ? Kind::Gauge : Kind::Counter, 1);
    }

    double factorOf(Scale scale) const
    {
        return scale == Scale::Pages ? m_pageSize : scale == Scale::Kibibytes ? 1024.0 : 1.0;
    }

    SeriesRef remember(std::string_view metric, Labels labels, Unit unit, Kind kind, double factor)
    {
        const SeriesRef ref = m_out.series(metric, std::move(labels), unit, kind);
        if (m_factors.size() <= ref.index)
            m_factors.resize(ref.index + 1, 1.0);
        m_factors[ref.index] = factor;
        return ref;
    }

    Builder& m_out;
    double m_pageSize;
    PositionalSeries m_known;
    std::vector<double> m_factors; ///< by SeriesRef::index: kernel unit to ours
};

void parse(const Input& input, Builder& out)
{
    VmstatReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    if (!nextLine(beginning, line) || !line.starts_with("nr_"))
        return 0;
    nextField(line);
    return parseInteger(nextField(line)) ? 90 : 0;
}

} // namespace

Parser proc_vmstat()
{
    return {.id = "proc_vmstat",
        .title = "Paging, swapping and reclaim",
        .members = "proc/vmstat",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
