// LogStamp: dates as people's tools print them in front of a line, in the languages they print them in. Times without a
// zone are of the host's own, which only the caller can know.
#pragma once

#include "base/time.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace hindcast::parse {

struct LogStamp {
    Time time{}; ///< as if in UTC when `hasZone` is false
    bool hasZone = false;
    bool hasYear = true; ///< false: the year is 1972
    std::chrono::seconds offset{}; ///< of the zone from UTC, when it has one
    std::string_view zoneName = {}; ///< "CET": a view into the text; tells no offset by itself
};

/// 1…12 for "Nov", "Mär", "févr.", "мар", "11月"; nothing for other words.
std::optional<unsigned> monthFromName(std::string_view name);

/// "Sat Nov 21 03:17:02 2026", "Sa 21. Nov 03:17:02 2026": ctime(3) and its translations. The whole text.
std::optional<LogStamp> readCtime(std::string_view text);

/// Takes "2026-11-21T03:17:02,123456+01:00" (also "+0100", "Z", a point for the comma, no zone) off the front.
std::optional<LogStamp> takeIsoStamp(std::string_view& rest);

/// Takes "Nov 21 03:17:02" or "Nov 21 03:17:02.123456" off the front; some write the year behind the day.
std::optional<LogStamp> takeSyslogStamp(std::string_view& rest);

/// Takes "2026-11-21 03:17:02.123" or "2026/11/21 03:17:02" off the front, with the zone behind it if there is one:
/// " UTC", "Z", "+01:00". The name of any other zone is taken off too.
std::optional<LogStamp> takeDateAndTime(std::string_view& rest);

/// "03:17:02.5" as a duration since midnight.
std::optional<Nanoseconds> readTimeOfDay(std::string_view text);

} // namespace hindcast::parse
