#include "tcp/handshake.h"

namespace hindcast::tcp {
namespace {
constexpr std::size_t attemptsKept = 16; ///< a kernel gives up long before
}

void HandshakeTracker::add(const Segment& segment, Side from, Time now)
{
    if (isComplete())
        return;
    if (segment.has(Segment::rst))
        addReset(segment, from);
    else if (segment.has(Segment::syn) && segment.has(Segment::ack))
        addSynAck(segment, from, now);
    else if (segment.has(Segment::syn))
        addSyn(segment, from, now);
    else if (segment.has(Segment::ack))
        addAck(segment, from, now);
}

/// RFC 792 and RFC 4443: only "destination unreachable" ends a connection that is being opened.
void HandshakeTracker::add(const IcmpError& error)
{
    const bool isUnreachable = error.type == (error.isV6 ? 1 : 3) && !(error.type == 3 && error.code == 4);
    if (isUnreachable && m_clientIsn && error.sequence == *m_clientIsn)
        m_isUnreachable = true;
}

void HandshakeTracker::addSyn(const Segment& segment, Side from, Time now)
{
    auto& isn = from == Side::Client ? m_clientIsn : m_serverIsn;
    isn = segment.sequence;
    m_isReset = m_isRefused = false; // it tries again, so that RST was for something older
    auto& attempts = from == Side::Client ? m_syns : m_synAcks; // both ends may open at once
    if (attempts.size() < attemptsKept)
        attempts.push_back({now, segment.hasTimestamps, segment.timestampValue});
}

void HandshakeTracker::addSynAck(const Segment& segment, Side from, Time now)
{
    if (from == Side::Client) { // answers the server's own SYN: opened by both at once
        if (m_serverIsn && segment.acknowledgment == *m_serverIsn + 1 && !m_synAck)
            m_synAck = now;
        return;
    }
    if (m_clientIsn && segment.acknowledgment != *m_clientIsn + 1)
        return; // an answer to something older
    m_clientIsn = segment.acknowledgment - 1;
    m_serverIsn = segment.sequence;
    if (!m_synAck) {
        m_synAck = now;
        if (const auto syn = answered(m_syns, segment))
            m_synToSynAck = now - *syn;
    }
    if (m_synAcks.size() < attemptsKept)
        m_synAcks.push_back({now, segment.hasTimestamps, segment.timestampValue});
}

void HandshakeTracker::addReset(const Segment& segment, Side from)
{
    if (from == Side::Server && !m_synAck) {
        // RFC 9293, section 3.10.7.3: in SYN-SENT a reset counts when it acknowledges the SYN
        m_isRefused =
            m_clientIsn && (!segment.has(Segment::ack) || segment.acknowledgment - 1 - *m_clientIsn <= segment.payload);
        return;
    }
    m_isReset = m_synAck.has_value();
}

void HandshakeTracker::addAck(const Segment& segment, Side from, Time now)
{
    if (!m_synAck && from == Side::Client && m_clientIsn && segment.sequence == *m_clientIsn + 1)
        m_acknowledged = now; // the SYN-ACK was not captured, but this answers it
    if (!m_synAck || !m_serverIsn || !m_clientIsn)
        return;
    const bool isFinal = from == Side::Client
        ? static_cast<std::int32_t>(segment.acknowledgment - *m_serverIsn) > 0
        : segment.sequence == *m_serverIsn + 1 && segment.acknowledgment != *m_clientIsn; // opened by both at once
    if (!isFinal)
        return;
    if (from == Side::Server && m_synAcks.size() <= 1 && segment.payload == 0)
        return; // a server that speaks after its SYN-ACK does not show what reached it
    m_acknowledged = now;
    if (const auto synAck = answered(m_synAcks, segment); synAck && from == Side::Client)
        m_synAckToAck = now - *synAck;
}

std::optional<Time> HandshakeTracker::answered(const std::vector<Attempt>& attempts, const Segment& segment)
{
    if (attempts.size() == 1)
        return attempts.front().time;
    if (!segment.hasTimestamps)
        return std::nullopt;
    std::optional<Time> match;
    for (const Attempt& attempt : attempts)
        if (attempt.hasTimestamp && attempt.timestamp == segment.timestampEcho) {
            if (match)
                return std::nullopt;
            match = attempt.time;
        }
    return match;
}

Handshake HandshakeTracker::outcome() const
{
    if (isComplete())
        return Handshake::Complete;
    if (m_isRefused)
        return Handshake::Refused;
    if (m_isReset)
        return Handshake::Reset;
    if (m_isUnreachable && !m_synAck)
        return Handshake::Unreachable;
    if (m_synAck)
        return Handshake::Unfinished;
    return m_clientIsn ? Handshake::Unanswered : Handshake::NotSeen;
}

} // namespace hindcast::tcp
