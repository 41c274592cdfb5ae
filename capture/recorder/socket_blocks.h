// The blocks about sockets as text: every socket in a line of hindcast/sockets, how many there are in
// hindcast/socket_counts.
#pragma once

#include "socket_line.h"
#include "socket_owners.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

struct SocketWish {
    bool isListing = true; ///< else the counts only, which cost a fraction
    InodeOfOwned inodeOfOwned = InodeOfOwned::Told;
    std::int64_t patienceNanoseconds = 0;
};

/// Appends the blocks. 0, or why TCP over IPv4 cannot be listed, and then nothing is appended. What else cannot (IPv6
/// switched off, no udp_diag) is remarked in the text.
/// messages  what the kernel writes into
/// total     TCP and UDP sockets met
int appendSocketBlocks(const SocketWish& wish, SocketOwners& owners, std::vector<char>& messages, std::string& blocks,
    std::uint64_t& total);

} // namespace hindcast::recorder
