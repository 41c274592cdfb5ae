#include "views/source_view.h"

#include "models/note_model.h"
#include "models/source_model.h"
#include "text/format.h"
#include "widgets/choice_dialog.h"

#include <QAction>
#include <QHeaderView>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QTableView>
#include <QTimeZone>
#include <QVBoxLayout>

#include <algorithm>

namespace hindcast {

SourceView::SourceView(Session& session, QWidget* parent)
    : View(session, parent)
    , m_sources(new SourceModel(this))
    , m_notes(new NoteModel(this))
    , m_headline(new QLabel(this))
    , m_table(new QTableView(this))
    , m_list(new QListView(this))
{
    m_headline->setContentsMargins(8, 6, 8, 6);
    createTable();
    createActions();
    m_list->setModel(m_notes);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setWordWrap(true);
    m_list->setSpacing(2);
    m_list->setAccessibleName(tr("Notes about the reading"));

    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_table);
    splitter->addWidget(m_list);
    splitter->setStretchFactor(0, 4);
    splitter->setStretchFactor(1, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_headline);
    layout->addWidget(splitter, 1);
    connect(&session, &Session::snapshotChanged, this, &SourceView::showSnapshot);
    showSnapshot();
}

void SourceView::createTable()
{
    auto* sorted = new QSortFilterProxyModel(this);
    sorted->setSourceModel(m_sources);
    sorted->setSortRole(SourceModel::sortRole);
    sorted->setSortCaseSensitivity(Qt::CaseInsensitive);
    m_table->setModel(sorted);
    m_table->setSortingEnabled(true);
    m_table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder); // the model's own order: what matters first
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(22);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->setColumnWidth(SourceModel::Path, 280);
    m_table->setColumnWidth(SourceModel::Source, 170);
    m_table->setColumnWidth(SourceModel::Bytes, 90);
    m_table->setColumnWidth(SourceModel::Samples, 90);
    m_table->setColumnWidth(SourceModel::Skipped, 110);
    m_table->horizontalHeader()->setStretchLastSection(true);
}

void SourceView::createActions()
{
    m_readAs = new QAction(tr("&Read as…"), this);
    m_readAs->setToolTip(tr("Say what this file is, where it was not recognised or taken for something else"));
    connect(m_readAs, &QAction::triggered, this, &SourceView::askForSource);
    m_chooseZone = new QAction(tr("Texts without a &zone…"), this);
    m_chooseZone->setToolTip(tr("Say which time zone they are of, where the capture does not tell"));
    connect(m_chooseZone, &QAction::triggered, this, &SourceView::askForZone);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_table, &QTableView::customContextMenuRequested, this, &SourceView::showMenu);
}

void SourceView::showMenu(const QPoint& place)
{
    const MemberReport* member = currentMember();
    m_readAs->setEnabled(member && SourceModel::canBeReadAs(*member));
    QMenu menu(this);
    menu.setToolTipsVisible(true);
    menu.addAction(m_readAs);
    menu.addSeparator();
    menu.addAction(m_chooseZone);
    menu.exec(m_table->viewport()->mapToGlobal(place));
}

const MemberReport* SourceView::currentMember() const
{
    const auto* sorted = static_cast<const QSortFilterProxyModel*>(m_table->model());
    return m_sources->member(sorted->mapToSource(m_table->currentIndex()));
}

void SourceView::askForSource()
{
    const MemberReport* member = currentMember();
    if (!member || !SourceModel::canBeReadAs(*member))
        return;
    QList<ChoiceDialog::Choice> choices{{QString(), tr("As it is recognised")}};
    for (const SourceKind& kind : sourceKinds())
        choices.append({kind.id, kind.title});
    const std::string path = member->path; // the capture is read anew, and the member with it
    auto* dialog = new ChoiceDialog(tr("Read as"), tr("%1 is:", "file").arg(text::fromBytes(path)), choices, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->choose(text::fromBytes(member->source));
    connect(dialog, &QDialog::accepted, this, [this, dialog, path] { session().readAs(path, dialog->chosen()); });
    dialog->open();
}

void SourceView::askForZone()
{
    QList<ChoiceDialog::Choice> choices{{QString(), tr("UTC")}};
    for (const QByteArray& id : QTimeZone::availableTimeZoneIds()) {
        const QString name = QString::fromLatin1(id);
        const bool isPlace = name.contains(QLatin1Char('/')) && !name.startsWith(QStringLiteral("Etc/"));
        if (isPlace)
            choices.append({name, name});
    }
    auto* dialog = new ChoiceDialog(tr("Texts without a zone"),
        tr("Times of texts that name no time zone are taken as of this one, where the capture does not tell the "
           "host's:"),
        choices, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->choose(session().assumedZone());
    connect(dialog, &QDialog::accepted, this, [this, dialog] { session().assumeZone(dialog->chosen()); });
    dialog->open();
}

void SourceView::showSnapshot()
{
    const SnapshotPointer& snapshot = session().snapshot();
    m_sources->setSnapshot(snapshot);
    m_notes->setSnapshot(snapshot);
    m_list->setVisible(m_notes->rowCount() > 0);
    if (!snapshot) {
        m_headline->setText(tr("No capture is open."));
        m_headline->setForegroundRole(QPalette::PlaceholderText);
        return;
    }
    const auto& members = snapshot->members;
    const auto read = std::count_if(
        members.begin(), members.end(), [](const MemberReport& member) { return !member.source.empty(); });
    const auto troubled = std::count_if(members.begin(), members.end(), SourceModel::hasProblem);
    const QString counts = text::plural(
        static_cast<int>(members.size()), tr("1 member"), tr("%n members", nullptr, static_cast<int>(members.size())));
    const QString readText = tr("%n read", nullptr, static_cast<int>(read));
    const QString troubledText =
        troubled == 0 ? tr("none with a problem") : tr("%n with a problem", nullptr, static_cast<int>(troubled));
    m_headline->setForegroundRole(QPalette::WindowText);
    m_headline->setText(
        tr("%1: %2, %3. The others are kept in the capture as they are.", "members: n read, n with a problem")
            .arg(counts, readText, troubledText));
}

} // namespace hindcast
