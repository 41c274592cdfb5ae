// Sockets at an instant, whatever told us: the recorder's socket dump, /proc/net/tcp, or the text of ss or netstat.
// Views and rules read them here and need not know which.
#pragma once

#include "model/entity.h"
#include "model/flow.h"
#include "model/snapshot.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast {

/// The columns of a Socket entity, in this order. Source: inet_diag (linux/inet_diag.h, linux/tcp.h), man 8 ss.
enum class SocketColumn : std::uint8_t {
    State, ///< TcpState as a number
    ReceiveQueue, ///< bytes not read; of a listener: connections waiting for accept()
    SendQueue, ///< bytes not acknowledged; of a listener: its backlog
    Timer, ///< 0 none, 1 retransmission, 2 keep-alive, 3 TIME-WAIT, 4 zero-window probe (idiag_timer)
    TimerExpires, ///< seconds
    Retransmits, ///< timeouts in a row of the data now waiting (icsk_retransmits)
    Rtt, ///< seconds, smoothed
    RttVariance, ///< seconds
    Cwnd, ///< segments
    Unacked, ///< segments
    Lost, ///< segments
    TotalRetransmissions, ///< segments, counter
    BytesAcked, ///< counter
    BytesReceived, ///< counter
    Count
};
const std::vector<EntityColumn>& socketColumns();

/// One socket at an instant. NaN and empty = not measured.
struct SocketFigures {
    const Entity* entity = nullptr; ///< null when it stands in a table (ss or netstat text)
    std::string protocol; ///< "tcp", "udp", "unix", …
    std::string local, remote; ///< "10.0.0.5:443", "[::]:22", "*:68"
    std::optional<TcpState> state;
    std::string stateText; ///< as the source wrote it
    double receiveQueue = notMeasured, sendQueue = notMeasured;
    std::string timer; ///< "on 2.08 s, 4 retransmits", "" = none or not told
    double rtt = notMeasured, cwnd = notMeasured, totalRetransmissions = notMeasured;
    std::string uid, inode, process; ///< process: "nginx 4121"
};

/// The instants at which sockets were listed, from all sources, increasing.
std::vector<Time> socketTimes(const Snapshot& snapshot);
/// The sockets as listed last at or before `time`; empty before the first listing.
std::vector<SocketFigures> socketsAt(const Snapshot& snapshot, Time time);
/// When that listing was taken; nothing before the first. A listing without a clock has no time and is always the
/// answer when there is no other.
std::optional<Time> socketListingAt(const Snapshot& snapshot, Time time);
/// Whether sockets were listed at all.
bool hasSockets(const Snapshot& snapshot);

} // namespace hindcast
