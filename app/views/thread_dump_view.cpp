#include "views/thread_dump_view.h"

#include "base/text_scanner.h"
#include "plots/plot_colors.h"
#include "text/format.h"
#include "widgets/chip_row.h"

#include <QComboBox>
#include <QEvent>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace hindcast {

namespace {

constexpr int rowHeight = 22;

struct StateLook {
    const char* state;
    const char* letters;
    TraceColor color;
};
/// What deserves a look first.
constexpr std::array stateLooks{
    StateLook{"BLOCKED", "B", TraceColor::Vermilion},
    StateLook{"RUNNABLE", "R", TraceColor::Green},
    StateLook{"WAITING", "W", TraceColor::Blue},
    StateLook{"TIMED_WAITING", "T", TraceColor::Sky},
};

int widthOf(int column)
{
    switch (column) {
    case ThreadDumpModel::Name:
        return 160;
    case ThreadDumpModel::State:
        return 112;
    case ThreadDumpModel::WaitsFor:
    case ThreadDumpModel::HeldBy:
        return 110;
    case ThreadDumpModel::TopFrame:
        return 320;
    default:
        return 62;
    }
}

std::size_t countOf(const ThreadDump& dump, std::string_view state)
{
    return static_cast<std::size_t>(std::count_if(
        dump.threads.begin(), dump.threads.end(), [state](const DumpThread& thread) { return thread.state == state; }));
}

} // namespace

ThreadDumpView::ThreadDumpView(Session& session, QWidget* parent)
    : View(session, parent)
    , m_model(new ThreadDumpModel(this))
    , m_list(new QListWidget(this))
    , m_table(new QTableView(this))
    , m_stack(new QPlainTextEdit(this))
    , m_pages(new QStackedWidget(this))
    , m_headline(new QLabel(this))
    , m_empty(new QLabel(this))
    , m_filter(new QLineEdit(this))
    , m_pools(new QComboBox(this))
    , m_chips(new ChipRow(this))
    , m_split(new QSplitter(Qt::Horizontal, this))
    , m_job(this, [this](ThreadDumpSetPointer set) { showSet(std::move(set)); })
{
    m_filter->setPlaceholderText(tr("Filter by name, frame or lock"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaximumWidth(260);
    m_filter->setAccessibleName(tr("Filter threads"));
    m_pools->setAccessibleName(tr("Pool of threads"));
    m_pools->setToolTip(tr("Show only the threads of one pool"));
    m_pools->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_empty->setMargin(16);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setAccessibleName(tr("Thread dumps"));
    m_list->setUniformItemSizes(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setMinimumWidth(120);
    m_stack->setReadOnly(true);
    m_stack->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_stack->setFrameShape(QFrame::NoFrame);
    m_stack->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_stack->setAccessibleName(tr("Stack of the chosen thread"));
    createTable();
    m_split->addWidget(m_list);
    m_split->addWidget(m_table);
    m_split->addWidget(m_stack);
    m_split->setChildrenCollapsible(false);
    m_split->setStretchFactor(1, 3);
    m_split->setStretchFactor(2, 2);
    m_split->setSizes({250, 620, 410});
    m_pages->addWidget(m_split);
    m_pages->addWidget(m_empty);

    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 6, 8, 6);
    top->setSpacing(8);
    top->addWidget(m_headline, 2);
    top->addWidget(m_chips, 3);
    top->addWidget(m_pools);
    top->addWidget(m_filter, 2);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addWidget(m_pages, 1);

    m_refreshTimer.setSingleShot(true);
    m_refreshTimer.setInterval(16);
    connect(&m_refreshTimer, &QTimer::timeout, this, &ThreadDumpView::followCursor);
    connectSession();
    readSnapshot();
}

ThreadDumpView::~ThreadDumpView() = default;

void ThreadDumpView::createTable()
{
    m_table->setModel(m_model);
    QHeaderView* header = m_table->horizontalHeader();
    // No column to begin with: who holds up others stands first. A third click on a title brings that back.
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
    m_table->setAccessibleName(tr("Threads of the dump"));
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    header->setHighlightSections(false);
    header->setSectionsMovable(true);
    for (int column = 0; column < ThreadDumpModel::ColumnCount; ++column)
        m_table->setColumnWidth(column, widthOf(column));
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
        if (m_isShowing || !row.isValid())
            return;
        m_selected = threadKey(*m_model->threadAt(row.row()));
        showThread();
    });
}

void ThreadDumpView::connectSession()
{
    const auto filtered = [this](const auto& apply) {
        {
            const QScopedValueRollback guard(m_isShowing, true);
            apply();
        }
        showThread();
        writeHeadline();
    };
    connect(m_filter, &QLineEdit::textChanged, this,
        [this, filtered](const QString& filter) { filtered([&] { m_model->setFilter(filter); }); });
    connect(m_chips, &ChipRow::checkedKeysChanged, this,
        [this, filtered] { filtered([this] { m_model->setStates(m_chips->checkedKeys()); }); });
    connect(m_pools, &QComboBox::currentIndexChanged, this, [this, filtered] {
        if (!m_isShowing)
            filtered([this] { m_model->setPool(m_pools->currentData().toString()); });
    });
    connect(m_list, &QListWidget::currentRowChanged, this, [this](int row) {
        if (m_isShowing || row < 0 || static_cast<std::size_t>(row) >= m_places.size())
            return;
        const Place place = m_places[static_cast<std::size_t>(row)];
        showDump(place);
        const ThreadDump& dump = m_set->dumps.processes()[place.first].dumps[place.second];
        if (dump.clock == session().snapshot()->clock)
            session().selection()->setCursor(dump.time);
    });
    connect(session().selection(), &Selection::cursorChanged, this, [this] {
        if (!m_refreshTimer.isActive())
            m_refreshTimer.start();
    });
    connect(&session(), &Session::snapshotChanged, this, &ThreadDumpView::readSnapshot);
    connect(&session(), &Session::zoneChanged, this, [this] {
        fillList();
        writeHeadline();
    });
}

void ThreadDumpView::changeEvent(QEvent* event)
{
    View::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showChips();
}

QString ThreadDumpView::headline() const
{
    return m_headline->text();
}

QString ThreadDumpView::stackText() const
{
    return m_stack->toPlainText();
}

QString ThreadDumpView::emptyText() const
{
    return m_pages->currentWidget() == m_empty ? m_empty->text() : QString{};
}

void ThreadDumpView::readSnapshot()
{
    m_job.drop();
    {
        const QScopedValueRollback guard(m_isShowing, true);
        m_model->clear();
        m_list->clear();
        m_pools->clear();
    }
    m_set.reset();
    m_places.clear();
    m_shown.reset();
    m_stack->clear();
    m_pages->setCurrentWidget(m_empty);
    showChips();
    writeHeadline();
    const SnapshotPointer& snapshot = session().snapshot();
    m_pools->hide();
    m_filter->setEnabled(false);
    if (!snapshot) {
        m_empty->setText(tr("No capture is open."));
    } else if (!hasThreadDumps(*snapshot)) {
        m_empty->setText(
            tr("There are no thread dumps of Java processes in this capture. hindcast-record asks for them "
               "at a trigger and at the end; the text of jstack and jcmd Thread.print is read too."));
    } else {
        m_empty->setText(tr("Reading the thread dumps…"));
        m_job.request([snapshot](const auto&) { return std::make_shared<const ThreadDumpSet>(snapshot); });
        return;
    }
    Q_EMIT refreshed();
}

void ThreadDumpView::showSet(ThreadDumpSetPointer set)
{
    if (set->snapshot != session().snapshot())
        return;
    m_set = std::move(set);
    m_pages->setCurrentWidget(m_split);
    m_filter->setEnabled(true);
    fillList();
    followCursor();
}

QString ThreadDumpView::dumpText(const ThreadDump& dump) const
{
    const int count = static_cast<int>(dump.threads.size());
    const QString threads = text::plural(count, tr("1 thread"), tr("%n threads", nullptr, count));
    const QString at = dump.clock == Clock::Wall ? session().zone().timeOfDay(dump.time) : text::fromBytes(dump.member);
    const std::size_t blocked = countOf(dump, "BLOCKED");
    QString line = blocked > 0
        ? tr("%1  %2, %3 blocked", "time  n threads, n blocked").arg(at, threads, text::formatCount(blocked))
        : tr("%1  %2", "time  n threads").arg(at, threads);
    return dump.deadlocks.empty() ? line : tr("%1, deadlock").arg(line);
}

void ThreadDumpView::fillList()
{
    if (!m_set)
        return;
    const QScopedValueRollback guard(m_isShowing, true);
    m_list->clear();
    m_places.clear();
    const auto& processes = m_set->dumps.processes();
    for (std::size_t process = 0; process < processes.size(); ++process)
        for (std::size_t dump = 0; dump < processes[process].dumps.size(); ++dump) {
            QString line = dumpText(processes[process].dumps[dump]);
            if (processes.size() > 1)
                line = tr("%1: %2", "process: dump")
                           .arg(processes[process].pid.empty() ? tr("JVM %1").arg(process + 1)
                                                               : text::fromBytes(processes[process].pid),
                               line);
            auto* item = new QListWidgetItem(line, m_list);
            item->setToolTip(text::fromBytes(processes[process].virtualMachine));
            if (!processes[process].dumps[dump].deadlocks.empty())
                item->setForeground(PlotColors::forPalette(palette()).level(SpanLevel::Critical));
            m_places.push_back({process, dump});
        }
}

/// The last dump at or before the cursor, of the process that is shown; before its first one the first.
ThreadDumpView::Place ThreadDumpView::placeAtCursor() const
{
    const auto& cursor = session().selection()->cursor();
    const std::size_t process = m_shown ? m_shown->first : 0;
    const auto& dumps = m_set->dumps.processes()[process].dumps;
    if (m_shown && (!cursor || dumps[m_shown->second].clock != session().snapshot()->clock))
        return *m_shown;
    std::size_t place = dumps.size() - 1;
    while (cursor && place > 0 && dumps[place].time > *cursor)
        --place;
    return {process, place};
}

void ThreadDumpView::followCursor()
{
    if (!m_set)
        return;
    showDump(placeAtCursor());
    Q_EMIT refreshed();
}

void ThreadDumpView::showDump(Place place)
{
    if (m_shown != place) {
        const QScopedValueRollback guard(m_isShowing, true);
        m_shown = place;
        m_model->showDump(m_set, place.first, place.second);
        showPools();
        showChips();
    }
    {
        const QScopedValueRollback guard(m_isShowing, true);
        const auto row = std::find(m_places.begin(), m_places.end(), place) - m_places.begin();
        m_list->setCurrentRow(static_cast<int>(row));
    }
    showThread();
    writeHeadline();
}

void ThreadDumpView::showPools()
{
    const QString chosen = m_pools->currentData().toString();
    m_pools->clear();
    m_pools->addItem(tr("All pools"), QString());
    for (const ThreadPool& pool : threadPools(m_set->dumps, *m_model->dump()))
        if (pool.threads.size() > 1) {
            const QString name = text::fromBytes(pool.name);
            m_pools->addItem(tr("%1 (%2)", "pool (threads)").arg(name, text::formatCount(pool.threads.size())), name);
        }
    const int place = chosen.isEmpty() ? 0 : m_pools->findData(chosen);
    m_pools->setCurrentIndex(std::max(place, 0));
    m_model->setPool(m_pools->currentData().toString());
    m_pools->setVisible(m_pools->count() > 1);
}

void ThreadDumpView::showChips()
{
    std::vector<ChipItem> items;
    const PlotColors colors = PlotColors::forPalette(palette());
    if (const ThreadDump* dump = m_model->dump())
        for (const StateLook& look : stateLooks)
            if (const std::size_t count = countOf(*dump, look.state); count > 0) {
                const QString state = QLatin1String(look.state);
                items.push_back({state, state, QLatin1String(look.letters), colors.trace(look.color), {}, count, {}});
            }
    m_chips->setItems(items);
    m_model->setStates(m_chips->checkedKeys());
}

void ThreadDumpView::showThread()
{
    const QScopedValueRollback guard(m_isShowing, true);
    int row = m_model->rowOf(m_selected);
    if (row < 0 && m_selected.empty() && m_model->rowCount() > 0)
        row = 0; // something to see before anything was chosen
    if (row < 0) {
        m_table->selectionModel()->clear();
        m_stack->clear();
        return;
    }
    m_table->selectionModel()->setCurrentIndex(
        m_model->index(row, 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_table->scrollTo(m_model->index(row, 0));
    m_stack->setPlainText(threadText(*m_model->threadAt(row), m_model->sameStackCountAt(row)));
}

/// The stack as the VM prints it, the locks below the frames that hold them.
QString ThreadDumpView::threadText(const DumpThread& thread, std::size_t sameIn) const
{
    const auto bytes = [](std::string_view text) { return text::fromBytes(text); };
    QString out = bytes(thread.name);
    out += QLatin1Char('\n') + bytes(thread.state);
    if (!thread.stateReason.empty())
        out += QStringLiteral(" (%1)").arg(bytes(thread.stateReason));
    if (sameIn > 1) {
        const int count = static_cast<int>(sameIn);
        out += QLatin1Char('\n') + tr("in the same place in %n dumps", nullptr, count);
    }
    if (thread.blocker)
        out += QLatin1Char('\n') + tr("held up by %1").arg(bytes(m_model->dump()->threads[*thread.blocker].name));
    if (thread.blocked > 0)
        out += QLatin1Char('\n')
            + text::plural(static_cast<int>(thread.blocked), tr("1 thread waits for it"),
                tr("%n threads wait for it", nullptr, static_cast<int>(thread.blocked)));
    out += QLatin1Char('\n');
    auto rest = m_set->dumps.frames(thread.stack);
    std::size_t above = 0;
    for (std::string_view frame; nextLine(rest, frame);) {
        out += QStringLiteral("\n%1").arg(bytes(frame));
        ++above;
        if (above == 1 && !thread.wait.empty())
            out += QStringLiteral("\n    – %1")
                       .arg(tr("waits for %1 %2", "class address")
                                .arg(bytes(thread.waitsForClass), bytes(thread.waitsFor)));
        for (const HeldLock& lock : thread.holds)
            if (lock.frame == above)
                out += QStringLiteral("\n    – %1")
                           .arg(tr("holds %1 %2", "class address").arg(bytes(lock.className), bytes(lock.address)));
    }
    for (const HeldLock& lock : thread.holds)
        if (!lock.frame)
            out += QStringLiteral("\n– %1").arg(
                tr("holds %1 %2", "class address").arg(bytes(lock.className), bytes(lock.address)));
    if (!thread.carriedStack.empty())
        out += QStringLiteral("\n\n%1\n%2")
                   .arg(tr("Virtual thread #%1").arg(thread.carries.value_or(0)),
                       bytes(m_set->dumps.frames(thread.carriedStack)));
    return out;
}

void ThreadDumpView::writeHeadline()
{
    const ThreadDump* dump = m_model->dump();
    if (!dump) {
        m_headline->clear();
        return;
    }
    const int count = static_cast<int>(m_model->rowCount());
    const QString threads = text::plural(count, tr("1 thread"), tr("%n threads", nullptr, count));
    const QString deadlock = dump->deadlocks.empty() ? QString() : tr(" – DEADLOCK");
    if (dump->clock == Clock::Wall)
        m_headline->setText(tr("%1 at %2 %3", "n threads at time zone")
                                .arg(threads, session().zone().timeOfDay(dump->time), session().zone().mark(dump->time))
            + deadlock);
    else
        m_headline->setText(threads + deadlock);
}

} // namespace hindcast
