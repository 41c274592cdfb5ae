// The units a value can have. A unit travels with its values from parser to axis; nothing is converted by comment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hindcast {

enum class Unit : std::uint8_t {
    None, ///< dimensionless, e.g. a load average or a queue length
    Count, ///< things without a narrower unit: processes, context switches, requests
    Ratio, ///< 0…1
    Percent, ///< 0…100, where the field prints percentages (CPU shares, %util)
    Seconds,
    Bytes,
    Packets,
    // Each of the above per second.
    PerSecondFlag = 0x80,
    CountPerSecond = Count | PerSecondFlag,
    SecondsPerSecond = Seconds | PerSecondFlag,
    BytesPerSecond = Bytes | PerSecondFlag,
    PacketsPerSecond = Packets | PerSecondFlag,
};

/// The unit of a counter's rate. A rate of seconds per second stays SecondsPerSecond.
constexpr Unit perSecond(Unit unit)
{
    return static_cast<Unit>(static_cast<unsigned>(unit) | static_cast<unsigned>(Unit::PerSecondFlag));
}
constexpr bool isRate(Unit unit)
{
    return (static_cast<unsigned>(unit) & static_cast<unsigned>(Unit::PerSecondFlag)) != 0;
}

/// The machine name used by `hindcast-report dump`: "bytes", "bytes/s", "percent", "" for None.
std::string unitName(Unit unit);

} // namespace hindcast
