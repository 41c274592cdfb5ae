// One socket as the kernel's sock_diag tells it, as one line of the block hindcast/sockets. Pure text: it asks nobody.
#pragma once

#include <cstddef>
#include <string>

struct inet_diag_msg;
struct tcp_info;

namespace hindcast::recorder {

/// The block's first line: what the fields are, in order.
extern const char socketColumnsLine[];

enum class SocketProtocol { Tcp, Udp };

/// `info` as far as the kernel filled it (`infoLength` bytes; it grows with every kernel), or null: request sockets and
/// those in TIME-WAIT have none. A figure that is not told, or that holds nothing in this state, becomes "-".
void appendSocketLine(std::string& text, SocketProtocol protocol, const inet_diag_msg& socket, const tcp_info* info,
    std::size_t infoLength);

} // namespace hindcast::recorder
