#include "views/process_view.h"

#include "model/series_math.h"
#include "models/process_model.h"
#include "plots/pixel_index.h"
#include "text/format.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScopedValueRollback>
#include <QTableView>
#include <QVBoxLayout>

namespace hindcast {

namespace {

constexpr int rowHeight = 22;

int widthOf(int column)
{
    switch (column) {
    case ProcessModel::Pid:
        return 72;
    case ProcessModel::Command:
        return 300;
    case ProcessModel::State:
    case ProcessModel::Threads:
        return 66;
    case ProcessModel::Started:
        return 140;
    case ProcessModel::ResidentDelta:
    case ProcessModel::Resident:
    case ProcessModel::Virtual:
        return 92;
    default:
        return 78;
    }
}

} // namespace

ProcessView::ProcessView(Session& session, QWidget* parent)
    : View(session, parent)
    , m_model(new ProcessModel(this))
    , m_table(new QTableView(this))
    , m_headline(new QLabel(this))
    , m_filter(new QLineEdit(this))
    , m_rangeJob(this, [this](RangeFigures result) { showRange(std::move(result)); })
{
    m_filter->setPlaceholderText(tr("Filter by name, command line or pid"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaximumWidth(320);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& filter) {
        m_isShowingSelection = true; // rows that go away must not choose another process
        m_model->setFilter(filter);
        m_isShowingSelection = false;
        showSelectedProcess();
    });
    createTable();

    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 6, 8, 6);
    top->addWidget(m_headline, 1);
    top->addWidget(m_filter, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addWidget(m_table, 1);

    m_refreshTimer.setSingleShot(true);
    m_refreshTimer.setInterval(16);
    connect(&m_refreshTimer, &QTimer::timeout, this, &ProcessView::refresh);
    connectSession();
    refresh();
}

ProcessView::~ProcessView() = default;

void ProcessView::createTable()
{
    m_table->setModel(m_model);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(ProcessModel::Cpu, Qt::DescendingOrder);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionsMovable(true);
    for (int column = 0; column < ProcessModel::ColumnCount; ++column)
        m_table->setColumnWidth(column, widthOf(column));
    m_table->horizontalHeader()->setSectionResizeMode(ProcessModel::Command, QHeaderView::Stretch);
    showColumnsOfSpan();
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
        if (!m_isShowingSelection && row.isValid())
            session().selection()->setProcess(m_model->keyAt(row.row()));
    });
}

void ProcessView::connectSession()
{
    Selection* selection = session().selection();
    connect(selection, &Selection::cursorChanged, this, &ProcessView::scheduleRefresh);
    connect(selection, &Selection::rangeChanged, this, &ProcessView::scheduleRefresh);
    connect(selection, &Selection::processChanged, this, &ProcessView::showSelectedProcess);
    connect(&session(), &Session::snapshotChanged, this, [this] {
        m_rangeJob.drop();
        m_model->clear();
        scheduleRefresh();
    });
    connect(&session(), &Session::zoneChanged, this, [this] {
        m_model->setZone(session().zone());
        scheduleRefresh();
    });
}

QString ProcessView::headline() const
{
    return m_headline->text();
}

void ProcessView::scheduleRefresh()
{
    if (!m_refreshTimer.isActive())
        m_refreshTimer.start();
}

void ProcessView::refresh()
{
    m_rangeJob.drop();
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot) {
        writeHeadline(tr("No capture is open."), true);
        return;
    }
    const TimeColumn times = processTimes(*snapshot);
    if (!times || times->empty()) {
        m_model->clear();
        writeHeadline(tr("Processes were not recorded in this capture."), true);
        Q_EMIT refreshed();
        return;
    }
    if (const auto& range = session().selection()->range())
        requestRange(*range);
    else
        // Without a cursor the end of the capture is what is known last.
        showInstant(*snapshot, session().selection()->cursor().value_or(times->back()));
}

void ProcessView::showInstant(const Snapshot& snapshot, Time time)
{
    const auto tick = processTickAt(snapshot, time);
    if (!tick) {
        m_model->setFigures({}, ProcessModel::Span::Instant, session().snapshot());
        writeHeadline(tr("Processes were not sampled yet at that time."), true);
        Q_EMIT refreshed();
        return;
    }
    const TimeColumn times = processTimes(snapshot);
    const Time sampled = (*times)[*tick];
    {
        const QScopedValueRollback guard(m_isShowingSelection, true);
        m_model->setFigures(processesAt(snapshot, *tick), ProcessModel::Span::Instant, session().snapshot());
    }
    showColumnsOfSpan();
    showSelectedProcess();

    const Nanoseconds age = time - sampled;
    const auto interval = usualInterval(times).value_or(Nanoseconds::zero());
    const QString at =
        session().zone().timeOfDay(sampled, text::fractionDigitsFor(std::min(interval, Nanoseconds{1'000'000'000})));
    const int count = static_cast<int>(m_model->processCount());
    const QString processes = text::plural(count, tr("1 process"), tr("%n processes", nullptr, count));
    // The cursor stands on a sample of its lane; other sources are read a few milliseconds before or after.
    if (age < std::max(interval / 20, Nanoseconds{1}))
        writeHeadline(
            tr("%1 at %2 %3", "n processes at time zone").arg(processes, at, session().zone().mark(sampled)), false);
    else
        writeHeadline(tr("%1 at %2 %3 (%4 old)", "n processes at time zone (age old)")
                          .arg(processes, at, session().zone().mark(sampled), text::formatDuration(age)),
            interval > Nanoseconds::zero() && age > 2 * interval);
    Q_EMIT refreshed();
}

void ProcessView::requestRange(TimeRange range)
{
    m_rangeJob.request([snapshot = session().snapshot(), range](const auto&) {
        RangeFigures result;
        result.snapshot = snapshot;
        result.range = range;
        const auto end = processTickAt(*snapshot, range.end);
        if (end)
            result.figures = processesOver(*snapshot, processTickAt(*snapshot, range.begin).value_or(0), *end);
        return result;
    });
}

void ProcessView::showRange(RangeFigures result)
{
    if (result.snapshot != session().snapshot() || session().selection()->range() != result.range)
        return;
    {
        const QScopedValueRollback guard(m_isShowingSelection, true);
        m_model->setFigures(std::move(result.figures), ProcessModel::Span::Range, result.snapshot);
    }
    showColumnsOfSpan();
    showSelectedProcess();
    const int count = static_cast<int>(m_model->processCount());
    writeHeadline(tr("%1 over %2 %3 (%4)", "n processes over range zone (length)")
                      .arg(text::plural(count, tr("1 process"), tr("%n processes", nullptr, count)),
                          session().zone().rangeText(result.range), session().zone().mark(result.range.begin),
                          text::formatDuration(result.range.duration())),
        false);
    Q_EMIT refreshed();
}

void ProcessView::showColumnsOfSpan()
{
    for (int column = 0; column < ProcessModel::ColumnCount; ++column)
        m_table->setColumnHidden(column, !m_model->isColumnOfSpan(column));
}

void ProcessView::showSelectedProcess()
{
    const QScopedValueRollback guard(m_isShowingSelection, true);
    const int row = m_model->rowOf(session().selection()->process());
    if (row < 0)
        m_table->selectionModel()->clear();
    else
        m_table->selectionModel()->setCurrentIndex(
            m_model->index(row, ProcessModel::Pid), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void ProcessView::writeHeadline(const QString& text, bool isStale)
{
    m_headline->setText(text);
    m_headline->setForegroundRole(isStale ? QPalette::PlaceholderText : QPalette::WindowText);
}

} // namespace hindcast
