// NoteModel: what the reading has to say about the capture: lost, cut or assumed things, most serious first.
#pragma once

#include "model/snapshot.h"

#include <QAbstractListModel>

#include <memory>
#include <vector>

namespace hindcast {

class NoteModel : public QAbstractListModel {
    Q_OBJECT

public:
    using QAbstractListModel::QAbstractListModel;

    void setSnapshot(std::shared_ptr<const Snapshot> snapshot);
    /// One note as a sentence with its place.
    static QString noteText(const ImportNote& note);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    std::shared_ptr<const Snapshot> m_snapshot;
    std::vector<const ImportNote*> m_order;
};

} // namespace hindcast
