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
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter* painter) override;

private:
    const PlotScene& m_scene;
};

} // namespace hindcast
