// sock_diag: the kernel's own list of the sockets of a network namespace, asked by netlink (man 7 sock_diag). It hands
// each socket on as the kernel wrote it, and knows nothing of what is made of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

struct inet_diag_msg;
struct tcp_info;
struct unix_diag_msg;

namespace hindcast::recorder {

enum class SocketProtocol { Tcp, Udp };

/// What the kernel tells of a socket besides its message; as far as it filled it, because both grow with the kernels.
struct SocketDetails {
    const tcp_info* info = nullptr; ///< null: request sockets and those in TIME-WAIT have none
    std::size_t infoLength = 0;
    const std::uint32_t* memory = nullptr; ///< SK_MEMINFO_… (linux/sock_diag.h)
    std::size_t memoryValues = 0;
    std::string_view congestion; ///< "cubic"; "" = not told
};

class SocketReceiver {
public:
    virtual void take(SocketProtocol protocol, const inet_diag_msg& socket, const SocketDetails& details) = 0;
    virtual void take(const unix_diag_msg& socket) = 0;

protected:
    ~SocketReceiver() = default;
};

enum class SocketKind { Tcp4, Tcp6, Udp4, Udp6, Unix };
constexpr SocketKind socketKinds[] = {
    SocketKind::Tcp4, SocketKind::Tcp6, SocketKind::Udp4, SocketKind::Udp6, SocketKind::Unix};
/// "tcp", "tcp6", "udp", "udp6", "unix"
const char* socketKindName(SocketKind kind);

enum class AskedDetails { None, All };

/// Hands all sockets of a kind to `receiver`. 0, ETIME when `deadline` (CLOCK_MONOTONIC) came first, or why the kernel
/// does not tell. `messages` is what the kernel writes into, kept by the caller because it is large.
int listSockets(SocketKind kind, AskedDetails details, std::int64_t deadline, std::vector<char>& messages,
    SocketReceiver& receiver);

} // namespace hindcast::recorder
