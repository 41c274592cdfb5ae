// FlowList: the table of conversations with its filter and the switch that keeps it to the selected range. Part of the
// conversation view.
#pragma once

#include "models/flow_model.h"

#include <QWidget>

#include <functional>

class QCheckBox;
class QLabel;
class QLineEdit;
class QTableView;

namespace hindcast {

class FlowList : public QWidget {
    Q_OBJECT

public:
    explicit FlowList(QWidget* parent);

    FlowModel* model() const { return m_model; }
    QTableView* table() const { return m_table; }
    void setSnapshot(const std::shared_ptr<const Snapshot>& snapshot);
    /// The selected range; it narrows the list only while the switch is on.
    void setRange(std::optional<TimeRange> range);
    void setZone(const text::Zone& zone) { m_model->setZone(zone); }
    /// Marks that flow without choosing it.
    void showFlow(std::optional<std::uint32_t> flow);
    /// The flow `step` rows below the one that is marked; the first when none is.
    std::optional<std::uint32_t> neighbour(int step) const;

Q_SIGNALS:
    void flowWanted(std::uint32_t flow);

private:
    void createTable();
    void changeRows(const std::function<void()>& change);
    void countRows();

    FlowModel* m_model;
    QTableView* m_table;
    QLineEdit* m_filter;
    QCheckBox* m_onlyInRange;
    QLabel* m_count;
    std::optional<TimeRange> m_range;
    std::optional<std::uint32_t> m_shown;
    bool m_isMarking = false; ///< the current row changes without the user
};

} // namespace hindcast
