// /proc/net/netstat: Linux's own counters of TCP, IP and MPTCP beyond what SNMP defines. Well-known ones get the
// field's words under tcp. and ip., all others are read as tcpext.<name>, ipext.<name>, mptcpext.<name>. Source: kernel
// net/ipv4/proc.c, include/uapi/linux/snmp.h, Documentation/networking/snmp_counter.rst.
#include "parse/paired_lines.h"

#include <array>

namespace hindcast::parse {
namespace {

constexpr double millisecond = 1000;

constexpr std::array meanings{
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

void parse(const Input& input, Builder& out)
{
    PairedLines reader(meanings, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    return recognisePairedLines(beginning, "TcpExt");
}

} // namespace

Parser proc_net_netstat()
{
    return {.id = "proc_net_netstat",
        .title = "Extended TCP and IP counters",
        .members = "proc/net/netstat",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
