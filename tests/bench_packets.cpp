// Packets per second of each stage of reading a packet capture, beside a plain libpcap loop and tshark.
//   build/release/tests/bench_packets CAPTURE [ROUNDS]
// Prints the median of the rounds (5), which go round all stages in turn.
#include "parse/load.h"
#include "tcp/analysis.h"
#include "tcp/frame_decoder.h"
#include "tcp/packet_reader.h"
#include "tcp/tshark_marks.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#if __has_include(<pcap/pcap.h>) && defined(HINDCAST_BENCH_PCAP)
#include <pcap/pcap.h>
#define HAS_LIBPCAP 1
#endif

using namespace hindcast;

namespace {

struct Stage {
    const char* name;
    std::function<std::uint64_t()> run; ///< packets; 0 = it cannot be done here
    std::vector<double> seconds = {};
};

std::string contentsOf(const char* path)
{
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

template <typename Take> std::uint64_t forEachFrame(const std::string& file, const Take& take)
{
    tcp::PacketReader reader;
    reader.read(file, tcp::PacketReader::Piece::Last);
    for (tcp::Frame frame; reader.next(frame);)
        take(frame);
    return reader.lastFrame();
}

std::uint64_t decodeAll(const std::string& file, const std::function<void(const tcp::Segment&)>& take)
{
    tcp::FrameDecoder decoder;
    return forEachFrame(file, [&](const tcp::Frame& frame) {
        if (decoder.decode(frame) == tcp::FrameDecoder::Kind::Tcp && take)
            take(decoder.segment());
    });
}

std::uint64_t analyse(const std::string& file)
{
    tcp::Analysis analysis;
    const std::uint64_t packets = decodeAll(file, [&](const tcp::Segment& segment) { analysis.add(segment); });
    return analysis.finish({}).packets.empty() ? 0 : packets;
}

std::uint64_t pcapLoop([[maybe_unused]] const char* path)
{
    std::uint64_t packets = 0;
#ifdef HAS_LIBPCAP
    char error[PCAP_ERRBUF_SIZE];
    pcap_t* file = pcap_open_offline(path, error);
    if (!file)
        return 0;
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    while (pcap_next_ex(file, &header, &data) == 1)
        ++packets;
    pcap_close(file);
#endif
    return packets;
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench_packets CAPTURE [ROUNDS]\n");
        return 2;
    }
    const char* path = argv[1];
    const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
    const std::string file = contentsOf(path);
    std::uint64_t packets = 0;
    tcp::PacketReader counter;
    counter.read(file, tcp::PacketReader::Piece::Last);
    for (tcp::Frame frame; counter.next(frame);)
        ++packets;
    if (packets == 0) {
        std::fprintf(stderr, "bench_packets: no packets in %s\n", path);
        return 3;
    }
    std::vector<Stage> stages;
    stages.push_back({"pcap_next_ex loop", [&] { return pcapLoop(path); }});
    stages.push_back({"reader", [&] { return forEachFrame(file, [](const tcp::Frame&) {}); }});
    stages.push_back({"+ decoder", [&] { return decodeAll(file, {}); }});
    stages.push_back({"+ tshark's marks", [&] {
                          tcp::TsharkMarker marker;
                          return decodeAll(file, [&](const tcp::Segment& segment) {
                              TcpPacket packet;
                              marker.mark(segment, packet);
                          });
                      }});
    stages.push_back({"+ analysis (all)", [&] { return analyse(file); }});
    stages.push_back({"load of the file", [&] {
                          const auto loaded = parse::loadPath(path);
                          return loaded ? packets : 0;
                      }});
    stages.push_back({"tshark -z conv,tcp", [&] {
                          const std::string command =
                              "tshark -n -q -z conv,tcp -r '" + std::string(path) + "' >/dev/null 2>&1";
                          return std::system(command.c_str()) == 0 ? packets : 0;
                      }});
    for (int round = 0; round < rounds; ++round)
        for (Stage& stage : stages) {
            const auto begin = std::chrono::steady_clock::now();
            if (stage.run() != 0)
                stage.seconds.push_back(
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        }
    std::printf("%llu packets, %.1f MB\n%-20s %10s %10s %14s\n", static_cast<unsigned long long>(packets),
        static_cast<double>(file.size()) / 1e6, "stage", "seconds", "Mpackets/s", "x pcap loop");
    for (const Stage& stage : stages) {
        if (stage.seconds.empty()) {
            std::printf("%-20s not available here\n", stage.name);
            continue;
        }
        const double seconds = median(stage.seconds);
        std::printf("%-20s %10.4f %10.2f", stage.name, seconds, static_cast<double>(packets) / seconds / 1e6);
        if (!stages.front().seconds.empty())
            std::printf(" %14.2f", seconds / median(stages.front().seconds));
        std::printf("\n");
    }
    return 0;
}
