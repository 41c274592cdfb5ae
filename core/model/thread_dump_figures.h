// What the thread dumps of a process tell when they are looked at together: its pools, the threads that did not move,
// the locks that others wait for, and who used the CPU between two of them.
#pragma once

#include "model/thread_dumps.h"

#include <array>

namespace hindcast {

/// The name without the number that tells it from its like: "http-nio-8080-exec-12" -> "http-nio-8080-exec-#". Names
/// without a number stay.
std::string poolName(std::string_view thread);

/// Threads of one dump with the same pool name.
struct ThreadPool {
    std::string name;
    std::vector<std::size_t> threads; ///< places in the dump
    std::size_t runnable = 0, blocked = 0, waiting = 0, timedWaiting = 0;
    std::size_t idle = 0; ///< that wait for something to do
};
/// The largest first; threads that are alone of their kind are pools of one.
std::vector<ThreadPool> threadPools(const ThreadDumps& dumps, const ThreadDump& dump);

/// Whether a stack is that of a thread that waits for work: a pool's worker at its queue, a selector, an acceptor, the
/// VM's own helpers. `frames` as ThreadDumps::frames() gives them.
bool isIdleStack(std::string_view frames);

/// What a thread is recognised by in another dump of the same process.
std::string threadKey(const DumpThread& thread);

/// Threads that stood in the same place in several dumps one after another, up to the last one they are in.
struct UnmovedThreads {
    std::string_view stack; ///< id
    std::string_view state; ///< in the last of them
    std::vector<std::string_view> names;
    std::size_t dumps = 0; ///< in how many, at least 2
    std::optional<Nanoseconds> length; ///< from the first of them to the last, where dumps have times
    bool isIdle = false;
    std::optional<double> cpuShare; ///< of one CPU, the largest of theirs; nothing when the dumps do not tell
};
/// Those that are not idle first, then by dumps and number of threads. Threads of one stack are one entry.
std::vector<UnmovedThreads> unmovedThreads(const ThreadDumps& dumps, const DumpedProcess& process);
/// By dump and thread: in how many dumps one after another, up to that one, it has had the stack it has there. 1 = it
/// is new; 0 = it has none.
std::vector<std::vector<std::size_t>> sameStackCounts(const DumpedProcess& process);

/// A lock of one dump that at least one thread waits to own.
struct ContendedLock {
    std::string_view address, className;
    std::optional<std::size_t> owner; ///< place in the dump; nothing when no thread is known to hold it
    std::string_view ownerName; ///< also where only the waiter names it
    std::vector<std::size_t> waiters;
    std::size_t blocked = 0; ///< by the owner, through other locks too; at least the waiters
};
/// Most waiters first. Conditions that no thread can hold, such as an empty queue's, are no contention.
std::vector<ContendedLock> contendedLocks(const ThreadDump& dump);

/// CPU time of a thread between two dumps that follow one another.
struct ThreadCpu {
    std::string key; ///< threadKey()
    std::string_view name;
    std::optional<double> nativeId;
    double seconds = 0;
    double share = 0; ///< of one CPU
    std::string_view stack; ///< in the later dump
};
/// The busiest first; empty before JDK 11, which does not print it.
std::vector<ThreadCpu> cpuBetween(const ThreadDump& earlier, const ThreadDump& later);

/// The same from what the capture recorded of the threads of the operating system, joined by pid and native id:
/// entities that have the attributes "pid" and "tid" and count user and system time. Over the time from the first dump
/// to the last; for virtual machines that print no CPU time, and when a process has two dumps with a clock.
std::vector<ThreadCpu> recordedCpu(const Snapshot& snapshot, const DumpedProcess& process);

} // namespace hindcast
