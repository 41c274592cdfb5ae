// hasFreeRoom(): whether a file system has room for so many bytes and stays above the floor of --min-free.
#pragma once

#include "options.h"

#include <cstdint>

namespace hindcast::recorder {

/// `descriptor`: of any file in it. True when the file system does not say.
bool hasFreeRoom(int descriptor, const FreeFloor& floor, std::uint64_t bytes);

} // namespace hindcast::recorder
