#include "plots/lane_canvas.h"

#include "plots/cursor_overlay.h"
#include "plots/envelope_graph.h"
#include "plots/event_lane.h"
#include "plots/lane_header.h"
#include "plots/span_marks.h"
#include "plots/stack_graph.h"
#include "plots/time_axis.h"
#include "plots/value_ticks.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

namespace hindcast {

namespace {

constexpr int plotPaddingTop = 9; ///< room for half a number at the top of the scale
constexpr int plotPaddingBottom = 8;
constexpr int pixelsPerValueTick = 30;

} // namespace

LaneCanvas::LaneCanvas(QWidget* parent)
    : QCustomPlot(parent)
{
    plotLayout()->clear(); // the default axis rect
    setMouseTracking(true);
    setAttribute(Qt::WA_NoMousePropagation, false); // QCustomPlot keeps mouse events to itself; TimePlot needs them
    setFocusPolicy(Qt::NoFocus);
    setBackground(QBrush(Qt::NoBrush));
    setNoAntialiasingOnDrag(false);
    new LaneGrid(this, m_scene);
    new SpanMarks(this, m_scene);
    new LaneHeader(this, m_scene);
    new EventLane(this, m_scene);
    new TimeAxis(this, m_scene);
    new CursorOverlay(this, m_scene);
    connect(this, &QCustomPlot::beforeReplot, this, &LaneCanvas::prepareFrame);
    takeColorsAndFonts();
}

LaneCanvas::~LaneCanvas()
{
    removeAllRects();
}

void LaneCanvas::setLanes(std::vector<Lane> lanes, std::shared_ptr<const void> dataOwner)
{
    removeAllRects();
    m_places.clear();
    if (m_scene.dataOwner != dataOwner) {
        m_scene.means.clear();
        m_scene.frame.forget();
    }
    m_scene.lanes = std::move(lanes);
    m_scene.spans.clear();
    m_scene.dataOwner = std::move(dataOwner);
}

void LaneCanvas::setPlaces(std::vector<LanePlace> places)
{
    m_places = std::move(places);
    for (auto rect = m_rects.begin(); rect != m_rects.end();) {
        const bool isNeeded = std::any_of(
            m_places.begin(), m_places.end(), [&](const LanePlace& place) { return place.lane == rect->first; });
        if (isNeeded) {
            ++rect;
            continue;
        }
        removeRect(rect->second);
        rect = m_rects.erase(rect);
    }
    for (const LanePlace& place : m_places)
        if (!m_rects.contains(place.lane))
            m_rects.emplace(place.lane, createRect(m_scene.lanes[place.lane]));
}

void LaneCanvas::setVisibleRange(TimeRange visible)
{
    m_visible = visible;
}

void LaneCanvas::takeColorsAndFonts()
{
    m_scene.colors = PlotColors::forPalette(palette());
    m_scene.font = font();
    m_scene.titleFont = font();
    m_scene.titleFont.setBold(true);
    m_scene.smallFont = font();
    m_scene.smallFont.setPointSizeF(font().pointSizeF() * 0.92);
}

LaneCanvas::LaneRect LaneCanvas::createRect(const Lane& lane)
{
    LaneRect result;
    result.rect = new QCPAxisRect(this, false);
    result.rect->setAutoMargins(QCP::msNone);
    result.rect->setMargins({});
    QCPAxis* keyAxis = result.rect->addAxis(QCPAxis::atBottom);
    QCPAxis* valueAxis = result.rect->addAxis(QCPAxis::atLeft);
    // Grid, numbers and time are drawn by LaneGrid, LaneHeader and TimeAxis; the axes only carry ranges.
    keyAxis->setVisible(false);
    valueAxis->setVisible(false);
    if (lane.form == LaneForm::Stack) {
        result.graphs.push_back(new StackGraph(keyAxis, valueAxis, m_scene, lane.traces));
        if (lane.outline) {
            auto* outline = new EnvelopeGraph(keyAxis, valueAxis, m_scene, *lane.outline);
            outline->setIsOutline(true);
            result.graphs.push_back(outline);
        }
        return result;
    }
    for (const Trace& trace : lane.traces)
        result.graphs.push_back(new EnvelopeGraph(keyAxis, valueAxis, m_scene, trace));
    return result;
}

void LaneCanvas::removeRect(LaneRect& laneRect)
{
    for (TraceGraph* graph : laneRect.graphs)
        removePlottable(graph);
    delete laneRect.rect;
}

void LaneCanvas::removeAllRects()
{
    for (auto& [lane, rect] : m_rects)
        removeRect(rect);
    m_rects.clear();
    m_scene.pictures.clear();
}

void LaneCanvas::replotLater()
{
    replot(QCustomPlot::rpQueuedReplot);
}

void LaneCanvas::replotOverlay()
{
    layer(QStringLiteral("overlay"))->replot();
}

void LaneCanvas::updateLayout()
{
    for (const LanePicture& picture : m_scene.pictures)
        // The clip of a plottable: dots and lines at the ends of the scale reach a little beyond it.
        m_rects.at(picture.lane).rect->setOuterRect(picture.plot.adjusted(0, -4, 0, 5));
}

void LaneCanvas::prepareFrame()
{
    m_scene.lanesArea = QRect(0, 0, width(), std::max(0, height() - m_scene.footHeight()));
    const int eventsHeight = m_scene.footHeight() - PlotScene::axisHeight;
    m_scene.eventsArea = QRect(0, m_scene.lanesArea.height(), width(), eventsHeight);
    m_scene.axisArea = QRect(0, m_scene.lanesArea.height() + eventsHeight, width(), PlotScene::axisHeight);
    const double plotWidth = std::max(1, width() - PlotScene::plotLeft - PlotScene::rightMargin);
    m_scene.frame.begin(m_visible, PlotScene::plotLeft, plotWidth, bufferDevicePixelRatio());
    m_scene.timeTicks = timeTicks(m_visible, plotWidth, TimeAxis::pixelsPerLabel, m_scene.zone);
    m_scene.pictures.clear();
    m_scene.eventPictures = EventLane::arrange(m_scene);
    for (auto& [lane, rect] : m_rects)
        for (TraceGraph* graph : rect.graphs)
            graph->setVisible(!m_visible.isEmpty()); // without a range there are no columns to draw
    if (m_visible.isEmpty())
        return;
    prepareGraphs();
    for (const LanePlace& place : m_places)
        prepareLane(place, m_rects.at(place.lane));
}

void LaneCanvas::prepareGraphs()
{
    std::vector<TraceGraph*> graphs;
    for (auto& [lane, rect] : m_rects)
        graphs.insert(graphs.end(), rect.graphs.begin(), rect.graphs.end());
    for (TraceGraph* graph : graphs)
        graph->fetchShared();
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < graphs.size(); i = next++)
            graphs[i]->prepare();
    };
    // A thread takes some fifty microseconds to start: only worth it for more than a few graphs.
    if (graphs.size() >= 8) {
        const std::jthread second(work);
        work();
    } else {
        work();
    }
}

void LaneCanvas::prepareLane(const LanePlace& place, const LaneRect& laneRect)
{
    LanePicture picture;
    picture.lane = place.lane;
    picture.band = QRect(0, place.top, width(), place.height);
    picture.plot = QRect(PlotScene::plotLeft, place.top + plotPaddingTop, static_cast<int>(m_scene.frame.width()),
        std::max(4, place.height - plotPaddingTop - plotPaddingBottom));
    settleScale(picture, laneRect);
    findGaps(picture, laneRect);
    for (TraceGraph* graph : laneRect.graphs)
        graph->setPicture(picture);
    m_scene.pictures.push_back(std::move(picture));
}

void LaneCanvas::settleScale(LanePicture& picture, const LaneRect& laneRect) const
{
    const Lane& lane = m_scene.lanes[picture.lane];
    ValueExtent extent;
    for (const TraceGraph* graph : laneRect.graphs) {
        const ValueExtent own = graph->extent();
        extent.minimum = std::fmin(extent.minimum, own.minimum);
        extent.maximum = std::fmax(extent.maximum, own.maximum);
    }
    if (lane.limit)
        extent.maximum = std::fmax(extent.maximum, lane.limit->value * 1.04);
    picture.upper = roundScaleEnd(extent.maximum, lane.unit);
    // Shares that add up to 100 in single precision may come to a little more.
    if (lane.fixedMaximum && !(extent.maximum > *lane.fixedMaximum * 1.01))
        picture.upper = *lane.fixedMaximum;
    picture.lower = extent.minimum < 0 ? -roundScaleEnd(-extent.minimum, lane.unit) : 0;
    const int most = std::max(1, picture.plot.height() / pixelsPerValueTick);
    picture.ticks = valueTicks(picture.lower, picture.upper, most, lane.unit);
}

void LaneCanvas::findGaps(LanePicture& picture, const LaneRect& laneRect) const
{
    const auto isGap = [&](std::size_t column) {
        return std::all_of(laneRect.graphs.begin(), laneRect.graphs.end(),
            [&](const TraceGraph* graph) { return graph->isGap(column); });
    };
    const std::size_t columns = m_scene.frame.columns();
    for (std::size_t column = 0; column < columns; ++column) {
        if (!isGap(column))
            continue;
        const std::size_t begin = column;
        while (column < columns && isGap(column))
            ++column;
        const double left = m_scene.frame.xOfColumn(begin);
        picture.gaps.emplace_back(
            left, picture.band.top(), m_scene.frame.xOfColumn(column) - left, picture.band.height() - 1);
    }
}

} // namespace hindcast
