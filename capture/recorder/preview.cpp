#include "preview.h"

#include "at_trigger.h"
#include "bundle.h"
#include "clocks.h"
#include "framing/capture_writer.h"
#include "message.h"
#include "sampler.h"
#include "source_table.h"
#include "start_members.h"
#include "stop_signal.h"
#include "tick_timer.h"
#include "trigger_command.h"
#include "trigger_list.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <sys/resource.h>
#include <sys/statvfs.h>

namespace hindcast::recorder {
namespace {

constexpr std::uint64_t samples = 3;
constexpr double secondsPerDay = 86400;

/// What was printed must have arrived: `hindcast-record --dry-run > /dev/full` is a failure.
int printed()
{
    return std::fflush(stdout) == 0 ? exit_status::complete : exit_status::outputFailed;
}

void title(const char* text)
{
    std::printf("\n%s\n", text);
}

const char* redactionText(Redaction redaction)
{
    switch (redaction) {
    case Redaction::Off:
        return "nothing is replaced (--redact off), and packets keep what they carry";
    case Redaction::Secrets:
        return "secrets in command lines, logs and messages are replaced";
    case Redaction::Strict:
        return "secrets are replaced; hosts, users and addresses by pseudonyms";
    }
    return "";
}

void printOutput(const Options& options)
{
    title("Writes:");
    if (options.output == "-") {
        std::printf("  standard output\n");
    } else {
        const char* const name = options.output.empty() ? "./HOST-UTC.hindcast.tar.zst" : options.output.c_str();
        std::printf("  %s (as %s.part while recording), mode 0600\n", name, name);
        if (options.flight.hasRing())
            std::printf("  %s%s: the ring, mode 0700; removed at the end\n",
                options.flight.ringFolder.empty() ? name : options.flight.ringFolder.c_str(),
                options.flight.ringFolder.empty() ? ".ring/" : "/");
        if (options.flight.hasRing())
            std::printf(
                "  %s (.part while it is made) and so on: a file of each trigger, SIGUSR1 included, mode 0600\n",
                bundleName(options, name, readClocks().real).c_str());
        if (options.redaction == Redaction::Strict)
            std::printf("  %s.pseudonyms: what the pseudonyms stand for, mode 0600\n", name);
    }
    std::printf("  Nothing else: no temporary files, no settings, no network.\n");
}

void printChangesToItself()
{
    title("Changes to itself, and to nobody else:");
    std::printf(
        "  sched_setattr: a slice of 0.1 ms, to be let in soon rather than for long\n"
        "  setrlimit: as many open files as it may have (RLIMIT_NOFILE)\n"
        "  as root, unless whoever started it chose otherwise: nice -5; /proc/self/oom_score_adj -500;\n"
        "       mlockall of what it has touched, when that is 16 MiB at most (/proc/self/statm)\n"
        "  helper processes: nice 10 more, /proc/self/oom_score_adj 0; they end with it. They read /dev/null\n");
}

/// Found out by what the kernel does when it is asked, not by what we do.
void printModules(const Options& options)
{
    title("What the kernel may load by itself when it is asked (man 5 modprobe.d can forbid it):");
    if (options.socketTicks > 0)
        std::printf("  inet_diag, tcp_diag, udp_diag, unix_diag for NETLINK_SOCK_DIAG (not with --socket-ticks 0)\n");
    if (!options.packets.empty())
        std::printf("  af_packet for --packets\n");
    std::printf("  Nothing else: firewalls, drivers and file systems are asked only where they are loaded.\n");
}

/// The logs and commands of the expressions, which have been checked.
void addTriggerIntentions(const Options& options, const TriggerWatch& watch, std::vector<std::string>& lines)
{
    for (const std::string& expression : options.flight.triggers)
        lines.push_back("trigger: " + expression);
    for (const std::string& path : watch.logPaths())
        lines.push_back(path + "  every tick, for a trigger: its new lines; where links of that name lead, too");
    for (const std::string& command : watch.commands())
        lines.push_back("/bin/sh -c '" + command + "'  for a trigger, as whoever records, every 10 s unless it says");
}

void printBounds(const Options& options)
{
    title("Bounds:");
    if (options.cpuPermille > 0)
        std::printf("  CPU: %u.%u %% of one core, as a mean over 60 s. Beyond it, less is recorded, in this order:\n"
                    "       single sockets; threads; io, status and schedstat of processes; cgroups below the top\n"
                    "       level; processes one after the other; a sample every 5 s; system-wide files only\n",
            options.cpuPermille / 10, options.cpuPermille % 10);
    else
        std::printf("  CPU: none (--cpu 0)\n");
    if (options.mostBytes)
        std::printf("  output: at most %" PRIu64 " bytes\n", *options.mostBytes);
    if (options.freeFloor.bytes > 0 || options.freeFloor.percent > 0)
        std::printf("  disk: pauses while less than %" PRIu64 " bytes or %u %% of its file system are free\n",
            options.freeFloor.bytes, options.freeFloor.percent);
    std::printf("  %s\n", redactionText(options.redaction));
}

void printFiles(const Root& root)
{
    title("Reads, as far as they are there (\"every\" counts samples; below a pattern what matches now):");
    for (const SourceEntry& source : sourceTable()) {
        std::printf("  %-64s %s\n", source.path, cadenceText(source).c_str());
        if (std::strchr(source.path, '*') != nullptr)
            for (const std::string& path : root.matches(source.path))
                std::printf("    %s\n", path.c_str());
    }
}

class CountingSink final : public framing::Sink {
public:
    int write(std::string_view bytes) override
    {
        m_bytes += bytes.size();
        return 0;
    }
    std::uint64_t bytes() const { return m_bytes; }

private:
    std::uint64_t m_bytes = 0;
};

struct Measured {
    std::uint64_t startBytes = 0; ///< before the first sample
    std::uint64_t keyframeBytes = 0; ///< of the first sample
    std::uint64_t bytes = 0; ///< of the samples after it
    double cpuSeconds = 0; ///< of the samples after the first
    std::uint64_t taken = 0;
    std::uint64_t processes = 0;
};

double cpuSeconds(int who)
{
    rusage usage{};
    getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double allCpuSeconds()
{
    return cpuSeconds(RUSAGE_SELF) + cpuSeconds(RUSAGE_CHILDREN);
}

double seconds(std::int64_t nanoseconds)
{
    return static_cast<double>(nanoseconds) * 1e-9;
}

/// Nothing when it was stopped before the second sample.
std::optional<Measured> takeSamples(const Options& options, const Root& root)
{
    Measured measured;
    Events events;
    Sampler sampler(options, root, events);
    CountingSink sink;
    framing::CaptureWriter writer(sink);
    std::vector<Denial> denials;
    if (writeMembers(Moment::Start, root, sampler.timeZone(), writer, denials) != 0)
        return std::nullopt;
    measured.startBytes = sink.bytes();
    sampler.start();
    TickTimer timer(options.intervalNanoseconds, samples - 1);
    if (timer.start() != 0)
        return std::nullopt;
    TickPlan plan;
    double cpuBefore = 0;
    std::string blocks;
    while (timer.wait(stopDescriptor(), {}, -1, plan.slot) == TickTimer::Wake::Slot) {
        const std::uint64_t bytesBefore = sink.bytes();
        plan.clocks = readClocks();
        plan.pass = measured.taken == 0 ? Pass::Keyframe : Pass::Changes;
        plan.intervalNanoseconds = options.intervalNanoseconds;
        plan.bytesWritten = sink.bytes();
        blocks.clear();
        sampler.take(plan, {}, blocks);
        if (measured.taken == 0)
            writer.beginSegment(
                manifestJson(sampler.manifest(plan)), sampler.processDictionary(), plan.clocks.real / 1'000'000'000);
        if (writer.addTick({plan.slot.number, plan.clocks.real, plan.clocks.monotonic}, blocks) != 0)
            return std::nullopt;
        (measured.taken == 0 ? measured.keyframeBytes : measured.bytes) += sink.bytes() - bytesBefore;
        if (measured.taken == 0)
            cpuBefore = allCpuSeconds();
        ++measured.taken;
    }
    if (measured.taken < 2)
        return std::nullopt;
    measured.cpuSeconds = allCpuSeconds() - cpuBefore;
    measured.processes = sampler.processesSeen();
    return measured;
}

/// "3.1 MiB"
std::string sizeText(double bytes)
{
    constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < std::size(units); ++unit)
        bytes /= 1024;
    char text[40];
    std::snprintf(text, sizeof text, bytes < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return text;
}

void printFree(const Options& options)
{
    const auto slash = options.output.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : options.output.substr(0, slash + 1);
    struct statvfs status { };
    if (options.output == "-" || statvfs(folder.c_str(), &status) != 0)
        return;
    const double unit = static_cast<double>(status.f_frsize);
    std::printf("  free there  %s of %s\n", sizeText(static_cast<double>(status.f_bavail) * unit).c_str(),
        sizeText(static_cast<double>(status.f_blocks) * unit).c_str());
}

} // namespace

int printIntentions(const Options& options, const Root& root)
{
    StuckHelpers stuck;
    HelperCommands commands(stuck);
    TriggerWatch watch(options.hasCommands ? &commands : nullptr);
    if (const int status = addTriggers(options, watch))
        return status;
    Events events;
    Sampler sampler(options, root, events);
    std::printf("hindcast-record %s would do this, and nothing else. Nothing has been recorded.\n", HINDCAST_VERSION);
    printOutput(options);
    printBounds(options);
    printChangesToItself();
    printModules(options);
    title("Asks and does besides reading the files below:");
    std::vector<std::string> lines;
    for (const Source* const source : sampler.sources())
        source->addIntentions(lines);
    addMemberIntentions(root, lines);
    if (options.history == History::Copy)
        lines.emplace_back(options.redaction == Redaction::Off
                ? "copies of those files of the last day, 64 MiB in all, at the end (--history)"
                : options.redaction == Redaction::Secrets
                ? "copies of those of sysstat of the last day, 64 MiB in all, at the end (--history); the others hold "
                  "command lines"
                : "no copies of them: names of hosts cannot be replaced in there (--history)");
    for (const PacketRequest& request : options.packets)
        lines.push_back("packets of "
            + request.interface + (request.filter.empty() ? "" : " that match " + request.filter) + ", the first "
            + std::to_string(options.snapLength) + " bytes of each (AF_PACKET, needs CAP_NET_RAW)"
            + (options.redaction == Redaction::Off ? "" : ", headers only: what they carry becomes zeros"));
    AtTrigger(options, root, sampler.stuckHelpers()).addIntentions(lines);
    addTriggerIntentions(options, watch, lines);
    for (const std::string& line : lines)
        std::printf("  %s\n", line.c_str());
    printFiles(root);
    return printed();
}

int printEstimate(const Options& options, const Root& root)
{
    if (const int status = checkTriggers(options))
        return status;
    const auto measured = takeSamples(options, root);
    if (!measured) {
        say("no estimate: fewer than two samples could be taken");
        return exit_status::nothingRecorded;
    }
    const double interval = seconds(options.intervalNanoseconds);
    const auto later = static_cast<double>(measured->taken - 1);
    const double cpu = measured->cpuSeconds / later;
    const double change = static_cast<double>(measured->bytes) / later;
    const auto perSegment = static_cast<double>(options.ticksPerSegment);
    const double perSample = (static_cast<double>(measured->keyframeBytes) + change * (perSegment - 1)) / perSegment;
    const double perDay = perSample / interval * secondsPerDay;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("From %" PRIu64 " samples, %g s apart, of %" PRIu64 " processes:\n", measured->taken, interval,
        measured->processes);
    std::printf("  CPU         %.1f ms a sample: %.2f %% of one core\n", cpu * 1e3, cpu / interval * 100);
    std::printf("  memory      %s\n", sizeText(static_cast<double>(usage.ru_maxrss) * 1024).c_str());
    std::printf("  file        %s to begin with, then about %s a sample: %s an hour, %s a day\n",
        sizeText(static_cast<double>(measured->startBytes)).c_str(), sizeText(perSample).c_str(),
        sizeText(perDay / 24).c_str(), sizeText(perDay).c_str());
    if (options.lastSlot)
        std::printf("  as asked    %s in all\n",
            sizeText(static_cast<double>(measured->startBytes) + perSample * static_cast<double>(*options.lastSlot + 1))
                .c_str());
    printFree(options);
    std::printf("Busier hours change more between samples: expect two to four times as many bytes then.\n"
                "Nothing has been written. Packets, logs and thread dumps are not in these figures.\n");
    return printed();
}

} // namespace hindcast::recorder
