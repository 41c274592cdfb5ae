// RecentSegments: the last segments of one direction, to recognise the same packet when it comes a second time: doubled
// on its way, or captured twice as on "any" with bridges.
#pragma once

#include "tcp/segment.h"

#include <vector>

namespace hindcast::tcp {

class RecentSegments {
public:
    /// Whether this is a copy of one seen before; remembers it otherwise. `peerSegments` counts what the other end has
    /// sent so far: a pure ACK is repeated for a reason when something came in between.
    /// `isIdentified`: every packet of this direction has an IP identification of its own, which proves a copy.
    bool isCopy(const Segment& segment, std::uint32_t peerSegments, bool isIdentified, Nanoseconds window);

private:
    struct Seen {
        Time time{};
        std::uint32_t fingerprint = 0;
        std::uint32_t peerSegments = 0;
    };
    static constexpr std::size_t most = 12;
    std::vector<Seen> m_seen; ///< grows to `most`: of a flood of SYNs each direction holds one, or none
    std::size_t m_next = 0;
};

} // namespace hindcast::tcp
