// TsharkMarker: the numbers and the fifteen analysis words that tshark 4.0.17 gives a segment, so that users can
// compare with the tool they know. Our own verdicts are elsewhere (analysis.h) and differ where tshark's are known to
// mislead.
#pragma once

#include "tcp/segment.h"

#include <memory>
#include <string_view>

namespace hindcast::tcp {

/// Bits of TsharkMarks, in the order of the columns of `hindcast-report packets`.
enum class TsharkMark : std::uint16_t {
    Retransmission,
    FastRetransmission,
    SpuriousRetransmission,
    OutOfOrder,
    DuplicateAck,
    LostSegment,
    AckLostSegment,
    ZeroWindow,
    WindowFull,
    WindowUpdate,
    KeepAlive,
    KeepAliveAck,
    ReusedPorts,
    ZeroWindowProbe,
    ZeroWindowProbeAck,
};
constexpr std::size_t tsharkMarkCount = 15;
std::string_view tsharkMarkName(TsharkMark mark); ///< "fast_retransmission"

class TsharkMarker {
public:
    TsharkMarker();
    ~TsharkMarker();
    TsharkMarker(TsharkMarker&&) noexcept;
    TsharkMarker& operator=(TsharkMarker&&) noexcept;

    /// Sets what tshark would print for the next segment of the capture: stream, relative sequence and acknowledgment,
    /// scaled window, ack_rtt and the marks. Segments in capture order.
    void mark(const Segment& segment, TcpPacket& packet);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace hindcast::tcp
