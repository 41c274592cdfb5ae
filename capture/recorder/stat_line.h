// StatLine: the few fields of /proc/<pid>/stat that the recorder itself needs to know a process again.
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
};

/// Nothing when the text is not a whole line of that file.
std::optional<StatLine> parseStatLine(std::string_view text);

} // namespace hindcast::recorder
