// Segment: one TCP segment as the decoder hands it to the analysis: the header's fields, what the link and IP layers
// said, and the options that were captured. Not kept: the analysis keeps TcpPacket.
#pragma once

#include "model/flow.h"

#include <array>
#include <cstdint>
#include <optional>

namespace hindcast::tcp {

/// [left, right), RFC 2018.
struct SackBlock {
    std::uint32_t left = 0, right = 0;
};

/// Which way it crossed the interface, where the link layer says so (SLL, SLL2, pcapng flags).
enum class Direction : std::uint8_t { Unknown, Incoming, Outgoing };

struct Segment {
    Time time{};
    std::uint32_t frame = 0; ///< 1-based in its capture
    std::uint8_t source = 0; ///< index into PacketCapture::sources
    Direction direction = Direction::Unknown;

    Endpoint from, to; ///< of the innermost IP layer
    std::uint8_t ipLayers = 1; ///< IP headers before the TCP header
    std::uint8_t timeToLive = 0; ///< or hop limit
    std::uint16_t ipIdentification = 0; ///< IPv4 only
    bool hasIpIdentification = false;
    bool isFragment = false; ///< of an IP datagram sent in pieces: counted, not analysed

    std::uint32_t sequence = 0, acknowledgment = 0;
    std::uint16_t flags = 0; ///< 12 bits, reserved ones included
    std::uint16_t window = 0;
    std::uint32_t payload = 0; ///< by the IP length, never by the frame's
    bool areOptionsCut = false; ///< the header goes on behind what was captured

    bool hasTimestamps = false;
    std::uint32_t timestampValue = 0, timestampEcho = 0; ///< RFC 7323
    std::optional<std::uint8_t> windowScale;
    std::optional<std::uint16_t> maximumSegment;
    bool isSackPermitted = false;
    std::uint8_t sackCount = 0;
    std::array<SackBlock, 4> sack{};

    static constexpr std::uint16_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10;
    bool has(std::uint16_t flag) const { return (flags & flag) != 0; }
    /// Sequence numbers it takes: payload, and one each for SYN and FIN.
    std::uint32_t length() const { return payload + (has(syn) ? 1U : 0U) + (has(fin) ? 1U : 0U); }
};

/// An ICMP error that quotes a TCP header: "destination unreachable" for a connection.
struct IcmpError {
    Time time{};
    std::uint32_t frame = 0;
    std::uint8_t type = 0, code = 0;
    bool isV6 = false;
    Endpoint from, to; ///< of the quoted segment
    std::uint32_t sequence = 0; ///< of the quoted segment
};

} // namespace hindcast::tcp
