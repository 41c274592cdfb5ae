#include "views/metric_view.h"

#include "models/metric_tree_model.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QTreeView>
#include <QVBoxLayout>

namespace hindcast {

MetricView::MetricView(Session& session, QWidget* parent)
    : View(session, parent)
    , m_model(new MetricTreeModel(this))
    , m_filtered(new QSortFilterProxyModel(this))
    , m_filter(new QLineEdit(this))
    , m_tree(new QTreeView(this))
{
    m_model->setIsShown([this](const Series* series) { return this->session().lanes()->isShown(series); });
    m_filtered->setSourceModel(m_model);
    m_filtered->setRecursiveFilteringEnabled(true);
    m_filtered->setAutoAcceptChildRows(true);
    m_filtered->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_filter->setPlaceholderText(tr("Find a metric"));
    m_filter->setClearButtonEnabled(true);
    m_tree->setModel(m_filtered);
    m_tree->setHeaderHidden(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setUniformRowHeights(true);
    m_tree->setAccessibleName(tr("Metrics of the capture"));
    auto* defaults = new QPushButton(tr("Default lanes"), this);
    defaults->setToolTip(tr("Show the lanes the capture opened with"));

    auto* top = new QHBoxLayout;
    top->setContentsMargins(6, 6, 6, 6);
    top->addWidget(m_filter, 1);
    auto* bottom = new QHBoxLayout;
    bottom->setContentsMargins(6, 6, 6, 6);
    bottom->addWidget(defaults);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addWidget(m_tree, 1);
    layout->addLayout(bottom);

    connect(m_filter, &QLineEdit::textChanged, this, &MetricView::applyFilter);
    connect(defaults, &QPushButton::clicked, session.lanes(), &LaneSet::restoreDefaults);
    connect(session.lanes(), &LaneSet::lanesChanged, m_model, &MetricTreeModel::refreshChecks);
    connect(&session, &Session::snapshotChanged, this, &MetricView::showSnapshot);
    connect(m_model, &MetricTreeModel::checkWanted, this, [this](const Series* series, bool isShown) {
        if (isShown)
            this->session().lanes()->show(series);
        else
            this->session().lanes()->hide(series);
    });
    showSnapshot();
}

void MetricView::applyFilter(const QString& filter)
{
    m_filtered->setFilterFixedString(filter.trimmed());
    if (filter.trimmed().isEmpty())
        m_tree->collapseAll();
    else
        m_tree->expandAll();
}

void MetricView::showSnapshot()
{
    m_model->setSnapshot(session().snapshot());
    m_tree->expand(m_filtered->index(0, 0)); // one open group shows how the tree works
}

} // namespace hindcast
