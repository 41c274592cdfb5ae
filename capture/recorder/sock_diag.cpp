#include "sock_diag.h"

#include "clocks.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::size_t messageBytes = 256 << 10; // the kernel fills at most 32 KiB at a time (af_netlink.c)
constexpr unsigned everyState = 0xFFF; // TCP_ESTABLISHED (1) to TCP_CLOSING (11): include/net/tcp_states.h

struct KindOfKernel {
    const char* name;
    std::uint8_t family, protocol;
};
/// In the order of SocketKind.
constexpr KindOfKernel kinds[] = {{"tcp", AF_INET, IPPROTO_TCP}, {"tcp6", AF_INET6, IPPROTO_TCP},
    {"udp", AF_INET, IPPROTO_UDP}, {"udp6", AF_INET6, IPPROTO_UDP}, {"unix", AF_UNIX, 0}};

const KindOfKernel& inKernel(SocketKind kind)
{
    return kinds[static_cast<std::size_t>(kind)];
}

std::uint8_t extension(int attribute)
{
    return static_cast<std::uint8_t>(1U << (static_cast<unsigned>(attribute) - 1U));
}

template <typename Body> int send(int descriptor, const Body& body)
{
    struct {
        nlmsghdr header{};
        Body body{};
    } request;
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body = body;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    const ssize_t sent =
        sendto(descriptor, &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    return sent < 0 ? errno : 0;
}

int requestDump(int descriptor, SocketKind kind, AskedDetails details)
{
    if (kind == SocketKind::Unix) {
        unix_diag_req body{};
        body.sdiag_family = AF_UNIX;
        body.udiag_states = ~0U;
        return send(descriptor, body);
    }
    inet_diag_req_v2 body{};
    body.sdiag_family = inKernel(kind).family;
    body.sdiag_protocol = inKernel(kind).protocol;
    body.idiag_states = everyState;
    if (details == AskedDetails::All) {
        body.idiag_ext = extension(INET_DIAG_SKMEMINFO);
        if (body.sdiag_protocol == IPPROTO_TCP)
            body.idiag_ext =
                static_cast<std::uint8_t>(body.idiag_ext | extension(INET_DIAG_INFO) | extension(INET_DIAG_CONG));
    }
    return send(descriptor, body);
}

/// The attributes behind a message; `info` is copied, because the kernel's may be shorter than ours.
SocketDetails readDetails(const inet_diag_msg& message, std::size_t length, tcp_info& info)
{
    SocketDetails details;
    const char* attributes = reinterpret_cast<const char*>(&message) + NLMSG_ALIGN(sizeof message);
    while (length >= sizeof(nlattr)) {
        nlattr attribute;
        std::memcpy(&attribute, attributes, sizeof attribute);
        if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > length)
            break;
        const char* const value = attributes + NLA_HDRLEN;
        const std::size_t size = attribute.nla_len - static_cast<std::size_t>(NLA_HDRLEN);
        switch (attribute.nla_type & NLA_TYPE_MASK) {
        case INET_DIAG_INFO:
            info = {};
            details.info = &info;
            details.infoLength = std::min(sizeof info, size);
            std::memcpy(&info, value, details.infoLength);
            break;
        case INET_DIAG_SKMEMINFO: // attributes are aligned to four bytes, and so are these values
            details.memory = reinterpret_cast<const std::uint32_t*>(value);
            details.memoryValues = size / sizeof *details.memory;
            break;
        case INET_DIAG_CONG:
            details.congestion = std::string_view(value, size);
            details.congestion = details.congestion.substr(0, details.congestion.find('\0'));
            break;
        default:
            break;
        }
        const std::size_t step = std::min<std::size_t>(length, NLA_ALIGN(attribute.nla_len));
        attributes += step;
        length -= step;
    }
    return details;
}

void handOn(SocketKind kind, const nlmsghdr& header, SocketReceiver& receiver)
{
    if (kind == SocketKind::Unix) {
        if (header.nlmsg_len >= NLMSG_LENGTH(sizeof(unix_diag_msg)))
            receiver.take(*static_cast<const unix_diag_msg*>(NLMSG_DATA(&header)));
        return;
    }
    if (header.nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg)))
        return;
    const auto& message = *static_cast<const inet_diag_msg*>(NLMSG_DATA(&header));
    tcp_info info;
    const SocketDetails details = readDetails(message, header.nlmsg_len - NLMSG_LENGTH(sizeof message), info);
    receiver.take(inKernel(kind).protocol == IPPROTO_TCP ? SocketProtocol::Tcp : SocketProtocol::Udp, message, details);
}

/// Messages up to NLMSG_DONE. ETIME when the deadline came first.
int receiveDump(
    int descriptor, SocketKind kind, std::int64_t deadline, std::vector<char>& messages, SocketReceiver& receiver)
{
    for (;;) {
        const ssize_t got = recv(descriptor, messages.data(), messages.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) {
            const std::int64_t left = deadline - monotonicNow();
            pollfd answer{descriptor, POLLIN, 0};
            if (left <= 0 || poll(&answer, 1, static_cast<int>(left / 1'000'000 + 1)) == 0)
                return ETIME;
            continue;
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : EPIPE;
        auto left = static_cast<unsigned>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(messages.data()); NLMSG_OK(header, left);
             header = NLMSG_NEXT(header, left)) {
            if (header->nlmsg_type == NLMSG_DONE)
                return 0;
            if (header->nlmsg_type == NLMSG_ERROR)
                return -static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
            handOn(kind, *header, receiver);
        }
        if (monotonicNow() > deadline)
            return ETIME;
    }
}

} // namespace

const char* socketKindName(SocketKind kind)
{
    return inKernel(kind).name;
}

/// A descriptor for each dump: an abandoned one is ended by closing it.
int listSockets(
    SocketKind kind, AskedDetails details, std::int64_t deadline, std::vector<char>& messages, SocketReceiver& receiver)
{
    messages.resize(messageBytes);
    const int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
    if (descriptor < 0)
        return errno;
    int failure = requestDump(descriptor, kind, details);
    if (failure == 0)
        failure = receiveDump(descriptor, kind, deadline, messages, receiver);
    close(descriptor);
    return failure;
}

} // namespace hindcast::recorder
