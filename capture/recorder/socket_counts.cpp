#include "socket_counts.h"

#include "socket_line.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <vector>

namespace hindcast::recorder {
namespace {

constexpr std::size_t mostPeers = 16'384; // a flood from made-up addresses must not take all memory
constexpr std::size_t namedPeers = 50;
constexpr unsigned char v4Prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}; // RFC 4291 section 2.5.5.2

void appendNumber(std::string& text, std::uint64_t value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text.append(digits, end);
}

template <typename Counts> void appendCounts(std::string& text, std::string_view before, const Counts& counts)
{
    for (std::size_t state = 0; state < counts.size(); ++state) {
        if (counts[state] == 0)
            continue;
        text += before;
        text += ' ';
        text += socketStateName(static_cast<unsigned>(state));
        text += ' ';
        appendNumber(text, counts[state]);
        text += '\n';
    }
}

template <typename Counts> std::uint64_t sum(const Counts& counts)
{
    std::uint64_t all = 0;
    for (const std::uint32_t count : counts)
        all += count;
    return all;
}

std::string addressText(std::uint64_t high, std::uint64_t low)
{
    unsigned char address[16];
    std::memcpy(address, &high, sizeof high);
    std::memcpy(address + sizeof high, &low, sizeof low);
    char text[INET6_ADDRSTRLEN] = "-";
    if (std::memcmp(address, v4Prefix, sizeof v4Prefix) == 0)
        inet_ntop(AF_INET, address + sizeof v4Prefix, text, sizeof text);
    else
        inet_ntop(AF_INET6, address, text, sizeof text);
    return text;
}

/// The kernel has two numbers for a SYN received (TCP_SYN_RECV, TCP_NEW_SYN_RECV); they have one name.
std::size_t stateOf(unsigned number)
{
    constexpr unsigned received = 3, newReceived = 12;
    return number == newReceived ? received : number <= newReceived ? number : 0;
}

} // namespace

void SocketCounts::add(SocketProtocol protocol, const inet_diag_msg& socket)
{
    const std::size_t state = stateOf(socket.idiag_state);
    ++m_inet[static_cast<std::size_t>(protocol)][state];
    ++m_total;
    if (protocol == SocketProtocol::Tcp && socket.id.idiag_dport != 0)
        addPeer(socket, state);
}

void SocketCounts::addPeer(const inet_diag_msg& socket, std::size_t state)
{
    unsigned char address[16] = {};
    if (socket.idiag_family == AF_INET) {
        std::memcpy(address, v4Prefix, sizeof v4Prefix);
        std::memcpy(address + sizeof v4Prefix, socket.id.idiag_dst, 4);
    } else {
        std::memcpy(address, socket.id.idiag_dst, sizeof address);
    }
    Peer peer;
    std::memcpy(&peer.high, address, sizeof peer.high);
    std::memcpy(&peer.low, address + 8, sizeof peer.low);
    auto place = m_peers.find(peer);
    if (place == m_peers.end()) {
        if (m_peers.size() == mostPeers) {
            ++m_otherPeers;
            return;
        }
        place = m_peers.emplace(peer, Counts{}).first;
    }
    ++place->second[state];
}

void SocketCounts::add(const unix_diag_msg& socket)
{
    const std::size_t type = socket.udiag_type == SOCK_STREAM ? 1
        : socket.udiag_type == SOCK_DGRAM                     ? 2
        : socket.udiag_type == SOCK_SEQPACKET                 ? 3
                                                              : 0;
    ++m_unix[type][stateOf(socket.udiag_state)];
}

void SocketCounts::appendStates(std::string& text) const
{
    text += "# proto state count\n";
    appendCounts(text, "tcp", m_inet[static_cast<std::size_t>(SocketProtocol::Tcp)]);
    appendCounts(text, "udp", m_inet[static_cast<std::size_t>(SocketProtocol::Udp)]);
    constexpr const char* names[unixTypes] = {"unix", "unix_stream", "unix_dgram", "unix_seqpacket"};
    for (std::size_t type = 0; type < unixTypes; ++type)
        appendCounts(text, names[type], m_unix[type]);
}

void SocketCounts::appendPeers(std::string& text) const
{
    std::vector<std::pair<std::uint64_t, const std::pair<const Peer, Counts>*>> order;
    order.reserve(m_peers.size());
    std::uint64_t others = m_otherPeers;
    for (const auto& peer : m_peers) {
        order.emplace_back(sum(peer.second), &peer);
        others += order.back().first;
    }
    const std::size_t named = std::min(namedPeers, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(named), order.end(),
        [](const auto& a, const auto& b) { return a.first > b.first; });
    text += "# proto peer state count\n";
    for (std::size_t i = 0; i < named; ++i) {
        appendCounts(text, "tcp " + addressText(order[i].second->first.high, order[i].second->first.low),
            order[i].second->second);
        others -= order[i].first;
    }
    if (others > 0)
        appendSocketRemark(text, "other_peers", others);
}

void appendSocketRemark(std::string& text, std::string_view what, std::uint64_t value)
{
    text += "# ";
    text += what;
    text += ' ';
    appendNumber(text, value);
    text += '\n';
}

} // namespace hindcast::recorder
