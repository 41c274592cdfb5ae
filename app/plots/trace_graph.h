// TraceGraph: what EnvelopeGraph and StackGraph have in common: a plottable that prepares its pixel columns before the
// frame is drawn, so that scales and gaps can be settled first. Never selectable: QCustomPlot's selection pen is slow
// at any width above one pixel.
#pragma once

#include "plots/envelope_columns.h"
#include "plots/plot_scene.h"

#include <qcustomplot.h>

namespace hindcast {

/// Smallest and largest value to be shown; both NaN when there is none.
struct ValueExtent {
    double minimum = notMeasured;
    double maximum = notMeasured;
};

class TraceGraph : public QCPAbstractPlottable {
public:
    TraceGraph(QCPAxis* keyAxis, QCPAxis* valueAxis, PlotScene& scene)
        : QCPAbstractPlottable(keyAxis, valueAxis)
        , m_scene(scene)
    {
        setSelectable(QCP::stNone);
        setSelectionDecorator(nullptr);
    }

    /// Fetches what is shared with other graphs, on the GUI thread; then prepare() may run on any thread.
    virtual void fetchShared() = 0;
    /// Computes the columns for the scene's current frame.
    virtual void prepare() = 0;
    virtual ValueExtent extent() const = 0;
    /// Whether nothing was measured in that pixel column though it should have been.
    virtual bool isGap(std::size_t column) const = 0;
    void setPicture(const LanePicture& picture) { m_picture = picture; }

    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }
    QCPRange getKeyRange(bool& foundRange, QCP::SignDomain) const override
    {
        foundRange = false;
        return {};
    }
    QCPRange getValueRange(bool& foundRange, QCP::SignDomain, const QCPRange&) const override
    {
        foundRange = false;
        return {};
    }

protected:
    void drawLegendIcon(QCPPainter*, const QRectF&) const override { }

    PlotScene& m_scene;
    LanePicture m_picture;
};

} // namespace hindcast
