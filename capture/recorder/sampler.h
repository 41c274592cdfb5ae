// Sampler: all sources of the recorder, and the text of one tick made of them. It knows nothing of schedule and output,
// so that --estimate and --dry-run use it as a recording does.
#pragma once

#include "cgroups.h"
#include "clocks.h"
#include "cost.h"
#include "events.h"
#include "filesystems.h"
#include "helper.h"
#include "host_commands.h"
#include "kernel_log.h"
#include "manifest.h"
#include "network_namespaces.h"
#include "options.h"
#include "process_details.h"
#include "process_table.h"
#include "read_buffer.h"
#include "root.h"
#include "slow_sources.h"
#include "sockets.h"
#include "source.h"
#include "system_answers.h"
#include "threads.h"
#include "tick_sources.h"
#include "tick_timer.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace hindcast::recorder {

/// A tick that is due, and how it is to be taken.
struct TickPlan {
    Slot slot;
    Clocks clocks;
    Pass pass = Pass::Keyframe;
    Turn turn = Turn::Scheduled;
    Degradation degradation = Degradation::None;
    std::int64_t intervalNanoseconds = 1'000'000'000;
    std::uint64_t bytesWritten = 0; ///< of the capture so far
    std::int64_t cpuLimit = std::numeric_limits<std::int64_t>::max(); ///< of ownCpuNow(), for the whole tick
};

class Sampler {
public:
    Sampler(const Options& options, const Root& root, Events& events);
    Sampler(const Sampler&) = delete;
    Sampler& operator=(const Sampler&) = delete;

    /// First of all, while the recorder is small: the processes that stay beside it.
    void startHelpers() { m_reader.start(); }
    /// Before the first tick: asks what takes a while to answer.
    void start();
    /// All blocks of the tick, hindcast/tick first. `otherCosts`: what the recorder did besides since the last tick.
    void take(const TickPlan& plan, const std::vector<Cost>& otherCosts, std::string& blocks);
    /// CPU time of each source in the last tick.
    const std::vector<Cost>& costs() const { return m_costs; }

    /// A tick of all processes is larger than the capture may be: from now on there are none.
    void forgetProcesses() { m_processes.forget(); }

    /// Of a segment that begins with the tick of `plan`, which has been taken.
    Manifest manifest(const TickPlan& plan) const;
    /// pids.txt
    std::string processDictionary() const { return m_processes.dictionary(); }
    std::uint64_t processesSeen() const { return m_processes.processesSeen(); }
    std::vector<Denial> denials() const;
    const std::string& hostname() const { return m_hostname; }
    const TimeZone& timeZone() const { return m_zone; }
    const std::vector<Source*>& sources() const { return m_sources; }
    ReadBuffer& buffer() { return m_buffer; }
    /// CPU nanoseconds of the processes that live beside the recorder.
    std::int64_t cpuOfHelpers() const { return cpuOf(m_reader.process()) + m_stuck.cpuOfStuck(); }
    StuckHelpers& stuckHelpers() { return m_stuck; }

private:
    void appendTickBlock(const TickPlan& plan, std::string& blocks);
    void appendCostBlock(const std::vector<Cost>& otherCosts, std::string& blocks) const;

    const Options& m_options;
    const Root& m_root;
    Events& m_events;
    std::string m_hostname;
    TimeZone m_zone;
    StuckHelpers m_stuck;
    BlockingReader m_reader;
    TickSources m_systemFiles;
    Cgroups m_cgroups;
    ProcessTable m_processes;
    ProcessDetails m_processDetails;
    Threads m_threads;
    Sockets m_sockets;
    KernelLog m_kernelLog;
    Filesystems m_filesystems;
    SlowSources m_slow;
    NetworkNamespaces m_namespaces;
    HostCommands m_commands;
    std::vector<Source*> m_sources; ///< all of the above, in the order of a tick
    ReadBuffer m_buffer;
    std::vector<Cost> m_costs;
    std::int64_t m_costOfReader = 0; ///< nanoseconds, up to the last tick
    int m_ownMemoryDescriptor = -1; ///< /proc/self/statm
};

} // namespace hindcast::recorder
