// StatisticsModel: smallest, mean, median, 95th percentile, largest, first and last value of every trace over a range
// of time. The figures are computed elsewhere (core) and handed in.
#pragma once

#include "model/series_math.h"

#include <QAbstractTableModel>

#include <memory>
#include <vector>

namespace hindcast {

/// The statistics of one trace of one lane.
struct TraceStatistics {
    QString lane, label;
    Unit unit = Unit::None;
    Statistics values;
};

class StatisticsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column : int { Lane, Minimum, Mean, Median, P95, Maximum, First, Last, Samples, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setRows(std::vector<TraceStatistics> rows);
    const std::vector<TraceStatistics>& rows() const { return m_rows; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    static QString cell(const TraceStatistics& row, int column);

    std::vector<TraceStatistics> m_rows;
};

} // namespace hindcast
