#include "plots/sequence_curves.h"

#include <algorithm>

namespace hindcast {

namespace {

/// RFC 9293, section 3.4: sequence numbers are compared modulo 2^32.
std::int64_t unwrapped(std::uint32_t sequence, std::int64_t near)
{
    return near + static_cast<std::int32_t>(sequence - static_cast<std::uint32_t>(near));
}

} // namespace

SequenceCurves SequenceCurves::of(const Conversation& conversation, Side from)
{
    SequenceCurves curves;
    std::int64_t sent = 0, acknowledged = 0;
    Time latest = conversation.begin();
    for (std::uint32_t row = 0; row < conversation.rows(); ++row) {
        const TcpPacket& packet = conversation.packet(row);
        latest = std::max(latest, packet.time);
        if (packet.from == from) {
            sent = unwrapped(packet.sequence, sent);
            const std::int64_t length = packet.payload + (packet.isSyn() ? 1 : 0) + (packet.isFin() ? 1 : 0);
            if (curves.segments.empty())
                curves.firstRawSequence = packet.rawSequence - packet.sequence;
            if (length > 0)
                curves.segments.push_back({latest, sent, sent + length, row});
        } else if (packet.isAck() && !packet.isRst()) {
            // RFC 7323, section 2.2: the window of a SYN is not scaled; window is in bytes either way.
            acknowledged = unwrapped(packet.acknowledgment, std::max(acknowledged, sent));
            curves.acknowledgments.push_back({latest, acknowledged, acknowledged + packet.window, row});
        }
    }
    return curves;
}

Side busierSide(const Flow& flow)
{
    return flow.client.payloadBytes > flow.server.payloadBytes ? Side::Client : Side::Server;
}

} // namespace hindcast
