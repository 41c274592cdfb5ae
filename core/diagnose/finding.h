// Finding: one thing that is wrong (or worth knowing) with the evidence for it, and Verdict: what one rule answers:
// found, clear, or not evaluable. How bad and how sure are two things and stay apart.
#pragma once

#include "base/time.h"
#include "base/unit.h"
#include "model/series.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::diagnose {

/// How bad.
enum class Level : std::uint8_t {
    Info, ///< explains a number; nothing to do
    Warning, ///< headroom gone or a latent fault
    Serious, ///< work is measurably delayed or lost
    Critical, ///< failures or near-stop
};
std::string_view levelName(Level level); ///< "warning"
std::optional<Level> levelFromName(std::string_view name);

enum class Role : std::uint8_t {
    Culprit, ///< a resource at its limit or a fault that makes others wait
    Symptom, ///< waits or fails, perhaps because of something else
    Risk, ///< latent
    Note, ///< explains, never blames
    Quality, ///< about the capture itself
};
std::string_view roleName(Role role);

/// What a finding is about, by resource: the rows of the USE table.
enum class Resource : std::uint8_t { Cpu, Memory, Swap, Disk, Filesystem, Network, Tcp, Process, Capture };
std::string_view resourceName(Resource resource); ///< "CPU", "disk"

/// The thing it happened to. Never "the host" when something narrower fits.
enum class ObjectKind : std::uint8_t { Host, Cpu, Device, Filesystem, Interface, Listener, Flow, Process, Cgroup };
struct Object {
    ObjectKind kind = ObjectKind::Host;
    std::string name; ///< "sda", "/var", "0.0.0.0:8080", "postgres 4121"; "" for the host
    std::string key; ///< identity for selecting it: of a process its Entity::key; otherwise as `name`

    std::string text() const; ///< "disk sda", "process postgres 4121", "host"
    friend bool operator==(const Object&, const Object&) = default;
};

/// A stretch in which the condition held.
struct Episode {
    enum class Extent : std::uint8_t {
        Span, ///< a sustained condition
        Instant, ///< an event: begin is when, end just after it
        Snapshot, ///< seen in a single listing: no duration is known
    };
    TimeRange range;
    Extent extent = Extent::Span;
    std::optional<Clock> clock = std::nullopt; ///< of an event that is not on the capture's clock: its own
};

enum class EvidenceRole : std::uint8_t {
    Trigger, ///< the condition of the rule
    Support,
    Contradict, ///< speaks against it; always shown
    Context,
};
std::string_view evidenceRoleName(EvidenceRole role);

enum class Statistic : std::uint8_t { Value, Mean, Median, P95, Maximum, Minimum, Change, Sum };
std::string_view statisticName(Statistic statistic);

/// One measured fact, and where it stands.
struct Evidence {
    EvidenceRole role = EvidenceRole::Trigger;
    std::string metric; ///< "disk.await"; of an event its source ("dmesg"); of a packet figure "wire.…"
    Labels labels; ///< of that series
    std::string source; ///< parser id
    std::string member; ///< "samples/proc/diskstats", "vmstat.txt"
    std::uint64_t line = 0; ///< 1-based; 0 = the member has no lines of its own: `range` finds the sample
    TimeRange range; ///< what was looked at
    std::optional<Clock> clock; ///< of `range` when it is an event's own; nothing = the capture's
    Statistic statistic = Statistic::Value;
    double value = notMeasured;
    Unit unit = Unit::None;
    std::optional<double> limit; ///< what it is compared with
    std::string limitName; ///< the parameter: "disk-saturation.queue"
    std::string text; ///< for events, verbatim; else empty or a short addition ("4 of 2 CPUs")
    std::optional<std::uint32_t> flow; ///< index into PacketCapture::flows
};

struct Finding {
    std::string id; ///< "disk-saturation"
    Object object;
    Resource resource = Resource::Cpu;
    Role role = Role::Culprit;
    Level level = Level::Info;
    double confidence = 0; ///< 0.05 … 0.95
    std::vector<Episode> episodes; ///< in order, not overlapping; never empty
    std::vector<Evidence> evidence; ///< at least one Trigger
    std::string title; ///< "Requests queue at a block device"
    std::string sentence; ///< this one: "Disk sdb: 8 requests wait on average, each 80 ms (6 ms when quiet)"
    std::string mechanism; ///< how it limits: "queueing at 100 requests/s"
    std::optional<Object> culprit; ///< who consumes, which limit, which fault; nothing = not identifiable
    std::string culpritReason; ///< "93 % of the bytes", or why it could not be identified
    std::optional<Object> victim; ///< who waits
    std::string victimReason;
    std::vector<std::string> causes; ///< what else it could be
    std::vector<std::string> checks; ///< what to look at next
    std::vector<std::string> fixes;
    // Set by diagnose():
    double score = 0;
    std::optional<std::size_t> explainedBy; ///< index into Diagnosis::findings: this is a consequence of that
    std::vector<std::size_t> explains; ///< its own consequences

    TimeRange range() const { return {episodes.front().range.begin, episodes.back().range.end}; }
};

/// Something a rule would have needed.
struct MissingInput {
    std::string input; ///< "socket states", "disk requests and their times"
    std::string reason; ///< "not recorded", "permission denied (EACCES) for /dev/kmsg"
    std::string remedy; ///< what would supply it: "record as root, or with dmesg_restrict=0"
};

enum class Answer : std::uint8_t {
    Found,
    Clear, ///< everything it needs was measured, and the condition did not hold
    NotEvaluable, ///< something it needs was not recorded: this is not "healthy"
};
std::string_view answerName(Answer answer); ///< "found", "clear", "not evaluable"

/// What one rule says about the capture.
struct Verdict {
    std::string rule; ///< id
    std::string question; ///< "Do requests queue at a block device?"
    Resource resource = Resource::Cpu;
    Answer answer = Answer::NotEvaluable;
    std::vector<std::size_t> findings; ///< indices into Diagnosis::findings
    std::vector<MissingInput> missing; ///< of NotEvaluable; or of parts that could not be judged beside what was
    std::vector<Evidence> looked; ///< Clear: the values nearest to the limit, so that "why not?" has an answer
    bool isNearlyFound = false; ///< Clear, but beyond the limits for a while: no proof that the resource is fine
    std::string remark; ///< "judged by the counter alone: the victim's name is in the kernel log, which was denied"
};

/// All of it.
struct Diagnosis {
    std::vector<Verdict> verdicts; ///< one per rule, in the order of rules.inc
    std::vector<Finding> findings; ///< by rank: principal first, roots by score, then their consequences
    std::optional<std::size_t> principal; ///< index into `findings`
    std::optional<std::size_t> equalPrincipal; ///< a second one that could not be told from it
    TimeRange window; ///< the problem window the ranking is about
    std::string windowReason; ///< "the whole capture", "tasks stalled for I/O (PSI full at or above 10 %)"
    std::string headline; ///< one sentence: the principal in four parts, or that there is none
    std::vector<Resource> exonerated; ///< every rule of it was clear, and none nearly found
};

} // namespace hindcast::diagnose
