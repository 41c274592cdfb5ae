// TimelineView: the centre of the window: the overview strip and the lanes below it, with every action that moves
// through time.
#pragma once

#include "plots/event_marks.h"
#include "views/view.h"

#include <QList>

class QAction;

namespace hindcast {

class OverviewStrip;
class TimePlot;

class TimelineView : public View {
    Q_OBJECT

public:
    TimelineView(Session& session, QWidget* parent);

    QString title() const override { return tr("Timeline"); }
    TimePlot* plot() const { return m_plot; }
    OverviewStrip* overview() const { return m_overview; }
    /// For the menus: they act only while the timeline has the focus where their keys are single letters.
    const QList<QAction*>& navigationActions() const { return m_navigation; }
    const QList<QAction*>& laneActions() const { return m_laneActions; }
    /// What is said while there are no lanes; empty with lanes.
    QString emptyText() const;

private:
    void createActions();
    void createLaneActions();
    QAction* addNavigation(const QString& text, const QList<QKeySequence>& keys, void (TimelineView::*action)());
    void connectPlot();
    void connectOverview();
    void connectSession();

    void showLanes();
    void showVisibleRange();
    void showCurve();
    void showFindings();
    void showEvents();
    void goToEvent(std::uint32_t event);
    void nextEvent();
    void previousEvent();
    void stepEvent(Direction direction);
    std::vector<std::size_t> lanesOf(const diagnose::Finding& finding) const;
    void showLaneMenu(const QString& laneId, const QPoint& position);

    Time zoomCentre() const;
    void zoomIn();
    void zoomOut();
    void panEarlier();
    void panLater();
    void zoomToSelection();
    void focusOrFit();
    void fitAll();
    void goToBegin();
    void goToEnd();
    void clearSelection();
    void stepCursorBack();
    void stepCursorForward();
    void stepCursor(std::ptrdiff_t steps);

    OverviewStrip* m_overview;
    TimePlot* m_plot;
    QList<QAction*> m_navigation;
    QList<QAction*> m_laneActions;
    std::optional<Time> m_hover;
};

} // namespace hindcast
