// FlowStates: sends the packets of one conversation through the state machines of both its ends, and adds what timers
// do in silence, marked as assumed.
#pragma once

#include "model/flow.h"
#include "tcp/socket_state.h"

#include <optional>
#include <vector>

namespace hindcast::tcp {

class FlowStates {
public:
    /// `end` is that of the capture. The marks of the packets must be settled.
    FlowStates(const std::vector<TcpPacket>& packets, Time end)
        : m_packets(packets)
        , m_end(end)
    {
    }
    /// Sets the states of both ends. `shortestTrip`: of the path from here to the far end and back; `reusedAt`: when
    /// the next connection with the same endpoints began.
    void conclude(Flow& flow, Nanoseconds shortestTrip, std::optional<Time> reusedAt) const;

private:
    /// The last packets of one end, for the timers it runs.
    struct LastSent {
        std::optional<Time> time, timeBefore; ///< of those that took sequence numbers
        bool isRepeated = false; ///< the last one was
        bool isAnswered = false; ///< the other end sent something after it
    };

    void expire(SocketState& socket, const LastSent& last, std::optional<Time> reusedAt) const;

    const std::vector<TcpPacket>& m_packets;
    Time m_end;
};

} // namespace hindcast::tcp
