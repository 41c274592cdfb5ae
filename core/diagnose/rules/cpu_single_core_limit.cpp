// One thread uses a whole CPU while others have nothing to do: it cannot go faster, and more CPUs would not help.
// Threads wander between CPUs, so the process tells more than the rows of the CPUs do.
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"

#include <algorithm>
#include <fmt/format.h>

namespace hindcast::diagnose {
namespace {

constexpr double percent = 100;

/// CPU use of one process on the ticks of all; NaN while it did not exist.
Signal cpuOf(const Entity& process)
{
    Signal signal{process.times, std::vector<double>(process.times->size(), notMeasured), true};
    const std::vector<double> shares = processCpuPercent(process);
    std::copy(shares.begin(), shares.end(), signal.values.begin() + process.firstTick);
    return signal;
}

/// CPU time from its first to its last sample.
double secondsUsed(const Entity& process)
{
    double seconds = 0;
    for (const auto column : {ProcessColumn::UserTime, ProcessColumn::SystemTime})
        if (const Column& time = process.columns[static_cast<std::size_t>(column)]; time.size() > 0)
            seconds += time.at(time.size() - 1) - (process.hasStarted ? 0 : time.at(0));
    return seconds;
}

double mostThreads(const Entity& process)
{
    const Column& threads = process.columns[static_cast<std::size_t>(ProcessColumn::Threads)];
    double most = 0;
    for (std::size_t i = 0; i < threads.size(); ++i)
        most = std::max(most, threads.at(i));
    return most;
}

double meanOver(const Signal& signal, TimeRange range)
{
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t row = 0; row < signal.values.size(); ++row)
        if (const Time time = (*signal.times)[row];
            time > range.begin && time <= range.end && signal.values[row] == signal.values[row]) {
            sum += signal.values[row];
            ++count;
        }
    return count > 0 ? sum / static_cast<double>(count) : notMeasured;
}

class SingleCore {
public:
    explicit SingleCore(const Inquiry& inquiry)
        : m_inquiry(inquiry)
        , m_cpus(inquiry.cpus().value_or(0))
        , m_idle(idleSignal(inquiry))
    {
    }

    RuleResult result()
    {
        RuleResult result;
        if (m_cpus < 2) {
            result.remark = m_cpus == 1 ? "the host has one CPU" : "";
            if (m_cpus == 0) {
                result.isEvaluable = false;
                result.missing.push_back(
                    {"number of CPUs", "not recorded", "record /proc/stat, or with hindcast-record"});
            }
            return result;
        }
        for (const Entity& entity : m_inquiry.snapshot().entities)
            if (entity.kind == EntityKind::Process && entity.times
                && entity.columns.size() == static_cast<std::size_t>(ProcessColumn::Count)
                && secondsUsed(entity) >= leastSeconds())
                judge(entity, result);
        if (result.findings.empty())
            judgeCpus(result);
        if (result.findings.empty())
            look(result);
        if (result.findings.empty() && !processTimes(m_inquiry.snapshot()) && isWorthOneCpu()) {
            result.isEvaluable = false;
            result.missing.push_back({"CPU time of each process",
                "not recorded: as much as one CPU was in use, and a thread that wanders leaves no CPU full",
                "record /proc/PID/stat"});
        }
        return result;
    }

private:
    /// What is left when one of N CPUs is full, less a margin for everything else.
    double idleLimit() const { return percent * (m_cpus - 1) / m_cpus - m_inquiry.parameter("idle_margin"); }

    /// The host does the work of one CPU, or a little more.
    bool isWorthOneCpu() const
    {
        const Term terms[]{
            {m_idle, Bound::AtMost, percent - m_inquiry.parameter("process") / m_cpus},
            {m_idle, Bound::AtLeast, idleLimit()},
        };
        return !sustained(terms, m_inquiry.parameter("thread_duration")).episodes.empty();
    }

    /// Most processes use far too little; what they did in each tick need not be looked at.
    double leastSeconds() const
    {
        constexpr double quarter = 0.25; // of a capture too short for the duration asked for: the shortest that counts
        return std::min(m_inquiry.parameter("thread_duration"), m_inquiry.captureSeconds() * quarter)
            * m_inquiry.parameter("process") / percent / 2;
    }

    void judge(const Entity& process, RuleResult& result)
    {
        const Signal cpu = cpuOf(process);
        const bool isOneThread = mostThreads(process) <= 1;
        std::vector<Term> terms{
            {cpu, Bound::AtLeast, m_inquiry.parameter(isOneThread ? "thread" : "process")},
            {m_idle, Bound::AtLeast, idleLimit()},
        };
        if (!isOneThread)
            terms.push_back({cpu, Bound::AtMost, m_inquiry.parameter("process_at_most")});
        const Sustained held =
            sustained(terms, m_inquiry.parameter(isOneThread ? "thread_duration" : "process_duration"));
        if (held.episodes.empty())
            return;
        Finding finding = m_inquiry.finding(
            {ObjectKind::Process, std::string(process.attribute("comm")) + ' ' + std::string(process.attribute("pid")),
                process.key},
            held.episodes);
        const TimeRange range = longestOf(finding.episodes);
        const double used = meanOver(cpu, range);
        Evidence evidence;
        evidence.metric = "process.cpu";
        evidence.labels = {
            {"comm", std::string(process.attribute("comm"))}, {"pid", std::string(process.attribute("pid"))}};
        evidence.source = "proc_pid_stat";
        evidence.member = "samples/proc/*/stat";
        evidence.range = range;
        evidence.statistic = Statistic::Mean;
        evidence.value = used;
        evidence.unit = Unit::Percent;
        evidence.limit = m_inquiry.parameter(isOneThread ? "thread" : "process");
        evidence.limitName = m_inquiry.fullName(isOneThread ? "thread" : "process");
        evidence.text = isOneThread ? "its only thread" : "all its threads together; which one was not recorded";
        finding.evidence.push_back(evidence);
        addIdle(range, finding);
        finding.culprit = finding.object;
        finding.culpritReason = "its work is done by one thread at a time";
        finding.victimReason = "whoever waits for its results";
        finding.mechanism =
            fmt::format("one of {} CPUs is all that it can use ({} of one)", inNumber(m_cpus), inPercent(used));
        finding.sentence =
            fmt::format("Process {} uses {} of one CPU, at most a share of 1/{} of this host, while the others idle",
                finding.object.name, inPercent(used), inNumber(m_cpus));
        conclude(finding, held.isScaled, isOneThread ? 0 : -0.15);
        result.findings.push_back(std::move(finding));
    }

    /// Without processes, or when the work of one CPU is spread over many: the rows of the CPUs.
    void judgeCpus(RuleResult& result)
    {
        std::vector<const Series*> cpus;
        for (const Series* series : m_inquiry.snapshot().findAll("cpu.busy"))
            if (!labelValue(series->labels, "cpu").empty())
                cpus.push_back(series);
        if (cpus.size() < 2)
            return;
        for (const Series* one : cpus) {
            const Term terms[]{
                {signalOf(one), Bound::AtLeast, m_inquiry.parameter("cpu")},
                {othersOf(cpus, one), Bound::AtMost, m_inquiry.parameter("other_cpus")},
            };
            const Sustained held = sustained(terms, m_inquiry.parameter("thread_duration"));
            if (held.episodes.empty() || isSoftirq(*one, longestOf(held.episodes)))
                continue;
            const std::string name(labelValue(one->labels, "cpu"));
            Finding finding = m_inquiry.finding({ObjectKind::Cpu, name, name}, held.episodes);
            const TimeRange range = longestOf(finding.episodes);
            finding.evidence.push_back(m_inquiry.compared(*one, range, Statistic::Mean, "cpu"));
            addIdle(range, finding);
            finding.culpritReason = processTimes(m_inquiry.snapshot()) ? "no single process used a whole CPU"
                                                                       : "processes were not recorded";
            finding.victimReason = finding.culpritReason;
            finding.mechanism = fmt::format("CPU {} is full, the others are not", name);
            finding.sentence = fmt::format(
                "CPU {} is busy {} of the time while the others idle", name, inPercent(finding.evidence[0].value));
            conclude(finding, held.isScaled, -0.2);
            result.findings.push_back(std::move(finding));
        }
    }

    static Signal othersOf(const std::vector<const Series*>& cpus, const Series* but)
    {
        Signal others = signalOf(but);
        std::fill(others.values.begin(), others.values.end(), 0.0);
        for (const Series* series : cpus) {
            const Signal one = signalOf(series);
            if (series == but || one.times != others.times)
                continue;
            for (std::size_t i = 0; i < one.values.size(); ++i)
                others.values[i] += one.values[i] / static_cast<double>(cpus.size() - 1);
        }
        return others;
    }

    /// Packets that one CPU serves are another matter (cpu-softirq-hotspot).
    bool isSoftirq(const Series& busy, TimeRange range) const
    {
        constexpr double half = 0.5;
        const Series* softirq = m_inquiry.series("cpu.softirq", busy.labels);
        return softirq && statisticsWithin(*softirq, range).mean >= half * statisticsWithin(busy, range).mean;
    }

    void addIdle(TimeRange range, Finding& finding) const
    {
        if (const Series* idle = m_inquiry.series("cpu.idle"))
            finding.evidence.push_back(
                m_inquiry.compared(*idle, range, Statistic::Mean, "idle_margin", idleLimit(), EvidenceRole::Trigger));
    }

    void conclude(Finding& finding, bool isScaled, double further) const
    {
        // Who waits for the results of that thread is not recorded, and stalls for I/O or memory are no sign of it.
        finding.level =
            totalSeconds(finding.episodes) >= m_inquiry.parameter("warning_duration") ? Level::Warning : Level::Info;
        Certainty certainty;
        certainty.base = 0.7;
        certainty.further = further;
        certainty.isScaled = isScaled;
        certainty.isShort = isShort(finding.episodes);
        finding.confidence = confidence(certainty);
    }

    void look(RuleResult& result) const
    {
        const TimeRange all = m_inquiry.snapshot().range;
        const auto consumers = cpuConsumers(m_inquiry.snapshot(), all);
        for (const Series* series : m_inquiry.snapshot().findAll("cpu.busy"))
            if (!labelValue(series->labels, "cpu").empty())
                result.looked.push_back(m_inquiry.compared(*series, all, Statistic::P95, "cpu"));
        constexpr std::size_t few = 4;
        if (result.looked.size() > few)
            result.looked.resize(few);
    }

    const Inquiry& m_inquiry;
    double m_cpus;
    Signal m_idle;
};

RuleResult check(const Inquiry& inquiry)
{
    return SingleCore(inquiry).result();
}

} // namespace

Rule cpu_single_core_limit()
{
    Rule rule;
    rule.id = "cpu-single-core-limit";
    rule.question = "Is one thread held up by the speed of one CPU?";
    rule.title = "One thread is the ceiling while other CPUs idle";
    rule.role = Role::Culprit;
    rule.resource = Resource::Cpu;
    rule.useClass = Rule::Class::Saturation;
    rule.isOfWhatLasts = true;
    rule.needs = {
        {"share of idle CPU time", {metric("cpu.idle")}, {"proc/stat"}, "record /proc/stat, or give vmstat output"},
        {"CPU time of each process, or of each CPU", {{Input::Kind::Processes, ""}, metric("cpu.busy")},
            {"proc/*/stat"}, "record /proc/PID/stat and /proc/stat"},
    };
    rule.parameters = {
        {"thread", 90, Unit::Percent, "of one CPU, by a process of one thread", "house"},
        {"thread_duration", 20, Unit::Seconds, "for at least", "house"},
        {"process", 85, Unit::Percent, "of one CPU, by a process of several threads", "house"},
        {"process_at_most", 105, Unit::Percent, "of one CPU: more is done by more than one thread", "house"},
        {"process_duration", 30, Unit::Seconds, "for at least", "house"},
        {"idle_margin", 15, Unit::Percent, "the other CPUs idle but for this", "house"},
        {"cpu", 95, Unit::Percent, "busy, of one CPU", "PCP pmieconf percpu.some_util"},
        {"other_cpus", 50, Unit::Percent, "busy, mean of the others at most", "house"},
        {"warning_duration", 60, Unit::Seconds, "from here on a warning", "house"},
    };
    rule.causes = {"a program of one thread", "a global lock", "one hot partition", "a CPU affinity mask"};
    rule.checks = {"how many workers the program may start", "its affinity (taskset, cpuset)"};
    rule.fixes = {"more workers or processes", "divide the work", "remove the affinity", "a faster core"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
