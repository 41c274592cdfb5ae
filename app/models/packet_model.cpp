#include "models/packet_model.h"

#include "tcp/tshark_marks.h"
#include "text/format.h"

#include <array>

namespace hindcast {

namespace {

using tcp::TsharkMark;

/// Whether our verdict says the same as that word of tshark's.
bool agrees(const TcpPacket& packet, TsharkMark word)
{
    switch (word) {
    case TsharkMark::Retransmission:
        return packet.has(PacketMark::Retransmission);
    case TsharkMark::FastRetransmission:
        return packet.has(PacketMark::Retransmission) && packet.cause == RetransmissionCause::FastRetransmit;
    case TsharkMark::SpuriousRetransmission:
        return packet.has(PacketMark::Spurious);
    case TsharkMark::OutOfOrder:
        return packet.has(PacketMark::OutOfOrder);
    case TsharkMark::DuplicateAck:
        return packet.has(PacketMark::DuplicateAck);
    case TsharkMark::LostSegment:
        return packet.has(PacketMark::GapBefore);
    case TsharkMark::ZeroWindow:
        return packet.has(PacketMark::ZeroWindow);
    case TsharkMark::WindowFull:
        return packet.has(PacketMark::WindowFull);
    case TsharkMark::WindowUpdate:
        return packet.has(PacketMark::WindowUpdate);
    case TsharkMark::KeepAlive:
        return packet.has(PacketMark::KeepAlive);
    case TsharkMark::KeepAliveAck:
        return packet.has(PacketMark::KeepAliveAck);
    case TsharkMark::ZeroWindowProbe:
        return packet.has(PacketMark::ZeroWindowProbe);
    case TsharkMark::AckLostSegment:
    case TsharkMark::ReusedPorts:
    case TsharkMark::ZeroWindowProbeAck:
        return false; // words we have no mark for
    }
    return false;
}

bool isTextColumn(int column)
{
    return column == PacketModel::Direction || column == PacketModel::Flags || column == PacketModel::Verdict
        || column == PacketModel::Tshark;
}

} // namespace

QString tsharkDisagreement(const TcpPacket& packet)
{
    QStringList words;
    for (std::size_t bit = 0; bit < tcp::tsharkMarkCount; ++bit) {
        const auto word = static_cast<TsharkMark>(bit);
        if ((packet.tsharkMarks >> bit & 1) == 0 || agrees(packet, word))
            continue;
        // The field of fast and spurious ones is set as well: one word is enough.
        const bool isMoreExact = word == TsharkMark::Retransmission
            && (packet.tsharkMarks >> static_cast<unsigned>(TsharkMark::FastRetransmission) & 3) != 0;
        if (!isMoreExact)
            words.append(text::fromBytes(tcp::tsharkMarkName(word)).replace(u'_', u' '));
    }
    return words.join(QStringLiteral(", "));
}

PacketModel::PacketModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void PacketModel::setConversation(std::shared_ptr<const Conversation> conversation)
{
    beginResetModel();
    m_conversation = std::move(conversation);
    endResetModel();
}

void PacketModel::setStyle(const text::PacketStyle& style)
{
    m_style = style;
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    Q_EMIT headerDataChanged(Qt::Horizontal, Time, Time);
}

int PacketModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_conversation ? 0 : static_cast<int>(m_conversation->rows());
}

int PacketModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QVariant PacketModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const auto row = static_cast<std::uint32_t>(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return cell(row, index.column());
    case Qt::ToolTipRole:
        return text::packetTip(*m_conversation, row, m_style);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment((isTextColumn(index.column()) ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
    default:
        return {};
    }
}

QString PacketModel::cell(std::uint32_t row, int column) const
{
    const TcpPacket& packet = m_conversation->packet(row);
    switch (column) {
    case Frame:
        return QString::number(packet.frame);
    case Time:
        return text::packetTimeText(*m_conversation, row, m_style);
    case Direction:
        return packet.from == Side::Client ? QStringLiteral("\u2192") : QStringLiteral("\u2190");
    case Flags:
        return text::flagsText(packet.flags);
    case Sequence:
        return QString::number(text::sequenceOf(packet, m_style.numbering));
    case Acknowledgment:
        return packet.isAck() ? QString::number(text::acknowledgmentOf(packet, m_style.numbering)) : QString{};
    case Length:
        return QString::number(packet.payload);
    case Window:
        return QString::number(packet.window);
    case Verdict:
        return text::verdictText(packet, m_conversation->earlierCopy(row));
    case Tshark:
        return tsharkDisagreement(packet);
    default:
        return {};
    }
}

QVariant PacketModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    struct Title {
        QString text, meaning;
    };
    const bool isClock = m_style.origin == text::TimeOrigin::Clock;
    const std::array<Title, ColumnCount> titles{Title{tr("Frame"), tr("Number of the packet in its capture, from 1")},
        isClock ? Title{tr("Time"), tr("Time of day in the chosen zone")}
                : Title{tr("Time, s"), tr("Seconds since the first packet of the conversation")},
        Title{tr("Dir"), tr("\u2192 from client to server, \u2190 from server to client")},
        Title{tr("Flags"), tr("Flags of the TCP header")}, Title{tr("Seq"), tr("Number of its first byte")},
        Title{tr("Ack"), tr("The byte its sender waits for next")}, Title{tr("Len"), tr("Bytes of data in it")},
        Title{tr("Win"), tr("How many bytes its sender would take, in bytes where the scale is known")},
        Title{tr("Verdict"), tr("What we conclude about it")},
        Title{tr("tshark says"), tr("The word of tshark 4.0 where it differs from the verdict")}};
    const Title& title = titles[static_cast<std::size_t>(section)];
    switch (role) {
    case Qt::DisplayRole:
        return title.text;
    case Qt::ToolTipRole:
        return title.meaning;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment((isTextColumn(section) ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
    default:
        return {};
    }
}

} // namespace hindcast
