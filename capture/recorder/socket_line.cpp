#include "socket_line.h"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdint>
#include <linux/inet_diag.h>
#include <linux/tcp.h>
#include <string_view>
#include <sys/socket.h>

namespace hindcast::recorder {
namespace {

/// RFC 9293's names at the kernel's numbers (include/net/tcp_states.h); 12 is a SYN received by a listener.
constexpr std::array<std::string_view, 13> stateNames{"-", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1",
    "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED"};
constexpr std::uint8_t listening = 10;

void appendNumber(std::string& text, std::uint64_t value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text.append(digits, end);
}

void appendField(std::string& text, std::uint64_t value)
{
    text += ' ';
    appendNumber(text, value);
}

void appendNotTold(std::string& text)
{
    text += " -";
}

/// "10.0.0.5:443", "[fd00::1]:443"
void appendEndpoint(std::string& text, std::uint8_t family, const __be32* address, __be16 port)
{
    text += ' ';
    if (family == AF_INET) {
        const std::uint32_t host = ntohl(address[0]);
        for (int shift = 24; shift >= 0; shift -= 8) {
            appendNumber(text, (host >> shift) & 255U);
            text += shift > 0 ? '.' : ':';
        }
    } else {
        char host[INET6_ADDRSTRLEN];
        text += '[';
        text += inet_ntop(AF_INET6, address, host, sizeof host) ? host : "-";
        text += "]:";
    }
    appendNumber(text, ntohs(port));
}

/// rtt_us … bytes_received. A listener has no connection to tell about: its queues stand in rqueue and wqueue. A round
/// trip of 0 was never measured, and its variance is then only the first guess (net/ipv4/tcp.c, tcp_get_info).
void appendConnection(std::string& text, const inet_diag_msg& socket, const tcp_info* info, std::size_t length)
{
    const bool isConnection = info && socket.idiag_state != listening;
    const auto append = [&](std::uint64_t value, std::size_t end, bool isMeasured = true) {
        if (isConnection && isMeasured && length >= end)
            appendField(text, value);
        else
            appendNotTold(text);
    };
#define INFO(field) isConnection ? info->field : 0, offsetof(tcp_info, field) + sizeof info->field
    const bool hasRtt =
        isConnection && length >= offsetof(tcp_info, tcpi_rtt) + sizeof info->tcpi_rtt && info->tcpi_rtt > 0;
    append(INFO(tcpi_rtt), hasRtt);
    append(INFO(tcpi_rttvar), hasRtt);
    append(INFO(tcpi_snd_cwnd));
    append(INFO(tcpi_unacked));
    append(INFO(tcpi_lost));
    append(INFO(tcpi_total_retrans));
    append(INFO(tcpi_bytes_acked)); // since Linux 4.1
    append(INFO(tcpi_bytes_received)); // since Linux 4.1
#undef INFO
}

} // namespace

const char socketColumnsLine[] = "# proto state local remote rqueue wqueue timer expires_ms retransmits uid inode "
                                 "cookie rtt_us rttvar_us cwnd unacked lost total_retrans bytes_acked bytes_received\n";

void appendSocketLine(std::string& text, SocketProtocol protocol, const inet_diag_msg& socket, const tcp_info* info,
    std::size_t infoLength)
{
    text += protocol == SocketProtocol::Tcp ? "tcp " : "udp ";
    text += socket.idiag_state < stateNames.size() ? stateNames[socket.idiag_state] : "-";
    appendEndpoint(text, socket.idiag_family, socket.id.idiag_src, socket.id.idiag_sport);
    appendEndpoint(text, socket.idiag_family, socket.id.idiag_dst, socket.id.idiag_dport);
    appendField(text, socket.idiag_rqueue);
    appendField(text, socket.idiag_wqueue);
    appendField(text, socket.idiag_timer);
    if (socket.idiag_timer != 0)
        appendField(text, socket.idiag_expires);
    else
        appendNotTold(text);
    appendField(text, socket.idiag_retrans);
    appendField(text, socket.idiag_uid);
    appendField(text, socket.idiag_inode);
    appendField(text, std::uint64_t{socket.id.idiag_cookie[1]} << 32U | socket.id.idiag_cookie[0]);
    appendConnection(text, socket, info, infoLength);
    text += '\n';
}

} // namespace hindcast::recorder
