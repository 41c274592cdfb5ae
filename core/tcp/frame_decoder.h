// FrameDecoder: from a captured frame to the TCP segment (or the ICMP error about one) in it, through whatever links
// and tunnels lie around it. The innermost segment counts.
#pragma once

#include "tcp/fragments.h"
#include "tcp/packet_reader.h"
#include "tcp/segment.h"

#include <cstdint>
#include <string_view>

namespace hindcast::tcp {

class FrameDecoder {
public:
    enum class Kind : std::uint8_t {
        Tcp, ///< segment() is set
        IcmpError, ///< icmpError() is set
        Other, ///< not TCP, or a piece of an IP datagram that is not whole yet
        UnknownLink, ///< a link type that is not read: nothing of the frame is known
        Unreadable, ///< headers damaged, or cut before they tell anything
    };

    /// Frames of one capture, in order: fragments are remembered.
    Kind decode(const Frame& frame);

    /// Without `time` for a frame without one, and without `source`: the caller knows them.
    const Segment& segment() const { return m_segment; }
    const IcmpError& icmpError() const { return m_icmpError; }

private:
    /// What is left of the frame behind the headers read so far.
    struct Layer {
        std::string_view bytes; ///< captured
        std::uint32_t wire = 0; ///< on the wire: at least as much
        bool has(std::size_t count) const { return bytes.size() >= count; }
        Layer behind(std::size_t count) const;
        /// No more than `count` bytes of it: what follows is padding.
        Layer upTo(std::uint32_t count) const;
    };

    Kind link(Layer layer, std::uint16_t linkType);
    Kind ethernet(Layer layer);
    Kind etherType(Layer layer, std::uint16_t type);
    Kind logicalLink(Layer layer);
    Kind wireless(Layer layer);
    Kind cooked(Layer layer);
    Kind cooked2(Layer layer);
    Kind addressFamily(Layer layer);
    Kind pointToPoint(Layer layer);
    Kind pointToPointOverEthernet(Layer layer);
    Kind labels(Layer layer);
    Kind rawIp(Layer layer);
    Kind ipv4(Layer layer);
    Kind ipv6(Layer layer);
    Kind protocol(Layer layer, std::uint8_t protocol);
    Kind genericEncapsulation(Layer layer);
    Kind authentication(Layer layer);
    Kind udp(Layer layer);
    Kind gtp(Layer layer);
    Kind icmp(Layer layer, bool isV6);
    Kind tcp(Layer layer);
    void readOptions(std::string_view options);
    void readSack(std::string_view blocks);
    Kind fragment(Layer layer, const FragmentKey& key, std::uint32_t offset, bool isLast);
    void setWay(unsigned packetType);

    Segment m_segment;
    IcmpError m_icmpError;
    Fragments m_fragments;
    unsigned m_depth = 0; ///< headers read: a frame is finite, a hostile one is cut off
};

} // namespace hindcast::tcp
