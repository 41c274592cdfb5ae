#include "views/socket_view.h"

#include "model/process.h"
#include "model/series_math.h"
#include "models/socket_model.h"
#include "plots/plot_colors.h"
#include "plots/state_trace.h"
#include "text/format.h"
#include "text/socket_state.h"
#include "widgets/chip_row.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace hindcast {

namespace {

constexpr int rowHeight = 22;

int widthOf(int column)
{
    switch (column) {
    case SocketModel::Protocol:
        return 52;
    case SocketModel::State:
        return 150;
    case SocketModel::Local:
    case SocketModel::Remote:
        return 160;
    case SocketModel::ReceiveQueue:
    case SocketModel::SendQueue:
        return 90;
    case SocketModel::Timer:
        return 172;
    case SocketModel::Process:
        return 110;
    case SocketModel::Rtt:
        return 78;
    case SocketModel::Inode:
        return 80;
    default:
        return 62;
    }
}

/// Cells with room between a number and the words beside it, and the state with its badge, as on the chips.
class SocketDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        constexpr int margin = 7, badgeWidth = 24, badgeHeight = 14;
        QStyleOptionViewItem cell = option;
        initStyleOption(&cell, index);
        const QString words = cell.text;
        cell.text.clear();
        option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &cell, painter, option.widget);
        QRect place = option.rect.adjusted(margin, 0, -margin, 0);
        painter->save();
        painter->setFont(cell.font);
        if (const QVariant value = index.data(SocketModel::stateRole);
            value.isValid() && index.column() == SocketModel::State) {
            const auto state = static_cast<TcpState>(value.toInt());
            const QRectF badge(place.left(), place.center().y() - badgeHeight / 2 + 1, badgeWidth, badgeHeight);
            paintBadge(*painter, badge, text::stateLetters(state),
                PlotColors::forPalette(option.palette).trace(stateTrace(state)));
            place.setLeft(place.left() + badgeWidth + margin);
        }
        painter->setPen(
            option.palette.color(option.state & QStyle::State_Selected ? QPalette::HighlightedText : QPalette::Text));
        painter->drawText(place, static_cast<int>(cell.displayAlignment),
            QFontMetrics(cell.font).elidedText(words, Qt::ElideRight, place.width()));
        painter->restore();
    }
};

} // namespace

SocketView::SocketView(Session& session, QWidget* parent)
    : View(session, parent)
    , m_model(new SocketModel(this))
    , m_table(new QTableView(this))
    , m_pages(new QStackedWidget(this))
    , m_headline(new QLabel(this))
    , m_empty(new QLabel(this))
    , m_filter(new QLineEdit(this))
    , m_chips(new ChipRow(this))
    , m_job(this, [this](Listing listing) { showListing(std::move(listing)); })
{
    m_filter->setPlaceholderText(tr("Filter by port, address, state or process"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaximumWidth(320);
    m_filter->setAccessibleName(tr("Filter sockets"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_empty->setMargin(16);
    createTable();
    m_pages->addWidget(m_table);
    m_pages->addWidget(m_empty);

    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 6, 8, 6);
    top->addWidget(m_headline, 1);
    top->addWidget(m_filter, 1);
    auto* states = new QHBoxLayout;
    states->setContentsMargins(8, 0, 8, 6);
    states->addWidget(m_chips);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addLayout(states);
    layout->addWidget(m_pages, 1);

    m_refreshTimer.setSingleShot(true);
    m_refreshTimer.setInterval(16);
    connect(&m_refreshTimer, &QTimer::timeout, this, &SocketView::refresh);
    connectSession();
    forgetCapture();
    refresh();
}

SocketView::~SocketView() = default;

void SocketView::createTable()
{
    m_table->setModel(m_model);
    m_table->setItemDelegate(new SocketDelegate(m_table));
    QHeaderView* header = m_table->horizontalHeader();
    // No column to begin with: what deserves a look stands first. A third click on a title brings that back.
    header->setSortIndicator(-1, Qt::AscendingOrder);
    header->setSortIndicatorClearable(true);
    m_table->setSortingEnabled(true);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->setAccessibleName(tr("Sockets"));
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    header->setHighlightSections(false);
    header->setSectionsMovable(true);
    header->setStretchLastSection(true);
    for (int column = 0; column < SocketModel::ColumnCount; ++column)
        m_table->setColumnWidth(column, widthOf(column));
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
        if (!m_isShowingSelection && row.isValid())
            chooseRow(row.row());
    });
}

void SocketView::connectSession()
{
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& filter) {
        const QScopedValueRollback guard(m_isShowingSelection, true);
        m_model->setFilter(filter);
        showSelectedSocket();
        writeHeadline();
    });
    connect(m_chips, &ChipRow::checkedKeysChanged, this, [this] {
        const QScopedValueRollback guard(m_isShowingSelection, true);
        m_model->setStates(m_chips->checkedKeys());
        showSelectedSocket();
        writeHeadline();
    });
    Selection* selection = session().selection();
    connect(selection, &Selection::cursorChanged, this, &SocketView::scheduleRefresh);
    connect(selection, &Selection::rangeChanged, this, &SocketView::scheduleRefresh);
    connect(selection, &Selection::flowChanged, this, [this, selection] {
        if (m_isShowingSelection || !selection->flow())
            return;
        m_selected.clear(); // chosen elsewhere: its socket, if it is listed
        showSelectedSocket();
    });
    connect(&session(), &Session::snapshotChanged, this, [this] {
        forgetCapture();
        scheduleRefresh();
    });
    connect(&session(), &Session::zoneChanged, this, &SocketView::scheduleRefresh);
}

void SocketView::forgetCapture()
{
    m_job.drop();
    m_asked.reset();
    m_shown.reset();
    m_flowsByEnds.reset();
    m_times.clear();
    m_interval.reset();
    m_model->clear();
    showChips();
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot)
        return;
    m_times = socketTimes(*snapshot);
    m_interval = usualInterval(std::make_shared<const std::vector<Time>>(m_times));
}

/// Made when a socket is first chosen: a capture may have a hundred thousand conversations and nobody who asks.
const SocketView::FlowsByEnds& SocketView::flowsByEnds()
{
    if (m_flowsByEnds)
        return *m_flowsByEnds;
    m_flowsByEnds.emplace();
    const auto& flows = session().snapshot()->packets.flows;
    for (std::uint32_t i = 0; i < flows.size(); ++i) {
        Ends ends{flows[i].client.endpoint.text(), flows[i].server.endpoint.text()};
        if (ends.second < ends.first)
            std::swap(ends.first, ends.second);
        (*m_flowsByEnds)[ends].push_back(i);
    }
    return *m_flowsByEnds;
}

void SocketView::changeEvent(QEvent* event)
{
    View::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showChips();
}

QString SocketView::headline() const
{
    return m_headline->text();
}

QString SocketView::emptyText() const
{
    return m_pages->currentWidget() == m_empty ? m_empty->text() : QString{};
}

void SocketView::scheduleRefresh()
{
    if (!m_refreshTimer.isActive())
        m_refreshTimer.start();
}

/// Without a cursor the end of what is selected, or of the capture, is what is known last.
Time SocketView::wantedTime() const
{
    const Selection* selection = session().selection();
    if (selection->cursor())
        return *selection->cursor();
    if (selection->range())
        return selection->range()->end;
    return m_times.empty() ? Time{} : m_times.back();
}

void SocketView::refresh()
{
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot) {
        showNothing({}, tr("No capture is open."));
    } else if (!hasSockets(*snapshot)) {
        showNothing(tr("Sockets were not recorded in this capture."),
            tr("Sockets were not recorded in this capture. hindcast-record lists them at every tenth sample; the text "
               "of ss or netstat is read too."));
    } else if (m_times.empty()) {
        request(std::nullopt); // of listings without a clock there is one answer for every instant
        return;
    } else {
        const Time wanted = wantedTime();
        const auto after = std::upper_bound(m_times.begin(), m_times.end(), wanted);
        if (after != m_times.begin()) {
            request(*(after - 1));
            return;
        }
        const Time first = m_times.front();
        showNothing(tr("No listing yet at the cursor."),
            tr("Sockets were listed for the first time at %1 %2, %3 after the cursor.", "time zone, duration")
                .arg(session().zone().timeOfDay(first), session().zone().mark(first),
                    text::formatDuration(first - wanted)));
    }
    Q_EMIT refreshed();
}

void SocketView::request(std::optional<Time> listed)
{
    if (m_shown && *m_shown == listed) {
        m_job.drop();
        m_asked.reset();
        m_pages->setCurrentWidget(m_model->socketCount() == 0 ? static_cast<QWidget*>(m_empty) : m_table);
        writeHeadline();
        Q_EMIT refreshed();
        return;
    }
    if (m_asked && *m_asked == listed)
        return;
    m_asked = listed;
    m_job.request([snapshot = session().snapshot(), listed](const auto&) {
        return Listing{snapshot, listed, socketsAt(*snapshot, listed.value_or(Time{}))};
    });
}

void SocketView::showListing(Listing listing)
{
    m_asked.reset();
    if (listing.snapshot != session().snapshot())
        return;
    m_shown = listing.time;
    {
        const QScopedValueRollback guard(m_isShowingSelection, true);
        const int scrolled = m_table->verticalScrollBar()->value();
        m_model->setSockets(std::move(listing.sockets), listing.snapshot);
        showChips();
        m_table->verticalScrollBar()->setValue(scrolled);
    }
    showSelectedSocket();
    if (m_model->socketCount() == 0)
        m_empty->setText(tr("No socket was open when they were listed."));
    m_pages->setCurrentWidget(m_model->socketCount() == 0 ? static_cast<QWidget*>(m_empty) : m_table);
    writeHeadline();
    Q_EMIT refreshed();
}

void SocketView::showChips()
{
    const PlotColors colors = PlotColors::forPalette(palette());
    std::vector<ChipItem> items;
    for (const SocketModel::StateCount& count : m_model->stateCounts()) {
        ChipItem item;
        item.key = item.label = count.key;
        item.count = count.count;
        if (count.state) {
            item.letters = text::stateLetters(*count.state);
            item.color = colors.trace(stateTrace(*count.state));
            item.meaning = text::stateMeaning(*count.state);
        }
        items.push_back(item);
    }
    m_chips->setItems(items);
}

void SocketView::showNothing(const QString& headline, const QString& why)
{
    m_job.drop();
    m_asked.reset();
    m_shown.reset();
    m_model->clear();
    showChips();
    m_empty->setText(why);
    m_pages->setCurrentWidget(m_empty);
    m_headline->setText(headline);
    m_headline->setForegroundRole(QPalette::PlaceholderText);
}

void SocketView::writeHeadline()
{
    if (!m_shown)
        return;
    const auto all = static_cast<std::int64_t>(m_model->socketCount());
    QString sockets =
        text::plural(all, tr("1 socket"), tr("%1 sockets").arg(text::formatCount(static_cast<std::uint64_t>(all))));
    if (m_model->rowCount() != all)
        sockets = tr("%1 of %2", "shown of all")
                      .arg(text::formatCount(static_cast<std::uint64_t>(m_model->rowCount())), sockets);
    bool isStale = false;
    QString when = tr("listed at a time that was not recorded");
    if (const std::optional<Time>& listed = *m_shown) {
        when = tr("listed %1 %2", "time zone").arg(session().zone().timeOfDay(*listed), session().zone().mark(*listed));
        const Nanoseconds age = wantedTime() - *listed;
        if (age > Nanoseconds::zero())
            when += (session().selection()->cursor() ? tr(", %1 before the cursor")
                                                     : tr(", %1 before the end of the range"))
                        .arg(text::formatDuration(age));
        isStale = m_interval && *m_interval > Nanoseconds::zero() && age > 2 * *m_interval;
    }
    m_headline->setText(tr("%1, %2", "n sockets, when").arg(sockets, when));
    m_headline->setForegroundRole(isStale ? QPalette::PlaceholderText : QPalette::WindowText);
}

void SocketView::showSelectedSocket()
{
    const QScopedValueRollback guard(m_isShowingSelection, true);
    int row = m_selected.empty() ? -1 : m_model->rowOf(m_selected);
    const auto& flow = session().selection()->flow();
    const SnapshotPointer& snapshot = session().snapshot();
    if (row < 0 && flow && snapshot && *flow < snapshot->packets.flows.size()) {
        const Flow& chosen = snapshot->packets.flows[*flow];
        row = m_model->rowOfEnds(chosen.client.endpoint.text(), chosen.server.endpoint.text());
    }
    if (row < 0)
        m_table->selectionModel()->clear();
    else
        m_table->selectionModel()->setCurrentIndex(m_model->index(row, SocketModel::Protocol),
            QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void SocketView::chooseRow(int row)
{
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot || !m_shown)
        return;
    const QScopedValueRollback guard(m_isShowingSelection, true);
    m_selected = m_model->identityAt(row);
    const SocketFigures socket = m_model->socketAt(row);
    const Time time = m_shown->value_or(wantedTime());
    if (const auto flow = flowOf(socket, time))
        session().selection()->setFlow(flow);
    const auto blank = socket.process.rfind(' ');
    if (!socket.process.empty())
        if (const Entity* process = processWithPid(
                *snapshot, std::string_view(socket.process).substr(blank == std::string::npos ? 0 : blank + 1), time))
            session().selection()->setProcess(process->key);
}

std::optional<std::uint32_t> SocketView::flowOf(const SocketFigures& socket, Time time)
{
    Ends ends{plainEndpoint(socket.local), plainEndpoint(socket.remote)};
    if (ends.second < ends.first)
        std::swap(ends.first, ends.second);
    const FlowsByEnds& flows = flowsByEnds();
    const auto found = flows.find(ends);
    if (found == flows.end())
        return std::nullopt;
    // Ports are used again: the conversation is the last that had begun. One that had ended is still this socket's for
    // as long as TIME-WAIT may keep it (RFC 9293, section 3.4.1: 2 MSL; 60 s on Linux).
    constexpr auto timeWait = std::chrono::seconds{60};
    std::optional<std::uint32_t> latest;
    for (const std::uint32_t index : found->second) {
        const Flow& flow = session().snapshot()->packets.flows[index];
        const bool isOver = flow.close != CloseKind::Open && flow.range.end + timeWait < time;
        if (flow.range.begin <= time && !isOver)
            latest = index;
    }
    return latest;
}

} // namespace hindcast
