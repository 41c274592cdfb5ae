#include "plots/cursor_overlay.h"

#include "plots/lane_header.h"
#include "plots/trace_value.h"
#include "text/format.h"

#include <algorithm>
#include <cmath>

namespace hindcast {

CursorOverlay::CursorOverlay(QCustomPlot* plot, PlotScene& scene)
    : QCPLayerable(plot, QStringLiteral("overlay"))
    , m_scene(scene)
{
}

void CursorOverlay::draw(QCPPainter* painter)
{
    painter->setAntialiasing(false);
    if (m_scene.isEmpty())
        return;
    const QRect plots =
        m_scene.lanesArea.united(m_scene.eventsArea).adjusted(PlotScene::plotLeft, 0, -PlotScene::rightMargin, 0);
    painter->save();
    painter->setClipRect(plots.adjusted(-1, 0, 1, 0));
    if (m_scene.range)
        drawRange(painter);
    if (m_scene.zoomBand)
        drawZoomBand(painter);
    if (m_scene.cursor)
        drawLine(painter, *m_scene.cursor, m_scene.colors.cursor, Qt::SolidLine);
    if (m_scene.hover)
        drawLine(painter, *m_scene.hover, m_scene.colors.hover, Qt::DotLine);
    painter->restore();
    drawReadOut(painter);
    if (m_scene.cursor)
        drawTimeBubble(painter, *m_scene.cursor, true);
    if (m_scene.hover)
        drawTimeBubble(painter, *m_scene.hover, false);
    if (m_scene.hasFocus)
        drawFocus(painter);
}

void CursorOverlay::drawRange(QCPPainter* painter)
{
    const QRect& area = m_scene.lanesArea;
    // Far outside the picture a coordinate would overflow the rasteriser.
    const double left = std::max(m_scene.frame.xOf(m_scene.range->begin), -10.0);
    const double right = std::min(m_scene.frame.xOf(m_scene.range->end), area.width() + 10.0);
    if (right < left)
        return;
    painter->fillRect(QRectF(left, area.top(), right - left, area.height()), m_scene.colors.selection);
    painter->setPen(QPen(m_scene.colors.selectionEdge, 0));
    painter->drawLine(QLineF(left, area.top(), left, area.bottom()));
    painter->drawLine(QLineF(right, area.top(), right, area.bottom()));

    painter->setFont(m_scene.titleFont);
    const QFontMetricsF metrics(m_scene.titleFont);
    const QString length = text::formatDuration(m_scene.range->duration());
    const double width = metrics.horizontalAdvance(length) + 14;
    const double plotLeft = PlotScene::plotLeft;
    const double plotRight = area.right() - PlotScene::rightMargin;
    const double middle = (std::max(left, plotLeft) + std::min(right, plotRight)) / 2;
    QRectF bubble(std::clamp(middle - width / 2, plotLeft, std::max(plotLeft, plotRight - width)), area.top() + 6,
        width, metrics.height() + 4);
    painter->setAntialiasing(true);
    painter->setPen(Qt::NoPen);
    painter->setBrush(m_scene.colors.selectionEdge);
    painter->drawRoundedRect(bubble, 4, 4);
    painter->setPen(m_scene.colors.background);
    painter->drawText(bubble, Qt::AlignCenter, length);
    painter->setAntialiasing(false);
}

void CursorOverlay::drawZoomBand(QCPPainter* painter)
{
    painter->setPen(QPen(m_scene.colors.cursor, 0, Qt::DashLine));
    QColor fill = m_scene.colors.cursor;
    fill.setAlpha(24);
    painter->setBrush(fill);
    painter->drawRect(*m_scene.zoomBand);
    painter->setBrush(Qt::NoBrush);
}

void CursorOverlay::drawLine(QCPPainter* painter, Time time, const QColor& color, Qt::PenStyle style)
{
    const double x = std::round(m_scene.frame.xOf(time));
    if (x < PlotScene::plotLeft - 1 || x > m_scene.lanesArea.right())
        return;
    painter->setPen(QPen(color, 0, style));
    // Through the lanes and the band of events below them.
    painter->drawLine(QLineF(x, m_scene.lanesArea.top(), x, m_scene.axisArea.top() - 1));
}

void CursorOverlay::drawReadOut(QCPPainter* painter)
{
    // Without pointer and cursor the values are those at the end of what is on screen.
    const auto chosen = m_scene.readOutTime();
    const double x = m_scene.frame.xOf(chosen.value_or(m_scene.frame.visible().end));
    const bool isInSight =
        chosen && x >= PlotScene::plotLeft - 1 && x <= m_scene.lanesArea.right() - PlotScene::rightMargin + 1;
    painter->save();
    painter->setClipRect(m_scene.lanesArea);
    for (const LanePicture& picture : m_scene.pictures) {
        const Lane& lane = m_scene.lanes[picture.lane];
        for (std::size_t i = 0; i < lane.traces.size(); ++i) {
            const Trace& trace = lane.traces[i];
            const auto threshold = gapThreshold(m_scene.frame.usualIntervalOf(trace.series->times));
            const auto& times = *trace.series->times;
            const Time time =
                chosen.value_or(std::min(m_scene.frame.visible().end, times.empty() ? Time{} : times.back()));
            const double value = valueAt(trace, time, threshold);
            const QRect place = LaneHeader::valueRect(picture, lane, i);
            painter->setAntialiasing(false);
            painter->setFont(m_scene.font);
            painter->setPen(std::isnan(value) ? m_scene.colors.dimText : m_scene.colors.trace(trace.color));
            if (!place.isEmpty())
                painter->drawText(place, Qt::AlignRight | Qt::AlignVCenter, text::formatValue(value, lane.unit));
            if (std::isnan(value) || !isInSight || lane.form == LaneForm::Stack)
                continue;
            const double y = picture.yOf(value);
            painter->setAntialiasing(true);
            painter->setPen(QPen(m_scene.colors.background, 1));
            painter->setBrush(m_scene.colors.trace(trace.color));
            if (y > picture.plot.top() - 3 && y < picture.plot.bottom() + 3)
                painter->drawEllipse(QPointF(x, y), 3.5, 3.5);
        }
    }
    painter->restore();
}

void CursorOverlay::drawTimeBubble(QCPPainter* painter, Time time, bool isCursor)
{
    const double x = m_scene.frame.xOf(time);
    const QRect& area = m_scene.axisArea;
    if (x < PlotScene::plotLeft - 1 || x > area.right())
        return;
    const auto perPixel = m_scene.frame.visible().duration() / static_cast<std::int64_t>(m_scene.frame.columns());
    const QString label =
        m_scene.zone.timeOfDay(time, text::fractionDigitsFor(std::max(perPixel, Nanoseconds{1'000'000})));
    painter->setFont(m_scene.font);
    const QFontMetricsF metrics(m_scene.font);
    const double width = metrics.horizontalAdvance(label) + 12;
    QRectF bubble(x - width / 2, area.top() + 3, width, 18);
    bubble.moveLeft(std::clamp(bubble.left(), 2.0, area.right() - width - 2));
    for (const TimeTick& tick : m_scene.timeTicks) {
        // A label half covered reads as another time.
        const double half = metrics.horizontalAdvance(tick.label) / 2 + 2;
        const double middle = m_scene.frame.xOf(tick.time);
        if (middle + half > bubble.left() && middle - half < bubble.right())
            painter->fillRect(QRectF(middle - half, area.top() + 5, 2 * half, 15), m_scene.colors.header);
    }
    painter->setAntialiasing(true);
    painter->setPen(isCursor ? QPen(Qt::NoPen) : QPen(m_scene.colors.hover, 1));
    painter->setBrush(isCursor ? m_scene.colors.cursor : m_scene.colors.header);
    painter->drawRoundedRect(bubble, 3, 3);
    painter->setPen(isCursor ? m_scene.colors.background : m_scene.colors.text);
    painter->drawText(bubble, Qt::AlignCenter, label);
    painter->setAntialiasing(false);
}

void CursorOverlay::drawFocus(QCPPainter* painter)
{
    // QCustomPlot draws no focus indicator; without one nobody can tell where the keys go.
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(m_scene.colors.focus, 0));
    const QRect frame = m_scene.lanesArea.united(m_scene.axisArea).adjusted(0, 0, -1, -1);
    painter->drawRect(frame);
    painter->drawRect(frame.adjusted(1, 1, -1, -1));
}

} // namespace hindcast
