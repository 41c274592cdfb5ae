#include "base/unit.h"

namespace hindcast {

std::string unitName(Unit unit)
{
    const auto base = static_cast<Unit>(static_cast<unsigned>(unit) & ~static_cast<unsigned>(Unit::PerSecondFlag));
    std::string name;
    switch (base) {
    case Unit::Count:
        name = "count";
        break;
    case Unit::Ratio:
        name = "ratio";
        break;
    case Unit::Percent:
        name = "percent";
        break;
    case Unit::Seconds:
        name = "seconds";
        break;
    case Unit::Bytes:
        name = "bytes";
        break;
    case Unit::Packets:
        name = "packets";
        break;
    default:
        break;
    }
    return isRate(unit) ? name + "/s" : name;
}

} // namespace hindcast
