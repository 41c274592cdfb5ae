// TimeAxis: the strip below the lanes that says which instants they show, with dates where days begin and the zone it
// speaks.
#pragma once

#include "plots/plot_scene.h"

#include <qcustomplot.h>

namespace hindcast {

class TimeAxis : public QCPLayerable {
public:
    /// Labels stand at least this far apart.
    static constexpr double pixelsPerLabel = 104;

    TimeAxis(QCustomPlot* plot, const PlotScene& scene);

protected:
    /// QCPLayer moves the clip up by a pixel, for plottables; without this one more the last row would stay unpainted.
    QRect clipRect() const override { return QCPLayerable::clipRect().adjusted(0, 0, 0, 1); }
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter* painter) override;

private:
    const PlotScene& m_scene;
};

} // namespace hindcast
