// SocketModel: the table of sockets of one listing. Wraps the figures core read; sorts and filters itself, because a
// listing may hold tens of thousands. Unsorted, what deserves a look stands first.
#pragma once

#include "model/socket.h"

#include <QAbstractTableModel>
#include <QStringList>

#include <memory>
#include <string>
#include <vector>

namespace hindcast {

class SocketModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column : int {
        Protocol,
        State,
        ReceiveQueue,
        SendQueue,
        Local,
        Remote,
        Timer,
        Rtt,
        Cwnd,
        Retransmissions,
        Process,
        Uid,
        Inode,
        ColumnCount
    };
    /// The state as a number of TcpState; nothing for sockets that have none.
    static constexpr int stateRole = Qt::UserRole;

    /// How many sockets are in one state.
    struct StateCount {
        QString key; ///< "CLOSE-WAIT"; of other protocols "UDP", "UNIX"
        std::optional<TcpState> state;
        std::size_t count = 0;
    };

    explicit SocketModel(QObject* parent = nullptr);

    /// The entities behind `sockets` live as long as `owner`.
    void setSockets(std::vector<SocketFigures> sockets, std::shared_ptr<const Snapshot> owner);
    void clear();
    /// Words that all have to be found in a row; a number must be one of its ports, its inode or its pid.
    void setFilter(const QString& filter);
    /// Shows only sockets of these StateCount::key; of all when empty.
    void setStates(const QStringList& keys);

    std::size_t socketCount() const { return m_all.size(); }
    /// Of all sockets, filtered or not; in the order of text::stateRank, other protocols last.
    std::vector<StateCount> stateCounts() const;
    const SocketFigures& socketAt(int row) const;
    /// The same in each listing it is in.
    std::string identityAt(int row) const;
    /// -1 when it is not shown.
    int rowOf(const std::string& identity) const;
    /// Row of the socket between these ends, whichever is the local one; -1 when there is none.
    int rowOfEnds(const std::string& one, const std::string& other) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// A negative column brings back the order that puts first what deserves a look.
    void sort(int column, Qt::SortOrder order) override;

private:
    struct Row {
        SocketFigures figures;
        QString stateKey;
        std::string localKey, remoteKey; ///< sort as addresses and ports do, not as their text
        int rank = 0;
    };

    static Row rowOfSocket(SocketFigures figures);
    bool passesFilter(const Row& row) const;
    bool isBefore(const Row& a, const Row& b) const;
    int compare(const Row& a, const Row& b) const;
    void arrange();
    QString cell(const Row& row, int column) const;
    QString tip(const Row& row, int column) const;

    std::shared_ptr<const Snapshot> m_owner;
    std::vector<Row> m_all;
    std::vector<std::uint32_t> m_rows; ///< indices into m_all
    QStringList m_words, m_states;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
};

/// "10.0.0.5:443" of "[::ffff:10.0.0.5]:443": an IPv4 peer of an IPv6 socket is that IPv4 peer.
std::string plainEndpoint(std::string_view endpoint);

} // namespace hindcast
