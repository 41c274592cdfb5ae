// StatLine: the few fields of /proc/<pid>/stat that the recorder itself needs: to know a process again, and to see how
// busy it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hindcast::recorder {

struct StatLine {
    std::string_view comm; ///< between the parentheses; may hold blanks, parentheses and newlines
    char state = '?';
    bool isKernelThread = false;
    std::uint64_t startTicks = 0; ///< since boot, in clock ticks
    std::uint64_t cpuTicks = 0; ///< user and system
    std::uint64_t faults = 0; ///< of pages, minor and major
    std::uint64_t threads = 0;
    std::uint64_t residentPages = 0;
};

/// Nothing when the text is not a whole line of that file.
std::optional<StatLine> parseStatLine(std::string_view text);

} // namespace hindcast::recorder
