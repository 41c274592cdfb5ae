// ThreadDumpView: the thread dumps of Java processes: the list of them, the threads of the one at the cursor, and of a
// thread its stack with the locks it holds and waits for.
#pragma once

#include "latest_job.h"
#include "models/thread_dump_model.h"
#include "views/view.h"

#include <QTimer>

#include <utility>

class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPlainTextEdit;
class QSplitter;
class QStackedWidget;
class QTableView;

namespace hindcast {

class ChipRow;

class ThreadDumpView : public View {
    Q_OBJECT

public:
    ThreadDumpView(Session& session, QWidget* parent);
    ~ThreadDumpView() override;

    QString title() const override { return tr("Java threads"); }
    ThreadDumpModel* model() const { return m_model; }
    QTableView* table() const { return m_table; }
    QListWidget* dumpList() const { return m_list; }
    ChipRow* chips() const { return m_chips; }
    QString headline() const;
    QString stackText() const;
    /// What stands in place of the threads; empty while they are shown.
    QString emptyText() const;

Q_SIGNALS:
    /// The table shows what the selection asks for.
    void refreshed();

protected:
    void changeEvent(QEvent* event) override;

private:
    using Place = std::pair<std::size_t, std::size_t>; ///< of a process and its dump

    void createTable();
    void connectSession();
    void readSnapshot();
    void showSet(ThreadDumpSetPointer set);
    void fillList();
    void followCursor();
    Place placeAtCursor() const;
    void showDump(Place place);
    void showChips();
    void showPools();
    void showThread();
    void writeHeadline();
    QString dumpText(const ThreadDump& dump) const;
    QString threadText(const DumpThread& thread, std::size_t sameIn) const;

    ThreadDumpModel* m_model;
    QListWidget* m_list;
    QTableView* m_table;
    QPlainTextEdit* m_stack;
    QStackedWidget* m_pages;
    QLabel* m_headline;
    QLabel* m_empty;
    QLineEdit* m_filter;
    QComboBox* m_pools;
    ChipRow* m_chips;
    QSplitter* m_split;
    QTimer m_refreshTimer; ///< one refresh per frame however fast the cursor moves

    ThreadDumpSetPointer m_set;
    std::vector<Place> m_places; ///< by row of the list
    std::optional<Place> m_shown;
    std::string m_selected; ///< key of the thread
    bool m_isShowing = false;
    LatestJob<ThreadDumpSetPointer> m_job; ///< last: its thread uses the rest
};

} // namespace hindcast
