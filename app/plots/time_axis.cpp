#include "plots/time_axis.h"

namespace hindcast {

TimeAxis::TimeAxis(QCustomPlot* plot, const PlotScene& scene)
    : QCPLayerable(plot, QStringLiteral("axes"))
    , m_scene(scene)
{
}

void TimeAxis::draw(QCPPainter* painter)
{
    const QRect& area = m_scene.axisArea;
    painter->setAntialiasing(false);
    painter->fillRect(area, m_scene.colors.header);
    painter->setPen(QPen(m_scene.colors.separator, 0));
    painter->drawLine(QLine(area.topLeft(), area.topRight()));
    if (m_scene.isEmpty())
        return;

    const int row = 15;
    const int labelTop = area.top() + 5;
    painter->setFont(m_scene.font);
    const QFontMetricsF metrics(m_scene.font);
    double labelledUpTo = area.left();
    for (const TimeTick& tick : m_scene.timeTicks) {
        const double x = m_scene.frame.xOf(tick.time);
        painter->setPen(QPen(m_scene.colors.hover, 0));
        painter->drawLine(QLineF(x, area.top(), x, area.top() + 4));
        painter->setPen(m_scene.colors.text);
        QRectF label(x - pixelsPerLabel / 2, labelTop, pixelsPerLabel, row);
        // A label at the edge moves inwards rather than being cut.
        const double half = metrics.horizontalAdvance(tick.label) / 2 + 2;
        if (x + half > area.right())
            label.moveRight(area.right() - half + pixelsPerLabel / 2);
        if (label.center().x() - half < labelledUpTo)
            continue; // moved onto its neighbour: the tick alone is enough
        labelledUpTo = label.center().x() + half;
        painter->drawText(label, Qt::AlignHCenter | Qt::AlignVCenter, tick.label);
        if (!tick.date.isEmpty()) {
            painter->setPen(m_scene.colors.dimText);
            painter->setFont(m_scene.smallFont);
            painter->drawText(label.translated(0, row), Qt::AlignHCenter | Qt::AlignVCenter, tick.date);
            painter->setFont(m_scene.font);
        }
    }

    const Time begin = m_scene.frame.visible().begin;
    const QRect corner(10, labelTop, PlotScene::headerWidth - 20, row);
    painter->setPen(m_scene.colors.text);
    painter->drawText(corner, Qt::AlignLeft | Qt::AlignVCenter, m_scene.zone.date(begin));
    painter->setPen(m_scene.colors.dimText);
    painter->setFont(m_scene.smallFont);
    painter->drawText(corner.translated(0, row), Qt::AlignLeft | Qt::AlignVCenter, m_scene.zone.title(begin));
}

} // namespace hindcast
