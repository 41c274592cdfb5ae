// The blocks inside a tick: "== path start_ns dur_us errno len", the bytes, a newline; and the tick's last line with
// its checksum. Described for other people in capture/FORMAT.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::framing {

/// Bytes up to 0x20, 0x7F and '%' as %XX, so that a field never holds a blank or a newline.
std::string escapeField(std::string_view text);
void appendEscaped(std::string& out, std::string_view text);
/// The reverse; a '%' not followed by two hexadecimal digits stands for itself.
std::string unescapeField(std::string_view text);

struct BlockHeader {
    std::string path; ///< "/proc/stat"; or a record of the recorder's own, "hindcast/tick"
    std::int64_t startNanoseconds = 0; ///< CLOCK_MONOTONIC when reading began
    std::int64_t durationMicroseconds = 0;
    int errorNumber = 0; ///< errno of a source that could not be read; the body is then empty
    std::optional<std::uint64_t> length = 0; ///< nothing for "-": the body runs to the next line that begins with "== "
};

/// "== path start_ns dur_us errno len\n"
void appendBlockHeader(std::string& out, const BlockHeader& header);
/// Header, body, newline.
void appendBlock(std::string& out, const BlockHeader& header, std::string_view body);
/// The same without a BlockHeader, whose path would be allocated: the recorder writes thousands of blocks a second.
void appendBlock(std::string& out, std::string_view path, std::int64_t startNanoseconds,
    std::int64_t durationMicroseconds, int errorNumber, std::string_view body);
/// `line` without its newline. Nothing when it is not a block header; "== end …" is not one.
std::optional<BlockHeader> parseBlockHeader(std::string_view line);

/// Closes a tick: "== end ticks=N crc32c=XXXXXXXX\n", the checksum being that of all bytes of `tick` so far.
/// ticks = ticks recorded since the capture began, this one included.
void appendTickEnd(std::string& tick, std::uint64_t ticks);

struct TickEnd {
    std::uint64_t ticks = 0;
    std::string_view blocks; ///< the bytes before the end line
};
enum class TickState { Whole, Torn, Corrupt }; ///< Torn = no end line; Corrupt = the checksum disagrees
TickState checkTick(std::string_view member, TickEnd& end);
/// The same without computing the checksum, for ticks that something else vouches for.
TickState findTickEnd(std::string_view member, TickEnd& end);

/// A block as it lies in a tick; `path` is still escaped.
struct Block {
    std::string_view path;
    std::int64_t startNanoseconds = 0;
    std::int64_t durationMicroseconds = 0;
    int errorNumber = 0;
    std::string_view body;
};
enum class NextBlock { Found, End, Damaged };
/// Takes the next block off `rest`, without copying. Damaged: `rest` does not begin with a block header, or the body is
/// shorter than it says; `rest` is then left where the damage is.
NextBlock nextBlock(std::string_view& rest, Block& block);

} // namespace hindcast::framing
