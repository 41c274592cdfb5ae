// StampedBlocks: a text in which a line with the time stands above each block, as collectors write that append what a
// tool or the kernel prints to a log: pt-stalk ("TS 1298130003.07 …"), OSWatcher ("zzz ***Sat Nov 21 …"), and loops of
// `date; ps; sleep`.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// A line that holds a date and a time, decoration around them, and nothing else.
struct DateLine {
    Time time{}; ///< as if in UTC when `hasZone` is false
    bool hasZone = false;
    std::string_view zone; ///< "KST": as it was named; "" when it was not
    std::optional<std::chrono::seconds> utcOffset; ///< of "+09:00", and of what names both an instant and a civil time
};

/// "Sat Nov 21 03:17:02 UTC 2026" and what else date(1) prints, in any locale; ISO 8601; between "###", "===", "[ ]"
/// and the like too.
std::optional<DateLine> readDateLine(std::string_view line);

struct StampedBlock {
    Time time{};
    std::string_view text; ///< without the line of the stamp
    std::uint64_t linesBefore = 0; ///< in the whole text
};

struct StampedText {
    std::string_view head; ///< what stands in front of the first stamp
    std::vector<StampedBlock> blocks; ///< times strictly increasing
    bool isLocal = false; ///< times of the host's wall clock, as if in UTC
    bool wasSetBack = false; ///< that clock went back by an hour or two: times go on by what they went before
    std::string_view zone; ///< as the stamps named it: "KST"
    std::optional<std::chrono::seconds> utcOffset; ///< of the host's clock
};

/// Nothing for texts of another kind: without such lines, with the stamps of one tool that reads them itself (iostat
/// -t, thread dumps), or with one date somewhere in the middle.
std::optional<StampedText> splitAtStamps(std::string_view text);

} // namespace hindcast::parse
