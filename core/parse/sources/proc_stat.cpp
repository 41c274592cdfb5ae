// /proc/stat: time of every CPU by mode, interrupts, context switches, forks, run queue, boot time.
// Source: man 5 proc_stat; kernel fs/proc/stat.c. Columns came over time: iowait, irq, softirq (2.6.0), steal (2.6.11),
// guest (2.6.24), guest_nice (2.6.33); a column that is not there is not measured. Guest time is counted in user as
// well.
#include "base/text_scanner.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"
#include "parse/snake_case.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

constexpr std::array<std::string_view, 10> modeMetrics{"cpu.user", "cpu.nice", "cpu.system", "cpu.idle", "cpu.iowait",
    "cpu.irq", "cpu.softirq", "cpu.steal", "cpu.guest", "cpu.guest_nice"};

/// Order of the columns behind the total: kernel include/linux/interrupt.h.
constexpr std::array<std::string_view, 10> softirqTypes{
    "hi", "timer", "net_tx", "net_rx", "block", "irq_poll", "tasklet", "sched", "hrtimer", "rcu"};

struct SingleValue {
    std::string_view name, metric;
    Kind kind;
};
constexpr std::array singleValues{
    SingleValue{"ctxt", "system.context_switches", Kind::Counter},
    SingleValue{"intr", "system.interrupts", Kind::Counter},
    SingleValue{"processes", "system.forks", Kind::Counter},
    SingleValue{"procs_running", "cpu.run_queue", Kind::Gauge},
    SingleValue{"procs_blocked", "cpu.blocked", Kind::Gauge},
};

class StatReader {
public:
    StatReader(const Input& input, Builder& out)
        : m_isAlone(input.clock == Clock::None && input.samples.size() == 1)
        , m_out(out)
        , m_ticksPerSecond(clockTicksPerSecond(input.host, out))
        , m_pageSize(input.host.pageSizeBytes.value_or(4096))
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_time = sample.time;
        m_known.restart();
        m_cpuColumns = 0;
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            readLine(line);
    }

private:
    void readLine(std::string_view line)
    {
        auto rest = line;
        const auto name = nextField(rest);
        if (name.empty())
            return;
        if (name.starts_with("cpu"))
            readCpu(line, name, rest);
        else if (name == "softirq")
            readSoftirqs(line, rest);
        else if (name == "btime")
            readBootTime(line, rest);
        else if (name == "page" || name == "swap")
            readPair(line, name, rest);
        else
            readSingleValue(line, name, rest);
    }

    void readCpu(std::string_view line, std::string_view name, std::string_view rest)
    {
        std::array<std::uint64_t, modeMetrics.size()> ticks;
        std::size_t columns = 0;
        for (auto field = nextField(rest); !field.empty() && columns < ticks.size(); field = nextField(rest)) {
            const auto value = parseInteger(field);
            if (!value) {
                m_out.skipped(line, "a CPU's time is not a number");
                return;
            }
            ticks[columns++] = *value;
        }
        constexpr std::size_t fewestColumns = 4; // Linux 2.4: user nice system idle
        if (columns < fewestColumns || columns < m_cpuColumns) {
            m_out.skipped(line, "a CPU's line ends early");
            return;
        }
        m_cpuColumns = columns;
        auto& refs = m_known.at(name);
        if (refs.size() < columns && !addCpuSeries(refs, name, columns)) {
            m_out.skipped(line, "a CPU without a number");
            return;
        }
        for (std::size_t i = 0; i < columns; ++i)
            m_out.add(refs[i], m_time, static_cast<double>(ticks[i]) / m_ticksPerSecond);
    }

    bool addCpuSeries(std::vector<SeriesRef>& refs, std::string_view name, std::size_t columns)
    {
        const auto number = name.substr(3);
        if (!number.empty() && !parseInteger<std::uint32_t>(number))
            return false;
        const Labels labels = number.empty() ? Labels{} : Labels{{"cpu", std::string(number)}};
        while (refs.size() < columns)
            refs.push_back(m_out.series(modeMetrics[refs.size()], labels, Unit::Seconds, Kind::Counter));
        return true;
    }

    void readSoftirqs(std::string_view line, std::string_view rest)
    {
        auto& refs = m_known.at("softirq");
        std::size_t column = 0;
        for (auto field = nextField(rest); !field.empty(); field = nextField(rest), ++column) {
            const auto value = parseInteger(field);
            constexpr std::size_t mostColumns = 64;
            if (!value || column >= mostColumns) {
                m_out.skipped(line, "expected the total and then one number a softirq");
                return;
            }
            if (refs.size() == column)
                refs.push_back(m_out.series("system.softirqs", softirqLabels(column), Unit::Count, Kind::Counter));
            m_out.add(refs[column], m_time, static_cast<double>(*value));
        }
        if (column == 0)
            m_out.skipped(line, "expected the total and then one number a softirq");
    }

    static Labels softirqLabels(std::size_t column)
    {
        if (column == 0)
            return {};
        const std::size_t type = column - 1;
        return {{"type", type < softirqTypes.size() ? std::string(softirqTypes[type]) : std::to_string(type)}};
    }

    void readBootTime(std::string_view line, std::string_view rest)
    {
        const auto seconds = parseInteger<std::int64_t>(nextField(rest));
        constexpr std::int64_t latest = 9'000'000'000; // the year 2255, inside what nanoseconds can hold
        if (!seconds || *seconds < 0 || *seconds > latest) {
            m_out.skipped(line, "the boot time is not a number of seconds");
            return;
        }
        // The first is kept: the kernel computes it from the wall clock, so it moves when the clock is set.
        if (!m_out.host().bootTime)
            m_out.host().bootTime = Time{std::chrono::seconds{*seconds}};
    }

    /// Linux 2.4: "page in out" in KiB, "swap in out" in pages.
    void readPair(std::string_view line, std::string_view name, std::string_view rest)
    {
        const auto in = parseInteger(nextField(rest));
        const auto out = parseInteger(nextField(rest));
        if (!in || !out) {
            m_out.skipped(line, "expected a number in and a number out");
            return;
        }
        const bool isSwap = name == "swap";
        const double bytes = isSwap ? m_pageSize : 1024;
        m_out.add(
            isSwap ? "swap.in" : "paging.in", {}, Unit::Bytes, Kind::Counter, m_time, bytes * static_cast<double>(*in));
        m_out.add(isSwap ? "swap.out" : "paging.out", {}, Unit::Bytes, Kind::Counter, m_time,
            bytes * static_cast<double>(*out));
    }

    /// The number of each interrupt, in order, behind the total.
    void readInterrupts(std::string_view rest)
    {
        constexpr std::size_t most = 8192;
        std::size_t number = 0;
        for (auto field = nextField(rest); !field.empty() && number < most; field = nextField(rest), ++number)
            if (const auto value = parseInteger(field); value && *value > 0) // most there are belong to no device
                m_out.add("system.interrupts", {{"interrupt", std::to_string(number)}}, Unit::Count, Kind::Counter,
                    m_time, static_cast<double>(*value));
    }

    /// Of "intr" only the total in front: what follows is one number an interrupt, which /proc/interrupts names; where
    /// that is not there they are read here.
    void readSingleValue(std::string_view line, std::string_view name, std::string_view rest)
    {
        const auto value = parseInteger(nextField(rest));
        if (!value) {
            m_out.skipped(line, "expected a name and a number");
            return;
        }
        auto& refs = m_known.at(name);
        if (refs.empty())
            refs.push_back(seriesOf(name));
        m_out.add(refs.front(), m_time, static_cast<double>(*value));
        if (name == "intr" && m_isAlone)
            readInterrupts(rest);
    }

    SeriesRef seriesOf(std::string_view name)
    {
        for (const SingleValue& known : singleValues)
            if (known.name == name)
                return m_out.series(known.metric, {}, Unit::Count, known.kind);
        return m_out.series("system." + snakeCase(name), {}, Unit::Count, Kind::Counter);
    }

    bool m_isAlone; ///< a text that somebody sent: no /proc/interrupts stands beside it
    Builder& m_out;
    double m_ticksPerSecond;
    double m_pageSize;
    Time m_time{};
    PositionalSeries m_known;
    std::size_t m_cpuColumns = 0; ///< of the CPU lines of this sample so far
};

void parse(const Input& input, Builder& out)
{
    StatReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    if (!nextLine(beginning, line) || nextField(line) != "cpu")
        return 0;
    for (int column = 0; column < 4; ++column)
        if (!parseInteger(nextField(line)))
            return 0;
    return 95;
}

} // namespace

Parser proc_stat()
{
    return {.id = "proc_stat",
        .title = "CPU time and activity counters",
        .members = "proc/stat",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
