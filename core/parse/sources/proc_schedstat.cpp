// /proc/schedstat: how long tasks ran and how long they waited, ready, for each CPU. Source: kernel
// Documentation/scheduler/sched-stats.rst; kernel/sched/stats.c. A CPU's line ends, in every version, with time run,
// time waited and turns; from version 15 (Linux 2.6.24) on in nanoseconds, before in clock ticks. The lines of
// scheduling domains, dozens of counters of the load balancer, are not read.
#include "base/text_scanner.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"

#include <array>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

struct SchedColumn {
    std::string_view metric;
    Unit unit;
};
/// Versions 15 to 17; the second has been 0 since the O(1) scheduler went.
constexpr std::array columns{
    SchedColumn{"sched.yields", Unit::Count},
    SchedColumn{"", Unit::None},
    SchedColumn{"sched.calls", Unit::Count},
    SchedColumn{"sched.calls_to_idle", Unit::Count},
    SchedColumn{"sched.wakeups", Unit::Count},
    SchedColumn{"sched.wakeups_local", Unit::Count},
    SchedColumn{"sched.run_time", Unit::Seconds},
    SchedColumn{"sched.run_queue_wait", Unit::Seconds},
    SchedColumn{"sched.turns", Unit::Count},
};
constexpr std::size_t timesFrom = 6; ///< where the three that all versions end with begin
constexpr double nanosecond = 1e9; // divided by, so that values stay decimal fractions

class SchedstatReader {
public:
    SchedstatReader(const Input& input, Builder& out)
        : m_host(input.host)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        m_version = 0;
        m_run = m_wait = 0;
        bool hasCpu = false;
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (!trimmed(line).empty())
                hasCpu = readLine(line, sample.time) || hasCpu;
        if (!hasCpu)
            return;
        m_out.add("sched.run_time", {}, Unit::Seconds, Kind::Counter, sample.time, m_run / perSecond());
        m_out.add("sched.run_queue_wait", {}, Unit::Seconds, Kind::Counter, sample.time, m_wait / perSecond());
    }

private:
    /// Whether it was a CPU's.
    bool readLine(std::string_view line, Time time)
    {
        auto rest = line;
        const auto name = nextField(rest);
        if (name == "version")
            m_version = parseInteger<unsigned>(nextField(rest)).value_or(0);
        else if (name.starts_with("domain"))
            m_out.note(NoteSeverity::Info, "lines of scheduling domains (the load balancer's counters) are not read");
        else if (name.starts_with("cpu"))
            return readCpu(line, name.substr(3), rest, time);
        else if (name != "timestamp")
            m_out.skipped(line, "not a line of a CPU or a scheduling domain");
        return false;
    }

    bool readCpu(std::string_view line, std::string_view cpu, std::string_view rest, Time time)
    {
        std::vector<double>& numbers = m_numbers;
        numbers.clear();
        for (auto field = nextField(rest); !field.empty(); field = nextField(rest)) {
            const auto value = parseInteger(field);
            if (!value)
                break;
            numbers.push_back(static_cast<double>(*value));
        }
        if (!parseInteger(cpu) || numbers.size() < columns.size()) {
            m_out.skipped(line, "expected a CPU and at least nine numbers");
            return false;
        }
        auto& refs = m_known.at(cpu);
        const bool isKnownForm = numbers.size() == columns.size();
        if (refs.empty())
            for (const SchedColumn& column : columns)
                refs.push_back(column.metric.empty()
                            || (!isKnownForm && column.metric != columns[6].metric && column.metric != columns[7].metric
                                && column.metric != columns[8].metric)
                        ? SeriesRef{}
                        : m_out.series(column.metric, {{"cpu", std::string(cpu)}}, column.unit, Kind::Counter));
        const std::size_t surplus = numbers.size() - columns.size();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const double value = numbers[i >= timesFrom ? i + surplus : i];
            if (refs[i].isValid())
                m_out.add(refs[i], time, columns[i].unit == Unit::Seconds ? value / perSecond() : value);
        }
        m_run += numbers[timesFrom + surplus];
        m_wait += numbers[timesFrom + surplus + 1];
        return true;
    }

    double perSecond()
    {
        constexpr unsigned firstInNanoseconds = 15;
        return m_version == 0 || m_version >= firstInNanoseconds ? nanosecond : clockTicksPerSecond(m_host, m_out);
    }

    const Host& m_host;
    Builder& m_out;
    PositionalSeries m_known;
    std::vector<double> m_numbers;
    unsigned m_version = 0;
    double m_run = 0, m_wait = 0; ///< of all CPUs, as printed
};

void parse(const Input& input, Builder& out)
{
    SchedstatReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view first, second;
    return nextLine(beginning, first) && nextLine(beginning, second) && first.starts_with("version ")
            && second.starts_with("timestamp ")
        ? 95
        : 0;
}

} // namespace

Parser proc_schedstat()
{
    return {.id = "proc_schedstat",
        .title = "Run-queue wait of each CPU",
        .members = "proc/schedstat",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
