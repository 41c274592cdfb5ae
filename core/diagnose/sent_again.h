// sent_again: what packets and listed sockets tell about segments that TCP sent again, beside the counters of the host:
// whose they were, and which of them went to where nobody answers.
#pragma once

#include "model/snapshot.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace hindcast::diagnose {

/// What the packets of a capture say.
struct OnTheWire {
    std::uint64_t segments = 0, retransmitted = 0;
    /// Opened in the capture and answered; of them those with a SYN or RTO retransmission.
    std::size_t connections = 0, troubled = 0;
    std::uint64_t unanswered = 0; ///< SYNs sent again to where no answer came from
    std::uint64_t again = 0; ///< retransmissions but for SYN and SYN-ACK
    std::array<std::uint64_t, 7> byCause{};
    std::optional<std::uint32_t> worst; ///< flow with the most, of the peers with the most
    std::string peers; ///< these: "10.0.0.5 → 10.0.0.9:5432", however many connections they had
    std::uint64_t ofPeers = 0;
    std::uint64_t fromClients = 0, fromServers = 0;
    TimeRange range; ///< of the retransmissions
};
OnTheWire onTheWire(const PacketCapture& packets);

/// Timeouts of SYNs that no one answered, as far as the listed sockets tell: one that waits for its third answer or a
/// later one is not a victim of chance (at 3 % loss each way one connection in 5000).
double unansweredInListings(const Snapshot& snapshot);

} // namespace hindcast::diagnose
