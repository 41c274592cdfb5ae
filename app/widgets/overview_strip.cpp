#include "widgets/overview_strip.h"

#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace hindcast {

namespace {

constexpr int sideMargin = 12;
constexpr int captionHeight = 17;
constexpr double handleReach = 6;
constexpr double dragDistance = 4;
constexpr double tickHeight = 4; ///< in the margin below the curve

QColor withAlpha(QColor color, int alpha)
{
    color.setAlpha(alpha);
    return color;
}

} // namespace

OverviewStrip::OverviewStrip(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setMinimumHeight(58);
    setAccessibleName(tr("Overview of the whole capture"));
    setToolTip(
        tr("The whole capture. Drag the window to move through it, its edges to resize it; drag elsewhere to show "
           "another part; double-click to show everything."));
}

void OverviewStrip::setBounds(TimeRange bounds)
{
    if (bounds != m_bounds)
        m_tickColumns.clear();
    m_bounds = bounds;
    update();
}

void OverviewStrip::setVisibleRange(TimeRange visible)
{
    m_visible = visible;
    update();
}

void OverviewStrip::setSelectedRange(std::optional<TimeRange> range)
{
    m_range = range;
    update();
}

void OverviewStrip::setCursorTime(std::optional<Time> cursor)
{
    m_cursor = cursor;
    update();
}

void OverviewStrip::setCurve(std::vector<Point> points, const QString& title)
{
    m_points = std::move(points);
    m_title = title;
    update();
}

void OverviewStrip::setStretches(std::vector<Stretch> stretches)
{
    m_stretches = std::move(stretches);
    update();
}

void OverviewStrip::setTicks(std::vector<Tick> ticks)
{
    m_ticks = std::move(ticks);
    m_tickColumns.clear();
    update();
}

std::vector<std::ptrdiff_t> OverviewStrip::ticksPerPixel(const std::vector<Tick>& ticks, TimeRange bounds, int width)
{
    std::vector<std::ptrdiff_t> columns(static_cast<std::size_t>(std::max(0, width)), -1);
    if (columns.empty() || bounds.isEmpty())
        return columns;
    const auto span = static_cast<double>(bounds.duration().count());
    for (std::size_t i = 0; i < ticks.size(); ++i) {
        if (!bounds.contains(ticks[i].time))
            continue;
        const double share = static_cast<double>((ticks[i].time - bounds.begin).count()) / span;
        const auto column = std::min(columns.size() - 1, static_cast<std::size_t>(share * width));
        std::ptrdiff_t& seen = columns[column];
        if (seen < 0 || ticks[static_cast<std::size_t>(seen)].rank < ticks[i].rank)
            seen = static_cast<std::ptrdiff_t>(i);
    }
    return columns;
}

void OverviewStrip::setCaptions(const QString& begin, const QString& end)
{
    m_beginCaption = begin;
    m_endCaption = end;
    update();
}

QRectF OverviewStrip::curveArea() const
{
    return QRectF(rect()).adjusted(sideMargin, captionHeight, -sideMargin, -5);
}

double OverviewStrip::xOf(Time time) const
{
    const QRectF area = curveArea();
    const auto span = static_cast<double>(m_bounds.duration().count());
    return span <= 0 ? area.left()
                     : area.left() + static_cast<double>((time - m_bounds.begin).count()) / span * area.width();
}

Time OverviewStrip::timeAt(double x) const
{
    const QRectF area = curveArea();
    const double share = std::clamp((x - area.left()) / std::max(1.0, area.width()), 0.0, 1.0);
    return m_bounds.begin + Nanoseconds{std::llround(static_cast<double>(m_bounds.duration().count()) * share)};
}

void OverviewStrip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    if (m_bounds.isEmpty())
        return;
    painter.fillRect(curveArea(), palette().color(QPalette::Base));
    paintCurve(painter);
    paintWindow(painter);
    paintStretches(painter);
    paintTicks(painter);
    paintCaptions(painter);
}

void OverviewStrip::paintTicks(QPainter& painter)
{
    const QRectF area = curveArea();
    const int width = static_cast<int>(area.width());
    if (m_ticks.empty() || width <= 0)
        return;
    if (m_tickColumns.size() != static_cast<std::size_t>(width))
        m_tickColumns = ticksPerPixel(m_ticks, m_bounds, width);
    // A pixel alone is overlooked: a tick is two wide, and the worse one of two neighbours wins.
    for (int rank = 0; rank <= 2; ++rank)
        for (std::size_t column = 0; column < m_tickColumns.size(); ++column) {
            const std::ptrdiff_t seen = m_tickColumns[column];
            if (seen < 0 || std::min(m_ticks[static_cast<std::size_t>(seen)].rank, 2) != rank)
                continue;
            painter.fillRect(QRectF(area.left() + static_cast<double>(column), area.bottom() + 1, 2, tickHeight),
                m_ticks[static_cast<std::size_t>(seen)].color);
        }
}

void OverviewStrip::paintCurve(QPainter& painter) const
{
    if (m_points.empty())
        return;
    const QRectF area = curveArea();
    const QColor color = palette().color(QPalette::Highlight);
    const double width = area.width() / static_cast<double>(m_points.size());
    for (std::size_t i = 0; i < m_points.size(); ++i) {
        const Point& point = m_points[i];
        if (std::isnan(point.maximum))
            continue; // not measured: the bare background, never a bar of no height
        // Whole pixels that meet: fractions would leave hairlines between bars.
        const int left = static_cast<int>(area.left() + static_cast<double>(i) * width);
        const int right = static_cast<int>(area.left() + static_cast<double>(i + 1) * width);
        const auto bar = [&](float height, int alpha) {
            const int pixels = static_cast<int>(std::lround(static_cast<double>(height) * area.height()));
            painter.fillRect(
                QRect(left, static_cast<int>(area.bottom()) - pixels, right - left, pixels), withAlpha(color, alpha));
        };
        bar(point.maximum, 70);
        bar(point.mean, 150);
    }
}

void OverviewStrip::paintStretches(QPainter& painter) const
{
    constexpr double height = 4, leastWidth = 3;
    const QRectF area = curveArea();
    for (const Stretch& stretch : m_stretches) {
        const double left = std::clamp(xOf(stretch.range.begin), area.left(), area.right() - leastWidth);
        const double right = std::clamp(xOf(stretch.range.end), left + leastWidth, area.right());
        painter.fillRect(QRectF(left, area.top(), right - left, height), stretch.color);
    }
}

void OverviewStrip::paintWindow(QPainter& painter) const
{
    const QRectF area = curveArea();
    if (m_range) {
        const double left = xOf(m_range->begin);
        painter.fillRect(QRectF(left, area.top(), std::max(1.0, xOf(m_range->end) - left), area.height()),
            withAlpha(palette().color(QPalette::Highlight), 90));
    }
    if (m_cursor) {
        painter.setPen(QPen(palette().color(QPalette::Text), 0));
        const double x = std::round(xOf(*m_cursor));
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()));
    }
    const double left = std::clamp(xOf(m_visible.begin), area.left(), area.right());
    const double right = std::clamp(xOf(m_visible.end), area.left(), area.right());
    const QColor veil = withAlpha(palette().color(QPalette::Window), 170);
    painter.fillRect(QRectF(area.left(), area.top(), left - area.left(), area.height()), veil);
    painter.fillRect(QRectF(right, area.top(), area.right() - right, area.height()), veil);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(left, area.top(), std::max(2.0, right - left), area.height()), 2, 2);
    painter.setPen(Qt::NoPen);
    painter.setBrush(palette().color(QPalette::Highlight));
    for (double x : {left, std::max(left + 2, right)})
        painter.drawRoundedRect(QRectF(x - 2.5, area.center().y() - 8, 5, 16), 2, 2);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void OverviewStrip::paintCaptions(QPainter& painter) const
{
    const QRectF row(sideMargin, 1, width() - 2 * sideMargin, captionHeight - 2);
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.92);
    painter.setFont(small);
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter, m_beginCaption);
    painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter, m_endCaption);
    painter.drawText(row, Qt::AlignHCenter | Qt::AlignVCenter, m_title);
}

OverviewStrip::Drag OverviewStrip::partAt(double x) const
{
    const double left = xOf(m_visible.begin);
    const double right = xOf(m_visible.end);
    // A narrow window is there to be moved: its handles reach outwards only.
    const double inwards = right - left < 3 * handleReach ? 0 : handleReach;
    if (x >= left - handleReach && x <= left + inwards && x < right)
        return Drag::Begin;
    if (x <= right + handleReach && x >= right - inwards && x > left)
        return Drag::End;
    return x > left && x < right ? Drag::Window : Drag::Fresh;
}

void OverviewStrip::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || m_bounds.isEmpty())
        return;
    m_pressX = event->position().x();
    m_pressVisible = m_visible;
    m_drag = partAt(m_pressX);
    // When everything is on screen there is nothing to move: a drag shows a part.
    if (m_drag == Drag::Window && m_visible.begin <= m_bounds.begin && m_visible.end >= m_bounds.end)
        m_drag = Drag::Fresh;
}

void OverviewStrip::mouseMoveEvent(QMouseEvent* event)
{
    const double x = event->position().x();
    const Time here = timeAt(x);
    switch (m_drag) {
    case Drag::None: {
        const Drag part = partAt(x);
        setCursor(part == Drag::Begin || part == Drag::End ? Qt::SizeHorCursor
                : part == Drag::Window                     ? Qt::OpenHandCursor
                                                           : Qt::CrossCursor);
        break;
    }
    case Drag::Window: {
        const auto shift = here - timeAt(m_pressX);
        Q_EMIT visibleRangeWanted({m_pressVisible.begin + shift, m_pressVisible.end + shift});
        break;
    }
    case Drag::Begin:
        // Pushed over the other end, a handle becomes that one: nothing collapses.
        Q_EMIT visibleRangeWanted({std::min(here, m_pressVisible.end), std::max(here, m_pressVisible.end)});
        break;
    case Drag::End:
        Q_EMIT visibleRangeWanted({std::min(here, m_pressVisible.begin), std::max(here, m_pressVisible.begin)});
        break;
    case Drag::Fresh:
        if (std::abs(x - m_pressX) >= dragDistance) {
            const Time other = timeAt(m_pressX);
            Q_EMIT visibleRangeWanted({std::min(here, other), std::max(here, other)});
        }
        break;
    }
}

void OverviewStrip::mouseReleaseEvent(QMouseEvent* event)
{
    const bool isClick = m_drag == Drag::Fresh && std::abs(event->position().x() - m_pressX) < dragDistance;
    m_drag = Drag::None;
    if (!isClick)
        return;
    const auto half = m_visible.duration() / 2;
    const Time middle = timeAt(event->position().x());
    Q_EMIT visibleRangeWanted({middle - half, middle + half});
}

void OverviewStrip::mouseDoubleClickEvent(QMouseEvent*)
{
    m_drag = Drag::None;
    Q_EMIT fitWanted();
}

void OverviewStrip::wheelEvent(QWheelEvent* event)
{
    const double notches = event->angleDelta().y() / 120.0;
    Q_EMIT zoomWanted(std::pow(1.25, -notches), timeAt(event->position().x()));
    event->accept();
}

} // namespace hindcast
