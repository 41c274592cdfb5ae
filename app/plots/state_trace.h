// The place of each TCP state in the palette of traces, the same in lanes, ladders, chips and tables. Its letters or
// its name always stand beside it: eight colours that everybody can tell apart are not enough for eleven states.
#pragma once

#include "model/flow.h"
#include "plots/lane.h"

namespace hindcast {

constexpr TraceColor stateTrace(TcpState state)
{
    switch (state) {
    case TcpState::SynSent:
        return TraceColor::Blue;
    case TcpState::SynReceived:
        return TraceColor::Sky;
    case TcpState::Established:
        return TraceColor::Green;
    case TcpState::FinWait1:
        return TraceColor::Purple;
    case TcpState::Closing:
    case TcpState::TimeWait:
        return TraceColor::Yellow;
    case TcpState::CloseWait:
        return TraceColor::Vermilion;
    case TcpState::LastAck:
        return TraceColor::Orange;
    case TcpState::Closed:
    case TcpState::Listen:
    case TcpState::FinWait2:
        break;
    }
    return TraceColor::Neutral;
}

} // namespace hindcast
