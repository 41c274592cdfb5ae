// EventView: the events as a table with the whole text of the chosen one below or beside it: what the kernel and others
// wrote down, in the selected range or in the whole capture.
#pragma once

#include "views/view.h"

#include <QTimer>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QTableView;

namespace hindcast {

class ChipRow;
class EventModel;

class EventView : public View {
    Q_OBJECT

public:
    EventView(Session& session, QWidget* parent);

    QString title() const override { return tr("Events"); }
    EventModel* model() const { return m_model; }
    QTableView* table() const { return m_table; }
    ChipRow* chips() const { return m_chips; }
    QComboBox* kinds() const { return m_kinds; }
    QLineEdit* filter() const { return m_filter; }
    QCheckBox* inRangeOnly() const { return m_inRangeOnly; }
    QPushButton* selectProcess() const { return m_selectProcess; }
    QString headline() const;
    QString detail() const;
    /// What stands in place of the table; empty while the table is shown.
    QString emptyText() const;

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void createTable();
    void fitTimeColumn();
    void createDetail();
    void createStepActions();
    void connectFilters();
    void connectSession();
    void showSnapshot();
    void showChips();
    void showKinds();
    void applyRange();
    void followCursor();
    void refresh();
    void showSelectedEvent();
    void showDetail();
    void chooseRow(int row);
    void step(int rows);
    /// The event the detail is about: the selected one, else the one nearest to the cursor.
    std::optional<std::uint32_t> shownEvent() const;
    /// Key of the process that is named in the event; empty when the capture does not know it.
    std::string processOf(std::uint32_t event) const;

    EventModel* m_model;
    QTableView* m_table;
    QStackedWidget* m_pages;
    QSplitter* m_split = nullptr; ///< table and detail
    QLabel* m_headline;
    QLabel* m_empty;
    QLineEdit* m_filter;
    QComboBox* m_kinds;
    QCheckBox* m_inRangeOnly;
    ChipRow* m_chips;
    QWidget* m_detailPane = nullptr;
    QLabel* m_detailTitle = nullptr;
    QLabel* m_detailText = nullptr;
    QPushButton* m_selectProcess = nullptr;
    QTimer m_refreshTimer; ///< one refresh per frame however fast the cursor moves
    bool m_isShowingSelection = false;
};

} // namespace hindcast
