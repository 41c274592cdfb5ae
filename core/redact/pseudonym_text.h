// replaceNames: puts pseudonyms in the place of the addresses, hosts and users that a text names.
#pragma once

#include "redact/pseudonyms.h"

#include <string>
#include <string_view>

namespace hindcast::redact {

/// How the kernel prints the bytes of an IPv4 address as one hexadecimal number (/proc/net/tcp): as it lies in memory,
/// read as a number of the machine.
enum class ByteOrder { Little, Big };

/// What is found in any text: IPv4, IPv6 and hardware addresses; the machine's own names; names with a dot whose last
/// part is a domain, names in URLs, behind "host=", "@" or before ":/"; users behind "/home/", "user=", before "@" and
/// in what sshd says. Accounts of the system (root, www-data, …) stay, and so do numbers of users. Returns how many
/// were replaced.
std::size_t replaceNames(std::string& text, Pseudonyms& pseudonyms);

/// The tables of /proc/net that print addresses as numbers: "0100007F:1F90" and 32 digits (tcp, udp, raw, …), of
/// `route` the columns of destination and gateway, of `if_inet6` and `ipv6_route` 32 digits in network order.
std::size_t replaceNumbers(std::string& text, std::string_view path, ByteOrder order, Pseudonyms& pseudonyms);

/// Only "enx001a2b3c4d5e", the names of interfaces that hold their address, in tables of numbers. They keep their
/// length.
std::size_t replaceInterfaces(std::string& text, Pseudonyms& pseudonyms);

} // namespace hindcast::redact
