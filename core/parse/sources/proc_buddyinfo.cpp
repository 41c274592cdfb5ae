// /proc/buddyinfo: free pieces of memory by zone and size: "Node 0, zone   Normal   460   485 …", where the n-th number
// (from 0) counts pieces of 2^n pages. Source: man 5 proc_buddyinfo; kernel mm/vmstat.c, frag_show_print().
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <string>

namespace hindcast::parse {
namespace {

struct ZoneLine {
    std::string_view node, zone, numbers;
};

/// "Node 0, zone      DMA      1      0 …"
std::optional<ZoneLine> readZoneLine(std::string_view line)
{
    ZoneLine result;
    if (nextField(line) != "Node")
        return std::nullopt;
    result.node = nextField(line);
    if (!result.node.ends_with(',') || nextField(line) != "zone")
        return std::nullopt;
    result.node.remove_suffix(1);
    result.zone = nextField(line);
    result.numbers = line;
    auto first = line;
    if (!parseInteger(result.node) || result.zone.empty() || !parseInteger(nextField(first)))
        return std::nullopt;
    return result;
}

class BuddyReader {
public:
    explicit BuddyReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (!trimmed(line).empty())
                readLine(line, sample.time);
    }

private:
    void readLine(std::string_view line, Time time)
    {
        const auto zone = readZoneLine(line);
        if (!zone) {
            m_out.skipped(line, "expected a node, a zone and a number for each size");
            return;
        }
        auto& refs = m_known.at(line.substr(0, line.size() - zone->numbers.size()));
        auto numbers = zone->numbers;
        constexpr std::size_t mostOrders = 32;
        std::size_t order = 0;
        for (auto field = nextField(numbers); !field.empty(); field = nextField(numbers), ++order) {
            const auto value = parseInteger(field);
            if (!value || order == mostOrders) {
                m_out.skipped(line, "a count of free pieces is not a number");
                return;
            }
            if (refs.size() == order)
                refs.push_back(m_out.series("memory.free_pieces",
                    {{"node", std::string(zone->node)}, {"order", std::to_string(order)},
                        {"zone", std::string(zone->zone)}},
                    Unit::Count, Kind::Gauge));
            m_out.add(refs[order], time, static_cast<double>(*value));
        }
    }

    Builder& m_out;
    PositionalSeries m_known;
};

void parse(const Input& input, Builder& out)
{
    BuddyReader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    while (nextLine(beginning, line) && trimmed(line).empty()) { }
    return readZoneLine(line) ? 95 : 0;
}

} // namespace

Parser proc_buddyinfo()
{
    return {.id = "proc_buddyinfo",
        .title = "Free memory by size of the pieces",
        .members = "proc/buddyinfo",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
