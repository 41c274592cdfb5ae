// TimePlot: many lanes on one time axis, with a cursor, a selected range and the gestures that move them. It holds no
// choice of its own: gestures become signals, and what is shown is set from outside.
#pragma once

#include "base/time.h"
#include "plots/lane.h"
#include "plots/lane_span.h"
#include "text/zone.h"

#include <QMap>
#include <QWidget>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

class QScrollBar;

namespace hindcast {

class LaneCanvas;
struct EventPicture;
struct Snapshot;

enum class LaneHeight : std::uint8_t { Compact, Normal, Tall };

class TimePlot : public QWidget {
    Q_OBJECT

public:
    explicit TimePlot(QWidget* parent = nullptr);
    ~TimePlot() override;

    /// `dataOwner` keeps the series alive as long as they are shown.
    void setLanes(std::vector<Lane> lanes, std::shared_ptr<const void> dataOwner);
    /// Marked stretches of lanes; of lanes that are shown.
    void setSpans(std::vector<LaneSpan> spans);
    const std::vector<LaneSpan>& spans() const;
    const std::vector<Lane>& lanes() const;
    /// What the tooltip there says; empty for none.
    QString tipAt(const QPoint& position) const;
    /// The events of a snapshot, as a band above the time axis; none when it has none.
    void setEvents(std::shared_ptr<const Snapshot> snapshot);
    void setSelectedEvent(std::optional<std::uint32_t> event);
    /// What is said in the middle while there are no lanes.
    void setEmptyText(const QString& text);
    void setVisibleRange(TimeRange visible);
    void setZone(const text::Zone& zone);
    void setCursorTime(std::optional<Time> cursor);
    void setSelectedRange(std::optional<TimeRange> range);
    void setLaneHeight(LaneHeight height);
    LaneHeight laneHeight() const { return m_laneHeight; }
    void scrollToLane(std::size_t lane);

    /// Draws everything now. For measurements and pictures; normal changes are drawn once per turn of the event loop.
    void renderNow();
    /// Draws the overlay with the pointer at that place now, for measurements.
    void renderOverlayNow(std::optional<Time> hover);

    std::size_t lanesOnScreen() const;
    /// Samples behind everything that is shown, on screen or scrolled away.
    std::size_t samples() const;
    QRect plotArea() const; ///< of the traces, all lanes together
    /// The marks of events in the last frame.
    const std::vector<EventPicture>& eventPictures() const;
    QRect eventsArea() const; ///< empty without events
    double xOf(Time time) const;
    Time timeAt(double x) const;
    /// Nearest sample of the lane at `y` (of any lane when there is none).
    Time snapped(Time time, int y) const;

Q_SIGNALS:
    void visibleRangeWanted(hindcast::TimeRange range);
    void zoomWanted(double factor, hindcast::Time about);
    void panWanted(double share);
    void fitWanted();
    void cursorWanted(hindcast::Time time);
    void rangeWanted(std::optional<hindcast::TimeRange> range);
    /// Index into Snapshot::events: its mark was clicked.
    void eventWanted(quint32 event);
    void hovered(std::optional<hindcast::Time> time);
    void laneMenuWanted(const QString& laneId, const QPoint& globalPosition);
    /// After the first frame with lanes on it.
    void firstFrameDrawn();
    void frameDrawn();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool event(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    enum class Drag : std::uint8_t { None, Press, Select, MoveEdge, Pan, ZoomBand, LaneBorder, Event };

    int heightOf(const Lane& lane) const;
    int totalHeight() const;
    void placeLanes();
    void setHover(std::optional<Time> hover);
    bool isOverPlot(const QPointF& position) const;
    bool isOverAxis(const QPointF& position) const;
    bool isOverEvents(const QPointF& position) const;
    void finishEventClick(const QMouseEvent& event);
    /// The far edge of the selected range when one of its edges is at x.
    std::optional<Time> edgeOppositeTo(double x) const;
    /// Lane whose lower border is at y.
    std::optional<std::size_t> borderAt(const QPointF& position) const;
    std::optional<std::size_t> laneAt(int y) const;
    Time gestureTime(const QMouseEvent& event) const;
    void beginLeftDrag(QMouseEvent* event);
    void continueSelection(const QMouseEvent& event);
    void finishClick(const QMouseEvent& event);
    void finishZoomBand(const QPointF& position);
    void showPointerShape(const QPointF& position);
    void describeForAccessibility();

    LaneCanvas* m_canvas;
    QScrollBar* m_scrollBar;
    LaneHeight m_laneHeight = LaneHeight::Normal;
    QMap<QString, int> m_ownHeights; ///< of lanes dragged to a height

    Drag m_drag = Drag::None;
    QPointF m_pressPosition;
    Time m_anchor{}; ///< the end of the range that stays while the other is dragged
    TimeRange m_pressVisible;
    std::size_t m_pressLane = 0;
    int m_pressLaneHeight = 0;
    bool m_hasDrawn = false;
    int m_wheelRemainder = 0;
};

} // namespace hindcast
