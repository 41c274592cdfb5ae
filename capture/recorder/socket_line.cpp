#include "socket_line.h"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>

namespace hindcast::recorder {
namespace {

/// RFC 9293's names at the kernel's numbers (include/net/tcp_states.h); 12 is a SYN received by a listener.
constexpr std::array<std::string_view, 13> stateNames{"-", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1",
    "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED"};
constexpr std::uint8_t listening = 10;
constexpr std::uint32_t noThreshold = 0x7fffffff; // TCP_INFINITE_SSTHRESH, include/net/tcp.h
constexpr std::uint32_t noMinimum = ~0U; // of the round trip: net/ipv4/tcp.c, tcp_min_rtt()
constexpr std::uint64_t unlimited = ~0ULL; // sk_pacing_rate, net/core/sock.c

/// Fields are put together here and appended at once: there are forty of them in each of thousands of lines.
class Line {
public:
    void put(std::string_view word)
    {
        const std::size_t size = word.size() < left() ? word.size() : left();
        std::memcpy(m_end, word.data(), size);
        m_end += size;
    }
    void put(char c)
    {
        if (left() > 0)
            *m_end++ = c;
    }
    void putNumber(std::uint64_t value) { m_end = std::to_chars(m_end, m_bytes + sizeof m_bytes, value).ptr; }
    void field(std::uint64_t value)
    {
        put(' ');
        putNumber(value);
    }
    void notTold() { put(" -"); }
    void fieldIf(bool isTold, std::uint64_t value)
    {
        if (isTold)
            field(value);
        else
            notTold();
    }
    std::string_view text() const { return {m_bytes, static_cast<std::size_t>(m_end - m_bytes)}; }

private:
    std::size_t left() const { return static_cast<std::size_t>(m_bytes + sizeof m_bytes - m_end); }

    char m_bytes[1500]; // 45 figures of at most 20 digits, two addresses, 16 owners
    char* m_end = m_bytes;
};

/// "10.0.0.5:443", "[fd00::1]:443"
void putEndpoint(Line& line, std::uint8_t family, const __be32* address, __be16 port)
{
    line.put(' ');
    if (family == AF_INET) {
        const std::uint32_t host = ntohl(address[0]);
        for (int shift = 24; shift >= 0; shift -= 8) {
            line.putNumber((host >> shift) & 255U);
            line.put(shift > 0 ? '.' : ':');
        }
    } else {
        char host[INET6_ADDRSTRLEN];
        line.put('[');
        line.put(inet_ntop(AF_INET6, address, host, sizeof host) ? host : "-");
        line.put("]:");
    }
    line.putNumber(ntohs(port));
}

/// What tcp_info tells. A listener has no connection to tell about: its queues stand in rqueue and wqueue.
class Connection {
public:
    Connection(const inet_diag_msg& socket, const SocketDetails& details)
        : m_info(socket.idiag_state != listening ? details.info : nullptr)
        , m_length(m_info ? details.infoLength : 0)
    {
    }
    const tcp_info* operator->() const { return m_info; }
    bool reaches(std::size_t end) const { return m_length >= end; }

private:
    const tcp_info* m_info;
    std::size_t m_length;
};

#define TOLD(field) connection.reaches(offsetof(tcp_info, field) + sizeof(tcp_info::field))
#define PUT(field) line.fieldIf(TOLD(field), TOLD(field) ? connection->field : 0)
#define PUT_IF(field, condition) line.fieldIf(TOLD(field) && (condition), TOLD(field) ? connection->field : 0)

/// rtt_us … bytes_received. A round trip of 0 was never measured, and its variance is then only the first guess
/// (net/ipv4/tcp.c, tcp_get_info).
void putConnection(Line& line, const Connection& connection)
{
    PUT_IF(tcpi_rtt, connection->tcpi_rtt > 0);
    PUT_IF(tcpi_rttvar, connection->tcpi_rtt > 0);
    PUT(tcpi_snd_cwnd);
    PUT(tcpi_unacked);
    PUT(tcpi_lost);
    PUT(tcpi_total_retrans);
    PUT(tcpi_bytes_acked); // since Linux 4.1
    PUT(tcpi_bytes_received); // since Linux 4.1
}

/// mss … bytes_retrans
void putConnectionDetails(Line& line, const Connection& connection)
{
    PUT(tcpi_snd_mss);
    PUT(tcpi_pmtu);
    PUT_IF(tcpi_snd_ssthresh, connection->tcpi_snd_ssthresh < noThreshold);
    PUT_IF(tcpi_min_rtt, connection->tcpi_min_rtt != noMinimum); // since Linux 4.6
    PUT_IF(tcpi_rcv_rtt, connection->tcpi_rcv_rtt > 0);
    PUT(tcpi_rcv_space);
    PUT_IF(tcpi_delivery_rate, connection->tcpi_delivery_rate > 0); // since Linux 4.9
    PUT_IF(tcpi_pacing_rate, connection->tcpi_pacing_rate != unlimited); // since Linux 3.15
    PUT(tcpi_busy_time); // since Linux 4.10, as the next two
    PUT(tcpi_rwnd_limited);
    PUT(tcpi_sndbuf_limited);
    PUT(tcpi_retrans);
    PUT(tcpi_segs_out); // since Linux 4.2
    PUT(tcpi_segs_in);
    PUT(tcpi_data_segs_out); // since Linux 4.6
    PUT(tcpi_notsent_bytes); // since Linux 4.6
    PUT(tcpi_bytes_retrans); // since Linux 4.19
}

#undef PUT_IF
#undef PUT
#undef TOLD

} // namespace

const char socketColumnsLine[] =
    "# proto state local remote rqueue wqueue timer expires_ms retransmits uid inode cookie rtt_us rttvar_us cwnd "
    "unacked lost total_retrans bytes_acked bytes_received owner rmem rcvbuf wmem sndbuf fwd_alloc wmem_queued optmem "
    "backlog drops mss pmtu ssthresh min_rtt_us rcv_rtt_us rcv_space delivery_rate pacing_rate busy_us rwnd_limited_us "
    "sndbuf_limited_us retrans segs_out segs_in data_segs_out notsent bytes_retrans congestion\n";

std::string_view socketStateName(unsigned state)
{
    return state < stateNames.size() ? stateNames[state] : "-";
}

void appendSocketLine(std::string& text, SocketProtocol protocol, const inet_diag_msg& socket,
    const SocketDetails& details, std::string_view owners, InodeOfOwned inodeOfOwned)
{
    Line line;
    line.put(protocol == SocketProtocol::Tcp ? "tcp " : "udp ");
    line.put(socketStateName(socket.idiag_state));
    putEndpoint(line, socket.idiag_family, socket.id.idiag_src, socket.id.idiag_sport);
    putEndpoint(line, socket.idiag_family, socket.id.idiag_dst, socket.id.idiag_dport);
    line.field(socket.idiag_rqueue);
    line.field(socket.idiag_wqueue);
    line.field(socket.idiag_timer);
    line.fieldIf(socket.idiag_timer != 0, socket.idiag_expires);
    line.field(socket.idiag_retrans);
    line.field(socket.idiag_uid);
    line.fieldIf(owners.empty() || inodeOfOwned == InodeOfOwned::Told, socket.idiag_inode);
    line.field(std::uint64_t{socket.id.idiag_cookie[1]} << 32U | socket.id.idiag_cookie[0]);
    const Connection connection(socket, details);
    putConnection(line, connection);
    line.put(' ');
    line.put(owners.empty() ? "-" : owners);
    for (std::size_t i = SK_MEMINFO_RMEM_ALLOC; i <= SK_MEMINFO_DROPS; ++i)
        line.fieldIf(i < details.memoryValues, i < details.memoryValues ? details.memory[i] : 0);
    putConnectionDetails(line, connection);
    line.put(' ');
    line.put(details.congestion.empty() ? "-" : details.congestion);
    line.put('\n');
    text += line.text();
}

} // namespace hindcast::recorder
