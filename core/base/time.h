// Instants and ranges. Core knows UTC only; zones are a matter of display (app/text) or of report options.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast {

using Nanoseconds = std::chrono::nanoseconds;

/// An instant, nanoseconds since 1970-01-01T00:00:00Z. Sources without a wall clock use the same type from zero; their
/// Clock says so.
using Time = std::chrono::sys_time<Nanoseconds>;

/// What the times of a source mean.
enum class Clock : std::uint8_t {
    Wall, ///< instants on the UTC axis
    Boot, ///< since boot, boot time unknown
    None, ///< the source has no clock: sample index in seconds
};

/// Half-open: [begin, end).
struct TimeRange {
    Time begin{};
    Time end{};

    Nanoseconds duration() const { return end - begin; }
    bool isEmpty() const { return end <= begin; }
    bool contains(Time t) const { return begin <= t && t < end; }
    friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

inline double toSeconds(Nanoseconds duration)
{
    return std::chrono::duration<double>(duration).count();
}
inline double toSeconds(Time time)
{
    return toSeconds(time.time_since_epoch());
}
inline Time timeFromNanoseconds(std::int64_t sinceEpoch)
{
    return Time{Nanoseconds{sinceEpoch}};
}
/// Nearest nanosecond; a double holds about 0.2 µs at today's dates.
Time timeFromSeconds(double sinceEpoch);

/// RFC 3339 in UTC with the given number of fraction digits (0…9): "2026-11-21T11:30:27.250Z".
std::string formatUtc(Time time, int fractionDigits = 0);
/// RFC 3339 shifted by a fixed offset from UTC: "2026-11-21T20:30:27+09:00".
std::string formatWithOffset(Time time, std::chrono::seconds utcOffset, int fractionDigits = 0);
/// "250 ms", "15.0 s", "7 min 30 s", "24 h 0 min", "3 d 2 h".
std::string formatDuration(Nanoseconds duration);

/// RFC 3339 ("2026-11-21T11:30:27Z", "…+09:00", a space for the T is accepted); nothing when it is not one.
std::optional<Time> parseRfc3339(std::string_view text);

} // namespace hindcast
