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
constexpr int outputFailed = 5;
constexpr int interrupted = 6;
} // namespace exit_status

struct PacketRequest {
    std::string interface;
    std::string filter; ///< "" = all packets
};

struct Options {
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
};

/// The options, or the status to leave with: after --help and the like, or after a wrong one was complained about.
struct CommandLine {
    std::optional<Options> options;
    int exitStatus = exit_status::complete;
};
CommandLine readCommandLine(int argumentCount, char** arguments);

} // namespace hindcast::recorder
