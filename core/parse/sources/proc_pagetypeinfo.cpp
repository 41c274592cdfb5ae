// /proc/pagetypeinfo: free memory by the kind of pages it is kept for, which says why large pieces are missing. Source:
// kernel mm/vmstat.c, pagetypeinfo_show(). Three parts: sizes, "Node 0, zone DMA32, type Movable 1 0 …" with the number
// of free pieces of each order (">100000" when the kernel stopped counting), and blocks by kind.
#include "base/text_scanner.h"
#include "parse/listing.h"
#include "parse/snake_case.h"

#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

/// "Node    0, zone   Normal," taken off the front.
struct ZonePlace {
    std::string_view node, zone;
};

std::optional<ZonePlace> takeZone(std::string_view& line)
{
    if (nextField(line) != "Node")
        return std::nullopt;
    auto node = nextField(line);
    if (!node.ends_with(',') || nextField(line) != "zone")
        return std::nullopt;
    auto zone = nextField(line);
    node.remove_suffix(1);
    if (zone.ends_with(','))
        zone.remove_suffix(1);
    return zone.empty() || !parseInteger(node) ? std::nullopt : std::optional(ZonePlace{node, zone});
}

class PagetypeReader {
public:
    PagetypeReader(Builder& out, std::optional<Time> time)
        : m_out(out)
        , m_sizes("page_blocks", time)
        , m_free("free_pages_by_type", time)
        , m_blocks("page_blocks_by_type", time)
    {
    }

    void read(std::string_view text)
    {
        m_out.setText(text);
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(text, line);) {
            ++number;
            if (!trimmed(line).empty() && !readLine(line, number))
                m_out.skipped(line, "expected a zone and its numbers");
        }
        m_sizes.finish(m_out);
        m_free.finish(m_out);
        m_blocks.finish(m_out);
    }

private:
    bool readLine(std::string_view line, std::uint64_t number)
    {
        if (line.starts_with("Free pages count per migrate type")) {
            m_types.clear();
            return true;
        }
        for (const std::string_view heading : {"Number of blocks type", "Number of mixed blocks"})
            if (line.starts_with(heading)) {
                m_types = fields(line.substr(heading.size()));
                m_kind = heading == "Number of blocks type" ? "all" : "mixed";
                return true;
            }
        if (const auto colon = line.find(':'); colon != std::string_view::npos)
            return readSize(line, colon, number);
        auto rest = line;
        const auto place = takeZone(rest);
        if (!place)
            return false;
        return m_types.empty() ? readFree(*place, rest, number) : readBlocks(*place, rest, number);
    }

    /// "Page block order: 9", "Pages per block:  512"
    bool readSize(std::string_view line, std::size_t colon, std::uint64_t number)
    {
        if (m_sizes.rows() == 0)
            m_sizes.beginRow(number);
        setPlain(m_sizes, snakeCase(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
        return true;
    }

    bool readFree(const ZonePlace& place, std::string_view rest, std::uint64_t number)
    {
        if (nextField(rest) != "type")
            return false;
        const auto type = nextField(rest);
        if (type.empty() || trimmed(rest).empty())
            return false;
        m_free.beginRow(number);
        setPlain(m_free, "node", place.node);
        m_free.set("zone", place.zone);
        m_free.set("type", type);
        std::size_t order = 0;
        for (auto count = nextField(rest); !count.empty(); count = nextField(rest), ++order) // ">100000" stays a text
            setPlain(m_free, "order_" + std::to_string(order), count);
        return true;
    }

    bool readBlocks(const ZonePlace& place, std::string_view rest, std::uint64_t number)
    {
        const auto counts = fields(rest);
        if (counts.size() != m_types.size())
            return false;
        m_blocks.beginRow(number);
        m_blocks.set("blocks", m_kind);
        setPlain(m_blocks, "node", place.node);
        m_blocks.set("zone", place.zone);
        for (std::size_t i = 0; i < counts.size(); ++i)
            setPlain(m_blocks, snakeCase(m_types[i]), counts[i]);
        return true;
    }

    Builder& m_out;
    TableMaker m_sizes, m_free, m_blocks;
    std::vector<std::string_view> m_types; ///< of the blocks' heading; empty before it
    std::string_view m_kind;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        PagetypeReader(out, listedAt(input, sample)).read(sample.text);
}

int recognise(std::string_view beginning)
{
    return beginning.starts_with("Page block order:") ? 95 : 0;
}

} // namespace

Parser proc_pagetypeinfo()
{
    return {.id = "proc_pagetypeinfo",
        .title = "Free memory by mobility",
        .members = "proc/pagetypeinfo",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
