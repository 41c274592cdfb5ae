// The clocks of the recorder: those that say when something was read, and the one that says what it cost.
#pragma once

#include <cstdint>
#include <sys/types.h>

namespace hindcast::recorder {

/// CLOCK_MONOTONIC in nanoseconds.
std::int64_t monotonicNow();
/// CLOCK_THREAD_CPUTIME_ID: what this thread has used so far, nanoseconds.
std::int64_t ownCpuNow();
/// What a child has used so far, while it lives or was not reaped: nanoseconds, 0 when there is none (man 3
/// clock_getcpuclockid).
std::int64_t cpuOf(pid_t child);

struct Clocks {
    std::int64_t real = 0, monotonic = 0, boot = 0; ///< nanoseconds
};
/// The three clocks, read one right after the other.
Clocks readClocks();

} // namespace hindcast::recorder
