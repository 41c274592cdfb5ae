#include "views/flow_list.h"

#include "text/format.h"

#include <QCheckBox>
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
    case FlowModel::Client:
    case FlowModel::Server:
        return 126;
    case FlowModel::Retransmissions:
        return 60;
    case FlowModel::Cause:
        return 110;
    case FlowModel::Start:
        return 104;
    case FlowModel::Close:
        return 110;
    default:
        return 80;
    }
}

} // namespace

FlowList::FlowList(QWidget* parent)
    : QWidget(parent)
    , m_model(new FlowModel(this))
    , m_table(new QTableView(this))
    , m_filter(new QLineEdit(this))
    , m_onlyInRange(new QCheckBox(tr("In range"), this))
    , m_count(new QLabel(this))
{
    m_filter->setPlaceholderText(tr("Filter: address, :port, retrans, rto, rst, failed, !fin"));
    m_filter->setToolTip(tr("<p>Words, all of which must fit: a part of an address, a port as <b>:443</b>, or what "
                            "happened: <b>retrans</b>, <b>rto</b>, <b>fast</b>, <b>tlp</b>, <b>syn</b>, <b>rst</b>, "
                            "<b>failed</b>, <b>refused</b>, <b>unanswered</b>, <b>open</b>, <b>half-closed</b>, "
                            "<b>zerowindow</b>, <b>outoforder</b>, <b>keepalive</b>, <b>midstream</b>.</p>"
                            "<p>A word after <b>!</b> must not fit.</p>"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setAccessibleName(tr("Filter of conversations"));
    m_onlyInRange->setToolTip(tr("Only conversations with a part in the range selected on the timeline"));
    m_onlyInRange->setEnabled(false);
    m_count->setForegroundRole(QPalette::PlaceholderText);
    createTable();

    auto* top = new QHBoxLayout;
    top->setContentsMargins(6, 4, 6, 4);
    top->addWidget(m_filter, 1);
    top->addWidget(m_onlyInRange);
    top->addWidget(m_count);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addWidget(m_table, 1);

    connect(m_filter, &QLineEdit::textChanged, this,
        [this](const QString& filter) { changeRows([&] { m_model->setFilter(filter); }); });
    connect(m_onlyInRange, &QCheckBox::toggled, this,
        [this](bool isOn) { changeRows([&] { m_model->setRange(isOn ? m_range : std::nullopt); }); });
}

void FlowList::createTable()
{
    m_table->setModel(m_model);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(FlowModel::Retransmissions, Qt::DescendingOrder);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setAccessibleName(tr("Conversations"));
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionsMovable(true);
    for (int column = 0; column < FlowModel::ColumnCount; ++column)
        m_table->setColumnWidth(column, widthOf(column));
    const auto want = [this](const QModelIndex& index) {
        if (!m_isMarking && index.isValid())
            Q_EMIT flowWanted(m_model->flowAt(index.row()));
    };
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, want);
    // The row may be marked already without having been chosen: then no current row changes.
    connect(m_table, &QTableView::clicked, this, want);
}

void FlowList::setSnapshot(const std::shared_ptr<const Snapshot>& snapshot)
{
    changeRows([&] { m_model->setSnapshot(snapshot); });
}

void FlowList::setRange(std::optional<TimeRange> range)
{
    m_range = range;
    m_onlyInRange->setEnabled(range.has_value());
    if (m_onlyInRange->isChecked())
        changeRows([&] { m_model->setRange(range); });
}

void FlowList::changeRows(const std::function<void()>& change)
{
    {
        const QScopedValueRollback guard(m_isMarking, true); // rows that go away must not choose another flow
        change();
    }
    countRows();
    showFlow(m_shown);
}

void FlowList::countRows()
{
    const auto all = m_model->flowCount();
    const auto shown = static_cast<std::size_t>(m_model->rowCount());
    m_count->setText(
        shown == all ? text::formatCount(all) : tr("%1 of %2").arg(text::formatCount(shown), text::formatCount(all)));
    m_count->setToolTip(tr("Conversations shown"));
}

void FlowList::showFlow(std::optional<std::uint32_t> flow)
{
    m_shown = flow;
    const QScopedValueRollback guard(m_isMarking, true);
    const int row = flow ? m_model->rowOf(*flow) : -1;
    if (row < 0) {
        m_table->selectionModel()->clear();
        return;
    }
    // The column stays: a jump sideways would move the table under the user's eyes.
    const int column = std::max(0, m_table->currentIndex().column());
    m_table->selectionModel()->setCurrentIndex(
        m_model->index(row, column), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_table->scrollTo(m_model->index(row, column));
}

std::optional<std::uint32_t> FlowList::neighbour(int step) const
{
    if (m_model->rowCount() == 0)
        return std::nullopt;
    const int row = m_shown ? m_model->rowOf(*m_shown) : -1;
    const int wanted = row < 0 ? 0 : row + step;
    if (wanted < 0 || wanted >= m_model->rowCount())
        return std::nullopt;
    return m_model->flowAt(wanted);
}

} // namespace hindcast
