// Options: the command line of hindcast-record, read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hindcast::recorder {

/// The contract of the exit status, as in --help.
namespace exit_status {
constexpr int complete = 0;
constexpr int nothingRecorded = 1;
constexpr int usage = 2;
constexpr int denied = 3;
constexpr int cappedBySize = 4;
constexpr int outputFailed = 5;
constexpr int interrupted = 6;
} // namespace exit_status

struct PacketRequest {
    std::string interface;
    std::string filter; ///< "" = all packets
};

enum class Redaction { Off, Secrets, Strict };
/// When written data is forced to the disk: what a power loss costs.
enum class Sync { Tick, Periodic, End };
/// Thread dumps of Java processes. Automatic: at a trigger and at the end.
enum class ThreadDumps { Automatic, Never };
enum class History { List, Copy };

/// How much of the file system must stay free: the larger of the two.
struct FreeFloor {
    std::uint64_t bytes = 100'000'000;
    unsigned percent = 5;
};

struct FlightRecorder {
    std::uint64_t ringBytes = 0; ///< kept on disk at most; 0 = no such limit
    std::int64_t ringNanoseconds = 0; ///< likewise
    std::string ringFolder; ///< "" = beside the output
    std::vector<std::string> triggers; ///< expressions, as in capture/TRIGGERS.md
    std::int64_t beforeNanoseconds = 600'000'000'000; ///< in a bundle, before its trigger
    std::int64_t afterNanoseconds = 60'000'000'000;
    std::int64_t cooldownNanoseconds = 300'000'000'000; ///< after a bundle, before the next trigger counts
    std::optional<std::uint64_t> mostBundles; ///< then the recording ends

    bool hasRing() const { return ringBytes > 0 || ringNanoseconds > 0; }
};

enum class Action { Record, DryRun, Estimate, Verify };

struct Options {
    Action action = Action::Record;
    std::string verified; ///< the file of --verify
    std::int64_t intervalNanoseconds = 1'000'000'000;
    /// The last slot of the schedule; nothing = until a signal.
    std::optional<std::uint64_t> lastSlot;
    std::string output; ///< "-" = standard output; "" = a name made of host and time
    std::string root = "/";
    bool isForced = false;
    bool isQuiet = false;
    std::uint64_t ticksPerSegment = 60;
    std::uint64_t socketTicks = 10; ///< every so many ticks the sockets are listed; 0 = never
    std::vector<PacketRequest> packets; ///< each interface once
    unsigned snapLength = 96; ///< bytes kept of each packet: all headers, hardly any content
    std::int64_t packetNanoseconds = 10'000'000'000; ///< of packets in a file, and lost at most
    FlightRecorder flight;
    std::optional<std::uint64_t> mostBytes; ///< of the output: never a byte more
    FreeFloor freeFloor;
    std::int64_t mostNanoseconds = 0; ///< of the whole recording, whatever else was asked for; 0 = no limit
    unsigned cpuPermille = 20; ///< of one core, as a mean over 60 s; 0 = no governor
    bool isSmall = false; ///< 2 MiB window: 6 MiB of memory instead of 16
    Sync sync = Sync::Periodic;
    Redaction redaction = Redaction::Secrets;
    std::vector<std::string> logs; ///< files whose new bytes are kept
    ThreadDumps threadDumps = ThreadDumps::Automatic;
    History history = History::List;
    bool hasCommands = true; ///< false: no other program is started, whatever for
    std::vector<std::int64_t> pinnedPids; ///< processes that are always looked at closely
};

/// The options, or the status to leave with: after --help and the like, or after a wrong one was complained about.
struct CommandLine {
    std::optional<Options> options;
    int exitStatus = exit_status::complete;
};
extern const char helpText[];
CommandLine readCommandLine(int argumentCount, char** arguments);

} // namespace hindcast::recorder
