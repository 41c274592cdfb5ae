// PacketReader: frames out of a packet capture file (pcap, pcapng, snoop) of any byte order, resolution and link type.
// It copies nothing, can be fed in pieces, and keeps what came before damage. Own code rather than libpcap, which
// refuses mixed link types in one pcapng and knows no offsets to point at.
#pragma once

#include "tcp/segment.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::tcp {

/// One captured frame. `bytes` points into the reader's input.
struct Frame {
    std::uint32_t number = 0; ///< counts on from the reader's first
    std::uint64_t offset = 0; ///< of its record in the input
    std::optional<Time> time; ///< nothing in a simple packet block, which has none
    std::uint32_t interface = 0; ///< index into PacketReader::interfaces()
    std::uint16_t linkType = 0; ///< https://www.tcpdump.org/linktypes.html
    Direction direction = Direction::Unknown; ///< by the flags of an enhanced packet block
    std::uint32_t wireLength = 0; ///< before the snap length cut it
    std::string_view bytes; ///< what was captured
};

struct PacketInterface {
    std::string name; ///< if_name of pcapng; "" = not said
    std::uint16_t linkType = 0;
    std::uint64_t snapLength = 0; ///< 0 = no limit
    std::optional<std::uint64_t> dropped; ///< nothing = not said
};

/// Where and why a file could not be read as it stands.
struct ReaderProblem {
    std::uint64_t offset = 0; ///< in the input
    std::uint32_t frame = 0; ///< the last whole one before it
    std::string what;
};

class PacketReader {
public:
    /// Whether a file that begins so is a packet capture. 12 bytes tell.
    static bool recognises(std::string_view beginning);

    /// Frames are numbered from `firstFrame`.
    explicit PacketReader(std::uint32_t firstFrame = 1)
        : m_frame(firstFrame - 1)
    {
    }

    enum class Piece : std::uint8_t { More, Last };
    /// The input from where the last piece was consumed() up to; must live while frames of it are used.
    void read(std::string_view bytes, Piece piece);
    /// The next frame; false when the piece holds no further whole one.
    bool next(Frame& frame);
    /// Bytes of the piece that are done with: the rest comes again in front of the next piece.
    std::size_t consumed() const { return m_position; }

    /// Grows while a pcapng is read.
    const std::vector<PacketInterface>& interfaces() const { return m_interfaces; }
    const std::vector<ReaderProblem>& problems() const { return m_problems; }
    /// Number of the last frame handed out.
    std::uint32_t lastFrame() const { return m_frame; }

private:
    enum class Format : std::uint8_t { Unknown, Pcap, Pcapng, Snoop };
    enum class Step : std::uint8_t { Frame, Skipped, Stop };
    enum class PacketBlock : std::uint8_t { Enhanced, Old };

    /// How an interface of a pcapng counts time.
    struct Resolution {
        bool isBinary = false; ///< units of 2^-exponent seconds, not 10^-exponent
        unsigned exponent = 6;
        std::int64_t offsetSeconds = 0;
    };

    bool begin();
    bool beginPcap();
    bool beginSnoop();
    Step nextPcap(Frame& frame);
    Step nextSnoop(Frame& frame);
    Step nextBlock(Frame& frame);
    Step readInterface(std::string_view body);
    Step readPacket(std::string_view body, PacketBlock kind, Frame& frame);
    Step readSimplePacket(std::string_view body, Frame& frame);
    Step readStatistics(std::string_view body);
    void countDropped(std::uint32_t interface, std::uint64_t count);
    template <typename Take> void forEachOption(std::string_view options, const Take& take) const;
    Step finishFrame(Frame& frame, std::uint32_t interface, std::string_view bytes, std::uint32_t wireLength);

    std::string_view rest() const { return m_bytes.substr(m_position); }
    std::uint64_t offset() const { return m_offset + m_position; }
    std::uint16_t read16(std::string_view bytes, std::size_t at) const;
    std::uint32_t read32(std::string_view bytes, std::size_t at) const;
    std::uint64_t read64(std::string_view bytes, std::size_t at) const;
    std::optional<Time> timeOf(std::uint32_t interface, std::uint64_t units) const;
    /// A problem here; the input is not read further.
    Step stop(std::string what);
    /// More input is needed; at the end of the input it is cut.
    Step needMore(std::string_view what);
    void note(std::string what);

    std::string_view m_bytes;
    std::size_t m_position = 0;
    std::uint64_t m_offset = 0; ///< of the piece in the input
    bool m_isLast = false;
    bool m_hasStopped = false;
    bool m_isBigEndian = false;
    bool m_isNanoseconds = false; ///< pcap
    Format m_format = Format::Unknown;
    std::size_t m_recordHeader = 16; ///< pcap; 24 in the variant of old Linux kernels' tcpdump
    std::uint32_t m_frame = 0;
    std::uint32_t m_sectionFirst = 0; ///< pcapng: the section's interface 0
    std::vector<PacketInterface> m_interfaces;
    std::vector<Resolution> m_resolutions; ///< by interface
    std::vector<bool> m_hasStatistics; ///< by interface: drops are told by a block of their own
    std::vector<ReaderProblem> m_problems;
};

} // namespace hindcast::tcp
