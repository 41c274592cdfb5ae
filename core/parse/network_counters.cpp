#include "parse/network_counters.h"

#include <array>

namespace hindcast::parse {
namespace {

constexpr double millisecond = 1000;

/// RFC 1213, RFC 4022, RFC 4113; kernel net/ipv4/proc.c, include/uapi/linux/snmp.h,
/// Documentation/networking/snmp_counter.rst.
constexpr std::array counters{
    ProtocolValue{"Ip", "Forwarding", "ip.forwarding", Unit::None, Kind::Gauge}, // 1 = forwards, 2 = does not
    ProtocolValue{"Ip", "DefaultTTL", "ip.default_ttl", Unit::None, Kind::Gauge},
    ProtocolValue{"Ip", "InReceives", "ip.packets_in", Unit::Packets},
    ProtocolValue{"Ip", "InHdrErrors", "ip.header_errors_in", Unit::Packets},
    ProtocolValue{"Ip", "InAddrErrors", "ip.address_errors_in", Unit::Packets},
    ProtocolValue{"Ip", "ForwDatagrams", "ip.packets_forwarded", Unit::Packets},
    ProtocolValue{"Ip", "InUnknownProtos", "ip.unknown_protocols_in", Unit::Packets},
    ProtocolValue{"Ip", "InDiscards", "ip.discards_in", Unit::Packets},
    ProtocolValue{"Ip", "InDelivers", "ip.packets_delivered", Unit::Packets},
    ProtocolValue{"Ip", "OutRequests", "ip.packets_out", Unit::Packets},
    ProtocolValue{"Ip", "OutDiscards", "ip.discards_out", Unit::Packets},
    ProtocolValue{"Ip", "OutNoRoutes", "ip.no_routes_out", Unit::Packets},
    ProtocolValue{"Ip", "ReasmTimeout", "ip.reassembly_timeouts"},
    ProtocolValue{"Ip", "ReasmReqds", "ip.reassembly_fragments_in", Unit::Packets},
    ProtocolValue{"Ip", "ReasmOKs", "ip.reassembled", Unit::Packets},
    ProtocolValue{"Ip", "ReasmFails", "ip.reassembly_failures"},
    ProtocolValue{"Ip", "FragOKs", "ip.fragmented", Unit::Packets},
    ProtocolValue{"Ip", "FragFails", "ip.fragmentation_failures", Unit::Packets},
    ProtocolValue{"Ip", "FragCreates", "ip.fragments_out", Unit::Packets},
    ProtocolValue{"Ip", "OutTransmits", "ip.packets_transmitted", Unit::Packets},

    ProtocolValue{"Icmp", "InMsgs", "icmp.messages_in"},
    ProtocolValue{"Icmp", "OutMsgs", "icmp.messages_out"},
    ProtocolValue{"Icmp", "InErrors", "icmp.errors_in"},
    ProtocolValue{"Icmp", "OutErrors", "icmp.errors_out"},
    ProtocolValue{"Icmp", "InDestUnreachs", "icmp.destination_unreachable_in"},
    ProtocolValue{"Icmp", "OutDestUnreachs", "icmp.destination_unreachable_out"},
    ProtocolValue{"Icmp", "InTimeExcds", "icmp.time_exceeded_in"},
    ProtocolValue{"Icmp", "OutTimeExcds", "icmp.time_exceeded_out"},

    ProtocolValue{"Tcp", "RtoAlgorithm", "tcp.rto_algorithm", Unit::None, Kind::Gauge},
    ProtocolValue{"Tcp", "RtoMin", "tcp.rto_min", Unit::Seconds, Kind::Gauge, millisecond},
    ProtocolValue{"Tcp", "RtoMax", "tcp.rto_max", Unit::Seconds, Kind::Gauge, millisecond},
    ProtocolValue{"Tcp", "MaxConn", "tcp.max_connections", Unit::Count, Kind::Gauge}, // Linux: -1, no fixed number
    ProtocolValue{"Tcp", "ActiveOpens", "tcp.active_opens"},
    ProtocolValue{"Tcp", "PassiveOpens", "tcp.passive_opens"},
    ProtocolValue{"Tcp", "AttemptFails", "tcp.attempt_fails"},
    // Established connections that ended at once, by a reset from either end: not "resets received".
    ProtocolValue{"Tcp", "EstabResets", "tcp.established_resets"},
    ProtocolValue{"Tcp", "CurrEstab", "tcp.established", Unit::Count, Kind::Gauge},
    ProtocolValue{"Tcp", "InSegs", "tcp.segments_in"},
    ProtocolValue{"Tcp", "OutSegs", "tcp.segments_out"},
    ProtocolValue{"Tcp", "RetransSegs", "tcp.retransmitted_segments"},
    ProtocolValue{"Tcp", "InErrs", "tcp.errors_in"},
    ProtocolValue{"Tcp", "OutRsts", "tcp.resets_sent"},
    ProtocolValue{"Tcp", "InCsumErrors", "tcp.checksum_errors_in"},

    ProtocolValue{"Udp", "InDatagrams", "udp.datagrams_in"},
    ProtocolValue{"Udp", "NoPorts", "udp.no_port"},
    ProtocolValue{"Udp", "InErrors", "udp.errors_in"},
    ProtocolValue{"Udp", "OutDatagrams", "udp.datagrams_out"},
    ProtocolValue{"Udp", "RcvbufErrors", "udp.receive_buffer_errors"},
    ProtocolValue{"Udp", "SndbufErrors", "udp.send_buffer_errors"},
    ProtocolValue{"Udp", "InCsumErrors", "udp.checksum_errors_in"},
    ProtocolValue{"Udp", "MemErrors", "udp.memory_errors"},

    ProtocolValue{"TcpExt", "SyncookiesSent", "tcp.syn_cookies_sent"},
    ProtocolValue{"TcpExt", "SyncookiesRecv", "tcp.syn_cookies_received"},
    ProtocolValue{"TcpExt", "SyncookiesFailed", "tcp.syn_cookies_failed"},
    ProtocolValue{"TcpExt", "EmbryonicRsts", "tcp.embryonic_resets"},
    ProtocolValue{"TcpExt", "PruneCalled", "tcp.receive_prunes"},
    ProtocolValue{"TcpExt", "RcvPruned", "tcp.receive_pruned_packets", Unit::Packets},
    ProtocolValue{"TcpExt", "TW", "tcp.time_wait_finished"},
    ProtocolValue{"TcpExt", "TCPTimeWaitOverflow", "tcp.time_wait_overflows"},
    ProtocolValue{"TcpExt", "DelayedACKs", "tcp.delayed_acks"},
    ProtocolValue{"TcpExt", "ListenOverflows", "tcp.listen_overflows"},
    ProtocolValue{"TcpExt", "ListenDrops", "tcp.listen_drops"},
    ProtocolValue{"TcpExt", "TCPReqQFullDoCookies", "tcp.request_queue_full_cookies"},
    ProtocolValue{"TcpExt", "TCPReqQFullDrop", "tcp.request_queue_full_drops"},
    ProtocolValue{"TcpExt", "TCPDeferAcceptDrop", "tcp.defer_accept_drops"},
    ProtocolValue{"TcpExt", "TCPBacklogDrop", "tcp.backlog_drops"},
    ProtocolValue{"TcpExt", "TCPRcvQDrop", "tcp.receive_queue_drops"},
    ProtocolValue{"TcpExt", "TCPZeroWindowDrop", "tcp.zero_window_drops"},
    ProtocolValue{"TcpExt", "TCPToZeroWindowAdv", "tcp.zero_window_entered"},
    ProtocolValue{"TcpExt", "TCPFromZeroWindowAdv", "tcp.zero_window_left"},
    ProtocolValue{"TcpExt", "TCPWantZeroWindowAdv", "tcp.zero_window_wanted"},
    ProtocolValue{"TcpExt", "TCPTimeouts", "tcp.retransmission_timeouts"},
    ProtocolValue{"TcpExt", "TCPSpuriousRTOs", "tcp.spurious_timeouts"},
    ProtocolValue{"TcpExt", "TCPLossProbes", "tcp.loss_probes"},
    ProtocolValue{"TcpExt", "TCPLossProbeRecovery", "tcp.loss_probe_recoveries"},
    ProtocolValue{"TcpExt", "TCPFastRetrans", "tcp.fast_retransmissions"},
    ProtocolValue{"TcpExt", "TCPSlowStartRetrans", "tcp.slow_start_retransmissions"},
    ProtocolValue{"TcpExt", "TCPSynRetrans", "tcp.syn_retransmissions"},
    ProtocolValue{"TcpExt", "TCPLostRetransmit", "tcp.lost_retransmissions"},
    ProtocolValue{"TcpExt", "TCPRetransFail", "tcp.retransmission_failures"},
    ProtocolValue{"TcpExt", "TCPSackRecovery", "tcp.sack_recoveries"},
    ProtocolValue{"TcpExt", "TCPSACKReneging", "tcp.sack_renegings"},
    ProtocolValue{"TcpExt", "TCPSACKReorder", "tcp.sack_reorderings"},
    ProtocolValue{"TcpExt", "TCPDSACKRecv", "tcp.dsack_received"},
    ProtocolValue{"TcpExt", "TCPDSACKOldSent", "tcp.dsack_sent"},
    ProtocolValue{"TcpExt", "TCPOFOQueue", "tcp.out_of_order_queued", Unit::Packets},
    ProtocolValue{"TcpExt", "TCPOFODrop", "tcp.out_of_order_drops", Unit::Packets},
    ProtocolValue{"TcpExt", "TCPAbortOnData", "tcp.aborts_on_data"},
    ProtocolValue{"TcpExt", "TCPAbortOnClose", "tcp.aborts_on_close"},
    ProtocolValue{"TcpExt", "TCPAbortOnMemory", "tcp.aborts_on_memory"},
    ProtocolValue{"TcpExt", "TCPAbortOnTimeout", "tcp.aborts_on_timeout"},
    ProtocolValue{"TcpExt", "TCPAbortOnLinger", "tcp.aborts_on_linger"},
    ProtocolValue{"TcpExt", "TCPAbortFailed", "tcp.aborts_failed"},
    ProtocolValue{"TcpExt", "TCPMemoryPressures", "tcp.memory_pressures"},
    ProtocolValue{
        "TcpExt", "TCPMemoryPressuresChrono", "tcp.memory_pressure_time", Unit::Seconds, Kind::Counter, millisecond},
    ProtocolValue{"TcpExt", "TCPChallengeACK", "tcp.challenge_acks"},
    ProtocolValue{"TcpExt", "TCPKeepAlive", "tcp.keep_alive_probes"},
    ProtocolValue{"TcpExt", "TCPWinProbe", "tcp.window_probes"},
    ProtocolValue{"TcpExt", "TCPOrigDataSent", "tcp.original_data_segments"},
    ProtocolValue{"TcpExt", "TCPDelivered", "tcp.delivered_segments"},
    ProtocolValue{"TcpExt", "IPReversePathFilter", "ip.reverse_path_filter_drops", Unit::Packets},

    ProtocolValue{"IpExt", "InNoRoutes", "ip.no_routes_in", Unit::Packets},
    ProtocolValue{"IpExt", "InTruncatedPkts", "ip.truncated_in", Unit::Packets},
    ProtocolValue{"IpExt", "InMcastPkts", "ip.multicast_packets_in", Unit::Packets},
    ProtocolValue{"IpExt", "OutMcastPkts", "ip.multicast_packets_out", Unit::Packets},
    ProtocolValue{"IpExt", "InBcastPkts", "ip.broadcast_packets_in", Unit::Packets},
    ProtocolValue{"IpExt", "OutBcastPkts", "ip.broadcast_packets_out", Unit::Packets},
    ProtocolValue{"IpExt", "InOctets", "ip.bytes_in", Unit::Bytes},
    ProtocolValue{"IpExt", "OutOctets", "ip.bytes_out", Unit::Bytes},
    ProtocolValue{"IpExt", "InMcastOctets", "ip.multicast_bytes_in", Unit::Bytes},
    ProtocolValue{"IpExt", "OutMcastOctets", "ip.multicast_bytes_out", Unit::Bytes},
    ProtocolValue{"IpExt", "InBcastOctets", "ip.broadcast_bytes_in", Unit::Bytes},
    ProtocolValue{"IpExt", "OutBcastOctets", "ip.broadcast_bytes_out", Unit::Bytes},
    ProtocolValue{"IpExt", "InCsumErrors", "ip.checksum_errors_in", Unit::Packets},
    ProtocolValue{"IpExt", "InCEPkts", "ip.congestion_experienced_in", Unit::Packets},

    ProtocolValue{"MPTcpExt", "MPCurrEstab", "mptcp.established", Unit::Count, Kind::Gauge},
};

} // namespace

std::span<const ProtocolValue> networkCounters()
{
    return counters;
}

const ProtocolValue* networkCounter(std::string_view protocol, std::string_view name)
{
    for (const ProtocolValue& counter : counters)
        if (counter.protocol == protocol && counter.name == name)
            return &counter;
    return nullptr;
}

} // namespace hindcast::parse
