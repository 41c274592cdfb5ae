// What is said about a TCP segment: its flags and numbers in short, our verdict in a word, and in plain sentences what
// the verdict means. The same in the ladder, the graph, the table and for screen readers.
#pragma once

#include "model/conversation.h"
#include "text/zone.h"

#include <QString>
#include <QStringList>

#include <cstdint>
#include <optional>

namespace hindcast::text {

enum class Numbering : std::uint8_t {
    Relative, ///< from the first sequence number of its direction
    Absolute, ///< as on the wire
};

/// "SYN,ACK", "PSH,ACK"; "none" when no flag is set.
QString flagsText(std::uint16_t flags);
/// As a ladder writes it: "SYN 0", "SYN,ACK 0/1", "PSH 1:1449", "ACK 1449", "FIN 1449/25"; a plain data segment has no
/// flag worth naming: "data 1:1449".
QString segmentText(const TcpPacket& packet, Numbering numbering);
std::uint32_t sequenceOf(const TcpPacket& packet, Numbering numbering);
std::uint32_t acknowledgmentOf(const TcpPacket& packet, Numbering numbering);

/// In a word: "RTO", "fast", "TLP".
QString causeText(RetransmissionCause cause);
/// "RTO 204 ms", "RTO 408 ms ×2" for a second one in a row, "fast"; empty when it is no retransmission.
QString retransmissionText(const TcpPacket& packet, const std::optional<EarlierCopy>& earlier);
/// All that was concluded, in words: "RTO 204 ms, spurious"; empty for an ordinary segment.
QString verdictText(const TcpPacket& packet, const std::optional<EarlierCopy>& earlier);
/// One plain sentence for each conclusion: "Sent again after the retransmission timer (RTO) expired: 204 ms after frame
/// 17."
QStringList verdictMeanings(const TcpPacket& packet, const std::optional<EarlierCopy>& earlier);

enum class TimeOrigin : std::uint8_t {
    FlowStart, ///< seconds since the first packet
    Clock, ///< time of day in the chosen zone
};

/// How the packets of a conversation are written.
struct PacketStyle {
    Numbering numbering = Numbering::Relative;
    TimeOrigin origin = TimeOrigin::FlowStart;
    Zone zone;
};

/// "1.204513" from the first packet on, or "14:06:12.204513".
QString packetTimeText(const Conversation& conversation, std::uint32_t row, const PacketStyle& style);
/// Everything about one packet in one line, for a status line and for screen readers.
QString packetLine(const Conversation& conversation, std::uint32_t row, const PacketStyle& style);
/// The same as rich text, with what its marks mean in plain words.
QString packetTip(const Conversation& conversation, std::uint32_t row, const PacketStyle& style);

/// "ESTAB": short enough for a narrow lane.
QString shortStateText(TcpState state);
/// How the state is known.
QString basisMeaning(StateBasis basis);

} // namespace hindcast::text
