#include "plots/stack_graph.h"

#include <algorithm>
#include <cmath>

namespace hindcast {

StackGraph::StackGraph(QCPAxis* keyAxis, QCPAxis* valueAxis, PlotScene& scene, const std::vector<Trace>& traces)
    : TraceGraph(keyAxis, valueAxis, scene)
    , m_traces(traces)
    , m_means(traces.size())
    , m_indices(traces.size())
    , m_columns(traces.size())
{
}

void StackGraph::fetchShared()
{
    for (std::size_t i = 0; i < m_traces.size(); ++i) {
        const Series& series = *m_traces[i].series;
        m_means[i] = &m_scene.meansOf(series);
        m_indices[i] = &m_scene.frame.index(series.times);
    }
}

void StackGraph::prepare()
{
    for (std::size_t i = 0; i < m_traces.size(); ++i)
        computeMeans(m_traces[i], m_means[i]->of(m_traces[i].series->values), *m_indices[i], m_columns[i]);
}

ValueExtent StackGraph::extent() const
{
    ValueExtent result{0, notMeasured};
    for (std::size_t column = 0; column < m_scene.frame.columns(); ++column) {
        double sum = notMeasured;
        for (const auto& columns : m_columns)
            if (columns[column].state == ColumnState::Measured)
                sum = static_cast<double>(columns[column].mean) + (std::isnan(sum) ? 0 : sum);
        result.maximum = std::fmax(result.maximum, sum);
    }
    return result;
}

bool StackGraph::isGap(std::size_t column) const
{
    for (const auto& columns : m_columns)
        if (columns[column].state != ColumnState::Gap)
            return false;
    return true;
}

void StackGraph::draw(QCPPainter* painter)
{
    painter->setAntialiasing(false);
    const std::size_t columns = m_scene.frame.columns();
    std::vector<double> base(columns, 0);
    const double pixel = m_scene.frame.columnWidth(); // of the device: half a unit at scale 2
    const auto wholePixel = [&](double y) { return std::round(y / pixel) * pixel; };
    QVector<QLineF> area;
    area.reserve(static_cast<qsizetype>(columns));
    for (std::size_t i = 0; i < m_traces.size(); ++i) {
        area.clear();
        for (std::size_t column = 0; column < columns; ++column) {
            const EnvelopeColumn& here = m_columns[i][column];
            if (here.state != ColumnState::Measured || !(here.mean > 0))
                continue;
            // Rounded to whole pixels here: the next part then begins exactly where this one ends.
            const double bottom = wholePixel(m_picture.yOf(base[column]));
            base[column] += static_cast<double>(here.mean);
            const double top = std::max(wholePixel(m_picture.yOf(base[column])), double(m_picture.plot.top()));
            if (bottom - top < pixel / 2)
                continue;
            const double x = m_scene.frame.xOfColumn(column);
            area.append(QLineF(x, top, x, bottom - pixel));
        }
        painter->setPen(QPen(m_scene.colors.fill(m_traces[i].color), 0));
        painter->drawLines(area);
    }
}

} // namespace hindcast
