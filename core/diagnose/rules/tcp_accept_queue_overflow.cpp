// A listening program does not accept connections as fast as they come: its queue of finished handshakes is full. For a
// listener the kernel shows connections, not bytes, as Recv-Q, and the limit as Send-Q (man 8 ss).
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"
#include "model/socket.h"

#include <cmath>
#include <fmt/format.h>
#include <map>

namespace hindcast::diagnose {
namespace {

struct FullListener {
    std::string local, process;
    double queue = 0, limit = 0;
    std::vector<Time> seen;
};

class AcceptQueue {
public:
    explicit AcceptQueue(const Inquiry& inquiry)
        : m_inquiry(inquiry)
        , m_overflows(inquiry.series("tcp.listen_overflows"))
    {
        findFullListeners();
        countOverflows();
    }

    RuleResult result() const
    {
        RuleResult result;
        const FullListener* worst = nullptr;
        for (const auto& [local, listener] : m_listeners)
            if (!worst || isWorse(listener, *worst))
                worst = &listener;
        const bool isCounted = m_rows >= m_inquiry.parameter("rows") || m_overflowed >= m_inquiry.parameter("at_once");
        const bool isListed = worst
            && (m_listings < 2 ? worst->queue > worst->limit
                               : static_cast<double>(worst->seen.size()) >= m_inquiry.parameter("listings"));
        if (isCounted || isListed)
            result.findings.push_back(describe(isCounted, worst));
        else if (m_overflows)
            result.looked.push_back(m_inquiry.measured(
                *m_overflows, m_inquiry.snapshot().range, Statistic::Maximum, EvidenceRole::Context));
        if (!m_overflows && worst && !isListed && m_listings < 2) {
            result.isEvaluable = false;
            result.missing.push_back({"a second listing of the sockets, or overflows of accept queues",
                fmt::format("the only listing shows {} of at most {} waiting at {}", inNumber(worst->queue),
                    inNumber(worst->limit), worst->local),
                "record with hindcast-record, or record /proc/net/netstat"});
        }
        if (!m_overflows)
            result.remark = "judged by the listed queues alone: the counters of overflows were not recorded";
        return result;
    }

private:
    /// In a single listing the fuller one: only what is beyond its limit counts there.
    bool isWorse(const FullListener& a, const FullListener& b) const
    {
        return m_listings < 2 ? a.queue * b.limit > b.queue * a.limit : a.queue > b.queue;
    }

    void findFullListeners()
    {
        auto times = socketTimes(m_inquiry.snapshot());
        if (times.empty())
            times.push_back(m_inquiry.snapshot().range.end);
        m_listings = times.size();
        for (const Time time : times)
            for (const SocketFigures& socket : socketsAt(m_inquiry.snapshot(), time)) {
                const bool isFull = socket.state == TcpState::Listen && socket.receiveQueue >= 1 && socket.sendQueue > 0
                    && socket.receiveQueue >= m_inquiry.parameter("fill") * socket.sendQueue;
                if (!isFull)
                    continue;
                FullListener& listener = m_listeners[socket.local];
                listener.local = socket.local;
                listener.process = socket.process;
                listener.queue = std::max(listener.queue, socket.receiveQueue);
                listener.limit = socket.sendQueue;
                listener.seen.push_back(time);
            }
    }

    void countOverflows()
    {
        if (!m_overflows)
            return;
        const Signal rate = signalOf(m_overflows);
        for (std::size_t row = 1; row < rate.values.size(); ++row) {
            if (!(rate.values[row] > 0))
                continue;
            const Time begin = (*rate.times)[row - 1], end = (*rate.times)[row];
            m_overflowed += countOf(rate.values[row], end - begin);
            m_rows += 1;
            m_episodes.push_back({{begin, end + Nanoseconds{1}}, Episode::Extent::Span});
        }
        m_episodes = united(std::move(m_episodes), std::chrono::seconds{5});
    }

    Finding describe(bool isCounted, const FullListener* worst) const
    {
        std::vector<Episode> episodes = m_episodes;
        if (!isCounted)
            episodes = {{{worst->seen.front(), worst->seen.back() + Nanoseconds{1}},
                worst->seen.size() < 2 ? Episode::Extent::Snapshot : Episode::Extent::Span}};
        Object object{ObjectKind::Host, "", ""};
        if (worst)
            object = {ObjectKind::Listener, worst->local, worst->local};
        Finding finding = m_inquiry.finding(object, std::move(episodes));
        const double perSecond = isCounted ? m_overflowed / std::max(1.0, totalSeconds(finding.episodes)) : 0;
        finding.level = perSecond >= m_inquiry.parameter("critical") ? Level::Critical
            : perSecond >= m_inquiry.parameter("serious")            ? Level::Serious
                                                                     : Level::Warning;
        addEvidence(isCounted, worst, finding);
        finding.mechanism = worst
            ? fmt::format("the accept queue is full ({} of {})", inNumber(worst->queue), inNumber(worst->limit))
            : "an accept queue is full";
        finding.sentence = isCounted
            ? fmt::format(
                "{} connections dropped because the accept queue was full", inNumber(std::round(m_overflowed)))
            : fmt::format("Listener {} has {} connections waiting to be accepted, of at most {}", worst->local,
                inNumber(worst->queue), inNumber(worst->limit));
        if (isCounted && worst)
            finding.sentence += fmt::format(", at listener {}", worst->local);
        if (worst && !worst->process.empty()) {
            finding.culprit = Object{ObjectKind::Process, worst->process, ""};
            finding.culpritReason = "it does not accept";
        } else
            finding.culpritReason = worst ? "whose listener it is was not recorded" : "listeners were not recorded";
        finding.victimReason = "clients that connect: they wait a second and try again";
        Certainty certainty;
        certainty.base = isCounted ? 0.9 : m_listings < 2 ? 0.5 : 0.7;
        certainty.agreeing = isCounted && worst ? 1 : 0;
        finding.confidence = confidence(certainty);
        return finding;
    }

    void addEvidence(bool isCounted, const FullListener* worst, Finding& finding) const
    {
        if (isCounted) {
            Evidence overflows =
                m_inquiry.measured(*m_overflows, finding.range(), Statistic::Sum, EvidenceRole::Trigger);
            overflows.value = std::round(m_overflowed);
            overflows.unit = Unit::Count;
            overflows.limit = m_inquiry.parameter("at_once");
            overflows.limitName = m_inquiry.fullName("at_once");
            finding.evidence.push_back(overflows);
        }
        if (worst) {
            Evidence queue;
            queue.role = isCounted ? EvidenceRole::Support : EvidenceRole::Trigger;
            queue.metric = "socket.receive_queue";
            queue.labels = {{"local", worst->local}};
            queue.range = {worst->seen.front(), worst->seen.back() + Nanoseconds{1}};
            queue.statistic = Statistic::Maximum;
            queue.value = worst->queue;
            queue.unit = Unit::Count;
            queue.limit = m_inquiry.parameter("fill") * worst->limit;
            queue.limitName = m_inquiry.fullName("fill");
            queue.text = fmt::format("at most {}; seen in {} listing{}", inNumber(worst->limit), worst->seen.size(),
                worst->seen.size() == 1 ? "" : "s");
            finding.evidence.push_back(queue);
        }
        if (const Series* drops = m_inquiry.series("tcp.listen_drops"))
            finding.evidence.push_back(
                m_inquiry.measured(*drops, finding.range(), Statistic::Mean, EvidenceRole::Context));
    }

    const Inquiry& m_inquiry;
    const Series* m_overflows;
    std::map<std::string, FullListener> m_listeners;
    std::vector<Episode> m_episodes;
    std::size_t m_listings = 0; ///< of sockets; in a single one a queue longer than its limit says enough
    double m_overflowed = 0, m_rows = 0;
};

RuleResult check(const Inquiry& inquiry)
{
    return AcceptQueue(inquiry).result();
}

} // namespace

Rule tcp_accept_queue_overflow()
{
    Rule rule;
    rule.id = "tcp-accept-queue-overflow";
    rule.question = "Do connections wait to be accepted in vain?";
    rule.title = "Listener does not accept fast enough";
    rule.role = Role::Culprit;
    rule.resource = Resource::Tcp;
    rule.useClass = Rule::Class::Error;
    rule.needs = {
        {"overflows of accept queues, or listed sockets", {metric("tcp.listen_overflows"), {Input::Kind::Sockets, ""}},
            {"proc/net/netstat", "hindcast/sockets"}, "record /proc/net/netstat, or give the output of ss -ltn"}};
    rule.parameters = {
        {"rows", 2, Unit::Count, "intervals with an overflow", "house"},
        {"at_once", 10, Unit::Count, "or so many overflows in one", "house"},
        {"fill", 0.8, Unit::Ratio, "of its limit in the queue of a listener", "house"},
        {"listings", 2, Unit::Count, "listings that show it", "house"},
        {"serious", 1, Unit::CountPerSecond, "overflows per second, from here on serious", "Netdata tcp_listen"},
        {"critical", 5, Unit::CountPerSecond, "overflows per second, from here on critical", "Netdata tcp_listen"},
    };
    rule.causes = {"the accept loop is blocked (collection, lock, file descriptors)", "CPU saturated or throttled",
        "all workers busy", "a tiny backlog", "a burst of connections"};
    rule.checks = {"what the owner's threads do; its file descriptors; then the backlog",
        "clients show SYN retransmissions and connect times of 1 and 3 s"};
    rule.fixes = {"unblock the program", "more threads that accept", "a larger backlog and somaxconn", "SO_REUSEPORT"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
