// verify: the integrity of a capture, frame by frame: checksums, the SHA-256 chain, every tick, gaps, the last good
// tick.
#pragma once

#include "archive/archive.h"

namespace hindcast::archive {

struct FrameVerdict {
    std::uint64_t offset = 0, bytes = 0;
    framing::FrameKind kind = framing::FrameKind::Segment;
    std::optional<std::uint64_t> segment;
    std::uint64_t ticks = 0, corruptTicks = 0, missedTicks = 0;
    bool isWhole = false; ///< decoded to its end, content checksum agrees
    bool hasIndex = false;
    bool isChained = false; ///< sha256 and previous agree with the bytes
    std::string problem; ///< the first, "" when sound
};

struct Verdict {
    std::vector<FrameVerdict> frames; ///< none in a tar of another packing, which has no checksums but its compressor's
    bool hasFraming = true; ///< Hindcast's own; false: a capture of the script, or one that was packed again
    std::uint64_t members = 0; ///< read to their end; counted only without the framing
    std::vector<Damage> damage;
    std::uint64_t ticks = 0, missedTicks = 0, corruptTicks = 0;
    std::optional<std::uint64_t> lastGoodTick;
    std::optional<Time> lastGoodTime;
    bool isFinished = false;
    bool isSound = false; ///< nothing lost and nothing changed
};

/// errors as Archive::open, and "not a capture: nothing to verify" for what holds no segment
Result<Verdict> verify(const std::filesystem::path& path, std::stop_token stop = {});

} // namespace hindcast::archive
