#include "network_texts.h"

#include "framing/block.h"
#include "route_dump.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <linux/fib_rules.h>
#include <linux/gen_stats.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/pkt_sched.h>
#include <net/if.h>

namespace hindcast::recorder {
namespace {

constexpr unsigned mostLines = 2000; // a router has a million routes, and nobody reads them

void appendNumber(std::string& text, std::uint64_t value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text.append(digits, end);
}

void put(std::string& text, std::uint64_t value)
{
    text += ' ';
    appendNumber(text, value);
}

void put(std::string& text, std::string_view value)
{
    text += ' ';
    if (value.empty())
        text += '-';
    else
        framing::appendEscaped(text, value);
}

/// "-" for 0, which no interface has.
void putInterface(std::string& text, unsigned index)
{
    char name[IF_NAMESIZE];
    put(text, index != 0 && if_indextoname(index, name) ? std::string_view(name) : std::string_view());
}

std::string addressText(unsigned family, std::string_view bytes)
{
    char host[INET6_ADDRSTRLEN];
    const std::size_t size = family == AF_INET ? 4 : 16;
    if ((family != AF_INET && family != AF_INET6) || bytes.size() != size)
        return {};
    return inet_ntop(static_cast<int>(family), bytes.data(), host, sizeof host) ? host : "";
}

/// "02:42:ac:11:00:02"
std::string hardwareText(std::string_view bytes)
{
    std::string text;
    char two[4];
    for (const char byte : bytes) {
        std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(byte));
        text += text.empty() ? "" : ":";
        text += two;
    }
    return text;
}

/// Others as their number: 128 and 129 are multicast routing (RTNL_FAMILY_IPMR).
std::string familyName(unsigned family)
{
    return family == AF_INET ? "inet" : family == AF_INET6 ? "inet6" : std::to_string(family);
}

/// The lines of one dump: counts them, and says how the listing ended.
class Listing {
public:
    Listing(std::string& text, std::uint16_t type, std::size_t bodyBytes, const char* columns)
        : m_text(text)
        , m_dump(type, bodyBytes)
    {
        m_text += columns;
    }
    const nlmsghdr* next()
    {
        const nlmsghdr* const header = m_dump.next();
        if (header && ++m_lines > mostLines) {
            m_text += "# left_out -\n"; // not counted: asking for all of them is what is spared
            return nullptr;
        }
        return header;
    }
    int failure() const { return m_dump.failure(); }
    bool isInconsistent() const { return m_dump.isInconsistent(); }

private:
    std::string& m_text;
    RouteDump m_dump;
    unsigned m_lines = 0;
};

template <typename Body> const Body& body(const nlmsghdr* header)
{
    return *static_cast<const Body*>(NLMSG_DATA(header));
}

template <typename Body> bool isWhole(const nlmsghdr* header)
{
    return header->nlmsg_len >= NLMSG_LENGTH(sizeof(Body));
}

/// Older kernels know fewer fields.
template <typename Structure> void copyBeginning(std::string_view bytes, Structure& structure)
{
    if (!bytes.empty())
        std::memcpy(&structure, bytes.data(), std::min(bytes.size(), sizeof structure));
}

std::string_view operationalState(std::uint32_t state)
{
    // RFC 2863, Documentation/networking/operstates.rst
    constexpr std::string_view names[] = {
        "unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"};
    return state < std::size(names) ? names[state] : "";
}

void putLinkCounters(std::string& text, std::string_view bytes)
{
    rtnl_link_stats64 counters{};
    const bool isKnown = bytes.size() >= offsetof(rtnl_link_stats64, rx_compressed);
    copyBeginning(bytes, counters);
    for (const auto value : {counters.rx_bytes, counters.rx_packets, counters.rx_errors, counters.rx_dropped,
             counters.rx_missed_errors, counters.rx_fifo_errors, counters.tx_bytes, counters.tx_packets,
             counters.tx_errors, counters.tx_dropped, counters.tx_carrier_errors, counters.collisions}) {
        if (isKnown)
            put(text, std::uint64_t{value});
        else
            put(text, std::string_view());
    }
}

void appendLink(std::string& text, const nlmsghdr* header)
{
    const auto& link = body<ifinfomsg>(header);
    const RouteAttributes attributes(header, sizeof link);
    const RouteAttributes kind(attributes.bytes(IFLA_LINKINFO));
    appendNumber(text, static_cast<unsigned>(link.ifi_index));
    put(text, attributes.text(IFLA_IFNAME));
    put(text, kind.text(IFLA_INFO_KIND));
    put(text, operationalState(attributes.number(IFLA_OPERSTATE)));
    put(text, std::uint64_t{link.ifi_flags});
    put(text, std::uint64_t{attributes.number(IFLA_MTU)});
    put(text, std::uint64_t{attributes.number(IFLA_TXQLEN)});
    put(text, attributes.text(IFLA_QDISC));
    putInterface(text, attributes.number(IFLA_MASTER));
    put(text, hardwareText(attributes.bytes(IFLA_ADDRESS)));
    if (attributes.has(IFLA_CARRIER_CHANGES))
        put(text, std::uint64_t{attributes.number(IFLA_CARRIER_CHANGES)});
    else
        put(text, std::string_view());
    putLinkCounters(text, attributes.bytes(IFLA_STATS64));
    text += '\n';
}

void appendAddress(std::string& text, const nlmsghdr* header)
{
    const auto& message = body<ifaddrmsg>(header);
    const RouteAttributes attributes(header, sizeof message);
    const unsigned own = attributes.has(IFA_LOCAL) ? IFA_LOCAL : IFA_ADDRESS; // of point-to-point the other is the peer
    char name[IF_NAMESIZE];
    framing::appendEscaped(text, if_indextoname(message.ifa_index, name) ? name : "-");
    put(text, familyName(message.ifa_family));
    put(text, addressText(message.ifa_family, attributes.bytes(own)));
    put(text, std::uint64_t{message.ifa_prefixlen});
    put(text, std::uint64_t{message.ifa_scope});
    put(text, std::uint64_t{attributes.number(IFA_FLAGS, message.ifa_flags)});
    text += '\n';
}

/// "10.0.0.0/8"; "default" where nothing is said.
std::string networkText(unsigned family, std::string_view address, unsigned length)
{
    if (address.empty())
        return length == 0 ? "default" : "";
    std::string text = addressText(family, address) + '/';
    appendNumber(text, length);
    return text;
}

void appendRoute(std::string& text, const nlmsghdr* header)
{
    const auto& route = body<rtmsg>(header);
    const RouteAttributes attributes(header, sizeof route);
    text += familyName(route.rtm_family);
    put(text, std::uint64_t{attributes.number(RTA_TABLE, route.rtm_table)});
    put(text, std::uint64_t{route.rtm_type});
    put(text, networkText(route.rtm_family, attributes.bytes(RTA_DST), route.rtm_dst_len));
    put(text, addressText(route.rtm_family, attributes.bytes(RTA_GATEWAY)));
    putInterface(text, attributes.number(RTA_OIF));
    put(text, std::uint64_t{attributes.number(RTA_PRIORITY)});
    put(text, std::uint64_t{route.rtm_protocol});
    put(text, std::uint64_t{route.rtm_scope});
    put(text, addressText(route.rtm_family, attributes.bytes(RTA_PREFSRC)));
    put(text, std::string_view(attributes.has(RTA_MULTIPATH) ? "multipath" : ""));
    text += '\n';
}

void appendRule(std::string& text, const nlmsghdr* header)
{
    const auto& rule = body<fib_rule_hdr>(header);
    const RouteAttributes attributes(header, sizeof rule);
    text += familyName(rule.family);
    put(text, std::uint64_t{attributes.number(FRA_PRIORITY)});
    put(text, networkText(rule.family, attributes.bytes(FRA_SRC), rule.src_len));
    put(text, networkText(rule.family, attributes.bytes(FRA_DST), rule.dst_len));
    put(text, std::uint64_t{attributes.number(FRA_FWMARK)});
    put(text, attributes.text(FRA_IIFNAME));
    put(text, attributes.text(FRA_OIFNAME));
    put(text, std::uint64_t{attributes.number(FRA_TABLE, rule.table)});
    put(text, std::uint64_t{rule.action});
    text += '\n';
}

std::string_view neighbourState(unsigned state)
{
    switch (state) { // man 7 rtnetlink
    case NUD_INCOMPLETE:
        return "incomplete";
    case NUD_REACHABLE:
        return "reachable";
    case NUD_STALE:
        return "stale";
    case NUD_DELAY:
        return "delay";
    case NUD_PROBE:
        return "probe";
    case NUD_FAILED:
        return "failed";
    case NUD_NOARP:
        return "noarp";
    case NUD_PERMANENT:
        return "permanent";
    default:
        return "none";
    }
}

void appendNeighbour(std::string& text, const nlmsghdr* header)
{
    const auto& neighbour = body<ndmsg>(header);
    const RouteAttributes attributes(header, sizeof neighbour);
    char name[IF_NAMESIZE];
    framing::appendEscaped(text, if_indextoname(static_cast<unsigned>(neighbour.ndm_ifindex), name) ? name : "-");
    put(text, familyName(neighbour.ndm_family));
    put(text, addressText(neighbour.ndm_family, attributes.bytes(NDA_DST)));
    put(text, hardwareText(attributes.bytes(NDA_LLADDR)));
    put(text, neighbourState(neighbour.ndm_state));
    text += '\n';
}

/// "8001:" and "8001:1", as tc writes them; "root" for the one at the top, "none" for no handle.
std::string handleText(std::uint32_t handle, bool isParent)
{
    if (isParent && handle == TC_H_ROOT)
        return "root";
    if (isParent && handle == TC_H_INGRESS)
        return "ingress";
    char text[24];
    if ((handle & 0xFFFFU) == 0)
        std::snprintf(text, sizeof text, "%x:", handle >> 16U);
    else
        std::snprintf(text, sizeof text, "%x:%x", handle >> 16U, handle & 0xFFFFU);
    return text;
}

/// Nested in TCA_STATS2 (net/core/gen_stats.c). Packets of 64 bits stand apart, since Linux 5.5.
void putQueueCounters(std::string& text, const RouteAttributes& statistics)
{
    gnet_stats_basic basic{};
    gnet_stats_queue queue{};
    const std::string_view basicBytes = statistics.bytes(TCA_STATS_BASIC);
    const std::string_view queueBytes = statistics.bytes(TCA_STATS_QUEUE);
    copyBeginning(basicBytes, basic);
    copyBeginning(queueBytes, queue);
    std::uint64_t packets = basic.packets;
    const std::string_view packets64 = statistics.bytes(TCA_STATS_PKT64);
    if (packets64.size() == sizeof packets)
        std::memcpy(&packets, packets64.data(), sizeof packets);
    const auto putIf = [&](bool isKnown, std::uint64_t value) {
        if (isKnown)
            put(text, value);
        else
            put(text, std::string_view());
    };
    const bool hasBasic = basicBytes.size() >= 12; // bytes and packets, without what aligns them
    putIf(hasBasic, basic.bytes);
    putIf(hasBasic, packets);
    const bool hasQueue = queueBytes.size() >= sizeof queue;
    for (const std::uint32_t value : {queue.drops, queue.overlimits, queue.requeues, queue.backlog, queue.qlen})
        putIf(hasQueue, value);
}

/// "noqueue" has nothing to count.
void appendQueueingDiscipline(std::string& text, const nlmsghdr* header)
{
    const auto& discipline = body<tcmsg>(header);
    const RouteAttributes attributes(header, sizeof discipline);
    if (attributes.text(TCA_KIND) == "noqueue")
        return;
    char name[IF_NAMESIZE];
    framing::appendEscaped(text, if_indextoname(static_cast<unsigned>(discipline.tcm_ifindex), name) ? name : "-");
    put(text, attributes.text(TCA_KIND));
    put(text, handleText(discipline.tcm_handle, false));
    put(text, handleText(discipline.tcm_parent, true));
    putQueueCounters(text, RouteAttributes(attributes.bytes(TCA_STATS2)));
    text += '\n';
}

/// A table that changed while it was told is asked once more.
template <typename Body>
int appendTable(
    std::string& text, std::uint16_t type, const char* columns, void (*appendLine)(std::string&, const nlmsghdr*))
{
    constexpr int mostAttempts = 2;
    const std::size_t before = text.size();
    for (int attempt = 1;; ++attempt) {
        text.resize(before);
        Listing listing(text, type, sizeof(Body), columns);
        while (const nlmsghdr* const header = listing.next())
            if (isWhole<Body>(header))
                appendLine(text, header);
        if (listing.failure() != 0 || !listing.isInconsistent())
            return listing.failure();
        if (attempt == mostAttempts) {
            text += "# inconsistent\n";
            return 0;
        }
    }
}

} // namespace

int appendLinks(std::string& text)
{
    return appendTable<ifinfomsg>(text, RTM_GETLINK,
        "# index interface kind state flags mtu queue_length qdisc master address carrier_changes rx_bytes rx_packets "
        "rx_errors rx_dropped rx_missed rx_fifo tx_bytes tx_packets tx_errors tx_dropped tx_carrier collisions\n",
        appendLink);
}

int appendAddresses(std::string& text)
{
    return appendTable<ifaddrmsg>(
        text, RTM_GETADDR, "# interface family address prefix_length scope flags\n", appendAddress);
}

int appendRoutes(std::string& text)
{
    return appendTable<rtmsg>(text, RTM_GETROUTE,
        "# family table type destination gateway interface priority protocol scope source more\n", appendRoute);
}

int appendRules(std::string& text)
{
    return appendTable<fib_rule_hdr>(
        text, RTM_GETRULE, "# family priority from to mark input output table action\n", appendRule);
}

int appendNeighbours(std::string& text)
{
    return appendTable<ndmsg>(
        text, RTM_GETNEIGH, "# interface family address hardware_address state\n", appendNeighbour);
}

int appendQueueingDisciplines(std::string& text)
{
    return appendTable<tcmsg>(text, RTM_GETQDISC,
        "# interface kind handle parent bytes packets drops overlimits requeues backlog_bytes backlog_packets\n",
        appendQueueingDiscipline);
}

} // namespace hindcast::recorder
