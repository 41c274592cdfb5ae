// LadderLayout: where the packets of a conversation stand on a ladder: one row each, idle stretches cut short, or all
// of it true to scale. Plain arithmetic, so that it can be tested without a screen.
#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hindcast {

class LadderLayout {
public:
    enum class Scale : std::uint8_t {
        Rows, ///< a row per packet, whatever the time between them; long idle stretches are cut and marked
        True, ///< distances are times
    };
    struct Idle {
        double top = 0;
        double height = 0;
        Nanoseconds length{};
        std::size_t before = 0; ///< row of the packet that ends it
    };
    struct Rows {
        std::size_t first = 0, end = 0;
    };

    static constexpr double margin = 14; ///< above the first row's middle and below the last's, besides half a row
    static constexpr double idleHeight = 22;
    static constexpr double highest =
        1e8; ///< of a ladder true to scale: what a scroll bar can address with room to spare

    /// `times` in the order of the rows. One that is earlier than the one before it stands beside it.
    void setTimes(const std::vector<Time>& times);
    /// Stretches without a packet at least that long are cut.
    void setIdleFrom(Nanoseconds shortest);
    void setScale(Scale scale);
    void setRowHeight(double height);
    /// Scale::True: how high the whole is, from two rows to `highest`.
    void setTrueHeight(double height);

    Scale scale() const { return m_scale; }
    std::size_t rows() const { return m_times.size(); }
    double rowHeight() const { return m_rowHeight; }
    /// Of everything.
    double height() const;
    /// Middle of the row.
    double yOf(std::size_t row) const { return m_ys[row]; }
    /// Between rows in proportion to the time; before the first and after the last at the edge.
    double yOf(Time time) const;
    /// Row whose middle is nearest to y; rows() == 0 gives 0.
    std::size_t rowAt(double y) const;
    /// Row nearest in time.
    std::size_t rowAt(Time time) const;
    /// Rows any part of which may lie in [top, bottom).
    Rows rowsIn(double top, double bottom) const;
    /// Cut stretches, from top to bottom; none when true to scale.
    const std::vector<Idle>& idles() const { return m_idles; }

    /// What to take for an idle stretch in a conversation: much longer than its usual gap and than `roundTrip` (zero =
    /// not known), so that not every second row is followed by a mark.
    static Nanoseconds usualIdle(const std::vector<Time>& times, Nanoseconds roundTrip);

private:
    void arrange();

    std::vector<Time> m_times; ///< never decreasing
    std::vector<double> m_ys;
    std::vector<Idle> m_idles;
    Nanoseconds m_idleFrom = std::chrono::milliseconds{10};
    Scale m_scale = Scale::Rows;
    double m_rowHeight = 22;
    double m_trueHeight = 600;
};

} // namespace hindcast
