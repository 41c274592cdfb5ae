// Governor: keeps what the recorder spends within its budget of CPU time. Before each tick it is told what was spent so
// far; it says whether the tick may be taken, and how much is to be left out of it.
#pragma once

#include "quick_ticks.h"
#include "source.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

namespace hindcast::recorder {

/// CPU time spent within the last minute and what of the budget is left, in buckets of a quarter of a second: one that
/// has begun to leave the minute still counts, so nothing is ever counted too low.
class SpentMinute {
public:
    explicit SpentMinute(std::int64_t budgetNanoseconds)
        : m_budget(budgetNanoseconds)
    {
    }

    void add(std::int64_t now, std::int64_t nanoseconds);
    std::int64_t spent() const { return m_spent; }
    std::int64_t left() const { return m_budget - m_spent; }
    /// The most that can be spent per second from now on and for so long, evenly, without exceeding the budget within
    /// any minute.
    double sustainableRate(std::int64_t nanoseconds) const;

private:
    static constexpr std::int64_t bucketNanoseconds = 250'000'000;
    static constexpr std::int64_t buckets = 241; ///< a minute, and the one that is filling
    void moveTo(std::int64_t now);

    std::int64_t m_budget;
    std::int64_t m_newest = -1; ///< number of the bucket that is filling, counted in bucketNanoseconds
    std::int64_t m_spent = 0;
    std::array<std::int64_t, buckets> m_buckets{};
};

class Governor {
public:
    /// cpuPermille: of one core, as a mean over any 60 s; 0 = never in the way.
    /// `lastSlot`: of a recording that ends by itself, which may spend at once what a longer one must save.
    Governor(unsigned cpuPermille, std::int64_t intervalNanoseconds, std::uint64_t ticksPerKeyframe,
        std::optional<std::uint64_t> lastSlot);

    /// Whole: everything at once, whatever its turn. Burst: one of the quick ones after it.
    enum class Kind { Ordinary, Keyframe, Whole, Burst };
    /// A tick is due. `now`: CLOCK_MONOTONIC; `spent`: CPU time of the recorder so far. False: it is left out.
    /// `quickTicks`: that are still wanted from now on.
    bool mayTake(std::int64_t now, std::int64_t spent, Kind kind, std::uint64_t quickTicks = 0);
    /// The tick that mayTake() allowed is done, and what it would have cost at other levels, where that is known.
    void taken(std::int64_t now, std::int64_t spent, const LevelCosts& costs = {});

    Degradation degradation() const { return m_level; }
    /// Of the tick that was allowed: when there is no room for more, one records less than the others of its level.
    Degradation tickDegradation() const { return m_tickLevel; }
    /// CPU time the tick may cost; who sees that it is over leaves the rest out.
    std::int64_t allowance() const;
    /// Mean over the last minute.
    unsigned spentPermille() const;

    struct Step {
        Degradation from, to;
        const char* reason; ///< one word
        unsigned cpuPermille; ///< of the last minute
    };
    /// The latest change, each told once.
    std::optional<Step> takeStep();
    std::uint64_t leftOut() const { return m_leftOut; } ///< ticks, in all

private:
    /// What ticks cost at one level, since it was entered.
    struct Level {
        std::array<std::int64_t, 30> lastCosts{}; ///< of ordinary ticks: some of those that hold more are among them
        unsigned count = 0;
        double guess = 0; ///< before the first one; 0 = not even that
        std::int64_t keyframe = 0; ///< the last one, or a guess
        double above = 0; ///< mean cost at the level above, when it was left; 0 = not met
        double ratio = 0; ///< of that to the first costs here
        std::array<double, degradations> foreseen{}; ///< what ticks here would have cost at each level, in sum
        double mean() const;
        struct Newest {
            double mean, least;
        };
        /// Of the last so many, of at least as many.
        Newest newest(unsigned ticks) const;
        double largest() const;
        void add(std::int64_t cost);
    };

    void account(std::int64_t now, std::int64_t spent);
    double forecast(Kind kind) const;
    std::int64_t left() const;
    double rate() const;
    double sustainableRate() const { return m_minute.sustainableRate(m_end - m_now); }
    double share(std::size_t from, std::size_t to) const;
    std::int64_t longestInterval(Degradation level) const;
    bool isTooMuch() const;
    void sink(std::int64_t now);
    void rise(std::int64_t now, const char* reason);
    void enter(std::int64_t now, Degradation target, double guess, double guessedKeyframe, const char* reason);
    void considerRising(std::int64_t now);
    bool mayTakeLeast(std::int64_t now);
    bool isItsTurn(std::int64_t now);
    bool isTurnOf(double cost, std::int64_t since) const;
    bool fits(Kind kind) const { return forecast(kind) <= static_cast<double>(left()); }
    Level& levelOf(Degradation which) { return m_levels[static_cast<std::size_t>(which)]; }
    Level& level() { return m_levels[static_cast<std::size_t>(m_level)]; }
    const Level& level() const { return m_levels[static_cast<std::size_t>(m_level)]; }

    std::int64_t m_budget; ///< of a minute; 0 = no limit
    std::int64_t m_interval;
    std::uint64_t m_ticksPerKeyframe;
    SpentMinute m_minute;
    std::array<Level, degradations> m_levels{};
    Degradation m_level = Degradation::None;
    Kind m_kind = Kind::Ordinary; ///< of the tick that was allowed
    std::optional<std::uint64_t> m_lastSlot;
    std::int64_t m_now = 0, m_end = std::numeric_limits<std::int64_t>::max(); ///< CLOCK_MONOTONIC
    Degradation m_tickLevel = Degradation::None;
    QuickTicks m_quick;
    std::uint64_t m_quickTicks = 0; ///< wanted
    struct {
        std::int64_t ordinary = 0, keyframe = 0;
    } m_stopgap; ///< cost of the last tick that recorded less than the others of its level
    std::int64_t m_spent = 0; ///< as told last
    std::int64_t m_spentBefore = 0; ///< of the tick being taken
    std::int64_t m_lastTaken = 0; ///< CLOCK_MONOTONIC; 0 = none
    std::int64_t m_lastFull = 0; ///< the same of one that recorded what its level has
    std::int64_t m_calmSince = 0; ///< when a better level began to look affordable; 0 = it does not
    std::int64_t m_enteredAt = 0;
    std::int64_t m_trialAt = 0, m_trialDelay; ///< when a better level is tried whatever is known of it
    bool m_isTrial = false;
    std::optional<Step> m_step;
    std::uint64_t m_leftOut = 0;
};

/// "none", "sockets", …: as in hindcast/events.
const char* nameOf(Degradation degradation);

} // namespace hindcast::recorder
