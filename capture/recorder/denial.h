// Denial: a source that could not be read, for the manifest and for the line at the end.
#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hindcast::recorder {

struct Denial {
    std::string path;
    int errorNumber = 0;
    std::optional<std::uint64_t> tick; ///< when it was first met; nothing for what is read at the start
    std::uint64_t count = 1; ///< for "/proc/<pid>/stat": how many processes; for a pattern: how many files
};

/// Those of several files that one pattern of sources.txt found, with the same errno, become one: the pattern, with
/// their count. Each of a thousand interfaces of containers refuses to tell its speed.
std::vector<Denial> foldedDenials(const std::vector<Denial>& denials);

/// Refused, as opposed to not there.
inline bool isRefusal(int errorNumber)
{
    return errorNumber == EACCES || errorNumber == EPERM;
}

} // namespace hindcast::recorder
