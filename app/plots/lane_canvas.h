// LaneCanvas: the QCustomPlot on which TimePlot's lanes are drawn. Only lanes that are on screen exist as axis rects;
// it handles no input, events pass through to TimePlot.
#pragma once

#include "plots/plot_scene.h"
#include "plots/trace_graph.h"

#include <qcustomplot.h>

#include <map>

namespace hindcast {

class CursorOverlay;

/// Where a lane is on the canvas.
struct LanePlace {
    std::size_t lane = 0;
    int top = 0;
    int height = 0;
};

class LaneCanvas : public QCustomPlot {
    Q_OBJECT

public:
    explicit LaneCanvas(QWidget* parent);
    ~LaneCanvas() override;

    PlotScene& scene() { return m_scene; }
    const PlotScene& scene() const { return m_scene; }

    void setLanes(std::vector<Lane> lanes, std::shared_ptr<const void> dataOwner);
    void setPlaces(std::vector<LanePlace> places);
    void setVisibleRange(TimeRange visible);
    void takeColorsAndFonts();

    /// At most one replot per turn of the event loop.
    void replotLater();
    /// The overlay alone: the lanes stay as they are.
    void replotOverlay();

protected:
    void updateLayout() override;
    void mousePressEvent(QMouseEvent* event) override { event->ignore(); }
    void mouseMoveEvent(QMouseEvent* event) override { event->ignore(); }
    void mouseReleaseEvent(QMouseEvent* event) override { event->ignore(); }
    void mouseDoubleClickEvent(QMouseEvent* event) override { event->ignore(); }
    void wheelEvent(QWheelEvent* event) override { event->ignore(); }

private:
    struct LaneRect {
        QCPAxisRect* rect = nullptr;
        std::vector<TraceGraph*> graphs;
    };
    LaneRect createRect(const Lane& lane);
    void removeRect(LaneRect& laneRect);
    void removeAllRects();
    void prepareFrame();
    /// The columns of all graphs, on two threads: they are most of the work of a frame.
    void prepareGraphs();
    void prepareLane(const LanePlace& place, const LaneRect& laneRect);
    void settleScale(LanePicture& picture, const LaneRect& laneRect) const;
    void findGaps(LanePicture& picture, const LaneRect& laneRect) const;

    PlotScene m_scene;
    TimeRange m_visible;
    std::vector<LanePlace> m_places;
    std::map<std::size_t, LaneRect> m_rects; ///< by lane
};

} // namespace hindcast
