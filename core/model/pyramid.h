// Pyramid: smallest and largest value of every 4, 16, 64, … samples, so that drawing and statistics over any range cost
// the same, and no spike is lost at any zoom.
#pragma once

#include "model/column.h"

#include <cstddef>
#include <vector>

namespace hindcast {

struct MinMax {
    float minimum;
    float maximum; ///< both NaN when nothing in the range was measured
};

class Pyramid {
public:
    static constexpr std::size_t factor = 4;

    Pyramid() = default;
    /// Level 1 has ceil(size/4) entries, and so on up to one entry. A constant column gets no levels.
    explicit Pyramid(const Column& column);

    /// Smallest and largest measured value of samples [begin, end); float precision, rounded outwards never: the
    /// extremes are the float nearest to the true value. NaN samples are passed over; all NaN or an empty range gives
    /// NaN. Costs O(log n) reads. Precondition: `column` is the one this was built from.
    MinMax range(const Column& column, std::size_t begin, std::size_t end) const;
    std::size_t memoryBytes() const;

private:
    std::vector<std::vector<MinMax>> m_levels; ///< m_levels[0] covers 4 samples per entry
};

} // namespace hindcast
