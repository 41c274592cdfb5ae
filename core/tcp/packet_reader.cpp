// Sources: pcap and snoop: https://www.tcpdump.org/manpages/pcap-savefile.5.html, RFC 1761; pcapng:
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
#include "tcp/packet_reader.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace hindcast::tcp {
namespace {

constexpr std::uint32_t microsecondMagic = 0xa1b2c3d4, nanosecondMagic = 0xa1b23c4d, modifiedMagic = 0xa1b2cd34;
constexpr std::uint32_t sectionBlock = 0x0a0d0d0a, byteOrderMagic = 0x1a2b3c4d;
constexpr std::string_view snoopMagic("snoop\0\0\0", 8);
constexpr std::size_t pcapHeader = 24, snoopHeader = 16, snoopRecord = 24;
/// No interface hands over more at a time: 256 KiB is the limit of tcpdump, BIG TCP has 512 KiB.
constexpr std::uint32_t largestPacket = 16 << 20;
constexpr std::size_t mostProblems = 100, mostInterfaces = 65'536;

std::uint32_t bigEndian32(std::string_view bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

std::uint32_t littleEndian32(std::string_view bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

bool isPcapMagic(std::uint32_t magic)
{
    return magic == microsecondMagic || magic == nanosecondMagic || magic == modifiedMagic;
}

/// Differences of any two such times fit 64 bits; the last is in the year 2116.
std::optional<Time> saneTime(std::int64_t seconds, std::int64_t nanoseconds)
{
    constexpr std::int64_t most = (std::int64_t{1} << 62) / 1'000'000'000;
    if (seconds < 0 || seconds >= most)
        return std::nullopt;
    return Time{Nanoseconds{seconds * 1'000'000'000 + nanoseconds}};
}

std::uint64_t powerOfTen(unsigned exponent)
{
    std::uint64_t value = 1;
    for (unsigned i = 0; i < exponent; ++i)
        value *= 10;
    return value;
}

std::size_t paddedTo4(std::size_t size)
{
    return (size + 3) / 4 * 4;
}

} // namespace

bool PacketReader::recognises(std::string_view beginning)
{
    if (beginning.size() >= 12 && bigEndian32(beginning, 0) == sectionBlock)
        return bigEndian32(beginning, 8) == byteOrderMagic || littleEndian32(beginning, 8) == byteOrderMagic;
    if (beginning.starts_with(snoopMagic))
        return true;
    return beginning.size() >= 12
        && (isPcapMagic(bigEndian32(beginning, 0)) || isPcapMagic(littleEndian32(beginning, 0)));
}

void PacketReader::read(std::string_view bytes, Piece piece)
{
    m_offset += m_position;
    m_bytes = bytes;
    m_position = 0;
    m_isLast = piece == Piece::Last;
}

bool PacketReader::next(Frame& frame)
{
    if (m_hasStopped || (m_format == Format::Unknown && !begin()))
        return false;
    for (;;) {
        const Step step = m_format == Format::Pcapng ? nextBlock(frame)
            : m_format == Format::Pcap               ? nextPcap(frame)
                                                     : nextSnoop(frame);
        if (step != Step::Skipped)
            return step == Step::Frame;
    }
}

std::uint16_t PacketReader::read16(std::string_view bytes, std::size_t at) const
{
    const auto first = static_cast<unsigned char>(bytes[at]), second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<std::uint16_t>(m_isBigEndian ? first << 8 | second : second << 8 | first);
}

std::uint32_t PacketReader::read32(std::string_view bytes, std::size_t at) const
{
    return m_isBigEndian ? bigEndian32(bytes, at) : littleEndian32(bytes, at);
}

std::uint64_t PacketReader::read64(std::string_view bytes, std::size_t at) const
{
    const std::uint64_t first = read32(bytes, at), second = read32(bytes, at + 4);
    return m_isBigEndian ? first << 32 | second : second << 32 | first;
}

PacketReader::Step PacketReader::stop(std::string what)
{
    note(std::move(what));
    m_hasStopped = true;
    return Step::Stop;
}

PacketReader::Step PacketReader::needMore(std::string_view what)
{
    if (!m_isLast)
        return Step::Stop;
    return rest().empty() ? Step::Stop : stop(fmt::format("cut in the middle of {}", what));
}

void PacketReader::note(std::string what)
{
    if (m_problems.size() < mostProblems)
        m_problems.push_back({offset(), m_frame, std::move(what)});
}

bool PacketReader::begin()
{
    const std::string_view bytes = rest();
    if (bytes.size() < 12)
        return needMore("the file header") == Step::Frame;
    if (!recognises(bytes))
        return stop("not a packet capture: the file header is of no known kind") == Step::Frame;
    if (bigEndian32(bytes, 0) == sectionBlock) {
        m_format = Format::Pcapng;
        return true;
    }
    return bytes.starts_with(snoopMagic) ? beginSnoop() : beginPcap();
}

bool PacketReader::beginPcap()
{
    const std::string_view bytes = rest();
    if (bytes.size() < pcapHeader)
        return needMore("the file header") == Step::Frame;
    m_isBigEndian = isPcapMagic(bigEndian32(bytes, 0));
    const std::uint32_t magic = read32(bytes, 0);
    m_isNanoseconds = magic == nanosecondMagic;
    m_recordHeader = magic == modifiedMagic ? 24 : 16;
    PacketInterface interface;
    interface.snapLength = read32(bytes, 16);
    interface.linkType = static_cast<std::uint16_t>(read32(bytes, 20)); // above: length of a frame check sequence
    m_interfaces.push_back(std::move(interface));
    m_format = Format::Pcap;
    m_position += pcapHeader;
    return true;
}

bool PacketReader::beginSnoop()
{
    const std::string_view bytes = rest();
    if (bytes.size() < snoopHeader)
        return needMore("the file header") == Step::Frame;
    m_isBigEndian = true;
    constexpr std::uint32_t ethernet = 4; // RFC 1761, section 3
    if (read32(bytes, 12) != ethernet)
        return stop("a snoop capture of another medium than Ethernet") == Step::Frame;
    PacketInterface interface;
    interface.linkType = 1;
    m_interfaces.push_back(std::move(interface));
    m_format = Format::Snoop;
    m_position += snoopHeader;
    return true;
}

PacketReader::Step PacketReader::finishFrame(
    Frame& frame, std::uint32_t interface, std::string_view bytes, std::uint32_t wireLength)
{
    frame.number = ++m_frame;
    frame.interface = interface;
    frame.linkType = m_interfaces[interface].linkType;
    frame.bytes = bytes;
    frame.wireLength = std::max(wireLength, static_cast<std::uint32_t>(bytes.size()));
    return Step::Frame;
}

PacketReader::Step PacketReader::nextPcap(Frame& frame)
{
    const std::string_view bytes = rest();
    if (bytes.size() < m_recordHeader)
        return needMore("a packet's header");
    const std::uint32_t captured = read32(bytes, 8);
    if (captured > largestPacket)
        return stop(fmt::format("a packet of {} bytes: damaged from here on", captured));
    if (bytes.size() - m_recordHeader < captured)
        return needMore("a packet");
    const std::uint32_t fraction = read32(bytes, 4);
    frame.time = saneTime(read32(bytes, 0), std::int64_t{fraction} * (m_isNanoseconds ? 1 : 1000));
    frame.offset = offset();
    frame.direction = Direction::Unknown;
    m_position += m_recordHeader + captured;
    return finishFrame(frame, 0, bytes.substr(m_recordHeader, captured), read32(bytes, 12));
}

PacketReader::Step PacketReader::nextSnoop(Frame& frame)
{
    const std::string_view bytes = rest();
    if (bytes.size() < snoopRecord)
        return needMore("a packet's header");
    const std::uint32_t captured = read32(bytes, 4), record = read32(bytes, 8);
    if (captured > largestPacket || record < snoopRecord || record - snoopRecord < captured)
        return stop(fmt::format("a packet of {} bytes in a record of {}: damaged from here on", captured, record));
    if (bytes.size() < record)
        return needMore("a packet");
    m_interfaces[0].dropped = read32(bytes, 12); // cumulative
    frame.time = saneTime(read32(bytes, 16), std::int64_t{read32(bytes, 20)} * 1000);
    frame.offset = offset();
    frame.direction = Direction::Unknown;
    m_position += record;
    return finishFrame(frame, 0, bytes.substr(snoopRecord, captured), read32(bytes, 0));
}

// pcapng

PacketReader::Step PacketReader::nextBlock(Frame& frame)
{
    constexpr std::size_t smallest = 12; // type, length, length again
    const std::string_view bytes = rest();
    if (bytes.size() < smallest)
        return needMore("a block");
    const bool isSection = bigEndian32(bytes, 0) == sectionBlock;
    if (isSection) // each section has a byte order of its own
        m_isBigEndian = bigEndian32(bytes, 8) == byteOrderMagic;
    const std::uint32_t type = read32(bytes, 0), length = read32(bytes, 4);
    if (length < smallest || (isSection && read32(bytes, 8) != byteOrderMagic))
        return stop(fmt::format("a block of {} bytes: damaged from here on", length));
    const std::size_t size = paddedTo4(length);
    if (bytes.size() < (m_isLast ? length : size))
        return needMore("a block");
    if (read32(bytes, length - 4) != length)
        return stop("a block whose two lengths differ: damaged from here on");
    const std::string_view body = bytes.substr(8, length - smallest);
    frame.offset = offset();
    Step step = Step::Skipped;
    switch (type) {
    case sectionBlock:
        m_sectionFirst = static_cast<std::uint32_t>(m_interfaces.size());
        break;
    case 1:
        step = readInterface(body);
        break;
    case 2:
        step = readPacket(body, PacketBlock::Old, frame);
        break;
    case 3:
        step = readSimplePacket(body, frame);
        break;
    case 5:
        step = readStatistics(body);
        break;
    case 6:
        step = readPacket(body, PacketBlock::Enhanced, frame);
        break;
    default: // names, decryption secrets, custom blocks, and what is yet to come
        break;
    }
    m_position += std::min(size, bytes.size());
    return step;
}

/// Options: code, length, value padded to 4 bytes; code 0 ends them.
template <typename Take> void PacketReader::forEachOption(std::string_view options, const Take& take) const
{
    while (options.size() >= 4) {
        const std::uint16_t code = read16(options, 0), length = read16(options, 2);
        options.remove_prefix(4);
        if (code == 0 || length > options.size())
            return;
        take(code, options.substr(0, length));
        options.remove_prefix(std::min(options.size(), paddedTo4(length)));
    }
}

PacketReader::Step PacketReader::readInterface(std::string_view body)
{
    if (body.size() < 8 || m_interfaces.size() >= mostInterfaces)
        return stop("an interface that cannot be read: damaged from here on");
    PacketInterface interface;
    Resolution resolution;
    interface.linkType = read16(body, 0);
    interface.snapLength = read32(body, 4);
    forEachOption(body.substr(8), [&](std::uint16_t code, std::string_view value) {
        if (code == 2) {
            interface.name = value.substr(0, value.find('\0'));
        } else if (code == 9 && !value.empty()) {
            const auto byte = static_cast<unsigned char>(value[0]);
            resolution.isBinary = (byte & 0x80) != 0;
            resolution.exponent = byte & 0x7fU;
        } else if (code == 14 && value.size() >= 8) {
            resolution.offsetSeconds = static_cast<std::int64_t>(read64(value, 0));
        }
    });
    m_interfaces.push_back(std::move(interface));
    m_resolutions.push_back(resolution);
    m_hasStatistics.push_back(false);
    return Step::Skipped;
}

/// Nothing for a time that no clock of ours can show.
std::optional<Time> PacketReader::timeOf(std::uint32_t interface, std::uint64_t units) const
{
    const Resolution& resolution = m_resolutions[interface];
    constexpr std::int64_t farthest = std::int64_t{1} << 40;
    if (resolution.offsetSeconds > farthest || resolution.offsetSeconds < -farthest)
        return std::nullopt;
    std::uint64_t seconds = 0, nanoseconds = 0;
    if (resolution.isBinary) {
        if (resolution.exponent > 63)
            return std::nullopt;
        seconds = units >> resolution.exponent;
        std::uint64_t fraction = units & ((std::uint64_t{1} << resolution.exponent) - 1);
        unsigned exponent = resolution.exponent;
        if (exponent > 32) { // so that the product below fits; 2^-32 s is a quarter of a nanosecond
            fraction >>= exponent - 32;
            exponent = 32;
        }
        nanoseconds = fraction * 1'000'000'000 >> exponent;
    } else {
        constexpr unsigned mostDigits = 19;
        if (resolution.exponent > mostDigits)
            return std::nullopt;
        const std::uint64_t perSecond = powerOfTen(resolution.exponent);
        seconds = units / perSecond;
        nanoseconds = resolution.exponent <= 9 ? units % perSecond * powerOfTen(9 - resolution.exponent)
                                               : units % perSecond / powerOfTen(resolution.exponent - 9);
    }
    if (seconds > static_cast<std::uint64_t>(farthest))
        return std::nullopt;
    return saneTime(
        static_cast<std::int64_t>(seconds) + resolution.offsetSeconds, static_cast<std::int64_t>(nanoseconds));
}

void PacketReader::countDropped(std::uint32_t interface, std::uint64_t count)
{
    if (!m_hasStatistics[interface])
        m_interfaces[interface].dropped = m_interfaces[interface].dropped.value_or(0) + count;
}

/// Enhanced Packet Block, or the Packet Block of before 2005, whose interface has 16 bits and a drop count beside it.
PacketReader::Step PacketReader::readPacket(std::string_view body, PacketBlock kind, Frame& frame)
{
    constexpr std::size_t fixed = 20;
    const bool isOld = kind == PacketBlock::Old;
    const std::uint32_t captured = body.size() < fixed ? 0 : read32(body, 12);
    const std::uint64_t number = body.size() < fixed ? UINT32_MAX : isOld ? read16(body, 0) : read32(body, 0);
    const std::uint64_t interface = m_sectionFirst + number;
    if (body.size() < fixed || body.size() - fixed < captured || interface >= m_interfaces.size()) {
        note("a packet block that cannot be read was left out");
        return Step::Skipped;
    }
    const auto index = static_cast<std::uint32_t>(interface);
    frame.time = timeOf(index, std::uint64_t{read32(body, 4)} << 32 | read32(body, 8));
    frame.direction = Direction::Unknown;
    if (const std::uint16_t dropped = read16(body, 2); isOld && dropped != 0xffff) // 0xffff = not known
        countDropped(index, dropped);
    const std::size_t options = fixed + paddedTo4(captured);
    if (body.size() > options)
        forEachOption(body.substr(options), [&](std::uint16_t code, std::string_view value) {
            if (code == 2 && value.size() >= 4) { // epb_flags: the lowest two bits say which way
                const std::uint32_t way = read32(value, 0) & 3;
                frame.direction = way == 1 ? Direction::Incoming : way == 2 ? Direction::Outgoing : Direction::Unknown;
            } else if (code == 4 && value.size() >= 8) { // epb_dropcount: lost since the last one
                countDropped(index, read64(value, 0));
            }
        });
    return finishFrame(frame, index, body.substr(fixed, captured), read32(body, 16));
}

/// Of the section's first interface, without a time, and as long as the snap length allows.
PacketReader::Step PacketReader::readSimplePacket(std::string_view body, Frame& frame)
{
    if (body.size() < 4 || m_sectionFirst >= m_interfaces.size()) {
        note("a packet block that cannot be read was left out");
        return Step::Skipped;
    }
    const std::uint32_t wire = read32(body, 0);
    const std::uint64_t snap = m_interfaces[m_sectionFirst].snapLength;
    const std::uint64_t limit = std::min<std::uint64_t>(snap ? snap : wire, wire);
    frame.time.reset();
    frame.direction = Direction::Unknown;
    return finishFrame(frame, m_sectionFirst, body.substr(4, static_cast<std::size_t>(limit)), wire);
}

PacketReader::Step PacketReader::readStatistics(std::string_view body)
{
    const std::uint64_t interface = body.size() < 12 ? UINT32_MAX : std::uint64_t{m_sectionFirst} + read32(body, 0);
    if (interface >= m_interfaces.size())
        return Step::Skipped;
    std::optional<std::uint64_t> dropped;
    forEachOption(body.substr(12), [&](std::uint16_t code, std::string_view value) {
        if ((code == 5 || code == 7) && value.size() >= 8) // isb_ifdrop, isb_osdrop: by the interface, by the system
            dropped = dropped.value_or(0) + read64(value, 0);
    });
    if (dropped) { // cumulative: the last block tells
        m_interfaces[static_cast<std::size_t>(interface)].dropped = dropped;
        m_hasStatistics[static_cast<std::size_t>(interface)] = true;
    }
    return Step::Skipped;
}

} // namespace hindcast::tcp
