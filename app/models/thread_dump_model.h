// ThreadDumpModel: the threads of one thread dump, filtered by state, pool and text. The dumps are put together
// elsewhere (core) and handed in.
#pragma once

#include "model/snapshot.h"
#include "model/thread_dump_figures.h"

#include <QAbstractTableModel>
#include <QStringList>

#include <memory>
#include <vector>

namespace hindcast {

/// The dumps of a capture with what is told by several of them; made off the GUI thread and then shared.
struct ThreadDumpSet {
    explicit ThreadDumpSet(std::shared_ptr<const Snapshot> of);

    std::shared_ptr<const Snapshot> snapshot; ///< first: the dumps are views into it
    ThreadDumps dumps;
    /// By process, dump and thread.
    std::vector<std::vector<std::vector<std::size_t>>> sameStackCounts;
};
using ThreadDumpSetPointer = std::shared_ptr<const ThreadDumpSet>;

class ThreadDumpModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column : int { Name, State, SameIn, Cpu, WaitsFor, HeldBy, Blocks, TopFrame, NativeId, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void clear();
    /// Places of the process and of its dump in the set.
    void showDump(const ThreadDumpSetPointer& set, std::size_t process, std::size_t dump);
    void setFilter(const QString& filter);
    void setStates(const QStringList& states); ///< empty = all
    void setPool(const QString& pool); ///< a poolName(); empty = all

    /// Null when nothing is shown.
    const ThreadDump* dump() const;
    const DumpedProcess* process() const;
    /// Null for a row that is not there.
    const DumpThread* threadAt(int row) const;
    std::size_t sameStackCountAt(int row) const;
    /// -1 when it is not among the rows.
    int rowOf(const std::string& threadKey) const;
    std::size_t threadCount() const { return dump() ? dump()->threads.size() : 0; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

private:
    void refill();
    bool isWanted(const DumpThread& thread) const;
    QString cell(std::size_t place, int column) const;
    /// What a column is sorted by where that is a number; NaN sorts last.
    double sortNumber(std::size_t place, int column) const;
    std::vector<std::size_t> sorted(std::vector<std::size_t> places) const;

    ThreadDumpSetPointer m_set;
    std::size_t m_process = 0, m_dump = 0;
    std::vector<double> m_cpuShares; ///< since the dump before, by place; NaN = not known
    std::vector<std::size_t> m_rows; ///< places of the threads shown
    QString m_filter, m_pool;
    QStringList m_states;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
};

} // namespace hindcast
