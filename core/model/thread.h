// What the samples of a thread mean. Threads are read of the processes that the recorder looks at closely.
#pragma once

#include "model/entity.h"

#include <cstdint>
#include <vector>

namespace hindcast {

/// The columns of a Thread entity, in this order. Source: man 5 proc_pid_stat (task/[tid]/stat has the same form);
/// kernel Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat".
enum class ThreadColumn : std::uint8_t {
    UserTime, ///< seconds, counter
    SystemTime, ///< seconds, counter
    RunTime, ///< seconds, counter: on a CPU, by the scheduler's own clock
    RunQueueWait, ///< seconds, counter: ready, and waiting for a CPU
    State, ///< the letter's code: 'R', 'S', 'D', …
    Processor, ///< CPU it last ran on
    MinorFaults, ///< counter
    MajorFaults, ///< counter
    Priority,
    Nice,
    Count
};
const std::vector<EntityColumn>& threadColumns();

} // namespace hindcast
