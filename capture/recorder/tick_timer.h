// TickTimer: the schedule. Slot k lies k intervals after the first, on CLOCK_MONOTONIC, so lateness never adds up.
#pragma once

#include <cstdint>
#include <optional>
#include <poll.h>
#include <vector>

namespace hindcast::recorder {

struct Slot {
    std::uint64_t number = 0;
    std::int64_t lateNanoseconds = 0;
    std::uint64_t missed = 0; ///< slots left out since the one before
    bool isLast = false;
};

class TickTimer {
public:
    TickTimer(std::int64_t intervalNanoseconds, std::optional<std::uint64_t> lastSlot);
    ~TickTimer();
    TickTimer(const TickTimer&) = delete;
    TickTimer& operator=(const TickTimer&) = delete;

    /// Slot 0 is now, the others lie on multiples of the interval on the wall clock (of a second, when that is
    /// shorter), so that slot 1 comes after half to one and a half intervals. With short intervals slot 0 lies on such
    /// a multiple too. 0 or errno.
    int start();

    enum class Wake { Slot, Finished, Stopped, Between };
    /// Waits for the next slot that can be met: one that is more than half an interval late is left out, for what is
    /// taken then would sit beside the next. The last slot has no next, and is taken however late within its interval.
    /// Between: no slot yet, but one of `others` is ready, or `pauseMilliseconds` are over (-1 = no such limit).
    Wake wait(int stopDescriptor, const std::vector<pollfd>& others, int pauseMilliseconds, Slot& slot);

    /// The next slot is the next multiple of another interval since slot 0; numbers go on. The planned end stays where
    /// it is. Not before the first slot was given. 0 or errno.
    int changeInterval(std::int64_t nanoseconds);
    std::int64_t interval() const { return m_interval; }

    /// A slot that wait() gave, and that was not taken after all: left out, as if it had been too late.
    void giveBack(const Slot& slot);

    /// Leaves out the slots that could no longer be met at `instant` of CLOCK_MONOTONIC, when the recorder was told to
    /// stop: an output that takes nothing can keep it from the schedule for long.
    void stopAt(std::int64_t instant);

    /// Slots that have passed, taken or left out; they are 0 … passed() - 1.
    std::uint64_t passed() const { return m_next; }
    /// Slots left out in all, those after the last one taken included.
    std::uint64_t missed() const { return m_missed; }

private:
    void leaveOut(std::uint64_t slots);

    std::int64_t m_interval;
    std::optional<std::uint64_t> m_lastSlot;
    int m_descriptor = -1;
    std::int64_t m_plannedInterval;
    std::optional<std::uint64_t> m_plannedLast; ///< with the planned interval all the time
    std::int64_t m_plannedFirst = 0; ///< CLOCK_MONOTONIC of slot 0, or where it would lie if it were not taken at once
    std::int64_t m_first = 0; ///< likewise, of m_firstSlot
    std::uint64_t m_firstSlot = 0; ///< since when the interval is what it is
    bool m_isFirstAtOnce = false;
    std::uint64_t m_next = 0; ///< the first slot neither taken nor left out
    std::uint64_t m_missed = 0;
    std::uint64_t m_missedSinceTaken = 0;
    std::vector<pollfd> m_waits; ///< of wait(), kept for its memory
};

} // namespace hindcast::recorder
