// AtTrigger: what is fetched beside the ticks when a trigger fires, and when a recording ends: thread dumps of Java
// processes, what was written to the logs of --log, the kernel's log where it cannot be followed. All of it is done by
// other processes with deadlines; no call but finish() waits.
#pragma once

#include "denial.h"
#include "helper.h"
#include "java_dumps.h"
#include "log_ranges.h"
#include "options.h"
#include "root.h"
#include "source.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <poll.h>
#include <string>
#include <vector>

namespace hindcast::recorder {

/// For CaptureWriter::addMember, or a frame of its own.
struct FetchedMember {
    std::string path;
    std::string bytes;
};

class AtTrigger {
public:
    AtTrigger(const Options& options, const Root& root, StuckHelpers& stuck);

    /// Before the first tick: begins to follow the logs. An exit status when one of them can never be followed (a FIFO,
    /// a device, a folder); that has been said. `isKernelLogRefused`: /dev/kmsg cannot be read.
    int open(bool isKernelLogRefused);

    /// A trigger fired, or the recording ends in `nanosecondsLeft`: begins as many thread dumps as fit, at most three.
    /// While something is left out for the budget there are none.
    void beginDumps(std::optional<std::int64_t> nanosecondsLeft, Degradation degradation);
    /// How long before a planned end beginDumps() is due, for a recording that lasts so long; 0 = never.
    static std::int64_t lead(std::int64_t duration);
    /// Whether any dumps were begun since the last collect().
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
    /// Waits for all of it, at most so long; what has not come by then ends, and its text says so.
    void finish(std::int64_t patienceNanoseconds);
    /// The next one that is complete. To be called until there is none: a log waits for the one before to be taken,
    /// because each can be large.
    std::optional<FetchedMember> takeMember();

    void addDenials(std::vector<Denial>& denials) const;
    void addIntentions(std::vector<std::string>& lines) const;

private:
    const Options& m_options;
    JavaDumps m_dumps;
    LogRanges m_logs;
    bool m_hasBegun = false;
};

} // namespace hindcast::recorder
