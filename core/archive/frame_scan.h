// frame_scan: finds the frames of a capture without decompressing it, by walking zstd block headers and our index
// records, and finds its way again behind damage.
#pragma once

#include "archive/input_file.h"
#include "archive/member.h"

#include <optional>
#include <vector>

namespace hindcast::archive {

struct FrameSpan {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::optional<framing::IndexRecord> index;
    bool isCut = false; ///< the file ends within it
    bool isSuspect = false; ///< its inner structure is damaged; its place is known from the index record behind it
    bool isRepeated = false; ///< a copy of one before it: whoever joined the files had it in two of them
};

struct FrameScan {
    std::vector<FrameSpan> frames; ///< in file order, not overlapping
    std::vector<Damage> damage;
    bool isFinished = false; ///< ends with a closing frame
    bool hasIndex = false; ///< at least one of our index records was found: this is a capture
};

FrameScan scanFrames(const InputFile& file);

} // namespace hindcast::archive
