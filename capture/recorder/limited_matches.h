// LimitedMatches: the files of one pattern, no more than are worth their time. On a host with hundreds of interfaces of
// containers the card must not be the one that is left out.
#pragma once

#include "root.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

struct LimitedMatches {
    std::vector<std::string> paths;
    std::uint64_t leftOut = 0;
};

/// Up to `most` sorted by name. Of more the first: those of devices of the machine before those made up by software,
/// and then by their numbers (cpu2 before cpu10).
LimitedMatches limitedMatches(const Root& root, const char* pattern, std::size_t most);

} // namespace hindcast::recorder
