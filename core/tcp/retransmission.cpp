#include "tcp/retransmission.h"

#include <algorithm>

namespace hindcast::tcp {
namespace {

using namespace std::chrono_literals;

/// Nothing of the sender's own making is slower than this when an arriving ACK sets it off.
constexpr Nanoseconds ackDriven = 3ms;
/// A packet of the peer this shortly before may be what set it off.
constexpr Nanoseconds justNow = 500us;
/// Linux waits 200 ms at least (TCP_RTO_MIN), RFC 6298 one second; some slack for its timer's grain.
constexpr Nanoseconds shortestTimeout = 150ms;

/// A resend no packet of the peer can have set off. One whose acknowledgment passed just before had not met it yet.
bool isTimerLike(const DirectionState& sender, const DirectionState& peer, std::int64_t end, Time now)
{
    const Nanoseconds roundTrip = sender.roundTrips.smoothed();
    const Nanoseconds idle = now - sender.lastBytes;
    const bool isUnheard = !peer.hasSent || end <= sender.acknowledged;
    const Nanoseconds silence = isUnheard ? idle : now - peer.lastSegment;
    if (std::min(idle, silence) > std::max(ackDriven, roundTrip))
        return true;
    return peer.duplicateAcks == 0 && idle > std::max(ackDriven, roundTrip * 6 / 5) && silence >= justNow;
}

Cause timedOut(DirectionState& sender)
{
    sender.timeoutEnd = sender.next;
    sender.recoveryEnd = 0;
    const std::uint8_t before = sender.timeouts;
    if (sender.timeouts < 255)
        ++sender.timeouts;
    return {RetransmissionCause::Timeout, before};
}

} // namespace

Cause resendCause(DirectionState& sender, const DirectionState& peer, const Segment& segment, std::int64_t begin,
    std::int64_t end, Time now)
{
    if (segment.has(Segment::syn))
        return {segment.has(Segment::ack) ? RetransmissionCause::SynAck : RetransmissionCause::Syn, 0};
    const bool isTimer = isTimerLike(sender, peer, end, now);
    const bool isFirst = begin <= sender.acknowledged;
    const bool isLongIdle = now - sender.lastBytes >= shortestTimeout;
    if (sender.acknowledged < sender.timeoutEnd) { // what follows a timeout is repaired in its name
        if (isTimer && isFirst && isLongIdle)
            return timedOut(sender);
        return {RetransmissionCause::Timeout, 0};
    }
    const bool isTail = end == sender.next;
    const bool mayProbe = sender.isSackPermitted || peer.isSackPermitted; // RFC 8985, section 7.3: only with SACK
    if (isTail && mayProbe && !sender.isTailProbed && sender.highestSacked <= begin && isTimer) {
        sender.isTailProbed = true;
        return {RetransmissionCause::TailLossProbe, 0};
    }
    if (isTimer && isFirst && isLongIdle)
        return timedOut(sender);
    const bool isEpisode = sender.acknowledged < sender.recoveryEnd;
    const bool isReported = peer.duplicateAcks > 0 || sender.highestSacked > begin;
    if (!isEpisode && !isReported)
        return {RetransmissionCause::Other, 0};
    sender.recoveryEnd = std::max(sender.recoveryEnd, sender.next);
    return {RetransmissionCause::FastRetransmit, 0};
}

bool isLate(const DirectionState& sender, const Segment& segment, Time now)
{
    if (segment.has(Segment::syn))
        return false;
    if (segment.hasIpIdentification && sender.isIdentificationMoving) // Linux counts them per socket
        return static_cast<std::int16_t>(segment.ipIdentification - sender.newestIdentification) < 0;
    if (segment.hasTimestamps && sender.hasTimestamp && segment.timestampValue != sender.newestTimestamp)
        return static_cast<std::int32_t>(segment.timestampValue - sender.newestTimestamp) < 0;
    const auto roundTrip = sender.roundTrips.minimum();
    const Nanoseconds soon = roundTrip && *roundTrip >= 1ms ? std::min(ackDriven, *roundTrip / 2) : ackDriven;
    return now - sender.nextMoved < soon;
}

} // namespace hindcast::tcp
