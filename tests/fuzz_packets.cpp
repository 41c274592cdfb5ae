// libFuzzer: any bytes as a packet capture, whole and in pieces, through reader, decoder, marks and analysis.
//   build/fuzz/tests/fuzz_packets -max_len=65536 -max_total_time=60 CORPUS
#include "tcp/analysis.h"
#include "tcp/frame_decoder.h"
#include "tcp/packet_reader.h"
#include "tcp/wire_series.h"

#include <cstdlib>
#include <string>

using namespace hindcast;

namespace {

std::uint32_t framesInPieces(std::string_view file)
{
    constexpr std::size_t step = 97;
    tcp::PacketReader reader;
    std::size_t at = 0;
    for (std::size_t end = step;; end += step) {
        const bool isLast = end >= file.size();
        const std::string piece(file.substr(at, end - at)); // a copy: reading past the piece is seen
        reader.read(piece, isLast ? tcp::PacketReader::Piece::Last : tcp::PacketReader::Piece::More);
        for (tcp::Frame frame; reader.next(frame);) { }
        at += reader.consumed();
        if (isLast)
            return reader.lastFrame();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string file(reinterpret_cast<const char*>(data), size);
    tcp::PacketReader reader;
    tcp::FrameDecoder decoder;
    tcp::Analysis analysis;
    reader.read(file, tcp::PacketReader::Piece::Last);
    for (tcp::Frame frame; reader.next(frame);) {
        const std::string captured(frame.bytes);
        frame.bytes = captured;
        const auto kind = decoder.decode(frame);
        if (kind == tcp::FrameDecoder::Kind::Tcp)
            analysis.add(decoder.segment());
        else if (kind == tcp::FrameDecoder::Kind::IcmpError)
            analysis.add(decoder.icmpError());
    }
    const PacketCapture capture = analysis.finish({});
    (void)tcp::wireSeries(capture);
    if (framesInPieces(file) != reader.lastFrame())
        std::abort();
    return 0;
}
