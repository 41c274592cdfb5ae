// Packet captures made byte by byte, for tests of their readers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::test {

enum class ByteOrder { Little, Big };

inline void put(std::string& out, std::uint64_t value, unsigned bytes, ByteOrder order = ByteOrder::Big)
{
    for (unsigned i = 0; i < bytes; ++i) {
        const unsigned shift = 8 * (order == ByteOrder::Big ? bytes - 1 - i : i);
        out += static_cast<char>(value >> shift & 0xff);
    }
}

inline std::string bytes(std::initializer_list<unsigned> values)
{
    std::string out;
    for (const unsigned value : values)
        out += static_cast<char>(value);
    return out;
}

struct TcpFields {
    std::uint16_t from = 40000, to = 80;
    std::uint32_t sequence = 1000, acknowledgment = 0;
    std::uint16_t flags = 0x10, window = 1000;
    std::string options = {};
    std::string payload = {};
};

inline std::string tcpBytes(const TcpFields& fields)
{
    std::string out;
    put(out, fields.from, 2);
    put(out, fields.to, 2);
    put(out, fields.sequence, 4);
    put(out, fields.acknowledgment, 4);
    put(out, (5 + fields.options.size() / 4) << 12 | fields.flags, 2);
    put(out, fields.window, 2);
    put(out, 0, 4);
    return out + fields.options + fields.payload;
}

struct Ipv4Fields {
    unsigned from = 1, to = 2; ///< 10.0.0.N
    std::uint8_t protocol = 6;
    std::uint16_t identification = 1, fragment = 0;
    int totalLength = -1; ///< -1 = what it is
    std::string options = {};
};

inline std::string ipv4Bytes(const std::string& payload, const Ipv4Fields& fields = {})
{
    std::string out;
    const std::size_t header = 20 + fields.options.size();
    put(out, 0x40 | header / 4, 1);
    put(out, 0, 1);
    put(out, fields.totalLength < 0 ? header + payload.size() : static_cast<std::uint64_t>(fields.totalLength), 2);
    put(out, fields.identification, 2);
    put(out, fields.fragment, 2);
    put(out, 64, 1);
    put(out, fields.protocol, 1);
    put(out, 0, 2);
    put(out, 0x0a000000 | fields.from, 4);
    put(out, 0x0a000000 | fields.to, 4);
    return out + fields.options + payload;
}

inline std::string ipv6Bytes(const std::string& payload, std::uint8_t next = 6, int payloadLength = -1)
{
    std::string out = bytes({0x60, 0, 0, 0});
    put(out, payloadLength < 0 ? payload.size() : static_cast<std::uint64_t>(payloadLength), 2);
    put(out, next, 1);
    put(out, 64, 1);
    for (const unsigned host : {1U, 2U}) {
        put(out, 0xfd00000000000000, 8);
        put(out, host, 8);
    }
    return out + payload;
}

inline std::string ethernetBytes(const std::string& payload, std::uint16_t type = 0x0800)
{
    std::string out(12, '\2');
    put(out, type, 2);
    return out + payload;
}

struct CapturedFrame {
    std::uint64_t nanoseconds = 0; ///< since the epoch
    std::string bytes;
    std::size_t wireLength = 0; ///< 0 = as captured
};

struct PcapForm {
    std::uint32_t linkType = 1;
    ByteOrder order = ByteOrder::Little;
    bool isNanoseconds = false;
    std::uint32_t snapLength = 262144;
};

inline std::string pcapBytes(const std::vector<CapturedFrame>& frames, const PcapForm& form = {})
{
    std::string out;
    put(out, form.isNanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 4, form.order);
    put(out, 2, 2, form.order);
    put(out, 4, 2, form.order);
    put(out, 0, 8, form.order);
    put(out, form.snapLength, 4, form.order);
    put(out, form.linkType, 4, form.order);
    for (const CapturedFrame& frame : frames) {
        put(out, frame.nanoseconds / 1'000'000'000, 4, form.order);
        put(out, frame.nanoseconds % 1'000'000'000 / (form.isNanoseconds ? 1 : 1000), 4, form.order);
        put(out, frame.bytes.size(), 4, form.order);
        put(out, frame.wireLength ? frame.wireLength : frame.bytes.size(), 4, form.order);
        out += frame.bytes;
    }
    return out;
}

/// A pcapng block: type, length, body padded to 4, length again.
inline std::string block(std::uint32_t type, std::string body, ByteOrder order = ByteOrder::Little)
{
    body.resize((body.size() + 3) / 4 * 4);
    std::string out;
    put(out, type, 4, order);
    put(out, body.size() + 12, 4, order);
    out += body;
    put(out, body.size() + 12, 4, order);
    return out;
}

inline std::string sectionBlock(ByteOrder order = ByteOrder::Little)
{
    std::string body;
    put(body, 0x1a2b3c4d, 4, order);
    put(body, 1, 2, order);
    put(body, 0, 2, order);
    put(body, UINT64_MAX, 8, order);
    return block(0x0a0d0d0a, body, order);
}

inline std::string option(std::uint16_t code, std::string value, ByteOrder order = ByteOrder::Little)
{
    std::string out;
    put(out, code, 2, order);
    put(out, value.size(), 2, order);
    value.resize((value.size() + 3) / 4 * 4);
    return out + value;
}

inline std::string interfaceBlock(std::uint16_t linkType, const std::string& options = {}, std::uint32_t snap = 0,
    ByteOrder order = ByteOrder::Little)
{
    std::string body;
    put(body, linkType, 2, order);
    put(body, 0, 2, order);
    put(body, snap, 4, order);
    return block(1, body + options, order);
}

inline std::string enhancedBlock(std::uint32_t interface, std::uint64_t units, std::string frame,
    const std::string& options = {}, ByteOrder order = ByteOrder::Little)
{
    std::string body;
    put(body, interface, 4, order);
    put(body, units >> 32, 4, order);
    put(body, units & 0xffffffff, 4, order);
    put(body, frame.size(), 4, order);
    put(body, frame.size(), 4, order);
    frame.resize((frame.size() + 3) / 4 * 4);
    return block(6, body + frame + options, order);
}

} // namespace hindcast::test
