// FlowMaker: conversations written by hand, for tests of what shows them. Everything in them is made up.
#pragma once

#include "model/flow.h"

#include <chrono>
#include <cstdint>
#include <initializer_list>

namespace hindcast {

class FlowMaker {
public:
    static constexpr std::uint16_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10;

    /// 192.0.2.`client`:`clientPort` to 198.51.100.9:`serverPort`, first packet at `begin`.
    FlowMaker(PacketCapture& capture, Time begin, std::uint16_t clientPort, std::uint16_t serverPort = 5432,
        std::uint8_t client = 5);
    /// Brings the flow's figures in line with its packets.
    ~FlowMaker();
    FlowMaker(const FlowMaker&) = delete;
    FlowMaker& operator=(const FlowMaker&) = delete;

    Flow& flow() { return m_capture.flows[m_flow]; }
    /// A segment `after` the one before.
    TcpPacket& packet(Side from, std::uint16_t flags, std::uint32_t sequence, std::uint32_t acknowledgment,
        std::uint32_t payload, Nanoseconds after);
    void state(Side side, TcpState state, std::uint32_t packet, StateBasis basis = StateBasis::Seen,
        Nanoseconds uncertain = {});
    /// The three packets, `roundTrip` between SYN and SYN-ACK, with both ends' states.
    void handshake(Nanoseconds roundTrip);
    static void mark(TcpPacket& packet, std::initializer_list<PacketMark> marks);
    static void retransmission(TcpPacket& packet, RetransmissionCause cause, std::uint8_t backoff = 0);

private:
    PacketCapture& m_capture;
    std::uint32_t m_flow;
    Time m_now;
};

/// One conversation with every mark there is: a SYN sent twice, a lost segment repeated by RTO and again after a
/// back-off, a fast retransmit, a tail loss probe, reordering, a closed window and its probe, a keep-alive, a close by
/// the client that ends in a reset. A few others beside it: one complete, one refused, one never answered.
PacketCapture sampleConversations(Time begin);

/// `count` short conversations, from different addresses and ports; every tenth has a retransmission.
PacketCapture manyConversations(Time begin, std::size_t count);

/// One conversation of `count` packets, 1 ms apart, with a retransmission in every thousand.
PacketCapture longConversation(Time begin, std::size_t count);

} // namespace hindcast
