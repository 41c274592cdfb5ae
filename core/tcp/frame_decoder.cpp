// Sources: RFC 791, 8200, 9293, 7323, 2018, 792, 4443, 2784, 7348, 8926, 2516, 1661; IEEE 802.1Q;
// https://www.tcpdump.org/linktypes.html; 3GPP TS 29.281 (GTP-U).
#include "tcp/frame_decoder.h"

#include <algorithm>

namespace hindcast::tcp {
namespace {

constexpr unsigned mostHeaders = 32;

std::uint8_t read8(std::string_view bytes, std::size_t at)
{
    return static_cast<std::uint8_t>(bytes[at]);
}
/// Little-endian, as radiotap and BSD hosts write.
std::uint16_t readSwapped16(std::string_view bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(read8(bytes, at) | read8(bytes, at + 1) << 8);
}

std::uint16_t read16(std::string_view bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(read8(bytes, at) << 8 | read8(bytes, at + 1));
}
std::uint32_t read32(std::string_view bytes, std::size_t at)
{
    return std::uint32_t{read16(bytes, at)} << 16 | read16(bytes, at + 2);
}

IpAddress addressAt(std::string_view bytes, std::size_t at, bool isV6)
{
    IpAddress address;
    address.isV6 = isV6;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), isV6 ? 16 : 4, address.bytes.begin());
    return address;
}

enum Protocol : std::uint8_t {
    HopByHop = 0,
    Icmp = 1,
    Ipv4InIp = 4,
    Tcp = 6,
    Udp = 17,
    Ipv6InIp = 41,
    Routing = 43,
    Fragment = 44,
    Gre = 47,
    Authentication = 51,
    Icmp6 = 58,
    DestinationOptions = 60,
    EtherIp = 97,
    Mobility = 135,
    MplsInIp = 137,
};

bool isExtension(std::uint8_t protocol)
{
    return protocol == HopByHop || protocol == Routing || protocol == DestinationOptions || protocol == Mobility;
}

} // namespace

FrameDecoder::Layer FrameDecoder::Layer::behind(std::size_t count) const
{
    return {bytes.substr(std::min(count, bytes.size())),
        wire - static_cast<std::uint32_t>(std::min<std::size_t>(count, wire))};
}

FrameDecoder::Layer FrameDecoder::Layer::upTo(std::uint32_t count) const
{
    return {bytes.substr(0, count), std::min(wire, count)};
}

FrameDecoder::Kind FrameDecoder::decode(const Frame& frame)
{
    m_segment = Segment();
    m_segment.time = frame.time.value_or(Time{});
    m_segment.frame = frame.number;
    m_segment.direction = frame.direction;
    m_segment.ipLayers = 0;
    m_depth = 0;
    return link({frame.bytes, frame.wireLength}, frame.linkType);
}

// Links

FrameDecoder::Kind FrameDecoder::link(Layer layer, std::uint16_t linkType)
{
    switch (linkType) {
    case 1:
        return ethernet(layer);
    case 0: // NULL: the address family in the byte order of the machine that captured
    case 108: // LOOP: the same in network order
        return addressFamily(layer);
    case 12:
    case 14: // RAW, by the numbers some systems wrote into files
    case 101:
    case 228:
    case 229:
        return rawIp(layer);
    case 9:
    case 50:
        return pointToPoint(layer);
    case 51:
        return pointToPointOverEthernet(layer);
    case 105:
        return wireless(layer);
    case 127: // radiotap: its length is little-endian
        return layer.has(4) ? wireless(layer.behind(readSwapped16(layer.bytes, 2))) : Kind::Unreadable;
    case 104: // Cisco HDLC: address, control, EtherType
        return layer.has(4) ? etherType(layer.behind(4), read16(layer.bytes, 2)) : Kind::Unreadable;
    case 113:
        return cooked(layer);
    case 276:
        return cooked2(layer);
    default:
        return Kind::UnknownLink;
    }
}

/// Packet types of the "cooked" headers: 0 to us, 4 from us; the others passed by.
void FrameDecoder::setWay(unsigned packetType)
{
    if (packetType == 0)
        m_segment.direction = Direction::Incoming;
    else if (packetType == 4)
        m_segment.direction = Direction::Outgoing;
}

FrameDecoder::Kind FrameDecoder::cooked(Layer layer)
{
    if (!layer.has(16))
        return Kind::Unreadable;
    setWay(read16(layer.bytes, 0));
    return etherType(layer.behind(16), read16(layer.bytes, 14));
}

FrameDecoder::Kind FrameDecoder::cooked2(Layer layer)
{
    if (!layer.has(20))
        return Kind::Unreadable;
    setWay(read8(layer.bytes, 10));
    return etherType(layer.behind(20), read16(layer.bytes, 0));
}

FrameDecoder::Kind FrameDecoder::ethernet(Layer layer)
{
    if (!layer.has(14))
        return Kind::Unreadable;
    const std::uint16_t type = read16(layer.bytes, 12);
    constexpr std::uint16_t longestLength = 1500; // IEEE 802.3: a length, not a type
    if (type <= longestLength)
        return logicalLink(layer.behind(14).upTo(type));
    return etherType(layer.behind(14), type);
}

FrameDecoder::Kind FrameDecoder::logicalLink(Layer layer)
{
    if (!layer.has(8))
        return Kind::Other;
    constexpr std::uint32_t subnetworkAccess = 0xaaaa03; // SNAP: organisation, then EtherType
    return read32(layer.bytes, 0) >> 8 == subnetworkAccess ? etherType(layer.behind(8), read16(layer.bytes, 6))
                                                           : Kind::Other;
}

/// IEEE 802.11 data frames that are not encrypted: address 4 and the quality-of-service field come when flags say so.
FrameDecoder::Kind FrameDecoder::wireless(Layer layer)
{
    if (!layer.has(24))
        return Kind::Other;
    const std::uint8_t control = read8(layer.bytes, 0), flags = read8(layer.bytes, 1);
    const bool isData = (control & 0x0c) == 0x08 && (control & 0x40) == 0;
    const bool isEncrypted = (flags & 0x40) != 0, hasFourth = (flags & 3) == 3, hasQuality = (control & 0x80) != 0;
    if (!isData || isEncrypted)
        return Kind::Other;
    const bool hasControl = hasQuality && (flags & 0x80) != 0;
    return logicalLink(layer.behind(24U + (hasFourth ? 6U : 0U) + (hasQuality ? 2U : 0U) + (hasControl ? 4U : 0U)));
}

FrameDecoder::Kind FrameDecoder::etherType(Layer layer, std::uint16_t type)
{
    if (++m_depth > mostHeaders)
        return Kind::Unreadable;
    switch (type) {
    case 0x0800:
        return ipv4(layer);
    case 0x86dd:
        return ipv6(layer);
    case 0x8100: // VLAN tags, one behind the other
    case 0x88a8:
    case 0x9100:
    case 0x9200: {
        if (!layer.has(4))
            return Kind::Unreadable;
        const std::uint16_t inner = read16(layer.bytes, 2);
        return inner <= 1500 ? logicalLink(layer.behind(4).upTo(inner)) : etherType(layer.behind(4), inner);
    }
    case 0x8926: // VN-Tag
        return layer.has(6) ? etherType(layer.behind(6), read16(layer.bytes, 4)) : Kind::Unreadable;
    case 0x8847:
    case 0x8848:
        return labels(layer);
    case 0x8864:
        return pointToPointOverEthernet(layer);
    case 0x880b:
        return pointToPoint(layer);
    case 0x6558: // transparent Ethernet bridging
        return ethernet(layer);
    case 0x0004: // in cooked headers: an 802.2 frame
        return logicalLink(layer);
    default:
        return Kind::Other;
    }
}

FrameDecoder::Kind FrameDecoder::addressFamily(Layer layer)
{
    if (!layer.has(4))
        return Kind::Unreadable;
    const std::uint32_t stored = read32(layer.bytes, 0);
    const std::uint32_t family = stored > 0xffff ? readSwapped16(layer.bytes, 0) : stored;
    switch (family) {
    case 2:
        return ipv4(layer.behind(4));
    case 10: // AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS
    case 24:
    case 28:
    case 30:
        return ipv6(layer.behind(4));
    default:
        return family > 1500 ? etherType(layer.behind(4), static_cast<std::uint16_t>(family)) : Kind::Other;
    }
}

FrameDecoder::Kind FrameDecoder::pointToPointOverEthernet(Layer layer)
{
    if (!layer.has(6))
        return Kind::Unreadable;
    return read8(layer.bytes, 1) == 0 ? pointToPoint(layer.behind(6).upTo(read16(layer.bytes, 4))) : Kind::Other;
}

FrameDecoder::Kind FrameDecoder::pointToPoint(Layer layer)
{
    if (layer.has(2) && read16(layer.bytes, 0) == 0xff03) // address and control: may be left out
        layer = layer.behind(2);
    if (!layer.has(2))
        return Kind::Unreadable;
    const bool isShort = (read8(layer.bytes, 0) & 1) != 0; // a protocol of one byte is odd
    const std::uint16_t number = isShort ? read8(layer.bytes, 0) : read16(layer.bytes, 0);
    const Layer inner = layer.behind(isShort ? 1 : 2);
    switch (number) {
    case 0x0021:
        return ipv4(inner);
    case 0x0057:
        return ipv6(inner);
    case 0x0281:
    case 0x0283:
        return labels(inner);
    default:
        return Kind::Other;
    }
}

/// MPLS (RFC 3032): labels up to the one that says it is the last, then nothing tells what follows but its first bits.
FrameDecoder::Kind FrameDecoder::labels(Layer layer)
{
    while (layer.has(5)) {
        const bool isLast = (read8(layer.bytes, 2) & 1) != 0;
        layer = layer.behind(4);
        if (!isLast)
            continue;
        const unsigned nibble = read8(layer.bytes, 0) >> 4;
        if (nibble == 4 || nibble == 6)
            return rawIp(layer);
        return ethernet(nibble == 0 ? layer.behind(4) : layer); // 0: a control word (RFC 4385)
    }
    return Kind::Unreadable;
}

// IP

FrameDecoder::Kind FrameDecoder::rawIp(Layer layer)
{
    if (!layer.has(1))
        return Kind::Unreadable;
    const unsigned version = read8(layer.bytes, 0) >> 4;
    return version == 4 ? ipv4(layer) : version == 6 ? ipv6(layer) : Kind::Unreadable;
}

FrameDecoder::Kind FrameDecoder::ipv4(Layer layer)
{
    if (!layer.has(20) || read8(layer.bytes, 0) >> 4 != 4 || ++m_depth > mostHeaders)
        return Kind::Unreadable;
    const std::string_view bytes = layer.bytes;
    const std::size_t header = (read8(bytes, 0) & 0xfU) * 4;
    const std::uint32_t total = read16(bytes, 2); // 0: the card was to cut it up, so the frame's length is the only one
    if (header < 20 || (total != 0 && total < header))
        return Kind::Unreadable;
    ++m_segment.ipLayers;
    m_segment.from.address = addressAt(bytes, 12, false);
    m_segment.to.address = addressAt(bytes, 16, false);
    m_segment.timeToLive = read8(bytes, 8);
    m_segment.ipIdentification = read16(bytes, 4);
    m_segment.hasIpIdentification = true;
    const Layer payload = (total ? layer.upTo(total) : layer).behind(header);
    const std::uint16_t place = read16(bytes, 6);
    const bool hasMore = (place & 0x2000) != 0;
    const std::uint32_t offset = (place & 0x1fffU) * 8;
    const std::uint8_t next = read8(bytes, 9);
    if (hasMore || offset != 0)
        return fragment(payload, {m_segment.from.address, m_segment.to.address, m_segment.ipIdentification, next},
            offset, !hasMore);
    return protocol(payload, next);
}

FrameDecoder::Kind FrameDecoder::ipv6(Layer layer)
{
    constexpr std::size_t header = 40;
    if (!layer.has(header) || read8(layer.bytes, 0) >> 4 != 6 || ++m_depth > mostHeaders)
        return Kind::Unreadable;
    ++m_segment.ipLayers;
    m_segment.from.address = addressAt(layer.bytes, 8, true);
    m_segment.to.address = addressAt(layer.bytes, 24, true);
    m_segment.timeToLive = read8(layer.bytes, 7);
    m_segment.hasIpIdentification = false;
    const std::uint32_t length = read16(layer.bytes, 4); // 0: a jumbogram, or the card was to cut it up
    std::uint8_t next = read8(layer.bytes, 6);
    Layer rest = length ? layer.behind(header).upTo(length) : layer.behind(header);
    while (isExtension(next)) {
        if (!rest.has(8))
            return Kind::Unreadable;
        next = read8(rest.bytes, 0);
        rest = rest.behind((read8(rest.bytes, 1) + 1U) * 8);
    }
    if (next != Fragment)
        return protocol(rest, next);
    if (!rest.has(8))
        return Kind::Unreadable;
    const std::uint16_t place = read16(rest.bytes, 2);
    const std::uint8_t inner = read8(rest.bytes, 0);
    const FragmentKey key{m_segment.from.address, m_segment.to.address, read32(rest.bytes, 4), inner};
    const bool hasMore = (place & 1) != 0;
    const std::uint32_t offset = place & 0xfff8U;
    rest = rest.behind(8);
    return hasMore || offset != 0 ? fragment(rest, key, offset, !hasMore) : protocol(rest, inner);
}

/// A datagram in pieces is decoded at the piece that completes it. Pieces that were not captured whole cannot be put
/// together: then the first one tells what it can.
FrameDecoder::Kind FrameDecoder::fragment(Layer layer, const FragmentKey& key, std::uint32_t offset, bool isLast)
{
    if (layer.bytes.size() < layer.wire) {
        m_segment.isFragment = true;
        return offset == 0 ? protocol(layer, key.protocol) : Kind::Other;
    }
    const auto whole = m_fragments.add(key, offset, isLast, layer.bytes);
    return whole ? protocol({whole->beginning, whole->size}, key.protocol) : Kind::Other;
}

FrameDecoder::Kind FrameDecoder::protocol(Layer layer, std::uint8_t protocol)
{
    if (++m_depth > mostHeaders)
        return Kind::Unreadable;
    switch (protocol) {
    case Tcp:
        return tcp(layer);
    case Udp:
        return udp(layer);
    case Icmp:
        return icmp(layer, false);
    case Icmp6:
        return icmp(layer, true);
    case Ipv4InIp:
        return ipv4(layer);
    case Ipv6InIp:
        return ipv6(layer);
    case Gre:
        return genericEncapsulation(layer);
    case Authentication:
        return authentication(layer);
    case EtherIp:
        return ethernet(layer.behind(2));
    case MplsInIp:
        return labels(layer);
    default:
        if (isExtension(protocol) && layer.has(8)) // behind an authentication or fragment header
            return this->protocol(layer.behind((read8(layer.bytes, 1) + 1U) * 8), read8(layer.bytes, 0));
        return Kind::Other;
    }
}

/// GRE (RFC 2784, 2890), its version 1 of PPTP (RFC 2637), and the mirrored frames of switches (ERSPAN).
FrameDecoder::Kind FrameDecoder::genericEncapsulation(Layer layer)
{
    if (!layer.has(4))
        return Kind::Unreadable;
    const std::uint16_t flags = read16(layer.bytes, 0), type = read16(layer.bytes, 2);
    const bool hasChecksum = (flags & 0x8000) != 0, hasRouting = (flags & 0x4000) != 0, hasKey = (flags & 0x2000) != 0;
    const bool hasSequence = (flags & 0x1000) != 0, hasAcknowledgment = (flags & 0x0080) != 0;
    if (hasRouting && !hasChecksum && (flags & 7) == 0)
        return Kind::Other; // source routes: nobody sends them
    const std::size_t optional =
        (hasChecksum ? 4U : 0U) + (hasKey ? 4U : 0U) + (hasSequence ? 4U : 0U) + (hasAcknowledgment ? 4U : 0U);
    const Layer inner = layer.behind(4 + optional);
    switch (type) {
    case 0x88be:
        return ethernet(hasSequence ? inner.behind(8) : inner);
    case 0x22eb: {
        const bool hasSubheader = inner.has(12) && (read8(inner.bytes, 11) & 1) != 0;
        return ethernet(inner.behind(hasSubheader ? 20 : 12));
    }
    default:
        // Controllers of access points send the frames of the air as they are, under a number per queue.
        return type >= 0x8200 && type < 0x8400 ? wireless(inner) : etherType(inner, type);
    }
}

/// RFC 4302: the length counts words of 4 bytes, less two.
FrameDecoder::Kind FrameDecoder::authentication(Layer layer)
{
    if (!layer.has(8))
        return Kind::Unreadable;
    return protocol(layer.behind((read8(layer.bytes, 1) + 2U) * 4), read8(layer.bytes, 0));
}

FrameDecoder::Kind FrameDecoder::udp(Layer layer)
{
    if (!layer.has(8))
        return Kind::Other;
    const std::uint16_t from = read16(layer.bytes, 0), to = read16(layer.bytes, 2);
    const Layer inner = layer.behind(8);
    const auto isPort = [&](std::uint16_t port) { return from == port || to == port; };
    if (isPort(4789) && inner.has(8)) // VXLAN
        return ethernet(inner.behind(8));
    if (isPort(6081) && inner.has(8)) // Geneve
        return etherType(inner.behind(8 + (read8(inner.bytes, 0) & 0x3fU) * 4), read16(inner.bytes, 2));
    if (isPort(2152))
        return gtp(inner);
    if (to == 4754) // GRE in UDP (RFC 8086)
        return genericEncapsulation(inner);
    return Kind::Other;
}

FrameDecoder::Kind FrameDecoder::gtp(Layer layer)
{
    constexpr std::uint8_t userData = 0xff;
    if (!layer.has(8) || read8(layer.bytes, 0) >> 5 != 1 || read8(layer.bytes, 1) != userData)
        return Kind::Other;
    const bool hasOptional = (read8(layer.bytes, 0) & 7) != 0, hasExtensions = (read8(layer.bytes, 0) & 4) != 0;
    Layer inner = layer.behind(hasOptional ? 12 : 8);
    std::uint8_t next = hasExtensions && layer.has(12) ? read8(layer.bytes, 11) : 0;
    while (next != 0 && inner.has(4)) {
        const std::size_t size = read8(inner.bytes, 0) * 4U;
        if (size == 0 || !inner.has(size))
            return Kind::Unreadable;
        next = read8(inner.bytes, size - 1);
        inner = inner.behind(size);
    }
    return inner.has(1) ? rawIp(inner) : Kind::Other;
}

/// Errors quote the header they are about: 8 bytes of TCP tell ports and sequence number.
FrameDecoder::Kind FrameDecoder::icmp(Layer layer, bool isV6)
{
    if (!layer.has(8))
        return Kind::Other;
    const std::uint8_t type = read8(layer.bytes, 0);
    const bool isError =
        isV6 ? type >= 1 && type <= 4 : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    Layer quoted = layer.behind(8);
    const std::size_t header = isV6 ? 40 : quoted.has(1) ? (read8(quoted.bytes, 0) & 0xfU) * 4 : 0;
    if (!isError || header < 20 || !quoted.has(header + 8) || read8(quoted.bytes, 0) >> 4 != (isV6 ? 6 : 4)
        || read8(quoted.bytes, isV6 ? 6 : 9) != Tcp)
        return Kind::Other;
    m_icmpError = IcmpError();
    m_icmpError.time = m_segment.time;
    m_icmpError.frame = m_segment.frame;
    m_icmpError.type = type;
    m_icmpError.code = read8(layer.bytes, 1);
    m_icmpError.isV6 = isV6;
    m_icmpError.from.address = addressAt(quoted.bytes, isV6 ? 8 : 12, isV6);
    m_icmpError.to.address = addressAt(quoted.bytes, isV6 ? 24 : 16, isV6);
    quoted = quoted.behind(header);
    m_icmpError.from.port = read16(quoted.bytes, 0);
    m_icmpError.to.port = read16(quoted.bytes, 2);
    m_icmpError.sequence = read32(quoted.bytes, 4);
    return Kind::IcmpError;
}

// TCP

FrameDecoder::Kind FrameDecoder::tcp(Layer layer)
{
    constexpr std::size_t used = 16; // up to the window: a snap length may cut the rest
    if (!layer.has(used))
        return Kind::Unreadable;
    const std::string_view bytes = layer.bytes;
    const std::size_t header = (read8(bytes, 12) >> 4) * 4U;
    if (header < 20)
        return Kind::Unreadable;
    m_segment.from.port = read16(bytes, 0);
    m_segment.to.port = read16(bytes, 2);
    m_segment.sequence = read32(bytes, 4);
    m_segment.acknowledgment = read32(bytes, 8);
    m_segment.flags = read16(bytes, 12) & 0x0fff;
    m_segment.window = read16(bytes, 14);
    m_segment.payload = layer.wire > header ? layer.wire - static_cast<std::uint32_t>(header) : 0;
    m_segment.areOptionsCut = bytes.size() < header;
    if (bytes.size() > 20)
        readOptions(bytes.substr(20, header - 20));
    return Kind::Tcp;
}

void FrameDecoder::readOptions(std::string_view options)
{
    while (!options.empty()) {
        const std::uint8_t kind = read8(options, 0);
        if (kind == 0)
            return;
        if (kind == 1) {
            options.remove_prefix(1);
            continue;
        }
        const std::size_t length = options.size() < 2 ? 0 : read8(options, 1);
        if (length < 2 || length > options.size())
            return;
        if (kind == 2 && length == 4) {
            m_segment.maximumSegment = read16(options, 2);
        } else if (kind == 3 && length == 3) {
            m_segment.windowScale = read8(options, 2);
        } else if (kind == 4 && length == 2) {
            m_segment.isSackPermitted = true;
        } else if (kind == 5) {
            readSack(options.substr(2, length - 2));
        } else if (kind == 8 && length == 10) {
            m_segment.hasTimestamps = true;
            m_segment.timestampValue = read32(options, 2);
            m_segment.timestampEcho = read32(options, 6);
        }
        options.remove_prefix(length);
    }
}

void FrameDecoder::readSack(std::string_view blocks)
{
    for (m_segment.sackCount = 0; blocks.size() >= 8 && m_segment.sackCount < m_segment.sack.size();
         blocks.remove_prefix(8))
        m_segment.sack[m_segment.sackCount++] = {read32(blocks, 0), read32(blocks, 4)};
}

} // namespace hindcast::tcp
