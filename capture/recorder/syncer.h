// Syncer: has files written to the disk by a process of its own, because fdatasync waits for a disk that may be busy,
// and a tick must not.
#pragma once

#include "options.h"

#include <cstdint>
#include <sys/types.h>
#include <utility>

namespace hindcast::recorder {

class Syncer {
public:
    explicit Syncer(Sync when)
        : m_when(when)
    {
    }
    ~Syncer();
    Syncer(const Syncer&) = delete;
    Syncer& operator=(const Syncer&) = delete;

    /// Early, while there is little to copy. Without the process nothing is forced to the disk before the end.
    void start();
    /// A tick was written to the file of `descriptor`, which the process gets a copy of. Does not wait: while the last
    /// wish is not fulfilled yet, there is no further one.
    void noteTick(int descriptor, std::int64_t now);
    /// The recording ends: waits for the answer that is still to come.
    void finish();
    /// errno of what the disk did not take, 0 = nothing since it was asked last. The kernel tells it once to all that
    /// share the open file (man 2 fsync), so nobody else learns of it.
    int takeFailure() { return std::exchange(m_failure, 0); }

private:
    bool isAnswered(int flags);
    void end();

    Sync m_when;
    pid_t m_child = -1;
    int m_socket = -1;
    bool m_isAsked = false; ///< and not answered
    std::int64_t m_lastAsked = 0; ///< CLOCK_MONOTONIC; 0 = never
    int m_failure = 0;
};

} // namespace hindcast::recorder
