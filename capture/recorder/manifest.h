// manifest.json, the first member of each segment: whose capture this is, by which clocks, and what could not be read.
#pragma once

#include "clocks.h"
#include "denial.h"
#include "options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hindcast::recorder {

struct Manifest {
    const char* redaction = "off"; ///< "default", "strict"
    std::uint64_t segment = 0;
    std::uint64_t firstTick = 0;
    std::int64_t intervalNanoseconds = 0; ///< within the segment
    std::int64_t askedIntervalNanoseconds = 0; ///< of the schedule asked for
    std::optional<std::uint64_t> lastSlot; ///< of the schedule asked for
    std::string hostname, kernel, machine, bootId, timeZone;
    std::optional<std::int64_t> utcOffsetSeconds;
    std::int64_t bootTimeSeconds = 0; ///< 0 = not known
    unsigned cpus = 0; ///< 0 = not known
    Clocks clocks;
    std::uint64_t socketTicks = 0;
    std::vector<PacketRequest> packets;
    unsigned snapLength = 0; ///< of packets, when there are any
    std::int64_t packetNanoseconds = 0; ///< likewise
    std::vector<Denial> denials;
};

/// One JSON object; what is not known is null.
std::string manifestJson(const Manifest& manifest);

} // namespace hindcast::recorder
