// MetricTreeModel: all gauges of the capture as a tree: group (first part of the metric name), metric, and one leaf per
// device, CPU or interface. A leaf can be checked; what that means is for its user to say.
#pragma once

#include "model/snapshot.h"

#include <QAbstractItemModel>

#include <functional>
#include <memory>
#include <vector>

namespace hindcast {

class MetricTreeModel : public QAbstractItemModel {
    Q_OBJECT

public:
    using IsShown = std::function<bool(const Series*)>;

    explicit MetricTreeModel(QObject* parent = nullptr);
    ~MetricTreeModel() override;

    void setSnapshot(std::shared_ptr<const Snapshot> snapshot);
    /// Asked for the check marks.
    void setIsShown(IsShown isShown);
    /// The answers of IsShown have changed.
    void refreshChecks();
    /// Null for a group.
    const Series* seriesAt(const QModelIndex& index) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void checkWanted(const hindcast::Series* series, bool isShown);

private:
    struct Node;
    const Node& nodeOf(const QModelIndex& index) const;
    void announceChecks(const QModelIndex& parent);

    std::shared_ptr<const Snapshot> m_snapshot;
    std::unique_ptr<Node> m_root;
    IsShown m_isShown;
};

} // namespace hindcast
