// The colours of TCP states, of the causes of retransmissions, and the badge a packet wears in ladder and list: a
// letter beside each colour, so that nothing rests on colour alone.
#pragma once

#include "model/flow.h"
#include "plots/plot_colors.h"

#include <QChar>
#include <QColor>

namespace hindcast {

QColor stateColor(TcpState state, const PlotColors& colors);
QColor causeColor(RetransmissionCause cause, const PlotColors& colors);
/// "R" of a timeout (RTO), "F" fast retransmit, "T" tail loss probe, "S" SYN, "A" SYN-ACK, "?" without a known cause.
QChar causeLetter(RetransmissionCause cause);

/// A null letter: nothing to point out.
struct PacketBadge {
    QChar letter;
    QColor color;
};
PacketBadge badgeOf(const TcpPacket& packet, const PlotColors& colors);

} // namespace hindcast
