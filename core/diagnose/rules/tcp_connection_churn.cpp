// Many short connections leave many in TIME-WAIT. On the side that closed first that is as it should be (RFC 9293,
// section 3.6), costs little, and is never a fault by itself: a note that explains a large number.
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"

#include <fmt/format.h>

namespace hindcast::diagnose {
namespace {

RuleResult check(const Inquiry& inquiry)
{
    RuleResult result;
    const Series& waiting = *inquiry.series("sockets.tcp.time_wait");
    const TimeRange all = inquiry.snapshot().range;
    const Statistics of = statistics(waiting, all);
    const Series* established = inquiry.series("tcp.established");
    const double open = established ? statistics(*established, all).maximum : notMeasured;
    const bool isManyTimes =
        of.maximum >= inquiry.parameter("least") && of.maximum >= inquiry.parameter("per_established") * open;
    if (!(of.maximum >= inquiry.parameter("time_wait")) && !isManyTimes) {
        result.looked.push_back(inquiry.compared(waiting, all, Statistic::Maximum, "time_wait"));
        return result;
    }
    Finding finding = inquiry.finding({ObjectKind::Host, "", ""}, {{all, Episode::Extent::Span}});
    finding.level = Level::Info;
    finding.evidence.push_back(inquiry.compared(waiting, all, Statistic::Maximum, isManyTimes ? "least" : "time_wait"));
    for (const char* name : {"tcp.established", "tcp.active_opens", "tcp.passive_opens"})
        if (const Series* series = inquiry.series(name))
            finding.evidence.push_back(inquiry.measured(*series, all, Statistic::Mean, EvidenceRole::Context));
    finding.sentence = fmt::format(
        "{} connections in TIME-WAIT: many short connections, normal and cheap by itself", inNumber(of.maximum));
    finding.mechanism = "many short connections";
    finding.culpritReason = "to which destination is told by the list of sockets";
    finding.victimReason = "no one, as long as local ports suffice";
    Certainty certainty;
    certainty.base = 0.9; // counted exactly
    finding.confidence = confidence(certainty);
    result.findings.push_back(std::move(finding));
    return result;
}

} // namespace

Rule tcp_connection_churn()
{
    Rule rule;
    rule.id = "tcp-connection-churn";
    rule.question = "Do many short connections leave TIME-WAIT behind?";
    rule.title = "Many short connections; TIME-WAIT piles up";
    rule.role = Role::Note;
    rule.resource = Resource::Tcp;
    rule.useClass = Rule::Class::Utilization;
    rule.needs = {{"connections in TIME-WAIT", {metric("sockets.tcp.time_wait")}, {"proc/net/sockstat"},
        "record /proc/net/sockstat"}};
    rule.parameters = {
        {"time_wait", 5000, Unit::Count, "connections in TIME-WAIT", "house"},
        {"least", 1000, Unit::Count, "or so many", "house"},
        {"per_established", 10, Unit::None, "and so many for each that is open", "house"},
    };
    rule.causes = {
        "no connection pool or keep-alive between proxy and backend", "health checks", "one connection per request"};
    rule.checks = {
        "TIME-WAIT at the port of a listener: harmless; at many local ports: they are used up at the client"};
    rule.fixes = {"usually none; keep-alive and pools on both sides"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
