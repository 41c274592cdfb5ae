#include "model/flow.h"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>

namespace hindcast {
namespace {

struct StateName {
    TcpState state;
    std::string_view name; ///< RFC 9293
    std::array<std::string_view, 3> others; ///< of ss (iproute2), netstat (net-tools), the kernel's tracing
};

constexpr std::array stateNames{
    StateName{TcpState::Closed, "CLOSED", {"UNCONN", "CLOSE", "TCP_CLOSE"}},
    StateName{TcpState::Listen, "LISTEN", {"LISTENING", "TCP_LISTEN", ""}},
    StateName{TcpState::SynSent, "SYN-SENT", {"SYN_SENT", "TCP_SYN_SENT", ""}},
    StateName{TcpState::SynReceived, "SYN-RECEIVED", {"SYN-RECV", "SYN_RECV", "TCP_SYN_RECV"}},
    StateName{TcpState::Established, "ESTABLISHED", {"ESTAB", "TCP_ESTABLISHED", ""}},
    StateName{TcpState::FinWait1, "FIN-WAIT-1", {"FIN_WAIT1", "FIN_WAIT_1", "TCP_FIN_WAIT1"}},
    StateName{TcpState::FinWait2, "FIN-WAIT-2", {"FIN_WAIT2", "FIN_WAIT_2", "TCP_FIN_WAIT2"}},
    StateName{TcpState::CloseWait, "CLOSE-WAIT", {"CLOSE_WAIT", "TCP_CLOSE_WAIT", ""}},
    StateName{TcpState::Closing, "CLOSING", {"TCP_CLOSING", "", ""}},
    StateName{TcpState::LastAck, "LAST-ACK", {"LAST_ACK", "TCP_LAST_ACK", ""}},
    StateName{TcpState::TimeWait, "TIME-WAIT", {"TIME_WAIT", "TCP_TIME_WAIT", ""}},
};

} // namespace

std::string IpAddress::text() const
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(isV6 ? AF_INET6 : AF_INET, bytes.data(), text.data(), text.size());
    return text.data();
}

std::string Endpoint::text() const
{
    const std::string host = address.text();
    return (address.isV6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string_view tcpStateName(TcpState state)
{
    return stateNames[static_cast<std::size_t>(state)].name;
}

std::optional<TcpState> tcpStateFromName(std::string_view name)
{
    if (name.empty())
        return std::nullopt;
    for (const StateName& known : stateNames) {
        if (known.name == name)
            return known.state;
        for (const std::string_view other : known.others)
            if (other == name)
                return known.state;
    }
    return std::nullopt;
}

std::string_view retransmissionCauseName(RetransmissionCause cause)
{
    constexpr std::array<std::string_view, 7> names{
        "", "SYN", "SYN-ACK", "RTO", "fast retransmit", "tail loss probe", "other"};
    return names[static_cast<std::size_t>(cause)];
}

std::string_view handshakeName(Handshake handshake)
{
    constexpr std::array<std::string_view, 7> names{
        "not seen", "complete", "refused", "unanswered", "unfinished", "reset", "unreachable"};
    return names[static_cast<std::size_t>(handshake)];
}

std::string_view closeKindName(CloseKind kind)
{
    constexpr std::array<std::string_view, 5> names{"open", "FIN", "half-closed", "reset", "never opened"};
    return names[static_cast<std::size_t>(kind)];
}

std::string flowName(const Flow& flow)
{
    return flow.client.endpoint.text() + " \u2192 " + flow.server.endpoint.text();
}

} // namespace hindcast
