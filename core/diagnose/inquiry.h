// Inquiry: what a rule sees when its question is asked: the capture, its own parameters, and what has been found out
// about the capture as a whole. Also the few steps every rule takes: evidence, confidence, levels, consumers.
#pragma once

#include "diagnose/condition.h"
#include "diagnose/diagnose.h"
#include "diagnose/rule.h"
#include "model/process.h"
#include "model/series_math.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hindcast::diagnose {

class Inquiry {
public:
    Inquiry(const Snapshot& snapshot, const Rule& rule, const DiagnoseOptions& options)
        : m_snapshot(snapshot)
        , m_rule(rule)
        , m_options(options)
    {
    }

    const Snapshot& snapshot() const { return m_snapshot; }
    const Rule& rule() const { return m_rule; }

    /// The user's value, else the rule's own. Precondition: the rule has a parameter of that name.
    double parameter(std::string_view name) const;
    /// "disk-saturation.queue"
    std::string fullName(std::string_view name) const;

    double captureSeconds() const { return toSeconds(m_snapshot.range.duration()); }
    /// CPUs of the host; of a capture that does not say, the CPUs that have rows of their own; else nothing.
    std::optional<double> cpus() const;
    const Series* series(std::string_view metric, const Labels& labels = {}) const
    {
        return m_snapshot.find(metric, labels);
    }

    /// A finding of this rule with its fixed texts, at Level::Warning.
    Finding finding(Object object, std::vector<Episode> episodes) const;

    /// A statistic of a series over a range, with the limit it is compared with.
    Evidence measured(const Series& series, TimeRange range, Statistic statistic, EvidenceRole role) const;
    /// The same, with its limit; `parameterName` without the rule's id.
    Evidence compared(const Series& series, TimeRange range, Statistic statistic, std::string_view parameterName,
        std::optional<double> limit = {}, EvidenceRole role = EvidenceRole::Trigger) const;
    static Evidence ofEvent(const Event& event, EvidenceRole role);

private:
    const Snapshot& m_snapshot;
    const Rule& m_rule;
    const DiagnoseOptions& m_options;
};

/// Of the samples whose interval (or moment) lies in the range.
Statistics statisticsWithin(const Series& series, TimeRange range);

/// How many in an interval, from a rate over it: a whole number where it is one but for the rounding of the rate.
double countOf(double rate, Nanoseconds interval);

/// Time with nothing to run, percent of all CPUs. Waiting for I/O is a kind of idle time (man 5 proc_stat).
Signal idleSignal(const Inquiry& inquiry);
/// The range of the longest. Precondition: not empty.
TimeRange longestOf(const std::vector<Episode>& episodes);

/// Kernel messages of a kind that belong to the capture: within it as exactly as their clock tells, or of a log that is
/// all there is. The log holds everything since boot, and what happened last week is no bottleneck of today.
struct KernelEvents {
    std::vector<const Event*> now;
    std::size_t earlier = 0;
    const Event* lastEarlier = nullptr;
    std::size_t unplaced = 0; ///< no one knows when: the capture has a clock, they are "since boot" of a time not known
    const Event* lastUnplaced = nullptr;
};
KernelEvents kernelEvents(const Snapshot& snapshot, std::string_view kind);
/// "2 outside the capture, the last at 2026-11-20T08:00:00Z: …", the same of unplaced ones; "" when there are none.
std::string earlierText(const KernelEvents& events);
/// An instant for each event; of one that has no place on the capture's clock, a snapshot at its beginning.
std::vector<Episode> episodesOf(const Snapshot& snapshot, const std::vector<const Event*>& events);
/// The process of that id that was alive then, or seen last; null when it was not sampled.
const Entity* processOf(const Snapshot& snapshot, std::string_view pid);

/// Who listens at a port: "0.0.0.0:8080" where it was listed, else "port 8080". The key is the port.
Object listenerAt(const Snapshot& snapshot, const std::string& port);

/// Says of what was not found that it was beyond the limits for a while, though not for the `seconds` asked for.
void sayNearlyFound(double secondsBeyond, double seconds, RuleResult& result);

/// One level up, critical at most.
Level raised(Level level);
/// The macro +DUR: one level up for what lasts five minutes or half of the capture.
Level raisedByDuration(Level level, const std::vector<Episode>& episodes, double captureSeconds);
/// Tasks were all stalled at once (PSI full, 10 % and more), or the kernel complained of a hung task, meanwhile.
bool isVictimSeen(const Snapshot& snapshot, const std::vector<Episode>& episodes);

/// How sure (findings catalogue, section 3).
struct Certainty {
    double base = 0.7; ///< 0.90 said in words or counted exactly; 0.70 waiting measured; 0.50 utilisation or a proxy
    int agreeing = 0; ///< independent families of sources that agree: +0.10 each, +0.20 at most
    int contradicting = 0; ///< -0.30 each
    double further = 0; ///< what the rule itself adds or takes, e.g. -0.2 for an estimate
    bool isShort = false; ///< fewer than three rows or less than 10 s
    bool isScaled = false; ///< a shorter duration than the rule asks for was accepted
    bool isUnaligned = false; ///< the clocks of the sources are not known to agree
};
double confidence(const Certainty& certainty);
/// Fewer than 10 s altogether.
bool isShort(const std::vector<Episode>& episodes);

/// Shares of a resource by command, over the episodes. Processes of one command count together, as the workers of one
/// program do.
struct Consumer {
    std::string command;
    std::size_t processes = 0;
    const Entity* largest = nullptr;
    double share = 0; ///< 0…1 of what all processes used
    double amount = 0; ///< CPUs used, or seconds in D state per second
};
std::vector<Consumer> cpuConsumers(const Snapshot& snapshot, TimeRange range);
/// Time in uninterruptible sleep: who waits for the disk, and so, most often, who uses it.
std::vector<Consumer> sleepersInD(const Snapshot& snapshot, TimeRange range);
/// "postgres 4121", "stress-ng-cpu (6 processes)"
Object objectOf(const Consumer& consumer);

} // namespace hindcast::diagnose
