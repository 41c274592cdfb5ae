// Denial: a source that could not be read, for the manifest and for the line at the end.
#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>

namespace hindcast::recorder {

struct Denial {
    std::string path;
    int errorNumber = 0;
    std::optional<std::uint64_t> tick; ///< when it was first met; nothing for what is read at the start
    std::uint64_t count = 1; ///< for "/proc/<pid>/stat": how many processes
};

/// Refused, as opposed to not there.
inline bool isRefusal(int errorNumber)
{
    return errorNumber == EACCES || errorNumber == EPERM;
}

} // namespace hindcast::recorder
