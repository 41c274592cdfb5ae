#include "report/packets_report.h"

#include "tcp/tshark_marks.h"

#include <array>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace hindcast::report {
namespace {

std::string headerLine()
{
    std::string line = "frame\ttime_epoch\tsrc\tsport\tdst\tdport\tstream\tflags\tseq\tack\tlen\twin";
    for (std::size_t i = 0; i < tcp::tsharkMarkCount; ++i)
        line.append("\t").append(tcp::tsharkMarkName(static_cast<tcp::TsharkMark>(i)));
    return line + "\tanalysis\tseq_raw\tack_raw\twin_raw\tack_rtt\tip_layers\n";
}

/// Addresses as text, made once per flow.
struct FlowText {
    std::string client, server;
};

std::vector<FlowText> flowTexts(const std::vector<Flow>& flows)
{
    std::vector<FlowText> texts;
    texts.reserve(flows.size());
    for (const Flow& flow : flows)
        texts.push_back({fmt::format("{}\t{}", flow.client.endpoint.address.text(), flow.client.endpoint.port),
            fmt::format("{}\t{}", flow.server.endpoint.address.text(), flow.server.endpoint.port)});
    return texts;
}

void appendTime(fmt::memory_buffer& line, Time time)
{
    const auto nanoseconds = time.time_since_epoch().count();
    fmt::format_to(std::back_inserter(line), "{}.{:09}", nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000);
}

void appendMarks(fmt::memory_buffer& line, TsharkMarks marks)
{
    for (std::size_t i = 0; i < tcp::tsharkMarkCount; ++i)
        line.append(std::string_view((marks & 1U << i) != 0 ? "\t1" : "\t0"));
    line.push_back('\t');
    bool isFirst = true;
    for (std::size_t i = 0; i < tcp::tsharkMarkCount; ++i)
        if ((marks & 1U << i) != 0) {
            if (!std::exchange(isFirst, false))
                line.push_back(',');
            line.append(tcp::tsharkMarkName(static_cast<tcp::TsharkMark>(i)));
        }
}

void appendPacket(fmt::memory_buffer& line, const TcpPacket& packet, const FlowText& flow, bool isTimed)
{
    const bool isFromClient = packet.from == Side::Client;
    const auto out = std::back_inserter(line);
    fmt::format_to(out, "{}\t", packet.frame);
    if (isTimed)
        appendTime(line, packet.time);
    fmt::format_to(out, "\t{}\t{}\t{}\t0x{:04x}\t{}\t{}\t{}\t{}", isFromClient ? flow.client : flow.server,
        isFromClient ? flow.server : flow.client, packet.tsharkStream, packet.flags, packet.sequence,
        packet.isAck() ? packet.acknowledgment : packet.rawAcknowledgment, packet.payload, packet.window);
    appendMarks(line, packet.tsharkMarks);
    fmt::format_to(out, "\t{}\t{}\t{}\t", packet.rawSequence, packet.rawAcknowledgment, packet.rawWindow);
    if (isTimed && !std::isnan(packet.tsharkAckRtt))
        fmt::format_to(out, "{:.9f}", packet.tsharkAckRtt);
    fmt::format_to(out, "\t{}\n", packet.ipLayers);
}

} // namespace

void writePackets(const Snapshot& snapshot, const std::optional<TimeRange>& range, Output& out)
{
    const std::vector<FlowText> flows = flowTexts(snapshot.packets.flows);
    out.write(headerLine());
    fmt::memory_buffer line;
    for (const TcpPacket& packet : snapshot.packets.packets) {
        if (range && !range->contains(packet.time))
            continue;
        line.clear();
        appendPacket(line, packet, flows[packet.flow], snapshot.packets.sources[packet.source].range.has_value());
        out.write({line.data(), line.size()});
    }
}

} // namespace hindcast::report
