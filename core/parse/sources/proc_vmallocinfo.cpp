// /proc/vmallocinfo: memory the kernel mapped for itself, and who asked for it:
//   0xffffb3c1c0000000-0xffffb3c1c0005000   20480 irq_init_percpu_irqstack+0x114/0x1b0 vmap N0=4
// Source: kernel mm/vmalloc.c, vmalloc_info_show(). Ranges are kept together by who asked, with kind and node: there
// can be hundreds of thousands of them; a text of few is listed one by one.
#include "parse/listing.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

struct Range {
    std::string_view start, end, caller, kinds;
    double bytes = 0;
    std::vector<std::pair<std::string_view, std::string_view>> values; ///< pages=4, phys=0x…, N0=4
};

bool readRange(std::string_view line, Range& range)
{
    const auto addresses = nextField(line);
    const auto dash = addresses.find("-0x");
    if (!addresses.starts_with("0x") || dash == std::string_view::npos)
        return false;
    const auto size = parseInteger(nextField(line));
    if (!size)
        return false;
    range.start = addresses.substr(0, dash);
    range.end = addresses.substr(dash + 1);
    range.bytes = static_cast<double>(*size);
    const auto words = trimmed(line);
    for (auto rest = line; !trimmed(rest).empty();) {
        const auto word = nextField(rest);
        const auto sign = word.find('=');
        if (sign != std::string_view::npos)
            range.values.emplace_back(word.substr(0, sign), word.substr(sign + 1));
        else if (range.caller.empty() && (word.find('+') != std::string_view::npos || word.starts_with("0x")))
            range.caller = word;
    }
    const auto behindCaller = range.caller.empty() ? words : trimmed(words.substr(range.caller.size()));
    range.kinds = behindCaller;
    return true;
}

/// Without values: "vmalloc vpages", "ioremap", "unpurged vm_area".
std::string kindsOf(const Range& range)
{
    std::string kinds;
    auto rest = range.kinds;
    for (auto word = nextField(rest); !word.empty(); word = nextField(rest))
        if (word.find('=') == std::string_view::npos)
            kinds.append(kinds.empty() ? "" : " ").append(word);
    return kinds;
}

constexpr std::size_t mostListed = 2000;

class VmallocReader {
public:
    VmallocReader(Builder& out, std::optional<Time> time)
        : m_out(out)
        , m_time(time)
    {
    }

    void read(std::string_view text)
    {
        m_out.setText(text);
        const bool isShort = std::count(text.begin(), text.end(), '\n') <= static_cast<std::ptrdiff_t>(mostListed);
        TableMaker ranges("kernel_mappings", m_time);
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(text, line);) {
            ++number;
            Range range;
            if (trimmed(line).empty())
                continue;
            if (!readRange(line, range))
                m_out.skipped(line, "expected addresses, a size and who asked for it");
            else if (isShort)
                list(ranges, range, number);
            else
                add(range);
        }
        ranges.finish(m_out);
        finishSums();
    }

private:
    static void list(TableMaker& table, const Range& range, std::uint64_t number)
    {
        table.beginRow(number);
        table.set("start", range.start);
        table.set("end", range.end);
        table.set("size", Unit::Bytes, range.bytes);
        table.set("caller", range.caller);
        table.set("kind", kindsOf(range));
        for (const auto& [name, value] : range.values)
            setPlain(table, name, value);
    }

    struct Sum {
        double ranges = 0, bytes = 0;
    };

    void add(const Range& range)
    {
        Sum& sum = m_sums[{std::string(range.caller), kindsOf(range)}];
        sum.ranges += 1;
        sum.bytes += range.bytes;
    }

    void finishSums()
    {
        TableMaker table("kernel_mappings_by_caller", m_time);
        for (const auto& [key, sum] : m_sums) {
            table.beginRow();
            table.set("caller", key.first);
            table.set("kind", key.second);
            table.set("ranges", Unit::Count, sum.ranges);
            table.set("size", Unit::Bytes, sum.bytes);
        }
        table.finish(m_out);
    }

    Builder& m_out;
    std::optional<Time> m_time;
    std::map<std::pair<std::string, std::string>, Sum> m_sums;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        VmallocReader(out, listedAt(input, sample)).read(sample.text);
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    Range range;
    while (nextLine(beginning, line) && trimmed(line).empty()) { }
    return readRange(line, range) ? 85 : 0;
}

} // namespace

Parser proc_vmallocinfo()
{
    return {.id = "proc_vmallocinfo",
        .title = "Memory the kernel mapped",
        .members = "proc/vmallocinfo",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
