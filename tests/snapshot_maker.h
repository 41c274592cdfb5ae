// SnapshotMaker: snapshots written by hand, for tests of what shows them. Everything in them is made up.
#pragma once

#include "model/process.h"
#include "model/snapshot.h"

#include <functional>
#include <memory>
#include <string>

namespace hindcast {

class SnapshotMaker {
public:
    using ValueOf = std::function<double(std::size_t tick)>;

    /// `ticks` samples, the first at `begin`.
    SnapshotMaker(Time begin, Nanoseconds interval, std::size_t ticks);

    Snapshot& snapshot() { return *m_snapshot; }
    const std::vector<Time>& times() const { return *m_times; }
    /// Removes the ticks [from, to): the recorder was stopped in between. Before anything is added.
    void removeTicks(std::size_t from, std::size_t to);

    void addGauge(const std::string& metric, Unit unit, const Labels& labels, const ValueOf& valueOf);
    /// As deriveMetrics() would add it: a rate or a share of the interval.
    void addDerived(const std::string& metric, Unit unit, const Labels& labels, const ValueOf& valueOf);
    /// A process seen from `firstTick` to `lastTick` that uses `cpuShare` of a CPU, sampled at every tick.
    void addProcess(
        int pid, const std::string& command, double cpuShare, std::uint32_t firstTick, std::uint32_t lastTick);

    std::shared_ptr<const Snapshot> finish();

private:
    void add(const std::string& metric, Unit unit, const Labels& labels, const ValueOf& valueOf, bool isDerived);

    std::shared_ptr<Snapshot> m_snapshot;
    std::shared_ptr<std::vector<Time>> m_times;
};

/// A host with two CPUs, a disk, an interface and a few processes; ten minutes at one second unless asked otherwise.
/// CPU user rises from 10 % to 20 % halfway; "busy-loop" (pid 200) runs in the second half only.
std::shared_ptr<const Snapshot> fullSnapshot(std::size_t ticks = 600);

/// 2026-03-02T12:00:00Z
Time noon();

} // namespace hindcast
