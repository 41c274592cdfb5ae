#include "plots/ladder_layout.h"

#include <algorithm>

namespace hindcast {

void LadderLayout::setTimes(const std::vector<Time>& times)
{
    m_times = times;
    for (std::size_t i = 1; i < m_times.size(); ++i)
        m_times[i] = std::max(m_times[i], m_times[i - 1]);
    arrange();
}

void LadderLayout::setIdleFrom(Nanoseconds shortest)
{
    m_idleFrom = std::max(shortest, Nanoseconds{1});
    arrange();
}

void LadderLayout::setScale(Scale scale)
{
    m_scale = scale;
    arrange();
}

void LadderLayout::setRowHeight(double height)
{
    m_rowHeight = height;
    arrange();
}

void LadderLayout::setTrueHeight(double height)
{
    m_trueHeight = std::clamp(height, 2 * (margin + m_rowHeight), highest);
    arrange();
}

void LadderLayout::arrange()
{
    m_ys.clear();
    m_idles.clear();
    m_ys.reserve(m_times.size());
    if (m_times.empty())
        return;
    const double begin = margin + m_rowHeight / 2;
    if (m_scale == Scale::True) {
        const double span = toSeconds(m_times.back() - m_times.front());
        const double perSecond = span > 0 ? (m_trueHeight - 2 * begin) / span : 0;
        for (const Time time : m_times)
            m_ys.push_back(begin + toSeconds(time - m_times.front()) * perSecond);
        return;
    }
    double y = begin;
    m_ys.push_back(y);
    for (std::size_t row = 1; row < m_times.size(); ++row) {
        const Nanoseconds gap = m_times[row] - m_times[row - 1];
        if (gap >= m_idleFrom) {
            m_idles.push_back({y + m_rowHeight / 2, idleHeight, gap, row});
            y += idleHeight;
        }
        y += m_rowHeight;
        m_ys.push_back(y);
    }
}

double LadderLayout::height() const
{
    return m_ys.empty() ? 0 : m_ys.back() + m_rowHeight / 2 + margin;
}

double LadderLayout::yOf(Time time) const
{
    if (m_times.empty())
        return 0;
    const auto after = std::upper_bound(m_times.begin(), m_times.end(), time);
    if (after == m_times.begin())
        return m_ys.front();
    const auto row = static_cast<std::size_t>(after - m_times.begin()) - 1;
    if (after == m_times.end())
        return m_ys.back();
    const Nanoseconds gap = m_times[row + 1] - m_times[row];
    const double share = toSeconds(time - m_times[row]) / toSeconds(gap);
    return m_ys[row] + (m_ys[row + 1] - m_ys[row]) * share;
}

std::size_t LadderLayout::rowAt(double y) const
{
    if (m_ys.empty())
        return 0;
    const auto after = std::lower_bound(m_ys.begin(), m_ys.end(), y);
    if (after == m_ys.begin())
        return 0;
    const auto row = static_cast<std::size_t>(after - m_ys.begin());
    if (after == m_ys.end() || y - m_ys[row - 1] < m_ys[row] - y)
        return row - 1;
    return row;
}

std::size_t LadderLayout::rowAt(Time time) const
{
    if (m_times.empty())
        return 0;
    const auto after = std::lower_bound(m_times.begin(), m_times.end(), time);
    if (after == m_times.begin())
        return 0;
    const auto row = static_cast<std::size_t>(after - m_times.begin());
    if (after == m_times.end() || time - m_times[row - 1] < m_times[row] - time) {
        // Of packets at the same instant the first is meant.
        const auto same = std::lower_bound(m_times.begin(), m_times.end(), m_times[row - 1]);
        return static_cast<std::size_t>(same - m_times.begin());
    }
    return row;
}

LadderLayout::Rows LadderLayout::rowsIn(double top, double bottom) const
{
    const auto first = std::lower_bound(m_ys.begin(), m_ys.end(), top - m_rowHeight);
    const auto end = std::upper_bound(first, m_ys.end(), bottom + m_rowHeight);
    return {static_cast<std::size_t>(first - m_ys.begin()), static_cast<std::size_t>(end - m_ys.begin())};
}

Nanoseconds LadderLayout::usualIdle(const std::vector<Time>& times, Nanoseconds roundTrip)
{
    using namespace std::chrono_literals;
    std::vector<Nanoseconds> gaps;
    for (std::size_t i = 1; i < times.size(); ++i)
        gaps.push_back(std::max(times[i] - times[i - 1], Nanoseconds::zero()));
    if (gaps.empty())
        return 10ms;
    const Nanoseconds atLeast = roundTrip > Nanoseconds::zero() ? std::max<Nanoseconds>(4 * roundTrip, 1ms) : 10ms;
    const auto threeQuarters = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() * 3 / 4);
    std::nth_element(gaps.begin(), threeQuarters, gaps.end());
    // With only a few packets every pause is worth a mark.
    return gaps.size() < 64 ? atLeast : std::max(atLeast, 2 * *threeQuarters);
}

} // namespace hindcast
