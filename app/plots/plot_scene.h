// PlotScene: everything the parts of one TimePlot draw from: the lanes, the geometry of the current frame, colours, and
// what the pointer is doing. Owned by LaneCanvas; the drawing parts read it.
#pragma once

#include "plots/event_marks.h"
#include "plots/frame_map.h"
#include "plots/lane.h"
#include "plots/lane_span.h"
#include "plots/mean_blocks.h"
#include "plots/plot_colors.h"
#include "plots/time_ticks.h"

#include <QFont>
#include <QRect>
#include <QRectF>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace hindcast {

/// One visible lane in the current frame.
struct LanePicture {
    std::size_t lane = 0; ///< index into PlotScene::lanes
    QRect band; ///< whole width; may reach beyond the canvas while scrolling
    QRect plot; ///< where traces are drawn
    double lower = 0, upper = 1; ///< of the value scale
    std::vector<double> ticks;
    std::vector<QRectF> gaps;

    double yOf(double value) const { return plot.bottom() - (value - lower) / (upper - lower) * (plot.height() - 1); }
};

/// One mark of the events in the current frame.
struct EventPicture {
    EventCluster cluster;
    QRectF place;
    QString label; ///< how many, when it stands for several
};

struct PlotScene {
    static constexpr int headerWidth = 218;
    static constexpr int scaleWidth = 66; ///< numbers of the value axis, between header and plot
    static constexpr int rightMargin = 14;
    static constexpr int axisHeight = 38;
    static constexpr int eventsHeight = 22; ///< of the band of events, when there are any
    static constexpr int rowHeight = 16; ///< of a legend row in the header
    static constexpr int plotLeft = headerWidth + scaleWidth;

    std::vector<Lane> lanes;
    std::vector<LaneSpan> spans; ///< of `lanes`
    QString emptyText; ///< said in the middle while there are no lanes
    std::shared_ptr<const void> dataOwner; ///< keeps the series of `lanes` alive
    std::map<const Series*, SharedMeans> means; ///< filled when a series is first drawn

    const std::vector<Event>* events = nullptr; ///< null: no band is shown
    std::shared_ptr<const void> eventOwner; ///< keeps `events` alive
    std::vector<EventMark> eventMarks; ///< of `events`, by time
    std::optional<std::uint32_t> selectedEvent; ///< index into `events`

    PlotColors colors;
    QFont font, titleFont, smallFont;
    text::Zone zone;

    FrameMap frame;
    std::vector<LanePicture> pictures;
    std::vector<EventPicture> eventPictures;
    std::vector<TimeTick> timeTicks;
    QRect lanesArea; ///< all of the canvas above events and time axis
    QRect eventsArea; ///< empty without events
    QRect axisArea;

    std::optional<Time> cursor;
    std::optional<Time> hover; ///< where the pointer is; transient
    std::optional<TimeRange> range; ///< selected
    std::optional<QRectF> zoomBand; ///< while a region to zoom to is dragged
    bool hasFocus = false;

    /// Height of what stands below the lanes.
    int footHeight() const { return axisHeight + (events ? eventsHeight : 0); }
    /// Without a range of time there is nothing to point at; with one there is, whatever is drawn in it.
    bool isEmpty() const { return frame.visible().isEmpty(); }
    SharedMeans& meansOf(const Series& series) { return means[&series]; }
    /// The instant whose values are read out: the pointer's, else the cursor's.
    std::optional<Time> readOutTime() const { return hover ? hover : cursor; }
};

} // namespace hindcast
