#include "tcp/path_round_trips.h"

#include <algorithm>

namespace hindcast::tcp {
namespace {

std::pair<IpAddress, IpAddress> path(const Flow& flow, Side from)
{
    return {flow.side(from).endpoint.address, flow.side(otherSide(from)).endpoint.address};
}

} // namespace

void PathRoundTrips::add(const Flow& flow, const FlowTracker& tracker)
{
    for (const Side from : {Side::Client, Side::Server})
        if (const auto sample = tracker.direction(from).roundTrips.minimum()) {
            const auto [known, isNew] = m_shortest.try_emplace(path(flow, from), *sample);
            known->second = std::min(known->second, *sample);
        }
}

std::optional<Nanoseconds> PathRoundTrips::shortest(const Flow& flow, Side from) const
{
    const auto known = m_shortest.find(path(flow, from));
    return known == m_shortest.end() ? std::nullopt : std::optional(known->second);
}

} // namespace hindcast::tcp
