// PathRoundTrips: the shortest round trip from one address to another in all conversations between them: a single short
// one has too few samples to meet it.
#pragma once

#include "tcp/flow_tracker.h"

#include <map>
#include <optional>
#include <utility>

namespace hindcast::tcp {

class PathRoundTrips {
public:
    void add(const Flow& flow, const FlowTracker& tracker);
    /// From data of `from`'s end to its acknowledgment; nothing when there was no sample.
    std::optional<Nanoseconds> shortest(const Flow& flow, Side from) const;

private:
    std::map<std::pair<IpAddress, IpAddress>, Nanoseconds> m_shortest;
};

} // namespace hindcast::tcp
