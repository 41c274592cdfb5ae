// FrameMap: the geometry of one frame shared by all lanes: where the time axis runs, and the pixel index of each
// distinct time column, computed when first asked for.
#pragma once

#include "plots/pixel_index.h"

#include <map>

namespace hindcast {

class FrameMap {
public:
    /// `left` and `width` in device-independent pixels. Forgets the indices of the frame before, keeps their memory.
    void begin(TimeRange visible, double left, double width, double pixelRatio);

    const TimeRange& visible() const { return m_visible; }
    double left() const { return m_left; }
    double width() const { return m_width; }
    std::size_t columns() const { return m_columns; }
    /// Width of a pixel column in device-independent pixels.
    double columnWidth() const { return m_columnWidth; }
    double xOfColumn(std::size_t column) const { return m_left + static_cast<double>(column) * m_columnWidth; }
    double xOf(Time time) const;
    Time timeAt(double x) const;

    const PixelIndex& index(const TimeColumn& times);
    /// Zero when there are fewer than two samples. Remembered for good.
    Nanoseconds usualIntervalOf(const TimeColumn& times);
    /// Drops what was remembered about time columns: the data has changed.
    void forget();

private:
    struct Entry {
        TimeColumn times; ///< keeps the key alive
        PixelIndex index;
        Nanoseconds usualInterval{};
        bool isCurrent = false;
    };
    Entry& entry(const TimeColumn& times);

    TimeRange m_visible;
    double m_left = 0, m_width = 1, m_columnWidth = 1;
    std::size_t m_columns = 1;
    std::map<const std::vector<Time>*, Entry> m_entries;
};

} // namespace hindcast
