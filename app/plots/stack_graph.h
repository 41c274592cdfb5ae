// StackGraph: draws the parts of a whole piled up, as areas of the means of each pixel column. Peaks are the business
// of the outline drawn over it.
#pragma once

#include "plots/trace_graph.h"

namespace hindcast {

class StackGraph : public TraceGraph {
public:
    StackGraph(QCPAxis* keyAxis, QCPAxis* valueAxis, PlotScene& scene, const std::vector<Trace>& traces);

    void fetchShared() override;
    void prepare() override;
    ValueExtent extent() const override;
    bool isGap(std::size_t column) const override;

protected:
    void draw(QCPPainter* painter) override;

private:
    std::vector<Trace> m_traces;
    std::vector<SharedMeans*> m_means; ///< one per trace, as the next two
    std::vector<const PixelIndex*> m_indices;
    std::vector<std::vector<EnvelopeColumn>> m_columns;
};

} // namespace hindcast
