#include "diagnose/oom_kills.h"

#include "diagnose/figures.h"
#include "diagnose/needs.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace hindcast::diagnose {
namespace {

constexpr double percent = 100;

class OomKills {
public:
    OomKills(const Inquiry& inquiry, OomScope scope)
        : m_inquiry(inquiry)
        , m_scope(scope)
    {
    }

    RuleResult result() const
    {
        RuleResult result;
        if (hasKernelLog(m_inquiry.snapshot()))
            byLog(result);
        else
            byCounter(result);
        return result;
    }

private:
    void byLog(RuleResult& result) const
    {
        const KernelEvents events =
            kernelEvents(m_inquiry.snapshot(), m_scope == OomScope::Host ? "oom-kill" : "oom-kill-cgroup");
        result.remark = earlierText(events);
        if (events.now.empty() && events.unplaced > 0) {
            result.isEvaluable = false;
            result.missing.push_back({"times of the kernel's messages",
                "the log counts from boot, and when that was is not recorded", "give the output of dmesg -T"});
        }
        std::map<std::string, std::vector<const Event*>> byObject; // cgroup, or command of the one killed
        for (const Event* event : events.now)
            byObject[std::string(labelValue(event->labels, m_scope == OomScope::Host ? "comm" : "cgroup"))].push_back(
                event);
        for (const auto& [name, killed] : byObject)
            result.findings.push_back(told(name, killed));
    }

    Object objectOfEvents(const std::string& name, const std::vector<const Event*>& killed) const
    {
        if (m_scope == OomScope::Cgroup)
            return {ObjectKind::Cgroup, name.empty() ? "(not named)" : name, name};
        Object object = victimOf(*killed.back());
        if (killed.size() > 1)
            object.name = fmt::format("{} ({} kills)", name, killed.size());
        return object;
    }

    Object victimOf(const Event& event) const
    {
        const auto pid = labelValue(event.labels, "pid");
        const Entity* process = processOf(m_inquiry.snapshot(), pid);
        return {ObjectKind::Process, std::string(labelValue(event.labels, "comm")) + ' ' + std::string(pid),
            process ? process->key : ""};
    }

    Finding told(const std::string& name, const std::vector<const Event*>& killed) const
    {
        const Event& last = *killed.back();
        Finding finding = m_inquiry.finding(objectOfEvents(name, killed), episodesOf(m_inquiry.snapshot(), killed));
        finding.level = level(killed);
        for (const Event* event : killed)
            finding.evidence.push_back(Inquiry::ofEvent(*event, EvidenceRole::Trigger));
        addMemory(finding);
        finding.victim = victimOf(last);
        finding.victimReason = "killed";
        if (m_scope == OomScope::Cgroup) {
            finding.culprit = finding.object;
            finding.culpritReason = "its limit, not the memory of the host";
        } else
            finding.culpritReason = "the one that is killed need not be the one that grew";
        finding.mechanism = fmt::format("{} killed by the kernel{}", kills(killed),
            m_scope == OomScope::Host ? ": the host was out of memory" : " at the memory limit");
        finding.sentence = fmt::format("The kernel killed {}{}: {}", kills(killed),
            killed.size() > 1 ? ", last " + victimOf(last).name : std::string(),
            m_scope == OomScope::Host ? std::string("the host was out of memory")
                                      : fmt::format("cgroup {} was at its memory limit", finding.object.name));
        Certainty certainty;
        certainty.base = 0.9;
        finding.confidence = confidence(certainty);
        return finding;
    }

    std::string kills(const std::vector<const Event*>& killed) const
    {
        return killed.size() == 1 ? "process " + victimOf(*killed[0]).name : fmt::format("{} processes", killed.size());
    }

    Level level(const std::vector<const Event*>& killed) const
    {
        constexpr std::size_t loop = 3;
        constexpr std::chrono::minutes within{10};
        for (std::size_t i = loop - 1; i < killed.size(); ++i)
            if (killed[i]->time - killed[i - (loop - 1)]->time <= within)
                return Level::Critical;
        // What process 1 started is a service, and is missed.
        const auto isService = [&](const Event* event) {
            const Entity* process = processOf(m_inquiry.snapshot(), labelValue(event->labels, "pid"));
            return process && process->attribute("ppid") == "1";
        };
        return std::any_of(killed.begin(), killed.end(), isService) ? Level::Critical : Level::Serious;
    }

    /// What the host had at that time: for a cgroup the proof that the host was fine.
    void addMemory(Finding& finding) const
    {
        const Series* available = m_inquiry.series("memory.available");
        if (!available)
            return;
        TimeRange range = finding.range();
        range.begin -= std::chrono::minutes{5};
        finding.evidence.push_back(m_inquiry.measured(*available, range, Statistic::Minimum, EvidenceRole::Context));
    }

    /// A counter says that, not whom: of the host when the host had nothing left, of a cgroup when it had.
    void byCounter(RuleResult& result) const
    {
        result.remark =
            "judged by the counter alone: who was killed stands in the kernel's log, which was not recorded";
        const Series* counter = m_inquiry.series("memory.oom_kills");
        if (!counter)
            return;
        const Signal kills = signalOf(counter);
        std::vector<Episode> episodes;
        for (std::size_t row = 1; row < kills.values.size(); ++row)
            if (kills.values[row] > 0 && wasHostOut((*kills.times)[row - 1]) == (m_scope == OomScope::Host))
                episodes.push_back(
                    {{(*kills.times)[row], (*kills.times)[row] + Nanoseconds{1}}, Episode::Extent::Instant});
        if (episodes.empty()) {
            result.looked.push_back(
                m_inquiry.measured(*counter, m_inquiry.snapshot().range, Statistic::Maximum, EvidenceRole::Context));
            return;
        }
        Finding finding = m_inquiry.finding({ObjectKind::Host, "", ""}, std::move(episodes));
        finding.level = Level::Serious;
        for (const Episode& episode : finding.episodes)
            finding.evidence.push_back(
                m_inquiry.measured(*counter, episode.range, Statistic::Value, EvidenceRole::Trigger));
        addMemory(finding);
        finding.mechanism = "the kernel killed processes for want of memory";
        finding.sentence = fmt::format("The kernel killed processes for want of memory; {}",
            m_scope == OomScope::Host ? "the host had little left"
                                      : "the host had plenty, so a cgroup was at its limit");
        finding.culpritReason = finding.victimReason = "the kernel's log, which names them, was not recorded";
        Certainty certainty;
        certainty.base = m_scope == OomScope::Host ? 0.75 : 0.65;
        finding.confidence = confidence(certainty);
        result.findings.push_back(std::move(finding));
    }

    bool wasHostOut(Time time) const
    {
        constexpr double plenty = 20;
        const Series* available = m_inquiry.series("memory.available");
        const Series* total = m_inquiry.series("memory.total");
        if (!available || !total)
            return true;
        const auto row = indexAt(available->times, time), totalRow = indexAt(total->times, time);
        return !row || !totalRow || !(available->values.at(*row) / total->values.at(*totalRow) * percent >= plenty);
    }

    const Inquiry& m_inquiry;
    OomScope m_scope;
};

} // namespace

RuleResult oomKills(const Inquiry& inquiry, OomScope scope)
{
    return OomKills(inquiry, scope).result();
}

void setOomNeeds(Rule& rule)
{
    rule.resource = Resource::Memory;
    rule.role = Role::Culprit;
    rule.useClass = Rule::Class::Error;
    rule.needs = {{"kernel log, or the counter of kills", {{Input::Kind::KernelLog, ""}, metric("memory.oom_kills")},
        {"dev/kmsg", "proc/vmstat"}, "record as root, or with kernel.dmesg_restrict=0; or give the output of dmesg"}};
}

} // namespace hindcast::diagnose
