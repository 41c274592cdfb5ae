// Written from what tshark 4.0.17 does with captures (and its User's Guide, section 7.5), checked frame by frame.
#include "tcp/tshark_marks.h"

#include <algorithm>
#include <array>
#include <vector>

namespace hindcast::tcp {
namespace {

constexpr std::uint16_t bit(TsharkMark mark)
{
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(mark));
}

/// a > b in the circle of sequence numbers (RFC 9293, section 3.4).
bool isAfter(std::uint32_t a, std::uint32_t b)
{
    return static_cast<std::int32_t>(a - b) > 0;
}

/// Differences are taken without sign there: a clock that went back makes them huge.
std::uint64_t since(Time earlier, Time now)
{
    return static_cast<std::uint64_t>((now - earlier).count());
}

/// Bytes that wait for the peer's ACK.
struct Unacked {
    std::uint32_t begin, end;
    Time time;
};

/// One direction of a stream. 0 stands for "not seen" in next, ack and contiguous, as it does there.
struct StreamSide {
    std::uint32_t base = 0;
    std::uint32_t next = 0; ///< highest end seen
    std::uint32_t contiguous = 0; ///< end of what was seen without a hole
    std::uint32_t ack = 0; ///< of the last packet, as on the wire
    Time nextTime{}; ///< when `next` moved
    Time lastTime{}; ///< of the last packet
    std::vector<Unacked> unacked;
    std::uint32_t ackedUpTo = 0; ///< `unacked` holds nothing before it
    std::int32_t duplicateAcks = 0;
    std::uint16_t window = 0; ///< of the last packet, unscaled
    TsharkMarks lastMarks = 0;
    std::int16_t scale = -1; ///< -1 not known, -2 not used
    bool isBaseSet = false;
    bool wasLastSynAck = false;
    bool isUnackedMixed = false; ///< something was sent again behind ackedUpTo
};

struct Stream {
    Endpoint low, high;
    std::uint32_t number = 0;
    std::array<StreamSide, 2> sides;
    Time synTime{}; ///< of the latest bare SYN
    std::uint64_t initialRtt = 0;
    bool hasSyn = false, hasInitialRtt = false;
};

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
    return hash ^ hash >> 32;
}

std::uint64_t hashOf(const Endpoint& endpoint, std::uint64_t hash)
{
    for (std::size_t i = 0; i < (endpoint.address.isV6 ? 16 : 4); i += 4) {
        const auto& bytes = endpoint.address.bytes;
        hash = mixed(hash,
            std::uint64_t{bytes[i]} << 24 | std::uint64_t{bytes[i + 1]} << 16 | std::uint64_t{bytes[i + 2]} << 8
                | bytes[i + 3]);
    }
    return mixed(hash, endpoint.port);
}

/// Streams by their two endpoints; open addressing, because this is asked once for every packet.
class Streams {
public:
    Stream& of(const Endpoint& low, const Endpoint& high, bool& isNew)
    {
        if (m_streams.size() * 2 >= m_slots.size())
            grow();
        std::size_t slot = hashOf(high, hashOf(low, 0)) & (m_slots.size() - 1);
        for (; m_slots[slot] != 0; slot = (slot + 1) & (m_slots.size() - 1)) {
            Stream& stream = m_streams[m_slots[slot] - 1];
            if (stream.low == low && stream.high == high) {
                isNew = false;
                return stream;
            }
        }
        m_streams.emplace_back();
        m_slots[slot] = static_cast<std::uint32_t>(m_streams.size());
        m_streams.back().low = low;
        m_streams.back().high = high;
        isNew = true;
        return m_streams.back();
    }

private:
    void grow()
    {
        m_slots.assign(std::max<std::size_t>(256, m_slots.size() * 2), 0);
        for (std::size_t i = 0; i < m_streams.size(); ++i) {
            std::size_t slot = hashOf(m_streams[i].high, hashOf(m_streams[i].low, 0)) & (m_slots.size() - 1);
            while (m_slots[slot] != 0)
                slot = (slot + 1) & (m_slots.size() - 1);
            m_slots[slot] = static_cast<std::uint32_t>(i + 1);
        }
    }

    std::vector<Stream> m_streams;
    std::vector<std::uint32_t> m_slots; ///< index + 1; 0 = free
};

/// One segment against what was seen of its stream.
class Marking {
public:
    Marking(const Segment& segment, Stream& stream, StreamSide& own, StreamSide& peer)
        : m_segment(segment)
        , m_stream(stream)
        , m_own(own)
        , m_peer(peer)
    {
    }

    TsharkMarks run(TsharkMarks marks)
    {
        m_marks = marks;
        noteInitialRtt();
        markForward();
        markAck();
        markAgain();
        remember();
        return m_marks;
    }

    /// Seconds from the first copy of the bytes this segment acknowledges exactly; NaN = none. The number is looked at
    /// in segments without ACK too, as tshark does.
    float ackRtt()
    {
        float rtt = TcpPacket::notMeasuredRtt;
        const std::uint32_t ack = m_segment.acknowledgment;
        auto& unacked = m_peer.unacked;
        if (unacked.empty() || (ack == m_peer.ackedUpTo && !m_peer.isUnackedMixed))
            return rtt;
        bool isFound = false;
        auto kept = unacked.begin();
        for (const Unacked& sent : unacked) {
            if (sent.end == ack && !isFound) {
                isFound = true;
                if (m_segment.time != sent.time) // 0 is not shown
                    rtt = static_cast<float>(toSeconds(m_segment.time - sent.time));
            }
            if (isAfter(sent.end, ack))
                *kept++ = sent;
        }
        unacked.erase(kept, unacked.end());
        m_peer.ackedUpTo = ack;
        m_peer.isUnackedMixed = false;
        return rtt;
    }

private:
    bool has(TsharkMark mark) const { return (m_marks & bit(mark)) != 0; }
    void set(TsharkMark mark) { m_marks |= bit(mark); }
    bool isPlain() const { return (m_segment.flags & (Segment::syn | Segment::fin | Segment::rst)) == 0; }
    std::uint32_t end() const { return m_segment.sequence + m_segment.length(); }

    /// The first round trip: from the last bare SYN to the first packet that is past the handshake.
    void noteInitialRtt()
    {
        const bool isSyn = m_segment.has(Segment::syn), isAck = m_segment.has(Segment::ack);
        if (isSyn && !isAck) {
            m_stream.synTime = m_segment.time;
            m_stream.hasSyn = true;
        } else if (!isSyn && isAck && m_stream.hasSyn && !m_stream.hasInitialRtt) {
            m_stream.initialRtt = since(m_stream.synTime, m_segment.time);
            m_stream.hasInitialRtt = true;
        }
    }

    /// What the segment says by itself and against its own direction.
    void markForward()
    {
        const Segment& s = m_segment;
        if (s.payload == 1 && s.sequence == m_own.next && m_peer.window == 0) {
            set(TsharkMark::ZeroWindowProbe);
            return;
        }
        if (s.window == 0 && isPlain())
            set(TsharkMark::ZeroWindow);
        if (m_own.next != 0 && isAfter(s.sequence, m_own.next) && !s.has(Segment::rst))
            set(TsharkMark::LostSegment);
        if (s.payload <= 1 && s.sequence == m_own.next - 1 && isPlain())
            set(TsharkMark::KeepAlive);
        const bool isRepeatedAck =
            s.payload == 0 && s.sequence == m_own.next && s.acknowledgment == m_own.ack && isPlain();
        if (isRepeatedAck && s.window != 0 && s.window != m_own.window)
            set(TsharkMark::WindowUpdate);
        if (s.payload > 0 && isPlain() && m_peer.scale != -1 && s.sequence + s.payload == peerRightEdge())
            set(TsharkMark::WindowFull);
        if (!isRepeatedAck || s.window != m_own.window)
            return;
        if (s.window != 0 && (m_peer.lastMarks & bit(TsharkMark::KeepAlive)) != 0) {
            set(TsharkMark::KeepAliveAck);
        } else if (s.window == 0 && (m_peer.lastMarks & bit(TsharkMark::ZeroWindowProbe)) != 0) {
            set(TsharkMark::ZeroWindowProbeAck);
        } else if (s.window != 0) {
            set(TsharkMark::DuplicateAck);
            ++m_own.duplicateAcks;
        }
    }

    /// Windows in SYN segments are never scaled (RFC 7323, section 2.2).
    std::uint32_t peerRightEdge() const
    {
        const bool isScaled = m_peer.scale > 0 && !m_peer.wasLastSynAck;
        return m_peer.ack + (std::uint32_t{m_peer.window} << (isScaled ? m_peer.scale : 0));
    }

    void markAck()
    {
        if (m_segment.acknowledgment != m_own.ack)
            m_own.duplicateAcks = 0;
        if (!m_segment.has(Segment::ack) || m_peer.contiguous == 0
            || !isAfter(m_segment.acknowledgment, m_peer.contiguous))
            return;
        if (isAfter(m_peer.next, m_peer.contiguous)) {
            set(TsharkMark::AckLostSegment);
            m_peer.contiguous = m_peer.next;
        } else if (m_peer.duplicateAcks == 0) { // said once
            set(TsharkMark::AckLostSegment);
            m_peer.duplicateAcks = -1;
        }
    }

    /// Bytes that were there before.
    void markAgain()
    {
        const Segment& s = m_segment;
        if ((s.length() == 0) || has(TsharkMark::KeepAlive))
            return;
        const bool isOld =
            m_own.next != 0 && isAfter(m_own.next, s.sequence) && !(s.payload > 1 && s.sequence == m_own.next - 1);
        constexpr std::uint64_t fastLimit = 20'000'000, reorderLimit = 3'000'000;
        if (s.payload > 0 && m_peer.ack != 0 && !isAfter(s.sequence + s.payload, m_peer.ack)) {
            set(TsharkMark::SpuriousRetransmission);
            set(TsharkMark::Retransmission);
        } else if (isOld && m_peer.duplicateAcks >= 2 && m_peer.ack == s.sequence
            && since(m_peer.lastTime, s.time) < fastLimit) {
            set(TsharkMark::FastRetransmission);
            set(TsharkMark::Retransmission);
        } else if (isOld && end() != m_own.next
            && since(m_own.nextTime, s.time) < (m_stream.hasInitialRtt ? m_stream.initialRtt : reorderLimit)) {
            set(TsharkMark::OutOfOrder);
        } else if (isOld) {
            set(TsharkMark::Retransmission);
        }
    }

    void remember()
    {
        const Segment& s = m_segment;
        const bool isProbe = has(TsharkMark::ZeroWindowProbe);
        if (!isProbe && (m_own.next == 0 || isAfter(end(), m_own.next))) {
            m_own.next = end();
            m_own.nextTime = s.time;
        }
        if (!isProbe && (m_own.contiguous == 0 || s.sequence == m_own.contiguous))
            m_own.contiguous = m_own.next; // also over what lies behind the hole that this may have filled
        m_own.ack = s.acknowledgment;
        m_own.window = s.window;
        m_own.lastTime = s.time;
        m_own.lastMarks = m_marks;
        m_own.wasLastSynAck = s.has(Segment::syn) && s.has(Segment::ack);
        constexpr std::size_t mostUnacked = 10'000;
        if (s.length() != 0 && m_own.unacked.size() < mostUnacked) {
            m_own.isUnackedMixed =
                m_own.isUnackedMixed || m_own.unacked.empty() || isAfter(m_own.ackedUpTo, s.sequence);
            m_own.unacked.push_back({s.sequence, end(), s.time});
        }
    }

    const Segment& m_segment;
    Stream& m_stream;
    StreamSide& m_own;
    StreamSide& m_peer;
    TsharkMarks m_marks = 0;
};

/// A direction counts from its SYN, or from just before the first byte seen; one not seen yet from what is
/// acknowledged of it.
void setBases(const Segment& segment, StreamSide& own, StreamSide& peer)
{
    if (!own.isBaseSet) {
        own.base = segment.has(Segment::syn) ? segment.sequence : segment.sequence - 1;
        own.isBaseSet = true;
    }
    if (!peer.isBaseSet && segment.has(Segment::ack)) {
        peer.base = segment.acknowledgment - 1;
        peer.isBaseSet = true;
    }
}

/// A SYN without the option, or a SYN-ACK to one, switches scaling off for both (RFC 7323, section 2.2).
void noteScale(const Segment& segment, StreamSide& own, StreamSide& peer)
{
    constexpr std::uint8_t largestScale = 14; // RFC 7323, section 2.3: more means 14
    if (segment.windowScale)
        own.scale = std::min(*segment.windowScale, largestScale);
    if (!segment.has(Segment::syn) || segment.areOptionsCut)
        return;
    if (own.scale == -1) {
        own.scale = -2;
        peer.scale = -2;
    } else if (segment.has(Segment::ack) && peer.scale == -2) {
        own.scale = -2;
    }
}

} // namespace

std::string_view tsharkMarkName(TsharkMark mark)
{
    static constexpr std::array<std::string_view, tsharkMarkCount> names{"retransmission", "fast_retransmission",
        "spurious_retransmission", "out_of_order", "duplicate_ack", "lost_segment", "ack_lost_segment", "zero_window",
        "window_full", "window_update", "keep_alive", "keep_alive_ack", "reused_ports", "zero_window_probe",
        "zero_window_probe_ack"};
    return names[static_cast<std::size_t>(mark)];
}

struct TsharkMarker::State {
    Streams streams;
    std::uint32_t nextNumber = 0;

    void renumber(Stream& stream)
    {
        const Endpoint low = stream.low, high = stream.high;
        stream = Stream();
        stream.low = low;
        stream.high = high;
        stream.number = nextNumber++;
    }
};

TsharkMarker::TsharkMarker()
    : m_state(std::make_unique<State>())
{
}
TsharkMarker::~TsharkMarker() = default;
TsharkMarker::TsharkMarker(TsharkMarker&&) noexcept = default;
TsharkMarker& TsharkMarker::operator=(TsharkMarker&&) noexcept = default;

void TsharkMarker::mark(const Segment& segment, TcpPacket& packet)
{
    const bool isFromLow = segment.from < segment.to;
    bool isNew = false;
    Stream& stream =
        m_state->streams.of(isFromLow ? segment.from : segment.to, isFromLow ? segment.to : segment.from, isNew);
    if (isNew)
        stream.number = m_state->nextNumber++;
    StreamSide& own = stream.sides[isFromLow ? 0 : 1];
    StreamSide& peer = stream.sides[isFromLow ? 1 : 0];
    TsharkMarks marks = 0;
    if (segment.has(Segment::syn) && own.isBaseSet && own.base != segment.sequence) {
        marks = bit(TsharkMark::ReusedPorts);
        if (!segment.has(Segment::ack))
            m_state->renumber(stream);
        else
            own.base = segment.sequence;
    }
    setBases(segment, own, peer);
    packet.tsharkStream = stream.number;
    packet.ipLayers = segment.ipLayers;
    packet.sequence = segment.sequence - own.base;
    packet.acknowledgment = segment.has(Segment::ack) ? segment.acknowledgment - peer.base : 0;
    packet.rawAcknowledgment = segment.acknowledgment;
    packet.window = segment.window;
    if (!segment.has(Segment::syn) && own.scale > 0)
        packet.window <<= own.scale;
    packet.tsharkAckRtt = TcpPacket::notMeasuredRtt;
    packet.tsharkMarks = 0;
    if (segment.isFragment)
        return;
    noteScale(segment, own, peer);
    Marking marking(segment, stream, own, peer);
    marks = marking.run(marks);
    const float rtt = marking.ackRtt();
    if (segment.areOptionsCut) // it counts for what follows, but tshark stumbles over the options and shows nothing
        return;
    packet.tsharkMarks = marks;
    packet.tsharkAckRtt = rtt;
}

} // namespace hindcast::tcp
