#include "parse/civil_clock.h"

#include "base/time_zone.h"

namespace hindcast::parse {

std::optional<std::chrono::seconds> zoneOffset(std::string_view zone)
{
    const auto known = zone.empty() ? std::nullopt : TimeZone::fromAbbreviation(zone);
    return known ? std::optional(known->offsetAt(Time{})) : std::nullopt;
}

} // namespace hindcast::parse
