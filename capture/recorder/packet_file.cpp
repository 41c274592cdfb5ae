#include "packet_file.h"

#include "framing/tar_header.h"

#include <charconv>
#include <string_view>

namespace hindcast::recorder {
namespace {

// https://www.tcpdump.org/manpages/pcap-savefile.5.txt; numbers stand in the machine's own order, the magic tells
// which.
struct FileHeader {
    std::uint32_t magic = 0xA1B23C4DU; ///< nanoseconds
    std::uint16_t major = 2, minor = 4;
    std::uint32_t zone = 0, accuracy = 0;
    std::uint32_t snapLength = 0;
    std::uint32_t linkType = 0;
};
struct RecordHeader {
    std::uint32_t seconds = 0, nanoseconds = 0;
    std::uint32_t captured = 0, length = 0;
};
static_assert(sizeof(FileHeader) == 24 && sizeof(RecordHeader) == 16);

constexpr std::int64_t nanosecondsPerSecond = 1'000'000'000;

template <typename Header> void appendBytes(std::string& bytes, const Header& header)
{
    bytes.append(reinterpret_cast<const char*>(&header), sizeof header);
}

template <typename Integer> void putNumber(std::string& text, std::string_view key, Integer value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text += key;
    text += ' ';
    text.append(digits, end);
    text += '\n';
}

/// One line stays one line: an interface's error or a filter may hold anything.
void put(std::string& text, std::string_view key, std::string_view value)
{
    if (value.empty())
        return;
    text += key;
    text += ' ';
    for (const char c : value)
        text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    text += '\n';
}

std::string noteText(const PacketNote& note)
{
    std::string text;
    putNumber(text, "first_real_ns", note.firstReal);
    putNumber(text, "last_real_ns", note.lastReal);
    putNumber(text, "received", note.received);
    putNumber(text, "dropped", note.dropped);
    putNumber(text, "dropped_interface", note.droppedByInterface);
    putNumber(text, "dropped_recorder", note.droppedByRecorder);
    putNumber(text, "snaplen", note.snapLength);
    put(text, "filter", note.filter);
    put(text, "error", note.error);
    return text;
}

void appendPadding(std::string& tar, std::size_t size)
{
    tar.append(static_cast<std::size_t>(framing::tarPadding(size)), '\0');
}

} // namespace

PacketFile::PacketFile(std::uint32_t linkType, unsigned snapLength)
    : m_tar(framing::tarBlockSize, '\0')
{
    FileHeader header;
    header.snapLength = snapLength;
    header.linkType = linkType;
    appendBytes(m_tar, header);
}

std::size_t PacketFile::recordSize(const Packet& packet)
{
    return sizeof(RecordHeader) + packet.bytes.size();
}

void PacketFile::add(const Packet& packet)
{
    RecordHeader header;
    header.seconds = static_cast<std::uint32_t>(packet.realNanoseconds / nanosecondsPerSecond);
    header.nanoseconds = static_cast<std::uint32_t>(packet.realNanoseconds % nanosecondsPerSecond);
    header.captured = static_cast<std::uint32_t>(packet.bytes.size());
    header.length = packet.length;
    appendBytes(m_tar, header);
    m_tar += packet.bytes;
    ++m_packets;
}

/// The path was looked at when the interface was opened, and the size is bounded: the headers can be made.
std::string PacketFile::seal(const std::string& stem, const PacketNote& note) &&
{
    const std::int64_t modified = note.lastReal / nanosecondsPerSecond;
    const std::size_t size = m_tar.size() - framing::tarBlockSize;
    const auto fileHeader = framing::makeTarHeader({stem + ".pcap", size, modified});
    const std::string text = noteText(note);
    const auto noteHeader = framing::makeTarHeader({stem + ".txt", text.size(), modified});
    if (!fileHeader || !noteHeader)
        return {};
    m_tar.replace(0, framing::tarBlockSize, fileHeader->data(), fileHeader->size());
    appendPadding(m_tar, size);
    m_tar.append(noteHeader->data(), noteHeader->size());
    m_tar += text;
    appendPadding(m_tar, text.size());
    return std::move(m_tar);
}

} // namespace hindcast::recorder
