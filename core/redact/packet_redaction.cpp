#include "redact/packet_redaction.h"

#include <algorithm>
#include <cstring>

namespace hindcast::redact {
namespace {

using Byte = std::uint8_t;

constexpr std::size_t fileHeaderSize = 24, recordHeaderSize = 16; // pcap-savefile(5)

// https://www.tcpdump.org/linktypes.html
enum LinkType : std::uint32_t {
    Null = 0,
    Ethernet = 1,
    RawBsd = 12,
    Raw = 101,
    Loop = 108,
    Cooked = 113,
    Cooked2 = 276
};

unsigned big16(const Byte* bytes)
{
    return unsigned{bytes[0]} << 8 | bytes[1];
}

std::uint32_t number32(const char* bytes, bool isSwapped)
{
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return isSwapped ? __builtin_bswap32(value) : value;
}

/// One packet: `bytes` up to `size`; what is kept of it ends at `kept`.
class PacketWork {
public:
    PacketWork(Byte* bytes, std::size_t size, Pseudonyms* pseudonyms)
        : m_bytes(bytes)
        , m_size(size)
        , m_pseudonyms(pseudonyms)
    {
    }

    void run(std::uint32_t linkType)
    {
        switch (linkType) {
        case Ethernet:
            return ethernet();
        case Raw:
        case RawBsd:
            return internet(0, m_size > 0 ? m_bytes[0] >> 4 : 0U);
        case Null:
        case Loop:
            return internet(4, m_size > 4 ? m_bytes[4] >> 4 : 0U);
        case Cooked:
            hardware(6, m_size > 5 && big16(m_bytes + 4) == 6);
            return network(14, 16);
        case Cooked2:
            hardware(12, m_size > 11 && m_bytes[11] == 6);
            return network(0, 20);
        default:
            endAt(0);
        }
    }
    std::size_t kept() const { return m_kept; }

private:
    void endAt(std::size_t place) { m_kept = std::min(place, m_size); }
    bool has(std::size_t place, std::size_t count) const { return place <= m_size && count <= m_size - place; }

    void hardware(std::size_t place, bool isAddress = true)
    {
        if (m_pseudonyms == nullptr || !isAddress)
            return;
        if (!has(place, 6)) { // cut within it
            std::fill(m_bytes + std::min(place, m_size), m_bytes + m_size, Byte{0});
            return;
        }
        HardwareAddress address;
        std::copy_n(m_bytes + place, 6, address.begin());
        address = m_pseudonyms->of(address);
        std::copy_n(address.begin(), 6, m_bytes + place);
    }

    template <typename Address> void address(std::size_t place)
    {
        Address address{};
        if (m_pseudonyms == nullptr)
            return;
        if (!has(place, address.size())) {
            std::fill(m_bytes + std::min(place, m_size), m_bytes + m_size, Byte{0});
            return;
        }
        std::copy_n(m_bytes + place, address.size(), address.begin());
        address = m_pseudonyms->of(address);
        std::copy_n(address.begin(), address.size(), m_bytes + place);
    }

    void ethernet()
    {
        hardware(0);
        hardware(6);
        network(12, 14);
    }

    /// The type of what follows stands at `type`; that begins at `begin`, unless tags of VLANs come between.
    void network(std::size_t type, std::size_t begin)
    {
        for (int tags = 0; tags < 3 && has(type, 2); ++tags) {
            const unsigned protocol = big16(m_bytes + type);
            if (protocol == 0x8100 || protocol == 0x88A8) {
                type = begin + 2;
                begin += 4;
                continue;
            }
            if (protocol == 0x0800)
                return internet(begin, 4);
            if (protocol == 0x86DD)
                return internet(begin, 6);
            if (protocol == 0x0806)
                return arp(begin);
            break;
        }
        endAt(begin);
    }

    /// RFC 826, for Ethernet and IPv4
    void arp(std::size_t begin)
    {
        endAt(begin + 28);
        if (!has(begin, 8) || big16(m_bytes + begin + 2) != 0x0800 || m_bytes[begin + 4] != 6
            || m_bytes[begin + 5] != 4)
            return endAt(begin + 8);
        hardware(begin + 8);
        address<Address4>(begin + 14);
        hardware(begin + 18);
        address<Address4>(begin + 24);
    }

    void internet(std::size_t begin, unsigned version)
    {
        if (version == 4)
            internet4(begin);
        else if (version == 6)
            internet6(begin);
        else
            endAt(begin);
    }

    /// RFC 791 §3.1
    void internet4(std::size_t begin)
    {
        if (!has(begin, 1))
            return endAt(begin);
        const std::size_t length = std::size_t{m_bytes[begin] & 15U} * 4;
        address<Address4>(begin + 12);
        address<Address4>(begin + 16);
        if (length < 20 || !has(begin, length))
            return endAt(begin + 20);
        if (m_pseudonyms != nullptr && length > 20) // a recorded route
            std::fill(m_bytes + begin + 20, m_bytes + begin + length, Byte{0});
        setHeaderChecksum(begin, length);
        const bool isFirst = (big16(m_bytes + begin + 6) & 0x1FFFU) == 0;
        if (isFirst)
            transport(m_bytes[begin + 9], begin + length);
        else
            endAt(begin + length);
    }

    void setHeaderChecksum(std::size_t begin, std::size_t length)
    {
        if (m_pseudonyms == nullptr)
            return; // nothing of the header has changed
        m_bytes[begin + 10] = m_bytes[begin + 11] = 0;
        unsigned sum = 0;
        for (std::size_t i = 0; i + 1 < length; i += 2)
            sum += big16(m_bytes + begin + i);
        while (sum >> 16)
            sum = (sum & 0xFFFFU) + (sum >> 16);
        m_bytes[begin + 10] = static_cast<Byte>(~sum >> 8);
        m_bytes[begin + 11] = static_cast<Byte>(~sum);
    }

    /// RFC 8200 §3, §4: extension headers are passed over; those of routing hold addresses, and so nothing behind them
    /// is kept when addresses must go.
    void internet6(std::size_t begin)
    {
        address<Address6>(begin + 8);
        address<Address6>(begin + 24);
        if (!has(begin, 40))
            return endAt(begin + 40);
        unsigned next = m_bytes[begin + 6];
        std::size_t place = begin + 40;
        for (int headers = 0; headers < 8 && has(place, 8); ++headers) {
            const bool isOptions = next == 0 || next == 60;
            const bool isFragment = next == 44;
            if (!isOptions && !isFragment && next != 43)
                return transport(next, place);
            if (m_pseudonyms != nullptr && next != 44)
                return endAt(place);
            if (isFragment && (big16(m_bytes + place + 2) & 0xFFF8U) != 0)
                return endAt(place + 8);
            next = m_bytes[place];
            place += isFragment ? 8 : (std::size_t{m_bytes[place + 1]} + 1) * 8;
        }
        endAt(place);
    }

    void transport(unsigned protocol, std::size_t begin)
    {
        constexpr unsigned tcp = 6, udp = 17, icmp = 1, icmp6 = 58, ip4InIp = 4, ip6InIp = 41, gre = 47;
        if (m_pseudonyms == nullptr && (protocol == ip4InIp || protocol == ip6InIp))
            return inner([&] { internet(begin, protocol == ip4InIp ? 4 : 6); }, begin);
        if (protocol == tcp) { // RFC 9293 §3.1
            const std::size_t length = has(begin, 13) ? std::size_t{m_bytes[begin + 12]} / 16 * 4 : 20;
            clear(begin + 16, 2);
            endAt(begin + std::max<std::size_t>(length, 20));
        } else if (protocol == udp) {
            clear(begin + 6, 2);
            endAt(begin + 8);
            tunnelOverUdp(begin);
        } else if (protocol == icmp || protocol == icmp6) {
            clear(begin + 2, 2);
            endAt(begin + 8); // type and code say what happened
            if (isError(begin, protocol == icmp6)) // to whom, the headers within
                inner([&] { internet(begin + 8, protocol == icmp6 ? 6 : 4); }, begin + 8);
        } else if (protocol == gre) {
            endAt(begin);
            encapsulation(begin);
        } else {
            endAt(begin);
        }
    }

    /// Headers within headers, where addresses need no pseudonyms: connections in tunnels are conversations, too.
    template <typename Inner> void inner(Inner walk, std::size_t begin)
    {
        constexpr int deepest = 4;
        if (m_depth >= deepest || !has(begin, 1))
            return endAt(begin);
        ++m_depth;
        walk();
    }

    /// RFC 792 and RFC 4443 §2.1: these quote the packet that they are about.
    bool isError(std::size_t begin, bool isV6) const
    {
        if (m_pseudonyms != nullptr || !has(begin, 9))
            return false;
        const unsigned type = m_bytes[begin], version = m_bytes[begin + 8] >> 4;
        return isV6 ? version == 6 && type >= 1 && type <= 4
                    : version == 4 && (type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
    }

    /// RFC 2784, RFC 2890: four bytes each for checksum, key and number.
    void encapsulation(std::size_t begin)
    {
        constexpr unsigned known = 0xB000; // other flags are of other versions
        if (m_pseudonyms != nullptr || !has(begin, 4) || (big16(m_bytes + begin) & ~known) != 0)
            return;
        std::size_t place = begin + 4;
        for (const unsigned flag : {0x8000U, 0x2000U, 0x1000U})
            place += (big16(m_bytes + begin) & flag) != 0 ? 4 : 0;
        carried(begin + 2, place);
    }

    /// VXLAN (RFC 7348 §5) and Geneve (RFC 8926 §3.4): by their ports, and only when their headers are theirs.
    void tunnelOverUdp(std::size_t begin)
    {
        if (m_pseudonyms != nullptr || !has(begin, 16))
            return;
        const unsigned port = big16(m_bytes + begin + 2);
        const Byte* const header = m_bytes + begin + 8;
        const bool isVxlan = port == 4789 && header[0] == 8 && header[1] == 0 && header[2] == 0 && header[3] == 0;
        if (isVxlan && has(begin + 16, 14))
            inner([&] { network(begin + 28, begin + 30); }, begin + 16);
        else if (port == 6081 && header[0] < 64 && header[7] == 0)
            carried(begin + 10, begin + 16 + std::size_t{header[0]} * 4);
    }

    /// An IP packet or an Ethernet frame (RFC 1701 calls it 0x6558), if the two bytes at `type` say so.
    void carried(std::size_t type, std::size_t begin)
    {
        const unsigned protocol = big16(m_bytes + type);
        if (protocol == 0x6558 && has(begin, 14))
            inner([&] { network(begin + 12, begin + 14); }, begin);
        else if (protocol == 0x0800 || protocol == 0x86DD)
            inner([&] { internet(begin, protocol == 0x0800 ? 4 : 6); }, begin);
    }

    void clear(std::size_t place, std::size_t count)
    {
        if (has(place, count))
            std::fill(m_bytes + place, m_bytes + place + count, Byte{0});
    }

    Byte* m_bytes;
    std::size_t m_size, m_kept = 0;
    int m_depth = 0; ///< of tunnels
    Pseudonyms* m_pseudonyms;
};

} // namespace

std::size_t redactPacket(std::uint8_t* bytes, std::size_t size, std::uint32_t linkType, Pseudonyms* pseudonyms)
{
    PacketWork work(bytes, size, pseudonyms);
    work.run(linkType);
    return work.kept();
}

PacketTotals redactPackets(std::string& file, Pseudonyms* pseudonyms)
{
    PacketTotals totals;
    const auto fail = [&] {
        totals.isReadable = false;
        return totals;
    };
    if (file.size() < fileHeaderSize) {
        file.clear();
        return fail();
    }
    const std::uint32_t magic = number32(file.data(), false);
    const bool isSwapped = magic == 0xD4C3B2A1U || magic == 0x4D3CB2A1U;
    if (!isSwapped && magic != 0xA1B2C3D4U && magic != 0xA1B23C4DU) {
        file.clear();
        return fail();
    }
    const std::uint32_t linkType = number32(file.data() + 20, isSwapped) & 0xFFFFU;
    std::string made(file, 0, fileHeaderSize);
    made.reserve(file.size());
    std::size_t place = fileHeaderSize;
    while (file.size() - place >= recordHeaderSize) {
        const std::size_t captured = number32(file.data() + place + 8, isSwapped);
        if (captured > file.size() - place - recordHeaderSize)
            break;
        char* const bytes = file.data() + place + recordHeaderSize;
        const std::size_t kept = redactPacket(reinterpret_cast<Byte*>(bytes), captured, linkType, pseudonyms);
        ++totals.packets;
        totals.payloads += std::any_of(bytes + kept, bytes + captured, [](char c) { return c != 0; }) ? 1 : 0;
        std::fill(bytes + kept, bytes + captured, '\0');
        const std::size_t written = pseudonyms != nullptr ? kept : captured;
        auto length = static_cast<std::uint32_t>(written);
        length = isSwapped ? __builtin_bswap32(length) : length;
        std::memcpy(file.data() + place + 8, &length, sizeof length);
        made.append(file, place, recordHeaderSize + written);
        place += recordHeaderSize + captured;
    }
    totals.isReadable = place == file.size();
    file.swap(made);
    return totals;
}

} // namespace hindcast::redact
