#include "text/packet_text.h"

#include "text/format.h"

#include <QCoreApplication>

#include <array>

namespace hindcast::text {

namespace {

struct PacketText {
    Q_DECLARE_TR_FUNCTIONS(hindcast::PacketText)
};

constexpr std::uint16_t ackFlag = 0x10;

QStringList flagNames(std::uint16_t flags)
{
    // RFC 9293, section 3.1; ECE and CWR: RFC 3168; AE: RFC 9768. The ones that steer the connection stand first.
    struct Name {
        std::uint16_t bit;
        const char* text;
    };
    static constexpr std::array<Name, 9> names{{{0x02, "SYN"}, {0x01, "FIN"}, {0x04, "RST"}, {0x08, "PSH"},
        {0x20, "URG"}, {0x10, "ACK"}, {0x40, "ECE"}, {0x80, "CWR"}, {0x100, "AE"}}};
    QStringList result;
    for (const Name& name : names)
        if (flags & name.bit)
            result.append(QLatin1String(name.text));
    return result;
}

QString ago(const std::optional<EarlierCopy>& earlier)
{
    if (!earlier)
        return PacketText::tr("The copy before it was not captured.");
    return PacketText::tr("%1 after frame %2.", "duration, frame number")
        .arg(formatDuration(earlier->ago), QString::number(earlier->frame));
}

QString causeMeaning(const TcpPacket& packet, const std::optional<EarlierCopy>& earlier)
{
    const QString when = ago(earlier);
    const bool isCopyKnown = earlier.has_value();
    const auto join = [&](const QString& sentence) {
        return isCopyKnown ? PacketText::tr("%1: %2", "sentence: when").arg(sentence, when)
                           : PacketText::tr("%1. %2", "sentence. sentence").arg(sentence, when);
    };
    switch (packet.cause) {
    case RetransmissionCause::None:
        return join(PacketText::tr("Sent again"));
    case RetransmissionCause::Syn:
        return join(PacketText::tr("The request to connect (SYN) was sent again because no answer had come"));
    case RetransmissionCause::SynAck:
        return join(PacketText::tr(
            "The answer to the request to connect (SYN-ACK) was sent again because it was not acknowledged"));
    case RetransmissionCause::Timeout: {
        const QString timeout = join(PacketText::tr("Sent again after the retransmission timer (RTO) expired"));
        return packet.backoff == 0 ? timeout
                                   : PacketText::tr("%1 The timer had doubled %2.", "sentence; n times")
                                         .arg(timeout,
                                             plural(packet.backoff, PacketText::tr("once"),
                                                 PacketText::tr("%n times", nullptr, packet.backoff)));
    }
    case RetransmissionCause::FastRetransmit:
        return join(PacketText::tr("Sent again at once (fast retransmit), because the other end's acknowledgments "
                                   "showed a hole"));
    case RetransmissionCause::TailLossProbe:
        return join(PacketText::tr("Sent again as a probe (TLP), because the last bytes sent stayed unacknowledged"));
    case RetransmissionCause::Other:
        return join(PacketText::tr("Sent again; the capture does not show why"));
    }
    return {};
}

struct MarkText {
    PacketMark mark;
    const char* word;
    const char* meaning;
};

constexpr std::array markTexts{
    MarkText{PacketMark::Lost, QT_TRANSLATE_NOOP("hindcast::PacketText", "lost"),
        QT_TRANSLATE_NOOP(
            "hindcast::PacketText", "This copy did not arrive, as far as the capture tells: it was sent again later.")},
    MarkText{PacketMark::Spurious, QT_TRANSLATE_NOOP("hindcast::PacketText", "spurious"),
        QT_TRANSLATE_NOOP("hindcast::PacketText",
            "It was sent again without need: the other end had the bytes already, or was about to acknowledge them.")},
    MarkText{PacketMark::OutOfOrder, QT_TRANSLATE_NOOP("hindcast::PacketText", "out of order"),
        QT_TRANSLATE_NOOP(
            "hindcast::PacketText", "It was overtaken on its way: it came late, but was not sent again.")},
    MarkText{PacketMark::Duplicate, QT_TRANSLATE_NOOP("hindcast::PacketText", "duplicate"),
        QT_TRANSLATE_NOOP(
            "hindcast::PacketText", "The very same packet was seen before: copied by the network or captured twice.")},
    MarkText{PacketMark::DuplicateAck, QT_TRANSLATE_NOOP("hindcast::PacketText", "duplicate ACK"),
        QT_TRANSLATE_NOOP("hindcast::PacketText",
            "It acknowledges the same byte again: something came in, but not the next byte that is wanted.")},
    MarkText{PacketMark::GapBefore, QT_TRANSLATE_NOOP("hindcast::PacketText", "gap before"),
        QT_TRANSLATE_NOOP("hindcast::PacketText", "Bytes before it are missing: lost, late, or not captured.")},
    MarkText{PacketMark::ZeroWindow, QT_TRANSLATE_NOOP("hindcast::PacketText", "zero window"),
        QT_TRANSLATE_NOOP("hindcast::PacketText",
            "Its sender takes no more bytes for now: the program there does not read fast enough.")},
    MarkText{PacketMark::ZeroWindowProbe, QT_TRANSLATE_NOOP("hindcast::PacketText", "window probe"),
        QT_TRANSLATE_NOOP("hindcast::PacketText", "It asks whether the other end takes bytes again.")},
    MarkText{PacketMark::WindowFull, QT_TRANSLATE_NOOP("hindcast::PacketText", "window full"),
        QT_TRANSLATE_NOOP("hindcast::PacketText", "It fills the window of the other end: its sender must wait now.")},
    MarkText{PacketMark::WindowUpdate, QT_TRANSLATE_NOOP("hindcast::PacketText", "window update"),
        QT_TRANSLATE_NOOP("hindcast::PacketText", "It only says that its sender takes more bytes.")},
    MarkText{PacketMark::KeepAlive, QT_TRANSLATE_NOOP("hindcast::PacketText", "keep-alive"),
        QT_TRANSLATE_NOOP("hindcast::PacketText", "It only asks whether the other end is still there.")},
    MarkText{PacketMark::KeepAliveAck, QT_TRANSLATE_NOOP("hindcast::PacketText", "keep-alive answer"),
        QT_TRANSLATE_NOOP("hindcast::PacketText", "It answers that this end is still there.")},
};

QString translated(const char* text)
{
    return QCoreApplication::translate("hindcast::PacketText", text);
}

} // namespace

QString flagsText(std::uint16_t flags)
{
    const QStringList names = flagNames(flags);
    return names.isEmpty() ? PacketText::tr("none", "flags") : names.join(u',');
}

std::uint32_t sequenceOf(const TcpPacket& packet, Numbering numbering)
{
    return numbering == Numbering::Relative ? packet.sequence : packet.rawSequence;
}

std::uint32_t acknowledgmentOf(const TcpPacket& packet, Numbering numbering)
{
    return numbering == Numbering::Relative ? packet.acknowledgment : packet.rawAcknowledgment;
}

QString segmentText(const TcpPacket& packet, Numbering numbering)
{
    const std::uint32_t sequence = sequenceOf(packet, numbering);
    const QString acknowledgment = QString::number(acknowledgmentOf(packet, numbering));
    // ACK is set on nearly every segment: it is named where it is all there is, or where a handshake turns on it.
    const bool namesAck = packet.isSyn() || packet.isRst();
    const auto named = static_cast<std::uint16_t>(namesAck ? packet.flags : packet.flags & ~ackFlag);
    QString flags = flagNames(named).join(u',');
    if (packet.payload > 0) {
        if (flags.isEmpty())
            flags = PacketText::tr("data");
        return QStringLiteral("%1 %2:%3").arg(flags).arg(sequence).arg(sequence + packet.payload);
    }
    if (flags.isEmpty())
        return packet.isAck() ? QStringLiteral("ACK %1").arg(acknowledgment)
                              : PacketText::tr("no flags %1").arg(sequence);
    return packet.isAck() ? QStringLiteral("%1 %2/%3").arg(flags).arg(sequence).arg(acknowledgment)
                          : QStringLiteral("%1 %2").arg(flags).arg(sequence);
}

QString causeText(RetransmissionCause cause)
{
    switch (cause) {
    case RetransmissionCause::None:
        return {};
    case RetransmissionCause::Syn:
        return QStringLiteral("SYN");
    case RetransmissionCause::SynAck:
        return QStringLiteral("SYN-ACK");
    case RetransmissionCause::Timeout:
        return QStringLiteral("RTO");
    case RetransmissionCause::FastRetransmit:
        return PacketText::tr("fast", "retransmit");
    case RetransmissionCause::TailLossProbe:
        return QStringLiteral("TLP");
    case RetransmissionCause::Other:
        return PacketText::tr("other", "cause of a retransmission");
    }
    return {};
}

QString retransmissionText(const TcpPacket& packet, const std::optional<EarlierCopy>& earlier)
{
    if (!packet.has(PacketMark::Retransmission))
        return {};
    QString text;
    switch (packet.cause) {
    case RetransmissionCause::None:
    case RetransmissionCause::Other:
    case RetransmissionCause::Syn:
    case RetransmissionCause::SynAck:
        text = PacketText::tr("again", "sent again");
        break;
    default:
        text = causeText(packet.cause);
    }
    if (earlier && packet.cause != RetransmissionCause::FastRetransmit)
        text += u' ' + formatDuration(earlier->ago);
    if (packet.backoff > 0)
        text += QStringLiteral(" \u00d7%1").arg(packet.backoff + 1);
    return text;
}

QString verdictText(const TcpPacket& packet, const std::optional<EarlierCopy>& earlier)
{
    QStringList words;
    if (packet.has(PacketMark::Retransmission))
        words.append(retransmissionText(packet, earlier));
    for (const MarkText& text : markTexts)
        if (packet.has(text.mark))
            words.append(translated(text.word));
    if (packet.isRst())
        words.append(PacketText::tr("reset"));
    return words.join(QStringLiteral(", "));
}

QStringList verdictMeanings(const TcpPacket& packet, const std::optional<EarlierCopy>& earlier)
{
    QStringList sentences;
    if (packet.has(PacketMark::Retransmission))
        sentences.append(causeMeaning(packet, earlier));
    for (const MarkText& text : markTexts)
        if (packet.has(text.mark))
            sentences.append(translated(text.meaning));
    if (packet.isRst())
        sentences.append(PacketText::tr("It ends the connection at once (RST): whatever was under way is dropped."));
    return sentences;
}

QString packetTimeText(const Conversation& conversation, std::uint32_t row, const PacketStyle& style)
{
    const Time time = conversation.packet(row).time;
    if (style.origin == TimeOrigin::Clock)
        return style.zone.timeOfDay(time, 6);
    const Nanoseconds since = time - conversation.begin();
    const auto microseconds = std::chrono::round<std::chrono::microseconds>(since).count();
    const auto magnitude = microseconds < 0 ? -microseconds : microseconds;
    const QString sign = microseconds < 0 ? QStringLiteral("\u2212") : QString{};
    return QStringLiteral("%1%2.%3")
        .arg(sign)
        .arg(magnitude / 1000000)
        .arg(magnitude % 1000000, 6, 10, QLatin1Char('0'));
}

QString packetLine(const Conversation& conversation, std::uint32_t row, const PacketStyle& style)
{
    const TcpPacket& packet = conversation.packet(row);
    QStringList parts;
    parts.append(PacketText::tr("Frame %1", "number").arg(packet.frame));
    const QString time = packetTimeText(conversation, row, style);
    parts.append(style.origin == TimeOrigin::Clock
            ? time + u' ' + style.zone.mark(packet.time)
            : PacketText::tr("%1 s", "seconds since the first packet").arg(time));
    parts.append(
        packet.from == Side::Client ? PacketText::tr("client \u2192 server") : PacketText::tr("server \u2192 client"));
    parts.append(flagsText(packet.flags));
    QString numbers = PacketText::tr("seq %1").arg(sequenceOf(packet, style.numbering));
    if (packet.isAck())
        numbers += PacketText::tr(" ack %1").arg(acknowledgmentOf(packet, style.numbering));
    numbers += PacketText::tr(" len %1 win %2").arg(packet.payload).arg(packet.window);
    parts.append(numbers);
    if (const QString verdict = verdictText(packet, conversation.earlierCopy(row)); !verdict.isEmpty())
        parts.append(verdict);
    return parts.join(QStringLiteral("  \u00b7  "));
}

QString packetTip(const Conversation& conversation, std::uint32_t row, const PacketStyle& style)
{
    const TcpPacket& packet = conversation.packet(row);
    const Flow& flow = conversation.flow();
    const QString from = fromBytes(flow.side(packet.from).endpoint.text());
    const QString to = fromBytes(flow.side(otherSide(packet.from)).endpoint.text());
    QString tip = QStringLiteral("<p><b>%1</b></p>").arg(segmentText(packet, style.numbering).toHtmlEscaped());
    for (const QString& sentence : verdictMeanings(packet, conversation.earlierCopy(row)))
        tip += QStringLiteral("<p>%1</p>").arg(sentence.toHtmlEscaped());
    tip += QStringLiteral("<p>%1 \u2192 %2<br>%3</p>")
               .arg(from.toHtmlEscaped(), to.toHtmlEscaped(), packetLine(conversation, row, style).toHtmlEscaped());
    return tip;
}

QString shortStateText(TcpState state)
{
    static constexpr std::array<const char*, 11> names{
        "CLOSED", "LISTEN", "SYN-S", "SYN-R", "ESTAB", "FIN-W1", "FIN-W2", "CLO-W", "CLOSING", "LAST-A", "TIME-W"};
    return QLatin1String(names[static_cast<std::size_t>(state)]);
}

QString basisMeaning(StateBasis basis)
{
    switch (basis) {
    case StateBasis::Seen:
        return PacketText::tr("Seen: the packets show it.");
    case StateBasis::Inferred:
        return PacketText::tr("Inferred: a later packet of this end proves it; it began some time in between.");
    case StateBasis::Assumed:
        return PacketText::tr("Assumed: no packet shows it.");
    }
    return {};
}

} // namespace hindcast::text
