// SourceView: every member of the capture with who read it and what was wrong with it, and what the reading had to say.
#pragma once

#include "views/view.h"

class QAction;
class QLabel;
class QListView;
class QTableView;

namespace hindcast {

class NoteModel;
class SourceModel;

class SourceView : public View {
    Q_OBJECT

public:
    SourceView(Session& session, QWidget* parent);

    QString title() const override { return tr("Sources"); }
    SourceModel* sources() const { return m_sources; }
    NoteModel* notes() const { return m_notes; }
    QTableView* table() const { return m_table; }
    /// Of the member in the current row: read it as something else.
    QAction* readAsAction() const { return m_readAs; }
    QAction* zoneAction() const { return m_chooseZone; }

private:
    void createTable();
    void createActions();
    void showMenu(const QPoint& place);
    /// The member in the current row; null when none is chosen.
    const MemberReport* currentMember() const;
    void askForSource();
    void askForZone();
    void showSnapshot();

    SourceModel* m_sources;
    NoteModel* m_notes;
    QLabel* m_headline;
    QTableView* m_table;
    QListView* m_list;
    QAction* m_readAs = nullptr;
    QAction* m_chooseZone = nullptr;
};

} // namespace hindcast
