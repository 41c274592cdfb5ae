// PacketFile: packets on their way into the capture: the member packets/<interface>/NNNNNN.pcap, a complete pcap file,
// and the NNNNNN.txt beside it that says what the file cannot.
#pragma once

#include "packet_source.h"

#include <cstdint>
#include <string>

namespace hindcast::recorder {

/// What NNNNNN.txt tells; counts since the file before.
struct PacketNote {
    std::int64_t firstReal = 0, lastReal = 0; ///< the time that the file covers, nanoseconds
    std::uint64_t received = 0;
    std::uint64_t dropped = 0, droppedByInterface = 0, droppedByRecorder = 0;
    unsigned snapLength = 0;
    std::string filter; ///< "" = none
    std::string error; ///< why no packets come after these; "" = they do
};

class PacketFile {
public:
    /// Begins an empty file.
    PacketFile(std::uint32_t linkType, unsigned snapLength);

    void add(const Packet& packet);
    /// Of the file so far, headers included.
    std::size_t size() const { return m_tar.size(); }
    std::uint64_t packets() const { return m_packets; }
    /// Both members as they stand in a tar archive, `stem` being "packets/eth0/000003".
    std::string seal(const std::string& stem, const PacketNote& note) &&;

    static std::size_t recordSize(const Packet& packet);

private:
    std::string m_tar; ///< room for the header of the first member, then its bytes
    std::uint64_t m_packets = 0;
};

} // namespace hindcast::recorder
