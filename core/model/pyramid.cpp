#include "model/pyramid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace hindcast {
namespace {

constexpr float notMeasuredFloat = std::numeric_limits<float>::quiet_NaN();
constexpr MinMax nothing{notMeasuredFloat, notMeasuredFloat};

/// fmin and fmax prefer the operand that is a number; written out so that the compiler may vectorise.
void include(MinMax& into, float minimum, float maximum)
{
    into.minimum = into.minimum <= minimum || minimum != minimum ? into.minimum : minimum;
    into.maximum = into.maximum >= maximum || maximum != maximum ? into.maximum : maximum;
}

} // namespace

Pyramid::Pyramid(const Column& column)
{
    if (column.isConstant() || column.size() <= factor)
        return;
    std::vector<MinMax> level((column.size() + factor - 1) / factor, nothing);
    std::array<double, Column::chunkSize> values;
    for (std::size_t begin = 0; begin < column.size(); begin += values.size()) {
        const std::size_t end = std::min(begin + values.size(), column.size());
        column.copy(begin, end, values.data());
        for (std::size_t i = begin; i < end; ++i) {
            const auto value = static_cast<float>(values[i - begin]);
            include(level[i / factor], value, value);
        }
    }
    m_levels.push_back(std::move(level));
    while (m_levels.back().size() > factor) {
        const auto& below = m_levels.back();
        std::vector<MinMax> above((below.size() + factor - 1) / factor, nothing);
        for (std::size_t i = 0; i < below.size(); ++i)
            include(above[i / factor], below[i].minimum, below[i].maximum);
        m_levels.push_back(std::move(above));
    }
}

MinMax Pyramid::range(const Column& column, std::size_t begin, std::size_t end) const
{
    MinMax result = nothing;
    end = std::min(end, column.size());
    if (begin >= end)
        return result;
    if (column.isConstant()) {
        const auto value = static_cast<float>(column.at(begin));
        return {value, value};
    }
    const auto includeSamples = [&](std::size_t from, std::size_t to) {
        std::array<double, factor * 2> values;
        while (from < to) {
            const std::size_t part = std::min(to - from, values.size());
            column.copy(from, from + part, values.data());
            for (std::size_t i = 0; i < part; ++i)
                include(result, static_cast<float>(values[i]), static_cast<float>(values[i]));
            from += part;
        }
    };
    if (m_levels.empty()) {
        includeSamples(begin, end);
        return result;
    }
    // Walk upwards: at each level take the entries that stick out on both sides of the next level's grid.
    const std::size_t innerBegin = (begin + factor - 1) / factor;
    const std::size_t innerEnd = end == column.size() ? m_levels[0].size() : end / factor;
    if (innerBegin >= innerEnd) {
        includeSamples(begin, end);
        return result;
    }
    includeSamples(begin, innerBegin * factor);
    includeSamples(std::min(innerEnd * factor, end), end);
    std::size_t low = innerBegin, high = innerEnd;
    for (std::size_t level = 0; low < high; ++level) {
        const auto& entries = m_levels[level];
        const bool isTop = level + 1 == m_levels.size();
        const std::size_t nextLow = isTop ? high : std::min((low + factor - 1) / factor * factor, high);
        const std::size_t nextHigh = isTop || high == entries.size() ? high : std::max(high / factor * factor, nextLow);
        for (std::size_t i = low; i < nextLow; ++i)
            include(result, entries[i].minimum, entries[i].maximum);
        for (std::size_t i = nextHigh; i < high; ++i)
            include(result, entries[i].minimum, entries[i].maximum);
        if (isTop)
            break;
        low = nextLow / factor;
        high = (nextHigh + factor - 1) / factor;
        if (nextLow >= nextHigh)
            break;
    }
    return result;
}

std::size_t Pyramid::memoryBytes() const
{
    std::size_t bytes = m_levels.capacity() * sizeof(m_levels[0]);
    for (const auto& level : m_levels)
        bytes += level.capacity() * sizeof(MinMax);
    return bytes;
}

} // namespace hindcast
