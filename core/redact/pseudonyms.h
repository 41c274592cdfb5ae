// Pseudonyms: the same other name for the same host, user or address throughout a capture, made with a key that only
// lives as long as the recording; and the list of what stands for what, for those who may know.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace hindcast::redact {

using PseudonymKey = std::array<std::uint8_t, 32>;
using Address4 = std::array<std::uint8_t, 4>; ///< in network order, as are all
using Address6 = std::array<std::uint8_t, 16>;
using HardwareAddress = std::array<std::uint8_t, 6>;

/// Addresses keep their kind and their neighbours:
/// IPv4   0/8, 127/8, 224/4 and 255/8 (masks, broadcast) stay. 10/8, 172.16/12, 192.168/16, 169.254/16 and 100.64/10
/// keep
///        that prefix; of the rest, two addresses share as many leading bits as they did. Every other /24 becomes one
///        of 240.0.0.0/4, in which no real host lives, and two addresses of one /24 stay in one /24.
/// IPv6   ::, ::1 and multicast stay, except the part of a solicited-node address that is a host's. fe80::/64 and
/// fc00::/7
///        keep that prefix and their neighbours. IPv4 within (::ffff:0:0/96, 64:ff9b::/96) as above. Every other /64
///        becomes one of 2001:db8::/32.
/// MAC    00…, ff… and group addresses stay, except the host's part of 33:33:ff…; the others become 02:….
class Pseudonyms {
public:
    explicit Pseudonyms(const PseudonymKey& key);

    Address4 of(const Address4& address);
    Address6 of(const Address6& address);
    HardwareAddress of(const HardwareAddress& address);
    /// "host-1a2b3c", whatever case the name is in.
    std::string host(std::string_view name);
    /// "user-1a2b3c"
    std::string user(std::string_view name);

    /// The name of the recorded machine, to be found wherever it stands as a word; of a full name also its first part.
    void addOwnName(std::string_view name);
    const std::set<std::string>& ownNames() const { return m_ownNames; } ///< in lower case

    /// What has a pseudonym already; of a name the pseudonym, or empty.
    bool knows(const Address4& address) const { return m_addresses4.count(address) > 0; }
    bool knows(const HardwareAddress& address) const { return m_hardware.count(address) > 0; }
    std::string known(std::string_view name) const;

    /// "pseudonym TAB original", one per line: those given since the last call.
    std::string takeNew();
    std::uint64_t count() const { return m_count; }

private:
    using Hash = std::array<std::uint8_t, 32>;

    Hash hash(std::string_view kind, std::string_view message) const;
    void permute(std::uint8_t* bytes, std::size_t size, std::size_t keptBits, std::string_view kind) const;
    std::uint32_t network(std::string_view kind, std::string_view original, std::uint32_t mask);
    Address4 make(const Address4& address);
    Address6 make(const Address6& address);
    std::string name(std::string_view prefix, std::string_view original);
    void note(std::string_view pseudonym, std::string_view original);

    PseudonymKey m_key;
    std::map<Address4, Address4> m_addresses4;
    std::map<Address6, Address6> m_addresses6;
    std::map<HardwareAddress, HardwareAddress> m_hardware;
    std::map<std::string, std::string, std::less<>> m_names; ///< "host x" -> pseudonym
    std::map<std::string, std::uint32_t, std::less<>> m_networks; ///< kind and original prefix -> number
    std::set<std::string> m_taken; ///< kind and number, or name
    std::set<std::string> m_ownNames;
    std::string m_new;
    std::uint64_t m_count = 0;
};

std::string textOf(const Address4& address);
std::string textOf(const Address6& address);
std::string textOf(const HardwareAddress& address);

} // namespace hindcast::redact
