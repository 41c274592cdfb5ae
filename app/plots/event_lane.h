// EventLane: the thin band of events between the lanes and the time axis, which does not scroll away: a mark per event,
// its shape and colour by how bad it is, one mark with a number where they are too dense.
#pragma once

#include "plots/plot_scene.h"

#include <qcustomplot.h>

namespace hindcast {

class EventLane : public QCPLayerable {
public:
    EventLane(QCustomPlot* plot, const PlotScene& scene);

    /// Groups and places the marks of this frame.
    static std::vector<EventPicture> arrange(const PlotScene& scene);
    /// The mark at that place; null when there is none.
    static const EventPicture* pictureAt(const PlotScene& scene, const QPointF& position);
    /// What is said there: kind and text, or what a group holds; what the band is beside the marks.
    static QString tipAt(const PlotScene& scene, const QPointF& position);

protected:
    /// QCPLayer moves the clip up by a pixel, for plottables; without this one more the last row would stay unpainted.
    QRect clipRect() const override { return QCPLayerable::clipRect().adjusted(0, 0, 0, 1); }
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter* painter) override;

private:
    void drawHeader(QCPPainter* painter);
    void drawMark(QCPPainter* painter, const EventPicture& picture);

    const PlotScene& m_scene;
};

} // namespace hindcast
