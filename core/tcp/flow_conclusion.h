// FlowConclusion: what can be said of a conversation once all of it was seen and the place of the capture is known:
// verdicts about old segments, round trips, the states of both ends, how it closed.
#pragma once

#include "tcp/flow_states.h"
#include "tcp/flow_tracker.h"
#include "tcp/path_round_trips.h"

#include <vector>

namespace hindcast::tcp {

class FlowConclusion {
public:
    /// `packets` are the capture's; their marks and causes are set here. `end` is when the capture ended.
    FlowConclusion(std::vector<TcpPacket>& packets, Time end)
        : m_packets(packets)
        , m_states(packets, end)
    {
    }
    void conclude(Flow& flow, const FlowTracker& tracker, const PathRoundTrips& paths);

private:
    void settle(const OldSegment& old, Flow& flow);
    void concludeClose(Flow& flow) const;

    std::vector<TcpPacket>& m_packets;
    FlowStates m_states;
};

} // namespace hindcast::tcp
