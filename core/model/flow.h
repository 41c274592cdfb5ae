// Flow: one TCP connection as its packets show it: who spoke, the states both ends went through, what was sent again
// and why. TcpPacket is one segment of it, small enough to keep all of them.
#pragma once

#include "base/time.h"
#include "model/column.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast {

/// An IPv4 or IPv6 address as on the wire.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{}; ///< IPv4 uses the first four
    bool isV6 = false;

    /// "10.0.0.5", "fd00::1" (RFC 5952).
    std::string text() const;
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    /// "10.0.0.5:443", "[fd00::1]:443"
    std::string text() const;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// The client is the end that sent the first SYN; without one, the end with the higher port or the first speaker.
enum class Side : std::uint8_t { Client, Server };
constexpr Side otherSide(Side side)
{
    return side == Side::Client ? Side::Server : Side::Client;
}

/// RFC 9293, section 3.3.2.
enum class TcpState : std::uint8_t {
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
};
/// As RFC 9293 writes it: "FIN-WAIT-1", "SYN-RECEIVED".
std::string_view tcpStateName(TcpState state);
/// The state named by the kernel's tools, in any of their spellings: "ESTAB", "SYN_SENT", "FIN_WAIT1", "01" (hex of
/// /proc/net/tcp is for the parser), "CLOSE-WAIT", "UNCONN"; nothing for other words.
std::optional<TcpState> tcpStateFromName(std::string_view name);

/// How a state is known.
enum class StateBasis : std::uint8_t {
    Seen, ///< the end nearest the capture sent or received the segment that makes it so
    Inferred, ///< of the far end: proven later by its own answer, so the instant is an interval
    Assumed, ///< no packet shows it: a timer of the kernel, or a connection that was there before the capture
};

struct StateChange {
    TcpState state = TcpState::Closed;
    Time earliest{}; ///< not before this
    Time latest{}; ///< not after this: equal to `earliest` when seen
    std::uint32_t packet = 0; ///< index into Flow::packets of the segment that proves it
    StateBasis basis = StateBasis::Seen;
};

/// Why bytes were sent again (RFC 6298, RFC 5681, RFC 8985).
enum class RetransmissionCause : std::uint8_t {
    None, ///< not a retransmission
    Syn,
    SynAck,
    Timeout, ///< RTO; TcpPacket::backoff counts the doublings
    FastRetransmit, ///< three duplicate ACKs, SACK or RACK
    TailLossProbe,
    Other, ///< sent again, and nothing in the capture says why
};
std::string_view retransmissionCauseName(RetransmissionCause cause); ///< "RTO", "fast retransmit", "SYN"

/// What our analysis says about a segment; several may hold.
enum class PacketMark : std::uint16_t {
    Retransmission = 1 << 0,
    OutOfOrder = 1 << 1, ///< arrived late: reordered on its way, not sent again
    Duplicate = 1 << 2, ///< the same packet twice, by the network or the capture
    DuplicateAck = 1 << 3,
    GapBefore = 1 << 4, ///< bytes before it were not captured, or lost
    ZeroWindow = 1 << 5,
    ZeroWindowProbe = 1 << 6,
    WindowFull = 1 << 7,
    WindowUpdate = 1 << 8,
    KeepAlive = 1 << 9,
    KeepAliveAck = 1 << 10,
    Lost = 1 << 11, ///< sent again later: this copy did not arrive, as far as the capture tells
    Spurious = 1 << 12, ///< a retransmission that was not needed (DSACK, Eifel)
};

/// The fifteen words of tshark 4.0.17 for the same segment, bit by bit in the order of its columns, kept so that users
/// can compare: see core/tcp/tshark_marks.h.
using TsharkMarks = std::uint16_t;

/// One TCP segment. Sequence numbers count from the first one seen of their direction.
struct TcpPacket {
    Time time{};
    std::uint32_t frame = 0; ///< 1-based number in its capture
    std::uint32_t flow = 0; ///< index into PacketCapture::flows
    std::uint32_t sequence = 0, acknowledgment = 0; ///< relative; acknowledgment is 0 when ACK is not set
    std::uint32_t rawSequence = 0, rawAcknowledgment = 0;
    std::uint32_t payload = 0; ///< bytes on the wire, by the IP length
    std::uint32_t window = 0; ///< scaled when both SYNs were seen
    float tsharkAckRtt = notMeasuredRtt; ///< seconds; NaN = none
    std::uint16_t rawWindow = 0;
    std::uint16_t flags = 0; ///< the 12 bits of the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, …
    std::uint16_t marks = 0; ///< PacketMark
    TsharkMarks tsharkMarks = 0;
    std::uint32_t tsharkStream = 0;
    Side from = Side::Client;
    RetransmissionCause cause = RetransmissionCause::None;
    std::uint8_t backoff = 0; ///< of a Timeout: how many in a row before it
    std::uint8_t source = 0; ///< index into PacketCapture::sources
    std::uint8_t ipLayers = 1; ///< IP headers before the TCP header: two or more is a tunnel

    static constexpr float notMeasuredRtt = __builtin_nanf("");

    bool has(PacketMark mark) const { return (marks & static_cast<std::uint16_t>(mark)) != 0; }
    bool isSyn() const { return (flags & 0x02) != 0; }
    bool isFin() const { return (flags & 0x01) != 0; }
    bool isRst() const { return (flags & 0x04) != 0; }
    bool isAck() const { return (flags & 0x10) != 0; }
};

enum class Handshake : std::uint8_t {
    NotSeen, ///< the connection is older than the capture
    Complete,
    Refused, ///< RST in answer to the SYN
    Unanswered, ///< SYNs, and nothing came back
    Unfinished, ///< SYN-ACK, and no final ACK was seen
    Reset, ///< RST after the SYN-ACK
    Unreachable, ///< ICMP said so
};
std::string_view handshakeName(Handshake handshake); ///< "complete", "refused"

enum class CloseKind : std::uint8_t {
    Open, ///< still open at the end of the capture
    Fin, ///< both ends sent FIN
    HalfClosed, ///< one end did
    Reset,
    NeverOpened,
};
std::string_view closeKindName(CloseKind kind);

/// What one end did.
struct FlowSide {
    Endpoint endpoint;
    std::uint64_t packets = 0;
    std::uint64_t payloadBytes = 0; ///< on the wire, retransmissions included
    std::uint64_t uniqueBytes = 0; ///< each byte once
    std::uint64_t retransmittedSegments = 0;
    std::array<std::uint32_t, 7> retransmissionsByCause{}; ///< by RetransmissionCause
    std::uint32_t duplicateAcks = 0, outOfOrder = 0, zeroWindows = 0, zeroWindowProbes = 0, keepAlives = 0, resets = 0;
    std::optional<std::uint8_t> windowScale; ///< the option of its SYN
    std::optional<std::uint16_t> maximumSegment; ///< the option of its SYN
    bool sentFin = false;
    std::optional<Time> finTime;
    std::vector<StateChange> states; ///< in order of time; the first is the state at the beginning of the capture
};

struct Flow {
    FlowSide client, server;
    std::uint32_t clientIsn = 0; ///< first sequence number, as on the wire; tells reuses of a 5-tuple apart
    TimeRange range; ///< first to last packet (end is just after it)
    bool isMidStream = false; ///< no SYN was captured
    bool isClientGuessed = false; ///< which end opened it was not captured
    Handshake handshake = Handshake::NotSeen;
    std::optional<Nanoseconds> synToSynAck; ///< from the answered SYN
    std::optional<Nanoseconds> synAckToAck;
    std::uint32_t synRetransmissions = 0, synAckRetransmissions = 0;
    CloseKind close = CloseKind::Open;
    std::optional<Side> firstCloser; ///< who sent the first FIN, or the RST; nothing when both crossed or it is open
    bool isSimultaneousClose = false;
    std::optional<Side> resetBy;
    /// Round trips measured from data to its ACK, bytes sent once only (Karn, RFC 6298 section 3).
    std::optional<Nanoseconds> minimumRtt, medianRtt, maximumRtt;
    std::uint32_t rttSamples = 0;
    std::optional<Side> vantage; ///< the end the capture was taken at; nothing = in between or not known
    std::vector<std::uint32_t> packets; ///< indices into PacketCapture::packets, in file order

    const FlowSide& side(Side which) const { return which == Side::Client ? client : server; }
    FlowSide& side(Side which) { return which == Side::Client ? client : server; }
    std::uint64_t retransmissions() const { return client.retransmittedSegments + server.retransmittedSegments; }
};

/// A file or interface packets came from.
struct PacketSource {
    std::string name; ///< "eth0", or the file's name
    std::string member;
    std::uint64_t frames = 0; ///< of any kind
    std::uint64_t tcpSegments = 0;
    std::uint64_t unreadable = 0; ///< frames whose headers could not be read
    std::uint64_t snapLength = 0;
    std::optional<std::uint64_t> droppedByKernel; ///< of packets that were wanted; nothing = not said
    std::optional<TimeRange> range;
};

/// All conversations of a capture.
struct PacketCapture {
    std::vector<PacketSource> sources;
    std::vector<TcpPacket> packets; ///< in file order
    std::vector<Flow> flows; ///< by first packet

    bool isEmpty() const { return sources.empty(); }
};

/// One line per flow for lists, tooltips and messages: "10.0.0.5:51834 → 10.0.0.9:5432".
std::string flowName(const Flow& flow);

} // namespace hindcast
