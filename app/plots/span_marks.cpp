#include "plots/span_marks.h"

#include <algorithm>

namespace hindcast {

namespace {

constexpr double barHeight = 4;
constexpr double pointerHalfWidth = 4.5;
constexpr int veilAlpha = 26;
constexpr double reach = 5; ///< pixels beside and below a mark that still count as on it

} // namespace

SpanMarks::SpanMarks(QCustomPlot* plot, const PlotScene& scene)
    : QCPLayerable(plot, QStringLiteral("grid"))
    , m_scene(scene)
{
}

QRectF SpanMarks::barOf(const PlotScene& scene, const LanePicture& picture, const LaneSpan& span)
{
    const double plotLeft = picture.plot.left(), plotRight = picture.plot.right() + 1;
    double left = scene.frame.xOf(span.range.begin), right = scene.frame.xOf(span.range.end);
    if (right < plotLeft || left > plotRight)
        return {};
    if (span.isInstant)
        right = left;
    // A stretch of less than a pixel is still there.
    const double least = span.isInstant ? 2 * pointerHalfWidth : 2;
    if (right - left < least) {
        const double middle = (left + right) / 2;
        left = middle - least / 2;
        right = middle + least / 2;
    }
    left = std::max(left, plotLeft);
    right = std::min(right, plotRight);
    return {left, picture.band.top() + 1.0, std::max(0.0, right - left), barHeight};
}

void SpanMarks::draw(QCPPainter* painter)
{
    if (m_scene.spans.empty() || m_scene.frame.visible().isEmpty())
        return;
    painter->save();
    painter->setClipRect(m_scene.lanesArea);
    for (const LanePicture& picture : m_scene.pictures)
        for (const LaneSpan& span : m_scene.spans)
            if (span.lane == picture.lane)
                drawSpan(painter, picture, span);
    painter->restore();
}

void SpanMarks::drawSpan(QCPPainter* painter, const LanePicture& picture, const LaneSpan& span)
{
    const QRectF bar = barOf(m_scene, picture, span);
    if (bar.isEmpty())
        return;
    const QColor color = m_scene.colors.level(span.level);
    if (span.isInstant) {
        const double x = bar.center().x(), top = bar.top();
        painter->setAntialiasing(true);
        painter->setPen(Qt::NoPen);
        painter->setBrush(color);
        painter->drawPolygon(QPolygonF{
            QPointF(x - pointerHalfWidth, top), QPointF(x + pointerHalfWidth, top), QPointF(x, top + 2 * barHeight)});
        painter->setAntialiasing(false);
        painter->setPen(QPen(color, 0));
        painter->drawLine(QLineF(x, top, x, picture.band.bottom()));
        return;
    }
    QColor veil = color;
    veil.setAlpha(veilAlpha);
    painter->fillRect(QRectF(bar.left(), picture.band.top(), bar.width(), picture.band.height() - 1), veil);
    painter->fillRect(bar, color);
}

QString SpanMarks::tipAt(const PlotScene& scene, const LanePicture& picture, const QPoint& position)
{
    const LaneSpan* worst = nullptr;
    for (const LaneSpan& span : scene.spans) {
        if (span.lane != picture.lane)
            continue;
        const QRectF bar = barOf(scene, picture, span);
        if (!bar.isEmpty() && bar.adjusted(-2, -1, 2, reach).contains(position)
            && (!worst || span.level > worst->level))
            worst = &span;
    }
    return worst ? worst->text : QString();
}

} // namespace hindcast
