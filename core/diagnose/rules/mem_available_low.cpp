// The host runs out of memory that programs can have. Judged by what the kernel says is available (MemAvailable), not
// by what is free: cache is given back when it is wanted.
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace hindcast::diagnose {
namespace {

constexpr double percent = 100;

/// Available memory of all, in percent; the total of the same row, for it may change while the machine runs.
struct Share {
    const Series* available = nullptr;
    Signal signal;
    bool isEstimate = false; ///< kernels before 3.14 do not say what is available
};

Share availableShare(const Inquiry& inquiry)
{
    Share share;
    share.available = inquiry.series("memory.available");
    if (!share.available) {
        share.available = inquiry.series("memory.free_and_cache");
        share.isEstimate = true;
    }
    share.signal = signalOf(share.available);
    if (!share.available)
        return share;
    const Signal total = onTimes(signalOf(inquiry.series("memory.total")), share.available->times);
    const double whole = inquiry.snapshot().host.memoryBytes.value_or(notMeasured);
    for (std::size_t i = 0; i < share.signal.values.size(); ++i)
        share.signal.values[i] *= percent / (std::isnan(total.values[i]) ? whole : total.values[i]);
    return share;
}

double bytesIn(const Table& table, const std::vector<Cell>& row, std::string_view column)
{
    for (std::size_t i = 0; i < table.columns.size() && i < row.size(); ++i)
        if (const auto* number = std::get_if<double>(&row[i]); number && table.columns[i].name == column)
            return *number;
    return notMeasured;
}

bool isMemoryRow(const std::vector<Cell>& row)
{
    const auto* kind = row.empty() ? nullptr : std::get_if<std::string>(&row[0]);
    return kind && *kind == "Mem";
}

/// What `free` listed: an instant, of which nobody knows how long it lasted.
class ListedByFree {
public:
    explicit ListedByFree(const Inquiry& inquiry)
        : m_inquiry(inquiry)
    {
        for (const Table& table : inquiry.snapshot().tables)
            for (std::size_t row = 0; table.name == "memory" && row < table.rows.size(); ++row)
                if (isMemoryRow(table.rows[row]))
                    compare(table, row);
    }

    RuleResult result() const
    {
        RuleResult result;
        if (!m_table) {
            result.isEvaluable = false;
            result.missing.push_back(
                {"memory available to programs", "this output of free does not tell it", "record /proc/meminfo"});
            return result;
        }
        result.remark = "judged by a single listing";
        if (m_available > m_inquiry.parameter("available") / percent * m_total) {
            result.looked.push_back(evidence());
            return result;
        }
        Finding finding =
            m_inquiry.finding({ObjectKind::Host, "", ""}, {{evidence().range, Episode::Extent::Snapshot}});
        const std::string left = inPercent(m_available / m_total * percent), bytes = inBytes(m_available);
        finding.mechanism = fmt::format("{} of memory left for programs ({})", left, bytes);
        finding.sentence = fmt::format("Only {} ({}) of memory was available when it was listed", left, bytes);
        finding.evidence.push_back(evidence());
        finding.culpritReason = "processes were not recorded";
        finding.victimReason = "programs that ask for memory; major faults per process tell which waited";
        Certainty certainty;
        certainty.isShort = true;
        finding.confidence = confidence(certainty);
        result.findings.push_back(std::move(finding));
        return result;
    }

private:
    void compare(const Table& table, std::size_t row)
    {
        const double available = bytesIn(table, table.rows[row], "available");
        const double total = bytesIn(table, table.rows[row], "total");
        if (!(total > 0) || std::isnan(available) || (m_table && available / total >= m_available / m_total))
            return;
        m_table = &table;
        m_available = available;
        m_total = total;
        m_line = table.firstLine > 0 ? table.firstLine + row : 0;
    }

    Evidence evidence() const
    {
        const Time time = m_table->time.value_or(m_inquiry.snapshot().range.begin);
        Evidence one;
        one.metric = "memory.available";
        one.source = m_table->source;
        one.member = m_table->member;
        one.line = m_line;
        one.range = {time, time + Nanoseconds{1}};
        one.value = m_available;
        one.unit = Unit::Bytes;
        one.limit = m_inquiry.parameter("available") / percent * m_total;
        one.limitName = m_inquiry.fullName("available");
        one.text = fmt::format("of {}", inBytes(m_total));
        return one;
    }

    const Inquiry& m_inquiry;
    const Table* m_table = nullptr; ///< with the least of memory available; null when none tells it
    double m_available = notMeasured, m_total = notMeasured;
    std::uint64_t m_line = 0;
};

class AvailableLow {
public:
    explicit AvailableLow(const Inquiry& inquiry)
        : m_inquiry(inquiry)
        , m_share(availableShare(inquiry))
    {
    }

    RuleResult result()
    {
        RuleResult result;
        if (!m_share.signal.isMeasured()) {
            result.isEvaluable = false;
            result.missing.push_back({"total memory", "not recorded", "record /proc/meminfo"});
            return result;
        }
        std::vector<Episode> episodes = isListing() ? listed() : low();
        if (!episodes.empty())
            result.findings.push_back(describe(std::move(episodes)));
        else {
            look(result);
            sayNearlyFound(m_secondsBeyond, m_inquiry.parameter("duration"), result);
        }
        if (m_share.isEstimate)
            result.remark = (result.remark.empty() ? "" : result.remark + "; ")
                + "the kernel does not say what is available: free memory, buffers and cache together were judged";
        return result;
    }

private:
    /// Too few rows to last: a listing at an instant or two.
    bool isListing() const { return m_share.signal.values.size() < leastRows(std::chrono::seconds{1}); }

    std::vector<Episode> listed() const
    {
        std::vector<Episode> episodes;
        for (std::size_t row = 0; row < m_share.signal.values.size(); ++row)
            if (m_share.signal.values[row] < m_inquiry.parameter("available")) {
                const Time time = (*m_share.available->times)[row];
                episodes.push_back({{time, time + Nanoseconds{1}}, Episode::Extent::Snapshot});
            }
        return episodes;
    }

    std::vector<Episode> low()
    {
        const Term low{m_share.signal, Bound::AtMost, m_inquiry.parameter("available")};
        const Term veryLow{m_share.signal, Bound::AtMost, m_inquiry.parameter("serious_available")};
        const Sustained lasting = sustained(std::span(&low, 1), m_inquiry.parameter("duration"));
        m_secondsBeyond = lasting.secondsBeyond;
        std::vector<Episode> episodes = sustained(std::span(&veryLow, 1), 0).episodes;
        m_isScaled = lasting.isScaled && episodes.empty();
        episodes.insert(episodes.end(), lasting.episodes.begin(), lasting.episodes.end());
        return united(std::move(episodes), std::chrono::seconds{5});
    }

    double leastShare(const std::vector<Episode>& episodes) const
    {
        double least = percent;
        for (std::size_t row = 0; row < m_share.signal.values.size(); ++row)
            for (const Episode& episode : episodes)
                if (const Time time = (*m_share.available->times)[row];
                    time >= episode.range.begin && time <= episode.range.end && m_share.signal.values[row] < least)
                    least = m_share.signal.values[row];
        return least;
    }

    bool isStalling(TimeRange range) const
    {
        constexpr double stalled = 10;
        const Series* pressure = m_inquiry.series("pressure.memory.some");
        return pressure && statisticsWithin(*pressure, range).mean >= stalled;
    }

    bool isKilling(TimeRange range) const
    {
        constexpr std::chrono::seconds soon{60};
        for (const Event& event : m_inquiry.snapshot().events)
            if (labelValue(event.labels, "kind") == "oom-kill" && event.clock == m_inquiry.snapshot().clock
                && event.time >= range.begin && event.time <= range.end + soon)
                return true;
        const Series* kills = m_inquiry.series("memory.oom_kills");
        return kills && statisticsWithin(*kills, {range.begin, range.end + soon}).maximum > 0;
    }

    /// Free swap, percent; nothing without swap.
    std::optional<double> freeSwap(TimeRange range) const
    {
        const Series* free = m_inquiry.series("memory.swap_free");
        const Series* total = m_inquiry.series("memory.swap_total");
        if (!free || !total)
            return std::nullopt;
        const double whole = statistics(*total, range).maximum;
        const double left = statistics(*free, range).minimum;
        if (!(whole > 0) || std::isnan(left))
            return std::nullopt;
        return left / whole * percent;
    }

    Level level(TimeRange range, double least, Episode::Extent extent) const
    {
        if (extent == Episode::Extent::Snapshot)
            return Level::Warning;
        const bool isStalled = isStalling(range), isKilled = isKilling(range);
        if (least < m_inquiry.parameter("critical_available") && (isStalled || isKilled))
            return Level::Critical;
        const auto swap = freeSwap(range);
        const bool isSwapScarce = swap && *swap < m_inquiry.parameter("swap_free");
        return least < m_inquiry.parameter("serious_available") || isSwapScarce || isStalled ? Level::Serious
                                                                                             : Level::Warning;
    }

    Finding describe(std::vector<Episode> episodes) const
    {
        const double least = leastShare(episodes);
        Finding finding = m_inquiry.finding({ObjectKind::Host, "", ""}, std::move(episodes));
        const TimeRange range = finding.range();
        finding.level = level(range, least, finding.episodes.front().extent);
        const double bytes = statistics(*m_share.available, range).minimum;
        finding.mechanism = fmt::format("{} of memory left for programs ({})", inPercent(least), inBytes(bytes));
        finding.sentence =
            fmt::format("Only {} ({}) of memory was available at the least", inPercent(least), inBytes(bytes));
        addEvidence(range, finding);
        nameLargest(range, finding);
        finding.victimReason = "programs that ask for memory; major faults per process tell which waited";
        Certainty certainty;
        certainty.base = 0.7;
        certainty.agreeing = (isStalling(range) ? 1 : 0) + (isKilling(range) ? 1 : 0);
        certainty.further = m_share.isEstimate ? -0.2 : 0;
        certainty.isShort = isShort(finding.episodes);
        certainty.isScaled = m_isScaled;
        finding.confidence = confidence(certainty);
        return finding;
    }

    void addEvidence(TimeRange range, Finding& finding) const
    {
        const double whole = totalBytes(range);
        Evidence available = m_inquiry.compared(*m_share.available, range, Statistic::Minimum, "available",
            m_inquiry.parameter("available") / percent * whole);
        available.text = fmt::format("of {}", inBytes(whole));
        finding.evidence.push_back(available);
        for (const auto& [name, statistic] : {std::pair{"memory.swap_free", Statistic::Minimum},
                 std::pair{"pressure.memory.some", Statistic::Mean}, std::pair{"memory.anonymous", Statistic::Maximum},
                 std::pair{"memory.shared", Statistic::Maximum}, std::pair{"memory.slab", Statistic::Maximum}})
            if (const Series* series = m_inquiry.series(name))
                finding.evidence.push_back(m_inquiry.measured(*series, range, statistic, EvidenceRole::Context));
    }

    double totalBytes(TimeRange range) const
    {
        const Series* total = m_inquiry.series("memory.total");
        const double whole = total ? statistics(*total, range).last : notMeasured;
        return std::isnan(whole) ? m_inquiry.snapshot().host.memoryBytes.value_or(notMeasured) : whole;
    }

    void nameLargest(TimeRange range, Finding& finding) const
    {
        const auto last = processTickAt(m_inquiry.snapshot(), range.end);
        if (!last) {
            finding.culpritReason = "processes were not recorded";
            return;
        }
        const auto processes = processesAt(m_inquiry.snapshot(), *last);
        const auto largest = std::max_element(processes.begin(), processes.end(),
            [](const ProcessFigures& a, const ProcessFigures& b) { return a.residentBytes < b.residentBytes; });
        constexpr double share = 0.3;
        const double whole = totalBytes(range);
        if (largest == processes.end() || !(largest->residentBytes >= share * whole)) {
            finding.culpritReason = "no single process holds 30 % of memory";
            return;
        }
        finding.culprit = Object{ObjectKind::Process,
            std::string(largest->process->attribute("comm")) + ' ' + std::string(largest->process->attribute("pid")),
            largest->process->key};
        finding.culpritReason = fmt::format("{} resident, {} of memory", inBytes(largest->residentBytes),
            inPercent(largest->residentBytes / whole * percent));
    }

    void look(RuleResult& result) const
    {
        const TimeRange all = m_inquiry.snapshot().range;
        result.looked.push_back(m_inquiry.compared(*m_share.available, all, Statistic::Minimum, "available",
            m_inquiry.parameter("available") / percent * totalBytes(all)));
    }

    const Inquiry& m_inquiry;
    Share m_share;
    bool m_isScaled = false;
    double m_secondsBeyond = 0; ///< at a time, and not for long enough
};

RuleResult check(const Inquiry& inquiry)
{
    const bool isSeries = inquiry.series("memory.available") || inquiry.series("memory.free_and_cache");
    return isSeries ? AvailableLow(inquiry).result() : ListedByFree(inquiry).result();
}

} // namespace

Rule mem_available_low()
{
    Rule rule;
    rule.id = "mem-available-low";
    rule.question = "Is the host running out of memory?";
    rule.title = "Host is running out of usable memory";
    rule.role = Role::Culprit;
    rule.resource = Resource::Memory;
    rule.useClass = Rule::Class::Utilization;
    rule.isOfWhatLasts = true;
    rule.needs = {{"memory available to programs",
        {metric("memory.available"), metric("memory.free_and_cache"), {Input::Kind::Table, "memory"}}, {"proc/meminfo"},
        "record /proc/meminfo, or give the output of free"}};
    rule.parameters = {
        {"available", 10, Unit::Percent, "available memory of all at most this", "Netdata ram, Prometheus node mixin"},
        {"serious_available", 5, Unit::Percent, "from here on serious, however short", "house"},
        {"critical_available", 2, Unit::Percent, "with stalls or kills critical", "house"},
        {"swap_free", 20, Unit::Percent, "free swap below this makes it serious", "house"},
        {"duration", 30, Unit::Seconds, "for at least", "house"},
    };
    rule.causes = {"heaps or workers larger than memory", "a leak", "tmpfs or shared memory", "reserved huge pages",
        "the kernel's slab", "buffers of many connections"};
    rule.checks = {"which process grew; what shared memory, slab and huge pages hold",
        "the sum of the processes' shares, slab and shared memory comes close to what is used"};
    rule.fixes = {"limit heaps and workers", "move a service", "add memory", "give reserved huge pages back",
        "add swap as a cushion"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
