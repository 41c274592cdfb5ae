// UptimeLine: the line "11:24:50 up 2 days, 3:04, 1 user, load average: 0.23, 0.22, 0.09" that uptime, w and top begin
// with, in any language: the figures are found by their forms and places, not by words.
// Source: procps library/uptime.c; coreutils src/uptime.c; busybox procps/uptime.c.
#pragma once

#include "base/time.h"
#include "model/column.h"

#include <array>
#include <optional>
#include <string_view>

namespace hindcast::parse {

struct UptimeLine {
    std::optional<Nanoseconds> timeOfDay; ///< since midnight, of the host's zone
    double upSeconds = notMeasured, users = notMeasured;
    std::array<double, 3> load{}; ///< means over 1, 5 and 15 minutes
};

/// Nothing for a line without the three loads at its end.
std::optional<UptimeLine> readUptimeLine(std::string_view line);

/// "0.40, 0.72, 0.86" or, where the comma is the decimal sign, "0,40, 0,72, 0,86"; takes them off the front.
std::optional<std::array<double, 3>> takeLoads(std::string_view& text);

/// "up 38 days,  1:34", "16:03", "2 min", "1 day, 6 min", "2 weeks, 3 hours": seconds; NaN when no time is in it.
double readUpTime(std::string_view text);

} // namespace hindcast::parse
