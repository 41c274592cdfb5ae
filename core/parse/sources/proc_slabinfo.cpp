// /proc/slabinfo: memory of the kernel's caches. Source: man 5 slabinfo; kernel mm/slab_common.c, cache_show(). Version
// 2.1 (2.6.10 and later): "name active_objs num_objs objsize objperslab pagesperslab : tunables limit batchcount
// sharedfactor : slabdata active_slabs num_slabs sharedavail"; with debugging more behind further colons. Version 1.1
// (2.4) has "name active num size active_slabs slabs pages_per_slab".
#include "base/text_scanner.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct SlabColumn {
    std::string_view metric;
    Unit unit;
};
constexpr std::array columns{
    SlabColumn{"slab.active_objects", Unit::Count},
    SlabColumn{"slab.objects", Unit::Count},
    SlabColumn{"slab.object_size", Unit::Bytes},
    SlabColumn{"slab.objects_per_slab", Unit::Count},
    SlabColumn{"slab.pages_per_slab", Unit::Count},
    SlabColumn{"slab.limit", Unit::Count},
    SlabColumn{"slab.batch_count", Unit::Count},
    SlabColumn{"slab.shared_factor", Unit::Count},
    SlabColumn{"slab.active_slabs", Unit::Count},
    SlabColumn{"slab.slabs", Unit::Count},
    SlabColumn{"slab.shared_available", Unit::Count},
};
constexpr std::size_t pagesPerSlab = 4, slabs = 9;
constexpr std::size_t oldForm = 6;
/// Where the numbers of version 1.1 stand among `columns`.
constexpr std::array<std::size_t, oldForm> oldColumns{0, 1, 2, 8, 9, 4};

class SlabReader {
public:
    SlabReader(const Input& input, Builder& out)
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
            if (!trimmed(line).empty() && !line.starts_with('#') && !line.starts_with("slabinfo - version"))
                readLine(line, sample.time);
    }

private:
    void readLine(std::string_view line, Time time)
    {
        auto rest = line;
        const auto name = nextField(rest);
        std::array<double, columns.size()> numbers{};
        std::size_t count = 0;
        for (auto field = nextField(rest); !field.empty() && count < columns.size(); field = nextField(rest)) {
            if (field == ":" || field == "tunables" || field == "slabdata")
                continue;
            const auto value = parseInteger(field);
            if (!value)
                break;
            numbers[count++] = static_cast<double>(*value);
        }
        const bool isOld = count == oldForm && line.find(':') == std::string_view::npos;
        if (name.empty() || (count != columns.size() && !isOld)) {
            m_out.skipped(line, "expected a cache and 11 numbers");
            return;
        }
        auto& refs = m_known.at(name);
        if (refs.empty())
            makeSeries(refs, name, isOld);
        if (refs.size() != count + 1)
            return m_out.skipped(line, "a cache's line changed its form");
        double memory = m_pageSize;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t column = isOld ? oldColumns[i] : i;
            m_out.add(refs[i], time, numbers[i]);
            memory *= column == pagesPerSlab || column == slabs ? numbers[i] : 1;
        }
        m_out.add(refs.back(), time, memory);
    }

    void makeSeries(std::vector<SeriesRef>& refs, std::string_view name, bool isOld)
    {
        const Labels labels{{"cache", std::string(name)}};
        for (std::size_t i = 0; i < (isOld ? oldForm : columns.size()); ++i) {
            const SlabColumn& column = columns[isOld ? oldColumns[i] : i];
            refs.push_back(m_out.series(column.metric, labels, column.unit, Kind::Gauge));
        }
        refs.push_back(m_out.series("slab.memory", labels, Unit::Bytes, Kind::Gauge));
    }

    Builder& m_out;
    double m_pageSize;
    PositionalSeries m_known;
};

void parse(const Input& input, Builder& out)
{
    SlabReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    const auto text = trimmed(beginning.substr(0, 200));
    return text.starts_with("slabinfo - version") || text.starts_with("# name            <active_objs>") ? 95 : 0;
}

} // namespace

Parser proc_slabinfo()
{
    return {.id = "proc_slabinfo",
        .title = "Memory of the kernel's caches",
        .members = "proc/slabinfo",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
