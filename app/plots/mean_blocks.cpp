#include "plots/mean_blocks.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hindcast {

MeanBlocks::MeanBlocks(const Column& column)
{
    const std::size_t blocks = (column.size() + blockSize - 1) / blockSize;
    m_sums.reserve(blocks + 1);
    m_counts.reserve(blocks + 1);
    m_sums.push_back(0);
    m_counts.push_back(0);
    std::array<double, Column::chunkSize> values;
    double sum = 0;
    std::uint32_t count = 0;
    for (std::size_t begin = 0; begin < column.size(); begin += values.size()) {
        const std::size_t end = std::min(column.size(), begin + values.size());
        column.copy(begin, end, values.data());
        for (std::size_t i = begin; i < end; ++i) {
            const double value = values[i - begin];
            if (!std::isnan(value)) {
                sum += value;
                ++count;
            }
            if ((i + 1) % blockSize == 0 || i + 1 == column.size()) {
                m_sums.push_back(sum);
                m_counts.push_back(count);
            }
        }
    }
}

double MeanBlocks::mean(const Column& column, std::size_t begin, std::size_t end) const
{
    double sum = 0;
    std::size_t count = 0;
    if (end - begin < 2 * blockSize) {
        std::array<double, 2 * blockSize> values;
        column.copy(begin, end, values.data());
        for (std::size_t i = 0; i < end - begin; ++i) {
            if (!std::isnan(values[i])) {
                sum += values[i];
                ++count;
            }
        }
    } else {
        const std::size_t firstBlock = begin / blockSize;
        const std::size_t lastBlock = std::min((end + blockSize - 1) / blockSize, m_sums.size() - 1);
        sum = m_sums[lastBlock] - m_sums[firstBlock];
        count = m_counts[lastBlock] - m_counts[firstBlock];
    }
    return count == 0 ? notMeasured : sum / static_cast<double>(count);
}

} // namespace hindcast
