// Fragments: IP datagrams sent in pieces, put together again as far as their headers reach (RFC 791, RFC 8200 section
// 4.5).
#pragma once

#include "model/flow.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::tcp {

struct FragmentKey {
    IpAddress from, to;
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0;
    friend auto operator<=>(const FragmentKey&, const FragmentKey&) = default;
};

/// A whole datagram: its first bytes and how many there are.
struct Datagram {
    std::string beginning;
    std::uint32_t size = 0;
};

class Fragments {
public:
    /// `bytes` lie at `offset` of the datagram's payload. The datagram, when this piece completed it.
    std::optional<Datagram> add(const FragmentKey& key, std::uint32_t offset, bool isLast, std::string_view bytes);

private:
    struct Piece {
        std::uint32_t begin = 0, end = 0;
    };
    struct Pending {
        std::string beginning; ///< what of the first bytes has come
        std::optional<std::uint32_t> size;
        std::vector<Piece> pieces; ///< disjoint, in order
    };
    Pending& pendingOf(const FragmentKey& key);
    static void cover(Pending& pending, Piece piece);

    std::map<FragmentKey, Pending> m_pending;
    std::deque<FragmentKey> m_order; ///< oldest first; may name some that are done
};

} // namespace hindcast::tcp
