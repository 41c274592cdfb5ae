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
    {"icmp.", "Counters of ICMP by the kernel's names (RFC 4293; /proc/net/snmp).", "proc_net_snmp nstat"},
    {"ip.", "Counters of IPv4 by the kernel's names (RFC 4293; /proc/net/snmp).", "proc_net_snmp nstat"},
    {"ipext.", "Counters of IPv4 beyond the standard ones (/proc/net/netstat, IpExt).", "proc_net_netstat nstat"},
    {"memory.", "Lines of /proc/meminfo by the kernel's names (man 5 proc_meminfo).", "proc_meminfo"},
    {"mptcp.", "Counters of Multipath TCP (/proc/net/netstat).", "proc_net_netstat nstat"},
    {"mptcpext.", "Counters of Multipath TCP (/proc/net/netstat, MPTcpExt).", "proc_net_netstat nstat"},
    {"sockets.", "Sockets in use and their memory by protocol (/proc/net/sockstat).", "proc_net_sockstat"},
    {"tcp.", "Counters of TCP by the kernel's names (RFC 4022; /proc/net/snmp, /proc/net/netstat).",
        "proc_net_snmp proc_net_netstat nstat"},
    {"tcpext.", "Counters of TCP beyond the standard ones (kernel Documentation/networking/snmp_counter.rst).",
        "proc_net_netstat nstat"},
    {"udp.", "Counters of UDP by the kernel's names (RFC 4113; /proc/net/snmp).", "proc_net_snmp nstat"},
    {"udplite.", "Counters of UDP-Lite by the kernel's names (/proc/net/snmp).", "proc_net_snmp nstat"},
    {"vm.", "Counters of the memory management by the kernel's names (/proc/vmstat).", "proc_vmstat"},
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
