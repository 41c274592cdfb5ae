// Memory is moved to swap and back while programs want it. Occupied swap alone means nothing: what counts is traffic.
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"

#include <algorithm>
#include <fmt/format.h>

namespace hindcast::diagnose {
namespace {

constexpr double percent = 100;
constexpr double anything = 1; ///< byte per second: more than nothing

class SwapThrashing {
public:
    explicit SwapThrashing(const Inquiry& inquiry)
        : m_inquiry(inquiry)
        , m_in(*inquiry.series("swap.in"))
        , m_out(*inquiry.series("swap.out"))
    {
    }

    RuleResult result()
    {
        RuleResult result;
        std::vector<Episode> lasting = both();
        add(lasting, held(m_in, "in", "duration"));
        add(lasting, held(m_out, "out", "out_duration"));
        lasting = united(std::move(lasting), std::chrono::seconds{5});
        if (!lasting.empty())
            result.findings.push_back(thrashing(std::move(lasting)));
        else if (const auto some = anyActivity(); !some.empty())
            result.findings.push_back(activity(some));
        else
            for (const Series* series : {&m_in, &m_out})
                result.looked.push_back(m_inquiry.compared(
                    *series, m_inquiry.snapshot().range, Statistic::Maximum, series == &m_in ? "in" : "out"));
        return result;
    }

private:
    static void add(std::vector<Episode>& to, const std::vector<Episode>& more)
    {
        to.insert(to.end(), more.begin(), more.end());
    }

    std::vector<Episode> note(const Sustained& held)
    {
        m_isScaled = m_isScaled || (held.isScaled && !held.episodes.empty());
        return held.episodes;
    }

    /// In and out in half of the rows or more.
    std::vector<Episode> both()
    {
        const Term terms[]{
            {signalOf(&m_in), Bound::AtLeast, anything},
            {signalOf(&m_out), Bound::AtLeast, anything},
        };
        return note(sustained(terms, m_inquiry.parameter("duration")));
    }

    std::vector<Episode> held(const Series& series, std::string_view limit, std::string_view duration)
    {
        const Term term{signalOf(&series), Bound::AtLeast, m_inquiry.parameter(limit)};
        return note(sustained(std::span(&term, 1), m_inquiry.parameter(duration)));
    }

    std::vector<Episode> anyActivity() const
    {
        std::vector<Episode> found;
        for (const Series* series : {&m_in, &m_out}) {
            const Signal signal = signalOf(series);
            for (std::size_t row = 1; row < signal.values.size(); ++row)
                if (signal.values[row] >= anything)
                    found.push_back(
                        {{(*signal.times)[row - 1], (*signal.times)[row] + Nanoseconds{1}}, Episode::Extent::Span});
        }
        return united(std::move(found), std::chrono::seconds{5});
    }

    double mean(const char* metricName, TimeRange range) const
    {
        const Series* series = m_inquiry.series(metricName);
        return series ? statisticsWithin(*series, range).mean : notMeasured;
    }

    /// Swap in compressed memory costs CPU time, not disk time.
    bool isZram() const
    {
        for (const Series* series : m_inquiry.snapshot().findAll("disk.requests"))
            if (labelValue(series->labels, "device").starts_with("zram")
                && statistics(*series, m_inquiry.snapshot().range).maximum > 0)
                return true;
        return false;
    }

    bool isKilling(TimeRange range) const
    {
        for (const Event& event : m_inquiry.snapshot().events) {
            const auto kind = labelValue(event.labels, "kind");
            if ((kind == "oom-kill" || kind == "oom-kill-cgroup" || kind == "hung-task")
                && event.clock == m_inquiry.snapshot().clock && range.contains(event.time))
                return true;
        }
        return mean("memory.oom_kills", range) > 0;
    }

    Level level(TimeRange range) const
    {
        const double in = statisticsWithin(m_in, range).mean, out = statisticsWithin(m_out, range).mean;
        Level level = Level::Info;
        if (in >= m_inquiry.parameter("in") || out >= m_inquiry.parameter("out"))
            level = Level::Warning;
        if ((in >= m_inquiry.parameter("serious") && out >= m_inquiry.parameter("serious"))
            || mean("pressure.memory.full", range) >= m_inquiry.parameter("serious_pressure"))
            level = Level::Serious;
        if (level >= Level::Warning && isKilling(range))
            level = Level::Critical;
        if (level > Level::Info && isZram())
            level = static_cast<Level>(static_cast<int>(level) - 1);
        return level;
    }

    Finding thrashing(std::vector<Episode> episodes) const
    {
        Finding finding = describe(std::move(episodes));
        const TimeRange range = longestOf(finding.episodes);
        finding.level = level(range);
        nameProcesses(range, finding);
        Certainty certainty;
        certainty.base = 0.7;
        certainty.agreeing = mean("pressure.memory.some", range) >= 5 ? 1 : 0;
        certainty.agreeing += mean("paging.major_faults", range) >= 1 ? 1 : 0;
        certainty.isShort = isShort(finding.episodes);
        certainty.isScaled = m_isScaled;
        finding.confidence = confidence(certainty);
        return finding;
    }

    Finding activity(std::vector<Episode> episodes) const
    {
        Finding finding = describe(std::move(episodes));
        finding.level = Level::Info;
        finding.role = Role::Note;
        finding.sentence = "Some swapping: " + finding.sentence;
        finding.culpritReason = finding.victimReason = "too little to tell";
        finding.confidence = 0.9;
        return finding;
    }

    Finding describe(std::vector<Episode> episodes) const
    {
        Finding finding = m_inquiry.finding({ObjectKind::Host, "", ""}, std::move(episodes));
        const TimeRange range = longestOf(finding.episodes);
        finding.evidence.push_back(m_inquiry.compared(m_in, range, Statistic::Mean, "in"));
        finding.evidence.push_back(m_inquiry.compared(m_out, range, Statistic::Mean, "out"));
        for (const char* name : {"pressure.memory.some", "pressure.memory.full", "paging.major_faults", "paging.in",
                 "paging.out", "memory.available", "memory.swap_used"})
            if (const Series* series = m_inquiry.series(name))
                finding.evidence.push_back(m_inquiry.measured(*series, range, Statistic::Mean, EvidenceRole::Context));
        const double in = finding.evidence[0].value, out = finding.evidence[1].value;
        finding.mechanism = fmt::format("{}/s read from swap and {}/s written to it", inBytes(in), inBytes(out));
        finding.sentence = finding.mechanism + " on average";
        return finding;
    }

    /// Pages that are read again make major faults.
    void nameProcesses(TimeRange range, Finding& finding) const
    {
        const auto first = processTickAt(m_inquiry.snapshot(), range.begin),
                   last = processTickAt(m_inquiry.snapshot(), range.end);
        if (!last || first.value_or(0) >= *last) {
            finding.culpritReason = finding.victimReason = "processes were not recorded";
            return;
        }
        const ProcessFigures* most = nullptr;
        double sum = 0;
        const auto processes = processesOver(m_inquiry.snapshot(), first.value_or(0), *last);
        for (const ProcessFigures& one : processes)
            if (one.majorFaultsPerSecond > 0) {
                sum += one.majorFaultsPerSecond;
                if (!most || one.majorFaultsPerSecond > most->majorFaultsPerSecond)
                    most = &one;
            }
        constexpr double share = 0.3;
        if (!most || most->majorFaultsPerSecond < share * sum) {
            finding.culpritReason = finding.victimReason = "no single process has 30 % of the major faults";
            return;
        }
        // In a container the faults are counted for the host, and its processes are not seen.
        if (const double all = mean("paging.major_faults", range); most->majorFaultsPerSecond < share * all) {
            finding.culpritReason = finding.victimReason =
                fmt::format("the processes that were recorded have few of the major faults: {} of {} per second",
                    inNumber(most->majorFaultsPerSecond), inNumber(all));
            return;
        }
        finding.victim = Object{ObjectKind::Process,
            std::string(most->process->attribute("comm")) + ' ' + std::string(most->process->attribute("pid")),
            most->process->key};
        finding.victimReason = fmt::format("{} major faults/s, {} of all", inNumber(most->majorFaultsPerSecond),
            inPercent(most->majorFaultsPerSecond / sum * percent));
        finding.culprit = finding.victim;
        finding.culpritReason =
            fmt::format("{} resident; it touches what was swapped out", inBytes(most->residentBytes));
    }

    const Inquiry& m_inquiry;
    const Series& m_in;
    const Series& m_out;
    bool m_isScaled = false;
};

RuleResult check(const Inquiry& inquiry)
{
    return SwapThrashing(inquiry).result();
}

} // namespace

Rule swap_thrashing()
{
    constexpr double mebibyte = 1048576;
    Rule rule;
    rule.id = "swap-thrashing";
    rule.question = "Is memory swapped in and out?";
    rule.title = "Swapping in and out under load";
    rule.role = Role::Culprit;
    rule.resource = Resource::Swap;
    rule.useClass = Rule::Class::Saturation;
    rule.isOfWhatLasts = true;
    rule.needs = {
        {"bytes read from swap", {metric("swap.in")}, {"proc/vmstat"},
            "record /proc/vmstat, or give vmstat output of two rows or more"},
        {"bytes written to swap", {metric("swap.out")}, {"proc/vmstat"},
            "record /proc/vmstat, or give vmstat output of two rows or more"},
    };
    rule.parameters = {
        {"in", mebibyte, Unit::BytesPerSecond, "read from swap", "house"},
        {"out", 10 * mebibyte, Unit::BytesPerSecond, "written to swap", "house"},
        {"duration", 10, Unit::Seconds, "read, or both ways, for at least", "house"},
        {"out_duration", 5, Unit::Seconds, "written, for at least", "house"},
        {"serious", 10 * mebibyte, Unit::BytesPerSecond, "both ways from here on serious", "house"},
        {"serious_pressure", 5, Unit::Percent, "all tasks stalled for memory (PSI full): serious", "house"},
    };
    rule.causes = {"programs want more than there is memory, or than their cgroup may have", "sudden growth",
        "one NUMA node exhausted", "idle heaps and a high swappiness"};
    rule.checks = {"20 % of memory available and more: look for a cgroup's limit", "the swap device is the busy disk"};
    rule.fixes = {"less memory demand", "a higher limit or more memory", "a faster swap device"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
