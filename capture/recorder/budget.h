// Budget: the governor of a real recording: what it has spent by the clocks of the system, and the word about each of
// the governor's steps.
#pragma once

#include "cost.h"
#include "events.h"
#include "governor.h"
#include "options.h"

#include <cstdint>
#include <vector>

namespace hindcast::recorder {

class Budget {
public:
    Budget(const Options& options, Events& events);

    /// CPU nanoseconds of the recorder's other processes. What those that ended had is known besides.
    struct Helpers {
        std::int64_t living = 0; ///< of those that live on beside the recorder: counted while they do
        std::int64_t apart = 0; ///< of those that ended, and worked because somebody or a trigger asked: not counted
    };
    /// Whether a tick may be taken now, and within what. `quickTicks`: that are still wanted from now on.
    bool mayTake(Governor::Kind kind, const Helpers& helpers, std::uint64_t quickTicks);
    Degradation degradation() const { return m_governor.degradation(); }
    /// Of the tick that may be taken.
    Degradation tickDegradation() const { return m_governor.tickDegradation(); }
    /// The tick is written; what each source did for it.
    void taken(const std::vector<Cost>& costs, const Helpers& helpers);
    /// Of ownCpuNow(): what a tick that begins now may cost.
    std::int64_t cpuLimit() const;

    /// What was spent on packets is not counted: they were asked for, and how many come is not ours to say.
    void addPacketTime(std::int64_t nanoseconds) { m_apart += nanoseconds; }
    std::uint64_t leftOut() const { return m_governor.leftOut(); }

private:
    std::int64_t spent(const Helpers& helpers);
    LevelCosts costsByLevel(const std::vector<Cost>& costs, std::int64_t all) const;
    void tellStep();

    const Options& m_options;
    Events& m_events;
    Governor m_governor;
    std::int64_t m_apart = 0; ///< nanoseconds spent by the recorder itself, and not counted
    std::int64_t m_spent = 0; ///< so far
    std::int64_t m_begin = 0; ///< what was spent when the tick began
};

} // namespace hindcast::recorder
