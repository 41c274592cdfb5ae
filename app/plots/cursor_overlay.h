// CursorOverlay: what moves with the pointer, on a paint buffer of its own so that moving it repaints no lane: the
// cursor, the values under it, the selected range, the region being dragged, the focus frame.
#pragma once

#include "plots/plot_scene.h"

#include <qcustomplot.h>

namespace hindcast {

class CursorOverlay : public QCPLayerable {
public:
    CursorOverlay(QCustomPlot* plot, PlotScene& scene);

protected:
    /// QCPLayer moves the clip up by a pixel, for plottables; without this one more the last row would stay unpainted.
    QRect clipRect() const override { return QCPLayerable::clipRect().adjusted(0, 0, 0, 1); }
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter* painter) override;

private:
    void drawRange(QCPPainter* painter);
    void drawZoomBand(QCPPainter* painter);
    void drawLine(QCPPainter* painter, Time time, const QColor& color, Qt::PenStyle style);
    void drawReadOut(QCPPainter* painter);
    void drawTimeBubble(QCPPainter* painter, Time time, bool isCursor);
    void drawFocus(QCPPainter* painter);

    PlotScene& m_scene;
};

} // namespace hindcast
