#include "options.h"

#include "framing/tar_header.h"
#include "message.h"
#include "source_table.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <getopt.h>
#include <limits>

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

const char helpText[] =
    R"(Usage: hindcast-record [-i SECONDS] [-d SECONDS | -c SAMPLES] [-o FILE|-]

Records what this machine is doing into one file that plain tools can read:
  zstd -dc FILE | tar tf -

  -i, --interval SECONDS   time between samples, 0.01 to 3600 (default 1)
  -d, --duration SECONDS   how long to record; also 90s, 15m, 8h, 2d. Both ends are
                           sampled: -i 1 -d 10 takes 11 samples
  -c, --count SAMPLES      how many samples to take, instead of a duration
                           (default: until SIGINT, SIGTERM or SIGHUP)
  -o, --output FILE        where to (default ./HOST-UTC.hindcast.tar.zst); - is
                           standard output. While recording, the file is FILE.part
      --force              replace FILE and FILE.part
      --segment-ticks N    samples per independently readable segment (default 60)
      --socket-ticks N     list the sockets at every Nth sample and at the last one;
                           0 = never (default 10)
      --packets IFACE[:FILTER]
                           capture the packets of an interface ("any": of all), those
                           that FILTER matches (as of tcpdump; numbers, no names). May
                           be repeated. Needs root or CAP_NET_RAW
      --snaplen BYTES      keep so much of each packet (default 96: the headers)
      --packet-seconds N   write packets out every N seconds; so much is lost when the
                           recorder is killed (default 10)
      --root DIR           read DIR/proc, DIR/sys and DIR/etc instead of this machine's
      --quiet              no closing line
      --list-sources       print every path that is read, how often and what for
      --version            print the version
  -h, --help               print this

Samples are taken at whole multiples of the interval on the wall clock (of a second,
when the interval is longer), so recording begins up to one interval late. A sample
that cannot begin within half an interval of its time is left out and counted.

The first signal ends the recording and finishes the file; a second one of the same
kind kills at once and leaves FILE.part, in which every sample taken is readable.

Exit status:
  0  complete (samples left out for lateness are announced on standard error)
  1  nothing was recorded, or what was could not be given its name: the message says
  2  wrong use (also an interface that is not there, or a wrong filter), or FILE is
     already there
  3  complete, but permission was denied to some sources: one line names them; packets
     that may not be captured have a line of their own, at the start
  5  the output failed (disk full, quota, I/O error); samples up to then are kept
  6  ended by a signal before the duration or count was reached; the file is valid
)";

int complain(const char* what, const char* value)
{
    say("%s%s (see --help)", what, value);
    return exit_status::usage;
}

/// "90", "1.5", and with `units`: "90s", "15m", "8h", "2d".
std::optional<double> readSeconds(const char* text, bool hasUnits)
{
    // strtod alone would take " 1", "0x1p3" and "inf" too; from_chars for doubles costs 100 kB of static program.
    const std::size_t digits = std::strspn(text, "0123456789.");
    char* stop = nullptr;
    const double value = std::strtod(text, &stop);
    if (digits == 0 || stop != text + digits)
        return std::nullopt;
    if (*stop == '\0')
        return value;
    if (!hasUnits || stop[1] != '\0')
        return std::nullopt;
    switch (*stop) {
    case 's':
        return value;
    case 'm':
        return value * 60;
    case 'h':
        return value * 3600;
    case 'd':
        return value * 86400;
    default:
        return std::nullopt;
    }
}

std::optional<std::uint64_t> readCount(const char* text, std::uint64_t most)
{
    std::uint64_t value = 0;
    const char* const end = text + std::strlen(text);
    const auto [stop, failure] = std::from_chars(text, end, value);
    return failure == std::errc{} && stop == end && value > 0 && value <= most ? std::optional(value) : std::nullopt;
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
    Version
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

/// What was printed must have arrived: `hindcast-record --help > /dev/full` is a failure.
int printed()
{
    return std::fflush(stdout) == 0 ? exit_status::complete : exit_status::outputFailed;
}

} // namespace

CommandLine readCommandLine(int argumentCount, char** arguments)
{
    Options options;
    std::optional<double> duration;
    std::optional<std::uint64_t> count;
    opterr = 0; // the messages are ours
    for (;;) {
        const int place = optind;
        const int chosen = getopt_long(argumentCount, arguments, ":i:d:c:o:h", longOptions, nullptr);
        if (chosen == -1)
            break;
        switch (chosen) {
        case 'i': {
            const auto seconds = readSeconds(optarg, false);
            if (!seconds || *seconds < shortestInterval || *seconds > longestInterval)
                return {std::nullopt, complain("the interval must be 0.01 to 3600 seconds, not ", optarg)};
            options.intervalNanoseconds = std::llround(*seconds * 1e9);
            break;
        }
        case 'd':
            duration = readSeconds(optarg, true);
            if (!duration || *duration < 0 || *duration > longestDuration)
                return {std::nullopt, complain("the duration must be seconds, or like 15m, 8h, 2d, not ", optarg)};
            break;
        case 'c':
            count = readCount(optarg, mostSamples);
            if (!count)
                return {std::nullopt, complain("the count must be a number of samples, not ", optarg)};
            break;
        case 'o':
            options.output = optarg;
            if (options.output.empty())
                return {std::nullopt, complain("the output has no name", "")};
            break;
        case Force:
            options.isForced = true;
            break;
        case SegmentTicks: {
            const auto ticks = readCount(optarg, mostTicksPerSegment);
            if (!ticks)
                return {std::nullopt, complain("a segment must have 1 to 3600 samples, not ", optarg)};
            options.ticksPerSegment = *ticks;
            break;
        }
        case SocketTicks: {
            const bool isNever = std::strcmp(optarg, "0") == 0;
            const auto ticks = isNever ? std::optional<std::uint64_t>(0) : readCount(optarg, mostSocketTicks);
            if (!ticks)
                return {
                    std::nullopt, complain("sockets are listed every 1 to 86400 samples, or 0 = never, not ", optarg)};
            options.socketTicks = *ticks;
            break;
        }
        case PacketsOf:
            if (const char* const wrong = addPackets(optarg, options.packets))
                return {std::nullopt, complain(wrong, optarg)};
            break;
        case SnapLength: {
            const auto bytes = readCount(optarg, mostSnapLength);
            if (!bytes || *bytes < fewestSnapLength)
                return {std::nullopt, complain("of a packet 34 to 262144 bytes are kept, not ", optarg)};
            options.snapLength = static_cast<unsigned>(*bytes);
            break;
        }
        case PacketSeconds: {
            const auto seconds = readCount(optarg, mostPacketSeconds);
            if (!seconds)
                return {std::nullopt, complain("packets are written out every 1 to 3600 seconds, not ", optarg)};
            options.packetNanoseconds = static_cast<std::int64_t>(*seconds) * 1'000'000'000;
            break;
        }
        case RootFolder:
            options.root = optarg;
            break;
        case Quiet:
            options.isQuiet = true;
            break;
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
        default:
            return {std::nullopt, complain("unknown option ", arguments[place])};
        }
    }
    if (optind < argumentCount)
        return {std::nullopt, complain("unexpected argument ", arguments[optind])};
    if (duration && count)
        return {std::nullopt, complain("give a duration or a count, not both", "")};
    if (duration)
        options.lastSlot = lastSlotOf(*duration, options.intervalNanoseconds);
    if (count)
        options.lastSlot = *count - 1;
    return {options, exit_status::complete};
}

} // namespace hindcast::recorder
