#include "tcp/flow_states.h"

#include "tcp/sequence_space.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace hindcast::tcp {
namespace {

using namespace std::chrono_literals;

/// Linux, TCP_TIMEWAIT_LEN (include/net/tcp.h); RFC 9293 has two maximum segment lifetimes.
constexpr Nanoseconds timeWait = 60s;
/// The first SYN is repeated after one second (RFC 6298, section 2); later ones at most doubled (section 5.5).
constexpr Nanoseconds firstSynTimeout = 1s;
constexpr Nanoseconds longestTrip = 1h; ///< more is a clock that was set

/// Numbers of both directions as positions, the way FlowTracker counts them.
class Positions {
public:
    StateStep step(const TcpPacket& packet, std::uint32_t index)
    {
        SequenceSpace& own = m_spaces[static_cast<std::size_t>(packet.from)];
        SequenceSpace& peer = m_spaces[static_cast<std::size_t>(otherSide(packet.from))];
        if (!own.isAnchored())
            own.anchor(packet.rawSequence);
        if (packet.isAck() && !packet.isRst() && !peer.isAnchored())
            peer.anchor(packet.rawAcknowledgment - (packet.isSyn() ? 1U : 0U));
        StateStep step;
        step.time = packet.time;
        step.packet = index;
        step.flags = packet.flags;
        step.begin = own.position(packet.rawSequence);
        step.end = step.begin + packet.payload + (packet.isSyn() ? 1 : 0) + (packet.isFin() ? 1 : 0);
        step.acknowledged = peer.isAnchored() ? peer.position(packet.rawAcknowledgment) : 0;
        step.isRepeated = packet.has(PacketMark::Retransmission);
        if (!packet.isRst())
            own.advance(step.end);
        return step;
    }

private:
    std::array<SequenceSpace, 2> m_spaces;
};

bool sendsSyn(const Flow& flow, const std::vector<TcpPacket>& packets, Side side, bool isWithAck)
{
    return std::any_of(flow.packets.begin(), flow.packets.end(), [&](std::uint32_t index) {
        const TcpPacket& packet = packets[index];
        return packet.from == side && packet.isSyn() && packet.isAck() == isWithAck;
    });
}

/// LISTEN is told backwards: only a listener answers a SYN with a SYN-ACK, unless it sent a SYN itself.
TcpState firstState(const Flow& flow, const std::vector<TcpPacket>& packets, Side side)
{
    if (flow.isMidStream)
        return TcpState::Established;
    if (side == Side::Client)
        return packets[flow.packets.front()].from == Side::Client ? TcpState::Closed : TcpState::SynSent;
    if (flow.server.packets == 0 && flow.handshake == Handshake::Complete)
        return TcpState::Established; // its direction was not captured
    const bool isListener = sendsSyn(flow, packets, side, true) && !sendsSyn(flow, packets, side, false);
    return isListener ? TcpState::Listen : TcpState::Closed;
}

SocketState::Place placeOf(const Flow& flow, Side side)
{
    return flow.vantage == side ? SocketState::Place::Near : SocketState::Place::Far;
}

} // namespace

void FlowStates::conclude(Flow& flow, Nanoseconds shortestTrip, std::optional<Time> reusedAt) const
{
    if (flow.packets.empty())
        return;
    const SocketState::Trips trips{
        shortestTrip, std::min(longestTrip, std::max(flow.maximumRtt.value_or(0ns), flow.synToSynAck.value_or(0ns)))};
    std::array sockets{
        SocketState(placeOf(flow, Side::Client), trips), SocketState(placeOf(flow, Side::Server), trips)};
    for (const Side side : {Side::Client, Side::Server})
        sockets[static_cast<std::size_t>(side)].begin(firstState(flow, m_packets, side), flow.range.begin);
    Positions positions;
    std::array<LastSent, 2> last;
    for (std::uint32_t i = 0; i < flow.packets.size(); ++i) {
        const TcpPacket& packet = m_packets[flow.packets[i]];
        if (packet.has(PacketMark::Duplicate))
            continue;
        const StateStep step = positions.step(packet, i);
        sockets[static_cast<std::size_t>(packet.from)].sent(step);
        sockets[static_cast<std::size_t>(otherSide(packet.from))].received(step);
        LastSent& own = last[static_cast<std::size_t>(packet.from)];
        if (step.end > step.begin) {
            own.timeBefore = own.time;
            own.time = packet.time;
        }
        own.isRepeated = step.isRepeated && packet.cause != RetransmissionCause::FastRetransmit;
        own.isAnswered = false;
        last[static_cast<std::size_t>(otherSide(packet.from))].isAnswered = true;
    }
    for (const Side side : {Side::Client, Side::Server}) {
        SocketState& socket = sockets[static_cast<std::size_t>(side)];
        socket.finish();
        expire(socket, last[static_cast<std::size_t>(side)], reusedAt);
        flow.side(side).states = socket.takeChanges();
    }
}

/// What no packet shows: the end of TIME-WAIT, and giving up after repeats that were never answered.
void FlowStates::expire(SocketState& socket, const LastSent& last, std::optional<Time> reusedAt) const
{
    if (socket.state() == TcpState::Closed || socket.state() == TcpState::Listen)
        return;
    if (socket.state() == TcpState::TimeWait) {
        const Time over = socket.lastChange() + timeWait;
        if (reusedAt && *reusedAt < over)
            socket.expire(TcpState::Closed, {*reusedAt, *reusedAt});
        else if (m_end >= over)
            socket.expire(TcpState::Closed, {over, over});
        return;
    }
    const bool isOpening = socket.state() == TcpState::SynSent;
    if (!last.time || last.isAnswered || !(last.isRepeated || isOpening))
        return;
    const Time end = reusedAt.value_or(m_end);
    const Nanoseconds gap = last.isRepeated && last.timeBefore ? *last.time - *last.timeBefore : firstSynTimeout;
    if (reusedAt || (end - *last.time) / 11 * 5 > gap) // it would have been repeated once more by then
        socket.expire(TcpState::Closed, {*last.time, end});
}

} // namespace hindcast::tcp
