// The network's lists: neighbours, routes, addresses, groups, sockets that are not TCP or UDP, protocols, wireless
// cards. Source: man 5 proc_net (proc_pid_net); kernel net/ipv4/{arp,fib_trie,igmp}.c,
// net/ipv6/{route,addrconf,mcast}.c, net/{unix,packet,netlink}/af_*.c, net/core/{sock,net-procfs}.c,
// net/wireless/wext-proc.c.
#include "parse/listing.h"

#include <array>

namespace hindcast::parse {
namespace {

using Fields = std::span<const std::string_view>;

bool isNumber(std::string_view text)
{
    return parseInteger<std::int64_t>(text).has_value();
}

constexpr std::array arpColumns{ListingColumn{"address", FieldForm::Text},
    ListingColumn{"hardware_type", FieldForm::Text}, ListingColumn{"flags", FieldForm::Text},
    ListingColumn{"hardware_address", FieldForm::Text}, ListingColumn{"mask", FieldForm::Text},
    ListingColumn{"interface", FieldForm::Text}};

/// Destination, Gateway and Mask are the bytes of the address in the machine's order, as hexadecimal digits.
bool readRoute(std::string_view line, TableMaker& table)
{
    const auto row = fields(line);
    if (row.size() < 8 || !isHexadecimal(row[1], 8) || !isHexadecimal(row[2], 8) || !isHexadecimal(row[7], 8))
        return false;
    table.set("interface", row[0]);
    table.set("destination", ipv4Text(row[1]));
    table.set("gateway", ipv4Text(row[2]));
    table.set("mask", ipv4Text(row[7]));
    table.set("flags", row[3]);
    constexpr std::array<std::string_view, 11> names{"", "destination_code", "gateway_code", "", "references", "uses",
        "metric", "mask_code", "mtu", "window", "irtt"};
    for (std::size_t i = 1; i < names.size() && i < row.size(); ++i)
        if (names[i].ends_with("_code"))
            table.set(names[i], row[i]);
        else if (!names[i].empty())
            setPlain(table, names[i], row[i]);
    return true;
}

void setHex(TableMaker& table, std::string_view column, std::string_view digits)
{
    if (const auto value = parseHex(digits))
        table.set(column, Unit::None, static_cast<double>(*value));
}

bool readIpv6Route(std::string_view line, TableMaker& table)
{
    const auto row = fields(line);
    if (row.size() < 10 || !isHexadecimal(row[0], 32) || !isHexadecimal(row[2], 32) || !isHexadecimal(row[4], 32))
        return false;
    table.set("destination", ipv6Text(row[0]));
    setHex(table, "destination_prefix", row[1]);
    table.set("source", ipv6Text(row[2]));
    setHex(table, "source_prefix", row[3]);
    table.set("next_hop", ipv6Text(row[4]));
    setHex(table, "metric", row[5]);
    setHex(table, "references", row[6]);
    setHex(table, "uses", row[7]);
    table.set("flags", row[8]);
    table.set("interface", row[9]);
    return true;
}

bool readIpv6Address(std::string_view line, TableMaker& table)
{
    const auto row = fields(line);
    if (row.size() != 6 || !isHexadecimal(row[0], 32) || !isHexadecimal(row[1]) || !isHexadecimal(row[2], 2))
        return false;
    table.set("address", ipv6Text(row[0]));
    setHex(table, "index", row[1]);
    setHex(table, "prefix", row[2]);
    table.set("scope", row[3]);
    table.set("flags", row[4]);
    table.set("interface", row[5]);
    return true;
}

/// An interface, "2\tens33     :     1      V3", then its groups, "\t\t\t\t010000E0     1 0:00000000\t\t0".
bool readIgmp(std::string_view line, TableMaker& table)
{
    const auto row = fields(line);
    const auto colon = line.find(':');
    if (row.size() == 4 && isHexadecimal(row[0], 8) && isNumber(row[1])) {
        table.set("group", ipv4Text(row[0]));
        table.set("group_code", row[0]);
        setPlain(table, "users", row[1]);
        table.set("timer", row[2]);
        setPlain(table, "reporter", row[3]);
        return true;
    }
    if (row.size() < 4 || !isNumber(row[0]) || colon == std::string_view::npos)
        return false;
    auto behind = line.substr(colon + 1);
    setPlain(table, "index", row[0]);
    table.set("interface", row[1].ends_with(':') ? row[1].substr(0, row[1].size() - 1) : row[1]);
    setPlain(table, "groups", nextField(behind));
    table.set("querier", nextField(behind));
    return true;
}

bool readIgmp6(std::string_view line, TableMaker& table)
{
    const auto row = fields(line);
    if (row.size() < 6 || !isNumber(row[0]) || !isHexadecimal(row[2], 32) || !isNumber(row[3]))
        return false;
    setPlain(table, "index", row[0]);
    table.set("interface", row[1]);
    table.set("address", ipv6Text(row[2]));
    setPlain(table, "users", row[3]);
    table.set("flags", row[4]);
    setPlain(table, "timer", row[5]);
    return true;
}

constexpr std::array multicastColumns{ListingColumn{"index"}, ListingColumn{"interface", FieldForm::Text},
    ListingColumn{"users"}, ListingColumn{"global_users"}, ListingColumn{"address", FieldForm::Text}};
bool isMulticast(Fields row)
{
    return row.size() == 5 && isNumber(row[0]) && !isNumber(row[1]) && isNumber(row[2]) && isNumber(row[3])
        && isHexadecimal(row[4]) && row[4].size() >= 8;
}

/// "ffff8800…: 00000002 00000000 00010000 0001 01 3442596 /run/x": all but the inode hexadecimal; Linux before 2.6.9 or
/// so prints no inode. A path may hold blanks, and one of the abstract namespace begins with "@".
bool readUnixSocket(std::string_view line, TableMaker& table)
{
    const auto number = nextField(line);
    std::array<std::string_view, 5> codes;
    for (std::string_view& code : codes)
        code = nextField(line);
    const auto inode = nextField(line);
    if (!number.ends_with(':') || !isHexadecimal(number.substr(0, number.size() - 1)) || !parseHex(codes[0])
        || !isHexadecimal(codes[4]) || !isNumber(inode))
        return false;
    constexpr std::array<std::string_view, 5> names{"references", "protocol", "flags", "type", "state"};
    setHex(table, names[0], codes[0]);
    for (std::size_t i = 1; i < names.size(); ++i)
        table.set(names[i], codes[i]);
    setPlain(table, "inode", inode);
    table.set("path", trimmed(line));
    return true;
}

/// " wlan0: 0001    2.    3.    4.       5      6      7      8      9       10": a point behind a figure says that it
/// is new (iwconfig shows it as "=").
bool readWireless(std::string_view line, TableMaker& table)
{
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
        return false;
    const auto row = fields(line.substr(colon + 1));
    constexpr std::array<std::string_view, 10> names{
        "status", "link", "level", "noise", "nwid", "crypt", "fragment", "retry", "misc", "missed_beacons"};
    if (row.size() < 9)
        return false;
    table.set("interface", trimmed(line.substr(0, colon)));
    table.set(names[0], row[0]);
    for (std::size_t i = 1; i < row.size() && i < names.size(); ++i)
        setPlain(table, names[i], row[i].ends_with('.') ? row[i].substr(0, row[i].size() - 1) : row[i]);
    return true;
}

constexpr std::array family{
    Listing{"net/arp", "arp", "IP address       HW type", arpColumns, 6},
    Listing{"net/route", "routes", "Iface\tDestination", {}, 8, nullptr, readRoute},
    Listing{"net/ipv6_route", "ipv6_routes", "", {}, 10, nullptr, readIpv6Route},
    Listing{"net/if_inet6", "ipv6_addresses", "", {}, 6, nullptr, readIpv6Address},
    Listing{"net/igmp", "multicast_groups", "Idx\tDevice", {}, 4, nullptr, readIgmp},
    Listing{"net/igmp6", "ipv6_multicast_groups", "", {}, 6, nullptr, readIgmp6},
    Listing{"net/dev_mcast", "multicast_addresses", "", multicastColumns, 5, isMulticast},
    Listing{"net/unix", "unix_sockets", "Num       RefCount Protocol", {}, 7, nullptr, readUnixSocket},
    Listing{"net/packet", "packet_sockets", "sk       RefCnt Type Proto", {}, 9},
    Listing{"net/netlink", "netlink_sockets", "sk               Eth Pid", {}, 9},
    Listing{"net/protocols", "protocols", "protocol  size sockets", {}, 8},
};

constexpr std::string_view wirelessHeading = "Inter-| sta-|";

bool isWireless(std::string_view text)
{
    return text.starts_with(wirelessHeading);
}

/// Its heading has two lines, the second of which begins with " face".
void readWirelessTable(const Input& input, const Sample& sample, Builder& out)
{
    out.setText(sample.text);
    TableMaker table("wireless", listedAt(input, sample));
    auto rest = sample.text;
    std::uint64_t number = 0;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        if (trimmed(line).empty() || line.find('|') != std::string_view::npos)
            continue;
        TableMaker scratch("");
        scratch.beginRow();
        if (!readWireless(line, scratch)) {
            out.skipped(line, "expected an interface and its figures");
            continue;
        }
        table.beginRow(number);
        readWireless(line, table);
    }
    table.finish(out);
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        if (isWireless(sample.text) || endsInPath(sample.path, "net/wireless"))
            readWirelessTable(input, sample, out);
        else
            readListings(family, {input.member, {&sample, 1}, input.clock, input.host, input.writtenAt}, out);
}

int recognise(std::string_view beginning)
{
    return isWireless(beginning) ? 90 : recogniseListing(family, beginning);
}

} // namespace

Parser proc_net_lists()
{
    return {.id = "proc_net_lists",
        .title = "Neighbours, routes, addresses and other lists of the network",
        .members = "proc/net/arp proc/net/route proc/net/ipv6_route proc/net/if_inet6 proc/net/igmp proc/net/igmp6 "
                   "proc/net/dev_mcast proc/net/unix proc/net/packet proc/net/netlink proc/net/protocols "
                   "proc/net/wireless",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
