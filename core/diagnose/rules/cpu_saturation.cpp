// More tasks want to run than there are CPUs. Neither load (damped, and it counts tasks that wait for disks) nor a
// busy CPU alone is proof: a queue with no idle CPU is, or time in which tasks were kept waiting for one (PSI).
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace hindcast::diagnose {
namespace {

constexpr double percent = 100;
constexpr double samplers = 1; ///< whoever reads the run queue is running itself and is counted

class CpuSaturation {
public:
    explicit CpuSaturation(const Inquiry& inquiry)
        : m_inquiry(inquiry)
        , m_queue(measured(inquiry.series("cpu.run_queue")))
        , m_pressure(measured(inquiry.series("pressure.cpu.some")))
        , m_load(inquiry.series("load.1"))
        , m_cpus(inquiry.cpus())
        , m_idle(idleSignal(inquiry))
    {
    }

    RuleResult result()
    {
        std::vector<Episode> episodes = queued();
        m_isQueued = !episodes.empty();
        const auto stalled = stalledByPressure();
        episodes.insert(episodes.end(), stalled.begin(), stalled.end());
        if (!m_queue) {
            const auto loaded = loadHigh();
            episodes.insert(episodes.end(), loaded.begin(), loaded.end());
        }
        RuleResult result;
        if (!m_cpus)
            result.remark = fmt::format("the number of CPUs was not recorded: judged by a queue of {} and more",
                inNumber(m_inquiry.parameter("unknown_cpus_queue")));
        if (!episodes.empty()) {
            result.findings.push_back(describe(united(std::move(episodes), std::chrono::seconds{5})));
            return result;
        }
        const double secondsBeyond = m_secondsBeyond;
        if (!m_cpus && wouldHoldOnOneCpu()) {
            result.isEvaluable = false;
            result.missing.push_back({"number of CPUs", "not recorded", "record /proc/stat, or with hindcast-record"});
        }
        look(result);
        if (!m_queue && !m_pressure && isBlind()) {
            result.isEvaluable = false;
            result.missing.push_back({"run queue, or CPU pressure",
                "not recorded: no CPU idled, and the load is damped over longer than this capture",
                "record /proc/stat, or give vmstat output"});
        }
        if (m_pressure && !longAtInstants({}, queueLimit()).empty())
            result.remark = "the run queue was long whenever it was read, but tasks hardly waited in between (PSI)";
        else
            sayNearlyFound(secondsBeyond, m_inquiry.parameter("duration"), result);
        return result;
    }

private:
    static const Series* measured(const Series* series) { return signalOf(series).isMeasured() ? series : nullptr; }

    /// Load tells of a queue after a minute or two only (six spinners for 10 s move it to 1.2).
    bool isBlind() const
    {
        const Term busy{m_idle, Bound::AtMost, m_inquiry.parameter("idle")};
        return m_inquiry.captureSeconds() < 2 * m_inquiry.parameter("load_duration")
            && !sustained(std::span(&busy, 1), m_inquiry.parameter("duration")).episodes.empty();
    }

    double queueLimit() const { return m_cpus ? queueLimitOf(*m_cpus) : m_inquiry.parameter("unknown_cpus_queue"); }

    double queueLimitOf(double cpus) const { return m_inquiry.parameter("queue_per_cpu") * cpus + samplers; }

    /// What would be too much for the smallest of machines: how many CPUs there are decides. Pressure needs no number.
    bool wouldHoldOnOneCpu()
    {
        if (!m_queue)
            return !m_pressure;
        return !longAtInstants(pressureOfQueue(), queueLimitOf(1)).empty();
    }

    std::vector<Episode> holding(
        const Series* series, double limit, double idleLimit, double seconds, std::optional<Term> further = {})
    {
        if (!series)
            return {};
        std::vector<Term> terms{
            {signalOf(series), Bound::AtLeast, limit},
            {m_idle, Bound::AtMost, idleLimit},
        };
        if (further)
            terms.push_back(std::move(*further));
        const Sustained held = sustained(terms, seconds);
        m_isScaled = m_isScaled || (held.isScaled && !held.episodes.empty());
        m_secondsBeyond = std::max(m_secondsBeyond, held.secondsBeyond);
        return held.episodes;
    }

    /// A queue that is long at most instants keeps someone waiting at most instants, and PSI says so, for it adds up
    /// all the time between. Where it does not, the instants were not like the rest: whoever reads the queue wakes at
    /// whole seconds, and so do other collectors, timers and cron.
    std::vector<Episode> queued() { return longAtInstants(pressureOfQueue(), queueLimit()); }

    std::optional<Term> pressureOfQueue() const
    {
        if (Signal pressure = signalOf(m_pressure); pressure.isMeasured())
            return Term{std::move(pressure), Bound::AtLeast, m_inquiry.parameter("pressure_of_queue")};
        return std::nullopt;
    }

    std::vector<Episode> longAtInstants(std::optional<Term> further, double limit)
    {
        return holding(
            m_queue, limit, m_inquiry.parameter("idle"), m_inquiry.parameter("duration"), std::move(further));
    }

    std::vector<Episode> stalledByPressure()
    {
        return holding(m_pressure, m_inquiry.parameter("pressure"), m_inquiry.parameter("idle_with_pressure"),
            m_inquiry.parameter("duration"));
    }

    std::vector<Episode> loadHigh()
    {
        if (!m_cpus)
            return {};
        return holding(m_load, m_inquiry.parameter("load_per_cpu") * *m_cpus, m_inquiry.parameter("idle"),
            m_inquiry.parameter("load_duration"));
    }

    Level level(TimeRange range, const std::vector<Episode>& episodes) const
    {
        Level level = Level::Warning;
        if (m_queue && m_cpus
            && statisticsWithin(*m_queue, range).mean
                >= m_inquiry.parameter("serious_queue_per_cpu") * *m_cpus + samplers)
            level = Level::Serious;
        if (m_pressure && statisticsWithin(*m_pressure, range).mean >= m_inquiry.parameter("serious_pressure"))
            level = Level::Serious;
        if (level < Level::Serious)
            level = raisedByDuration(level, episodes, m_inquiry.captureSeconds());
        return isMostlyNice(range) ? Level::Warning : level;
    }

    /// Work that gives way to other work may keep the CPUs busy without anyone waiting who matters.
    bool isMostlyNice(TimeRange range) const
    {
        const Series* nice = m_inquiry.series("cpu.nice");
        const Series* busy = m_inquiry.series("cpu.busy");
        constexpr double half = 0.5;
        return nice && busy && statisticsWithin(*nice, range).mean >= half * statisticsWithin(*busy, range).mean;
    }

    Finding describe(std::vector<Episode> episodes)
    {
        const TimeRange range = longestOf(episodes);
        Finding finding = m_inquiry.finding({ObjectKind::Host, "", ""}, episodes);
        finding.level = level(range, episodes);
        addEvidence(range, finding);
        nameConsumers(range, finding);
        finding.confidence = confidence(certainty(range, finding));
        const std::string cpus = m_cpus ? inNumber(*m_cpus) : "an unknown number of";
        const double queue = m_queue ? statisticsWithin(*m_queue, range).mean : notMeasured;
        finding.mechanism = m_queue
            ? fmt::format("{} tasks want to run on {} CPUs, none of them idle", inNumber(queue), cpus)
            : fmt::format("tasks wait for {} CPUs, none of them idle", cpus);
        finding.sentence = m_queue
            ? fmt::format("{} tasks running or ready to run on {} CPUs on average", inNumber(queue), cpus)
            : fmt::format("Tasks wait for a CPU; {} CPUs, none idle", cpus);
        if (m_pressure)
            finding.sentence += fmt::format(
                "; some task had to wait {} of the time", inPercent(statisticsWithin(*m_pressure, range).mean));
        return finding;
    }

    void addEvidence(TimeRange range, Finding& finding) const
    {
        if (m_queue) {
            Evidence queue = m_inquiry.compared(
                *m_queue, range, Statistic::Mean, m_cpus ? "queue_per_cpu" : "unknown_cpus_queue", queueLimit());
            queue.text =
                m_cpus ? fmt::format("{} CPUs; whoever reads the queue is counted in it", inNumber(*m_cpus)) : "";
            if (!m_isQueued)
                queue.role = EvidenceRole::Support;
            finding.evidence.push_back(queue);
            finding.evidence.push_back(m_inquiry.measured(*m_queue, range, Statistic::Maximum, EvidenceRole::Context));
        }
        if (const Series* idle = m_inquiry.series("cpu.idle"))
            finding.evidence.push_back(m_inquiry.compared(*idle, range, Statistic::Mean, "idle"));
        if (m_pressure) {
            Evidence pressure = m_inquiry.compared(*m_pressure, range, Statistic::Mean, "pressure");
            pressure.role =
                pressure.value >= m_inquiry.parameter("pressure") ? EvidenceRole::Trigger : EvidenceRole::Support;
            finding.evidence.push_back(pressure);
        }
        if (m_load && !m_queue && m_cpus)
            finding.evidence.push_back(m_inquiry.compared(
                *m_load, range, Statistic::Mean, "load_per_cpu", m_inquiry.parameter("load_per_cpu") * *m_cpus));
        for (const char* metricName : {"cpu.user", "cpu.system", "cpu.steal"})
            if (const Series* series = m_inquiry.series(metricName))
                finding.evidence.push_back(m_inquiry.measured(*series, range, Statistic::Mean, EvidenceRole::Context));
    }

    void nameConsumers(TimeRange range, Finding& finding) const
    {
        constexpr double share = 0.3;
        const auto consumers = cpuConsumers(m_inquiry.snapshot(), range);
        finding.victimReason = "how long each task waited for a CPU (/proc/PID/schedstat) was not recorded";
        if (consumers.empty()) {
            finding.culpritReason = "processes were not recorded";
            return;
        }
        if (consumers[0].share < share) {
            finding.culpritReason = fmt::format("no single consumer: the largest, {}, used {} of the CPU time",
                consumers[0].command, inPercent(consumers[0].share * percent));
            return;
        }
        if (consumers[0].amount < share * busyCpus(range)) {
            // Seen from inside a container: the counters are of the host, the processes are not.
            finding.culpritReason =
                fmt::format("the processes that were recorded used little of it: the largest, {}, {} of {} busy CPUs",
                    consumers[0].command, inNumber(consumers[0].amount), inNumber(busyCpus(range)));
            return;
        }
        finding.culprit = objectOf(consumers[0]);
        finding.culpritReason = fmt::format("{} of the CPU time that processes used, {} CPUs",
            inPercent(consumers[0].share * percent), inNumber(consumers[0].amount));
    }

    double busyCpus(TimeRange range) const
    {
        const Series* idle = m_inquiry.series("cpu.idle");
        return m_cpus && idle ? *m_cpus * (1 - statisticsWithin(*idle, range).mean / percent) : 0;
    }

    Certainty certainty(TimeRange range, const Finding& finding) const
    {
        Certainty certainty;
        if (m_queue && m_pressure
            && statisticsWithin(*m_pressure, range).mean >= m_inquiry.parameter("pressure_of_queue"))
            ++certainty.agreeing;
        if (finding.culprit)
            ++certainty.agreeing;
        if (!m_queue && !m_pressure)
            certainty.base = 0.5; // load is a proxy
        if (!m_pressure)
            certainty.further -= 0.1; // findings catalogue, section 6
        if (!m_cpus)
            certainty.further -= 0.1;
        certainty.isShort = isShort(finding.episodes);
        certainty.isScaled = m_isScaled;
        return certainty;
    }

    void look(RuleResult& result) const
    {
        const TimeRange all = m_inquiry.snapshot().range;
        if (m_queue)
            result.looked.push_back(m_inquiry.compared(
                *m_queue, all, Statistic::P95, m_cpus ? "queue_per_cpu" : "unknown_cpus_queue", queueLimit()));
        if (const Series* idle = m_inquiry.series("cpu.idle"))
            result.looked.push_back(m_inquiry.compared(*idle, all, Statistic::Minimum, "idle"));
        if (m_pressure)
            result.looked.push_back(m_inquiry.compared(*m_pressure, all, Statistic::P95, "pressure"));
    }

    const Inquiry& m_inquiry;
    const Series* m_queue;
    const Series* m_pressure;
    const Series* m_load;
    std::optional<double> m_cpus;
    Signal m_idle;
    bool m_isQueued = false; ///< the queue itself was beyond its limit
    bool m_isScaled = false;
    double m_secondsBeyond = 0; ///< at a time, and not for long enough
};

RuleResult check(const Inquiry& inquiry)
{
    return CpuSaturation(inquiry).result();
}

} // namespace

Rule cpu_saturation()
{
    Rule rule;
    rule.id = "cpu-saturation";
    rule.question = "Do tasks wait for a CPU?";
    rule.title = "More runnable tasks than CPUs";
    rule.role = Role::Culprit;
    rule.resource = Resource::Cpu;
    rule.useClass = Rule::Class::Saturation;
    rule.isOfWhatLasts = true;
    rule.needs = {
        {"share of idle CPU time", {metric("cpu.idle")}, {"proc/stat"}, "record /proc/stat, or give vmstat output"},
        {"run queue, or CPU pressure", {metric("cpu.run_queue"), metric("pressure.cpu.some"), metric("load.1")},
            {"proc/stat", "proc/pressure/cpu"}, "record /proc/stat, or give vmstat output"},
    };
    rule.parameters = {
        {"queue_per_cpu", 1.5, Unit::Count, "tasks running or ready, per CPU",
            "house; Gregg's USE method says more than 1"},
        {"serious_queue_per_cpu", 3, Unit::Count, "from here on serious", "PCP pmieconf cpu.load_average"},
        {"unknown_cpus_queue", 8, Unit::Count, "tasks running or ready when the number of CPUs is not known", "house"},
        {"idle", 10, Unit::Percent, "idle and I/O wait together at most this", "house"},
        {"pressure", 50, Unit::Percent, "time in which some task waited for a CPU (PSI)", "house"},
        {"pressure_of_queue", 25, Unit::Percent, "pressure that a long queue must show in, where it is recorded",
            "house; a queue at half of all instants makes 50"},
        {"serious_pressure", 80, Unit::Percent, "from here on serious", "house"},
        {"idle_with_pressure", 20, Unit::Percent, "idle at most this when judged by pressure", "house"},
        {"load_per_cpu", 2, Unit::None, "1-minute load per CPU, when there is no run queue", "Prometheus node mixin"},
        {"duration", 10, Unit::Seconds, "for at least", "house"},
        {"load_duration", 120, Unit::Seconds, "for at least, when judged by load", "house"},
    };
    rule.causes = {"more work than cores", "a runaway or endlessly retrying job", "backup, batch or cron work",
        "garbage collection", "fewer virtual CPUs than assumed"};
    rule.checks = {"a high share of system time points to the kernel, of steal to the hypervisor",
        "the waiting of others must fall when the largest consumer stops"};
    rule.fixes = {"stop, move or limit the largest consumer (nice, cpu.max, another hour)",
        "profile it and reduce its work", "more cores", "refuse work before the queue"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
