// FlowModel: the table of TCP conversations of a capture. Wraps the snapshot's flows; keeps nothing but the order and
// the choice of rows, so that a hundred thousand of them sort and filter at once.
#pragma once

#include "model/snapshot.h"
#include "text/zone.h"

#include <QAbstractTableModel>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hindcast {

class FlowModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column : int {
        Client,
        Server,
        Retransmissions,
        Cause,
        Handshake, ///< SYN to the final ACK
        Rtt,
        ClientBytes,
        ServerBytes,
        Start,
        Duration,
        FirstCloser,
        Close,
        ColumnCount
    };

    explicit FlowModel(QObject* parent = nullptr);

    void setSnapshot(std::shared_ptr<const Snapshot> snapshot);
    /// Words, all of which must fit: a part of an address, a port (":443" exactly), or what happened: "retrans", "rto",
    /// "fast", "tlp", "syn", "rst", "failed", "refused", "unanswered", "open", "half-closed", "zerowindow",
    /// "outoforder", "keepalive", "midstream". A word after "!" must not fit.
    void setFilter(const QString& filter);
    /// Only flows with a part in the range.
    void setRange(std::optional<TimeRange> range);
    void setZone(const text::Zone& zone);

    std::size_t flowCount() const;
    /// Index into PacketCapture::flows.
    std::uint32_t flowAt(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    /// -1 when it is not shown.
    int rowOf(std::uint32_t flow) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

private:
    const Flow& flow(std::uint32_t index) const { return m_snapshot->packets.flows[index]; }
    QString cell(const Flow& flow, int column) const;
    QString startText(const Flow& flow) const;
    QString tip(const Flow& flow) const;
    void choose();
    void arrange(std::vector<std::uint32_t>& rows) const;
    void prepareSearch();

    std::shared_ptr<const Snapshot> m_snapshot;
    std::vector<std::uint32_t> m_rows; ///< flows that are shown, in order
    std::vector<std::string> m_search; ///< what a filter looks at, per flow; made when first needed
    QString m_filter;
    std::optional<TimeRange> m_range;
    text::Zone m_zone;
    int m_sortColumn = Retransmissions;
    Qt::SortOrder m_sortOrder = Qt::DescendingOrder;
};

/// "RTO 3, fast 12": how often each cause; empty without retransmissions.
QString causeSummary(const Flow& flow);
/// "FIN", "RST by server", "refused", "open".
QString closeText(const Flow& flow);
/// From the SYN that was answered to the final ACK; nothing when it was not all seen.
std::optional<Nanoseconds> handshakeTime(const Flow& flow);

} // namespace hindcast
