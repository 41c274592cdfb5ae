// MeanBlocks: running sums over blocks of samples, so that the mean of any range of a column costs the same however
// long it is. For drawing: the range may be widened to whole blocks.
#pragma once

#include "model/column.h"

#include <cstdint>
#include <mutex>
#include <vector>

namespace hindcast {

class MeanBlocks {
public:
    static constexpr std::size_t blockSize = 16;

    MeanBlocks() = default;
    explicit MeanBlocks(const Column& column);

    /// Mean of the measured samples of [begin, end), NaN when there are none. Exact below two blocks; longer ranges are
    /// widened to whole blocks. Precondition: `column` is the one this was built from.
    double mean(const Column& column, std::size_t begin, std::size_t end) const;

private:
    std::vector<double> m_sums; ///< of all samples before block i
    std::vector<std::uint32_t> m_counts; ///< how many of those were measured
};

/// Means of a series that are built when first needed, by whichever thread needs them first.
class SharedMeans {
public:
    const MeanBlocks& of(const Column& column)
    {
        std::call_once(m_once, [&] { m_blocks = MeanBlocks(column); });
        return m_blocks;
    }

private:
    std::once_flag m_once;
    MeanBlocks m_blocks;
};

} // namespace hindcast
