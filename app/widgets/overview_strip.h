// OverviewStrip: the whole capture as one small curve, with the part on screen as a window that can be dragged and
// resized. Knows no snapshot: the curve is handed in.
#pragma once

#include "base/time.h"

#include <QColor>
#include <QWidget>

#include <cstdint>
#include <optional>
#include <vector>

namespace hindcast {

class OverviewStrip : public QWidget {
    Q_OBJECT

public:
    /// One column of the curve, 0…1 of its scale; NaN = not measured.
    struct Point {
        float mean = 0;
        float maximum = 0;
    };

    /// A stretch to point out, in its colour.
    struct Stretch {
        TimeRange range;
        QColor color;
    };

    /// An instant to point out; where several meet in a pixel, the highest rank is seen.
    struct Tick {
        Time time{};
        int rank = 0;
        QColor color;
    };

    explicit OverviewStrip(QWidget* parent = nullptr);

    void setBounds(TimeRange bounds);
    void setVisibleRange(TimeRange visible);
    void setSelectedRange(std::optional<TimeRange> range);
    void setCursorTime(std::optional<Time> cursor);
    /// `title` says what the curve is: "CPU busy".
    void setCurve(std::vector<Point> points, const QString& title);
    /// Later ones are painted over earlier ones.
    void setStretches(std::vector<Stretch> stretches);
    /// In order of time; drawn below the curve.
    void setTicks(std::vector<Tick> ticks);
    /// Per pixel column of `width` over `bounds` the index of the tick that is seen there; −1 where there is none.
    static std::vector<std::ptrdiff_t> ticksPerPixel(const std::vector<Tick>& ticks, TimeRange bounds, int width);
    void setCaptions(const QString& begin, const QString& end);

    double xOf(Time time) const;
    Time timeAt(double x) const;
    QSize sizeHint() const override { return {600, 58}; }

Q_SIGNALS:
    void visibleRangeWanted(hindcast::TimeRange range);
    void fitWanted();
    void zoomWanted(double factor, hindcast::Time about);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    enum class Drag : std::uint8_t { None, Window, Begin, End, Fresh };

    QRectF curveArea() const;
    Drag partAt(double x) const;
    void paintCurve(QPainter& painter) const;
    void paintStretches(QPainter& painter) const;
    void paintTicks(QPainter& painter);
    void paintWindow(QPainter& painter) const;
    void paintCaptions(QPainter& painter) const;

    TimeRange m_bounds, m_visible;
    std::optional<TimeRange> m_range;
    std::optional<Time> m_cursor;
    std::vector<Point> m_points;
    std::vector<Stretch> m_stretches;
    std::vector<Tick> m_ticks;
    std::vector<std::ptrdiff_t> m_tickColumns; ///< ticksPerPixel() of what is shown; empty = to be found again
    QString m_title, m_beginCaption, m_endCaption;
    Drag m_drag = Drag::None;
    double m_pressX = 0;
    TimeRange m_pressVisible;
};

} // namespace hindcast
