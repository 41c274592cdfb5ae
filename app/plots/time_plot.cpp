#include "plots/time_plot.h"

#include "plots/event_lane.h"
#include "plots/lane_canvas.h"
#include "plots/lane_header.h"
#include "plots/span_marks.h"
#include "plots/trace_value.h"
#include "text/format.h"

#include <QHelpEvent>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace hindcast {

namespace {

constexpr int dragDistance = 4;
constexpr int edgeReach = 5;
constexpr int borderReach = 3;
constexpr int lowestLane = 28;
constexpr int highestLane = 600;
/// One notch of a wheel, in eighths of a degree (QWheelEvent::angleDelta).
constexpr double wheelNotch = 120;
constexpr double zoomPerNotch = 1.25;

TimeRange ordered(Time a, Time b)
{
    return a <= b ? TimeRange{a, b} : TimeRange{b, a};
}

} // namespace

TimePlot::TimePlot(QWidget* parent)
    : QWidget(parent)
    , m_canvas(new LaneCanvas(this))
    , m_scrollBar(new QScrollBar(Qt::Vertical, this))
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(PlotScene::plotLeft + 120, PlotScene::axisHeight + 60);
    setAccessibleName(tr("Timeline"));
    connect(m_scrollBar, &QScrollBar::valueChanged, this, [this] {
        placeLanes();
        m_canvas->replotLater();
    });
    connect(m_canvas, &QCustomPlot::afterReplot, this, [this] {
        if (m_canvas->scene().pictures.empty())
            return;
        if (!m_hasDrawn) {
            m_hasDrawn = true;
            Q_EMIT firstFrameDrawn();
        }
        Q_EMIT frameDrawn();
    });
}

TimePlot::~TimePlot() = default;

void TimePlot::setLanes(std::vector<Lane> lanes, std::shared_ptr<const void> dataOwner)
{
    m_drag = Drag::None;
    m_hasDrawn = false;
    m_canvas->setLanes(std::move(lanes), std::move(dataOwner));
    placeLanes();
    m_canvas->replotLater();
    describeForAccessibility();
}

void TimePlot::setSpans(std::vector<LaneSpan> spans)
{
    const std::size_t lanes = m_canvas->scene().lanes.size();
    std::erase_if(spans, [lanes](const LaneSpan& span) { return span.lane >= lanes; });
    m_canvas->scene().spans = std::move(spans);
    m_canvas->replotLater();
}

const std::vector<LaneSpan>& TimePlot::spans() const
{
    return m_canvas->scene().spans;
}

const std::vector<Lane>& TimePlot::lanes() const
{
    return m_canvas->scene().lanes;
}

void TimePlot::setEvents(std::shared_ptr<const Snapshot> snapshot)
{
    PlotScene& scene = m_canvas->scene();
    scene.eventPictures.clear();
    scene.selectedEvent.reset();
    scene.eventMarks = snapshot ? eventMarks(*snapshot) : std::vector<EventMark>{};
    scene.events = scene.eventMarks.empty() ? nullptr : &snapshot->events;
    scene.eventOwner = std::move(snapshot);
    placeLanes();
    m_canvas->replotLater();
}

void TimePlot::setSelectedEvent(std::optional<std::uint32_t> event)
{
    if (event == m_canvas->scene().selectedEvent)
        return;
    m_canvas->scene().selectedEvent = event;
    m_canvas->replotLater();
}

const std::vector<EventPicture>& TimePlot::eventPictures() const
{
    return m_canvas->scene().eventPictures;
}

QRect TimePlot::eventsArea() const
{
    return m_canvas->scene().eventsArea;
}

void TimePlot::setEmptyText(const QString& text)
{
    m_canvas->scene().emptyText = text;
    m_canvas->replotLater();
}

void TimePlot::setVisibleRange(TimeRange visible)
{
    m_canvas->setVisibleRange(visible);
    m_canvas->replotLater();
}

void TimePlot::setZone(const text::Zone& zone)
{
    m_canvas->scene().zone = zone;
    m_canvas->replotLater();
}

void TimePlot::setCursorTime(std::optional<Time> cursor)
{
    m_canvas->scene().cursor = cursor;
    m_canvas->replotOverlay();
    describeForAccessibility();
}

void TimePlot::setSelectedRange(std::optional<TimeRange> range)
{
    m_canvas->scene().range = range;
    m_canvas->replotOverlay();
}

void TimePlot::setLaneHeight(LaneHeight height)
{
    m_laneHeight = height;
    m_ownHeights.clear();
    placeLanes();
    m_canvas->replotLater();
}

void TimePlot::scrollToLane(std::size_t lane)
{
    int top = 0;
    const auto& lanes = m_canvas->scene().lanes;
    for (std::size_t i = 0; i < std::min(lane, lanes.size()); ++i)
        top += heightOf(lanes[i]);
    m_scrollBar->setValue(top);
}

void TimePlot::renderNow()
{
    m_canvas->replot(QCustomPlot::rpImmediateRefresh);
}

void TimePlot::renderOverlayNow(std::optional<Time> hover)
{
    m_canvas->scene().hover = hover;
    m_canvas->replotOverlay();
    m_canvas->repaint();
}

std::size_t TimePlot::lanesOnScreen() const
{
    return m_canvas->scene().pictures.size();
}

std::size_t TimePlot::samples() const
{
    std::size_t count = 0;
    for (const Lane& lane : m_canvas->scene().lanes) {
        for (const Trace& trace : lane.traces)
            count += trace.series->values.size();
        if (lane.outline)
            count += lane.outline->series->values.size();
    }
    return count;
}

QRect TimePlot::plotArea() const
{
    const QRect area = m_canvas->geometry();
    return {PlotScene::plotLeft, 0, std::max(1, area.width() - PlotScene::plotLeft - PlotScene::rightMargin),
        std::max(0, area.height() - m_canvas->scene().footHeight())};
}

double TimePlot::xOf(Time time) const
{
    return m_canvas->scene().frame.xOf(time);
}

Time TimePlot::timeAt(double x) const
{
    return m_canvas->scene().frame.timeAt(x);
}

Time TimePlot::snapped(Time time, int y) const
{
    const PlotScene& scene = m_canvas->scene();
    if (scene.lanes.empty())
        return time;
    const std::size_t lane = laneAt(y).value_or(0);
    return nearestSample(scene.lanes[lane].traces.front().series->times, time).value_or(time);
}

int TimePlot::heightOf(const Lane& lane) const
{
    if (const auto own = m_ownHeights.find(lane.id); own != m_ownHeights.end())
        return *own;
    switch (m_laneHeight) {
    case LaneHeight::Compact:
        return 46;
    case LaneHeight::Normal:
        return std::max(80, LaneHeader::comfortableHeight(lane));
    case LaneHeight::Tall:
        return std::max(160, LaneHeader::comfortableHeight(lane));
    }
    return 80;
}

int TimePlot::totalHeight() const
{
    int total = 0;
    for (const Lane& lane : m_canvas->scene().lanes)
        total += heightOf(lane);
    return total;
}

void TimePlot::placeLanes()
{
    const int room = std::max(0, height() - m_canvas->scene().footHeight());
    const int total = totalHeight();
    m_scrollBar->setRange(0, std::max(0, total - room));
    m_scrollBar->setPageStep(room);
    m_scrollBar->setSingleStep(40);
    m_scrollBar->setVisible(total > room);

    const auto& lanes = m_canvas->scene().lanes;
    std::vector<LanePlace> places;
    int top = -m_scrollBar->value();
    for (std::size_t i = 0; i < lanes.size() && top < room; ++i) {
        const int laneHeight = heightOf(lanes[i]);
        if (top + laneHeight > 0)
            places.push_back({i, top, laneHeight});
        top += laneHeight;
    }
    m_canvas->setPlaces(std::move(places));

    const int barWidth = m_scrollBar->isVisibleTo(this) ? m_scrollBar->sizeHint().width() : 0;
    m_scrollBar->setGeometry(width() - barWidth, 0, barWidth, height());
    m_canvas->setGeometry(0, 0, width() - barWidth, height());
}

void TimePlot::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    placeLanes();
    m_canvas->replotLater();
}

void TimePlot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange
        || event->type() == QEvent::StyleChange) {
        m_canvas->takeColorsAndFonts();
        m_canvas->replotLater();
    }
}

bool TimePlot::isOverPlot(const QPointF& position) const
{
    return plotArea().contains(position.toPoint());
}

bool TimePlot::isOverAxis(const QPointF& position) const
{
    return position.y() >= plotArea().bottom() && position.x() >= PlotScene::plotLeft && !isOverEvents(position);
}

bool TimePlot::isOverEvents(const QPointF& position) const
{
    return m_canvas->scene().events && position.x() >= PlotScene::plotLeft
        && m_canvas->scene().eventsArea.contains(position.toPoint());
}

std::optional<std::size_t> TimePlot::laneAt(int y) const
{
    for (const LanePicture& picture : m_canvas->scene().pictures)
        if (y >= picture.band.top() && y <= picture.band.bottom())
            return picture.lane;
    return std::nullopt;
}

std::optional<std::size_t> TimePlot::borderAt(const QPointF& position) const
{
    if (position.x() >= PlotScene::headerWidth)
        return std::nullopt;
    for (const LanePicture& picture : m_canvas->scene().pictures)
        if (std::abs(position.y() - picture.band.bottom()) <= borderReach)
            return picture.lane;
    return std::nullopt;
}

std::optional<Time> TimePlot::edgeOppositeTo(double x) const
{
    const auto& range = m_canvas->scene().range;
    if (!range)
        return std::nullopt;
    if (std::abs(xOf(range->begin) - x) <= edgeReach)
        return range->end;
    if (std::abs(xOf(range->end) - x) <= edgeReach)
        return range->begin;
    return std::nullopt;
}

Time TimePlot::gestureTime(const QMouseEvent& event) const
{
    const QRect area = plotArea();
    const double x = std::clamp(event.position().x(), double(area.left()), double(area.right() + 1));
    const Time time = timeAt(x);
    if (event.modifiers() & Qt::AltModifier)
        return time;
    return snapped(time, static_cast<int>(m_pressPosition.y()));
}

void TimePlot::mousePressEvent(QMouseEvent* event)
{
    m_pressPosition = event->position();
    m_pressVisible = m_canvas->scene().frame.visible();
    m_drag = Drag::None;
    if (event->button() == Qt::LeftButton && event->modifiers() == Qt::NoModifier && isOverEvents(event->position())) {
        m_drag = Drag::Event;
        return;
    }
    if (m_canvas->scene().isEmpty())
        return;
    const bool pans = event->button() == Qt::MiddleButton
        || (event->button() == Qt::LeftButton && (event->modifiers() & Qt::ControlModifier));
    if (pans && (isOverPlot(event->position()) || isOverAxis(event->position()))) {
        m_drag = Drag::Pan;
        setCursor(Qt::ClosedHandCursor);
    } else if (event->button() == Qt::LeftButton) {
        beginLeftDrag(event);
    } else if (event->button() == Qt::RightButton) {
        if (isOverPlot(event->position()))
            m_drag = Drag::ZoomBand;
        else if (const auto lane = laneAt(static_cast<int>(event->position().y())))
            Q_EMIT laneMenuWanted(m_canvas->scene().lanes[*lane].id, event->globalPosition().toPoint());
    }
}

void TimePlot::beginLeftDrag(QMouseEvent* event)
{
    if (const auto border = borderAt(event->position())) {
        m_drag = Drag::LaneBorder;
        m_pressLane = *border;
        m_pressLaneHeight = heightOf(m_canvas->scene().lanes[*border]);
        return;
    }
    if (!isOverPlot(event->position()))
        return;
    if (event->modifiers() & Qt::ShiftModifier) {
        const PlotScene& scene = m_canvas->scene();
        const Time here = gestureTime(*event);
        if (scene.range)
            m_anchor = here < scene.range->begin + scene.range->duration() / 2 ? scene.range->end : scene.range->begin;
        else
            m_anchor = scene.cursor.value_or(here);
        m_drag = Drag::MoveEdge;
        continueSelection(*event);
        return;
    }
    if (const auto opposite = edgeOppositeTo(event->position().x())) {
        m_anchor = *opposite;
        m_drag = Drag::MoveEdge;
        return;
    }
    m_anchor = gestureTime(*event);
    m_drag = Drag::Press;
}

void TimePlot::mouseMoveEvent(QMouseEvent* event)
{
    const QPointF position = event->position();
    switch (m_drag) {
    case Drag::None:
        showPointerShape(position);
        break;
    case Drag::Event:
        break;
    case Drag::Press:
        if (std::abs(position.x() - m_pressPosition.x()) < dragDistance)
            return;
        m_drag = Drag::Select;
        [[fallthrough]];
    case Drag::Select:
    case Drag::MoveEdge:
        continueSelection(*event);
        break;
    case Drag::Pan: {
        const double share = (m_pressPosition.x() - position.x()) / m_canvas->scene().frame.width();
        const auto shift = Nanoseconds{std::llround(static_cast<double>(m_pressVisible.duration().count()) * share)};
        Q_EMIT visibleRangeWanted({m_pressVisible.begin + shift, m_pressVisible.end + shift});
        break;
    }
    case Drag::ZoomBand: {
        const QRect area = plotArea();
        const double x = std::clamp(position.x(), double(area.left()), double(area.right()));
        m_canvas->scene().zoomBand =
            QRectF(QPointF(m_pressPosition.x(), area.top()), QPointF(x, area.bottom())).normalized();
        m_canvas->replotOverlay();
        break;
    }
    case Drag::LaneBorder: {
        const int moved = static_cast<int>(position.y() - m_pressPosition.y());
        m_ownHeights[m_canvas->scene().lanes[m_pressLane].id] =
            std::clamp(m_pressLaneHeight + moved, lowestLane, highestLane);
        placeLanes();
        m_canvas->replotLater();
        break;
    }
    }
    if ((isOverPlot(position) || isOverEvents(position)) && m_drag != Drag::Pan && !m_canvas->scene().isEmpty())
        setHover(timeAt(position.x()));
    else
        setHover(std::nullopt);
}

void TimePlot::continueSelection(const QMouseEvent& event)
{
    const TimeRange range = ordered(m_anchor, gestureTime(event));
    Q_EMIT rangeWanted(range.isEmpty() ? std::nullopt : std::optional(range));
}

void TimePlot::mouseReleaseEvent(QMouseEvent* event)
{
    const Drag drag = std::exchange(m_drag, Drag::None);
    switch (drag) {
    case Drag::Press:
        finishClick(*event);
        break;
    case Drag::ZoomBand:
        finishZoomBand(event->position());
        break;
    case Drag::Event:
        finishEventClick(*event);
        break;
    case Drag::Pan:
    case Drag::LaneBorder:
    case Drag::None:
    case Drag::Select:
    case Drag::MoveEdge:
        break;
    }
    showPointerShape(event->position());
}

void TimePlot::finishClick(const QMouseEvent& event)
{
    Q_EMIT rangeWanted(std::nullopt);
    Q_EMIT cursorWanted(gestureTime(event));
}

void TimePlot::finishEventClick(const QMouseEvent& event)
{
    const PlotScene& scene = m_canvas->scene();
    if (std::abs(event.position().x() - m_pressPosition.x()) >= dragDistance)
        return;
    if (const EventPicture* picture = EventLane::pictureAt(scene, event.position()))
        Q_EMIT eventWanted(markOfClick(scene.eventMarks, picture->cluster, scene.selectedEvent).event);
    else
        Q_EMIT cursorWanted(timeAt(event.position().x()));
}

void TimePlot::finishZoomBand(const QPointF& position)
{
    m_canvas->scene().zoomBand.reset();
    m_canvas->replotOverlay();
    if (std::abs(position.x() - m_pressPosition.x()) >= dragDistance)
        Q_EMIT visibleRangeWanted(ordered(timeAt(m_pressPosition.x()), timeAt(position.x())));
    else if (const auto lane = laneAt(static_cast<int>(position.y())))
        Q_EMIT laneMenuWanted(m_canvas->scene().lanes[*lane].id, mapToGlobal(position.toPoint()));
}

void TimePlot::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && isOverAxis(event->position()))
        Q_EMIT fitWanted();
    else
        mousePressEvent(event);
}

void TimePlot::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    setHover(std::nullopt);
}

void TimePlot::setHover(std::optional<Time> hover)
{
    if (hover == m_canvas->scene().hover)
        return;
    m_canvas->scene().hover = hover;
    m_canvas->replotOverlay();
    Q_EMIT hovered(hover);
}

void TimePlot::wheelEvent(QWheelEvent* event)
{
    // With Alt or Shift some platforms turn the wheel sideways.
    const QPoint turned = event->angleDelta();
    const double notches = (turned.y() != 0 ? turned.y() : turned.x()) / wheelNotch;
    if (event->modifiers() & Qt::ControlModifier) {
        Q_EMIT zoomWanted(std::pow(zoomPerNotch, -notches), timeAt(event->position().x()));
    } else if (event->modifiers() & Qt::ShiftModifier || (turned.y() == 0 && turned.x() != 0)) {
        Q_EMIT panWanted(-notches / 4);
    } else {
        const int step = event->pixelDelta().isNull() ? static_cast<int>(-notches * 3 * m_scrollBar->singleStep() / 2)
                                                      : -event->pixelDelta().y();
        m_scrollBar->setValue(m_scrollBar->value() + step);
    }
    event->accept();
}

void TimePlot::showPointerShape(const QPointF& position)
{
    if (borderAt(position))
        setCursor(Qt::SplitVCursor);
    else if (isOverPlot(position) && edgeOppositeTo(position.x()))
        setCursor(Qt::SizeHorCursor);
    else if (isOverPlot(position))
        setCursor(Qt::CrossCursor);
    else if (EventLane::pictureAt(m_canvas->scene(), position))
        setCursor(Qt::PointingHandCursor);
    else
        unsetCursor();
}

bool TimePlot::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString tip = tipAt(help->pos());
        if (tip.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), tip, this);
        return true;
    }
    return QWidget::event(event);
}

QString TimePlot::tipAt(const QPoint& position) const
{
    const PlotScene& scene = m_canvas->scene();
    if (const QString tip = EventLane::tipAt(scene, position); !tip.isEmpty())
        return tip;
    for (const LanePicture& picture : scene.pictures) {
        if (!picture.band.contains(position))
            continue;
        const Lane& lane = scene.lanes[picture.lane];
        if (position.x() < PlotScene::plotLeft) {
            QStringList sources;
            for (const Trace& trace : lane.traces)
                sources.append(
                    text::fromBytes(trace.series->member.empty() ? trace.series->source : trace.series->member));
            sources.removeDuplicates();
            const QString from = tr("Read from %1").arg(sources.join(QStringLiteral(", ")));
            return QStringLiteral("<p><b>%1</b></p><p>%2</p><p>%3</p>")
                .arg(lane.title.toHtmlEscaped(), lane.meaning.toHtmlEscaped(), from.toHtmlEscaped());
        }
        if (const QString tip = SpanMarks::tipAt(scene, picture, position); !tip.isEmpty())
            return tip;
        if (lane.limit && std::abs(picture.yOf(lane.limit->value) - position.y()) <= edgeReach)
            return QStringLiteral("<p><b>%1</b></p><p>%2</p>")
                .arg(lane.limit->label.toHtmlEscaped(), lane.limit->source.toHtmlEscaped());
    }
    return {};
}

void TimePlot::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    m_canvas->scene().hasFocus = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason
        || event->reason() == Qt::ShortcutFocusReason;
    m_canvas->replotOverlay();
}

void TimePlot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    m_canvas->scene().hasFocus = false;
    m_canvas->replotOverlay();
}

void TimePlot::describeForAccessibility()
{
    const PlotScene& scene = m_canvas->scene();
    QStringList parts;
    for (const Lane& lane : scene.lanes) {
        if (!scene.cursor) {
            parts.append(lane.title);
            continue;
        }
        QStringList values;
        for (const Trace& trace : lane.traces)
            values.append(text::formatValue(valueAt(trace, *scene.cursor, {}), lane.unit));
        parts.append(tr("%1: %2", "lane: values").arg(lane.title, values.join(QStringLiteral(", "))));
    }
    setAccessibleDescription(parts.join(QStringLiteral("; ")));
}

} // namespace hindcast
