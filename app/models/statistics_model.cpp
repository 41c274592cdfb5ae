#include "models/statistics_model.h"

#include "text/format.h"

namespace hindcast {

void StatisticsModel::setRows(std::vector<TraceStatistics> rows)
{
    const bool hasSameShape = rows.size() == m_rows.size();
    if (!hasSameShape)
        beginResetModel();
    m_rows = std::move(rows);
    if (!hasSameShape)
        endResetModel();
    else if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int StatisticsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int StatisticsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QString StatisticsModel::cell(const TraceStatistics& row, int column)
{
    const auto value = [&](double number) { return text::formatValue(number, row.unit); };
    switch (column) {
    case Lane:
        return row.label.isEmpty() ? row.lane : tr("%1 \u00b7 %2", "lane · trace").arg(row.lane, row.label);
    case Minimum:
        return value(row.values.minimum);
    case Mean:
        return value(row.values.mean);
    case Median:
        return value(row.values.median);
    case P95:
        return value(row.values.p95);
    case Maximum:
        return value(row.values.maximum);
    case First:
        return value(row.values.first);
    case Last:
        return value(row.values.last);
    case Samples:
        return text::formatCount(row.values.samples);
    default:
        return {};
    }
}

QVariant StatisticsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const TraceStatistics& row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return cell(row, index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment((index.column() == Lane ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
    case Qt::ToolTipRole:
        if (index.column() == Samples && row.values.missing > 0)
            return tr("%1 measured, %2 missing")
                .arg(text::formatCount(row.values.samples), text::formatCount(row.values.missing));
        return {};
    default:
        return {};
    }
}

QVariant StatisticsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment((section == Lane ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
    if (role == Qt::ToolTipRole && section == P95)
        return tr("95 % of the samples are at or below this value");
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Lane:
        return tr("Lane");
    case Minimum:
        return tr("Min");
    case Mean:
        return tr("Mean");
    case Median:
        return tr("Median");
    case P95:
        return tr("p95");
    case Maximum:
        return tr("Max");
    case First:
        return tr("First");
    case Last:
        return tr("Last");
    default:
        return tr("Samples");
    }
}

} // namespace hindcast
