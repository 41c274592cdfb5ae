// What vmstat prints once: -s (memory and events since boot), -D (all disks together), -f (forks), as a number and its
// name on each line, and -m (caches of the kernel's objects), a table. Names that are translated are kept in a table.
// Source: man 8 vmstat, procps vmstat.c, sum_format(), disksum_format(), slabformat().
#include "base/text_scanner.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"
#include "parse/shell_prompt.h"
#include "parse/table_maker.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

enum class Scale : std::uint8_t { One, Kibibytes, Pages, Ticks };

struct NamedNumber {
    string_view name, metric;
    Unit unit;
    Kind kind = Kind::Counter;
    Scale scale = Scale::One;
};
constexpr std::array numbers{
    NamedNumber{"total memory", "memory.total", Unit::Bytes, Kind::Gauge, Scale::Kibibytes},
    NamedNumber{"used memory", "memory.used", Unit::Bytes, Kind::Gauge, Scale::Kibibytes},
    NamedNumber{"active memory", "memory.active", Unit::Bytes, Kind::Gauge, Scale::Kibibytes},
    NamedNumber{"inactive memory", "memory.inactive", Unit::Bytes, Kind::Gauge, Scale::Kibibytes},
    NamedNumber{"free memory", "memory.free", Unit::Bytes, Kind::Gauge, Scale::Kibibytes},
    NamedNumber{"buffer memory", "memory.buffers", Unit::Bytes, Kind::Gauge, Scale::Kibibytes},
    NamedNumber{"swap cache", "memory.cache", Unit::Bytes, Kind::Gauge, Scale::Kibibytes}, // it is the page cache
    NamedNumber{"total swap", "memory.swap_total", Unit::Bytes, Kind::Gauge, Scale::Kibibytes},
    NamedNumber{"used swap", "memory.swap_used", Unit::Bytes, Kind::Gauge, Scale::Kibibytes},
    NamedNumber{"free swap", "memory.swap_free", Unit::Bytes, Kind::Gauge, Scale::Kibibytes},
    NamedNumber{"non-nice user cpu ticks", "cpu.user", Unit::Seconds, Kind::Counter, Scale::Ticks},
    NamedNumber{"nice user cpu ticks", "cpu.nice", Unit::Seconds, Kind::Counter, Scale::Ticks},
    NamedNumber{"system cpu ticks", "cpu.system", Unit::Seconds, Kind::Counter, Scale::Ticks},
    NamedNumber{"idle cpu ticks", "cpu.idle", Unit::Seconds, Kind::Counter, Scale::Ticks},
    NamedNumber{"IO-wait cpu ticks", "cpu.iowait", Unit::Seconds, Kind::Counter, Scale::Ticks},
    NamedNumber{"IRQ cpu ticks", "cpu.irq", Unit::Seconds, Kind::Counter, Scale::Ticks},
    NamedNumber{"softirq cpu ticks", "cpu.softirq", Unit::Seconds, Kind::Counter, Scale::Ticks},
    NamedNumber{"stolen cpu ticks", "cpu.steal", Unit::Seconds, Kind::Counter, Scale::Ticks},
    NamedNumber{"non-nice guest cpu ticks", "cpu.guest", Unit::Seconds, Kind::Counter, Scale::Ticks},
    NamedNumber{"nice guest cpu ticks", "cpu.guest_nice", Unit::Seconds, Kind::Counter, Scale::Ticks},
    // "pages" until procps 3, but they are KiB (man 5 proc_vmstat, pgpgin)
    NamedNumber{"paged in", "paging.in", Unit::Bytes, Kind::Counter, Scale::Kibibytes},
    NamedNumber{"paged out", "paging.out", Unit::Bytes, Kind::Counter, Scale::Kibibytes},
    NamedNumber{"pages paged in", "paging.in", Unit::Bytes, Kind::Counter, Scale::Kibibytes},
    NamedNumber{"pages paged out", "paging.out", Unit::Bytes, Kind::Counter, Scale::Kibibytes},
    NamedNumber{"pages swapped in", "swap.in", Unit::Bytes, Kind::Counter, Scale::Pages},
    NamedNumber{"pages swapped out", "swap.out", Unit::Bytes, Kind::Counter, Scale::Pages},
    NamedNumber{"interrupts", "system.interrupts", Unit::Count},
    NamedNumber{"CPU context switches", "system.context_switches", Unit::Count},
    NamedNumber{"forks", "system.forks", Unit::Count},
};
constexpr string_view bootTimeName = "boot time";

struct SizeLetter {
    char letter;
    double bytes;
};
/// Of -S: powers of 1000 and of 1024.
constexpr std::array sizeLetters{SizeLetter{'k', 1000}, SizeLetter{'K', 1024}, SizeLetter{'m', 1e6},
    SizeLetter{'M', 1024.0 * 1024}, SizeLetter{'B', 1}};

struct NumberLine {
    double number = 0;
    double bytes = 0; ///< of the unit behind the number; 0 = there was none
    string_view name;
};

/// "     24684096 K total memory", "      1145101 forks".
std::optional<NumberLine> readNumberLine(string_view line)
{
    const auto number = parseInteger(nextField(line));
    if (!number)
        return std::nullopt;
    NumberLine result{static_cast<double>(*number), 0, trimmed(line)};
    auto rest = line;
    const auto unit = nextField(rest);
    for (const SizeLetter& known : sizeLetters)
        if (unit.size() == 1 && unit.front() == known.letter) {
            result.bytes = known.bytes;
            result.name = trimmed(rest);
        }
    const bool isName = !result.name.empty() && (result.name.front() < '0' || result.name.front() > '9');
    return isName ? std::optional(result) : std::nullopt;
}

const NamedNumber* numberNamed(string_view name)
{
    for (const NamedNumber& known : numbers)
        if (known.name == name)
            return &known;
    return nullptr;
}

bool isDiskSummary(string_view name)
{
    for (const string_view known : {"disks", "partitions", "total reads", "merged reads", "read sectors",
             "milli reading", "writes", "merged writes", "written sectors", "milli writing", "inprogress IO",
             "milli spent IO", "milli weighted IO"})
        if (name == known)
            return true;
    return false;
}

/// "Cache                       Num  Total   Size  Pages".
bool isSlabHeading(string_view line)
{
    return nextField(line) == "Cache" && nextField(line) == "Num" && nextField(line) == "Total"
        && nextField(line) == "Size" && nextField(line) == "Pages";
}

class SummaryReader {
public:
    SummaryReader(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_time = sample.time;
        TableMaker others("vmstat", listedAt(m_input, sample)),
            slabs("kernel object caches", listedAt(m_input, sample));
        bool isSlab = false;
        std::uint64_t number = 0;
        auto rest = sample.text;
        for (string_view line; nextLine(rest, line);) {
            ++number;
            if (trimmed(line).empty() || isPromptOf(line, "vmstat"))
                continue;
            if (isSlabHeading(line))
                isSlab = true;
            else if (isSlab)
                readSlab(line, number, slabs);
            else
                readNumber(line, number, others);
        }
        others.finish(m_out);
        slabs.finish(m_out);
    }

private:
    void readNumber(string_view line, std::uint64_t number, TableMaker& others)
    {
        const auto read = readNumberLine(line);
        if (!read) {
            m_out.skipped(line, "expected a number and its name");
            return;
        }
        const NamedNumber* known = numberNamed(read->name);
        if (known) {
            m_out.add(known->metric, {}, known->unit, known->kind, m_time,
                known->scale == Scale::Ticks ? read->number / ticksPerSecond()
                                             : read->number * factorOf(*known, *read));
        } else if (constexpr double latest = 9e9; read->name == bootTimeName && read->number < latest) {
            m_out.host().bootTime = Time{std::chrono::seconds{static_cast<std::int64_t>(read->number)}};
        } else {
            others.beginRow(number);
            others.set("name", read->name);
            if (read->bytes > 0)
                others.set("bytes", Unit::Bytes, read->number * read->bytes);
            else
                others.set("value", Unit::Count, read->number);
        }
    }

    double factorOf(const NamedNumber& known, const NumberLine& read)
    {
        constexpr double kibibyte = 1024;
        switch (known.scale) {
        case Scale::Kibibytes:
            return read.bytes > 0 ? read.bytes : kibibyte;
        case Scale::Pages:
            if (!m_pageSize)
                m_pageSize = pageSizeBytes(m_input.host, m_out);
            return *m_pageSize;
        default:
            return 1;
        }
    }

    double ticksPerSecond()
    {
        if (!m_ticks)
            m_ticks = clockTicksPerSecond(m_input.host, m_out);
        return *m_ticks;
    }

    void readSlab(string_view line, std::uint64_t number, TableMaker& slabs)
    {
        if (isSlabHeading(line))
            return;
        const auto words = fields(line);
        constexpr std::array<string_view, 4> names{"active", "total", "object_size", "objects_per_slab"};
        std::array<double, names.size()> values{};
        bool isRow = words.size() > names.size();
        for (std::size_t i = 0; isRow && i < names.size(); ++i) {
            const auto value = parseInteger(words[words.size() - names.size() + i]);
            isRow = value.has_value();
            values[i] = static_cast<double>(value.value_or(0));
        }
        if (!isRow) {
            m_out.skipped(line, "expected a cache and four numbers");
            return;
        }
        slabs.beginRow(number);
        slabs.set("cache",
            trimmed(line.substr(0, static_cast<std::size_t>(words[words.size() - names.size()].data() - line.data()))));
        for (std::size_t i = 0; i < names.size(); ++i)
            slabs.set(names[i], names[i] == "object_size" ? Unit::Bytes : Unit::Count, values[i]);
    }

    const Input& m_input;
    Builder& m_out;
    Time m_time{};
    std::optional<double> m_ticks, m_pageSize;
};

void parse(const Input& input, Builder& out)
{
    SummaryReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 12;
    int known = 0;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (isSlabHeading(line))
            return 90;
        const auto read = readNumberLine(line);
        if (!read)
            continue;
        if (read->name == "forks" && i == 0 && trimmed(beginning).empty())
            return 80;
        known += numberNamed(read->name) || isDiskSummary(read->name) ? 1 : 0;
    }
    return known >= 3 ? 90 : 0;
}

} // namespace

Parser vmstat_summary()
{
    return {.id = "vmstat_summary",
        .title = "vmstat -s, -D, -f and -m output",
        .members = "",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
