// /proc/net/snmp6 and /proc/net/dev_snmp6/<interface>: the counters of IPv6, ICMPv6 and UDP over IPv6, "name value" a
// line. Source: kernel net/ipv6/proc.c; RFC 4293. Names are the protocol's, then that of /proc/net/snmp, so a counter
// is called as its IPv4 sibling: Ip6InReceives is ip6.packets_in.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/snake_case.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct Protocol {
    std::string_view prefix, area;
};
/// The longer first: "UdpLite6" also begins with "Udp".
constexpr std::array protocols{
    Protocol{"UdpLite6", "udplite6"}, Protocol{"Icmp6", "icmp6"}, Protocol{"Udp6", "udp6"}, Protocol{"Ip6", "ip6"}};

struct Word {
    std::string_view name, metric;
    Unit unit = Unit::Count;
};
/// Names of which the snake case would not be the word of the IPv4 counter.
constexpr std::array words{
    Word{"Ip6InReceives", "packets_in", Unit::Packets},
    Word{"Ip6InHdrErrors", "header_errors_in", Unit::Packets},
    Word{"Ip6InTooBigErrors", "too_big_errors_in", Unit::Packets},
    Word{"Ip6InNoRoutes", "no_routes_in", Unit::Packets},
    Word{"Ip6InAddrErrors", "address_errors_in", Unit::Packets},
    Word{"Ip6InUnknownProtos", "unknown_protocols_in", Unit::Packets},
    Word{"Ip6InTruncatedPkts", "truncated_packets_in", Unit::Packets},
    Word{"Ip6InDiscards", "discards_in", Unit::Packets},
    Word{"Ip6InDelivers", "packets_delivered", Unit::Packets},
    Word{"Ip6OutForwDatagrams", "packets_forwarded", Unit::Packets},
    Word{"Ip6OutRequests", "packets_out", Unit::Packets},
    Word{"Ip6OutDiscards", "discards_out", Unit::Packets},
    Word{"Ip6OutNoRoutes", "no_routes_out", Unit::Packets},
    Word{"Ip6OutTransmits", "packets_transmitted", Unit::Packets},
    Word{"Ip6ReasmTimeout", "reassembly_timeouts"},
    Word{"Ip6ReasmReqds", "reassembly_fragments_in", Unit::Packets},
    Word{"Ip6ReasmOKs", "reassembled", Unit::Packets},
    Word{"Ip6ReasmFails", "reassembly_failures"},
    Word{"Ip6FragOKs", "fragmented", Unit::Packets},
    Word{"Ip6FragFails", "fragmentation_failures", Unit::Packets},
    Word{"Ip6FragCreates", "fragments_out", Unit::Packets},
    Word{"Ip6InMcastPkts", "multicast_packets_in", Unit::Packets},
    Word{"Ip6OutMcastPkts", "multicast_packets_out", Unit::Packets},
    Word{"Ip6InOctets", "bytes_in", Unit::Bytes},
    Word{"Ip6OutOctets", "bytes_out", Unit::Bytes},
    Word{"Ip6InMcastOctets", "multicast_bytes_in", Unit::Bytes},
    Word{"Ip6OutMcastOctets", "multicast_bytes_out", Unit::Bytes},
    Word{"Ip6InBcastOctets", "broadcast_bytes_in", Unit::Bytes},
    Word{"Ip6OutBcastOctets", "broadcast_bytes_out", Unit::Bytes},
    Word{"Icmp6InMsgs", "messages_in"},
    Word{"Icmp6OutMsgs", "messages_out"},
    Word{"Icmp6InErrors", "errors_in"},
    Word{"Icmp6OutErrors", "errors_out"},
    Word{"Icmp6InDestUnreachs", "destination_unreachable_in"},
    Word{"Icmp6OutDestUnreachs", "destination_unreachable_out"},
    Word{"Icmp6InTimeExcds", "time_exceeded_in"},
    Word{"Icmp6OutTimeExcds", "time_exceeded_out"},
    Word{"Udp6InDatagrams", "datagrams_in"},
    Word{"Udp6NoPorts", "no_port"},
    Word{"Udp6InErrors", "errors_in"},
    Word{"Udp6OutDatagrams", "datagrams_out"},
    Word{"Udp6RcvbufErrors", "receive_buffer_errors"},
    Word{"Udp6SndbufErrors", "send_buffer_errors"},
    Word{"Udp6InCsumErrors", "checksum_errors_in"},
    Word{"Udp6MemErrors", "memory_errors"},
};

const Protocol* protocolOf(std::string_view name)
{
    for (const Protocol& protocol : protocols)
        if (name.starts_with(protocol.prefix))
            return &protocol;
    return nullptr;
}

/// "eth0" of "/proc/net/dev_snmp6/eth0"; "" for all interfaces together.
std::string_view interfaceOf(std::string_view path)
{
    constexpr std::string_view folder = "dev_snmp6/";
    const auto place = path.rfind(folder);
    return place == std::string_view::npos ? std::string_view{} : path.substr(place + folder.size());
}

class Snmp6Reader {
public:
    explicit Snmp6Reader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        m_interface = interfaceOf(sample.path);
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (!trimmed(line).empty())
                readLine(line, sample.time);
    }

private:
    void readLine(std::string_view line, Time time)
    {
        auto rest = line;
        const auto name = nextField(rest);
        const auto value = parseInteger(nextField(rest));
        const Protocol* protocol = protocolOf(name);
        if (name == "ifIndex" && value) { // of one interface: which it is; the path has its name
            if (m_interface.empty())
                m_interface = trimmed(line.substr(name.size()));
            return;
        }
        if (!value || !protocol || !trimmed(rest).empty()) {
            m_out.skipped(line, "expected the name of a counter and a number");
            return;
        }
        auto& refs = m_known.at(name);
        if (refs.empty())
            refs.push_back(makeSeries(*protocol, name));
        m_out.add(refs.front(), time, static_cast<double>(*value));
    }

    SeriesRef makeSeries(const Protocol& protocol, std::string_view name)
    {
        Labels labels;
        if (!m_interface.empty())
            labels.push_back({"interface", std::string(m_interface)});
        const std::string area = std::string(protocol.area) + '.';
        for (const Word& word : words)
            if (word.name == name)
                return m_out.series(area + std::string(word.metric), std::move(labels), word.unit, Kind::Counter);
        const Unit unit = name.ends_with("Pkts") ? Unit::Packets : Unit::Count;
        return m_out.series(
            area + snakeCase(name.substr(protocol.prefix.size())), std::move(labels), unit, Kind::Counter);
    }

    Builder& m_out;
    PositionalSeries m_known;
    std::string_view m_interface;
};

void parse(const Input& input, Builder& out)
{
    Snmp6Reader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view line, second;
    if (!nextLine(beginning, line))
        return 0;
    if (line.starts_with("ifIndex") && nextLine(beginning, second))
        line = second;
    const auto name = nextField(line);
    // nstat prints the same names with a rate behind.
    return protocolOf(name) && parseInteger(nextField(line)) && trimmed(line).empty() ? 90 : 0;
}

} // namespace

Parser proc_net_snmp6()
{
    return {.id = "proc_net_snmp6",
        .title = "IPv6, ICMPv6 and UDP counters",
        .members = "proc/net/snmp6 proc/net/dev_snmp6/* proc/*/net/snmp6 proc/*/net/dev_snmp6/*",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
