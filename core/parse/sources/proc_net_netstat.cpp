// /proc/net/netstat: Linux's own counters of TCP, IP and MPTCP beyond what SNMP defines. Well-known ones get the
// field's words under tcp. and ip., all others are read as tcpext.<name>, ipext.<name>, mptcpext.<name>. Source: kernel
// net/ipv4/proc.c, include/uapi/linux/snmp.h, Documentation/networking/snmp_counter.rst.
#include "parse/network_counters.h"

namespace hindcast::parse {
namespace {

void parse(const Input& input, Builder& out)
{
    PairedLines reader(networkCounters(), out);
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
        .members = "proc/net/netstat proc/*/net/netstat",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
