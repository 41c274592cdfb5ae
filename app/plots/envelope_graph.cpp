#include "plots/envelope_graph.h"

#include <algorithm>
#include <cmath>

namespace hindcast {

namespace {

constexpr double dotRadius = 2;
constexpr int outlineAlpha = 150;
/// Samples closer together than this get no dot of their own.
constexpr double dotDistance = 9;

} // namespace

EnvelopeGraph::EnvelopeGraph(QCPAxis* keyAxis, QCPAxis* valueAxis, PlotScene& scene, const Trace& trace)
    : TraceGraph(keyAxis, valueAxis, scene)
    , m_trace(trace)
{
}

void EnvelopeGraph::fetchShared()
{
    m_means = &m_scene.meansOf(*m_trace.series);
    m_index = &m_scene.frame.index(m_trace.series->times);
}

void EnvelopeGraph::prepare()
{
    computeColumns(m_trace, m_means->of(m_trace.series->values), *m_index, m_columns);
}

ValueExtent EnvelopeGraph::extent() const
{
    ValueExtent result;
    for (const EnvelopeColumn& column : m_columns) {
        if (column.state != ColumnState::Measured)
            continue;
        result.minimum = std::fmin(result.minimum, static_cast<double>(column.minimum));
        result.maximum = std::fmax(result.maximum, static_cast<double>(column.maximum));
    }
    return result;
}

bool EnvelopeGraph::showsSamples() const
{
    const PixelIndex& index = m_scene.frame.index(m_trace.series->times);
    return (index.visibleEnd() - index.visibleBegin()) * 3 < index.columns();
}

void EnvelopeGraph::draw(QCPPainter* painter)
{
    painter->setAntialiasing(false);
    painter->setBrush(Qt::NoBrush);
    if (m_isOutline)
        drawOutline(painter);
    else if (showsSamples())
        drawSamples(painter);
    else
        drawEnvelope(painter);
}

void EnvelopeGraph::drawEnvelope(QCPPainter* painter)
{
    QVector<QLineF> band;
    QPolygonF line;
    std::vector<QPolygonF> finished;
    band.reserve(static_cast<qsizetype>(m_columns.size()));
    line.reserve(static_cast<qsizetype>(m_columns.size()));
    for (std::size_t column = 0; column < m_columns.size(); ++column) {
        const EnvelopeColumn& here = m_columns[column];
        if (here.state != ColumnState::Measured) {
            if (!line.isEmpty())
                finished.push_back(std::exchange(line, {}));
            continue;
        }
        const double x = m_scene.frame.xOfColumn(column);
        const double top = m_picture.yOf(static_cast<double>(here.maximum));
        const double bottom = m_picture.yOf(static_cast<double>(here.minimum));
        if (bottom - top >= 0.5)
            band.append(QLineF(x, top, x, bottom));
        line.append(QPointF(x, m_picture.yOf(static_cast<double>(here.mean))));
    }
    if (!line.isEmpty())
        finished.push_back(std::move(line));
    painter->setPen(QPen(m_scene.colors.envelope(m_trace.color), 0));
    painter->drawLines(band);
    painter->setPen(QPen(m_scene.colors.trace(m_trace.color), 0));
    for (const QPolygonF& part : finished) {
        if (part.size() == 1)
            painter->drawPoint(part.front());
        else
            painter->drawPolyline(part);
    }
}

void EnvelopeGraph::drawOutline(QCPPainter* painter)
{
    // The peak inside each column, drawn over the pile of means: without it a short spike would average away.
    QPolygonF line;
    QColor calm = m_scene.colors.trace(m_trace.color);
    calm.setAlpha(outlineAlpha);
    painter->setPen(QPen(calm, 0));
    const auto finish = [&] {
        if (line.size() > 1)
            painter->drawPolyline(line);
        else if (line.size() == 1)
            painter->drawPoint(line.front());
        line.clear();
    };
    for (std::size_t column = 0; column < m_columns.size(); ++column) {
        if (m_columns[column].state != ColumnState::Measured) {
            finish();
            continue;
        }
        line.append(
            QPointF(m_scene.frame.xOfColumn(column), m_picture.yOf(static_cast<double>(m_columns[column].maximum))));
    }
    finish();
}

void EnvelopeGraph::drawSamples(QCPPainter* painter)
{
    const Series& series = *m_trace.series;
    const auto& times = *series.times;
    const PixelIndex& index = m_scene.frame.index(series.times);
    // One sample beyond either side, so that lines run to the edge.
    const std::size_t begin = index.visibleBegin() > 0 ? index.visibleBegin() - 1 : 0;
    const std::size_t end = std::min(times.size(), index.visibleEnd() + 1);
    const double leftmost = m_scene.frame.left() - 20;
    const double rightmost = m_scene.frame.left() + m_scene.frame.width() + 20;

    QPolygonF line;
    QVector<QPointF> dots;
    painter->setPen(QPen(m_scene.colors.trace(m_trace.color), 0));
    const auto finish = [&] {
        if (line.size() > 1)
            painter->drawPolyline(line);
        line.clear();
    };
    for (std::size_t sample = begin; sample < end; ++sample) {
        const double value = series.values.at(sample);
        if (std::isnan(value)) {
            finish();
            continue;
        }
        const bool isGap = index.isGapBefore(times, sample);
        const double x = m_scene.frame.xOf(times[sample]);
        const double y = m_picture.yOf(value);
        if (isGap)
            finish();
        if (m_trace.holdsOverInterval && sample > 0 && !isGap)
            line.append(QPointF(std::clamp(m_scene.frame.xOf(times[sample - 1]), leftmost, rightmost), y));
        line.append(QPointF(m_trace.holdsOverInterval ? std::clamp(x, leftmost, rightmost) : x, y));
        if (x >= leftmost && x <= rightmost)
            dots.append(QPointF(x, y));
    }
    finish();
    const double distance = m_scene.frame.width() / static_cast<double>(std::max<std::size_t>(1, end - begin));
    if (distance >= dotDistance || dots.size() <= 2) {
        painter->setAntialiasing(true);
        painter->setPen(Qt::NoPen);
        painter->setBrush(m_scene.colors.trace(m_trace.color));
        for (const QPointF& dot : dots)
            painter->drawEllipse(dot, dotRadius, dotRadius);
        painter->setAntialiasing(false);
    }
}

} // namespace hindcast
