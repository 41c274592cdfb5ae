// The index record after each zstd frame, in a skippable frame that every decoder passes over: where the frame's ticks
// lie in time, how large it is, and its link in the SHA-256 chain. It is also what a reader looks for to find its way
// again behind damage.
#pragma once

#include "framing/checksums.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::framing {

constexpr std::uint32_t zstdFrameMagic = 0xFD2FB528U;
constexpr std::uint32_t indexFrameMagic = 0x184D2A50U; ///< skippable frame 0: ours
constexpr std::uint32_t seekTableMagic = 0x184D2A5EU; ///< skippable frame 14: zstd's seekable format
constexpr std::string_view indexTag = "HINDCAST-INDEX 1\n"; ///< the payload's first bytes

enum class FrameKind { Segment, Members, Close };

struct IndexRecord {
    FrameKind kind = FrameKind::Segment;
    std::uint64_t sequence = 0; ///< frames written before this one in the capture
    std::uint64_t segment = 0; ///< N of seg/N; only for Segment
    std::uint64_t firstTick = 0, lastTick = 0,
                  ticks = 0; ///< numbers of the first and last tick, and how many there are
    std::int64_t firstRealNanoseconds = 0, lastRealNanoseconds = 0; ///< CLOCK_REALTIME of those ticks
    std::int64_t firstMonotonicNanoseconds = 0, lastMonotonicNanoseconds = 0;
    std::uint64_t rawBytes = 0; ///< decompressed size of the frame
    std::uint64_t frameBytes = 0; ///< compressed size: the frame starts this many bytes before the index frame
    Digest previous{}; ///< sha256 of the index record before, zeros for the first
    Digest sha256{}; ///< chainDigest() of previous, frame and head
    std::string head; ///< set by parseIndexPayload: the payload's text before its last line, sha256
};

/// The whole skippable frame: magic, size, text payload.
std::string encodeIndexFrame(const IndexRecord& record);
/// `payload` is what follows the 8-byte skippable header. Nothing when it is not an index record of a known version.
std::optional<IndexRecord> parseIndexPayload(std::string_view payload);

/// The payload's text up to the line sha256: what the digest seals besides the frame.
std::string indexPayloadHead(const IndexRecord& record);

/// SHA-256 of the previous digest, the frame's compressed bytes and the payload's head, as stored in
/// IndexRecord::sha256.
Digest chainDigest(const Digest& previous, std::string_view frame, std::string_view head);

std::uint32_t readLittleEndian32(const char* bytes);
void appendLittleEndian32(std::string& out, std::uint32_t value);

} // namespace hindcast::framing
