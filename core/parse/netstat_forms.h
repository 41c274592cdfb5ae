// NetstatForms: how the parts of netstat's text are told apart, and its words in the languages of net-tools as their
// English ones. Source: net-tools netstat.c, lib/inet_gr.c, lib/interface.c, po/*.po.
#pragma once

#include <string_view>
#include <vector>

namespace hindcast::parse {

/// The English word for a state of an Internet socket, of a UNIX socket (where the same word means another), of a
/// timer.
std::string_view netstatState(std::string_view printed);
std::string_view netstatUnixState(std::string_view printed);
std::string_view netstatTimer(std::string_view printed);

bool hasDigit(std::string_view text);
/// "Proto Recv-Q …" and "Proto RefCnt …", and their translations.
bool isSocketHeading(std::string_view line);
/// Of a heading of sockets: UNIX sockets, not those of the Internet.
bool isUnixHeading(std::string_view line);
/// The columns "User Inode" of -e, in the languages of net-tools.
bool hasUserColumns(std::string_view heading);
bool isSocketProtocol(std::string_view word);
/// The name of the table whose heading of columns this is, in English: -r, -i, -g, -M; "" for other lines.
std::string_view netstatListing(std::string_view line);
/// The headings of interfaces keep their "RX-OK" and "TX-OK", or at least the "-OK".
bool isInterfaceHeading(std::string_view line);
/// "0.0.0.0 192.0.2.1 0.0.0.0 UG 0 0 0 eth0": a destination, a router, a mask, flags, three numbers, an interface.
bool isRouteRow(const std::vector<std::string_view>& words);
/// "Active Internet connections (w/o servers)", "Kernel IP routing table".
bool isSectionTitle(std::string_view line);
/// "Ip:", "TcpExt:" of -s.
bool isStatisticsTitle(std::string_view line);

} // namespace hindcast::parse
