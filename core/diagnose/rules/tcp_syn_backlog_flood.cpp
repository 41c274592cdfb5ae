// The queue of half-open connections is full: the kernel answers with SYN cookies or drops requests. It says so once
// per listener in its log and counts every time.
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"
#include "model/socket.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace hindcast::diagnose {
namespace {

class SynBacklog {
public:
    explicit SynBacklog(const Inquiry& inquiry)
        : m_inquiry(inquiry)
        , m_said(kernelEvents(inquiry.snapshot(), "syn-flood"))
    {
        count("tcp.request_queue_full_cookies");
        count("tcp.request_queue_full_drops");
        m_episodes = united(std::move(m_episodes), std::chrono::seconds{5});
        findFullBacklogs();
    }

    RuleResult result() const
    {
        RuleResult result;
        result.remark = earlierText(m_said);
        const bool isCounted = m_rows >= m_inquiry.parameter("rows");
        const bool isListed = static_cast<double>(m_seen.size()) >= m_inquiry.parameter("listings");
        if (isCounted || isListed || !m_said.now.empty())
            result.findings.push_back(describe(isCounted));
        else
            look(result);
        return result;
    }

private:
    void look(RuleResult& result) const
    {
        for (const char* name : {"tcp.request_queue_full_cookies", "tcp.request_queue_full_drops"})
            if (const Series* series = m_inquiry.series(name))
                result.looked.push_back(
                    m_inquiry.measured(*series, m_inquiry.snapshot().range, Statistic::Maximum, EvidenceRole::Context));
        if (!result.looked.empty())
            return;
        result.isEvaluable = false;
        result.missing.push_back({"counters of full SYN queues",
            "not recorded, and a silent log proves nothing: the kernel says it once per listener",
            "record /proc/net/netstat"});
    }

    void count(const char* name)
    {
        const Series* series = m_inquiry.series(name);
        if (!series)
            return;
        const Signal rate = signalOf(series);
        for (std::size_t row = 1; row < rate.values.size(); ++row) {
            if (!(rate.values[row] > 0))
                continue;
            const Time begin = (*rate.times)[row - 1], end = (*rate.times)[row];
            m_full += rate.values[row] * toSeconds(end - begin);
            m_rows += 1;
            m_episodes.push_back({{begin, end + Nanoseconds{1}}, Episode::Extent::Span});
        }
    }

    /// Half-open connections per listener, against its backlog.
    void findFullBacklogs()
    {
        for (const Time time : socketTimes(m_inquiry.snapshot())) {
            std::map<std::string, double> halfOpen, backlog;
            for (const SocketFigures& socket : socketsAt(m_inquiry.snapshot(), time)) {
                const std::string port = socket.local.substr(socket.local.rfind(':') + 1);
                if (socket.state == TcpState::SynReceived)
                    ++halfOpen[port];
                else if (socket.state == TcpState::Listen && socket.sendQueue > 0)
                    backlog[port] = socket.sendQueue;
            }
            for (const auto& [port, count] : halfOpen)
                if (const auto limit = backlog.find(port);
                    limit != backlog.end() && count >= m_inquiry.parameter("fill") * limit->second) {
                    m_port = port;
                    m_halfOpen = std::max(m_halfOpen, count);
                    if (m_seen.empty() || m_seen.back() != time)
                        m_seen.push_back(time);
                }
        }
    }

    Object object() const
    {
        const std::string port(m_said.now.empty() ? m_port : labelValue(m_said.now.back()->labels, "port"));
        return port.empty() ? Object{ObjectKind::Host, "", ""} : listenerAt(m_inquiry.snapshot(), port);
    }

    /// The counters are of one network namespace, the log is of the whole machine: a listener of another namespace.
    const Series* unmovedCounter() const
    {
        const Series* counter = m_inquiry.series("tcp.request_queue_full_cookies");
        const TimeRange range = m_inquiry.snapshot().range;
        const bool isSaidMeanwhile = std::any_of(m_said.now.begin(), m_said.now.end(),
            [&](const Event* event) { return event->clock == Clock::Wall && range.contains(event->time); });
        const bool isDropCounted = m_inquiry.series("tcp.request_queue_full_drops") != nullptr;
        return isSaidMeanwhile && counter && isDropCounted && m_rows == 0 && m_seen.empty() ? counter : nullptr;
    }

    Finding describe(bool isCounted) const
    {
        std::vector<Episode> episodes = m_episodes;
        if (episodes.empty() && !m_said.now.empty())
            episodes = episodesOf(m_inquiry.snapshot(), m_said.now);
        if (episodes.empty())
            episodes = {{{m_seen.front(), m_seen.back() + Nanoseconds{1}}, Episode::Extent::Span}};
        Finding finding = m_inquiry.finding(object(), std::move(episodes));
        const double perSecond = isCounted ? m_full / std::max(1.0, totalSeconds(finding.episodes)) : 0;
        finding.level = perSecond >= m_inquiry.parameter("serious") ? Level::Serious : Level::Warning;
        const Series* dropped = m_inquiry.series("tcp.request_queue_full_drops");
        if (finding.level == Level::Serious && dropped && statisticsWithin(*dropped, finding.range()).maximum > 0)
            finding.level = Level::Critical; // no cookies: clients fail
        addEvidence(isCounted, finding);
        finding.mechanism = "the queue of half-open connections is full";
        finding.sentence = isCounted
            ? fmt::format("{} connection requests met a full SYN queue", inNumber(std::round(m_full)))
            : m_said.now.empty()
            ? fmt::format("{} half-open connections at {}", inNumber(m_halfOpen), finding.object.name)
            : "The kernel reports possible SYN flooding";
        if (finding.object.kind == ObjectKind::Listener)
            finding.sentence += fmt::format(" ({})", finding.object.name);
        finding.culpritReason = origin(finding.range());
        finding.victimReason = "clients that connect";
        Certainty certainty;
        certainty.base = isCounted || !m_said.now.empty() ? 0.9 : 0.7;
        certainty.agreeing = (isCounted && !m_said.now.empty() ? 1 : 0) + (!m_seen.empty() ? 1 : 0);
        certainty.contradicting = unmovedCounter() ? 1 : 0;
        finding.confidence = confidence(certainty);
        return finding;
    }

    /// Cookies that come back are of real clients; those that do not, of a flood or a path that loses the answer.
    std::string origin(TimeRange range) const
    {
        constexpr double half = 0.5;
        const Series* sent = m_inquiry.series("tcp.syn_cookies_sent");
        const Series* back = m_inquiry.series("tcp.syn_cookies_received");
        const double cookies = sent ? statisticsWithin(*sent, range).mean : notMeasured;
        if (!back || !(cookies > 0))
            return "whether real clients or a flood is not told: cookies sent and returned were not recorded or none "
                   "was sent";
        return statisticsWithin(*back, range).mean >= half * cookies
            ? "real clients: most cookies came back"
            : "a flood, or answers lost on their way: few cookies came back";
    }

    void addEvidence(bool isCounted, Finding& finding) const
    {
        for (const Event* event : m_said.now)
            finding.evidence.push_back(Inquiry::ofEvent(*event, EvidenceRole::Trigger));
        if (const Series* counter = unmovedCounter()) {
            finding.evidence.push_back(
                m_inquiry.measured(*counter, m_inquiry.snapshot().range, Statistic::Maximum, EvidenceRole::Contradict));
            finding.evidence.back().text =
                "the counters of the recorded network namespace did not move: a listener of another one";
        }
        for (const char* name : {"tcp.request_queue_full_cookies", "tcp.request_queue_full_drops",
                 "tcp.syn_cookies_sent", "tcp.syn_cookies_received"})
            if (const Series* series = m_inquiry.series(name); series && isCounted)
                finding.evidence.push_back(m_inquiry.measured(*series, finding.range(), Statistic::Mean,
                    std::string_view(name).starts_with("tcp.request") ? EvidenceRole::Trigger : EvidenceRole::Context));
        if (m_seen.empty())
            return;
        Evidence halfOpen;
        halfOpen.role = isCounted || !m_said.now.empty() ? EvidenceRole::Support : EvidenceRole::Trigger;
        halfOpen.metric = "tcp.sockets";
        halfOpen.labels = {{"state", "SYN-RECEIVED"}};
        halfOpen.range = {m_seen.front(), m_seen.back() + Nanoseconds{1}};
        halfOpen.statistic = Statistic::Maximum;
        halfOpen.value = m_halfOpen;
        halfOpen.unit = Unit::Count;
        halfOpen.text = "at port " + m_port;
        finding.evidence.push_back(halfOpen);
    }

    const Inquiry& m_inquiry;
    KernelEvents m_said;
    std::vector<Episode> m_episodes;
    double m_full = 0, m_rows = 0;
    std::vector<Time> m_seen; ///< listings with a full backlog
    std::string m_port;
    double m_halfOpen = 0;
};

RuleResult check(const Inquiry& inquiry)
{
    return SynBacklog(inquiry).result();
}

} // namespace

Rule tcp_syn_backlog_flood()
{
    Rule rule;
    rule.id = "tcp-syn-backlog-flood";
    rule.question = "Is the queue of half-open connections full?";
    rule.title = "SYN queue full: cookies or drops";
    rule.role = Role::Culprit;
    rule.resource = Resource::Tcp;
    rule.useClass = Rule::Class::Saturation;
    rule.needs = {{"counters of full SYN queues, or the kernel log",
        {metric("tcp.request_queue_full_cookies"), metric("tcp.request_queue_full_drops"),
            {Input::Kind::KernelLog, ""}},
        {"proc/net/netstat", "dev/kmsg"}, "record /proc/net/netstat, or give the output of dmesg"}};
    rule.parameters = {
        {"rows", 2, Unit::Count, "intervals with a full queue", "house"},
        {"fill", 0.9, Unit::Ratio, "half-open connections of the listener's backlog", "house"},
        {"listings", 2, Unit::Count, "listings that show it", "house"},
        {"serious", 100, Unit::CountPerSecond, "requests that met a full queue, from here on serious", "house"},
    };
    rule.causes = {"a SYN flood", "a burst of real clients and a small backlog", "answers lost on their way back"};
    rule.checks = {"half of the cookies and more come back: real clients", "packets: SYNs without a final ACK"};
    rule.fixes = {"a flood: limit it upstream, keep cookies",
        "a burst: larger backlog, somaxconn and tcp_max_syn_backlog", "mend the path back"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
