#include "plots/lane_header.h"

#include "text/format.h"

#include <cmath>

namespace hindcast {

namespace {

constexpr int padding = 10;
constexpr int titleHeight = 20;
constexpr int titleTop = 5;
constexpr int valueWidth = 84;
constexpr int swatchSize = 8;

bool namesItsTraces(const Lane& lane)
{
    return lane.traces.size() > 1 || !lane.traces.front().label.isEmpty();
}

QRect legendRow(const LanePicture& picture, std::size_t row)
{
    const int top = picture.band.top() + titleTop + titleHeight + static_cast<int>(row) * PlotScene::rowHeight;
    return {padding, top, PlotScene::headerWidth - 2 * padding, PlotScene::rowHeight};
}

} // namespace

LaneGrid::LaneGrid(QCustomPlot* plot, const PlotScene& scene)
    : QCPLayerable(plot, QStringLiteral("grid"))
    , m_scene(scene)
{
}

void LaneGrid::draw(QCPPainter* painter)
{
    painter->setAntialiasing(false);
    const QRect& area = m_scene.lanesArea;
    painter->fillRect(area, m_scene.colors.background);
    painter->fillRect(QRect(area.left(), area.top(), PlotScene::headerWidth, area.height()), m_scene.colors.header);
    if (m_scene.lanes.empty()) {
        painter->setPen(m_scene.colors.dimText);
        painter->setFont(m_scene.font);
        painter->drawText(
            area.adjusted(PlotScene::headerWidth, 0, 0, 0), Qt::AlignCenter | Qt::TextWordWrap, m_scene.emptyText);
        return;
    }
    painter->setPen(QPen(m_scene.colors.grid, 0));
    QVector<QLineF> grid;
    for (const TimeTick& tick : m_scene.timeTicks) {
        const double x = m_scene.frame.xOf(tick.time);
        grid.append(QLineF(x, area.top(), x, area.bottom()));
    }
    for (const LanePicture& picture : m_scene.pictures)
        for (double tick : picture.ticks)
            grid.append(QLineF(picture.plot.left(), picture.yOf(tick), picture.plot.right(), picture.yOf(tick)));
    painter->drawLines(grid);
    for (const LanePicture& picture : m_scene.pictures)
        drawGaps(painter, picture);
}

void LaneGrid::drawGaps(QCPPainter* painter, const LanePicture& picture)
{
    for (const QRectF& gap : picture.gaps) {
        painter->fillRect(gap, m_scene.colors.header);
        painter->fillRect(gap, QBrush(m_scene.colors.hatch, Qt::BDiagPattern));
    }
}

LaneHeader::LaneHeader(QCustomPlot* plot, const PlotScene& scene)
    : QCPLayerable(plot, QStringLiteral("axes"))
    , m_scene(scene)
{
}

int LaneHeader::comfortableHeight(const Lane& lane)
{
    const int rows = namesItsTraces(lane) ? static_cast<int>(lane.traces.size()) : 1;
    return titleTop + titleHeight + rows * PlotScene::rowHeight + titleTop;
}

QRect LaneHeader::valueRect(const LanePicture& picture, const Lane& lane, std::size_t trace)
{
    QRect row = legendRow(picture, trace);
    if (!namesItsTraces(lane))
        row.moveTop(picture.band.top() + titleTop + titleHeight);
    if (row.bottom() > picture.band.bottom() - 2)
        return {};
    return {row.right() - valueWidth + 1, row.top(), valueWidth, row.height()};
}

void LaneHeader::draw(QCPPainter* painter)
{
    for (const LanePicture& picture : m_scene.pictures) {
        const Lane& lane = m_scene.lanes[picture.lane];
        painter->setAntialiasing(false);
        drawTitle(painter, picture, lane);
        if (namesItsTraces(lane))
            drawLegend(painter, picture, lane);
        drawScale(painter, picture, lane);
        if (lane.limit)
            drawLimit(painter, picture, *lane.limit);
        painter->setPen(QPen(m_scene.colors.separator, 0));
        painter->drawLine(
            QLine(picture.band.left(), picture.band.bottom(), picture.band.right(), picture.band.bottom()));
    }
    if (m_scene.lanes.empty())
        return;
    painter->setPen(QPen(m_scene.colors.separator, 0));
    const int edge = PlotScene::headerWidth;
    painter->drawLine(QLine(edge, m_scene.lanesArea.top(), edge, m_scene.lanesArea.bottom()));
}

void LaneHeader::drawTitle(QCPPainter* painter, const LanePicture& picture, const Lane& lane)
{
    const QRect row(padding, picture.band.top() + titleTop, PlotScene::headerWidth - 2 * padding, titleHeight);
    const QString unit = text::unitTitle(lane.unit);
    const QFontMetrics unitMetrics(m_scene.smallFont);
    const int unitWidth = unit.isEmpty() ? 0 : unitMetrics.horizontalAdvance(unit) + 8;
    painter->setFont(m_scene.titleFont);
    painter->setPen(m_scene.colors.text);
    const QFontMetrics titleMetrics(m_scene.titleFont);
    const QString title = titleMetrics.elidedText(lane.title, Qt::ElideRight, row.width() - unitWidth);
    painter->drawText(row, Qt::AlignLeft | Qt::AlignVCenter, title);
    if (unit.isEmpty())
        return;
    painter->setFont(m_scene.smallFont);
    painter->setPen(m_scene.colors.dimText);
    painter->drawText(row, Qt::AlignRight | Qt::AlignVCenter, unit);
}

void LaneHeader::drawLegend(QCPPainter* painter, const LanePicture& picture, const Lane& lane)
{
    painter->setFont(m_scene.font);
    const QFontMetrics metrics(m_scene.font);
    for (std::size_t i = 0; i < lane.traces.size(); ++i) {
        const QRect value = valueRect(picture, lane, i);
        if (value.isEmpty())
            return;
        const QRect row = legendRow(picture, i);
        const Trace& trace = lane.traces[i];
        const bool isArea = lane.form == LaneForm::Stack;
        const QColor color = isArea ? m_scene.colors.fill(trace.color) : m_scene.colors.trace(trace.color);
        const int middle = row.center().y() + 1;
        if (isArea)
            painter->fillRect(row.left(), middle - swatchSize / 2, swatchSize, swatchSize, color);
        else
            painter->fillRect(row.left(), middle - 1, swatchSize, 3, color);
        painter->setPen(m_scene.colors.dimText);
        const QRect label = row.adjusted(swatchSize + 7, 0, -valueWidth, 0);
        painter->drawText(
            label, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(trace.label, Qt::ElideRight, label.width()));
    }
}

void LaneHeader::drawScale(QCPPainter* painter, const LanePicture& picture, const Lane& lane)
{
    painter->setFont(m_scene.smallFont);
    painter->setPen(m_scene.colors.dimText);
    const int half = 8;
    for (double tick : picture.ticks) {
        const int y = static_cast<int>(std::lround(picture.yOf(tick)));
        const QRect label(PlotScene::headerWidth + 2, y - half, PlotScene::scaleWidth - 8, 2 * half);
        painter->drawText(label, Qt::AlignRight | Qt::AlignVCenter, text::formatTick(tick, lane.unit));
    }
}

void LaneHeader::drawLimit(QCPPainter* painter, const LanePicture& picture, const LimitLine& limit)
{
    if (limit.value > picture.upper || limit.value < picture.lower)
        return;
    const double y = picture.yOf(limit.value);
    painter->setPen(QPen(m_scene.colors.limit, 0, Qt::DashLine));
    painter->drawLine(QLineF(picture.plot.left(), y, picture.plot.right(), y));
    painter->setFont(m_scene.smallFont);
    const QFontMetrics metrics(m_scene.smallFont);
    const int width = metrics.horizontalAdvance(limit.label) + 8;
    // Below the line, unless the line is too low for that.
    const bool fitsBelow = y + metrics.height() < picture.plot.bottom();
    const QRectF place(
        picture.plot.right() - width, fitsBelow ? y + 1 : y - metrics.height() - 1, width, metrics.height());
    painter->fillRect(place, m_scene.colors.background);
    painter->setPen(m_scene.colors.limit);
    painter->drawText(place, Qt::AlignCenter, limit.label);
}

} // namespace hindcast
