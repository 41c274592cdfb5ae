// Parameter: a number a rule compares with, by name, so that users can see it, know where it comes from and set
// another.
#pragma once

#include "base/unit.h"

#include <string_view>

namespace hindcast::diagnose {

struct Parameter {
    std::string_view name; ///< without the rule's id: "queue"
    double value = 0;
    Unit unit = Unit::None;
    std::string_view meaning; ///< "requests waiting or being served, at a device that works in parallel"
    std::string_view source; ///< where the number comes from: "man iostat", "house" = our own default
};

} // namespace hindcast::diagnose
