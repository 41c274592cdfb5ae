#include "quick_ticks.h"

#include <algorithm>

namespace hindcast::recorder {
namespace {

constexpr double newestShare = 0.5; ///< of the newest cost in what is expected
constexpr double forgetting = 0.98; ///< of a way not taken, at each tick: it may have been dear by chance
constexpr double spentShare = 0.85; ///< of what is left: ordinary ticks go on afterwards

/// The levels at which quick ticks differ. They hold neither threads nor single sockets nor details of processes.
constexpr Degradation levels[] = {Degradation::ProcessDetails, Degradation::Processes, Degradation::GlobalsOnly};

} // namespace

std::size_t QuickTicks::wayOf(Degradation level)
{
    return level >= Degradation::GlobalsOnly ? 2 : level >= Degradation::Processes ? 1 : 0;
}

void QuickTicks::noteOrdinary(Degradation level, const LevelCosts& costs)
{
    for (std::size_t way = 0; way < ways; ++way)
        if (!m_ways[way].isMeasured)
            m_ways[way].cost = static_cast<double>(costs[static_cast<std::size_t>(std::max(level, levels[way]))]);
}

Degradation QuickTicks::levelFor(Degradation level, std::int64_t left, std::uint64_t ticks) const
{
    const double room = spentShare * static_cast<double>(left) / static_cast<double>(std::max<std::uint64_t>(ticks, 1));
    for (const Degradation candidate : {level, std::max(level, Degradation::Processes)})
        if (forecast(candidate) <= room)
            return candidate;
    return Degradation::GlobalsOnly;
}

void QuickTicks::note(Degradation level, std::int64_t cost, const LevelCosts& costs)
{
    const std::size_t taken = wayOf(level);
    Way& way = m_ways[taken];
    const auto measured = static_cast<double>(cost);
    way.cost = way.isMeasured ? newestShare * measured + (1 - newestShare) * way.cost : measured;
    way.isMeasured = true;
    for (std::size_t dearer = 0; dearer < taken; ++dearer)
        m_ways[dearer].cost *= forgetting;
    for (std::size_t cheaper = taken + 1; cheaper < ways; ++cheaper)
        if (!m_ways[cheaper].isMeasured)
            m_ways[cheaper].cost = static_cast<double>(costs[static_cast<std::size_t>(levels[cheaper])]);
}

} // namespace hindcast::recorder
