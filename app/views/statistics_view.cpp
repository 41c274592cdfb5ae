#include "views/statistics_view.h"

#include "text/format.h"

#include <QHeaderView>
#include <QLabel>
#include <QTableView>
#include <QVBoxLayout>

#include <atomic>
#include <thread>

namespace hindcast {

namespace {

/// A selection on screen means both of its ends.
constexpr int rowHeight = 22;

} // namespace

std::vector<TraceStatistics> statisticsOf(
    const std::vector<Lane>& lanes, TimeRange range, const std::function<bool()>& isStale)
{
    std::vector<const Series*> series;
    std::vector<TraceStatistics> rows;
    for (const Lane& lane : lanes) {
        for (const Trace& trace : lane.traces) {
            series.push_back(trace.series);
            rows.push_back({lane.title, trace.label, trace.series->unit, {}});
        }
        if (lane.outline) {
            series.push_back(lane.outline->series);
            rows.push_back({lane.title, lane.outline->label, lane.outline->series->unit, {}});
        }
    }
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < rows.size() && !isStale(); i = next++)
            rows[i].values = statistics(*series[i], range);
    };
    {
        const std::jthread second(work);
        work();
    }
    return rows;
}

StatisticsView::StatisticsView(Session& session, QWidget* parent)
    : View(session, parent)
    , m_model(new StatisticsModel(this))
    , m_table(new QTableView(this))
    , m_headline(new QLabel(this))
    , m_job(this, [this](Figures figures) { show(std::move(figures)); })
{
    m_headline->setContentsMargins(8, 6, 8, 6);
    m_table->setModel(m_model);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultSectionSize(96);
    m_table->horizontalHeader()->setSectionResizeMode(StatisticsModel::Lane, QHeaderView::Stretch);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_headline);
    layout->addWidget(m_table, 1);

    m_refreshTimer.setSingleShot(true);
    m_refreshTimer.setInterval(30);
    connect(&m_refreshTimer, &QTimer::timeout, this, &StatisticsView::refresh);
    connect(session.selection(), &Selection::rangeChanged, this, &StatisticsView::scheduleRefresh);
    connect(session.timeView(), &TimeView::visibleChanged, this, [this] {
        if (!this->session().selection()->range())
            scheduleRefresh();
    });
    connect(session.lanes(), &LaneSet::lanesChanged, this, &StatisticsView::scheduleRefresh);
    connect(&session, &Session::zoneChanged, this, &StatisticsView::writeHeadline);
    refresh();
}

StatisticsView::~StatisticsView() = default;

TimeRange StatisticsView::range() const
{
    return session().selection()->range().value_or(session().timeView()->visible());
}

void StatisticsView::scheduleRefresh()
{
    if (!m_refreshTimer.isActive())
        m_refreshTimer.start();
}

void StatisticsView::refresh()
{
    writeHeadline();
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot) {
        m_job.drop();
        m_model->setRows({});
        return;
    }
    m_job.request([lanes = session().lanes()->lanes(), snapshot, range = range()](const auto& isStale) {
        return Figures{statisticsOf(lanes, range, isStale), snapshot, range};
    });
}

void StatisticsView::show(Figures figures)
{
    if (figures.snapshot != session().snapshot() || figures.range != range())
        return;
    m_model->setRows(std::move(figures.rows));
    Q_EMIT refreshed();
}

void StatisticsView::writeHeadline()
{
    if (!session().snapshot()) {
        m_headline->setText(tr("No capture is open."));
        m_headline->setForegroundRole(QPalette::PlaceholderText);
        return;
    }
    m_headline->setForegroundRole(QPalette::WindowText);
    const QString times = session().zone().rangeText(range());
    const QString zone = session().zone().mark(range().begin);
    const QString length = text::formatDuration(range().duration());
    if (session().selection()->range())
        m_headline->setText(tr("Selected range: %1 %2 (%3)", "range zone (length)").arg(times, zone, length));
    else
        m_headline->setText(tr("On screen: %1 %2 (%3). Drag over the lanes to select a range.", "range zone (length)")
                                .arg(times, zone, length));
}

} // namespace hindcast
