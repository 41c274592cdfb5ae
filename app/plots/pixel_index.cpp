#include "plots/pixel_index.h"

#include <algorithm>
#include <cmath>

namespace hindcast {

namespace {

/// Index of the first sample at or after `time`, searched outwards from `start`: samples are nearly evenly spaced, so
/// the next boundary is a few steps away.
std::size_t lowerBoundFrom(const std::vector<Time>& times, std::size_t start, Time time)
{
    std::size_t low = start;
    std::size_t step = 1;
    std::size_t high = start;
    while (high < times.size() && times[high] < time) {
        low = high + 1;
        high = std::min(times.size(), high + step);
        step *= 2;
    }
    const auto from = times.begin() + static_cast<std::ptrdiff_t>(low);
    const auto to = times.begin() + static_cast<std::ptrdiff_t>(high);
    return static_cast<std::size_t>(std::lower_bound(from, to, time) - times.begin());
}

} // namespace

Nanoseconds gapThreshold(Nanoseconds usualInterval)
{
    return Nanoseconds{std::llround(static_cast<double>(usualInterval.count()) * gapFactor)};
}

void PixelIndex::compute(const std::vector<Time>& times, Time begin, double columnNanoseconds, std::size_t columns,
    Nanoseconds usualInterval)
{
    m_gapThreshold = gapThreshold(usualInterval);
    m_boundaries.resize(columns + 1);
    std::size_t index = static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), begin) - times.begin());
    m_boundaries[0] = static_cast<std::uint32_t>(index);
    for (std::size_t column = 1; column <= columns; ++column) {
        const Time boundary = begin + Nanoseconds{std::llround(columnNanoseconds * static_cast<double>(column))};
        index = lowerBoundFrom(times, index, boundary);
        m_boundaries[column] = static_cast<std::uint32_t>(index);
    }
}

} // namespace hindcast
