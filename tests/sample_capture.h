// SampleCapture: a small capture made in memory through the real writer, with known content and known byte offsets, for
// tests that cut, flip or rebuild it.
#pragma once

#include "framing/capture_writer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::test {

struct SampleCaptureOptions {
    unsigned segments = 4;
    unsigned ticksPerSegment = 5;
    bool isClosed = true;
    std::int64_t intervalNanoseconds = 1'000'000'000;
    std::int64_t firstRealNanoseconds = 1'760'000'000'000'000'000;
    std::int64_t sinceBootNanoseconds = 50'000'000'000'000; ///< boot clock of tick 0
    std::string bootId = "0f0f";
    unsigned suspendedBeforeTick = 0; ///< the boot clock runs on by `suspendedNanoseconds` before this tick; 0 = never
    std::int64_t suspendedNanoseconds = 0;
    std::vector<unsigned> skippedTicks; ///< numbers of the schedule that are not taken
    unsigned stepAtTick = 0; ///< from this tick on the wall clock is off by `stepNanoseconds`; 0 = never
    std::int64_t stepNanoseconds = 0;
};

struct SampleCapture {
    std::string bytes;
    std::vector<std::uint64_t> tickEnds; ///< size of the file after each tick was flushed
    std::vector<std::uint64_t> frameEnds; ///< after each frame's index record
    unsigned ticks = 0;
};

/// Tick n holds: cpu0 user time 10·n clock ticks of 100, load.1 n/100, process 1 (its text changes only every third
/// tick) and, from tick 3 to 7, process 42.
SampleCapture makeSampleCapture(const SampleCaptureOptions& options = {});

/// Writes `bytes` to a file; ends the test program when it cannot.
void writeFile(const std::string& path, const std::string& bytes);
std::string readFile(const std::string& path);

} // namespace hindcast::test
