// TCP sends segments again. Two ratios, each with its own denominator:
//  - segments sent again, of data segments sent: for bulk traffic. Not judged below 1000 segments.
//  - timers that ran out (SYN and retransmission timeouts), of connections opened: for short connections, of which each
//    sends a few segments only. Each such timeout costs someone 0.2 s or 1 s, however few segments there are; 1000
//    segments would never come together in a minute of them.
// Both are about answers that come late. Where nobody answers at all, SYNs are sent again for ever, and the path is not
// what loses: SYNs do not count as data, those of connections that were never answered not as timeouts either, and more
// timeouts than connections is that other matter altogether.
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"
#include "diagnose/sent_again.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace hindcast::diagnose {
namespace {

constexpr double percent = 100;

/// What happened in each row's interval, from the rate over it. Unmeasured rows count nothing.
std::vector<double> amounts(const Series* rate, const TimeColumn& times)
{
    std::vector<double> counted(times->size(), 0.0);
    if (!rate || rate->times != times)
        return counted;
    for (std::size_t row = 1; row < counted.size(); ++row)
        if (const double value = rate->values.at(row); !std::isnan(value))
            counted[row] = countOf(value, (*times)[row] - (*times)[row - 1]);
    return counted;
}

/// On the times of another source (/proc/net/snmp and /proc/net/netstat are read in the same tick).
std::vector<double> amountsNear(const Series* rate, const TimeColumn& times)
{
    std::vector<double> counted(times->size(), 0.0);
    if (!rate)
        return counted;
    const auto own = amounts(rate, rate->times);
    for (std::size_t row = 0; row < own.size(); ++row) {
        const auto place =
            std::lower_bound(times->begin(), times->end(), (*rate->times)[row] - std::chrono::milliseconds{200});
        if (place != times->end())
            counted[static_cast<std::size_t>(place - times->begin())] += own[row];
    }
    return counted;
}

struct Counts {
    double retransmitted = 0; ///< SYNs too
    double again = 0; ///< without them
    double data = 0, timeouts = 0, opened = 0;
};

class Retransmissions {
public:
    explicit Retransmissions(const Inquiry& inquiry)
        : m_inquiry(inquiry)
        , m_counter(inquiry.series("tcp.retransmitted_segments"))
        , m_data(inquiry.series("tcp.original_data_segments"))
        , m_wire(onTheWire(inquiry.snapshot().packets))
    {
        if (!m_data) {
            m_data = inquiry.series("tcp.segments_out"); // pure acknowledgements too: the ratio looks lower
            m_isOfAll = true;
        }
        if (!m_counter)
            return;
        m_times = m_counter->times;
        m_retransmitted = amounts(m_counter, m_times);
        m_sent = amountsNear(m_data, m_times);
        m_opened = amountsNear(inquiry.series("tcp.active_opens"), m_times);
        const auto accepted = amountsNear(inquiry.series("tcp.passive_opens"), m_times);
        // A SYN timeout is counted as timeout and as SYN retransmission: the larger of the two counts nothing twice.
        m_timeouts = amountsNear(inquiry.series("tcp.retransmission_timeouts"), m_times);
        const auto syns = amountsNear(inquiry.series("tcp.syn_retransmissions"), m_times);
        const double allSyns = std::accumulate(syns.begin(), syns.end(), 0.0);
        const double unanswered =
            std::max(static_cast<double>(m_wire.unanswered), unansweredInListings(inquiry.snapshot()));
        const double answered = allSyns > 0 ? std::max(0.0, 1 - unanswered / allSyns) : 1;
        m_again = m_retransmitted;
        for (std::size_t row = 0; row < m_times->size(); ++row) {
            m_opened[row] += accepted[row];
            m_timeouts[row] = std::max(m_timeouts[row] - syns[row] * (1 - answered), syns[row] * answered);
            m_again[row] = std::max(0.0, m_again[row] - syns[row]);
        }
        // Timers go on running out long after the connections were asked for: judged over the whole capture.
        const Counts all = countsOf(0, m_times->size());
        m_isUnanswered = all.timeouts > all.opened;
    }

    RuleResult result()
    {
        RuleResult result;
        const std::vector<Episode> episodes = m_counter ? counted() : std::vector<Episode>{};
        if (!episodes.empty())
            result.findings.push_back(describe(episodes));
        else if (isWireHigh()) // the host counts what it sends; what its peers send again is in the packets only
            result.findings.push_back(describeWire());
        else
            look(result);
        return result;
    }

private:
    Counts countsOf(std::size_t begin, std::size_t end) const
    {
        Counts counts;
        for (std::size_t row = begin; row < end; ++row) {
            counts.retransmitted += m_retransmitted[row];
            counts.again += m_again[row];
            counts.data += m_sent[row];
            counts.timeouts += m_timeouts[row];
            counts.opened += m_opened[row];
        }
        return counts;
    }

    bool isManySegments(const Counts& counts) const
    {
        return counts.data >= m_inquiry.parameter("segments") && counts.again >= m_inquiry.parameter("retransmissions")
            && counts.again / counts.data * percent >= m_inquiry.parameter("info_ratio");
    }

    bool isManyConnections(const Counts& counts) const
    {
        return !m_isUnanswered && counts.opened >= m_inquiry.parameter("connections")
            && counts.timeouts >= m_inquiry.parameter("timeouts")
            && counts.timeouts / counts.opened * percent >= m_inquiry.parameter("timeout_ratio");
    }

    /// Sliding stretches of the duration asked for, else the whole capture; moved in to the rows with retransmissions.
    std::vector<Episode> counted()
    {
        const double span = m_times->size() < 2 ? 0 : toSeconds(m_times->back() - m_times->front());
        const double asked = m_inquiry.parameter("duration");
        const double stretch = span < 2 * asked ? std::min(asked, std::max(span / 2, 1.0)) : asked;
        std::vector<Episode> found;
        std::size_t begin = 0;
        for (std::size_t row = 0; row < m_times->size(); ++row) {
            while (toSeconds((*m_times)[row] - (*m_times)[begin]) > stretch)
                ++begin;
            const Counts counts = countsOf(begin, row + 1);
            if (isManySegments(counts) || isManyConnections(counts))
                addTrimmed(begin, row + 1, found);
        }
        if (found.empty()) {
            const Counts all = countsOf(0, m_times->size());
            if (isManySegments(all) || isManyConnections(all))
                addTrimmed(0, m_times->size(), found);
        }
        found = united(std::move(found), std::chrono::seconds{5});
        constexpr double grace = 1.5; // the first row has no interval before it
        m_isScaled = stretch < asked && totalSeconds(found) + grace < asked;
        return found;
    }

    void addTrimmed(std::size_t begin, std::size_t end, std::vector<Episode>& found) const
    {
        while (begin < end && !(m_retransmitted[begin] > 0))
            ++begin;
        while (end > begin && !(m_retransmitted[end - 1] > 0))
            --end;
        if (begin < end)
            found.push_back({{(*m_times)[begin == 0 ? 0 : begin - 1], (*m_times)[end - 1] + Nanoseconds{1}},
                Episode::Extent::Span});
    }

    Counts countsIn(const std::vector<Episode>& episodes) const
    {
        Counts sum;
        for (const Episode& episode : episodes) {
            const IndexRange rows = indexRange(m_times, {episode.range.begin + Nanoseconds{1}, episode.range.end});
            const Counts counts = countsOf(rows.begin, rows.end);
            sum.retransmitted += counts.retransmitted;
            sum.again += counts.again;
            sum.data += counts.data;
            sum.timeouts += counts.timeouts;
            sum.opened += counts.opened;
        }
        return sum;
    }

    Level levelOfSegments(double ratio) const
    {
        return ratio >= m_inquiry.parameter("critical_ratio") ? Level::Critical
            : ratio >= m_inquiry.parameter("serious_ratio")   ? Level::Serious
            : ratio >= m_inquiry.parameter("ratio")           ? Level::Warning
                                                              : Level::Info;
    }

    Level levelOfTimeouts(double ratio) const
    {
        return ratio >= m_inquiry.parameter("serious_timeout_ratio") ? Level::Serious : Level::Warning;
    }

    Evidence sum(const Series& series, TimeRange range, double value, EvidenceRole role) const
    {
        Evidence evidence = m_inquiry.measured(series, range, Statistic::Sum, role);
        evidence.value = std::round(value);
        evidence.unit = Unit::Count;
        return evidence;
    }

    Finding describe(const std::vector<Episode>& episodes)
    {
        Finding finding = m_inquiry.finding({ObjectKind::Host, "", ""}, episodes);
        const TimeRange range = finding.range();
        const Counts counts = countsIn(episodes);
        const bool isBySegments = isManySegments(counts);
        const double ratio = counts.again / counts.data * percent;
        const double timeoutRatio = counts.timeouts / counts.opened * percent;
        finding.level = isBySegments ? levelOfSegments(ratio) : Level::Info;
        if (isManyConnections(counts))
            finding.level = std::max(finding.level, levelOfTimeouts(timeoutRatio));
        Evidence again = sum(*m_counter, range, counts.retransmitted, EvidenceRole::Trigger);
        again.limit = m_inquiry.parameter("retransmissions");
        again.limitName = m_inquiry.fullName("retransmissions");
        again.text = fmt::format("without SYNs {} of {} {}", inPercent(ratio), inNumber(std::round(counts.data)),
            m_isOfAll ? "segments sent" : "data segments sent");
        finding.evidence.push_back(again);
        for (const char* name : {"tcp.retransmission_timeouts", "tcp.syn_retransmissions", "tcp.fast_retransmissions",
                 "tcp.loss_probes", "tcp.spurious_timeouts", "tcp.dsack_received"})
            addCount(name, episodes, counts, finding);
        addLocalDrops(range, finding);
        addWire(finding);
        finding.sentence = isBySegments
            ? fmt::format("{} of the data segments were sent again ({} of {})", inPercent(ratio),
                inNumber(std::round(counts.again)), inNumber(std::round(counts.data)))
            : fmt::format("{} timeouts for {} connections: {} of them had to wait for a retransmission timer",
                inNumber(std::round(counts.timeouts)), inNumber(std::round(counts.opened)), inPercent(timeoutRatio));
        finding.mechanism = isBySegments
            ? fmt::format("{} of data segments sent again", inPercent(ratio))
            : fmt::format("a timeout for every {} connections", inNumber(std::round(counts.opened / counts.timeouts)));
        name(finding, counts.retransmitted);
        finding.confidence = confidence(certainty(finding));
        return finding;
    }

    void addCount(const char* name, const std::vector<Episode>& episodes, const Counts& counts, Finding& finding) const
    {
        const Series* series = m_inquiry.series(name);
        if (!series)
            return;
        double value = 0;
        for (const Episode& episode : episodes) {
            const auto all = amounts(series, series->times);
            const IndexRange rows =
                indexRange(series->times, {episode.range.begin + Nanoseconds{1}, episode.range.end});
            for (std::size_t row = rows.begin; row < rows.end; ++row)
                value += all[row];
        }
        if (!(value > 0))
            return;
        const bool isTimeout = std::string_view(name) == "tcp.retransmission_timeouts";
        const bool isContrary = std::string_view(name) == "tcp.spurious_timeouts";
        Evidence evidence = sum(*series, finding.range(), value,
            isTimeout && isManyConnections(counts)               ? EvidenceRole::Trigger
                : isContrary && value > counts.retransmitted / 2 ? EvidenceRole::Contradict
                                                                 : EvidenceRole::Support);
        if (isTimeout && counts.opened > 0) {
            evidence.limit = m_inquiry.parameter("timeouts");
            evidence.limitName = m_inquiry.fullName("timeouts");
            evidence.text = fmt::format("{} connections opened meanwhile", inNumber(std::round(counts.opened)));
        }
        finding.evidence.push_back(evidence);
    }

    /// Drops on this machine, if any, would be the cause; none seen says that it is elsewhere (or in a packet filter).
    void addLocalDrops(TimeRange range, Finding& finding) const
    {
        for (const char* metricName : {"net.rx.dropped", "net.tx.dropped", "net.rx.errors", "net.softnet.dropped"})
            for (const Series* series : m_inquiry.snapshot().findAll(metricName))
                if (statisticsWithin(*series, range).maximum > 0)
                    finding.evidence.push_back(
                        m_inquiry.measured(*series, range, Statistic::Mean, EvidenceRole::Context));
    }

    void addWire(Finding& finding) const
    {
        if (m_wire.retransmitted == 0)
            return;
        const PacketCapture& packets = m_inquiry.snapshot().packets;
        Evidence evidence;
        evidence.role = EvidenceRole::Support;
        evidence.metric = "wire.retransmissions";
        evidence.source = "packets";
        evidence.member = packets.sources.empty() ? "" : packets.sources[0].member;
        evidence.range = m_wire.range;
        evidence.statistic = Statistic::Sum;
        evidence.value = static_cast<double>(m_wire.retransmitted);
        evidence.unit = Unit::Count;
        evidence.flow = m_wire.worst;
        std::string causes;
        for (std::size_t cause = 1; cause < m_wire.byCause.size(); ++cause)
            if (m_wire.byCause[cause] > 0)
                causes += fmt::format("{}{} {}", causes.empty() ? "" : ", ", m_wire.byCause[cause],
                    retransmissionCauseName(static_cast<RetransmissionCause>(cause)));
        evidence.text = fmt::format(
            "{}; {} from the side that opened, {} from the other", causes, m_wire.fromClients, m_wire.fromServers);
        if (m_wire.worst)
            evidence.text += fmt::format("; {} of them {}", m_wire.ofPeers, m_wire.peers);
        finding.evidence.push_back(evidence);
    }

    /// The packets show most of what the host counted, and most of that between one client and one server port.
    bool isOfPeers(double hostCount) const
    {
        constexpr double most = 0.8, half = 0.5;
        const auto seen = static_cast<double>(m_wire.retransmitted - m_wire.unanswered);
        return static_cast<double>(m_wire.ofPeers) >= most * seen && seen >= half * hostCount;
    }

    /// `hostCount`: retransmissions that the host counted; 0 = the packets are all there is.
    void name(Finding& finding, double hostCount) const
    {
        finding.culpritReason =
            "counters of the host do not tell the path; packets of both ends would tell where it is lost";
        finding.victimReason = "no packets were captured: which peer waits is not known";
        if (!m_wire.worst)
            return;
        const Object peers{ObjectKind::Flow, m_wire.peers, std::to_string(*m_wire.worst)};
        if (isOfPeers(hostCount))
            finding.object = peers;
        finding.victim = peers;
        finding.victimReason =
            fmt::format("{} of {} retransmissions in the packets", m_wire.ofPeers, m_wire.retransmitted);
    }

    Certainty certainty(const Finding& finding) const
    {
        Certainty certainty;
        certainty.base = 0.9; // counted exactly
        certainty.agreeing = m_wire.retransmitted > 0 ? 1 : 0;
        certainty.contradicting = static_cast<int>(std::count_if(finding.evidence.begin(), finding.evidence.end(),
            [](const Evidence& evidence) { return evidence.role == EvidenceRole::Contradict; }));
        certainty.further = m_isOfAll ? -0.1 : 0;
        certainty.isScaled = m_isScaled;
        certainty.isShort = isShort(finding.episodes) && totalSeconds(finding.episodes) < 3;
        return certainty;
    }

    bool isWireHigh() const
    {
        const auto segments = static_cast<double>(m_wire.segments), again = static_cast<double>(m_wire.again);
        const auto connections = static_cast<double>(m_wire.connections),
                   troubled = static_cast<double>(m_wire.troubled);
        const bool isBySegments = segments >= m_inquiry.parameter("segments")
            && again >= m_inquiry.parameter("retransmissions")
            && again / segments * percent >= m_inquiry.parameter("info_ratio");
        const bool isByConnections = connections >= m_inquiry.parameter("connections")
            && troubled >= m_inquiry.parameter("timeouts")
            && troubled / connections * percent >= m_inquiry.parameter("timeout_ratio");
        return isBySegments || isByConnections;
    }

    /// By the packets: no counter of the host beside them, or one that says little.
    Finding describeWire() const
    {
        Finding finding = m_inquiry.finding({ObjectKind::Host, "", ""}, {{m_wire.range, Episode::Extent::Span}});
        const double ratio = percent * static_cast<double>(m_wire.again)
            / static_cast<double>(std::max<std::uint64_t>(1, m_wire.segments));
        const double troubled = percent * static_cast<double>(m_wire.troubled)
            / static_cast<double>(std::max<std::size_t>(1, m_wire.connections));
        finding.level = static_cast<double>(m_wire.segments) >= m_inquiry.parameter("segments") ? levelOfSegments(ratio)
                                                                                                : Level::Info;
        if (troubled >= m_inquiry.parameter("timeout_ratio")
            && static_cast<double>(m_wire.troubled) >= m_inquiry.parameter("timeouts"))
            finding.level = std::max(finding.level, levelOfTimeouts(troubled));
        addWire(finding);
        finding.evidence.front().role = EvidenceRole::Trigger;
        if (m_counter) {
            const Counts counts = countsOf(0, m_times->size());
            Evidence own = sum(*m_counter, m_inquiry.snapshot().range, counts.retransmitted, EvidenceRole::Context);
            own.text = "of the host's own segments";
            finding.evidence.push_back(own);
        }
        finding.sentence =
            fmt::format("{} segments with data of {} were sent again; {} of {} connections met a timeout", m_wire.again,
                m_wire.segments, m_wire.troubled, m_wire.connections);
        finding.mechanism = fmt::format("{} of data segments sent again", inPercent(ratio));
        name(finding, 0);
        Certainty certainty;
        certainty.base = 0.7; // a capture can lose packets itself
        finding.confidence = confidence(certainty);
        return finding;
    }

    void look(RuleResult& result) const
    {
        if (!m_counter && m_wire.segments == 0 && m_wire.connections == 0) {
            result.isEvaluable = false;
            result.missing.push_back({"segments with data, or connections opened", "none among the captured packets",
                "capture packets while there is traffic"});
            return;
        }
        if (!m_counter) {
            result.remark = fmt::format(
                "{} of {} segments with data in the packets were sent again", m_wire.retransmitted, m_wire.segments);
            return;
        }
        const TimeRange all = m_inquiry.snapshot().range;
        const Counts counts = countsOf(0, m_times->size());
        Evidence again = sum(*m_counter, all, counts.retransmitted, EvidenceRole::Context);
        again.limit = m_inquiry.parameter("retransmissions");
        again.limitName = m_inquiry.fullName("retransmissions");
        result.looked.push_back(again);
        if (counts.data < m_inquiry.parameter("segments"))
            result.remark =
                fmt::format("{} segments sent again of {}, too few for a ratio; {} timeouts for {} connections",
                    inNumber(std::round(counts.retransmitted)), inNumber(std::round(counts.data)),
                    inNumber(std::round(counts.timeouts)), inNumber(std::round(counts.opened)));
    }

    const Inquiry& m_inquiry;
    const Series* m_counter;
    const Series* m_data;
    OnTheWire m_wire;
    TimeColumn m_times;
    std::vector<double> m_retransmitted, m_again, m_sent, m_timeouts, m_opened; ///< by row of m_times
    bool m_isOfAll = false;
    bool m_isUnanswered = false; ///< more timeouts than connections: nobody answers, which is not loss
    bool m_isScaled = false;
};

RuleResult check(const Inquiry& inquiry)
{
    return Retransmissions(inquiry).result();
}

} // namespace

Rule tcp_retransmission_high()
{
    Rule rule;
    rule.id = "tcp-retransmission-high";
    rule.question = "Does TCP send much again?";
    rule.title = "Segments are sent again";
    rule.role = Role::Symptom;
    rule.resource = Resource::Tcp;
    rule.useClass = Rule::Class::Error;
    rule.needs = {{"segments sent again", {metric("tcp.retransmitted_segments"), {Input::Kind::Packets, ""}},
                      {"proc/net/snmp"}, "record /proc/net/snmp and /proc/net/netstat, or packets"},
        {"segments sent, or connections opened",
            {metric("tcp.original_data_segments"), metric("tcp.segments_out"), {Input::Kind::Packets, ""}},
            {"proc/net/netstat", "proc/net/snmp"}, "record /proc/net/snmp and /proc/net/netstat, or packets"}};
    rule.parameters = {
        {"segments", 1000, Unit::Count, "data segments at least, for a ratio to mean something", "Netdata net"},
        {"retransmissions", 20, Unit::Count, "sent again at least", "house"},
        {"info_ratio", 0.1, Unit::Percent, "of data segments sent again: worth a note", "house"},
        {"ratio", 0.5, Unit::Percent, "of data segments sent again", "house"},
        {"serious_ratio", 2, Unit::Percent, "from here on serious", "house"},
        {"critical_ratio", 10, Unit::Percent, "from here on critical", "house"},
        {"connections", 50, Unit::Count, "opened at least, for timeouts per connection to mean something", "house"},
        {"timeouts", 10, Unit::Count, "timers that ran out at least", "house"},
        {"timeout_ratio", 1, Unit::Percent, "timeouts per connection opened", "house"},
        {"serious_timeout_ratio", 5, Unit::Percent, "from here on serious: each waits 0.2 s or 1 s", "house"},
        {"duration", 30, Unit::Seconds, "counted over stretches of", "house"},
    };
    rule.causes = {"loss on the path", "drops at the receiver", "a shaper or policer", "a bad cable or duplex mismatch",
        "a full table of connections", "reordering (then needless)", "an overloaded peer"};
    rule.checks = {"drops on this machine first: ring, softnet, interface errors, queue disciplines, packet filter",
        "packets of both ends: the same sequence number twice, and a real gap at the receiver"};
    rule.fixes = {
        "that of the element that drops", "smaller bursts", "another congestion control where loss is random"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
