#include "model/metrics.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>

namespace hindcast {
namespace {

#define METRIC(name, title, meaning, unit, sources) MetricInfo{name, title, meaning, unit, sources},
constexpr auto listed = std::to_array<MetricInfo>({
#include "model/metrics/all.inc"
});
#undef METRIC

constexpr bool comesBefore(const MetricInfo& a, const MetricInfo& b)
{
    return a.metric < b.metric;
}

constexpr auto sorted()
{
    auto all = listed;
    std::sort(all.begin(), all.end(), comesBefore);
    return all;
}
constexpr auto metrics = sorted();
static_assert(std::adjacent_find(metrics.begin(), metrics.end(),
                  [](const MetricInfo& a, const MetricInfo& b) { return a.metric == b.metric; })
        == metrics.end(),
    "a metric stands twice in model/metrics");

constexpr MetricFamily families[] = {
    {"cgroup.", "Figures of control groups by the kernel's names (kernel Documentation/admin-guide/cgroup-v2.rst).",
        "sys_cgroup"},
    {"conntrack.", "Counters of connection tracking by the kernel's names (/proc/net/stat/nf_conntrack).",
        "proc_net_stat"},
    {"cpu.", "Columns of sar that a later version may bring.", "sar"},
    {"disk_group.", "The same as disk.*, of a group of disks that iostat -g sums up.", "iostat"},
    {"ethtool.", "Counters of a network card by its driver's names (ethtool -S).", "ethtool"},
    {"icmp.", "Counters of ICMP by the kernel's names (RFC 4293; /proc/net/snmp).", "proc_net_snmp netstat"},
    {"icmp6.", "Counters of ICMPv6 by the kernel's names (RFC 4293; /proc/net/snmp6).", "proc_net_snmp6 netstat"},
    {"ip.", "Counters of IPv4 by the kernel's names (RFC 4293; /proc/net/snmp, /proc/net/netstat).",
        "proc_net_snmp proc_net_netstat netstat"},
    {"ip6.", "Counters of IPv6 by the kernel's names (RFC 4293; /proc/net/snmp6).", "proc_net_snmp6 netstat"},
    {"ip_vs.", "Counters of the kernel's load balancer (/proc/net/ip_vs_stats).", "proc_net_counters"},
    {"ipext.", "Counters of IPv4 beyond the standard ones (/proc/net/netstat, IpExt).", "proc_net_netstat"},
    {"keys.", "Keys of the kernel by user (man 7 keyrings, /proc/key-users).", "proc_key_users"},
    {"memory.", "Lines of /proc/meminfo by the kernel's names (man 5 proc_meminfo).", "proc_meminfo sys_node"},
    {"mptcp.", "Counters of Multipath TCP (/proc/net/netstat).", "proc_net_netstat"},
    {"mptcpext.", "Counters of Multipath TCP (/proc/net/netstat, MPTcpExt).", "proc_net_netstat"},
    {"neighbours.", "Counters of the neighbour tables, ARP and NDP (/proc/net/stat/arp_cache).", "proc_net_stat"},
    {"net.driver.", "Counters of a network card by its driver's names, as the recorder asked for them.",
        "hindcast_ethtool"},
    {"nfs.", "Counters of NFS by the kernel's names (man 8 nfsstat, man 8 mountstats).",
        "proc_mountstats proc_net_counters"},
    {"numa.", "Pages by where they were allocated and wanted (man 8 numastat).", "numastat"},
    {"slab.", "Columns of /proc/slabinfo (man 5 slabinfo).", "proc_slabinfo"},
    {"sockets.", "Sockets in use and their memory by protocol (/proc/net/sockstat).", "proc_net_sockstat"},
    {"sysstat.", "Columns of sar that this version does not know, by sar's names (man 1 sar).", "sar"},
    {"system.", "Lines of /proc/stat that this version does not know.", "proc_stat"},
    {"tcp.", "Counters of TCP by the kernel's names (RFC 4022; /proc/net/snmp, /proc/net/netstat).",
        "proc_net_snmp proc_net_netstat netstat"},
    {"tcpext.", "Counters of TCP beyond the standard ones (kernel Documentation/networking/snmp_counter.rst).",
        "proc_net_netstat netstat"},
    {"udp.", "Counters of UDP by the kernel's names (RFC 4113; /proc/net/snmp).", "proc_net_snmp netstat"},
    {"udplite.", "Counters of UDP-Lite by the kernel's names (/proc/net/snmp).", "proc_net_snmp netstat"},
    {"udplite6.", "Counters of UDP-Lite on IPv6 by the kernel's names (/proc/net/snmp6).", "proc_net_snmp6"},
    {"vm.", "Counters of the memory management by the kernel's names (/proc/vmstat).",
        "proc_vmstat proc_zoneinfo sys_node"},
    {"xfrm.", "Counters of IPsec by the kernel's names (/proc/net/xfrm_stat).", "proc_net_counters"},
    {"zone.", "Figures of memory zones by the kernel's names (/proc/zoneinfo).", "proc_zoneinfo"},
};

} // namespace

std::span<const MetricInfo> knownMetrics()
{
    return metrics;
}

const MetricInfo* metricInfo(std::string_view metric)
{
    const auto place = std::lower_bound(metrics.begin(), metrics.end(), metric,
        [](const MetricInfo& info, std::string_view wanted) { return info.metric < wanted; });
    return place != metrics.end() && place->metric == metric ? &*place : nullptr;
}

std::span<const MetricFamily> metricFamilies()
{
    return families;
}

std::size_t sourceRank(std::string_view metric, std::string_view source)
{
    const MetricInfo* info = metricInfo(metric);
    std::size_t rank = 0;
    if (info)
        for (std::string_view rest = info->sources, listedSource = nextField(rest); !listedSource.empty();
             listedSource = nextField(rest), ++rank)
            if (listedSource == source)
                return rank;
    return rank;
}

} // namespace hindcast
