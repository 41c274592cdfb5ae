// NetstatSentences: the lines of netstat -s ("428 segments retransmitted", "TCPLossProbes: 12") as the kernel's
// counters. net-tools prints sentences for some counters, and the kernel's own name for all others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::parse {

/// Where in the text a line stands.
struct NetstatPlace {
    std::string_view protocol; ///< of the title above: "Ip", "TcpExt", "Udp6"
    bool isOutputHistogram = false; ///< "ICMP output histogram:"
};

/// The first number of a line, also where other letters touch it; nothing when it has none.
std::optional<std::uint64_t> numberIn(std::string_view line);

/// The kernel's name for what a line counts: "RetransSegs"; "" for a sentence that is not known (in another language).
std::string netstatCounterName(const NetstatPlace& place, std::string_view line);

} // namespace hindcast::parse
