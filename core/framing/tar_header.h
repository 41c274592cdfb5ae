// The ustar header: the 512 bytes before each member. Written by the recorder, read by the archive.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::framing {

constexpr std::size_t tarBlockSize = 512;
using TarBlock = std::array<char, tarBlockSize>;

/// Bytes of padding after a member of `size` bytes, so that the next header starts on a block.
constexpr std::uint64_t tarPadding(std::uint64_t size)
{
    return (tarBlockSize - size % tarBlockSize) % tarBlockSize;
}

struct TarMember {
    std::string path;
    std::uint64_t size = 0;
    std::int64_t modified = 0; ///< seconds since the epoch
    char type = '0'; ///< '0' regular file; anything else is listed, never followed
};

/// The header of a regular file, mode 0600, owner 0. Nothing when the path does not fit (100 bytes, or 155 + '/' + 100)
/// or the size is over 8 GiB - 1. Source: POSIX.1-2017 pax, "ustar Interchange Format".
std::optional<TarBlock> makeTarHeader(const TarMember& member);

enum class TarHeaderKind { Member, End, Damaged };

/// Reads one header block. End = a block of zeros. Damaged = bad checksum, magic or number; `member` is then untouched.
TarHeaderKind parseTarHeader(std::string_view block, TarMember& member);

/// A path a capture may hold: relative, no empty, "." or ".." part, no control bytes or backslash, at most 255 bytes.
bool isSafeMemberPath(std::string_view path);

} // namespace hindcast::framing
