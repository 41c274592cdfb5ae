#include "tcp/analysis.h"

#include "tcp/flow_conclusion.h"
#include "tcp/flow_table.h"
#include "tcp/flow_tracker.h"
#include "tcp/path_round_trips.h"
#include "tcp/tshark_marks.h"
#include "tcp/vantage.h"

#include <algorithm>
#include <deque>

namespace hindcast::tcp {
namespace {

/// Who opened a connection whose SYN is not in the capture: by its SYN-ACK; else ports below 1024 and then the lower
/// port belong to servers.
Side speakerOf(const Segment& segment)
{
    if (segment.has(Segment::syn))
        return segment.has(Segment::ack) ? Side::Server : Side::Client;
    return segment.from.port >= segment.to.port ? Side::Client : Side::Server;
}

/// Times a file may claim and nothing was captured at: differences of what remains never overflow.
constexpr Time earliestTime = Time{std::chrono::seconds{0}},
               latestTime = Time{std::chrono::seconds{7'000'000'000}}; // 1970 to 2191

} // namespace

struct Analysis::State {
    FlowTable table;
    std::deque<FlowTracker> trackers; ///< one per flow; a deque, so that growing does not move them
    TsharkMarker marker;
    PacketCapture capture;

    std::uint32_t flowOf(const Segment& segment);
    std::uint32_t open(const Segment& segment, const FlowKey& key);
};

/// The conversation a segment belongs to; a new one where it begins one.
std::uint32_t Analysis::State::flowOf(const Segment& segment)
{
    const FlowKey key = FlowKey::of(segment.from, segment.to);
    const auto known = table.find(key);
    if (!known)
        return open(segment, key);
    const Flow& flow = capture.flows[*known];
    const Side from = segment.from == flow.client.endpoint ? Side::Client : Side::Server;
    if (!trackers[*known].isReuse(segment, from, flow))
        return *known;
    trackers[*known].setReused(segment.time);
    return open(segment, key);
}

std::uint32_t Analysis::State::open(const Segment& segment, const FlowKey& key)
{
    const auto index = static_cast<std::uint32_t>(capture.flows.size());
    trackers.emplace_back(segment, speakerOf(segment), capture.flows.emplace_back());
    table.set(key, index);
    return index;
}

Analysis::Analysis()
    : m_state(std::make_unique<State>())
{
}
Analysis::~Analysis() = default;
Analysis::Analysis(Analysis&&) noexcept = default;
Analysis& Analysis::operator=(Analysis&&) noexcept = default;

void Analysis::add(const Segment& segment)
{
    if (segment.time < earliestTime || segment.time > latestTime) {
        Segment within = segment;
        within.time = std::clamp(segment.time, earliestTime, latestTime);
        add(within);
        return;
    }
    const std::uint32_t index = static_cast<std::uint32_t>(m_state->capture.packets.size());
    const std::uint32_t flowIndex = m_state->flowOf(segment);
    Flow& flow = m_state->capture.flows[flowIndex];
    TcpPacket packet;
    packet.time = segment.time;
    packet.frame = segment.frame;
    packet.flow = flowIndex;
    packet.source = segment.source;
    packet.rawSequence = segment.sequence;
    packet.rawAcknowledgment = segment.has(Segment::ack) ? segment.acknowledgment : 0;
    packet.payload = segment.payload;
    packet.rawWindow = segment.window;
    packet.flags = segment.flags;
    packet.from = segment.from == flow.client.endpoint ? Side::Client : Side::Server;
    m_state->marker.mark(segment, packet);
    m_state->trackers[flowIndex].add(segment, packet, index, flow);
    m_state->capture.packets.push_back(packet);
}

void Analysis::add(const IcmpError& error)
{
    if (const auto flow = m_state->table.find(FlowKey::of(error.from, error.to)))
        m_state->trackers[*flow].addUnreachable(error);
}

PacketCapture Analysis::finish(std::vector<PacketSource> sources)
{
    State& state = *m_state;
    PacketCapture& capture = state.capture;
    capture.sources = std::move(sources);
    state.marker = TsharkMarker(); // what is done with makes room for what is concluded
    state.table = FlowTable();
    Vantage vantage;
    PathRoundTrips paths;
    for (std::size_t i = 0; i < capture.flows.size(); ++i) {
        vantage.add(capture.flows[i], state.trackers[i]);
        paths.add(capture.flows[i], state.trackers[i]);
    }
    Time end{};
    for (const TcpPacket& packet : capture.packets)
        end = std::max(end, packet.time);
    FlowConclusion conclusion(capture.packets, end);
    for (Flow& flow : capture.flows) {
        flow.vantage = vantage.of(flow, state.trackers.front());
        conclusion.conclude(flow, state.trackers.front(), paths);
        state.trackers.pop_front();
    }
    PacketCapture result = std::move(capture);
    m_state = std::make_unique<State>();
    return result;
}

} // namespace hindcast::tcp
