#include "model/socket.h"

namespace hindcast {

const std::vector<EntityColumn>& socketColumns()
{
    static const std::vector<EntityColumn> columns{
        {"socket.state", Unit::None, Kind::Gauge},
        {"socket.receive_queue", Unit::Bytes, Kind::Gauge},
        {"socket.send_queue", Unit::Bytes, Kind::Gauge},
        {"socket.timer", Unit::None, Kind::Gauge},
        {"socket.timer_expires", Unit::Seconds, Kind::Gauge},
        {"socket.retransmits", Unit::Count, Kind::Gauge},
        {"socket.rtt", Unit::Seconds, Kind::Gauge},
        {"socket.rtt_variance", Unit::Seconds, Kind::Gauge},
        {"socket.cwnd", Unit::Packets, Kind::Gauge},
        {"socket.unacked", Unit::Packets, Kind::Gauge},
        {"socket.lost", Unit::Packets, Kind::Gauge},
        {"socket.total_retransmissions", Unit::Packets, Kind::Counter},
        {"socket.bytes_acked", Unit::Bytes, Kind::Counter},
        {"socket.bytes_received", Unit::Bytes, Kind::Counter},
    };
    return columns;
}

} // namespace hindcast
