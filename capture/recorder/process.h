// Process: what the recorder remembers of one process from tick to tick: who it is, what was written about it in this
// segment, and how busy it is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

namespace hindcast::recorder {

/// Why a process is looked at closely; the first that holds.
enum class HotReason : std::uint8_t { None, Pinned, Blocked, Cpu, Memory, Io, Faults };

/// The files of a process besides stat and cmdline, and what is asked once.
enum class Detail : std::uint8_t {
    Status,
    Io,
    Schedstat,
    Limits,
    Cgroup,
    Executable,
    WorkingFolder,
    Namespaces,
    WaitChannel,
    Stack,
    Count
};
constexpr std::size_t details = static_cast<std::size_t>(Detail::Count);

struct Process {
    pid_t pid = 0;
    int descriptor = -1; ///< of its stat file, when one is kept
    int errorNumber = 0; ///< why the stat file cannot be read
    bool isKernelThread = false;
    bool isReadOnce = false; ///< its stat was tried
    char state = '?';
    std::optional<std::uint64_t> startTicks;
    std::string text; ///< of stat, as last recorded
    std::int64_t readBegin = 0; ///< CLOCK_MONOTONIC when that, or the same again, was read
    std::int64_t readMicroseconds = 0;
    std::string comm;

    struct {
        unsigned attemptsLeft = 0; ///< 0 = known or given up
        bool isAsked = false;
        int errorNumber = 0;
        std::string text;
    } commandLine;

    /// Counters as last read, and their recent growth: each tick's is added to 0.7 of what was there, so that who was
    /// busy lately stays ahead of who is only now and then.
    struct {
        std::uint64_t cpuTicks = 0, faults = 0, residentPages = 0, storageBytes = 0;
        std::uint32_t threads = 0;
        bool isCounted = false, isStorageCounted = false;
        float cpu = 0, faulting = 0, storage = 0;
    } activity;
    HotReason hot = HotReason::None;

    struct {
        bool isKnown = false; ///< what is asked once was asked
        bool isInSegment = false; ///< visited since the segment began
        bool isCloseInSegment = false; ///< the same as one that is looked at closely
        bool isChanged = true; ///< its stat was, since the last visit
        bool isLeftOut = false; ///< it was to be visited in this tick, whose CPU time was over
        std::uint64_t dueTick = 0;
        std::uint16_t asked = 0; ///< by Detail: the blocking reader has not answered yet
        std::array<std::uint64_t, details> digests{}; ///< of the text in this segment; 0 = none
        std::array<std::uint8_t, details> errors{}; ///< errno
    } detail;
};

} // namespace hindcast::recorder
