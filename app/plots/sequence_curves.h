// SequenceCurves: what a time-sequence graph draws for one direction of a conversation: each segment as a stretch of
// bytes at an instant, what the other end had acknowledged, and how far its window reached. Sequence numbers count on
// past 4 GiB.
#pragma once

#include "model/conversation.h"

#include <cstdint>
#include <vector>

namespace hindcast {

struct SequenceCurves {
    struct Segment {
        Time time{};
        std::int64_t begin = 0, end = 0; ///< bytes; SYN and FIN count as one
        std::uint32_t row = 0;
    };
    struct Acknowledgment {
        Time time{};
        std::int64_t acknowledged = 0;
        std::int64_t windowEdge = 0;
        std::uint32_t row = 0;
    };

    std::vector<Segment> segments; ///< times never decrease
    std::vector<Acknowledgment> acknowledgments; ///< times never decrease
    std::uint32_t firstRawSequence = 0; ///< on the wire, of sequence number 0

    static SequenceCurves of(const Conversation& conversation, Side from);
};

/// The end that sent more bytes.
Side busierSide(const Flow& flow);

} // namespace hindcast
