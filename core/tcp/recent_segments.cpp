#include "tcp/recent_segments.h"

#include <chrono>

namespace hindcast::tcp {
namespace {

using namespace std::chrono_literals;

/// A copy of a packet with its own IP identification is a copy however late; this bounds wrapped identifications.
constexpr Nanoseconds identifiedWindow = 1s;

std::uint64_t mixed(std::uint64_t value, std::uint64_t more)
{
    value = (value ^ more) * 0x9e3779b97f4a7c15ULL;
    return value ^ (value >> 32);
}

/// Of the fields that a resend or another ACK would change; what routers change (TTL, checksum) is left out.
std::uint32_t fingerprint(const Segment& segment)
{
    std::uint64_t value = mixed(segment.sequence, static_cast<std::uint64_t>(segment.acknowledgment) << 32);
    value = mixed(value,
        static_cast<std::uint64_t>(segment.payload) << 32 | static_cast<std::uint32_t>(segment.flags) << 16
            | segment.window);
    value = mixed(value, static_cast<std::uint64_t>(segment.timestampValue) << 32 | segment.timestampEcho);
    value = mixed(value, segment.ipIdentification);
    for (std::size_t i = 0; i < segment.sackCount && i < segment.sack.size(); ++i)
        value = mixed(value, static_cast<std::uint64_t>(segment.sack[i].left) << 32 | segment.sack[i].right);
    return static_cast<std::uint32_t>(value);
}

} // namespace

bool RecentSegments::isCopy(const Segment& segment, std::uint32_t peerSegments, bool isIdentified, Nanoseconds window)
{
    const std::uint32_t wanted = fingerprint(segment);
    for (const Seen& seen : m_seen) {
        if (seen.fingerprint != wanted || segment.time < seen.time)
            continue;
        if (segment.time - seen.time > (isIdentified ? identifiedWindow : window))
            continue;
        // Linux gives a SYN-ACK no identification, and answers a repeated SYN within the same millisecond again.
        if (!isIdentified && segment.payload == 0
            && (seen.peerSegments != peerSegments || segment.areOptionsCut)) // what was cut may differ
            continue;
        return true;
    }
    if (m_seen.size() < most)
        m_seen.emplace_back();
    m_seen[m_next] = {segment.time, wanted, peerSegments};
    m_next = (m_next + 1) % most;
    return false;
}

} // namespace hindcast::tcp
