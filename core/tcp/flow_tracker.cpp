#include "tcp/flow_tracker.h"

#include <algorithm>
#include <utility>

namespace hindcast::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds toleratedStep = 1ms; ///< two queues of one interface may be read in the wrong order by this
constexpr Nanoseconds copyWindow = 1ms;
constexpr Nanoseconds keepAliveIdle = 980ms; ///< Linux: one second at least (TCP_KEEPIDLE), less the timer's grain
constexpr Nanoseconds longestRoundTrip = 1h; ///< more is a clock that was set
constexpr std::size_t holesKept = 256;
constexpr std::size_t searchedBack = 256;

void mark(TcpPacket& packet, PacketMark which)
{
    packet.marks = static_cast<std::uint16_t>(packet.marks | static_cast<std::uint16_t>(which));
}

bool isControl(const Segment& segment)
{
    return (segment.flags & (Segment::syn | Segment::fin | Segment::rst)) != 0;
}

/// Takes [begin, end) out of the holes; returns how much of it was one.
std::int64_t fillHoles(std::vector<std::pair<std::int64_t, std::int64_t>>& holes, std::int64_t begin, std::int64_t end)
{
    std::int64_t filled = 0;
    for (std::size_t i = 0; i < holes.size();) {
        auto& [from, to] = holes[i];
        const std::int64_t left = std::max(from, begin), right = std::min(to, end);
        if (left >= right) {
            ++i;
            continue;
        }
        filled += right - left;
        const std::pair rest(right, to);
        to = left;
        if (rest.first < rest.second)
            holes.insert(holes.begin() + static_cast<std::ptrdiff_t>(i) + 1, rest);
        if (holes[i].first >= holes[i].second)
            holes.erase(holes.begin() + static_cast<std::ptrdiff_t>(i));
        else
            ++i;
    }
    return filled;
}

} // namespace

FlowTracker::FlowTracker(const Segment& first, Side from, Flow& flow)
    : m_clock(first.time)
{
    flow.range = {first.time, first.time + Nanoseconds{1}};
    (from == Side::Client ? flow.client : flow.server).endpoint = first.from;
    (from == Side::Client ? flow.server : flow.client).endpoint = first.to;
    flow.isMidStream = !first.has(Segment::syn);
    flow.isClientGuessed = flow.isMidStream;
    flow.clientIsn = from == Side::Client ? first.sequence : first.acknowledgment - (first.has(Segment::syn) ? 1 : 0);
}

bool FlowTracker::isReuse(const Segment& segment, Side from, const Flow& flow) const
{
    if (!segment.has(Segment::syn) || segment.has(Segment::rst))
        return false;
    const auto clientIsn = m_handshake.clientIsn(), serverIsn = m_handshake.serverIsn();
    const auto& ownIsn = from == Side::Client ? clientIsn : serverIsn;
    const auto& peerIsn = from == Side::Client ? serverIsn : clientIsn;
    if (ownIsn == segment.sequence)
        return false; // sent again
    if (segment.has(Segment::ack)) {
        if (!ownIsn && peerIsn && !flow.isMidStream)
            return m_handshake.isComplete();
        return (flow.isMidStream && !ownIsn) || (peerIsn && segment.acknowledgment != *peerIsn + 1);
    }
    const bool isOpenedByBoth = from == Side::Server && clientIsn && !m_handshake.hasSynAck()
        && !direction(Side::Server).hasSent && !flow.isMidStream;
    return !isOpenedByBoth;
}

void FlowTracker::add(const Segment& segment, TcpPacket& packet, std::uint32_t index, Flow& flow)
{
    FlowSide& side = flow.side(packet.from);
    ++side.packets;
    flow.range.end = std::max(flow.range.end, segment.time + Nanoseconds{1});
    flow.packets.push_back(index);
    if (segment.direction != Direction::Unknown)
        m_outgoing[static_cast<std::size_t>(packet.from)] += segment.direction == Direction::Outgoing ? 1 : -1;
    if (segment.isFragment)
        return;
    if (isCopy(segment, packet.from)) {
        mark(packet, PacketMark::Duplicate);
        return;
    }
    side.payloadBytes += segment.payload;
    const Time now = advanceClock(segment.time);
    DirectionState& own = of(packet.from);
    DirectionState& peer = of(otherSide(packet.from));
    anchor(segment, own, peer);
    m_handshake.add(segment, packet.from, now);
    if (segment.has(Segment::syn)) {
        side.windowScale = segment.windowScale;
        side.maximumSegment = segment.maximumSegment;
        own.isSackPermitted = segment.isSackPermitted;
    }
    if (segment.has(Segment::rst))
        ++side.resets;
    else {
        addBytes(segment, packet, index, flow, now);
        if (segment.has(Segment::ack))
            addAcknowledgment(segment, packet, flow, now);
    }
    remember(segment, own, now);
}

/// Time never runs backwards here. A small step is an accident of reading and is levelled; a large one means the clock
/// was set, and what was on its way then cannot be timed.
Time FlowTracker::advanceClock(Time time)
{
    if (time + toleratedStep < m_clock) {
        for (DirectionState& direction : m_directions) {
            direction.sent.spoilTimes();
            for (Time* at : {&direction.lastSegment, &direction.lastBytes, &direction.nextMoved})
                *at = std::min(*at, time);
        }
        m_clock = time;
    }
    m_clock = std::max(m_clock, time);
    return m_clock;
}

bool FlowTracker::isCopy(const Segment& segment, Side from)
{
    DirectionState& own = of(from);
    const DirectionState& peer = of(otherSide(from));
    Nanoseconds window = copyWindow;
    for (const DirectionState* direction : {&std::as_const(own), &peer})
        if (const auto roundTrip = direction->roundTrips.minimum(); roundTrip && *roundTrip > 100us)
            window = std::min(window, *roundTrip / 2);
    const bool isIdentified =
        segment.hasIpIdentification && segment.ipIdentification != 0 && own.isIdentificationMoving;
    return own.recent.isCopy(segment, peer.segments, isIdentified, window);
}

void FlowTracker::anchor(const Segment& segment, DirectionState& own, DirectionState& peer)
{
    if (!own.space.isAnchored())
        own.space.anchor(segment.sequence);
    else if (segment.has(Segment::syn) && !segment.has(Segment::rst) && own.segments == 0)
        own.space.anchor(segment.sequence); // an ACK alone had promised another number
    if (segment.has(Segment::ack) && !segment.has(Segment::rst) && !peer.space.isAnchored())
        peer.space.anchor(segment.acknowledgment - (segment.has(Segment::syn) ? 1U : 0U));
}

void FlowTracker::addBytes(const Segment& segment, TcpPacket& packet, std::uint32_t index, Flow& flow, Time now)
{
    DirectionState& own = of(packet.from);
    const DirectionState& peer = of(otherSide(packet.from));
    FlowSide& side = flow.side(packet.from);
    if (!own.hasSent) { // whatever its number: what went before was not captured
        own.hasSent = true;
        own.next = own.space.position(segment.sequence);
        own.acknowledged = std::max(own.acknowledged, own.next);
        own.lastBytes = own.lastSegment = own.nextMoved = now;
    }
    const std::int64_t begin = own.space.position(segment.sequence);
    const std::int64_t end = begin + segment.length();
    const bool isClosedWindow = peer.hasAcknowledged && peer.lastWindow == 0;
    own.wasLastKeepAlive = own.wasLastWindowProbe = own.wasLastOld = false;
    if (!isControl(segment) && segment.payload <= 1 && isClosedWindow && own.acknowledged <= own.next
        && (begin == own.acknowledged - 1 || (segment.payload == 1 && begin == own.acknowledged))) {
        mark(packet, PacketMark::ZeroWindowProbe);
        ++side.zeroWindowProbes;
        own.wasLastWindowProbe = true;
        if (end > own.next) {
            side.uniqueBytes += static_cast<std::uint64_t>(end - own.next);
            addNewBytes(own, begin, end, index, now);
        }
        return;
    }
    if (!isControl(segment) && segment.payload <= 1 && begin == own.next - 1 && own.acknowledged == own.next
        && !own.finEnd && own.segments > 0 && now - own.lastSegment >= keepAliveIdle) {
        mark(packet, PacketMark::KeepAlive);
        ++side.keepAlives;
        own.wasLastKeepAlive = true;
        return;
    }
    const bool isSynAck = segment.has(Segment::syn) && segment.has(Segment::ack);
    if (isSynAck && !std::exchange(own.hasSentSynAck, true) && end <= own.next)
        return; // both opened: the number of its own SYN, with the answer to the other's
    if (begin > own.next)
        mark(packet, PacketMark::GapBefore);
    if (end == begin)
        return;
    if (segment.has(Segment::fin) && !own.finEnd)
        own.finEnd = end;
    const std::int64_t dataBegin = begin + (segment.has(Segment::syn) ? 1 : 0);
    const std::int64_t dataEnd = dataBegin + segment.payload;
    const bool isWindowKnown = m_handshake.hasSynAck() && peer.hasAcknowledged && !flow.isMidStream;
    if (segment.payload > 0 && isWindowKnown && dataEnd == peer.windowEdge)
        mark(packet, PacketMark::WindowFull);
    if (begin >= own.next) {
        if (begin > own.next && own.segments > 0 && own.holes.size() < holesKept)
            own.holes.emplace_back(own.next, begin);
        side.uniqueBytes += segment.payload;
        addNewBytes(own, begin, end, index, now);
        return;
    }
    side.uniqueBytes += static_cast<std::uint64_t>(fillHoles(own.holes, dataBegin, std::min(dataEnd, own.next))
        + std::max<std::int64_t>(0, dataEnd - std::max(own.next, dataBegin)));
    addOldBytes(segment, packet.from, begin, end, index, now);
    if (end > own.next) // the rest is new: two segments were joined
        addNewBytes(own, own.next, end, index, now);
    own.lastBytes = now;
    own.wasLastOld = true;
}

void FlowTracker::addNewBytes(DirectionState& own, std::int64_t begin, std::int64_t end, std::uint32_t index, Time now)
{
    own.sent.append({std::max(begin, own.next), end, now, index, true});
    own.next = end;
    own.space.advance(end);
    own.lastBytes = own.nextMoved = now;
}

void FlowTracker::addOldBytes(
    const Segment& segment, Side from, std::int64_t begin, std::int64_t end, std::uint32_t index, Time now)
{
    DirectionState& own = of(from);
    OldSegment old;
    old.packet = index;
    old.from = from;
    old.begin = begin;
    old.end = end;
    old.hasTimestamp = segment.hasTimestamps;
    old.timestamp = segment.timestampValue;
    old.isReordered = isLate(own, segment, now);
    const Cause cause = resendCause(own, of(otherSide(from)), segment, begin, end, now);
    old.cause = cause.cause;
    old.backoff = cause.backoff;
    old.isSpurious = end <= own.acknowledged; // its acknowledgment had already come by
    old.earlier = own.sent.resend(begin, end, now, index);
    m_old.push_back(old);
}

void FlowTracker::addAcknowledgment(const Segment& segment, TcpPacket& packet, Flow& flow, Time now)
{
    DirectionState& own = of(packet.from);
    DirectionState& sender = of(otherSide(packet.from));
    FlowSide& side = flow.side(packet.from);
    const std::int64_t position = sender.space.position(segment.acknowledgment);
    const bool isPure = segment.payload == 0 && !isControl(segment);
    const bool isRepeated = own.hasAcknowledged && own.lastAcknowledgment == segment.acknowledgment;
    const std::int64_t edge = position + scaledWindow(segment, packet.from, flow);
    const SackNews sacks = addSacks(segment, packet.from, position);
    if (segment.window == 0 && !isControl(segment)) {
        mark(packet, PacketMark::ZeroWindow);
        ++side.zeroWindows;
    }
    if (position > sender.acknowledged && (position <= sender.next || !sender.hasSent))
        acknowledge(segment, packet.from, position, now);
    else if (isPure && isRepeated) {
        const bool answersProbe = sender.wasLastKeepAlive || sender.wasLastWindowProbe;
        const bool isOutstanding = position == sender.acknowledged && sender.next > position;
        const bool isSame = segment.window == own.lastWindow && segment.window != 0;
        if (sender.wasLastKeepAlive && position == sender.next)
            mark(packet, PacketMark::KeepAliveAck);
        else if (isOutstanding
            && (sacks.isNew || (isSame && !sacks.isDuplicateReport && !answersProbe && !sender.wasLastOld))) {
            mark(packet, PacketMark::DuplicateAck);
            ++side.duplicateAcks;
            ++own.duplicateAcks;
        } else if (edge > own.windowEdge)
            mark(packet, PacketMark::WindowUpdate);
    }
    own.hasAcknowledged = true;
    own.lastAcknowledgment = segment.acknowledgment;
    own.lastWindow = segment.window;
    own.windowEdge = edge;
}

/// In bytes. RFC 7323, section 2.2: scaled only when both SYNs carried the option, and never in a SYN itself.
std::int64_t FlowTracker::scaledWindow(const Segment& segment, Side from, const Flow& flow) const
{
    const auto& scale = flow.side(from).windowScale;
    if (segment.has(Segment::syn) || !scale || !flow.side(otherSide(from)).windowScale)
        return segment.window;
    return static_cast<std::int64_t>(segment.window) << std::min<unsigned>(*scale, 14); // section 2.3: 14 at most
}

void FlowTracker::acknowledge(const Segment& segment, Side from, std::int64_t position, Time now)
{
    DirectionState& sender = of(otherSide(from));
    for (std::size_t i = m_old.size(); i-- > 0 && m_old.size() - i <= searchedBack;) {
        OldSegment& old = m_old[i];
        const bool isAtEdge = old.from != from && old.begin <= sender.acknowledged && sender.acknowledged < old.end
            && old.end <= position;
        // Eifel (RFC 3522): it echoes a copy that left before this one did
        if (isAtEdge && old.hasTimestamp && segment.hasTimestamps
            && static_cast<std::int32_t>(segment.timestampEcho - old.timestamp) < 0)
            old.isSpurious = true;
    }
    if (const auto sent = sender.sent.acknowledge(position, sender.highestSacked);
        sent && *sent <= now && now - *sent < longestRoundTrip)
        sender.roundTrips.add(now - *sent);
    sender.acknowledged = position;
    sender.acknowledgedMoved = now;
    sender.isTailProbed = false;
    sender.timeouts = 0;
    of(from).duplicateAcks = 0;
    if (!sender.hasSent)
        sender.space.advance(position);
}

FlowTracker::SackNews FlowTracker::addSacks(const Segment& segment, Side from, std::int64_t position)
{
    SackNews news;
    news.isNew = segment.areOptionsCut; // most likely just because of a SACK: nothing else makes options long
    DirectionState& own = of(from);
    DirectionState& sender = of(otherSide(from));
    for (std::size_t i = 0; i < segment.sackCount && i < segment.sack.size(); ++i) {
        const std::int64_t left = sender.space.position(segment.sack[i].left);
        const std::int64_t right = sender.space.position(segment.sack[i].right);
        if (left >= right)
            continue;
        const bool isInside = i == 0 && segment.sackCount > 1 && left >= sender.space.position(segment.sack[1].left)
            && right <= sender.space.position(segment.sack[1].right);
        if (i == 0 && (right <= position || isInside)) { // RFC 2883: bytes that came twice
            news.isDuplicateReport = true;
            findSpurious(otherSide(from), left, right);
            continue;
        }
        if (right > sender.next)
            continue;
        news.isNew = news.isNew || right > sender.highestSacked
            || (i == 0 && (left != own.lastSackLeft || right != own.lastSackRight));
        if (i == 0) {
            own.lastSackLeft = left;
            own.lastSackRight = right;
        }
        sender.highestSacked = std::max(sender.highestSacked, right);
    }
    return news;
}

void FlowTracker::findSpurious(Side sender, std::int64_t begin, std::int64_t end)
{
    for (std::size_t i = m_old.size(); i-- > 0 && m_old.size() - i <= searchedBack;) {
        OldSegment& old = m_old[i];
        if (old.from == sender && !old.isSpurious && old.begin < end && begin < old.end) {
            old.isSpurious = true;
            return;
        }
    }
}

void FlowTracker::remember(const Segment& segment, DirectionState& own, Time now)
{
    if (own.segments++ == 0)
        own.timeToLive = segment.timeToLive;
    own.lastSegment = now;
    if (segment.has(Segment::syn) || segment.has(Segment::rst))
        return; // these come from request sockets or none, with other identifications
    if (segment.hasIpIdentification) {
        const auto ahead = static_cast<std::int16_t>(segment.ipIdentification - own.newestIdentification);
        own.isIdentificationMoving =
            own.isIdentificationMoving || (own.hasIdentification && ahead != 0 && segment.ipIdentification != 0);
        if (!own.hasIdentification || ahead > 0)
            own.newestIdentification = segment.ipIdentification;
        own.hasIdentification = true;
    }
    if (segment.hasTimestamps
        && (!own.hasTimestamp || static_cast<std::int32_t>(segment.timestampValue - own.newestTimestamp) > 0)) {
        own.newestTimestamp = segment.timestampValue;
        own.hasTimestamp = true;
    }
}

} // namespace hindcast::tcp
