// SocketCounts: how many sockets there are of each protocol and state, and with which peers, for the block
// hindcast/socket_counts. It costs a fraction of a listing, so it goes on where listings are too dear.
#pragma once

#include "sock_diag.h"

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace hindcast::recorder {

class SocketCounts {
public:
    void add(SocketProtocol protocol, const inet_diag_msg& socket);
    void add(const unix_diag_msg& socket);
    std::uint64_t total() const { return m_total; } ///< TCP and UDP
    /// "# proto state count" and a line for each that is not 0.
    void appendStates(std::string& text) const;
    /// "# proto peer state count": TCP connections with the peers that have most of them.
    void appendPeers(std::string& text) const;

private:
    static constexpr std::size_t states = 13; // include/net/tcp_states.h, 0 = none of them
    static constexpr std::size_t unixTypes = 4;
    using Counts = std::array<std::uint32_t, states>;

    struct Peer {
        std::uint64_t high = 0, low = 0; ///< its address; one of IPv4 as ::ffff:a.b.c.d
        bool operator==(const Peer&) const = default;
    };
    struct PeerHash {
        std::size_t operator()(const Peer& peer) const
        {
            return static_cast<std::size_t>((peer.high ^ peer.low * 0x9E3779B97F4A7C15ULL) >> 7U) ^ peer.low;
        }
    };
    void addPeer(const inet_diag_msg& socket, std::size_t state);

    std::array<Counts, 2> m_inet{}; ///< by SocketProtocol
    std::array<Counts, unixTypes> m_unix{};
    std::uint64_t m_total = 0;
    std::unordered_map<Peer, Counts, PeerHash> m_peers;
    std::uint64_t m_otherPeers = 0; ///< connections of peers beyond those that are remembered
};

/// "# what value"
void appendSocketRemark(std::string& text, std::string_view what, std::uint64_t value);

} // namespace hindcast::recorder
