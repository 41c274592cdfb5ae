// LaneSet: which lanes the timeline shows, in which order. Starts with those every capture should be looked at by
// (utilisation, saturation, errors of CPU, memory, disk, network), as far as the capture has them; the user adds and
// removes.
#pragma once

#include "loader.h"
#include "plots/lane.h"

#include <QObject>

#include <vector>

namespace hindcast {

class LaneSet : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    enum class Keep { Nothing, Choice };
    /// `Keep::Choice`: another load of the same capture; the lanes the user chose stay.
    void setSnapshot(const SnapshotPointer& snapshot, Keep keep);

    const SnapshotPointer& snapshot() const { return m_snapshot; }
    const std::vector<Lane>& lanes() const { return m_lanes; }
    bool isShown(const Series* series) const;

    /// Adds a lane for that series at the end.
    void show(const Series* series);
    /// Shows it if it is not, and asks for its lane to be brought into sight.
    void reveal(const Series* series);
    /// Removes the series from every lane it is in, and lanes that become empty.
    void hide(const Series* series);
    void remove(const QString& laneId);
    void restoreDefaults();

Q_SIGNALS:
    void lanesChanged();
    /// Index of a lane that should be in sight.
    void laneWanted(std::size_t lane);

private:
    SnapshotPointer m_snapshot;
    std::vector<Lane> m_lanes;
    bool m_isChosen = false; ///< differs from the default set
};

/// The default lanes for what the snapshot holds.
std::vector<Lane> defaultLanes(const Snapshot& snapshot);
/// One lane showing one series.
Lane laneOf(const Series& series);

} // namespace hindcast
