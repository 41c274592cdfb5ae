// AtTrigger: what is fetched beside the ticks when a trigger fires, and when a recording ends: thread dumps of Java
// processes, what was written to the logs of --log, the kernel's log where it cannot be followed. All of it is done by
// other processes with deadlines; no call but waitForMember() waits.
#pragma once

#include "denial.h"
#include "fetched_member.h"
#include "helper.h"
#include "java_dumps.h"
#include "log_ranges.h"
#include "options.h"
#include "root.h"
#include "source.h"

#include <cstdint>
#include <optional>
#include <poll.h>
#include <string>
#include <vector>

namespace hindcast::recorder {

class AtTrigger {
public:
    AtTrigger(const Options& options, const Root& root, StuckHelpers& stuck);

    /// Before the first tick: begins to follow the logs. An exit status when one of them can never be followed (a FIFO,
    /// a device, a folder); that has been said. `isKernelLogRefused`: /dev/kmsg cannot be read.
    int open(bool isKernelLogRefused);

    /// A trigger fired, or the recording ends in `nanosecondsLeft`: begins as many thread dumps as fit, at most three.
    /// While something is left out for the budget there are none, which each of the processes has in its .meta.
    void beginDumps(std::optional<std::int64_t> nanosecondsLeft, Degradation degradation);
    /// How many processes were passed over for the budget, since the last call.
    unsigned takeSkippedDumps() { return m_dumps.takeSkipped(); }
    /// How long before a planned end beginDumps() is due, in a recording that lasts so long; 0 = not at all.
    static std::int64_t lead(std::int64_t duration);
    /// Whether any dumps were begun since the beginning or the last collect().
    bool hasBegunDumps() const { return m_hasBegun; }

    /// The bundle or recording is complete: asks for what the logs got since its first tick (CLOCK_MONOTONIC).
    void collect(std::int64_t firstMonotonic);

    /// Whether anything was begun that has not been taken.
    bool isBusy() const;
    /// For poll(), while the next tick is waited for; milliseconds until tend() has something to do, -1 = nothing.
    void addDescriptors(std::vector<pollfd>& descriptors) const;
    int pause() const;
    /// Takes what has come, starts what is due.
    void tend();
    /// The next one that is complete. To be called until there is none: a log waits for the one before to be taken,
    /// because each can be large.
    std::optional<FetchedMember> takeMember();
    /// Waits for one, until `deadline` of CLOCK_MONOTONIC; then ends what has not come, whose text says so. Nothing
    /// when there are no more.
    std::optional<FetchedMember> waitForMember(std::int64_t deadline);

    /// CPU nanoseconds: of the dumps that were made, of the process that follows the logs while it lives.
    std::int64_t cpuOfDumps() const { return m_stuck.cpuOfEnded(); }
    std::int64_t cpuOfFollower() const;

    void addDenials(std::vector<Denial>& denials) const;
    void addIntentions(std::vector<std::string>& lines) const;

private:
    bool hasDumps() const;

    const Options& m_options;
    const Root& m_root;
    StuckHelpers m_stuck; ///< of the dumps: what they cost is counted by itself
    JavaDumps m_dumps;
    LogRanges m_logs;
    std::vector<FetchedMember> m_members; ///< that came from no other process
    bool m_isKernelLogRefused = false;
    bool m_hasBegun = false;
};

} // namespace hindcast::recorder
