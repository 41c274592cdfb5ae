#include "sockets.h"

#include "framing/block.h"
#include "socket_line.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::uint64_t mostSockets = 200'000; // about 30 MB of text
constexpr std::int64_t patience =
    500'000'000; // nanoseconds for one listing; half a second of a tick is too much already
constexpr std::size_t messageBytes = 256 << 10; // the kernel fills at most 32 KiB at a time (af_netlink.c)
constexpr unsigned everyState = 0xFFF; // TCP_ESTABLISHED (1) to TCP_CLOSING (11): include/net/tcp_states.h
constexpr long procMagic = 0x9fa0; // linux/magic.h, PROC_SUPER_MAGIC
constexpr const char* files[] = {"/proc/net/tcp", "/proc/net/tcp6"};

struct Kind {
    SocketProtocol protocol;
    std::uint8_t family;
    const char* name;
};
constexpr Kind kinds[] = {
    {SocketProtocol::Tcp, AF_INET, "tcp"},
    {SocketProtocol::Tcp, AF_INET6, "tcp6"},
    {SocketProtocol::Udp, AF_INET, "udp"},
    {SocketProtocol::Udp, AF_INET6, "udp6"},
};

/// Whether the root's /proc is the kernel's own: then it is this kernel that sock_diag asks.
bool hasLiveProc(const Root& root)
{
    if (root.isRealRoot())
        return true;
    const int descriptor = root.openFile("/proc/", O_DIRECTORY);
    struct statfs status { };
    const bool isLive = descriptor >= 0 && fstatfs(descriptor, &status) == 0 && status.f_type == procMagic;
    if (descriptor >= 0)
        close(descriptor);
    return isLive;
}

/// One listing: its text, and what bounds it.
struct Listing {
    std::string& text;
    std::int64_t deadline;
    std::uint64_t sockets = 0;
    std::uint64_t leftOut = 0;
};

void appendSocket(Listing& listing, SocketProtocol protocol, const nlmsghdr& header)
{
    if (header.nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg)))
        return;
    if (listing.sockets == mostSockets) {
        ++listing.leftOut;
        return;
    }
    ++listing.sockets;
    const auto* const message = static_cast<const inet_diag_msg*>(NLMSG_DATA(&header));
    const char* attributes = reinterpret_cast<const char*>(message) + NLMSG_ALIGN(sizeof *message);
    std::size_t left = header.nlmsg_len - NLMSG_LENGTH(sizeof *message);
    tcp_info info{};
    std::size_t infoLength = 0;
    while (left >= sizeof(nlattr)) {
        nlattr attribute;
        std::memcpy(&attribute, attributes, sizeof attribute);
        if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > left)
            break;
        if ((attribute.nla_type & NLA_TYPE_MASK) == INET_DIAG_INFO) {
            infoLength = std::min(sizeof info, static_cast<std::size_t>(attribute.nla_len - NLA_HDRLEN));
            std::memcpy(&info, attributes + NLA_HDRLEN, infoLength);
        }
        const std::size_t step = std::min<std::size_t>(left, NLA_ALIGN(attribute.nla_len));
        attributes += step;
        left -= step;
    }
    appendSocketLine(listing.text, protocol, *message, infoLength > 0 ? &info : nullptr, infoLength);
}

int requestDump(int descriptor, const Kind& kind)
{
    struct {
        nlmsghdr header{};
        inet_diag_req_v2 body{};
    } request;
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body.sdiag_family = kind.family;
    request.body.sdiag_protocol = kind.protocol == SocketProtocol::Tcp ? IPPROTO_TCP : IPPROTO_UDP;
    request.body.idiag_states = everyState;
    if (kind.protocol == SocketProtocol::Tcp)
        request.body.idiag_ext = 1U << (INET_DIAG_INFO - 1U);
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    const ssize_t sent =
        sendto(descriptor, &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    return sent < 0 ? errno : 0;
}

/// Messages up to NLMSG_DONE. ETIME when the deadline came first.
int receiveDump(int descriptor, SocketProtocol protocol, std::vector<char>& messages, Listing& listing)
{
    for (;;) {
        const ssize_t got = recv(descriptor, messages.data(), messages.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) {
            const std::int64_t left = listing.deadline - monotonicNow();
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
            appendSocket(listing, protocol, *header);
        }
        if (monotonicNow() > listing.deadline)
            return ETIME;
    }
}

/// A descriptor for each dump: an abandoned one is ended by closing it.
int dumpKind(const Kind& kind, std::vector<char>& messages, Listing& listing)
{
    const int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
    if (descriptor < 0)
        return errno;
    int failure = requestDump(descriptor, kind);
    if (failure == 0)
        failure = receiveDump(descriptor, kind.protocol, messages, listing);
    close(descriptor);
    return failure;
}

void appendRemark(std::string& text, std::string_view what, std::uint64_t value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text += "# ";
    text += what;
    text += ' ';
    text.append(digits, end);
    text += '\n';
}

} // namespace

Sockets::Sockets(const Root& root, std::uint64_t everyTicks)
    : m_root(root)
    , m_everyTicks(everyTicks)
    , m_way(hasLiveProc(root) ? Way::SockDiag : Way::Files)
{
}

Sockets::~Sockets() = default;

void Sockets::sample(const TickContext& context, std::string& blocks)
{
    const std::uint64_t tick = context.tick;
    if (m_everyTicks == 0 || context.turn == Turn::Burst || (context.turn == Turn::Scheduled && tick < m_nextTick))
        return;
    m_nextTick = (tick / m_everyTicks + 1) * m_everyTicks;
    if (m_way == Way::SockDiag) {
        const std::int64_t begin = monotonicNow();
        const int failure = dump(m_text);
        if (failure == 0) {
            framing::appendBlock(blocks, "hindcast/sockets", begin, (monotonicNow() - begin) / 1000, 0, m_text);
            return;
        }
        deny("sock_diag", failure, tick);
        m_way = Way::Files;
    }
    sampleFiles(tick, context.buffer, blocks);
}

/// 0, or why TCP over IPv4 cannot be listed. What else cannot (IPv6 switched off, no udp_diag) is remarked in the text.
int Sockets::dump(std::string& text)
{
    m_messages.resize(messageBytes);
    text = socketColumnsLine;
    Listing listing{text, monotonicNow() + patience};
    std::string remarks; // behind the sockets, where they cannot be taken for names of fields
    bool isCut = false;
    for (const Kind& kind : kinds) {
        const int failure = isCut ? ETIME : dumpKind(kind, m_messages, listing);
        isCut = isCut || failure == ETIME;
        if (failure != 0 && failure != ETIME && &kind == &kinds[0])
            return failure;
        if (failure != 0 && failure != ETIME)
            appendRemark(
                remarks, std::string("not_listed ") + kind.name + " errno", static_cast<std::uint64_t>(failure));
    }
    if (isCut)
        remarks += "# left_out -\n"; // the deadline came: how many more there are is not known
    else if (listing.leftOut > 0)
        appendRemark(remarks, "left_out", listing.leftOut);
    text += remarks;
    return 0;
}

/// The raw texts. One that cannot be read is said and not asked again.
void Sockets::sampleFiles(std::uint64_t tick, ReadBuffer& buffer, std::string& blocks)
{
    for (const char* const path : files) {
        if (std::any_of(m_denials.begin(), m_denials.end(), [&](const Denial& denial) { return denial.path == path; }))
            continue;
        std::string_view text;
        const std::int64_t begin = monotonicNow();
        const int descriptor = m_root.openFile(path);
        const int failure = descriptor < 0 ? errno : buffer.readWhole(descriptor, text);
        if (descriptor >= 0)
            close(descriptor);
        if (failure != 0)
            deny(path, failure, tick);
        framing::appendBlock(
            blocks, path, begin, (monotonicNow() - begin) / 1000, failure, failure == 0 ? text : std::string_view());
    }
}

void Sockets::addDenials(std::vector<Denial>& denials) const
{
    denials.insert(denials.end(), m_denials.begin(), m_denials.end());
}

void Sockets::deny(const char* path, int errorNumber, std::uint64_t tick)
{
    m_denials.push_back({path, errorNumber, tick});
}

} // namespace hindcast::recorder
