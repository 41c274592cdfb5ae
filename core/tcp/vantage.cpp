#include "tcp/vantage.h"

#include <chrono>

namespace hindcast::tcp {
namespace {

using namespace std::chrono_literals;

constexpr int clearlyLonger = 3;
constexpr Nanoseconds shortestPath = 100us; ///< below this, the network is not slower than the kernels at its ends

/// What senders start with; a router in between has taken something off (RFC 791, and habit).
bool isUnrouted(std::uint8_t timeToLive)
{
    return timeToLive == 64 || timeToLive == 128 || timeToLive == 255;
}

} // namespace

void Vantage::add(const Flow& flow, const FlowTracker& tracker)
{
    const auto near = evidence(tracker);
    if (!near)
        return;
    ++m_votes[flow.side(*near).endpoint.address].near;
    ++m_votes[flow.side(otherSide(*near)).endpoint.address].far;
}

std::optional<Side> Vantage::of(const Flow& flow, const FlowTracker& tracker) const
{
    const double client = nearness(flow.client.endpoint.address), server = nearness(flow.server.endpoint.address);
    if (client > 0.8 && server < 0.2)
        return Side::Client;
    if (server > 0.8 && client < 0.2)
        return Side::Server;
    return evidence(tracker);
}

std::optional<Side> Vantage::evidence(const FlowTracker& tracker)
{
    const int client = tracker.outgoing(Side::Client), server = tracker.outgoing(Side::Server);
    if (client > 0 && server < 0)
        return Side::Client;
    if (server > 0 && client < 0)
        return Side::Server;
    const std::uint8_t clientLife = tracker.direction(Side::Client).timeToLive;
    const std::uint8_t serverLife = tracker.direction(Side::Server).timeToLive;
    if (clientLife && serverLife && isUnrouted(clientLife) != isUnrouted(serverLife))
        return isUnrouted(clientLife) ? Side::Client : Side::Server;
    // Data of one end to the answer of the other: the way to that other end and back, seen from here
    auto toServer = tracker.direction(Side::Client).roundTrips.minimum();
    if (!toServer)
        toServer = tracker.handshake().synToSynAck();
    const auto toClient = tracker.direction(Side::Server).roundTrips.minimum();
    if (!toServer || !toClient)
        return std::nullopt;
    if (*toServer > shortestPath && *toServer > clearlyLonger * *toClient)
        return Side::Client;
    if (*toClient > shortestPath && *toClient > clearlyLonger * *toServer)
        return Side::Server;
    return std::nullopt;
}

double Vantage::nearness(const IpAddress& address) const
{
    const auto votes = m_votes.find(address);
    if (votes == m_votes.end())
        return 0.5;
    const double near = votes->second.near, far = votes->second.far;
    return near / (near + far);
}

} // namespace hindcast::tcp
