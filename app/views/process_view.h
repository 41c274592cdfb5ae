// ProcessView: the processes at the cursor, or over the selected range, with how old the sample is.
#pragma once

#include "latest_job.h"
#include "model/process.h"
#include "views/view.h"

#include <QTimer>

class QLabel;
class QLineEdit;
class QTableView;

namespace hindcast {

class ProcessModel;

class ProcessView : public View {
    Q_OBJECT

public:
    ProcessView(Session& session, QWidget* parent);
    ~ProcessView() override;

    QString title() const override { return tr("Processes"); }
    ProcessModel* model() const { return m_model; }
    QString headline() const;

Q_SIGNALS:
    /// The table shows what the selection asks for.
    void refreshed();

private:
    struct RangeFigures {
        std::vector<ProcessFigures> figures;
        SnapshotPointer snapshot;
        TimeRange range;
    };

    void createTable();
    void connectSession();
    void scheduleRefresh();
    void refresh();
    void showInstant(const Snapshot& snapshot, Time time);
    void requestRange(TimeRange range);
    void showRange(RangeFigures result);
    void showColumnsOfSpan();
    void showSelectedProcess();
    void writeHeadline(const QString& text, bool isStale);

    ProcessModel* m_model;
    QTableView* m_table;
    QLabel* m_headline;
    QLineEdit* m_filter;
    QTimer m_refreshTimer; ///< one refresh per frame however fast the cursor moves
    bool m_isShowingSelection = false;
    LatestJob<RangeFigures> m_rangeJob;
};

} // namespace hindcast
