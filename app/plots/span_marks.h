// SpanMarks: draws what was found in a lane: a bar along its upper edge with a faint veil below for a stretch, a
// pointer for an instant. Behind the traces, so that no value is hidden.
#pragma once

#include "plots/plot_scene.h"

#include <qcustomplot.h>

namespace hindcast {

class SpanMarks : public QCPLayerable {
public:
    SpanMarks(QCustomPlot* plot, const PlotScene& scene);

    /// What is said at that place of the lane: about the worst mark under the pointer; empty when there is none.
    static QString tipAt(const PlotScene& scene, const LanePicture& picture, const QPoint& position);

protected:
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter* painter) override;

private:
    /// Where the mark of a span is in that lane; empty when it is out of sight.
    static QRectF barOf(const PlotScene& scene, const LanePicture& picture, const LaneSpan& span);
    void drawSpan(QCPPainter* painter, const LanePicture& picture, const LaneSpan& span);

    const PlotScene& m_scene;
};

} // namespace hindcast
