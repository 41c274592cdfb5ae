// Cost: CPU time of one part of the recorder in one tick, for the block hindcast/cost and for the governor.
#pragma once

#include <cstdint>

namespace hindcast::recorder {

struct Cost {
    const char* name;
    std::int64_t nanoseconds;
};

} // namespace hindcast::recorder
