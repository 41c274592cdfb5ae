#include "model/conversation.h"

#include "model/snapshot.h"

#include <algorithm>
#include <utility>

namespace hindcast {

namespace {

constexpr std::uint32_t noRow = 0xffffffffU;

/// Stretch of the sequence space that one packet carried: [begin, end), counted on past 4 GiB.
struct Carried {
    std::int64_t begin = 0, end = 0;
    std::uint32_t row = 0; ///< of the newest packet that did
};

/// What one end has sent so far.
class SentBytes {
public:
    /// Row of the packet that carried the first byte before; and notes that this one did now.
    std::uint32_t note(const TcpPacket& packet, std::uint32_t row)
    {
        const std::int64_t begin = unwrapped(packet.sequence);
        const std::int64_t end = begin + packet.payload + (packet.isSyn() ? 1 : 0) + (packet.isFin() ? 1 : 0);
        if (end == begin || packet.has(PacketMark::KeepAlive) || packet.has(PacketMark::ZeroWindowProbe))
            return noRow;
        if (m_carried.empty() || begin >= m_carried.back().end) {
            m_carried.push_back({begin, end, row});
            return noRow;
        }
        const auto after = std::upper_bound(m_carried.begin(), m_carried.end(), begin,
            [](std::int64_t value, const Carried& carried) { return value < carried.begin; });
        if (after == m_carried.begin() || std::prev(after)->end <= begin) {
            m_carried.insert(after, {begin, end, row}); // came late, but for the first time
            return noRow;
        }
        // A copy may be a part of a larger segment: the stretch stays as it is, its newest carrier is this packet.
        return std::exchange(std::prev(after)->row, row);
    }

private:
    /// RFC 9293, section 3.4: sequence numbers are compared modulo 2^32.
    std::int64_t unwrapped(std::uint32_t sequence)
    {
        m_last += static_cast<std::int32_t>(sequence - static_cast<std::uint32_t>(m_last));
        return m_last;
    }

    std::vector<Carried> m_carried; ///< by begin
    std::int64_t m_last = 0;
};

} // namespace

Conversation::Conversation(std::shared_ptr<const Snapshot> snapshot, std::uint32_t flow)
    : m_snapshot(std::move(snapshot))
    , m_flow(&m_snapshot->packets.flows[flow])
    , m_flowIndex(flow)
{
    findEarlierCopies();
}

const TcpPacket& Conversation::packet(std::uint32_t row) const
{
    return m_snapshot->packets.packets[m_flow->packets[row]];
}

std::optional<std::uint32_t> Conversation::rowOf(std::uint32_t packetIndex) const
{
    const auto found = std::lower_bound(m_flow->packets.begin(), m_flow->packets.end(), packetIndex);
    if (found == m_flow->packets.end() || *found != packetIndex)
        return std::nullopt;
    return static_cast<std::uint32_t>(found - m_flow->packets.begin());
}

Time Conversation::begin() const
{
    return rows() > 0 ? packet(0).time : m_flow->range.begin;
}

std::vector<Time> Conversation::times() const
{
    std::vector<Time> result;
    result.reserve(rows());
    for (std::uint32_t row = 0; row < rows(); ++row)
        result.push_back(packet(row).time);
    return result;
}

std::optional<EarlierCopy> Conversation::earlierCopy(std::uint32_t row) const
{
    const std::uint32_t earlier = m_earlier[row];
    if (earlier == noRow)
        return std::nullopt;
    const Nanoseconds ago = packet(row).time - packet(earlier).time;
    return EarlierCopy{earlier, packet(earlier).frame, std::max(ago, Nanoseconds::zero())};
}

void Conversation::findEarlierCopies()
{
    SentBytes client, server;
    m_earlier.reserve(rows());
    for (std::uint32_t row = 0; row < rows(); ++row) {
        const TcpPacket& sent = packet(row);
        m_earlier.push_back((sent.from == Side::Client ? client : server).note(sent, row));
    }
}

std::optional<std::uint32_t> mostInterestingFlow(const PacketCapture& capture)
{
    if (capture.flows.empty())
        return std::nullopt;
    const auto best = std::max_element(capture.flows.begin(), capture.flows.end(), [](const Flow& a, const Flow& b) {
        return a.retransmissions() != b.retransmissions() ? a.retransmissions() < b.retransmissions()
                                                          : a.range.duration() < b.range.duration();
    });
    return static_cast<std::uint32_t>(best - capture.flows.begin());
}

} // namespace hindcast
