// DirectionState: what the segments of one end have shown so far: what it sent, what of that was acknowledged, and what
// it last said about the other direction.
#pragma once

#include "tcp/recent_segments.h"
#include "tcp/round_trip.h"
#include "tcp/sent_segments.h"
#include "tcp/sequence_space.h"

#include <optional>
#include <utility>
#include <vector>

namespace hindcast::tcp {

struct DirectionState {
    // What it sent.
    SequenceSpace space;
    bool hasSent = false; ///< any segment of it was seen
    std::uint32_t segments = 0; ///< copies left out
    std::int64_t next = 0; ///< behind the furthest byte it sent
    std::int64_t acknowledged = 0; ///< the furthest the other end acknowledged of it (SND.UNA)
    std::int64_t highestSacked = 0; ///< right edge of the furthest block the other end has reported (RFC 2018)
    Time lastSegment{}; ///< of any kind
    Time lastBytes{}; ///< that took sequence numbers
    Time nextMoved{}; ///< when `next` last grew
    Time acknowledgedMoved{};
    SentSegments sent;
    std::vector<std::pair<std::int64_t, std::int64_t>> holes; ///< below `next`, never seen
    RoundTrips roundTrips; ///< from its bytes to their acknowledgment
    std::optional<std::int64_t> finEnd; ///< behind its FIN
    bool isSackPermitted = false;
    bool hasSentSynAck = false;

    // What it said as a receiver of the other direction.
    bool hasAcknowledged = false;
    std::uint32_t lastAcknowledgment = 0; ///< as on the wire
    std::uint16_t lastWindow = 0; ///< as on the wire
    std::int64_t windowEdge = 0; ///< furthest position of the other end it allows
    std::int64_t lastSackLeft = 0, lastSackRight = 0; ///< first block of its last report
    std::uint32_t duplicateAcks = 0; ///< in a row, since its acknowledgment moved

    // For verdicts about resent bytes (retransmission.h).
    std::int64_t timeoutEnd = 0; ///< what was outstanding when the open RTO episode began
    std::int64_t recoveryEnd = 0; ///< the same of fast recovery
    bool isTailProbed = false; ///< since `acknowledged` moved
    std::uint8_t timeouts = 0; ///< in a row
    bool wasLastKeepAlive = false, wasLastWindowProbe = false, wasLastOld = false;

    // To tell reordering from resending at the receiver.
    RecentSegments recent;
    std::uint16_t newestIdentification = 0;
    bool hasIdentification = false, isIdentificationMoving = false;
    std::uint32_t newestTimestamp = 0;
    bool hasTimestamp = false;
    std::uint8_t timeToLive = 0; ///< of its first segment
};

} // namespace hindcast::tcp
