// FlowTracker: follows one conversation segment by segment: what each says goes into the Flow's counters and the
// packet's marks at once where it is certain, and is kept where later packets decide.
#pragma once

#include "tcp/direction_state.h"
#include "tcp/handshake.h"
#include "tcp/retransmission.h"
#include "tcp/segment.h"

#include <array>

namespace hindcast::tcp {

class FlowTracker {
public:
    /// The conversation that `first` begins, sent by the flow's `from`.
    FlowTracker(const Segment& first, Side from, Flow& flow);

    /// Whether the ports are used anew: a SYN that this conversation cannot have sent.
    bool isReuse(const Segment& segment, Side from, const Flow& flow) const;

    void add(const Segment& segment, TcpPacket& packet, std::uint32_t index, Flow& flow);
    void addUnreachable(const IcmpError& error) { m_handshake.add(error); }

    /// The same endpoints begin another connection.
    void setReused(Time time) { m_reusedAt = time; }
    std::optional<Time> reusedAt() const { return m_reusedAt; }

    const DirectionState& direction(Side side) const { return m_directions[static_cast<std::size_t>(side)]; }
    const HandshakeTracker& handshake() const { return m_handshake; }
    const std::vector<OldSegment>& oldSegments() const { return m_old; }
    /// Packets that the link layer saw leave, less those it saw arrive, of this end.
    int outgoing(Side side) const { return m_outgoing[static_cast<std::size_t>(side)]; }

private:
    struct SackNews {
        bool isNew = false; ///< tells of bytes not reported before
        bool isDuplicateReport = false; ///< DSACK
    };

    DirectionState& of(Side side) { return m_directions[static_cast<std::size_t>(side)]; }
    Time advanceClock(Time time);
    bool isCopy(const Segment& segment, Side from);
    void anchor(const Segment& segment, DirectionState& own, DirectionState& peer);
    void addBytes(const Segment& segment, TcpPacket& packet, std::uint32_t index, Flow& flow, Time now);
    void addNewBytes(DirectionState& own, std::int64_t begin, std::int64_t end, std::uint32_t index, Time now);
    void addOldBytes(
        const Segment& segment, Side from, std::int64_t begin, std::int64_t end, std::uint32_t index, Time now);
    void addAcknowledgment(const Segment& segment, TcpPacket& packet, Flow& flow, Time now);
    void acknowledge(const Segment& segment, Side from, std::int64_t position, Time now);
    SackNews addSacks(const Segment& segment, Side from, std::int64_t position);
    std::int64_t scaledWindow(const Segment& segment, Side from, const Flow& flow) const;
    void findSpurious(Side sender, std::int64_t begin, std::int64_t end);
    void remember(const Segment& segment, DirectionState& own, Time now);

    std::array<DirectionState, 2> m_directions;
    HandshakeTracker m_handshake;
    std::vector<OldSegment> m_old;
    std::array<int, 2> m_outgoing{};
    Time m_clock{};
    std::optional<Time> m_reusedAt;
};

} // namespace hindcast::tcp
