#include "tcp/flow_conclusion.h"

#include <algorithm>

namespace hindcast::tcp {
namespace {

void mark(TcpPacket& packet, PacketMark which)
{
    packet.marks = static_cast<std::uint16_t>(packet.marks | static_cast<std::uint16_t>(which));
}

void concludeHandshake(Flow& flow, const HandshakeTracker& handshake)
{
    flow.handshake = flow.isMidStream ? Handshake::NotSeen : handshake.outcome();
    flow.synToSynAck = handshake.synToSynAck();
    flow.synAckToAck = handshake.synAckToAck();
    if (!flow.isMidStream && handshake.clientIsn())
        flow.clientIsn = *handshake.clientIsn();
}

/// The round trip of the path is what the near end's data waits for its ACK. In between, or not knowing where, the
/// longer of both ways is nearer to it.
void concludeRoundTrips(Flow& flow, const FlowTracker& tracker)
{
    const RoundTrips* trips = &tracker.direction(Side::Client).roundTrips;
    const RoundTrips* others = &tracker.direction(Side::Server).roundTrips;
    if (flow.vantage ? flow.vantage == Side::Server : others->minimum() > trips->minimum())
        std::swap(trips, others);
    flow.minimumRtt = trips->minimum();
    flow.medianRtt = trips->median();
    flow.maximumRtt = trips->maximum();
    flow.rttSamples = trips->count();
}

} // namespace

void FlowConclusion::conclude(Flow& flow, const FlowTracker& tracker, const PathRoundTrips& paths)
{
    concludeHandshake(flow, tracker.handshake());
    concludeRoundTrips(flow, tracker);
    for (const OldSegment& old : tracker.oldSegments())
        settle(old, flow);
    concludeClose(flow);
    const auto shortest = paths.shortest(flow, flow.vantage.value_or(Side::Client));
    m_states.conclude(flow, shortest.value_or(Nanoseconds{0}), tracker.reusedAt());
}

/// At the sender nothing can be reordered, so it was sent again; elsewhere it may have been late only, unless its bytes
/// had come by before.
void FlowConclusion::settle(const OldSegment& old, Flow& flow)
{
    TcpPacket& packet = m_packets[old.packet];
    FlowSide& side = flow.side(old.from);
    if (flow.vantage != old.from && old.isReordered && !old.earlier) {
        mark(packet, PacketMark::OutOfOrder);
        ++side.outOfOrder;
        return;
    }
    mark(packet, PacketMark::Retransmission);
    packet.cause = old.cause;
    packet.backoff = old.backoff;
    ++side.retransmittedSegments;
    ++side.retransmissionsByCause[static_cast<std::size_t>(old.cause)];
    if (old.cause == RetransmissionCause::Syn)
        ++flow.synRetransmissions;
    if (old.cause == RetransmissionCause::SynAck)
        ++flow.synAckRetransmissions;
    if (old.isSpurious)
        mark(packet, PacketMark::Spurious);
    else if (old.earlier && flow.vantage != otherSide(old.from)) // what was seen at the receiver has arrived there
        mark(m_packets[*old.earlier], PacketMark::Lost);
}

void FlowConclusion::concludeClose(Flow& flow) const
{
    std::optional<Side> firstFin, secondFin;
    bool isCrossed = false, isResetAfterBoth = false;
    std::optional<std::uint32_t> firstFinEnd;
    for (const std::uint32_t index : flow.packets) {
        const TcpPacket& packet = m_packets[index];
        if (packet.has(PacketMark::Duplicate))
            continue;
        if (packet.isRst()) {
            if (!flow.resetBy) {
                flow.resetBy = packet.from;
                isResetAfterBoth = secondFin.has_value();
            }
            continue;
        }
        if (!packet.isFin())
            continue;
        FlowSide& side = flow.side(packet.from);
        if (side.sentFin)
            continue;
        side.sentFin = true;
        side.finTime = packet.time;
        if (!firstFin) {
            firstFin = packet.from;
            firstFinEnd = packet.rawSequence + packet.payload + 1;
        } else {
            secondFin = packet.from;
            isCrossed = !packet.isAck() || static_cast<std::int32_t>(packet.rawAcknowledgment - *firstFinEnd) < 0;
        }
    }
    const bool isNeverOpened = !flow.isMidStream && flow.handshake != Handshake::Complete
        && flow.client.uniqueBytes + flow.server.uniqueBytes == 0 && !firstFin;
    if (isNeverOpened)
        flow.close = CloseKind::NeverOpened;
    else if (secondFin && (!flow.resetBy || isResetAfterBoth))
        flow.close = CloseKind::Fin;
    else if (flow.resetBy)
        flow.close = CloseKind::Reset;
    else
        flow.close = firstFin ? CloseKind::HalfClosed : CloseKind::Open;
    flow.isSimultaneousClose = isCrossed;
    if (!isNeverOpened && !isCrossed)
        flow.firstCloser = firstFin ? firstFin : flow.resetBy;
}

} // namespace hindcast::tcp
