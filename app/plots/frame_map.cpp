#include "plots/frame_map.h"

#include "model/series_math.h"

#include <algorithm>
#include <cmath>

namespace hindcast {

void FrameMap::begin(TimeRange visible, double left, double width, double pixelRatio)
{
    m_visible = visible;
    m_left = left;
    m_width = std::max(1.0, width);
    m_columns = static_cast<std::size_t>(std::max(1.0, std::round(m_width * pixelRatio)));
    m_columnWidth = m_width / static_cast<double>(m_columns);
    for (auto& [key, entry] : m_entries)
        entry.isCurrent = false;
}

double FrameMap::xOf(Time time) const
{
    const auto span = static_cast<double>(m_visible.duration().count());
    return span <= 0 ? m_left : m_left + static_cast<double>((time - m_visible.begin).count()) / span * m_width;
}

Time FrameMap::timeAt(double x) const
{
    const auto span = static_cast<double>(m_visible.duration().count());
    return m_visible.begin + Nanoseconds{std::llround((x - m_left) / m_width * span)};
}

FrameMap::Entry& FrameMap::entry(const TimeColumn& times)
{
    Entry& found = m_entries[times.get()];
    if (!found.times) {
        found.times = times;
        found.usualInterval = usualInterval(times).value_or(Nanoseconds::zero());
    }
    return found;
}

const PixelIndex& FrameMap::index(const TimeColumn& times)
{
    Entry& found = entry(times);
    if (!found.isCurrent) {
        const double columnNanoseconds =
            static_cast<double>(m_visible.duration().count()) / static_cast<double>(m_columns);
        found.index.compute(*times, m_visible.begin, columnNanoseconds, m_columns, found.usualInterval);
        found.isCurrent = true;
    }
    return found.index;
}

Nanoseconds FrameMap::usualIntervalOf(const TimeColumn& times)
{
    return entry(times).usualInterval;
}

void FrameMap::forget()
{
    m_entries.clear();
}

} // namespace hindcast
