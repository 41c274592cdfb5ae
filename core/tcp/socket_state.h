// SocketState: one end of a connection as the state machine of RFC 9293 (section 3.3.2), driven by the segments it sent
// and those sent to it. Of the end next to the capture every step is seen; of the other, what reached it is known only
// from its own answers, so a step is an interval: from when it could first have happened to the packet that proves it.
#pragma once

#include "model/flow.h"

#include <optional>
#include <vector>

namespace hindcast::tcp {

/// A segment as the machine needs it. Positions count in the sender's sequence space, `acknowledged` in the receiver's.
struct StateStep {
    Time time{};
    std::uint32_t packet = 0; ///< index into Flow::packets
    std::uint16_t flags = 0;
    std::int64_t begin = 0, end = 0;
    std::int64_t acknowledged = 0;
    bool isRepeated = false; ///< a retransmission

    bool isSyn() const { return (flags & 0x02) != 0; }
    bool isFin() const { return (flags & 0x01) != 0; }
    bool isRst() const { return (flags & 0x04) != 0; }
    bool isAck() const { return (flags & 0x10) != 0; }
};

class SocketState {
public:
    enum class Place : std::uint8_t { Near, Far };
    /// The shortest and longest time from here to the far end and back: they bound what nothing proves.
    struct Trips {
        Nanoseconds shortest{0}, longest{0};
    };
    SocketState(Place place, Trips trips)
        : m_place(place)
        , m_trips(trips)
    {
    }

    /// The state when the capture begins; no packet shows it.
    void begin(TcpState state, Time time);
    /// This end sent it.
    void sent(const StateStep& step);
    /// The other end sent it; whether it arrived is another question.
    void received(const StateStep& step);
    /// The kernel's timer ended it some time in this range.
    void expire(TcpState state, TimeRange range);
    /// Settles what no packet proves. No more segments come.
    void finish();

    TcpState state() const { return m_state; }
    Time lastChange() const { return m_changes.empty() ? Time{} : m_changes.back().latest; }
    /// In order of time.
    std::vector<StateChange> takeChanges() { return std::move(m_changes); }

private:
    enum class Trigger : std::uint8_t { Syn, SynAck, SynAcknowledged, FinAcknowledged, Fin, Reset };
    struct Pending {
        Trigger trigger = Trigger::Syn;
        Time time{};
        std::uint32_t packet = 0;
        std::int64_t needs = 0; ///< the acknowledgment of this end that proves it arrived
        bool acknowledgesFin = false; ///< a FIN that acknowledges this end's FIN as well
    };

    void expect(Trigger trigger, const StateStep& step, std::int64_t needs = 0);
    void forget(Trigger trigger);
    bool isValidReset(const StateStep& step) const;
    void applyArrived(const StateStep& step);
    void applyProvenBy(const StateStep& step);
    void applyDueAt(const StateStep& step);
    void apply(const Pending& pending, Time latest, std::uint32_t packet);
    void change(TcpState state, Time earliest, Time latest, std::uint32_t packet, StateBasis basis);
    void changeBySending(TcpState state, const StateStep& step);
    void sentSyn(const StateStep& step);
    void sentFin(const StateStep& step);
    void sentReset(const StateStep& step);

    Place m_place;
    Trips m_trips;
    TcpState m_state = TcpState::Closed;
    std::vector<StateChange> m_changes;
    std::vector<Pending> m_pending; ///< sent to this end and not known to have arrived, in order; a handful
    std::optional<std::int64_t> m_synEnd, m_finEnd; ///< behind its own SYN and FIN
    std::optional<std::int64_t> m_peerSynEnd;
    std::int64_t m_receivedNext = 0; ///< everything of the other end below has arrived
    bool m_hasReceived = false;
    bool m_hasPeerFin = false;
};

} // namespace hindcast::tcp
