// /proc/net/snmp: the counters of IP, ICMP, TCP and UDP that SNMP agents export. Source: RFC 1213, RFC 4022, RFC 4113;
// kernel net/ipv4/proc.c, Documentation/networking/snmp_counter.rst.
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
    return recognisePairedLines(beginning, "Ip");
}

} // namespace

Parser proc_net_snmp()
{
    return {.id = "proc_net_snmp",
        .title = "IP, ICMP, TCP and UDP counters",
        .members = "proc/net/snmp proc/*/net/snmp",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
