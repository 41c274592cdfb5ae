// FlowConclusion: what can be said of a conversation once all of it was seen and the place of the capture is known:
// verdicts about old segments, round trips, how it closed.
#pragma once

#include "tcp/flow_tracker.h"

#include <vector>

namespace hindcast::tcp {

class FlowConclusion {
public:
    /// `packets` are the capture's; their marks and causes are set here.
    explicit FlowConclusion(std::vector<TcpPacket>& packets)
        : m_packets(packets)
    {
    }
    void conclude(Flow& flow, const FlowTracker& tracker);

private:
    void settle(const OldSegment& old, Flow& flow);
    void concludeClose(Flow& flow) const;

    std::vector<TcpPacket>& m_packets;
};

} // namespace hindcast::tcp
