#include "redact/pseudonyms.h"

#include "framing/checksums.h"
#include "redact/secret_names.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdio>
#include <utility>

namespace hindcast::redact {
namespace {

template <std::size_t Size>
std::string_view bytesOf(const std::array<std::uint8_t, Size>& bytes, std::size_t count = Size)
{
    return {reinterpret_cast<const char*>(bytes.data()), count};
}

bool startsWith(const Address6& address, std::initializer_list<int> prefix)
{
    return std::equal(prefix.begin(), prefix.end(), address.begin());
}

/// Bits of the prefix that names the kind of address and stays; 0 = a public one.
std::size_t keptBits(const Address4& address)
{
    if (address[0] == 10)
        return 8;
    if (address[0] == 172 && (address[1] & 0xF0U) == 16)
        return 12;
    if ((address[0] == 192 && address[1] == 168) || (address[0] == 169 && address[1] == 254))
        return 16;
    if (address[0] == 100 && (address[1] & 0xC0U) == 64)
        return 10;
    if (address[0] >= 240) // as pseudonyms are themselves: a capture may be redacted twice
        return 4;
    return 0;
}

bool stays(const Address4& address)
{
    return address[0] == 0 || address[0] == 127 || (address[0] >= 224 && address[0] < 240) || address[0] == 255;
}

Address4 embedded(const Address6& address)
{
    return {address[12], address[13], address[14], address[15]};
}

constexpr std::initializer_list<int> mappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}; // RFC 4291 §2.5.5.2
constexpr std::initializer_list<int> translatedPrefix{0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0}; // RFC 6052 §2.1
constexpr std::initializer_list<int> solicitedPrefix{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF}; // RFC 4291 §2.7.1
constexpr std::initializer_list<int> localPrefix{0xFE, 0x80, 0, 0, 0, 0, 0, 0};

} // namespace

Pseudonyms::Pseudonyms(const PseudonymKey& key)
    : m_key(key)
{
}

/// HMAC-SHA-256 (RFC 2104) of the kind and the message.
Pseudonyms::Hash Pseudonyms::hash(std::string_view kind, std::string_view message) const
{
    std::array<std::uint8_t, 64> inner{}, outer{};
    std::copy(m_key.begin(), m_key.end(), inner.begin());
    outer = inner;
    for (auto& byte : inner)
        byte ^= 0x36U;
    for (auto& byte : outer)
        byte ^= 0x5CU;
    framing::Sha256 first;
    first.add(bytesOf(inner));
    first.add(kind);
    first.add({"\0", 1});
    first.add(message);
    const framing::Digest middle = first.digest();
    framing::Sha256 second;
    second.add(bytesOf(outer));
    second.add(bytesOf(middle));
    return second.digest();
}

/// Turns bits over, each by what the bits before it say: what shared its first bits still does, and no two become one.
/// One hash has the answers for all the ways through the next eight bits.
/// source J. Xu, J. Fan, M. Ammar, S. Moon: Prefix-preserving IP address anonymization (2002)
void Pseudonyms::permute(std::uint8_t* bytes, std::size_t size, std::size_t keptBits, std::string_view kind) const
{
    std::string before(reinterpret_cast<const char*>(bytes), keptBits / 8);
    for (std::size_t i = keptBits / 8; i < size; ++i) {
        const Hash flips = hash(kind, before);
        const std::uint8_t original = bytes[i];
        unsigned node = 1, changed = 0;
        for (unsigned bit = 0; bit < 8; ++bit) {
            const unsigned value = (unsigned{original} >> (7 - bit)) & 1U;
            const bool isKept = i * 8 + bit < keptBits;
            const unsigned flip = isKept ? 0U : (unsigned{flips[node / 8]} >> (node % 8)) & 1U;
            changed = changed * 2 + (value ^ flip);
            node = node * 2 + value;
        }
        bytes[i] = static_cast<std::uint8_t>(changed);
        before += static_cast<char>(original);
    }
}

/// A number for a network, no two the same.
std::uint32_t Pseudonyms::network(std::string_view kind, std::string_view original, std::uint32_t mask)
{
    std::string key(kind);
    key += original;
    if (const auto known = m_networks.find(key); known != m_networks.end())
        return known->second;
    const Hash hashed = hash(kind, original);
    std::uint32_t number =
        (std::uint32_t{hashed[0]} << 24 | std::uint32_t{hashed[1]} << 16 | std::uint32_t{hashed[2]} << 8 | hashed[3])
        & mask;
    for (std::uint32_t attempts = 0; attempts <= mask; ++attempts, number = (number + 1) & mask)
        if (m_taken.insert(std::string(kind) + std::to_string(number)).second)
            break;
    m_networks.emplace(std::move(key), number);
    return number;
}

Address4 Pseudonyms::make(const Address4& address)
{
    Address4 made = address;
    if (const std::size_t kept = keptBits(address)) {
        permute(made.data(), made.size(), kept, "ipv4");
        return made;
    }
    const std::uint32_t net = network("ipv4 network", bytesOf(address, 3), 0xEFFFF); // not 255.x: the masks
    permute(made.data(), made.size(), 24, "ipv4");
    made[0] = static_cast<std::uint8_t>(240U | (net >> 16));
    made[1] = static_cast<std::uint8_t>(net >> 8);
    made[2] = static_cast<std::uint8_t>(net);
    return made;
}

Address4 Pseudonyms::of(const Address4& address)
{
    if (stays(address))
        return address;
    if (const auto known = m_addresses4.find(address); known != m_addresses4.end())
        return known->second;
    const Address4 made = make(address);
    m_addresses4.emplace(address, made);
    note(textOf(made), textOf(address));
    return made;
}

Address6 Pseudonyms::make(const Address6& address)
{
    Address6 made = address;
    if (startsWith(address, solicitedPrefix)) {
        permute(made.data(), made.size(), 104, "solicited");
    } else if (startsWith(address, localPrefix)) {
        permute(made.data(), made.size(), 64, "ipv6");
    } else if ((address[0] & 0xFEU) == 0xFC) {
        permute(made.data(), made.size(), 8, "ipv6");
    } else {
        const std::uint32_t net = network("ipv6 network", bytesOf(address, 8), 0xFFFFFFFF);
        permute(made.data(), made.size(), 64, "ipv6");
        made[0] = 0x20;
        made[1] = 0x01;
        made[2] = 0x0D;
        made[3] = 0xB8;
        for (unsigned i = 0; i < 4; ++i)
            made[4 + i] = static_cast<std::uint8_t>(net >> (24 - 8 * i));
    }
    return made;
}

Address6 Pseudonyms::of(const Address6& address)
{
    const bool isSolicited = startsWith(address, solicitedPrefix);
    const bool isNothing = std::all_of(address.begin(), address.end() - 1, [](std::uint8_t byte) { return byte == 0; })
        && address[15] <= 1;
    if (isNothing || (address[0] == 0xFF && !isSolicited))
        return address;
    if (startsWith(address, mappedPrefix) || startsWith(address, translatedPrefix)) {
        const Address4 inner = of(embedded(address));
        Address6 made = address;
        std::copy(inner.begin(), inner.end(), made.begin() + 12);
        return made;
    }
    if (const auto known = m_addresses6.find(address); known != m_addresses6.end())
        return known->second;
    const Address6 made = make(address);
    m_addresses6.emplace(address, made);
    note(textOf(made), textOf(address));
    return made;
}

HardwareAddress Pseudonyms::of(const HardwareAddress& address)
{
    HardwareAddress made = address;
    if (address[0] == 0x33 && address[1] == 0x33 && address[2] == 0xFF) { // RFC 2464 §7
        Address6 group{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, address[3], address[4], address[5]};
        group = of(group);
        std::copy(group.begin() + 13, group.end(), made.begin() + 3);
        return made;
    }
    const bool isNothing = std::all_of(address.begin(), address.end(), [](std::uint8_t byte) { return byte == 0; });
    if (isNothing || (address[0] & 1U) != 0)
        return address;
    if (const auto known = m_hardware.find(address); known != m_hardware.end())
        return known->second;
    permute(made.data() + 1, made.size() - 1, 0, "mac " + std::to_string(address[0]));
    made[0] = 0x02;
    m_hardware.emplace(address, made);
    note(textOf(made), textOf(address));
    return made;
}

std::string Pseudonyms::name(std::string_view prefix, std::string_view original)
{
    std::string key(prefix);
    for (const char c : original)
        key += toAsciiLower(c);
    if (const auto known = m_names.find(key); known != m_names.end())
        return known->second;
    const Hash hashed = hash("name", key);
    std::string pseudonym;
    for (std::size_t bytes = 3; bytes <= hashed.size(); ++bytes) { // three will do, unless another name has the same
        pseudonym = prefix;
        char digits[4];
        for (std::size_t i = 0; i < bytes; ++i) {
            std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(hashed[i]));
            pseudonym += digits;
        }
        if (m_taken.insert(pseudonym).second)
            break;
    }
    m_names.emplace(std::move(key), pseudonym);
    note(pseudonym, original);
    return pseudonym;
}

std::string Pseudonyms::host(std::string_view original)
{
    return name("host-", original);
}

std::string Pseudonyms::user(std::string_view original)
{
    return name("user-", original);
}

std::string Pseudonyms::known(std::string_view original) const
{
    for (const std::string_view prefix : {"host-", "user-"}) {
        std::string key(prefix);
        for (const char c : original)
            key += toAsciiLower(c);
        if (const auto found = m_names.find(key); found != m_names.end())
            return found->second;
    }
    return {};
}

void Pseudonyms::addOwnName(std::string_view original)
{
    constexpr std::size_t shortest = 3; // a name like "a" would be found in everything
    std::string lower;
    for (const char c : original)
        lower += toAsciiLower(c);
    if (lower.size() < shortest || lower == "localhost" || lower == "(none)" || lower.starts_with("localhost."))
        return;
    m_ownNames.insert(lower);
    const std::string first = lower.substr(0, lower.find('.'));
    if (first.size() >= shortest)
        m_ownNames.insert(first);
}

void Pseudonyms::note(std::string_view pseudonym, std::string_view original)
{
    ++m_count;
    m_new += pseudonym;
    m_new += '\t';
    for (const char c : original)
        m_new += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    m_new += '\n';
}

std::string Pseudonyms::takeNew()
{
    return std::exchange(m_new, {});
}

std::string textOf(const Address4& address)
{
    char text[INET_ADDRSTRLEN];
    return inet_ntop(AF_INET, address.data(), text, sizeof text) != nullptr ? text : "";
}

std::string textOf(const Address6& address)
{
    char text[INET6_ADDRSTRLEN];
    return inet_ntop(AF_INET6, address.data(), text, sizeof text) != nullptr ? text : "";
}

std::string textOf(const HardwareAddress& address)
{
    char text[24];
    std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", unsigned{address[0]}, unsigned{address[1]},
        unsigned{address[2]}, unsigned{address[3]}, unsigned{address[4]}, unsigned{address[5]});
    return text;
}

} // namespace hindcast::redact
