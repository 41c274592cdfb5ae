// /proc/net/snmp: the counters of IP, ICMP, TCP and UDP that SNMP agents export. Source: RFC 1213, RFC 4022, RFC 4113;
// kernel net/ipv4/proc.c, Documentation/networking/snmp_counter.rst.
#include "parse/paired_lines.h"

#include <array>

namespace hindcast::parse {
namespace {

constexpr double millisecond = 1000;

constexpr std::array meanings{
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
};

void parse(const Input& input, Builder& out)
{
    PairedLines reader(meanings, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    return recognisePairedLines(beginning, "Ip");
}

} // namespace

Parser proc_net_snmp()
{
    return {.id = "proc_net_snmp",
        .title = "IP, ICMP, TCP and UDP counters",
        .members = "proc/net/snmp",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
