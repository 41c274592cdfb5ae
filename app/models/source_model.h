// SourceModel: every member of the capture: who read it, how many samples it gave, what was skipped and why. Trust in
// what the lanes show begins here.
#pragma once

#include "model/snapshot.h"

#include <QAbstractTableModel>

#include <memory>
#include <vector>

namespace hindcast {

class SourceModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column : int { Path, Source, Bytes, Samples, Skipped, Problem, ColumnCount };
    /// Number (or text) to sort by.
    static constexpr int sortRole = Qt::UserRole;

    using QAbstractTableModel::QAbstractTableModel;

    void setSnapshot(std::shared_ptr<const Snapshot> snapshot);
    /// Members with something skipped, denied or unread.
    static bool hasProblem(const MemberReport& member);
    /// A file that came by itself, in a folder or in a bundle: what the recorder wrote says itself what it is.
    static bool canBeReadAs(const MemberReport& member);
    /// Null for no row.
    const MemberReport* member(const QModelIndex& index) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    static QString cell(const MemberReport& member, int column);
    static QString problemText(const MemberReport& member);

    std::shared_ptr<const Snapshot> m_snapshot;
    std::vector<const MemberReport*> m_order; ///< members with a problem, then those that were read, then the rest
};

} // namespace hindcast
