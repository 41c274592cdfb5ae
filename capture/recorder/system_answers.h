// What the system answers to calls rather than through files: uname, adjtimex, sysconf, limits, time zone, container
// marks. Each is a text of "key value" lines; a question that is not answered has no line.
#pragma once

#include "root.h"

#include <cstdint>
#include <optional>
#include <string>

namespace hindcast::recorder {

std::string unameText();
/// State of the clock's discipline (man 2 adjtimex); reads only.
std::string clockDisciplineText();
std::string sysconfText();
/// The recorder's own limits and identity, which explain what it could not read.
std::string limitsText();
/// Files that container runtimes leave behind.
std::string containerText(const Root& root);

struct TimeZone {
    std::string name; ///< "Asia/Seoul"; "" = not known
    std::string abbreviation; ///< "KST"
    std::optional<std::int64_t> offsetSeconds; ///< east of UTC, now
};
/// The zone of the host (/etc/localtime), not that of the caller's environment.
TimeZone hostTimeZone(const Root& root);
std::string timeZoneText(const TimeZone& zone);

} // namespace hindcast::recorder
