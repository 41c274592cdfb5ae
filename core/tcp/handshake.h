// HandshakeTracker: the three steps of a connection's beginning, how long each took, how often each had to be repeated,
// and how it ended when it failed.
#pragma once

#include "tcp/segment.h"

#include <optional>
#include <vector>

namespace hindcast::tcp {

class HandshakeTracker {
public:
    void add(const Segment& segment, Side from, Time now);
    void add(const IcmpError& error);

    Handshake outcome() const;
    bool isComplete() const { return m_acknowledged.has_value(); }
    bool hasSynAck() const { return m_synAck.has_value(); }
    /// Of the end that spoke first, and of the one that answered.
    std::optional<std::uint32_t> clientIsn() const { return m_clientIsn; }
    std::optional<std::uint32_t> serverIsn() const { return m_serverIsn; }
    /// From the SYN that was answered; nothing when that is not known, as after a SYN was repeated without timestamps.
    std::optional<Nanoseconds> synToSynAck() const { return m_synToSynAck; }
    std::optional<Nanoseconds> synAckToAck() const { return m_synAckToAck; }

private:
    struct Attempt {
        Time time{};
        bool hasTimestamp = false;
        std::uint32_t timestamp = 0;
    };
    /// The attempt this segment echoes; the only one when there are no timestamps.
    static std::optional<Time> answered(const std::vector<Attempt>& attempts, const Segment& segment);
    void addSyn(const Segment& segment, Side from, Time now);
    void addSynAck(const Segment& segment, Side from, Time now);
    void addReset(const Segment& segment, Side from);
    void addAck(const Segment& segment, Side from, Time now);

    std::optional<std::uint32_t> m_clientIsn, m_serverIsn;
    std::vector<Attempt> m_syns, m_synAcks;
    std::optional<Time> m_synAck, m_acknowledged;
    std::optional<Nanoseconds> m_synToSynAck, m_synAckToAck;
    bool m_isRefused = false, m_isReset = false, m_isUnreachable = false;
};

} // namespace hindcast::tcp
