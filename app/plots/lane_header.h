// LaneGrid and LaneHeader: the still parts of every lane: background, grid and hatched gaps below the traces; title,
// legend, numbers of the scale and limit line above them.
#pragma once

#include "plots/plot_scene.h"

#include <qcustomplot.h>

namespace hindcast {

class LaneGrid : public QCPLayerable {
public:
    LaneGrid(QCustomPlot* plot, const PlotScene& scene);

protected:
    /// QCPLayer moves the clip up by a pixel, for plottables; without this one more the last row would stay unpainted.
    QRect clipRect() const override { return QCPLayerable::clipRect().adjusted(0, 0, 0, 1); }
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter* painter) override;

private:
    void drawGaps(QCPPainter* painter, const LanePicture& picture);

    const PlotScene& m_scene;
};

class LaneHeader : public QCPLayerable {
public:
    LaneHeader(QCustomPlot* plot, const PlotScene& scene);

    /// Where the value of a trace is written; empty when the lane is too low for its row.
    static QRect valueRect(const LanePicture& picture, const Lane& lane, std::size_t trace);
    /// How high a lane must be to name all its traces.
    static int comfortableHeight(const Lane& lane);

protected:
    /// QCPLayer moves the clip up by a pixel, for plottables; without this one more the last row would stay unpainted.
    QRect clipRect() const override { return QCPLayerable::clipRect().adjusted(0, 0, 0, 1); }
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter* painter) override;

private:
    void drawTitle(QCPPainter* painter, const LanePicture& picture, const Lane& lane);
    void drawLegend(QCPPainter* painter, const LanePicture& picture, const Lane& lane);
    void drawScale(QCPPainter* painter, const LanePicture& picture, const Lane& lane);
    void drawLimit(QCPPainter* painter, const LanePicture& picture, const LimitLine& limit);

    const PlotScene& m_scene;
};

} // namespace hindcast
