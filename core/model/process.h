// What the samples of a process mean, and the figures people read from them: CPU share, memory, faults at an instant or
// over a range.
#pragma once

#include "model/entity.h"
#include "model/snapshot.h"

#include <string_view>
#include <vector>

namespace hindcast {

/// The columns of a Process entity, in this order. Source: man 5 proc_pid_stat, proc_pid_status, proc_pid_io; kernel
/// Documentation/scheduler/sched-stats.rst.
enum class ProcessColumn : std::uint8_t {
    UserTime, ///< seconds, counter
    SystemTime, ///< seconds, counter
    ResidentBytes,
    VirtualBytes,
    Threads,
    MinorFaults, ///< counter
    MajorFaults, ///< counter
    BlockIoDelay, ///< seconds, counter; stays 0 when kernel.task_delayacct=0
    State, ///< the letter's code: 'R', 'S', 'D', …
    Processor, ///< CPU it last ran on
    Priority,
    Nice,
    // Of status, io and schedstat, which are read less often: NaN where they were not.
    SwapBytes, ///< VmSwap
    AnonymousBytes, ///< RssAnon, since Linux 4.5
    FileBytes, ///< RssFile
    SharedBytes, ///< RssShmem
    VoluntarySwitches, ///< counter, of the main thread
    InvoluntarySwitches, ///< counter, of the main thread
    ReadBytes, ///< counter, from storage (man 5 proc_pid_io, read_bytes)
    WrittenBytes, ///< counter, to storage (write_bytes)
    ReadCharacters, ///< counter, bytes asked for by read(2) and the like (rchar)
    WrittenCharacters, ///< counter (wchar)
    RunQueueWait, ///< seconds, counter: the main thread was ready and waited for a CPU
    OpenFiles,
    OomScore,
    Count,
    FirstDetail = SwapBytes
};
const std::vector<EntityColumn>& processColumns();

/// One process at an instant (the sample at or before it) or over a range.
struct ProcessFigures {
    const Entity* process = nullptr;
    char state = '?';
    double cpuPercent = notMeasured; ///< of one CPU, user + system, over the interval that ends at the tick (or the
                                     ///< range); NaN when there is no earlier sample
    double userPercent = notMeasured;
    double systemPercent = notMeasured;
    double cpuSeconds = notMeasured; ///< since the process began
    double residentBytes = notMeasured; ///< at the instant (or the end of the range)
    double virtualBytes = notMeasured;
    double threads = notMeasured;
    double minorFaultsPerSecond = notMeasured;
    double majorFaultsPerSecond = notMeasured;
    double maximumCpuPercent = notMeasured; ///< range only: of any one tick in it
    double maximumResidentBytes = notMeasured; ///< range only
    double residentDelta = notMeasured; ///< range only: end minus begin
    // Of status, io and schedstat, as last read; rates since the reading before that.
    double swapBytes = notMeasured;
    double anonymousBytes = notMeasured;
    double openFiles = notMeasured;
    double readBytesPerSecond = notMeasured; ///< from storage
    double writtenBytesPerSecond = notMeasured; ///< to storage
    double voluntarySwitchesPerSecond = notMeasured; ///< of the main thread
    double involuntarySwitchesPerSecond = notMeasured; ///< of the main thread
    double runQueueWaitPercent = notMeasured; ///< share of the time in which the main thread waited for a CPU
};

/// The ticks processes were sampled at; null when the capture has no processes.
TimeColumn processTimes(const Snapshot& snapshot);
/// Index of the last process tick at or before `time`; nothing before the first.
std::optional<std::uint32_t> processTickAt(const Snapshot& snapshot, Time time);

/// All processes alive at that tick.
std::vector<ProcessFigures> processesAt(const Snapshot& snapshot, std::uint32_t tick);
/// All processes alive at some tick in (begin, end], shares over that range.
std::vector<ProcessFigures> processesOver(const Snapshot& snapshot, std::uint32_t beginTick, std::uint32_t endTick);

/// CPU share of one process, percent of one CPU, one value per tick of `times` from its firstTick to lastTick; the
/// first is NaN unless the process started within the capture. Unchanged ticks are a measured 0.
std::vector<double> processCpuPercent(const Entity& process);

/// The process that had that pid at `time`, or that had it last before (a log line about a process may come just after
/// its end); null when none is known.
const Entity* processWithPid(const Snapshot& snapshot, std::string_view pid, Time time);

} // namespace hindcast
