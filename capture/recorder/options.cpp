#include "options.h"

#include "framing/tar_header.h"
#include "message.h"
#include "option_values.h"
#include "source_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <getopt.h>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr double shortestInterval = 0.01, longestInterval = 3600;
constexpr double longestDuration = 10 * 366 * 86400.0;
constexpr std::uint64_t mostSamples = 4'000'000'000;
constexpr std::uint64_t mostTicksPerSegment = 3600;
constexpr std::uint64_t mostSocketTicks = 86400;
constexpr std::uint64_t mostSnapLength = 262144; // as of tcpdump
constexpr std::uint64_t fewestSnapLength = 34; // Ethernet and IPv4 headers: less tells nothing
constexpr std::uint64_t mostPacketSeconds = 3600;
constexpr std::uint64_t smallestRing = 1 << 20;
constexpr std::uint64_t smallestOutput = 256 << 10; // the start members, a tick and what closes a capture

int complain(const char* what, const char* value)
{
    say("%s%s (see --help)", what, value);
    return exit_status::usage;
}

/// The slot at which `duration` has passed: the last whole interval within it, forgiving what 0.1 is as a double.
std::uint64_t lastSlotOf(double duration, std::int64_t intervalNanoseconds)
{
    return static_cast<std::uint64_t>(std::floor(duration * 1e9 / static_cast<double>(intervalNanoseconds) + 1e-6));
}

enum LongOnly {
    Force = 256,
    SegmentTicks,
    SocketTicks,
    PacketsOf,
    SnapLength,
    PacketSeconds,
    RootFolder,
    Quiet,
    ListSources,
    Version,
    Ring,
    RingFolder,
    Trigger,
    Before,
    After,
    Cooldown,
    MaxSize,
    MaxTime,
    MinFree,
    Cpu,
    Small,
    SyncWhen,
    LogFile,
    HistoryCopy,
    NoJvm,
    NoCommands,
    Pid,
    Redact,
    DryRun,
    Estimate,
    Verify
};

constexpr option longOptions[] = {
    {"interval", required_argument, nullptr, 'i'},
    {"duration", required_argument, nullptr, 'd'},
    {"count", required_argument, nullptr, 'c'},
    {"output", required_argument, nullptr, 'o'},
    {"force", no_argument, nullptr, Force},
    {"segment-ticks", required_argument, nullptr, SegmentTicks},
    {"socket-ticks", required_argument, nullptr, SocketTicks},
    {"packets", required_argument, nullptr, PacketsOf},
    {"snaplen", required_argument, nullptr, SnapLength},
    {"packet-seconds", required_argument, nullptr, PacketSeconds},
    {"ring", required_argument, nullptr, Ring},
    {"ring-folder", required_argument, nullptr, RingFolder},
    {"trigger", required_argument, nullptr, Trigger},
    {"before", required_argument, nullptr, Before},
    {"after", required_argument, nullptr, After},
    {"cooldown", required_argument, nullptr, Cooldown},
    {"max-size", required_argument, nullptr, MaxSize},
    {"max-time", required_argument, nullptr, MaxTime},
    {"min-free", required_argument, nullptr, MinFree},
    {"cpu", required_argument, nullptr, Cpu},
    {"small", no_argument, nullptr, Small},
    {"sync", required_argument, nullptr, SyncWhen},
    {"log", required_argument, nullptr, LogFile},
    {"history", no_argument, nullptr, HistoryCopy},
    {"no-jvm", no_argument, nullptr, NoJvm},
    {"no-commands", no_argument, nullptr, NoCommands},
    {"pid", required_argument, nullptr, Pid},
    {"redact", required_argument, nullptr, Redact},
    {"dry-run", no_argument, nullptr, DryRun},
    {"estimate", no_argument, nullptr, Estimate},
    {"verify", required_argument, nullptr, Verify},
    {"root", required_argument, nullptr, RootFolder},
    {"quiet", no_argument, nullptr, Quiet},
    {"list-sources", no_argument, nullptr, ListSources},
    {"version", no_argument, nullptr, Version},
    {"help", no_argument, nullptr, 'h'},
    {nullptr, 0, nullptr, 0},
};

/// "eth0", "eth0:tcp port 443". Why it cannot be, or null.
const char* addPackets(std::string_view text, std::vector<PacketRequest>& requests)
{
    const auto colon = text.find(':');
    const bool hasFilter = colon != std::string_view::npos;
    PacketRequest request{
        std::string(text.substr(0, colon)), std::string(hasFilter ? text.substr(colon + 1) : std::string_view())};
    if (request.interface.empty())
        return "packets need an interface (IFACE or IFACE:FILTER), not ";
    if (hasFilter && request.filter.empty())
        return "a filter is missing behind the colon of ";
    // The name becomes part of a path in the capture.
    if (request.interface.size() > 64 || !framing::isSafeMemberPath("packets/" + request.interface + "/0"))
        return "there is no interface ";
    for (const PacketRequest& other : requests)
        if (other.interface == request.interface)
            return "an interface is named twice (join filters with \"or\"): ";
    requests.push_back(std::move(request));
    return nullptr;
}

/// "256M" or "10m": the letter decides, so a bare number is refused.
const char* readRing(const char* text, FlightRecorder& flight)
{
    if (std::strspn(text, "0123456789.") == std::strlen(text))
        return "a ring has a size like 256M, or a duration like 10m, not ";
    if (const auto duration = readDuration(text, 1))
        flight.ringNanoseconds = *duration;
    else if (const auto bytes = readSize(text); bytes && *bytes >= smallestRing)
        flight.ringBytes = *bytes;
    else
        return "a ring has a size like 256M (1M at least), or a duration like 10m (1s at least), not ";
    return nullptr;
}

const char* readFreeFloor(const char* text, FreeFloor& floor)
{
    if (std::strcmp(text, "0") == 0)
        floor = {0, 0};
    else if (const auto percent = readPercent(text))
        floor = {0, *percent};
    else if (const auto bytes = readSize(text))
        floor = {*bytes, 0};
    else
        return "the free space to leave is a size like 500M or a share like 5%, not ";
    return nullptr;
}

/// What the command line said, before its parts are brought together.
struct Wishes {
    Options options;
    std::optional<double> duration;
    std::optional<std::uint64_t> count;
    const char* ofRing = nullptr; ///< an option that means nothing without a ring
    bool hasBefore = false;
};

/// A duration option: what is wrong with it, or null.
const char* readInto(std::int64_t& nanoseconds, double leastSeconds, const char* complaint)
{
    const auto duration = readDuration(optarg, leastSeconds);
    if (duration)
        nanoseconds = *duration;
    return duration ? nullptr : complaint;
}

const char* applySchedule(int chosen, Wishes& wishes)
{
    Options& options = wishes.options;
    switch (chosen) {
    case 'i': {
        const auto seconds = readSeconds(optarg, Units::None);
        if (!seconds || *seconds < shortestInterval || *seconds > longestInterval)
            return "the interval must be 0.01 to 3600 seconds, not ";
        options.intervalNanoseconds = std::llround(*seconds * 1e9);
        return nullptr;
    }
    case 'd':
        wishes.duration = readSeconds(optarg, Units::Durations);
        if (!wishes.duration || *wishes.duration > longestDuration)
            return "the duration must be seconds, or like 15m, 8h, 2d, not ";
        return nullptr;
    case 'c':
        wishes.count = readCount(optarg, mostSamples);
        return wishes.count ? nullptr : "the count must be a number of samples, not ";
    case SegmentTicks:
        if (const auto ticks = readCount(optarg, mostTicksPerSegment)) {
            options.ticksPerSegment = *ticks;
            return nullptr;
        }
        return "a segment must have 1 to 3600 samples, not ";
    case SocketTicks: {
        const bool isNever = std::strcmp(optarg, "0") == 0;
        const auto ticks = isNever ? std::optional<std::uint64_t>(0) : readCount(optarg, mostSocketTicks);
        if (!ticks)
            return "sockets are listed every 1 to 86400 samples, or 0 = never, not ";
        options.socketTicks = *ticks;
        return nullptr;
    }
    default: // MaxTime
        return readInto(options.mostNanoseconds, 1e-3, "the longest time is seconds, or like 15m, 8h, 2d, not ");
    }
}

const char* applyPackets(int chosen, Options& options)
{
    switch (chosen) {
    case PacketsOf:
        return addPackets(optarg, options.packets);
    case SnapLength: {
        const auto bytes = readCount(optarg, mostSnapLength);
        if (!bytes || *bytes < fewestSnapLength)
            return "of a packet 34 to 262144 bytes are kept, not ";
        options.snapLength = static_cast<unsigned>(*bytes);
        return nullptr;
    }
    default: { // PacketSeconds
        const auto seconds = readCount(optarg, mostPacketSeconds);
        if (!seconds)
            return "packets are written out every 1 to 3600 seconds, not ";
        options.packetNanoseconds = static_cast<std::int64_t>(*seconds) * 1'000'000'000;
        return nullptr;
    }
    }
}

const char* applyFlight(int chosen, FlightRecorder& flight)
{
    switch (chosen) {
    case Ring:
        return readRing(optarg, flight);
    case RingFolder:
        flight.ringFolder = optarg;
        return flight.ringFolder.empty() ? "the ring's folder has no name" : nullptr;
    case Trigger:
        flight.triggers.emplace_back(optarg);
        return nullptr;
    case Before:
        return readInto(flight.beforeNanoseconds, 0, "the time before a trigger is like 10m, not ");
    case After:
        return readInto(flight.afterNanoseconds, 0, "the time after a trigger is like 60s, not ");
    default: // Cooldown
        return readInto(flight.cooldownNanoseconds, 0, "the cooldown is like 5m, not ");
    }
}

const char* applyBounds(int chosen, Options& options)
{
    switch (chosen) {
    case MaxSize:
        options.mostBytes = readSize(optarg);
        if (!options.mostBytes || *options.mostBytes < smallestOutput)
            return "the largest size is like 500M (256K at least), not ";
        return nullptr;
    case MinFree:
        return readFreeFloor(optarg, options.freeFloor);
    case Cpu: {
        const auto percent = readSeconds(optarg, Units::None); // any decimal number
        if (!percent || *percent > 100 || (*percent > 0 && *percent < 0.1))
            return "the budget is 0.1 to 100 percent of a core, or 0 = no limit, not ";
        options.cpuPermille = static_cast<unsigned>(std::lround(*percent * 10));
        return nullptr;
    }
    default: // SyncWhen
        if (std::strcmp(optarg, "tick") == 0)
            options.sync = Sync::Tick;
        else if (std::strcmp(optarg, "end") == 0)
            options.sync = Sync::End;
        else
            return "--sync is tick or end, not ";
        return nullptr;
    }
}

const char* applyContent(int chosen, Options& options)
{
    switch (chosen) {
    case LogFile:
        options.logs.emplace_back(optarg);
        return options.logs.back().empty() ? "a log has no name" : nullptr;
    case Pid: {
        const auto pid = readCount(optarg, 1U << 22); // the kernel's PID_MAX_LIMIT
        if (!pid)
            return "there is no process ";
        options.pinnedPids.push_back(static_cast<std::int64_t>(*pid));
        return nullptr;
    }
    default: // Redact
        if (std::strcmp(optarg, "default") == 0)
            options.redaction = Redaction::Secrets;
        else if (std::strcmp(optarg, "strict") == 0)
            options.redaction = Redaction::Strict;
        else if (std::strcmp(optarg, "off") == 0)
            options.redaction = Redaction::Off;
        else
            return "--redact is default, strict or off, not ";
        return nullptr;
    }
}

/// An option without a value, or with one that cannot be wrong.
const char* applyPlain(int chosen, Options& options)
{
    switch (chosen) {
    case 'o':
        options.output = optarg;
        return options.output.empty() ? "the output has no name" : nullptr;
    case RootFolder:
        options.root = optarg;
        return nullptr;
    case Verify:
        options.action = Action::Verify;
        options.verified = optarg;
        return nullptr;
    case Force:
        options.isForced = true;
        return nullptr;
    case Small:
        options.isSmall = true;
        return nullptr;
    case HistoryCopy:
        options.history = History::Copy;
        return nullptr;
    case NoJvm:
        options.threadDumps = ThreadDumps::Never;
        return nullptr;
    case NoCommands:
        options.hasCommands = false;
        return nullptr;
    case DryRun:
        options.action = Action::DryRun;
        return nullptr;
    case Estimate:
        options.action = Action::Estimate;
        return nullptr;
    default: // Quiet
        options.isQuiet = true;
        return nullptr;
    }
}

const char* nameOf(int longOnly)
{
    const auto* const place = std::find_if(
        std::begin(longOptions), std::end(longOptions), [longOnly](const option& one) { return one.val == longOnly; });
    return place->name;
}

/// What is wrong with the option's value, or null.
const char* apply(int chosen, Wishes& wishes)
{
    switch (chosen) {
    case 'i':
    case 'd':
    case 'c':
    case SegmentTicks:
    case SocketTicks:
    case MaxTime:
        return applySchedule(chosen, wishes);
    case PacketsOf:
    case SnapLength:
    case PacketSeconds:
        return applyPackets(chosen, wishes.options);
    case RingFolder:
    case Before:
    case After:
    case Cooldown:
        wishes.ofRing = nameOf(chosen);
        wishes.hasBefore = wishes.hasBefore || chosen == Before;
        return applyFlight(chosen, wishes.options.flight);
    case Ring:
    case Trigger:
        return applyFlight(chosen, wishes.options.flight);
    case MaxSize:
    case MinFree:
    case Cpu:
    case SyncWhen:
        return applyBounds(chosen, wishes.options);
    case LogFile:
    case Pid:
    case Redact:
        return applyContent(chosen, wishes.options);
    default:
        return applyPlain(chosen, wishes.options);
    }
}

/// What was printed must have arrived: `hindcast-record --help > /dev/full` is a failure.
int printed()
{
    return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 ? exit_status::complete : exit_status::outputFailed;
}

/// --count counts samples, or with --trigger the bundles.
CommandLine bringTogether(Wishes& wishes)
{
    Options& options = wishes.options;
    FlightRecorder& flight = options.flight;
    if (!flight.triggers.empty())
        flight.mostBundles = std::exchange(wishes.count, std::nullopt);
    if (wishes.duration && wishes.count)
        return {std::nullopt, complain("give a duration or a count, not both", "")};
    if (wishes.ofRing != nullptr && flight.triggers.empty() && !flight.hasRing())
        return {std::nullopt, complain("without --ring or --trigger nothing comes of --", wishes.ofRing)};
    if (wishes.hasBefore && flight.ringNanoseconds > 0 && flight.ringNanoseconds < flight.beforeNanoseconds)
        return {std::nullopt, complain("the ring keeps less than --before asks for", "")};
    if (!flight.triggers.empty() && !flight.hasRing())
        flight.ringNanoseconds = flight.beforeNanoseconds; // what a bundle needs, and no more
    if (flight.hasRing() && options.output == "-")
        return {std::nullopt, complain("a ring needs a folder: name a file with -o, not -", "")};
    if (wishes.duration)
        options.lastSlot = lastSlotOf(*wishes.duration, options.intervalNanoseconds);
    if (wishes.count)
        options.lastSlot = *wishes.count - 1;
    if (options.mostNanoseconds > 0) {
        const auto last = static_cast<std::uint64_t>(options.mostNanoseconds / options.intervalNanoseconds);
        options.lastSlot = std::min(options.lastSlot.value_or(last), last);
    }
    return {options, exit_status::complete};
}

} // namespace

CommandLine readCommandLine(int argumentCount, char** arguments)
{
    Wishes wishes;
    opterr = 0; // the messages are ours
    for (;;) {
        const int place = optind;
        const int chosen = getopt_long(argumentCount, arguments, ":i:d:c:o:h", longOptions, nullptr);
        if (chosen == -1)
            break;
        switch (chosen) {
        case ListSources:
            printSources();
            return {std::nullopt, printed()};
        case Version:
            std::printf("hindcast-record %s\n", HINDCAST_VERSION);
            return {std::nullopt, printed()};
        case 'h':
            std::fputs(helpText, stdout);
            return {std::nullopt, printed()};
        case ':':
            return {std::nullopt, complain("a value is missing after ", arguments[optind - 1])};
        case '?':
            return {std::nullopt, complain("unknown option ", arguments[place])};
        default:
            if (const char* const wrong = apply(chosen, wishes))
                return {std::nullopt, complain(wrong, optarg != nullptr ? optarg : "")};
        }
    }
    if (optind < argumentCount)
        return {std::nullopt, complain("unexpected argument ", arguments[optind])};
    return bringTogether(wishes);
}

} // namespace hindcast::recorder
