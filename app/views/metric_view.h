// MetricView: all metrics of the capture as a tree; a check mark puts one on the timeline as a lane.
#pragma once

#include "views/view.h"

class QLineEdit;
class QSortFilterProxyModel;
class QTreeView;

namespace hindcast {

class MetricTreeModel;

class MetricView : public View {
    Q_OBJECT

public:
    MetricView(Session& session, QWidget* parent);

    QString title() const override { return tr("Metrics"); }
    MetricTreeModel* model() const { return m_model; }

private:
    void applyFilter(const QString& filter);
    void showSnapshot();

    MetricTreeModel* m_model;
    QSortFilterProxyModel* m_filtered;
    QLineEdit* m_filter;
    QTreeView* m_tree;
};

} // namespace hindcast
