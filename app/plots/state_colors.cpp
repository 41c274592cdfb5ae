#include "plots/state_colors.h"

#include "plots/state_trace.h"

#include <array>

namespace hindcast {

QColor stateColor(TcpState state, const PlotColors& colors)
{
    return colors.trace(stateTrace(state));
}

QColor causeColor(RetransmissionCause cause, const PlotColors& colors)
{
    switch (cause) {
    case RetransmissionCause::Timeout:
        return colors.trace(TraceColor::Vermilion);
    case RetransmissionCause::FastRetransmit:
        return colors.trace(TraceColor::Orange);
    case RetransmissionCause::TailLossProbe:
        return colors.trace(TraceColor::Purple);
    case RetransmissionCause::Syn:
    case RetransmissionCause::SynAck:
        return colors.trace(TraceColor::Blue);
    case RetransmissionCause::None:
    case RetransmissionCause::Other:
        return colors.trace(TraceColor::Yellow);
    }
    return colors.trace(TraceColor::Yellow);
}

QChar causeLetter(RetransmissionCause cause)
{
    static constexpr std::array<char16_t, 7> letters{u'?', u'S', u'A', u'R', u'F', u'T', u'?'};
    return letters[static_cast<std::size_t>(cause)];
}

PacketBadge badgeOf(const TcpPacket& packet, const PlotColors& colors)
{
    if (packet.has(PacketMark::Retransmission))
        return {causeLetter(packet.cause), causeColor(packet.cause, colors)};
    if (packet.isRst())
        return {u'X', colors.limit};
    struct Badge {
        PacketMark mark;
        char16_t letter;
        TraceColor color;
    };
    static constexpr std::array<Badge, 9> badges{{{PacketMark::ZeroWindow, u'Z', TraceColor::Vermilion},
        {PacketMark::ZeroWindowProbe, u'P', TraceColor::Purple}, {PacketMark::OutOfOrder, u'O', TraceColor::Sky},
        {PacketMark::GapBefore, u'G', TraceColor::Sky}, {PacketMark::WindowFull, u'W', TraceColor::Yellow},
        {PacketMark::KeepAlive, u'K', TraceColor::Neutral}, {PacketMark::KeepAliveAck, u'K', TraceColor::Neutral},
        {PacketMark::Duplicate, u'2', TraceColor::Neutral}, {PacketMark::DuplicateAck, u'D', TraceColor::Neutral}}};
    for (const Badge& badge : badges)
        if (packet.has(badge.mark))
            return {badge.letter, colors.trace(badge.color)};
    return {};
}

} // namespace hindcast
