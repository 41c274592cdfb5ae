// The load average is high and the CPUs idle: tasks sleep without being interruptible, mostly for a disk or a file
// server. Load counts them as it counts those that run (kernel/sched/loadavg.c), damped over a minute; in captures
// shorter than that damping, the number of tasks is computed back from how fast the load changes.
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"

#include <cmath>
#include <fmt/format.h>

namespace hindcast::diagnose {
namespace {

constexpr double samplers = 1; ///< whoever reads the run queue runs
constexpr double damping = 60; ///< seconds, of the 1-minute load
constexpr double update = 5; ///< seconds between its changes (LOAD_FREQ in include/linux/sched/loadavg.h)

class LoadWithoutCpu {
public:
    explicit LoadWithoutCpu(const Inquiry& inquiry)
        : m_inquiry(inquiry)
        , m_load(*inquiry.series("load.1"))
        , m_queue(*inquiry.series("cpu.run_queue"))
        , m_cpus(inquiry.cpus().value_or(0))
    {
    }

    RuleResult result() const
    {
        RuleResult result;
        if (m_cpus == 0) {
            result.isEvaluable = false;
            result.missing.push_back({"number of CPUs", "not recorded", "record /proc/stat, or with hindcast-record"});
            return result;
        }
        const double loadLimit = std::max(m_inquiry.parameter("load_per_cpu") * m_cpus, m_inquiry.parameter("load"));
        const Term terms[]{
            {signalOf(&m_load), Bound::AtLeast, loadLimit},
            {idleSignal(m_inquiry), Bound::AtLeast, m_inquiry.parameter("idle")},
            {signalOf(&m_queue), Bound::AtMost, m_cpus + samplers},
        };
        const bool isLong = m_inquiry.captureSeconds() >= 2 * m_inquiry.parameter("duration");
        std::vector<Episode> episodes = sustained(terms, m_inquiry.parameter("duration")).episodes;
        std::erase_if(episodes, [&](const Episode& episode) { return isLeftOver(episode.range); });
        if (!isLong && episodes.empty())
            episodes = rising(std::span(terms).subspan(1), loadLimit);
        if (!episodes.empty())
            result.findings.push_back(describe(std::move(episodes), isLong));
        else
            look(result, loadLimit);
        return result;
    }

private:
    /// load(t) = load(0)·e^(-t/60) + n·(1 - e^(-t/60)), for n tasks all the while.
    double impliedTasks(TimeRange range) const
    {
        const Statistics load = statistics(m_load, range);
        // From just before one change to just after another it changed once more than those seconds would tell.
        const double kept = std::exp(-(toSeconds(range.duration()) + update - 1) / damping);
        return (load.last - load.first * kept) / (1 - kept);
    }

    double perMinute(TimeRange range) const
    {
        const Statistics load = statistics(m_load, range);
        return (load.last - load.first) / toSeconds(range.duration()) * damping;
    }

    /// The load goes down and nobody sleeps uninterruptibly: it tells of a peak that is over.
    bool isLeftOver(TimeRange range) const
    {
        constexpr double one = 1;
        return perMinute(range) < 0 && impliedTasks(range) - statistics(m_queue, range).mean < one && !isBlocked(range)
            && sleepersInD(m_inquiry.snapshot(), range).empty();
    }

    /// From where the load was lowest to where it was highest: CPUs that idled before that are no part of it.
    TimeRange whileRising(TimeRange range) const
    {
        const IndexRange rows = indexRange(m_load.times, range);
        std::size_t lowest = rows.begin, highest = rows.begin;
        for (std::size_t row = rows.begin; row < rows.end; ++row) {
            if (m_load.values.at(row) <= m_load.values.at(lowest))
                lowest = highest = row;
            else if (m_load.values.at(row) > m_load.values.at(highest))
                highest = row;
        }
        return lowest < highest ? TimeRange{(*m_load.times)[lowest], (*m_load.times)[highest] + Nanoseconds{1}} : range;
    }

    std::vector<Episode> rising(std::span<const Term> quietCpus, double loadLimit) const
    {
        Sustained held = sustained(quietCpus, m_inquiry.parameter("short_duration"));
        for (Episode& episode : held.episodes)
            episode.range = whileRising(episode.range);
        std::erase_if(held.episodes, [&](const Episode& episode) {
            constexpr double twoAtLeast = 2;
            const double tasks = impliedTasks(episode.range);
            return !(perMinute(episode.range) >= m_inquiry.parameter("rise") && tasks >= loadLimit
                && tasks - statistics(m_queue, episode.range).mean >= twoAtLeast);
        });
        return held.episodes;
    }

    Finding describe(std::vector<Episode> episodes, bool isLong) const
    {
        Finding finding = m_inquiry.finding({ObjectKind::Host, "", ""}, std::move(episodes));
        const TimeRange range = longestOf(finding.episodes);
        const auto sleepers = sleepersInD(m_inquiry.snapshot(), range);
        double asleep = 0;
        for (const Consumer& consumer : sleepers)
            asleep += consumer.amount;
        const double tasks = isLong ? statistics(m_load, range).mean : impliedTasks(range);
        const bool isSerious = statistics(m_load, range).maximum >= m_inquiry.parameter("serious_load_per_cpu") * m_cpus
            || asleep >= m_inquiry.parameter("serious_sleepers_per_cpu") * m_cpus;
        finding.level = isSerious ? Level::Serious : Level::Warning;
        addEvidence(range, isLong, tasks, finding);
        if (!sleepers.empty()) {
            finding.victim = objectOf(sleepers[0]);
            finding.victimReason =
                fmt::format("{} tasks in uninterruptible sleep on average", inNumber(sleepers[0].amount));
        } else
            finding.victimReason = "no process was seen in uninterruptible sleep, or processes were not recorded";
        finding.culpritReason = "what they wait for is told by the findings about disks and file systems, if any";
        finding.mechanism =
            fmt::format("{} tasks sleep uninterruptibly while CPUs idle", inNumber(std::max(tasks, asleep)));
        finding.sentence =
            fmt::format("Load {} on {} CPUs that idle: about {} tasks neither run nor can be interrupted",
                inNumber(statistics(m_load, range).maximum), inNumber(m_cpus), inNumber(std::max(tasks, asleep)));
        Certainty certainty;
        certainty.base = 0.5;
        certainty.agreeing = (asleep >= 1 ? 1 : 0) + (isBlocked(range) ? 1 : 0);
        certainty.isScaled = !isLong;
        finding.confidence = confidence(certainty);
        return finding;
    }

    bool isBlocked(TimeRange range) const
    {
        const Series* blocked = m_inquiry.series("cpu.blocked");
        return blocked && statistics(*blocked, range).mean >= 1;
    }

    void addEvidence(TimeRange range, bool isLong, double tasks, Finding& finding) const
    {
        Evidence load = m_inquiry.compared(m_load, range, isLong ? Statistic::Mean : Statistic::Change, "load_per_cpu",
            m_inquiry.parameter("load_per_cpu") * m_cpus);
        if (!isLong) {
            load.limit = m_inquiry.parameter("rise") * toSeconds(range.duration()) / damping;
            load.limitName = m_inquiry.fullName("rise");
            load.text = fmt::format("as {} tasks would make it", inNumber(tasks));
        }
        finding.evidence.push_back(load);
        if (const Series* idle = m_inquiry.series("cpu.idle"))
            finding.evidence.push_back(m_inquiry.compared(*idle, range, Statistic::Mean, "idle"));
        finding.evidence.push_back(m_inquiry.measured(m_queue, range, Statistic::Mean, EvidenceRole::Trigger));
        for (const char* name : {"cpu.iowait", "cpu.blocked", "pressure.io.some"})
            if (const Series* series = m_inquiry.series(name))
                finding.evidence.push_back(m_inquiry.measured(*series, range, Statistic::Mean, EvidenceRole::Context));
    }

    void look(RuleResult& result, double loadLimit) const
    {
        const TimeRange all = m_inquiry.snapshot().range;
        result.looked.push_back(m_inquiry.compared(m_load, all, Statistic::Maximum, "load_per_cpu", loadLimit));
        if (const Series* idle = m_inquiry.series("cpu.idle"))
            result.looked.push_back(m_inquiry.compared(*idle, all, Statistic::Median, "idle"));
    }

    const Inquiry& m_inquiry;
    const Series& m_load;
    const Series& m_queue;
    double m_cpus;
};

RuleResult check(const Inquiry& inquiry)
{
    return LoadWithoutCpu(inquiry).result();
}

} // namespace

Rule load_without_cpu()
{
    Rule rule;
    rule.id = "load-without-cpu";
    rule.question = "Is the load high though the CPUs idle?";
    rule.title = "Load average high, CPUs idle";
    rule.role = Role::Symptom;
    rule.resource = Resource::Cpu;
    rule.useClass = Rule::Class::Saturation;
    rule.isOfWhatLasts = true;
    rule.needs = {
        {"load average", {metric("load.1")}, {"proc/loadavg"}, "record /proc/loadavg"},
        {"run queue", {metric("cpu.run_queue")}, {"proc/stat"}, "record /proc/stat, or give vmstat output"},
        {"share of idle CPU time", {metric("cpu.idle")}, {"proc/stat"}, "record /proc/stat, or give vmstat output"},
    };
    rule.parameters = {
        {"load_per_cpu", 2, Unit::None, "1-minute load per CPU", "house"},
        {"load", 4, Unit::None, "and the load itself", "house"},
        {"idle", 40, Unit::Percent, "idle and I/O wait together at least", "house"},
        {"duration", 120, Unit::Seconds, "for at least", "house"},
        {"rise", 1, Unit::None, "rise of the load per minute, in captures too short for its damping", "house"},
        {"short_duration", 10, Unit::Seconds, "for at least, in these", "house"},
        {"serious_load_per_cpu", 5, Unit::None, "from here on serious", "house"},
        {"serious_sleepers_per_cpu", 2, Unit::Count, "tasks in uninterruptible sleep per CPU: serious", "house"},
    };
    rule.causes = {"a slow disk or file server", "a frozen file system", "an I/O limit of a cgroup",
        "pages read from swap", "a lock in the kernel or a driver", "what is left of an earlier peak"};
    rule.checks = {"blocked tasks as many as are asleep: block I/O; hardly any: another wait (wchan of the tasks)"};
    rule.fixes = {"those of the cause; more CPUs would change nothing"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
