// A program does not close connections that its peers have closed: they stay in CLOSE-WAIT until it does, however long.
// Passing through that state is normal; staying in it is not.
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"
#include "model/socket.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace hindcast::diagnose {
namespace {

/// The CLOSE-WAIT sockets of one owner in each listing.
struct Owner {
    std::string process; ///< "" = not told: the local port stands for it
    std::string port;
    std::vector<std::set<std::string>> pairs; ///< by listing: local and remote ends
};

class CloseWait {
public:
    explicit CloseWait(const Inquiry& inquiry)
        : m_inquiry(inquiry)
        , m_times(socketTimes(inquiry.snapshot()))
    {
        if (m_times.empty()) // a listing without a time
            m_times.push_back(inquiry.snapshot().range.begin);
        for (std::size_t listing = 0; listing < m_times.size(); ++listing)
            for (const SocketFigures& socket : socketsAt(inquiry.snapshot(), m_times[listing]))
                if (socket.state == TcpState::CloseWait && !isUnaccepted(socket))
                    add(socket, listing);
    }

    RuleResult result() const
    {
        RuleResult result;
        std::size_t most = 0;
        for (const auto& [key, owner] : m_owners) {
            judge(owner, result);
            for (const auto& pairs : owner.pairs)
                most = std::max(most, pairs.size());
        }
        if (result.findings.empty()) {
            Evidence seen = evidence(static_cast<double>(most), {m_times.front(), m_times.back() + Nanoseconds{1}});
            seen.role = EvidenceRole::Context;
            seen.text = "of one owner";
            result.looked.push_back(seen);
            if (m_times.size() < 2)
                result.remark = "sockets were listed once: whether they stay is not known";
        }
        return result;
    }

private:
    /// In the accept queue nobody owns it yet; that is another question (tcp-accept-queue-overflow).
    static bool isUnaccepted(const SocketFigures& socket) { return socket.inode == "0" && socket.process.empty(); }

    void add(const SocketFigures& socket, std::size_t listing)
    {
        const std::string port = socket.local.substr(socket.local.rfind(':') + 1);
        Owner& owner = m_owners[socket.process.empty() ? ":" + port : socket.process];
        owner.process = socket.process;
        owner.port = port;
        owner.pairs.resize(m_times.size());
        owner.pairs[listing].insert(socket.local + ' ' + socket.remote);
    }

    double spanSeconds() const { return toSeconds(m_times.back() - m_times.front()); }

    /// How long the same sockets must have stayed; less in a short capture.
    double wantedSeconds() const
    {
        constexpr double least = 5;
        const double asked = m_inquiry.parameter("duration"), capture = m_inquiry.captureSeconds();
        return capture >= 2 * asked ? asked : std::min(asked, std::max(least, capture / 2));
    }

    void judge(const Owner& owner, RuleResult& result) const
    {
        const auto& pairs = owner.pairs;
        if (m_times.size() < 2) {
            if (static_cast<double>(pairs[0].size()) >= m_inquiry.parameter("single_listing"))
                result.findings.push_back(describe(owner, 0, 0, pairs[0].size(), false));
            return;
        }
        // From the first listing on after which none of that time's sockets was ever closed.
        for (std::size_t from = 0; from + 1 < pairs.size(); ++from) {
            const bool isMany = static_cast<double>(pairs[from].size()) >= m_inquiry.parameter("sockets");
            const std::size_t until = lastWithAll(pairs, from);
            if (isMany && toSeconds(m_times[until] - m_times[from]) >= wantedSeconds()) {
                result.findings.push_back(
                    describe(owner, from, until, pairs[until].size(), isGrowing(pairs, from, until)));
                return;
            }
        }
        const std::size_t last = pairs.size() - 1;
        if (last >= 2 && static_cast<double>(pairs[last].size()) >= m_inquiry.parameter("sockets")
            && isGrowing(pairs, 0, last))
            result.findings.push_back(describe(owner, 0, last, pairs[last].size(), true));
    }

    static std::size_t lastWithAll(const std::vector<std::set<std::string>>& pairs, std::size_t from)
    {
        std::size_t last = from;
        while (last + 1 < pairs.size()
            && std::includes(pairs[last + 1].begin(), pairs[last + 1].end(), pairs[from].begin(), pairs[from].end()))
            ++last;
        return last;
    }

    static bool isGrowing(const std::vector<std::set<std::string>>& pairs, std::size_t from, std::size_t until)
    {
        constexpr std::size_t listings = 3;
        for (std::size_t i = from; i < until; ++i)
            if (pairs[i + 1].size() < pairs[i].size())
                return false;
        return until - from + 1 >= listings && pairs[until].size() > pairs[from].size();
    }

    Evidence evidence(double count, TimeRange range) const
    {
        Evidence one;
        one.metric = "tcp.sockets";
        one.labels = {{"state", "CLOSE-WAIT"}};
        one.range = range;
        one.statistic = Statistic::Maximum;
        one.value = count;
        one.unit = Unit::Count;
        one.limit = m_inquiry.parameter(m_times.size() < 2 ? "single_listing" : "sockets");
        one.limitName = m_inquiry.fullName(m_times.size() < 2 ? "single_listing" : "sockets");
        if (const Series* series = m_inquiry.series("tcp.sockets", one.labels)) {
            one.source = series->source;
            one.member = series->member;
        } else
            for (const Table& table : m_inquiry.snapshot().tables)
                if (table.name == "sockets") {
                    one.source = table.source;
                    one.member = table.member;
                    one.line = table.firstLine;
                }
        return one;
    }

    Finding describe(const Owner& owner, std::size_t from, std::size_t until, std::size_t count, bool isGrowing) const
    {
        const bool isSingle = from == until;
        const TimeRange range{m_times[from], m_times[until] + Nanoseconds{1}};
        const Object object = owner.process.empty()
            ? listenerAt(m_inquiry.snapshot(), owner.port)
            : Object{ObjectKind::Process, owner.process, processKey(owner.process)};
        Finding finding =
            m_inquiry.finding(object, {{range, isSingle ? Episode::Extent::Snapshot : Episode::Extent::Span}});
        const double perMinute = isSingle
            ? 0
            : static_cast<double>(count - owner.pairs[from].size()) / std::max(1.0, toSeconds(range.duration())) * 60;
        finding.level = !isSingle
                && (static_cast<double>(count) >= m_inquiry.parameter("serious")
                    || (isGrowing && perMinute >= m_inquiry.parameter("serious_growth")))
            ? Level::Serious
            : Level::Warning;
        Evidence seen = evidence(static_cast<double>(count), range);
        seen.text = isSingle ? "in the only listing"
                             : fmt::format("{} at first; the same ones stay for {} in {} listings",
                                 owner.pairs[from].size(), formatDuration(range.duration()), until - from + 1);
        finding.evidence.push_back(seen);
        finding.mechanism = "connections that the peers closed are never closed here";
        finding.sentence = fmt::format("{} connections of {} stay in CLOSE-WAIT", count, object.text());
        if (isGrowing)
            finding.sentence += fmt::format(", {} more per minute", inNumber(perMinute));
        if (!owner.process.empty()) {
            finding.culprit = object;
            finding.culpritReason = "it does not close them";
        } else
            finding.culpritReason = "whose sockets they are was not recorded";
        finding.victimReason = "the program itself: file descriptors and pool slots run out";
        Certainty certainty;
        certainty.base = isSingle ? 0.5 : 0.7;
        certainty.agreeing = isGrowing ? 1 : 0;
        certainty.isScaled = !isSingle && toSeconds(range.duration()) < m_inquiry.parameter("duration");
        finding.confidence = confidence(certainty);
        return finding;
    }

    /// "nginx 4121" -> key of process 4121.
    std::string processKey(const std::string& process) const
    {
        const Entity* entity = processOf(m_inquiry.snapshot(), process.substr(process.rfind(' ') + 1));
        return entity ? entity->key : "";
    }

    const Inquiry& m_inquiry;
    std::vector<Time> m_times;
    std::map<std::string, Owner> m_owners;
};

RuleResult check(const Inquiry& inquiry)
{
    return CloseWait(inquiry).result();
}

} // namespace

Rule tcp_close_wait_leak()
{
    Rule rule;
    rule.id = "tcp-close-wait-leak";
    rule.question = "Does a program forget to close connections?";
    rule.title = "Application never closes";
    rule.role = Role::Culprit;
    rule.resource = Resource::Tcp;
    rule.useClass = Rule::Class::Error;
    rule.needs = {{"listed sockets", {{Input::Kind::Sockets, ""}}, {"hindcast/sockets", "proc/net/tcp"},
        "record with hindcast-record, or give the output of ss -tanp"}};
    rule.parameters = {
        {"sockets", 20, Unit::Count, "in CLOSE-WAIT, of one owner", "house"},
        {"duration", 60, Unit::Seconds, "and none of them closed for", "house"},
        {"single_listing", 100, Unit::Count, "in CLOSE-WAIT when sockets were listed once", "house"},
        {"serious", 500, Unit::Count, "from here on serious", "house"},
        {"serious_growth", 10, Unit::Count, "more per minute: serious", "house"},
    };
    rule.causes = {"no close() on an error path", "a pool that does not look whether a connection lives",
        "a thread that is stuck", "accepting without reading"};
    rule.checks = {"what the owner's threads do", "the peers show FIN-WAIT-2"};
    rule.fixes = {"close in every path", "validate and evict in the pool", "idle timeouts", "restart as first aid"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
