// redactPackets: takes the content out of a pcap file and leaves what conversations are judged by: headers, lengths,
// times.
#pragma once

#include "redact/pseudonyms.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace hindcast::redact {

struct PacketTotals {
    std::uint64_t packets = 0;
    std::uint64_t payloads = 0; ///< of them, those that had any
    bool isReadable = true; ///< false: no pcap file, or one cut within a packet, whose rest was left out
};

/// Without pseudonyms: what follows the transport header becomes zeros; of what is not IPv4, IPv6 or ARP all that
/// follows the link header. Of tunnels (IP, GRE, VXLAN, Geneve) and of the packets that ICMP errors quote the headers
/// within stay as well. With them also addresses are replaced (MAC, ARP, IPv4, IPv6), options of IP become zeros,
/// and packets end behind the transport header, their original length being kept. The header checksum of IPv4 is set
/// right; those of TCP, UDP and ICMP, which cover what is gone, become 0.
PacketTotals redactPackets(std::string& file, Pseudonyms* pseudonyms);

/// One packet of a link type (https://www.tcpdump.org/linktypes.html), in place; returns how many bytes of it are kept,
/// and leaves those behind as they are.
std::size_t redactPacket(std::uint8_t* bytes, std::size_t size, std::uint32_t linkType, Pseudonyms* pseudonyms);

} // namespace hindcast::redact
