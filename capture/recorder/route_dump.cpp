#include "route_dump.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::size_t messageBytes = 64 << 10; // the kernel fills at most 32 KiB at a time (af_netlink.c)

} // namespace

RouteDump::RouteDump(std::uint16_t type, std::size_t bodyBytes)
    : m_descriptor(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE))
    , m_bytes(messageBytes)
{
    if (m_descriptor < 0) {
        m_failure = errno;
        return;
    }
    char request[128] = {};
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(bodyBytes));
    header.nlmsg_type = type;
    header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    std::memcpy(request, &header, sizeof header);
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (sendto(m_descriptor, request, header.nlmsg_len, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel)
        < 0)
        m_failure = errno;
}

RouteDump::~RouteDump()
{
    if (m_descriptor >= 0)
        close(m_descriptor);
}

const nlmsghdr* RouteDump::next()
{
    while (m_failure == 0 && !m_isDone) {
        if (!m_header || !NLMSG_OK(m_header, m_left)) {
            if (!receive())
                return nullptr;
            continue;
        }
        const nlmsghdr* const current = m_header;
        m_header = NLMSG_NEXT(m_header, m_left);
        m_isInconsistent = m_isInconsistent || (current->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        if (current->nlmsg_type == NLMSG_DONE) {
            m_isDone = true;
        } else if (current->nlmsg_type == NLMSG_ERROR) {
            int code = -EPROTO;
            if (current->nlmsg_len >= NLMSG_LENGTH(sizeof code))
                std::memcpy(&code, NLMSG_DATA(current), sizeof code);
            m_failure = -code;
            m_isDone = true;
        } else {
            return current;
        }
    }
    return nullptr;
}

bool RouteDump::receive()
{
    ssize_t got;
    do
        got = recv(m_descriptor, m_bytes.data(), m_bytes.size(), 0);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        m_failure = got < 0 ? errno : EPIPE;
        return false;
    }
    m_header = reinterpret_cast<const nlmsghdr*>(m_bytes.data());
    m_left = static_cast<unsigned>(got);
    return true;
}

RouteAttributes::RouteAttributes(const nlmsghdr* header, std::size_t bodyBytes)
{
    const std::size_t begin = NLMSG_SPACE(bodyBytes);
    if (header->nlmsg_len > begin)
        m_attributes = {reinterpret_cast<const char*>(header) + begin, header->nlmsg_len - begin};
}

RouteAttributes::RouteAttributes(std::string_view nested)
    : m_attributes(nested)
{
}

std::string_view RouteAttributes::bytes(unsigned type) const
{
    std::string_view rest = m_attributes;
    while (rest.size() >= sizeof(nlattr)) {
        nlattr attribute;
        std::memcpy(&attribute, rest.data(), sizeof attribute);
        if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > rest.size())
            break;
        if ((attribute.nla_type & NLA_TYPE_MASK) == type)
            return rest.substr(NLA_HDRLEN, attribute.nla_len - static_cast<std::size_t>(NLA_HDRLEN));
        rest.remove_prefix(std::min<std::size_t>(rest.size(), NLA_ALIGN(attribute.nla_len)));
    }
    return {};
}

std::string_view RouteAttributes::text(unsigned type) const
{
    const std::string_view all = bytes(type);
    return all.substr(0, all.find('\0'));
}

std::uint32_t RouteAttributes::number(unsigned type, std::uint32_t otherwise) const
{
    const std::string_view all = bytes(type);
    std::uint32_t value = otherwise;
    if (all.size() == 1)
        value = static_cast<unsigned char>(all[0]);
    else if (all.size() >= sizeof value)
        std::memcpy(&value, all.data(), sizeof value);
    return value;
}

} // namespace hindcast::recorder
