// HotProcesses: which processes are looked at closely in a tick: the busiest, the largest, those that hang, and those
// that the user named.
#pragma once

#include "process.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

struct StatLine;

class HotProcesses {
public:
    explicit HotProcesses(const std::vector<std::int64_t>& pinned)
        : m_pinned(pinned)
    {
    }

    /// Another process has the entry, or its counters begin.
    static void forget(Process& process);
    /// What the stat text of this tick says about it.
    static void noteStat(Process& process, const StatLine& line);
    /// Bytes it moved from and to storage since it began.
    static void noteStorage(Process& process, std::uint64_t bytes);

    /// Sets Process::hot of all.
    void choose(std::vector<Process>& processes);

private:
    using Measure = float (*)(const Process&);
    void chooseMost(std::vector<Process>& processes, std::size_t most, Measure measure, HotReason reason);

    const std::vector<std::int64_t>& m_pinned;
    std::vector<std::uint32_t> m_candidates;
};

/// "pinned", "blocked", …
const char* reasonName(HotReason reason);

} // namespace hindcast::recorder
