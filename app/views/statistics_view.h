// StatisticsView: the figures of every lane over the selected range, or over what is on screen when nothing is
// selected.
#pragma once

#include "latest_job.h"
#include "models/statistics_model.h"
#include "views/view.h"

#include <QTimer>

class QLabel;
class QTableView;

namespace hindcast {

class StatisticsView : public View {
    Q_OBJECT

public:
    StatisticsView(Session& session, QWidget* parent);
    ~StatisticsView() override;

    QString title() const override { return tr("Statistics"); }
    StatisticsModel* model() const { return m_model; }

Q_SIGNALS:
    /// The table shows the figures of the present range.
    void refreshed();

private:
    struct Figures {
        std::vector<TraceStatistics> rows;
        SnapshotPointer snapshot;
        TimeRange range;
    };

    TimeRange range() const;
    void scheduleRefresh();
    void refresh();
    void show(Figures figures);
    void writeHeadline();

    StatisticsModel* m_model;
    QTableView* m_table;
    QLabel* m_headline;
    QTimer m_refreshTimer;
    LatestJob<Figures> m_job;
};

/// The statistics of every trace of the lanes, two threads at a time; cut short when `isStale` says so.
std::vector<TraceStatistics> statisticsOf(
    const std::vector<Lane>& lanes, TimeRange range, const std::function<bool()>& isStale);

} // namespace hindcast
