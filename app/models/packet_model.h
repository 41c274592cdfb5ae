// PacketModel: the packets of one conversation as a table: what the headers say, our verdict, and tshark's words where
// they differ. The readable twin of the ladder.
#pragma once

#include "text/packet_text.h"

#include <QAbstractTableModel>

#include <memory>

namespace hindcast {

class PacketModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column : int {
        Frame,
        Time,
        Direction,
        Flags,
        Sequence,
        Acknowledgment,
        Length,
        Window,
        Verdict,
        Tshark,
        ColumnCount
    };

    explicit PacketModel(QObject* parent = nullptr);

    /// Rows are those of the conversation. Null = none.
    void setConversation(std::shared_ptr<const Conversation> conversation);
    void setStyle(const text::PacketStyle& style);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString cell(std::uint32_t row, int column) const;

    std::shared_ptr<const Conversation> m_conversation;
    text::PacketStyle m_style;
};

/// What tshark 4.0.17 calls the segment, where that is not what our verdict says; empty where both agree.
QString tsharkDisagreement(const TcpPacket& packet);

} // namespace hindcast
