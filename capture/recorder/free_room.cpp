#include "free_room.h"

#include <algorithm>
#include <sys/statvfs.h>

namespace hindcast::recorder {

bool hasFreeRoom(int descriptor, const FreeFloor& floor, std::uint64_t bytes)
{
    struct statvfs status { };
    if (fstatvfs(descriptor, &status) != 0 || status.f_frsize == 0)
        return true;
    const std::uint64_t block = status.f_frsize;
    const std::uint64_t least = std::max(floor.bytes, std::uint64_t{status.f_blocks} * block / 100 * floor.percent);
    // f_bavail, not f_bfree: what everybody may use, without the share kept for root.
    return std::uint64_t{status.f_bavail} * block >= least + bytes;
}

} // namespace hindcast::recorder
