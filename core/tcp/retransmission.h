// Retransmission: why bytes that had left before leave again, as the sender's own machine would have it, and whether an
// old segment that arrives was sent again at all or only came late.
#pragma once

#include "tcp/direction_state.h"
#include "tcp/segment.h"

namespace hindcast::tcp {

/// A segment below the furthest byte sent. Two verdicts are kept, because where the capture was taken is known only
/// at the end: next to the sender nothing can be reordered; elsewhere it can.
struct OldSegment {
    std::uint32_t packet = 0;
    std::optional<std::uint32_t> earlier; ///< the packet that carried its first byte before
    Side from = Side::Client;
    std::int64_t begin = 0, end = 0;
    std::uint32_t timestamp = 0; ///< its TSval
    bool hasTimestamp = false;
    RetransmissionCause cause = RetransmissionCause::Other;
    std::uint8_t backoff = 0;
    bool isReordered = false; ///< if it arrived here from afar
    bool isSpurious = false;
};

struct Cause {
    RetransmissionCause cause = RetransmissionCause::Other;
    std::uint8_t backoff = 0;
};

/// Why the sender sent [begin, end) again at `now`; moves the episodes kept in `sender`. `peer` is the other end.
/// source RFC 6298 (RTO), RFC 5681 and 6675 (fast retransmit), RFC 8985 (RACK and tail loss probe)
Cause resendCause(DirectionState& sender, const DirectionState& peer, const Segment& segment, std::int64_t begin,
    std::int64_t end, Time now);

/// Whether an old segment that came from afar was only late. IP identifications and timestamps say when it left; with
/// neither, how long ago the direction moved on must do.
bool isLate(const DirectionState& sender, const Segment& segment, Time now);

} // namespace hindcast::tcp
