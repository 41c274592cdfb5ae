#include "diagnose/sent_again.h"

#include "model/socket.h"

#include <algorithm>
#include <map>

namespace hindcast::diagnose {
namespace {

std::uint64_t ofCause(const Flow& flow, RetransmissionCause cause)
{
    const auto index = static_cast<std::size_t>(cause);
    return flow.client.retransmissionsByCause[index] + flow.server.retransmissionsByCause[index];
}

std::string peersOf(const Flow& flow)
{
    return flow.client.endpoint.address.text() + " → " + flow.server.endpoint.text();
}

bool isUnanswered(const Flow& flow)
{
    return flow.handshake == Handshake::Unanswered || flow.handshake == Handshake::Unreachable;
}

} // namespace

OnTheWire onTheWire(const PacketCapture& packets)
{
    OnTheWire wire;
    std::map<std::string, std::uint64_t> byPeers;
    for (std::uint32_t index = 0; index < packets.flows.size(); ++index) {
        const Flow& flow = packets.flows[index];
        const std::uint64_t again = flow.retransmissions();
        wire.retransmitted += again;
        wire.fromClients += flow.client.retransmittedSegments;
        wire.fromServers += flow.server.retransmittedSegments;
        for (std::size_t cause = 0; cause < wire.byCause.size(); ++cause)
            wire.byCause[cause] +=
                flow.client.retransmissionsByCause[cause] + flow.server.retransmissionsByCause[cause];
        const std::uint64_t openings =
            ofCause(flow, RetransmissionCause::Syn) + ofCause(flow, RetransmissionCause::SynAck);
        wire.again += again - std::min(again, openings);
        if (isUnanswered(flow))
            wire.unanswered += openings;
        else if (flow.handshake != Handshake::NotSeen) {
            ++wire.connections;
            wire.troubled += openings + ofCause(flow, RetransmissionCause::Timeout) > 0 ? 1 : 0;
        }
        if (again > 0 && !isUnanswered(flow))
            byPeers[peersOf(flow)] += again;
    }
    for (const auto& [peers, again] : byPeers)
        if (again > wire.ofPeers) {
            wire.ofPeers = again;
            wire.peers = peers;
        }
    for (std::uint32_t index = 0; index < packets.flows.size(); ++index) {
        const Flow& flow = packets.flows[index];
        const std::uint64_t least = wire.worst ? packets.flows[*wire.worst].retransmissions() : 0;
        if (flow.retransmissions() > least && !isUnanswered(flow) && peersOf(flow) == wire.peers)
            wire.worst = index;
    }
    for (const TcpPacket& packet : packets.packets) {
        wire.segments += packet.payload > 0 ? 1 : 0;
        if (!packet.has(PacketMark::Retransmission))
            continue;
        if (wire.range.begin == Time{})
            wire.range.begin = packet.time;
        wire.range.end = packet.time + Nanoseconds{1};
    }
    return wire;
}

double unansweredInListings(const Snapshot& snapshot)
{
    constexpr double chance = 3;
    double sum = 0;
    for (const Entity& socket : snapshot.entities) {
        if (socket.kind != EntityKind::Socket || socket.columns.size() != static_cast<std::size_t>(SocketColumn::Count))
            continue;
        const Column& states = socket.columns[static_cast<std::size_t>(SocketColumn::State)];
        const Column& timeouts = socket.columns[static_cast<std::size_t>(SocketColumn::Retransmits)];
        double most = 0;
        for (std::size_t sample = 0; sample < states.size() && sample < timeouts.size(); ++sample)
            if (static_cast<int>(states.at(sample)) == static_cast<int>(TcpState::SynSent)
                && timeouts.at(sample) > most)
                most = timeouts.at(sample);
        sum += most >= chance ? most : 0;
    }
    return sum;
}

} // namespace hindcast::diagnose
