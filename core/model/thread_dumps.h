// ThreadDumps: the thread dumps of a capture put together again from its tables and events: which process each is of,
// in which order, what every thread did and which locks it held and wanted. All texts are views into the Snapshot.
#pragma once

#include "model/lock_graph.h"
#include "model/snapshot.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hindcast {

/// A monitor or synchronizer that a thread holds.
struct HeldLock {
    std::string_view address, className;
    std::optional<std::size_t> frame; ///< so many frames stand above the line that says so; nothing for synchronizers
};

/// One thread in one dump. Absent and "" = the dump does not say it.
struct DumpThread {
    std::string_view name;
    std::optional<double> number; ///< Thread.getId()
    std::optional<double> nativeId; ///< of the operating system
    std::string_view state; ///< of java.lang.Thread.State; for JDK 5 and older made from `status`
    std::string_view stateReason, status;
    std::string_view wait; ///< "to lock", "to lock again", "to be notified", "parked"; "" when it waits for no lock
    std::string_view waitsFor, waitsForClass, waitsForOwner;
    std::vector<HeldLock> holds; ///< and has not given back meanwhile
    std::string_view topFrame, stack, carriedStack; ///< stacks by their id
    std::optional<double> depth, cpuSeconds, elapsedSeconds, allocatedBytes, priority, osPriority, carries;
    std::optional<bool> isDaemon;
    bool isVirtual = false;
    bool isOfJava = true; ///< false: of the VM's own, such as its collector
    std::string_view container;
    std::optional<std::size_t> blocker; ///< place in the dump's threads of who holds what this one wants
    std::size_t blocked = 0; ///< how many wait for this one, directly or through others
};

struct ThreadDump {
    Time time{};
    Clock clock = Clock::Wall;
    std::string_view member;
    const Event* event = nullptr; ///< of the dump; null when there is none
    std::vector<DumpThread> threads; ///< in the order printed
    std::vector<std::vector<std::size_t>> deadlocks; ///< rings of places in `threads`
};

/// The dumps of one process, by time.
struct DumpedProcess {
    std::string pid; ///< "" when nothing tells it
    std::string virtualMachine;
    std::vector<ThreadDump> dumps;
};

class ThreadDumps {
public:
    /// The snapshot has to outlive it.
    explicit ThreadDumps(const Snapshot& snapshot);

    bool isEmpty() const { return m_processes.empty(); }
    const std::vector<DumpedProcess>& processes() const { return m_processes; }
    std::size_t dumpCount() const;
    /// The frames of a stack, innermost first, a line each; "" for an id that is not known.
    std::string_view frames(std::string_view stack) const;

private:
    void readStacks(const Table& table);
    ThreadDump readDump(const Snapshot& snapshot, const Table& table) const;

    std::vector<DumpedProcess> m_processes;
    std::unordered_map<std::string_view, std::string_view> m_stacks;
};

/// Whether the snapshot has any, without reading them.
bool hasThreadDumps(const Snapshot& snapshot);

/// Threads of each process by state, one value a dump, where there are several dumps: "jvm.threads {pid=812,
/// state=BLOCKED}", and "jvm.threads_deadlocked". Called once, by load.
void addThreadDumpSeries(Snapshot& snapshot);

} // namespace hindcast
