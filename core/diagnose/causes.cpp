#include "diagnose/causes.h"

#include "diagnose/condition.h"
#include "diagnose/inquiry.h"
#include "model/series_math.h"

#include <algorithm>
#include <array>
#include <map>

namespace hindcast::diagnose {
namespace {

using namespace std::chrono_literals;

double meanOf(const Snapshot& snapshot, std::string_view metric, const Labels& labels, TimeRange range)
{
    const Series* series = snapshot.find(metric, labels);
    return series ? statisticsWithin(*series, range).mean : notMeasured;
}

/// Half of what the device moves is swapping.
bool isSwapTraffic(const Snapshot& snapshot, const Finding& /*cause*/, const Finding& effect)
{
    constexpr double half = 0.5;
    const Labels device{{"device", effect.object.name}};
    const double swapped =
        meanOf(snapshot, "swap.in", {}, effect.range()) + meanOf(snapshot, "swap.out", {}, effect.range());
    const double moved = meanOf(snapshot, "disk.read_bytes", device, effect.range())
        + meanOf(snapshot, "disk.written_bytes", device, effect.range());
    return swapped > 0 && swapped >= half * moved;
}

/// Swapping is what tasks wait for when some of them are seen blocked while swap is read.
bool isSwappedIn(const Snapshot& snapshot, const Finding& /*cause*/, const Finding& effect)
{
    return meanOf(snapshot, "swap.in", {}, effect.range()) > 0;
}

/// Memory beyond a limit is swapped first, and killed for when swap has a limit too: one shortage, of which the kill is
/// the end. Of the host's own shortage the memory rules speak.
bool isSwapThere(const Snapshot& snapshot, const Finding& /*cause*/, const Finding& effect)
{
    const Series* out = snapshot.find("swap.out");
    if (!out)
        return false;
    constexpr std::chrono::seconds before{30};
    return statisticsWithin(*out, {effect.range().begin - before, effect.range().end}).maximum > 0;
}

bool isMemoryLowAtOnset(const Snapshot& snapshot, const Finding& /*cause*/, const Finding& effect)
{
    constexpr double scarce = 0.1;
    const Series* available = snapshot.find("memory.available");
    const Series* total = snapshot.find("memory.total");
    if (!available || !total)
        return false;
    const auto row = indexAt(available->times, effect.range().begin);
    const auto totalRow = indexAt(total->times, effect.range().begin);
    return row && totalRow && available->values.at(*row) < scarce * total->values.at(*totalRow);
}

/// No other device has a queue of its own, or the waiting tasks are not more than wait there.
bool isOnlyBusyDevice(const Snapshot& snapshot, const Finding& cause, const Finding& effect)
{
    constexpr double queue = 1, most = 0.5;
    const Labels device{{"device", cause.object.name}};
    const double own = meanOf(snapshot, "disk.queue", device, effect.range());
    double others = 0;
    for (const Series* series : snapshot.findAll("disk.queue"))
        if (series->labels != device) {
            const double mean = statisticsWithin(*series, effect.range()).mean;
            others = mean > others ? mean : others;
        }
    // A device that was not measured alone (vmstat text) is all there is.
    return !(own >= 0) || others < queue || others < most * own;
}

bool hasNoIdleCpu(const Snapshot& snapshot, const Finding& /*cause*/, const Finding& effect)
{
    constexpr double idlePercent = 10, mostOfIt = 0.7;
    const Series* idle = snapshot.find("cpu.idle");
    if (!idle)
        return false;
    const IndexRange rows = indexRange(idle->times, effect.range());
    std::size_t measured = 0, busy = 0;
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
        const double value = idle->values.at(row);
        measured += value == value ? 1 : 0;
        busy += value < idlePercent ? 1 : 0;
    }
    return measured > 0 && static_cast<double>(busy) >= mostOfIt * static_cast<double>(measured);
}

/// Short of CPU time a program accepts late, but it accepts, and the kernel finishes handshakes for it (PassiveOpens);
/// one that stands still does not for that reason.
bool isAcceptingLate(const Snapshot& snapshot, const Finding& cause, const Finding& effect)
{
    constexpr double standstill = 1; // per second
    const double accepted = meanOf(snapshot, "tcp.passive_opens", {}, effect.range());
    return hasNoIdleCpu(snapshot, cause, effect) && !(accepted < standstill); // true when it was not measured
}

/// The findings catalogue, section 5, for the rules there are.
constexpr std::array edges{
    CausalEdge{"swap-thrashing", "disk-saturation", "swapping is half of the device's traffic", isSwapTraffic},
    CausalEdge{"swap-thrashing", "load-without-cpu", "pages are read from swap meanwhile", isSwappedIn},
    CausalEdge{"swap-thrashing", "mem-oom-kill-cgroup", "memory is written to swap up to the kill", isSwapThere},
    CausalEdge{"mem-available-low", "swap-thrashing", "less than 10 % of memory available at its beginning",
        isMemoryLowAtOnset},
    CausalEdge{"mem-available-low", "mem-oom-kill-host", "less than 10 % of memory available at its beginning",
        isMemoryLowAtOnset},
    CausalEdge{"mem-available-low", "mem-oom-kill-cgroup", "less than 10 % of memory available at its beginning",
        isMemoryLowAtOnset},
    CausalEdge{"disk-saturation", "load-without-cpu", "the only device with a queue", isOnlyBusyDevice},
    CausalEdge{"cpu-saturation", "tcp-accept-queue-overflow",
        "idle below 10 % for 70 % of it, and connections are accepted", isAcceptingLate},
};

/// The tick of whatever was measured coarsest among a finding's evidence would be best; a capture has one tick for all
/// but a few sources.
Nanoseconds tickOf(const Snapshot& snapshot, const Finding& finding)
{
    Nanoseconds tick = snapshot.host.interval.value_or(1s);
    for (const Evidence& evidence : finding.evidence)
        if (const Series* series = snapshot.find(evidence.metric, evidence.labels))
            tick = std::max(tick, usualInterval(series->times).value_or(tick));
    return tick;
}

/// The cause begins no later than two intervals after the effect, and holds during half of it.
bool passesTimeTest(const Snapshot& snapshot, const Finding& cause, const Finding& effect)
{
    constexpr double half = 0.5;
    const Nanoseconds tick = std::max(tickOf(snapshot, cause), tickOf(snapshot, effect));
    if (cause.range().begin > effect.range().begin + 2 * tick)
        return false;
    const bool isInstant = std::all_of(effect.episodes.begin(), effect.episodes.end(),
        [](const Episode& episode) { return episode.extent != Episode::Extent::Span; });
    if (isInstant) {
        // An event can end its own cause: a killed process gives its memory back before the next sample.
        const auto isWithin = [&](const Episode& event) {
            return std::any_of(cause.episodes.begin(), cause.episodes.end(), [&](const Episode& episode) {
                return event.range.begin >= episode.range.begin - tick
                    && event.range.begin <= episode.range.end + 2 * tick;
            });
        };
        return std::any_of(effect.episodes.begin(), effect.episodes.end(), isWithin);
    }
    double common = 0;
    for (const Episode& episode : effect.episodes)
        common += overlapSeconds(cause.episodes, episode.range);
    return common >= half * totalSeconds(effect.episodes);
}

constexpr double leastConfidence = 0.5;

/// Findings of each rule: a kernel log can name thousands of killed processes.
using ByRule = std::map<std::string_view, std::vector<std::size_t>>;

/// Every cause that explains `effect`, best first: the one that began first, then by the table.
std::vector<std::size_t> causesOf(
    const Snapshot& snapshot, const std::vector<Finding>& findings, const ByRule& byRule, std::size_t effect)
{
    std::vector<std::size_t> causes;
    for (const CausalEdge& edge : edges) {
        const auto rule = findings[effect].id == edge.effect ? byRule.find(edge.cause) : byRule.end();
        if (rule == byRule.end())
            continue;
        for (const std::size_t cause : rule->second)
            if (cause != effect && findings[cause].confidence >= leastConfidence
                && passesTimeTest(snapshot, findings[cause], findings[effect])
                && edge.fits(snapshot, findings[cause], findings[effect]))
                causes.push_back(cause);
    }
    std::stable_sort(causes.begin(), causes.end(),
        [&](std::size_t a, std::size_t b) { return findings[a].range().begin < findings[b].range().begin; });
    return causes;
}

/// Whether `effect` stands somewhere above `cause` already: joining them would close a circle.
bool isAbove(const std::vector<Finding>& findings, std::size_t effect, std::size_t cause)
{
    for (std::optional<std::size_t> up = cause; up; up = findings[*up].explainedBy)
        if (*up == effect)
            return true;
    return false;
}

} // namespace

std::span<const CausalEdge> causalEdges()
{
    return edges;
}

void joinCauses(const Snapshot& snapshot, std::vector<Finding>& findings)
{
    // The edge that begins earlier is kept where two explain each other: effects that began late are joined first.
    std::vector<std::size_t> order(findings.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::stable_sort(order.begin(), order.end(),
        [&](std::size_t a, std::size_t b) { return findings[a].range().begin > findings[b].range().begin; });
    ByRule byRule;
    for (std::size_t i = 0; i < findings.size(); ++i)
        byRule[findings[i].id].push_back(i);
    for (const std::size_t effect : order)
        for (const std::size_t cause : causesOf(snapshot, findings, byRule, effect))
            if (!isAbove(findings, effect, cause)) {
                findings[effect].explainedBy = cause;
                findings[cause].explains.push_back(effect);
                break;
            }
    for (Finding& finding : findings)
        std::sort(finding.explains.begin(), finding.explains.end());
}

} // namespace hindcast::diagnose
