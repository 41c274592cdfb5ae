#include "views/event_view.h"

#include "model/process.h"
#include "models/event_model.h"
#include "plots/event_marks.h"
#include "plots/plot_colors.h"
#include "text/format.h"
#include "widgets/chip_row.h"
#include "widgets/level_icon.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace hindcast {

namespace {

constexpr int rowHeight = 22;
/// Below that height and from that width on, table and detail stand side by side.
constexpr int lowHeight = 360;
constexpr int wideWidth = 900;
constexpr std::array worstFirst{Severity::Error, Severity::Warning, Severity::Info};

QIcon severityIcon(Severity severity, const QPalette& palette)
{
    const QColor color = PlotColors::forPalette(palette).level(levelOf(severity));
    switch (severity) {
    case Severity::Error:
        return levelIcon(LevelShape::Diamond, color);
    case Severity::Warning:
        return levelIcon(LevelShape::Triangle, color);
    case Severity::Info:
        break;
    }
    return levelIcon(LevelShape::Circle, color);
}

/// The severity with its shape, as on the timeline.
class SeverityDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        const auto severity = static_cast<Severity>(index.data(EventModel::severityRole).toInt());
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->decorationSize = {14, 14};
        option->icon = severityIcon(severity, option->palette);
    }
};

} // namespace

EventView::EventView(Session& session, QWidget* parent)
    : View(session, parent)
    , m_model(new EventModel(this))
    , m_table(new QTableView(this))
    , m_pages(new QStackedWidget(this))
    , m_headline(new QLabel(this))
    , m_empty(new QLabel(this))
    , m_filter(new QLineEdit(this))
    , m_kinds(new QComboBox(this))
    , m_inRangeOnly(new QCheckBox(tr("In range only"), this))
    , m_chips(new ChipRow(this))
{
    m_filter->setPlaceholderText(tr("Filter by text"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaximumWidth(260);
    m_filter->setAccessibleName(tr("Filter events by text"));
    m_kinds->setAccessibleName(tr("Kind of event"));
    m_kinds->setToolTip(tr("Show only one kind of event"));
    m_kinds->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_inRangeOnly->setChecked(true);
    m_inRangeOnly->setToolTip(tr("While a range is selected on the timeline, show only the events in it"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_empty->setMargin(16);
    createTable();
    createDetail();
    createStepActions();

    m_split = new QSplitter(Qt::Vertical, this);
    m_split->setChildrenCollapsible(false);
    m_split->addWidget(m_table);
    m_split->addWidget(m_detailPane);
    m_split->setStretchFactor(0, 1);
    m_split->setSizes({300, 84});
    m_pages->addWidget(m_split);
    m_pages->addWidget(m_empty);

    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 6, 8, 6);
    top->setSpacing(8);
    top->addWidget(m_headline, 2);
    top->addWidget(m_chips, 3);
    top->addWidget(m_inRangeOnly);
    top->addWidget(m_kinds);
    top->addWidget(m_filter, 2);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addWidget(m_pages, 1);

    m_refreshTimer.setSingleShot(true);
    m_refreshTimer.setInterval(16);
    connect(&m_refreshTimer, &QTimer::timeout, this, &EventView::followCursor);
    connectFilters();
    connectSession();
    showSnapshot();
}

void EventView::createTable()
{
    m_table->setModel(m_model);
    m_table->setItemDelegateForColumn(EventModel::Severity, new SeverityDelegate(m_table));
    QHeaderView* header = m_table->horizontalHeader();
    header->setSortIndicator(EventModel::TimeOfDay, Qt::AscendingOrder);
    m_table->setSortingEnabled(true);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->setAccessibleName(tr("Events"));
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    header->setHighlightSections(false);
    header->setStretchLastSection(true);
    m_table->setColumnWidth(EventModel::Severity, 110);
    m_table->setColumnWidth(EventModel::Kind, 130);
    m_table->setColumnWidth(EventModel::Source, 100);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
        if (!m_isShowingSelection && row.isValid())
            chooseRow(row.row());
    });
}

/// Never a time cut short: which day it was is the part that would go.
void EventView::fitTimeColumn()
{
    constexpr int margin = 14;
    QFont bold = m_table->font(); // as the one nearest to the cursor
    bold.setBold(true);
    const QFontMetrics metrics(bold);
    int widest =
        metrics.horizontalAdvance(m_model->headerData(EventModel::TimeOfDay, Qt::Horizontal, Qt::DisplayRole).toString()
            + QStringLiteral("    "));
    // They look alike; some of them, and the last, tell how wide they get.
    if (const SnapshotPointer& snapshot = session().snapshot(); snapshot && !snapshot->events.empty()) {
        const auto& events = snapshot->events;
        const std::size_t stride = events.size() / 64 + 1;
        for (std::size_t i = 0; i < events.size(); i += stride)
            widest = std::max(widest, metrics.horizontalAdvance(m_model->timeText(events[i])));
        widest = std::max(widest, metrics.horizontalAdvance(m_model->timeText(events.back())));
    }
    m_table->setColumnWidth(EventModel::TimeOfDay, widest + margin);
}

void EventView::resizeEvent(QResizeEvent* event)
{
    View::resizeEvent(event);
    const auto orientation = height() < lowHeight && width() >= wideWidth ? Qt::Horizontal : Qt::Vertical;
    if (orientation == m_split->orientation())
        return;
    m_split->setOrientation(orientation);
    if (orientation == Qt::Horizontal)
        m_split->setSizes({width() * 2 / 3, width() / 3});
    else
        m_split->setSizes({300, 84});
}

void EventView::createDetail()
{
    m_detailPane = new QWidget(this);
    m_detailTitle = new QLabel(m_detailPane);
    m_detailText = new QLabel(m_detailPane);
    m_selectProcess = new QPushButton(m_detailPane);
    m_detailTitle->setForegroundRole(QPalette::PlaceholderText);
    m_detailTitle->setTextFormat(Qt::PlainText);
    m_detailTitle->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_detailText->setTextFormat(Qt::PlainText);
    m_detailText->setWordWrap(true);
    m_detailText->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_detailText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* scroll = new QScrollArea(m_detailPane);
    scroll->setWidget(m_detailText);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    auto* row = new QHBoxLayout;
    row->addWidget(m_detailTitle, 1);
    row->addWidget(m_selectProcess);
    auto* layout = new QVBoxLayout(m_detailPane);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(3);
    layout->addLayout(row);
    layout->addWidget(scroll, 1);
    connect(m_selectProcess, &QPushButton::clicked, this, [this] {
        if (const auto event = shownEvent())
            session().selection()->setProcess(processOf(*event));
    });
}

void EventView::createStepActions()
{
    const auto add = [this](const QString& text, Qt::Key key, int rows) {
        auto* action = new QAction(text, m_table);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, [this, rows] { step(rows); });
        m_table->addAction(action);
    };
    add(tr("Next event"), Qt::Key_Period, 1);
    add(tr("Previous event"), Qt::Key_Comma, -1);
}

void EventView::connectFilters()
{
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& filter) {
        const QScopedValueRollback guard(m_isShowingSelection, true);
        m_model->setFilter(filter);
        refresh();
    });
    connect(m_chips, &ChipRow::checkedKeysChanged, this, [this] {
        const QScopedValueRollback guard(m_isShowingSelection, true);
        std::vector<Severity> wanted;
        const QStringList keys = m_chips->checkedKeys();
        for (const Severity severity : worstFirst)
            if (keys.contains(severityName(severity)))
                wanted.push_back(severity);
        m_model->setSeverities(wanted);
        refresh();
    });
    connect(m_kinds, &QComboBox::currentIndexChanged, this, [this] {
        const QScopedValueRollback guard(m_isShowingSelection, true);
        const QVariant kind = m_kinds->currentData();
        m_model->setKind(kind.isValid() ? std::optional(kind.toString()) : std::nullopt);
        refresh();
    });
    connect(m_inRangeOnly, &QCheckBox::toggled, this, &EventView::applyRange);
}

void EventView::connectSession()
{
    Selection* selection = session().selection();
    connect(selection, &Selection::rangeChanged, this, &EventView::applyRange);
    connect(selection, &Selection::eventChanged, this, [this] {
        showSelectedEvent();
        showDetail();
    });
    connect(selection, &Selection::cursorChanged, this, [this] {
        if (!m_refreshTimer.isActive())
            m_refreshTimer.start();
    });
    connect(&session(), &Session::snapshotChanged, this, &EventView::showSnapshot);
    connect(&session(), &Session::zoneChanged, this, [this] {
        m_model->setZone(session().zone());
        fitTimeColumn();
        refresh();
    });
}

void EventView::showSnapshot()
{
    const QScopedValueRollback guard(m_isShowingSelection, true);
    session().selection()->setEvent(std::nullopt); // an index into the events before
    m_model->setZone(session().zone());
    m_model->setSnapshot(session().snapshot());
    fitTimeColumn();
    showChips();
    showKinds();
    applyRange();
    refresh();
}

void EventView::changeEvent(QEvent* event)
{
    View::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showChips();
    else if (event->type() == QEvent::FontChange)
        fitTimeColumn();
}

void EventView::showChips()
{
    const auto counts = m_model->severityCounts();
    std::vector<ChipItem> items;
    for (const Severity severity : worstFirst) {
        ChipItem item;
        item.key = item.label = severityName(severity);
        item.icon = severityIcon(severity, palette());
        item.count = counts[static_cast<std::size_t>(severity)];
        item.meaning = tr("Show only these; press again to show all.");
        if (item.count > 0)
            items.push_back(item);
    }
    m_chips->setItems(items);
}

void EventView::showKinds()
{
    const QVariant before = m_kinds->currentData();
    const QSignalBlocker blocker(m_kinds);
    m_kinds->clear();
    m_kinds->addItem(tr("All kinds"));
    for (const EventModel::KindCount& count : m_model->kindCounts())
        m_kinds->addItem(tr("%1 (%2)", "kind (count)")
                             .arg(count.kind.isEmpty() ? tr("no kind") : count.kind, text::formatCount(count.count)),
            count.kind);
    const int again = before.isValid() ? m_kinds->findData(before) : 0;
    m_kinds->setCurrentIndex(std::max(0, again));
    m_kinds->setEnabled(m_kinds->count() > 2);
    if (before.isValid() && again < 0)
        m_model->setKind(std::nullopt);
}

void EventView::applyRange()
{
    const QScopedValueRollback guard(m_isShowingSelection, true);
    m_model->setRange(m_inRangeOnly->isChecked() ? session().selection()->range() : std::nullopt);
    refresh();
}

/// Away from the selected event, the cursor leaves it: the nearest one is pointed out instead.
void EventView::followCursor()
{
    Selection* selection = session().selection();
    const SnapshotPointer& snapshot = session().snapshot();
    const auto selected = selection->chosenEvent();
    if (selected && snapshot && *selected < snapshot->events.size()
        && selection->cursor() != std::optional(snapshot->events[*selected].time))
        selection->setEvent(std::nullopt);
    m_model->setInstant(selection->cursor());
    if (!selection->chosenEvent() && m_model->nearestRow() >= 0)
        m_table->scrollTo(m_model->index(m_model->nearestRow(), 0), QAbstractItemView::EnsureVisible);
    showDetail();
}

void EventView::refresh()
{
    const SnapshotPointer& snapshot = session().snapshot();
    const std::size_t all = m_model->eventCount();
    const auto shown = static_cast<std::size_t>(m_model->rowCount());
    QString empty;
    if (!snapshot)
        empty = tr("No capture is open.");
    else if (all == 0)
        empty =
            tr("No events in this capture. They come from the kernel's log, where the recorder may read it, and from "
               "the text of dmesg.");
    else if (shown == 0)
        empty = m_inRangeOnly->isChecked() && session().selection()->range()
            ? tr("No event in the selected range that passes the filters.")
            : tr("No event passes the filters.");
    m_empty->setText(empty);
    m_pages->setCurrentIndex(empty.isEmpty() ? 0 : 1);

    const QString events =
        text::plural(static_cast<std::int64_t>(all), tr("1 event"), tr("%1 events").arg(text::formatCount(all)));
    QString line = shown == all ? events : tr("%1 of %2", "shown of all").arg(text::formatCount(shown), events);
    if (m_inRangeOnly->isChecked() && session().selection()->range())
        line = tr("%1, in the selected range").arg(line);
    m_headline->setText(all == 0 ? QString{} : line);
    for (QWidget* filter : std::initializer_list<QWidget*>{m_filter, m_inRangeOnly})
        filter->setEnabled(all > 0);
    showSelectedEvent();
    showDetail();
}

void EventView::showSelectedEvent()
{
    const QScopedValueRollback guard(m_isShowingSelection, true);
    const auto event = session().selection()->chosenEvent();
    const int row = event ? m_model->rowOf(*event) : -1;
    if (row < 0)
        m_table->selectionModel()->clear();
    else
        m_table->selectionModel()->setCurrentIndex(
            m_model->index(row, 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

std::optional<std::uint32_t> EventView::shownEvent() const
{
    const SnapshotPointer& snapshot = session().snapshot();
    const auto selected = session().selection()->chosenEvent();
    if (selected && snapshot && *selected < snapshot->events.size())
        return selected;
    if (m_model->nearestRow() >= 0)
        return m_model->eventAt(m_model->nearestRow());
    return std::nullopt;
}

void EventView::showDetail()
{
    const auto shown = shownEvent();
    m_selectProcess->setVisible(false);
    if (!shown) {
        m_detailTitle->setText(tr("Choose an event to read all of it; . and , go to the next and the previous."));
        m_detailText->clear();
        return;
    }
    const Event& event = session().snapshot()->events[*shown];
    QStringList title{m_model->timeText(event), severityName(event.severity)};
    if (const auto kind = labelValue(event.labels, "kind"); !kind.empty())
        title.append(text::fromBytes(kind));
    if (!event.member.empty())
        title.append(event.line == 0 ? text::fromBytes(event.member)
                                     : QStringLiteral("%1:%2").arg(text::fromBytes(event.member)).arg(event.line));
    for (const Label& label : event.labels)
        if (label.name != "kind")
            title.append(QStringLiteral("%1 %2").arg(text::fromBytes(label.name), text::fromBytes(label.value)));
    m_detailTitle->setText(title.join(QStringLiteral(" \u00b7 ")));
    m_detailText->setText(text::fromBytes(event.text));
    if (const std::string process = processOf(*shown); !process.empty()) {
        m_selectProcess->setText(tr("Select process %1").arg(text::fromBytes(labelValue(event.labels, "pid"))));
        m_selectProcess->setVisible(true);
    }
}

std::string EventView::processOf(std::uint32_t event) const
{
    const SnapshotPointer& snapshot = session().snapshot();
    const Event& chosen = snapshot->events[event];
    const std::string_view pid = labelValue(chosen.labels, "pid");
    const Entity* process = pid.empty() ? nullptr : processWithPid(*snapshot, pid, chosen.time);
    return process ? process->key : std::string{};
}

void EventView::chooseRow(int row)
{
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot)
        return;
    const std::uint32_t event = m_model->eventAt(row);
    if (snapshot->events[event].clock == snapshot->clock)
        session().selection()->setCursor(snapshot->events[event].time);
    session().selection()->setEvent(event);
}

void EventView::step(int rows)
{
    if (m_model->rowCount() == 0)
        return;
    const QModelIndex current = m_table->selectionModel()->currentIndex();
    int row = 0;
    if (current.isValid())
        row = current.row() + rows;
    else if (m_model->nearestRow() >= 0)
        row = m_model->nearestRow();
    m_table->selectionModel()->setCurrentIndex(m_model->index(std::clamp(row, 0, m_model->rowCount() - 1), 0),
        QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

QString EventView::headline() const
{
    return m_headline->text();
}

QString EventView::detail() const
{
    return m_detailTitle->text() + QLatin1Char('\n') + m_detailText->text();
}

QString EventView::emptyText() const
{
    return m_pages->currentWidget() == m_empty ? m_empty->text() : QString{};
}

} // namespace hindcast
