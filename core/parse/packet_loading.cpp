#include "parse/packet_loading.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <fmt/format.h>

namespace hindcast::parse {
namespace {

constexpr std::string_view packetsFolder = "packets/";

/// "packets/eth0" for the files of an interface; a file that stands alone is a stream of its own.
std::string streamName(const std::string& path)
{
    return isPacketPath(path) ? path.substr(0, path.rfind('/')) : path;
}

/// Zero is a time like any other to the analysis: whatever it made of it is taken back.
void forgetTimes(Flow& flow)
{
    flow.range = TimeRange();
    for (std::optional<Nanoseconds>* duration :
        {&flow.synToSynAck, &flow.synAckToAck, &flow.minimumRtt, &flow.medianRtt, &flow.maximumRtt})
        duration->reset();
    flow.rttSamples = 0;
    flow.vantage.reset();
    for (FlowSide* side : {&flow.client, &flow.server})
        side->finTime.reset();
}

/// "eth0", or the file's name.
std::string sourceName(const std::string& path)
{
    const std::string stream = streamName(path);
    return stream.substr(stream.rfind('/') + 1);
}

void widen(std::optional<TimeRange>& range, Time time)
{
    if (!range)
        range = TimeRange{time, time + Nanoseconds{1}};
    range->begin = std::min(range->begin, time);
    range->end = std::max(range->end, time + Nanoseconds{1});
}

} // namespace

bool isPacketPath(std::string_view path)
{
    return path.starts_with(packetsFolder) && std::count(path.begin(), path.end(), '/') == 2
        && (path.ends_with(".pcap") || path.ends_with(".txt"));
}

bool isPacketFactsPath(std::string_view path)
{
    return isPacketPath(path) && path.ends_with(".txt");
}

PacketLoading::Stream& PacketLoading::streamOf(const std::string& path)
{
    auto& stream = m_streams[streamName(path)];
    if (!stream)
        stream = std::make_unique<Stream>();
    return *stream;
}

std::uint8_t PacketLoading::sourceOf(
    Stream& stream, std::uint32_t interface, const tcp::PacketInterface& about, const std::string& path)
{
    const auto known = stream.sources.find(interface);
    if (known != stream.sources.end())
        return known->second;
    constexpr std::size_t most = 255; // TcpPacket::source has 8 bits
    if (m_sources.size() >= most) {
        m_notes.push_back({path, 0, NoteSeverity::Info,
            fmt::format("more than {} packet sources: the rest counts as the last one", most), 1});
    } else {
        PacketSource source;
        source.name = about.name.empty() ? sourceName(path) : about.name;
        source.member = path;
        source.snapLength = about.snapLength;
        m_sources.push_back(std::move(source));
    }
    const auto index = static_cast<std::uint8_t>(m_sources.size() - 1);
    stream.sources.emplace(interface, index);
    return index;
}

void PacketLoading::takeFrame(Stream& stream, const tcp::Frame& frame, std::uint8_t sourceIndex, Nanoseconds shift)
{
    using Kind = tcp::FrameDecoder::Kind;
    PacketSource& source = m_sources[sourceIndex];
    ++source.frames;
    if (!frame.time)
        ++m_untimed;
    const Time time = frame.time ? *frame.time + shift : stream.lastTime.value_or(Time{});
    if (frame.time) {
        stream.lastTime = time;
        widen(source.range, time);
    }
    switch (stream.decoder.decode(frame)) {
    case Kind::Tcp: {
        tcp::Segment segment = stream.decoder.segment();
        segment.time = time;
        segment.source = sourceIndex;
        ++source.tcpSegments;
        m_analysis.add(segment);
        break;
    }
    case Kind::IcmpError: {
        tcp::IcmpError error = stream.decoder.icmpError();
        error.time = time;
        m_analysis.add(error);
        break;
    }
    case Kind::Other:
        break;
    case Kind::UnknownLink:
        ++m_unknownLinks[frame.linkType];
        ++source.unreadable;
        break;
    case Kind::Unreadable:
        ++source.unreadable;
        break;
    }
}

void PacketLoading::read(const PacketMember& member, Nanoseconds shift)
{
    Stream& stream = streamOf(member.path);
    tcp::PacketReader reader(stream.lastFrame + 1);
    reader.read(member.bytes, tcp::PacketReader::Piece::Last);
    MemberReport report;
    report.path = member.path;
    report.source = packetSourceId;
    report.bytes = member.bytes.size();
    m_untimed = 0;
    m_unknownLinks.clear();
    constexpr std::uint64_t stopEvery = 1 << 14;
    for (tcp::Frame frame; reader.next(frame); ++report.samples) {
        if (report.samples % stopEvery == 0 && m_stop.stop_requested())
            return;
        const std::uint8_t source =
            sourceOf(stream, frame.interface, reader.interfaces()[frame.interface], member.path);
        const std::uint64_t unreadable = m_sources[source].unreadable;
        takeFrame(stream, frame, source, shift);
        report.skipped += m_sources[source].unreadable - unreadable;
    }
    stream.lastFrame = reader.lastFrame();
    for (std::uint32_t i = 0; i < reader.interfaces().size(); ++i) { // also those without a frame
        PacketSource& source = m_sources[sourceOf(stream, i, reader.interfaces()[i], member.path)];
        if (const auto dropped = reader.interfaces()[i].dropped)
            source.droppedByKernel = source.droppedByKernel.value_or(0) + *dropped;
    }
    noteUnreadFrames(member);
    noteProblems(member.path, reader, report);
    m_reports.push_back(std::move(report));
}

void PacketLoading::noteUnreadFrames(const PacketMember& member)
{
    if (m_untimed > 0)
        m_notes.push_back({member.path, 0, NoteSeverity::Info,
            streamOf(member.path).lastTime ? "frames without a time: they take that of the frame before"
                                           : "the packets have no times: nothing that needs one is said of them",
            m_untimed});
    for (const auto& [linkType, count] : m_unknownLinks)
        m_notes.push_back({member.path, 0, NoteSeverity::DataLoss,
            fmt::format("link type {} is not read: {} packets", linkType, count), 1});
}

void PacketLoading::noteProblems(const std::string& path, const tcp::PacketReader& reader, MemberReport& report)
{
    for (const tcp::ReaderProblem& problem : reader.problems()) {
        std::string text = fmt::format("{} (byte {}, after frame {})", problem.what, problem.offset, problem.frame);
        if (report.firstProblem.empty())
            report.firstProblem = text;
        m_notes.push_back({path, 0, NoteSeverity::DataLoss, std::move(text), 1});
        m_isPartial = true;
    }
}

void PacketLoading::readFacts(const PacketMember& member)
{
    Stream& stream = streamOf(member.path);
    std::uint64_t dropped = 0;
    bool isDroppedKnown = false;
    std::string_view rest = member.bytes;
    for (std::string_view line; nextLine(rest, line);) {
        const std::string_view key = nextField(line);
        if (key == "dropped" || key == "dropped_interface" || key == "dropped_recorder") {
            const auto count = parseInteger(nextField(line));
            isDroppedKnown = isDroppedKnown || count;
            dropped += count.value_or(0);
        } else if (key == "error") {
            m_notes.push_back(
                {member.path, 0, NoteSeverity::DataLoss, fmt::format("the capture of packets ended: {}", line), 1});
        }
    }
    MemberReport report;
    report.path = member.path;
    report.source = packetSourceId;
    report.bytes = member.bytes.size();
    report.samples = 1;
    m_reports.push_back(std::move(report));
    if (!isDroppedKnown || stream.sources.empty())
        return;
    PacketSource& source = m_sources[stream.sources.begin()->second];
    source.droppedByKernel = source.droppedByKernel.value_or(0) + dropped;
}

PacketCapture PacketLoading::finish()
{
    for (const PacketSource& source : m_sources)
        if (source.droppedByKernel.value_or(0) > 0)
            m_notes.push_back({source.member, 0, NoteSeverity::DataLoss,
                fmt::format("{} packets of {} were not captured: they came faster than they could be kept",
                    *source.droppedByKernel, source.name),
                1});
    PacketCapture capture = m_analysis.finish(std::move(m_sources));
    for (Flow& flow : capture.flows) {
        const bool isUntimed = std::any_of(flow.packets.begin(), flow.packets.end(),
            [&](std::uint32_t packet) { return !capture.sources[capture.packets[packet].source].range; });
        if (isUntimed)
            forgetTimes(flow);
    }
    return capture;
}

} // namespace hindcast::parse
