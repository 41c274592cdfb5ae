// QuickTicks: how much each of the quick ticks after a trigger records, so that there are as many of them as were
// wanted. A cheap one tells more than one that was left out.
#pragma once

#include "source.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace hindcast::recorder {

/// What a tick would have cost at each level, nanoseconds; 0 = not known, as those before its own are.
using LevelCosts = std::array<std::int64_t, degradations>;

class QuickTicks {
public:
    /// What ordinary ticks cost lately: a guess for quick ones that were never taken.
    void noteOrdinary(Degradation level, const LevelCosts& costs);
    /// The most that one of so many ticks may record, when `left` is there for all of them.
    Degradation levelFor(Degradation level, std::int64_t left, std::uint64_t ticks) const;
    /// What one of that level is expected to cost.
    double forecast(Degradation level) const { return m_ways[wayOf(level)].cost; }
    /// One was taken.
    void note(Degradation level, std::int64_t cost, const LevelCosts& costs);

private:
    /// All processes, those in turn, none.
    static constexpr std::size_t ways = 3;
    static std::size_t wayOf(Degradation level);
    struct Way {
        double cost = 0; ///< nanoseconds
        bool isMeasured = false;
    };
    std::array<Way, ways> m_ways{};
};

} // namespace hindcast::recorder
