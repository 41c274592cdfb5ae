// PixelIndex: which samples of a time column fall into which pixel column of the picture. Computed once per frame for
// each distinct time column and shared by every trace that uses it.
#pragma once

#include "model/series.h"

#include <cstdint>
#include <span>
#include <vector>

namespace hindcast {

class PixelIndex {
public:
    /// Pixel column p shows the times [begin + p * width, begin + (p + 1) * width). `usualInterval` zero = not known.
    void compute(const std::vector<Time>& times, Time begin, double columnNanoseconds, std::size_t columns,
        Nanoseconds usualInterval);

    std::size_t columns() const { return m_boundaries.empty() ? 0 : m_boundaries.size() - 1; }
    /// Samples of pixel column p: indices [first(p), first(p + 1)).
    std::size_t first(std::size_t column) const { return m_boundaries[column]; }
    std::size_t visibleBegin() const { return m_boundaries.front(); }
    std::size_t visibleEnd() const { return m_boundaries.back(); }

    /// Whether ticks are missing between sample index - 1 and sample index. False for the first sample.
    bool isGapBefore(const std::vector<Time>& times, std::size_t index) const
    {
        return index > 0 && index < times.size() && m_gapThreshold > Nanoseconds::zero()
            && times[index] - times[index - 1] > m_gapThreshold;
    }

private:
    std::vector<std::uint32_t> m_boundaries;
    Nanoseconds m_gapThreshold{};
};

/// A distance between samples beyond this share of the usual interval is a gap.
constexpr double gapFactor = 2.5;
Nanoseconds gapThreshold(Nanoseconds usualInterval);

} // namespace hindcast
