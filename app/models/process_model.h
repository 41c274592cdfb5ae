// ProcessModel: the table of processes at an instant or over a range of time. Wraps the figures core computed; sorts
// and filters itself, because a thousand rows follow the cursor.
#pragma once

#include "model/process.h"
#include "text/zone.h"

#include <QAbstractTableModel>

#include <memory>
#include <string>
#include <vector>

namespace hindcast {

class ProcessModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum class Span : std::uint8_t { Instant, Range };
    enum Column : int {
        Pid,
        Command,
        State,
        Cpu,
        User,
        System,
        MaximumCpu, ///< range only
        Resident,
        ResidentDelta, ///< range only
        Virtual,
        Threads,
        MinorFaults,
        MajorFaults,
        CpuTime,
        Started,
        ColumnCount
    };

    explicit ProcessModel(QObject* parent = nullptr);

    /// The entities behind `figures` live as long as `owner`.
    void setFigures(std::vector<ProcessFigures> figures, Span span, std::shared_ptr<const Snapshot> owner);
    void clear();
    /// Shows only processes whose pid, name or command line contains the text.
    void setFilter(const QString& filter);
    /// In which times of day are shown.
    void setZone(const text::Zone& zone);
    Span shownSpan() const { return m_span; }
    bool isColumnOfSpan(int column) const;

    /// Row of the process with that key; -1 when it is not shown.
    int rowOf(const std::string& key) const;
    std::string keyAt(int row) const;
    std::size_t processCount() const { return m_all.size(); }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

private:
    QString cell(const ProcessFigures& figures, int column) const;
    QString startText(const ProcessFigures& figures) const;
    QString tip(const ProcessFigures& figures) const;
    bool passesFilter(const ProcessFigures& figures) const;
    bool isBefore(const ProcessFigures& a, const ProcessFigures& b) const;
    /// Filtered and sorted rows of m_all.
    std::vector<ProcessFigures> arranged() const;
    /// Brings the rows to `wanted` with the smallest signals: selection and scroll position stay with their processes.
    void rearrange(std::vector<ProcessFigures> wanted);

    std::shared_ptr<const Snapshot> m_owner;
    std::vector<ProcessFigures> m_all;
    std::vector<ProcessFigures> m_rows;
    Span m_span = Span::Instant;
    QString m_filter;
    text::Zone m_zone;
    int m_sortColumn = Cpu;
    Qt::SortOrder m_sortOrder = Qt::DescendingOrder;
};

} // namespace hindcast
