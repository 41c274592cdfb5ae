#include "parse/civil_clock.h"

#include "base/text_scanner.h"

#include <array>

namespace hindcast::parse {
namespace {

struct NamedZone {
    std::string_view name;
    int hours;
};
constexpr std::array zones{NamedZone{"UTC", 0}, NamedZone{"GMT", 0}, NamedZone{"UT", 0}, NamedZone{"Z", 0},
    NamedZone{"EDT", -4}, NamedZone{"EST", -5}, NamedZone{"CDT", -5}, NamedZone{"CST", -6}, NamedZone{"MDT", -6},
    NamedZone{"MST", -7}, NamedZone{"PDT", -7}, NamedZone{"PST", -8}};

} // namespace

std::optional<std::chrono::seconds> zoneOffset(std::string_view zone)
{
    for (const NamedZone& known : zones)
        if (known.name == zone)
            return std::chrono::hours{known.hours};
    if (zone.size() < 3 || (zone.front() != '+' && zone.front() != '-'))
        return std::nullopt;
    const int sign = zone.front() == '-' ? -1 : 1;
    const auto hours = parseInteger<unsigned>(zone.substr(1, 2));
    auto rest = zone.substr(3);
    if (rest.starts_with(':'))
        rest.remove_prefix(1);
    const auto minutes = rest.empty() ? std::optional(0U) : parseInteger<unsigned>(rest);
    if (!hours || !minutes || *hours > 15 || *minutes > 59)
        return std::nullopt;
    return sign * (std::chrono::hours{*hours} + std::chrono::minutes{*minutes});
}

} // namespace hindcast::parse
