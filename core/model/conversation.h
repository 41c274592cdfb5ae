// Conversation: one flow of a snapshot as a list of rows, one per packet, with what each retransmission repeats and so
// how long its sender had waited. What a view or a report of one flow works on.
#pragma once

#include "model/flow.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hindcast {

struct Snapshot;

/// The packet that carried the same bytes before.
struct EarlierCopy {
    std::uint32_t row = 0;
    std::uint32_t frame = 0;
    Nanoseconds ago{}; ///< never negative
};

class Conversation {
public:
    /// Precondition: flow < snapshot->packets.flows.size().
    Conversation(std::shared_ptr<const Snapshot> snapshot, std::uint32_t flow);

    const Flow& flow() const { return *m_flow; }
    /// Index into PacketCapture::flows.
    std::uint32_t flowIndex() const { return m_flowIndex; }
    std::uint32_t rows() const { return static_cast<std::uint32_t>(m_flow->packets.size()); }
    const TcpPacket& packet(std::uint32_t row) const;
    /// Index into PacketCapture::packets.
    std::uint32_t packetIndex(std::uint32_t row) const { return m_flow->packets[row]; }
    /// Nothing for a packet of another flow.
    std::optional<std::uint32_t> rowOf(std::uint32_t packetIndex) const;
    /// When the first packet came, which is the zero of relative times.
    Time begin() const;
    std::vector<Time> times() const;

    /// The newest packet before it from the same end that carried its first byte. Nothing when the bytes are new, or
    /// when the copy before was not captured.
    std::optional<EarlierCopy> earlierCopy(std::uint32_t row) const;

private:
    void findEarlierCopies();

    std::shared_ptr<const Snapshot> m_snapshot;
    const Flow* m_flow;
    std::uint32_t m_flowIndex;
    std::vector<std::uint32_t> m_earlier; ///< row of the copy before, per row
};

/// The flow to look at first: most retransmissions, else the longest. Nothing when there is none.
std::optional<std::uint32_t> mostInterestingFlow(const PacketCapture& capture);

} // namespace hindcast
