// The thread dumps of Java processes: what they look like one after another, who blocks whom, and what did not move.
#pragma once

#include "model/snapshot.h"
#include "report/output.h"

#include <optional>
#include <string>

namespace hindcast::report {

struct ThreadsOptions {
    std::optional<TimeRange> range; ///< only dumps in it; those without a clock always
    std::chrono::seconds utcOffset{0}; ///< of the times shown
    std::string zoneName = "UTC";
};

/// For people; says so when there are no dumps.
std::string threadsText(const Snapshot& snapshot, const ThreadsOptions& options);
/// The objects of a JSON array, one for each process, without its brackets; "" when there are none.
std::string threadsJsonItems(const Snapshot& snapshot, const ThreadsOptions& options);

/// A ring of threads in one or more dumps, as the VM reported it or as it was found in the locks.
struct DeadlockSeen {
    std::string pid, threads, locks;
    std::size_t dumps = 0;
    Time first{};
    Clock clock = Clock::Wall;
};
std::vector<DeadlockSeen> deadlocksSeen(const Snapshot& snapshot, const std::optional<TimeRange>& range);

} // namespace hindcast::report
