// SourceView: every member of the capture with who read it and what was wrong with it, and what the reading had to say.
#pragma once

#include "views/view.h"

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

private:
    void createTable();
    void showSnapshot();

    SourceModel* m_sources;
    NoteModel* m_notes;
    QLabel* m_headline;
    QTableView* m_table;
    QListView* m_list;
};

} // namespace hindcast
