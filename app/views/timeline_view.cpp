#include "views/timeline_view.h"

#include "plots/envelope_columns.h"
#include "plots/event_marks.h"
#include "plots/frame_map.h"
#include "plots/plot_colors.h"
#include "plots/time_plot.h"
#include "plots/trace_value.h"
#include "text/format.h"
#include "widgets/overview_strip.h"

#include <QAction>
#include <QActionGroup>
#include <QMenu>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace hindcast {

namespace {

constexpr double zoomPerKey = 1.35;
constexpr std::size_t overviewColumns = 1200;

/// What the overview draws: how busy the machine was, or else the first lane.
const Trace* overviewTrace(const std::vector<Lane>& lanes)
{
    if (lanes.empty())
        return nullptr;
    return lanes.front().outline ? &*lanes.front().outline : &lanes.front().traces.front();
}

} // namespace

TimelineView::TimelineView(Session& session, QWidget* parent)
    : View(session, parent)
    , m_overview(new OverviewStrip(this))
    , m_plot(new TimePlot(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_overview);
    layout->addWidget(m_plot, 1);
    setFocusProxy(m_plot);
    createActions();
    createLaneActions();
    connectPlot();
    connectOverview();
    connectSession();
    showLanes();
}

QAction* TimelineView::addNavigation(
    const QString& text, const QList<QKeySequence>& keys, void (TimelineView::*action)())
{
    auto* created = new QAction(text, this);
    created->setShortcuts(keys);
    // Single letters belong to the timeline only while it has the focus: elsewhere they are typing.
    created->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(created, &QAction::triggered, this, action);
    addAction(created);
    m_navigation.append(created);
    return created;
}

void TimelineView::createActions()
{
    addNavigation(tr("Zoom in"), {Qt::Key_W, Qt::Key_Plus, Qt::CTRL | Qt::Key_Plus}, &TimelineView::zoomIn);
    addNavigation(tr("Zoom out"), {Qt::Key_S, Qt::Key_Minus, Qt::CTRL | Qt::Key_Minus}, &TimelineView::zoomOut);
    addNavigation(tr("Move earlier"), {Qt::Key_A, Qt::SHIFT | Qt::Key_Left}, &TimelineView::panEarlier);
    addNavigation(tr("Move later"), {Qt::Key_D, Qt::SHIFT | Qt::Key_Right}, &TimelineView::panLater);
    addNavigation(tr("Zoom to the selected range"), {Qt::Key_Z}, &TimelineView::zoomToSelection);
    addNavigation(tr("Centre the selection; again: show everything"), {Qt::Key_F}, &TimelineView::focusOrFit);
    addNavigation(tr("Show everything"), {Qt::Key_0, Qt::CTRL | Qt::Key_0}, &TimelineView::fitAll);
    addNavigation(tr("Go to the beginning"), {Qt::Key_Home}, &TimelineView::goToBegin);
    addNavigation(tr("Go to the end"), {Qt::Key_End}, &TimelineView::goToEnd);
    addNavigation(tr("Cursor to the sample before"), {Qt::Key_Left}, &TimelineView::stepCursorBack)
        ->setAutoRepeat(true);
    addNavigation(tr("Cursor to the sample after"), {Qt::Key_Right}, &TimelineView::stepCursorForward)
        ->setAutoRepeat(true);
    addNavigation(tr("Next event"), {Qt::Key_Period}, &TimelineView::nextEvent)->setAutoRepeat(true);
    addNavigation(tr("Previous event"), {Qt::Key_Comma}, &TimelineView::previousEvent)->setAutoRepeat(true);
    QAction* clear = addNavigation(tr("Clear the selection"), {Qt::Key_Escape}, &TimelineView::clearSelection);
    // While something loads, Esc cancels that: one key, one meaning at a time.
    connect(&session(), &Session::stateChanged, clear,
        [this, clear] { clear->setEnabled(session().state() != Session::State::Loading); });
}

void TimelineView::createLaneActions()
{
    auto* group = new QActionGroup(this);
    const auto add = [&](const QString& text, const QKeySequence& keys, LaneHeight height) {
        auto* action = new QAction(text, group);
        action->setCheckable(true);
        action->setChecked(height == m_plot->laneHeight());
        action->setShortcut(keys);
        connect(action, &QAction::triggered, this, [this, height] { m_plot->setLaneHeight(height); });
        addAction(action);
        m_laneActions.append(action);
    };
    add(tr("Compact lanes"), Qt::CTRL | Qt::ALT | Qt::Key_1, LaneHeight::Compact);
    add(tr("Normal lanes"), Qt::CTRL | Qt::ALT | Qt::Key_2, LaneHeight::Normal);
    add(tr("Tall lanes"), Qt::CTRL | Qt::ALT | Qt::Key_3, LaneHeight::Tall);
    auto* restore = new QAction(tr("Default lanes"), this);
    connect(restore, &QAction::triggered, session().lanes(), &LaneSet::restoreDefaults);
    m_laneActions.append(restore);
}

void TimelineView::connectPlot()
{
    TimeView* view = session().timeView();
    Selection* selection = session().selection();
    connect(m_plot, &TimePlot::visibleRangeWanted, view, &TimeView::setVisible);
    connect(m_plot, &TimePlot::zoomWanted, view, &TimeView::zoom);
    connect(m_plot, &TimePlot::panWanted, view, &TimeView::pan);
    connect(m_plot, &TimePlot::fitWanted, view, &TimeView::fit);
    connect(m_plot, &TimePlot::cursorWanted, selection, [selection](Time time) { selection->setCursor(time); });
    connect(m_plot, &TimePlot::rangeWanted, selection, &Selection::setRange);
    connect(m_plot, &TimePlot::hovered, this, [this](std::optional<Time> time) { m_hover = time; });
    connect(m_plot, &TimePlot::eventWanted, this, &TimelineView::goToEvent);
    connect(m_plot, &TimePlot::laneMenuWanted, this, &TimelineView::showLaneMenu);
}

void TimelineView::connectOverview()
{
    TimeView* view = session().timeView();
    connect(m_overview, &OverviewStrip::visibleRangeWanted, view, &TimeView::setVisible);
    connect(m_overview, &OverviewStrip::fitWanted, view, &TimeView::fit);
    connect(m_overview, &OverviewStrip::zoomWanted, view, &TimeView::zoom);
}

void TimelineView::connectSession()
{
    Selection* selection = session().selection();
    connect(session().lanes(), &LaneSet::lanesChanged, this, &TimelineView::showLanes);
    connect(session().timeView(), &TimeView::visibleChanged, this, &TimelineView::showVisibleRange);
    connect(&session(), &Session::zoneChanged, this, [this] {
        m_plot->setZone(session().zone());
        showCurve();
    });
    connect(session().lanes(), &LaneSet::laneWanted, m_plot, &TimePlot::scrollToLane);
    connect(&session(), &Session::diagnosisChanged, this, &TimelineView::showFindings);
    connect(&session(), &Session::snapshotChanged, this, &TimelineView::showEvents);
    connect(selection, &Selection::eventChanged, this,
        [this, selection] { m_plot->setSelectedEvent(selection->chosenEvent()); });
    connect(selection, &Selection::cursorChanged, this, [this, selection] {
        m_plot->setCursorTime(selection->cursor());
        m_overview->setCursorTime(selection->cursor());
    });
    connect(selection, &Selection::rangeChanged, this, [this, selection] {
        m_plot->setSelectedRange(selection->range());
        m_overview->setSelectedRange(selection->range());
    });
}

void TimelineView::showLanes()
{
    m_plot->setZone(session().zone());
    m_plot->setEmptyText(emptyText());
    m_plot->setLanes(session().lanes()->lanes(), session().lanes()->snapshot());
    showVisibleRange();
    showCurve();
    showFindings();
}

QString TimelineView::emptyText() const
{
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot)
        return tr("Reading the capture…");
    if (!session().lanes()->lanes().empty())
        return {};
    if (snapshot->series.empty())
        return tr("This input has no curves; see Events or Sockets below.");
    return tr("None of the lanes shown by default is in this capture. Choose metrics at the left.");
}

void TimelineView::showVisibleRange()
{
    // Between two captures it is still the range of the one before.
    const TimeRange visible = session().snapshot() ? session().timeView()->visible() : TimeRange{};
    m_plot->setVisibleRange(visible);
    m_overview->setVisibleRange(visible);
}

void TimelineView::showCurve()
{
    const TimeRange bounds = session().timeView()->bounds();
    m_overview->setBounds(session().snapshot() ? bounds : TimeRange{});
    const Trace* trace = overviewTrace(session().lanes()->lanes());
    if (!session().snapshot() || !trace || bounds.isEmpty()) {
        m_overview->setCurve({}, {});
        return;
    }
    FrameMap frame;
    frame.begin(bounds, 0, overviewColumns, 1);
    std::vector<EnvelopeColumn> columns;
    computeColumns(*trace, MeanBlocks(trace->series->values), frame.index(trace->series->times), columns);
    float largest = trace->series->unit == Unit::Percent ? 100.0F : 0.0F;
    for (const EnvelopeColumn& column : columns)
        if (column.state == ColumnState::Measured)
            largest = std::max(largest, column.maximum);
    std::vector<OverviewStrip::Point> points;
    points.reserve(columns.size());
    for (const EnvelopeColumn& column : columns) {
        const bool isMeasured = column.state == ColumnState::Measured && largest > 0;
        const float absent = std::numeric_limits<float>::quiet_NaN();
        points.push_back(isMeasured ? OverviewStrip::Point{column.mean / largest, column.maximum / largest}
                                    : OverviewStrip::Point{absent, absent});
    }
    const Lane& front = session().lanes()->lanes().front();
    const QString lane =
        trace->label.isEmpty() ? front.title : tr("%1 %2", "lane trace").arg(front.title, trace->label);
    m_overview->setCurve(std::move(points),
        tr("whole capture: %1, %2", "span, lane").arg(text::formatDuration(bounds.duration()), lane));
    m_overview->setCaptions(session().zone().dateAndTime(bounds.begin), session().zone().dateAndTime(bounds.end));
}

void TimelineView::showFindings()
{
    const DiagnosisPointer& diagnosis = session().diagnosis();
    std::vector<LaneSpan> spans;
    std::vector<OverviewStrip::Stretch> stretches;
    const PlotColors colors = PlotColors::forPalette(palette());
    if (diagnosis)
        for (const diagnose::Finding& finding : diagnosis->findings) {
            const auto level = static_cast<SpanLevel>(finding.level);
            const QString tip = QStringLiteral("<p><b>%1</b></p><p>%2</p>")
                                    .arg(text::fromBytes(finding.title).toHtmlEscaped(),
                                        text::fromBytes(finding.sentence).toHtmlEscaped());
            for (const diagnose::Episode& episode : finding.episodes) {
                const bool isInstant = episode.extent != diagnose::Episode::Extent::Span;
                for (const std::size_t lane : lanesOf(finding))
                    spans.push_back({lane, episode.range, level, isInstant, tip});
                if (finding.level >= diagnose::Level::Warning)
                    stretches.push_back({episode.range, colors.level(level)});
            }
        }
    // The worst last, so that it lies on top.
    std::stable_sort(
        spans.begin(), spans.end(), [](const LaneSpan& a, const LaneSpan& b) { return a.level < b.level; });
    std::reverse(stretches.begin(), stretches.end());
    m_plot->setSpans(std::move(spans));
    m_overview->setStretches(std::move(stretches));
}

void TimelineView::showEvents()
{
    m_plot->setEvents(session().snapshot());
    std::vector<OverviewStrip::Tick> ticks;
    if (const SnapshotPointer& snapshot = session().snapshot()) {
        const PlotColors colors = PlotColors::forPalette(palette());
        for (const EventMark& mark : eventMarks(*snapshot))
            ticks.push_back({mark.time, static_cast<int>(mark.severity), colors.level(levelOf(mark.severity))});
    }
    m_overview->setTicks(std::move(ticks));
}

void TimelineView::goToEvent(std::uint32_t event)
{
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot || event >= snapshot->events.size())
        return;
    const Time time = snapshot->events[event].time;
    session().selection()->setCursor(time);
    session().selection()->setEvent(event);
    // In sight, with some of what is around it.
    TimeView* view = session().timeView();
    const TimeRange visible = view->visible();
    if (!visible.contains(time))
        view->setVisible({time - visible.duration() / 2, time + visible.duration() / 2});
}

void TimelineView::nextEvent()
{
    stepEvent(Direction::Later);
}

void TimelineView::previousEvent()
{
    stepEvent(Direction::Earlier);
}

void TimelineView::stepEvent(Direction direction)
{
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot)
        return;
    const TimeRange visible = session().timeView()->visible();
    const Time start = session().selection()->cursor().value_or(
        direction == Direction::Later ? visible.begin - Nanoseconds{1} : visible.end);
    const auto marks = eventMarks(*snapshot);
    if (const EventMark* mark = nextMark(marks, session().selection()->chosenEvent(), start, direction))
        goToEvent(mark->event);
}

/// The lanes that show what the finding rests on.
std::vector<std::size_t> TimelineView::lanesOf(const diagnose::Finding& finding) const
{
    const auto restsOn = [&](const Trace& trace) {
        return std::any_of(finding.evidence.begin(), finding.evidence.end(), [&](const diagnose::Evidence& evidence) {
            return evidence.role != diagnose::EvidenceRole::Context && evidence.metric == trace.series->metric
                && evidence.labels == trace.series->labels;
        });
    };
    std::vector<std::size_t> result;
    const auto& lanes = session().lanes()->lanes();
    for (std::size_t i = 0; i < lanes.size(); ++i)
        if (std::any_of(lanes[i].traces.begin(), lanes[i].traces.end(), restsOn)
            || (lanes[i].outline && restsOn(*lanes[i].outline)))
            result.push_back(i);
    return result;
}

void TimelineView::showLaneMenu(const QString& laneId, const QPoint& position)
{
    QMenu menu(this);
    connect(menu.addAction(tr("Hide this lane")), &QAction::triggered, this,
        [this, laneId] { session().lanes()->remove(laneId); });
    menu.addSeparator();
    menu.addActions(m_laneActions);
    menu.exec(position);
}

Time TimelineView::zoomCentre() const
{
    if (m_hover)
        return *m_hover;
    const TimeRange visible = session().timeView()->visible();
    const auto& cursor = session().selection()->cursor();
    return cursor && visible.contains(*cursor) ? *cursor : visible.begin + visible.duration() / 2;
}

void TimelineView::zoomIn()
{
    session().timeView()->zoom(1 / zoomPerKey, zoomCentre());
}

void TimelineView::zoomOut()
{
    session().timeView()->zoom(zoomPerKey, zoomCentre());
}

void TimelineView::panEarlier()
{
    session().timeView()->pan(-0.25);
}

void TimelineView::panLater()
{
    session().timeView()->pan(0.25);
}

void TimelineView::zoomToSelection()
{
    if (const auto& range = session().selection()->range())
        session().timeView()->setVisible(*range);
}

void TimelineView::focusOrFit()
{
    TimeView* view = session().timeView();
    const auto& range = session().selection()->range();
    const auto& cursor = session().selection()->cursor();
    if (!range && !cursor) {
        view->fit();
        return;
    }
    const Time middle = range ? range->begin + range->duration() / 2 : *cursor;
    const auto half = view->visible().duration() / 2;
    const TimeRange before = view->visible();
    view->setVisible({middle - half, middle - half + view->visible().duration()});
    if (view->visible() == before)
        view->fit();
}

void TimelineView::fitAll()
{
    session().timeView()->fit();
}

void TimelineView::goToBegin()
{
    TimeView* view = session().timeView();
    const Time begin = view->bounds().begin;
    view->setVisible({begin, begin + view->visible().duration()});
}

void TimelineView::goToEnd()
{
    TimeView* view = session().timeView();
    const Time end = view->bounds().end;
    view->setVisible({end - view->visible().duration(), end});
}

void TimelineView::clearSelection()
{
    session().selection()->setRange(std::nullopt);
    session().selection()->setCursor(std::nullopt);
}

void TimelineView::stepCursorBack()
{
    stepCursor(-1);
}

void TimelineView::stepCursorForward()
{
    stepCursor(1);
}

void TimelineView::stepCursor(std::ptrdiff_t steps)
{
    const auto& lanes = session().lanes()->lanes();
    if (lanes.empty()) // the events are all there is to step through
        return stepEvent(steps < 0 ? Direction::Earlier : Direction::Later);
    const TimeColumn& times = lanes.front().traces.front().series->times;
    TimeView* view = session().timeView();
    const auto& cursor = session().selection()->cursor();
    const Time start = cursor.value_or(view->visible().begin + view->visible().duration() / 2);
    const auto next = sampleStepsAway(times, start, cursor ? steps : 0);
    if (!next)
        return;
    session().selection()->setCursor(*next);
    // The cursor stays in sight: it pushes the view along.
    if (*next < view->visible().begin)
        view->setVisible({*next, *next + view->visible().duration()});
    else if (*next > view->visible().end)
        view->setVisible({*next - view->visible().duration(), *next});
}

} // namespace hindcast
