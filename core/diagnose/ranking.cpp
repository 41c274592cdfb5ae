#include "diagnose/ranking.h"

#include "diagnose/condition.h"
#include "diagnose/rule.h"
#include "model/series_math.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <numeric>
#include <tuple>

namespace hindcast::diagnose {
namespace {

using namespace std::chrono_literals;

/// A warning (0.4) by a direct measure of waiting (0.7) that held for half of the window is a bottleneck.
constexpr double leastPrincipalScore = 0.4 * 0.7 * 0.5;
constexpr double nearlyEqual = 0.9;

/// Stretches in which tasks were all stalled, or the kernel said that one hung.
std::vector<Episode> victimSignals(const Snapshot& snapshot, std::vector<std::string>& reasons)
{
    constexpr double stalledPercent = 10, seconds = 10;
    constexpr Nanoseconds hungTaskLimit = 120s; // kernel.hung_task_timeout_secs: it hung this long when it is said
    std::vector<Episode> all;
    for (const auto& [metric, what] :
        {std::pair{"pressure.io.full", "I/O"}, std::pair{"pressure.memory.full", "memory"}}) {
        const Term term{signalOf(snapshot.find(metric)), Bound::AtLeast, stalledPercent};
        const Sustained stalled = sustained(std::span(&term, 1), seconds);
        if (!stalled.episodes.empty())
            reasons.push_back(
                fmt::format("tasks were stalled for {} (PSI full at or above {:.0f} %)", what, stalledPercent));
        all.insert(all.end(), stalled.episodes.begin(), stalled.episodes.end());
    }
    bool isAnyHung = false;
    for (const Event& event : snapshot.events)
        if (labelValue(event.labels, "kind") == "hung-task" && event.clock == Clock::Wall
            && snapshot.range.contains(event.time)) {
            all.push_back({{std::max(snapshot.range.begin, event.time - hungTaskLimit), event.time + Nanoseconds{1}},
                Episode::Extent::Span});
            isAnyHung = true;
        }
    if (isAnyHung)
        reasons.push_back("the kernel reported hung tasks");
    return united(std::move(all), 0s);
}

double weightOf(Level level)
{
    constexpr std::array weights{0.1, 0.4, 0.7, 1.0};
    return weights[static_cast<std::size_t>(level)];
}

/// Overlap with the problem window, as a share of it. Events count as 1 when inside, 0.5 up to a minute before it.
double coverage(const Finding& finding, const std::vector<Episode>& window)
{
    constexpr double justBefore = 0.5;
    constexpr Nanoseconds before = 60s;
    double common = 0, best = 0;
    for (const Episode& episode : finding.episodes) {
        if (episode.extent == Episode::Extent::Span) {
            common += overlapSeconds(window, episode.range);
            continue;
        }
        if (episode.extent == Episode::Extent::Snapshot)
            best = std::max(best, justBefore); // seen once: no one knows for how long
        for (const Episode& part : window) {
            const bool isInside = part.range.begin <= episode.range.begin && episode.range.begin <= part.range.end;
            const bool isJustBefore =
                episode.range.begin < part.range.begin && part.range.begin - episode.range.begin <= before;
            best = std::max(best, isInside ? 1.0 : isJustBefore ? justBefore : 0.0);
        }
    }
    const double length = totalSeconds(window);
    return std::max(best, length > 0 ? std::min(1.0, common / length) : 1.0);
}

double scoreOf(const Finding& finding, const std::vector<Episode>& window)
{
    constexpr double perConsequence = 0.15;
    constexpr std::size_t mostConsequences = 3;
    const auto consequences = static_cast<double>(std::min(mostConsequences, finding.explains.size()));
    return weightOf(finding.level) * finding.confidence * coverage(finding, window)
        * (1 + perConsequence * consequences);
}

bool canBePrincipal(const Finding& finding)
{
    if (finding.explainedBy)
        return false;
    switch (finding.role) {
    case Role::Culprit:
    case Role::Symptom:
        return true;
    case Role::Risk:
        return finding.level == Level::Critical;
    case Role::Note:
    case Role::Quality:
        return false;
    }
    return false;
}

int failureRank(const Finding& finding)
{
    const Rule* rule = ruleById(finding.id);
    return rule ? static_cast<int>(rule->useClass) : 0;
}

/// How narrow an object is: the host is the widest.
int narrowness(const Finding& finding)
{
    switch (finding.object.kind) {
    case ObjectKind::Host:
        return 0;
    case ObjectKind::Cpu:
    case ObjectKind::Device:
    case ObjectKind::Filesystem:
    case ObjectKind::Interface:
        return 1;
    case ObjectKind::Cgroup:
    case ObjectKind::Listener:
        return 2;
    case ObjectKind::Process:
    case ObjectKind::Flow:
        return 3;
    }
    return 0;
}

/// The tie-break between two that are within 10 %: larger is better. Onsets up to `simultaneous` are one: what begins
/// within two intervals cannot be told apart.
auto tieKey(const Finding& finding, Time simultaneous)
{
    const Nanoseconds later = std::max(Nanoseconds{0}, finding.range().begin - simultaneous);
    return std::tuple(
        failureRank(finding), -later.count(), static_cast<int>(finding.explains.size()), narrowness(finding));
}

/// Two intervals after the first onset among the candidates.
Time simultaneousUntil(const Snapshot& snapshot, const std::vector<const Finding*>& candidates)
{
    Time first = Time::max();
    for (const Finding* finding : candidates)
        first = std::min(first, finding->range().begin);
    return first + 2 * snapshot.host.interval.value_or(1s);
}

/// Roots that can be principal by score, then other roots; each followed by what it explains.
std::vector<std::size_t> orderOf(const Snapshot& snapshot, const std::vector<Finding>& findings)
{
    std::vector<std::size_t> roots;
    for (std::size_t i = 0; i < findings.size(); ++i)
        if (!findings[i].explainedBy)
            roots.push_back(i);
    std::stable_sort(roots.begin(), roots.end(), [&](std::size_t a, std::size_t b) {
        const bool isFirst = canBePrincipal(findings[a]), isSecond = canBePrincipal(findings[b]);
        return isFirst != isSecond ? isFirst : findings[a].score > findings[b].score;
    });
    // Those within 10 % of the best are told apart by more than the score.
    std::size_t near = 0;
    while (near < roots.size() && canBePrincipal(findings[roots[near]])
        && findings[roots[near]].score >= nearlyEqual * findings[roots[0]].score)
        ++near;
    std::vector<const Finding*> candidates;
    for (std::size_t i = 0; i < near; ++i)
        candidates.push_back(&findings[roots[i]]);
    if (!candidates.empty()) {
        const Time simultaneous = simultaneousUntil(snapshot, candidates);
        std::stable_sort(
            roots.begin(), roots.begin() + static_cast<std::ptrdiff_t>(near), [&](std::size_t a, std::size_t b) {
                return tieKey(findings[a], simultaneous) > tieKey(findings[b], simultaneous);
            });
    }
    std::vector<std::size_t> order = roots;
    for (std::size_t i = 0; i < order.size(); ++i) // consequences of consequences come along
        order.insert(order.end(), findings[order[i]].explains.begin(), findings[order[i]].explains.end());
    return order;
}

void reorder(const std::vector<std::size_t>& order, Diagnosis& diagnosis)
{
    std::vector<std::size_t> newIndex(order.size());
    std::vector<Finding> sorted;
    for (std::size_t i = 0; i < order.size(); ++i) {
        newIndex[order[i]] = i;
        sorted.push_back(std::move(diagnosis.findings[order[i]]));
    }
    for (Finding& finding : sorted) {
        if (finding.explainedBy)
            finding.explainedBy = newIndex[*finding.explainedBy];
        for (std::size_t& consequence : finding.explains)
            consequence = newIndex[consequence];
        std::sort(finding.explains.begin(), finding.explains.end());
    }
    for (Verdict& verdict : diagnosis.verdicts) {
        for (std::size_t& index : verdict.findings)
            index = newIndex[index];
        std::sort(verdict.findings.begin(), verdict.findings.end());
    }
    diagnosis.findings = std::move(sorted);
}

void namePrincipal(const Snapshot& snapshot, Diagnosis& diagnosis)
{
    const auto& findings = diagnosis.findings;
    if (findings.empty() || !canBePrincipal(findings[0]) || findings[0].score < leastPrincipalScore)
        return;
    diagnosis.principal = 0;
    if (findings.size() < 2 || !canBePrincipal(findings[1]) || findings[1].score < leastPrincipalScore
        || std::max(findings[0].score, findings[1].score) * nearlyEqual
            > std::min(findings[0].score, findings[1].score))
        return;
    const Time simultaneous = simultaneousUntil(snapshot, {&findings[0], &findings[1]});
    if (tieKey(findings[0], simultaneous) == tieKey(findings[1], simultaneous))
        diagnosis.equalPrincipal = 1;
}

/// Resource, mechanism, culprit, victim.
std::string fourParts(const Finding& finding)
{
    std::string text =
        finding.object.text() + ": " + (finding.mechanism.empty() ? finding.sentence : finding.mechanism);
    if (finding.culprit)
        text += "; by " + finding.culprit->text();
    if (finding.victim)
        text += "; waiting: " + finding.victim->text();
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

/// A few warnings without one that stands out are no "nothing found".
std::string withoutPrincipal(const Diagnosis& diagnosis)
{
    std::string counted;
    for (const Level level : {Level::Critical, Level::Serious, Level::Warning}) {
        const auto count = std::count_if(diagnosis.findings.begin(), diagnosis.findings.end(),
            [&](const Finding& finding) { return finding.level == level; });
        if (count > 0)
            counted += fmt::format("{}{} {}{}", counted.empty() ? "" : ", ", count, levelName(level),
                level == Level::Warning && count > 1 ? "s" : "");
    }
    return counted.empty() ? "No bottleneck found in this capture" : "Nothing that outweighs the rest; " + counted;
}

/// Silence is not health: what could not be judged is said in the same breath.
std::string unjudgedText(const Diagnosis& diagnosis)
{
    const auto unjudged = std::count_if(diagnosis.verdicts.begin(), diagnosis.verdicts.end(),
        [](const Verdict& verdict) { return verdict.answer == Answer::NotEvaluable; });
    if (unjudged == 0)
        return {};
    return fmt::format("; {} of {} questions could not be judged", unjudged, diagnosis.verdicts.size());
}

} // namespace

std::vector<Episode> problemWindow(const Snapshot& snapshot, const DiagnoseOptions& options, Diagnosis& diagnosis)
{
    if (options.range) {
        diagnosis.window = *options.range;
        diagnosis.windowReason = "the selected range";
        return {{*options.range, Episode::Extent::Span}};
    }
    std::vector<std::string> reasons;
    const auto signals = victimSignals(snapshot, reasons);
    if (!signals.empty()) {
        diagnosis.window = {signals.front().range.begin, signals.back().range.end};
        diagnosis.windowReason = reasons[0];
        for (std::size_t i = 1; i < reasons.size(); ++i)
            diagnosis.windowReason += ", " + reasons[i];
        return signals;
    }
    diagnosis.window = snapshot.range;
    diagnosis.windowReason = "the whole capture";
    return {{snapshot.range, Episode::Extent::Span}};
}

void rank(const Snapshot& snapshot, const std::vector<Episode>& window, Diagnosis& diagnosis)
{
    for (Finding& finding : diagnosis.findings)
        finding.score = scoreOf(finding, window);
    reorder(orderOf(snapshot, diagnosis.findings), diagnosis);
    namePrincipal(snapshot, diagnosis);
}

void conclude(const Snapshot& /*snapshot*/, Diagnosis& diagnosis)
{
    if (diagnosis.principal)
        diagnosis.headline = fourParts(diagnosis.findings[*diagnosis.principal]);
    else
        diagnosis.headline = withoutPrincipal(diagnosis) + unjudgedText(diagnosis);
    if (diagnosis.equalPrincipal)
        diagnosis.headline += ". Just as likely: " + fourParts(diagnosis.findings[*diagnosis.equalPrincipal]);
    for (const Resource resource : {Resource::Cpu, Resource::Memory, Resource::Swap, Resource::Disk,
             Resource::Filesystem, Resource::Network, Resource::Tcp, Resource::Process}) {
        std::size_t asked = 0, clear = 0;
        for (const Verdict& verdict : diagnosis.verdicts)
            if (verdict.resource == resource) {
                ++asked;
                clear += verdict.answer == Answer::Clear && !verdict.isNearlyFound ? 1 : 0;
            }
        if (asked > 0 && clear == asked)
            diagnosis.exonerated.push_back(resource);
    }
}

} // namespace hindcast::diagnose
