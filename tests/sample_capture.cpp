#include "sample_capture.h"

#include "framing/block.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace hindcast::test {
namespace {

using framing::appendBlock;

class MemorySink : public framing::Sink {
public:
    int write(std::string_view piece) override
    {
        bytes += piece;
        return 0;
    }
    std::string bytes;
};

std::string statText(unsigned n)
{
    // All CPU time is user or idle, and grows by exactly one second of clock ticks per tick.
    const std::string user = std::to_string(1000 + 10 * n), idle = std::to_string(100000 + 90 * n);
    return "cpu  " + user + " 0 0 " + idle + " 0 0 0 0 0 0\ncpu0 " + user + " 0 0 " + idle
        + " 0 0 0 0 0 0\nintr 5000\nctxt " + std::to_string(7000 + 100 * n) + "\nbtime 1759950000\nprocesses "
        + std::to_string(900 + n) + "\nprocs_running 1\nprocs_blocked 0\n";
}

std::string processText(unsigned pid, const std::string& comm, unsigned userTicks, unsigned start)
{
    return std::to_string(pid) + " (" + comm + ") S 1 1 1 0 -1 4194560 100 0 2 0 " + std::to_string(userTicks)
        + " 3 0 0 20 0 1 0 " + std::to_string(start)
        + " 1048576 256 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
}

std::string manifest(unsigned segment, const SampleCaptureOptions& options)
{
    return R"({"format":"hindcast","schema":1,"tool":"hindcast-record 0.1.0","segment":)" + std::to_string(segment)
        + R"(,"first_tick":)" + std::to_string(segment * options.ticksPerSegment)
        + R"(,"interval_ns":1000000000,"hostname":"sample-host","kernel":"6.1.0","machine":"x86_64","boot_id":")"
        + options.bootId
        + R"(","boot_time_s":1759950000,)"
          R"("clock_ticks":100,"page_size":4096,"cpus":1,"timezone":"Asia/Seoul","utc_offset_s":32400})";
}

constexpr unsigned visitorFirstTick = 3, visitorLastTick = 7;

std::string tickBlocks(unsigned n, bool isKeyframe, const SampleCaptureOptions& options, framing::TickStamp& stamp)
{
    const std::int64_t elapsed = options.intervalNanoseconds * n;
    const bool isStepped = options.stepAtTick != 0 && n >= options.stepAtTick;
    stamp.number = n;
    stamp.monotonicNanoseconds = options.sinceBootNanoseconds + elapsed;
    const bool wasSuspended = options.suspendedBeforeTick != 0 && n >= options.suspendedBeforeTick;
    const std::int64_t asleep = wasSuspended ? options.suspendedNanoseconds : 0;
    stamp.realNanoseconds = options.firstRealNanoseconds + elapsed + asleep + (isStepped ? options.stepNanoseconds : 0);
    const auto isSkipped = [&](unsigned tick) {
        return std::count(options.skippedTicks.begin(), options.skippedTicks.end(), tick) > 0;
    };
    unsigned missed = 0;
    while (missed < n && isSkipped(n - 1 - missed))
        ++missed;
    std::string blocks;
    const auto add = [&](const std::string& path, const std::string& body, int errorNumber = 0) {
        appendBlock(blocks, {path, stamp.monotonicNanoseconds + 1000, 5, errorNumber, {}}, body);
    };
    add("hindcast/tick",
        "tick " + std::to_string(n) + "\nreal_ns " + std::to_string(stamp.realNanoseconds) + "\nmono_ns "
            + std::to_string(stamp.monotonicNanoseconds) + "\nboot_ns "
            + std::to_string(stamp.monotonicNanoseconds + asleep) + "\nlate_ns 1000\nmissed " + std::to_string(missed)
            + "\n");
    add("/proc/stat", statText(n));
    add("/proc/loadavg",
        std::to_string(n / 100) + '.' + (n % 100 < 10 ? "0" : "") + std::to_string(n % 100) + " 0.00 0.00 1/50 4242\n");
    if (isKeyframe)
        add("/proc/pressure/irq", "", 2);
    if (isKeyframe || n % 3 == 0)
        add("/proc/1/stat", processText(1, "init", n / 3, 5));
    if (n >= visitorFirstTick && n <= visitorLastTick)
        add("/proc/42/stat", processText(42, "a) R (b", 20 * n, 5000250));
    if (n == visitorFirstTick)
        add("/proc/42/cmdline", std::string("/usr/bin/visitor\0--now\0", 23));
    if (n == visitorLastTick + 1)
        add("/proc/42/stat", "", 3);
    return blocks;
}

} // namespace

SampleCapture makeSampleCapture(const SampleCaptureOptions& options)
{
    MemorySink sink;
    framing::WriterSettings settings;
    settings.ticksPerSegment = options.ticksPerSegment;
    framing::CaptureWriter writer(sink, settings);
    SampleCapture capture;
    const std::int64_t modified = options.firstRealNanoseconds / 1'000'000'000;
    const auto endFrame = [&] { capture.frameEnds.push_back(sink.bytes.size()); };
    writer.addMember("start/etc/os-release", "NAME=Sample\nPRETTY_NAME=\"Sample Linux 1\"\n", modified);
    writer.endMembers();
    endFrame();
    unsigned n = 0;
    for (unsigned segment = 0; segment < options.segments; ++segment) {
        writer.beginSegment(manifest(segment, options), "1 5 0 init /sbin/init%00\n", modified);
        for (unsigned tick = 0; tick < options.ticksPerSegment; ++tick, ++n) {
            if (std::count(options.skippedTicks.begin(), options.skippedTicks.end(), n) > 0)
                continue;
            framing::TickStamp stamp;
            std::string blocks = tickBlocks(n, tick == 0, options, stamp);
            writer.addTick(stamp, blocks);
            capture.tickEnds.push_back(sink.bytes.size());
            ++capture.ticks;
        }
        const bool isLast = segment + 1 == options.segments;
        if (isLast && !options.isClosed)
            break;
        writer.endSegment();
        endFrame();
    }
    if (options.isClosed)
        writer.close();
    capture.bytes = std::move(sink.bytes);
    return capture;
}

void writeFile(const std::string& path, const std::string& bytes)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) {
        std::fprintf(stderr, "cannot write %s\n", path.c_str());
        std::exit(70);
    }
}

std::string readFile(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

} // namespace hindcast::test
