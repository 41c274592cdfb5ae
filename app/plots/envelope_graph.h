// EnvelopeGraph: draws one trace: a light band from smallest to largest value of each pixel column and a line through
// the means; zoomed in, the samples themselves. One-pixel pens only: wider ones take seconds per frame on noisy data.
#pragma once

#include "plots/trace_graph.h"

namespace hindcast {

class EnvelopeGraph : public TraceGraph {
public:
    EnvelopeGraph(QCPAxis* keyAxis, QCPAxis* valueAxis, PlotScene& scene, const Trace& trace);

    void fetchShared() override;
    void prepare() override;
    ValueExtent extent() const override;
    bool isGap(std::size_t column) const override { return m_columns[column].state == ColumnState::Gap; }

    /// Draws the band only up to its upper edge, as the outline of a stack.
    void setIsOutline(bool isOutline) { m_isOutline = isOutline; }

protected:
    void draw(QCPPainter* painter) override;

private:
    void drawEnvelope(QCPPainter* painter);
    void drawSamples(QCPPainter* painter);
    void drawOutline(QCPPainter* painter);
    bool showsSamples() const;

    Trace m_trace;
    SharedMeans* m_means = nullptr;
    const PixelIndex* m_index = nullptr;
    std::vector<EnvelopeColumn> m_columns;
    bool m_isOutline = false;
};

} // namespace hindcast
