#include "flow_maker.h"

#include <algorithm>

namespace hindcast {

using namespace std::chrono_literals;

namespace {

IpAddress address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
{
    IpAddress result;
    result.bytes = {a, b, c, d};
    return result;
}

constexpr std::uint32_t clientIsn = 4'000'000'000U, serverIsn = 77'000U;

void noteSource(PacketCapture& capture)
{
    if (!capture.sources.empty())
        return;
    PacketSource source;
    source.name = "eth0";
    capture.sources.push_back(source);
}

} // namespace

FlowMaker::FlowMaker(
    PacketCapture& capture, Time begin, std::uint16_t clientPort, std::uint16_t serverPort, std::uint8_t client)
    : m_capture(capture)
    , m_flow(static_cast<std::uint32_t>(capture.flows.size()))
    , m_now(begin)
{
    noteSource(capture);
    Flow flow;
    flow.client.endpoint = {address(192, 0, 2, client), clientPort};
    flow.server.endpoint = {address(198, 51, 100, 9), serverPort};
    flow.clientIsn = clientIsn;
    flow.range = {begin, begin};
    capture.flows.push_back(flow);
}

FlowMaker::~FlowMaker()
{
    Flow& made = flow();
    for (const std::uint32_t index : made.packets) {
        const TcpPacket& packet = m_capture.packets[index];
        FlowSide& side = made.side(packet.from);
        ++side.packets;
        side.payloadBytes += packet.payload;
        if (packet.has(PacketMark::Retransmission)) {
            ++side.retransmittedSegments;
            ++side.retransmissionsByCause[static_cast<std::size_t>(packet.cause)];
        } else {
            side.uniqueBytes += packet.payload;
        }
        side.zeroWindows += packet.has(PacketMark::ZeroWindow) ? 1 : 0;
        side.outOfOrder += packet.has(PacketMark::OutOfOrder) ? 1 : 0;
        side.keepAlives += packet.has(PacketMark::KeepAlive) ? 1 : 0;
        side.resets += packet.isRst() ? 1 : 0;
    }
    m_capture.sources.front().tcpSegments = m_capture.packets.size();
    m_capture.sources.front().frames = m_capture.packets.size();
}

TcpPacket& FlowMaker::packet(Side from, std::uint16_t flags, std::uint32_t sequence, std::uint32_t acknowledgment,
    std::uint32_t payload, Nanoseconds after)
{
    m_now += after;
    TcpPacket made;
    made.time = m_now;
    made.frame = static_cast<std::uint32_t>(m_capture.packets.size() + 1);
    made.flow = m_flow;
    made.sequence = sequence;
    made.acknowledgment = acknowledgment;
    made.rawSequence = sequence + (from == Side::Client ? clientIsn : serverIsn);
    made.rawAcknowledgment = (flags & ack) != 0 ? acknowledgment + (from == Side::Client ? serverIsn : clientIsn) : 0;
    made.payload = payload;
    made.window = 64240;
    made.rawWindow = 502;
    made.flags = flags;
    made.from = from;
    flow().packets.push_back(static_cast<std::uint32_t>(m_capture.packets.size()));
    flow().range.end = std::max(flow().range.end, m_now + 1ns);
    m_capture.packets.push_back(made);
    return m_capture.packets.back();
}

void FlowMaker::state(Side side, TcpState state, std::uint32_t packet, StateBasis basis, Nanoseconds uncertain)
{
    const Time at = m_capture.packets[flow().packets[packet]].time;
    flow().side(side).states.push_back({state, at - uncertain, at, packet, basis});
}

void FlowMaker::handshake(Nanoseconds roundTrip)
{
    const auto first = static_cast<std::uint32_t>(flow().packets.size());
    packet(Side::Client, syn, 0, 0, 0, 0ns);
    packet(Side::Server, syn | ack, 0, 1, 0, roundTrip);
    packet(Side::Client, ack, 1, 1, 0, 30us);
    state(Side::Client, TcpState::SynSent, first);
    state(Side::Server, TcpState::Listen, first, StateBasis::Assumed);
    state(Side::Client, TcpState::Established, first + 1);
    state(Side::Server, TcpState::SynReceived, first + 1, StateBasis::Inferred, roundTrip);
    flow().handshake = Handshake::Complete;
    flow().synToSynAck = roundTrip;
    flow().synAckToAck = 30us;
    flow().minimumRtt = flow().medianRtt = flow().maximumRtt = roundTrip;
    flow().rttSamples = 1;
    flow().vantage = Side::Client;
}

void FlowMaker::mark(TcpPacket& packet, std::initializer_list<PacketMark> marks)
{
    for (const PacketMark mark : marks)
        packet.marks = static_cast<std::uint16_t>(packet.marks | static_cast<std::uint16_t>(mark));
}

void FlowMaker::retransmission(TcpPacket& packet, RetransmissionCause cause, std::uint8_t backoff)
{
    mark(packet, {PacketMark::Retransmission});
    packet.cause = cause;
    packet.backoff = backoff;
}

namespace {

using M = FlowMaker;
constexpr Side client = Side::Client, server = Side::Server;

void everyMark(PacketCapture& capture, Time begin)
{
    M maker(capture, begin, 51834);
    M::mark(maker.packet(client, M::syn, 0, 0, 0, 0ns), {PacketMark::Lost}); // 0
    M::retransmission(maker.packet(client, M::syn, 0, 0, 0, 1s), RetransmissionCause::Syn);
    maker.packet(server, M::syn | M::ack, 0, 1, 0, 900us);
    maker.packet(client, M::ack, 1, 1, 0, 30us);
    maker.packet(client, M::psh | M::ack, 1, 1, 24, 200us);
    maker.packet(server, M::ack, 1, 25, 0, 900us); // 5
    M::mark(maker.packet(server, M::psh | M::ack, 1, 25, 1448, 5ms), {PacketMark::Lost});
    M::mark(maker.packet(server, M::psh | M::ack, 1, 25, 1448, 204ms), {PacketMark::Lost});
    M::retransmission(capture.packets.back(), RetransmissionCause::Timeout);
    M::retransmission(maker.packet(server, M::psh | M::ack, 1, 25, 1448, 408ms), RetransmissionCause::Timeout, 1);
    maker.packet(client, M::ack, 25, 1449, 0, 20us);
    M::mark(maker.packet(server, M::ack, 1449, 25, 1448, 1ms), {PacketMark::Lost}); // 10
    maker.packet(server, M::ack, 2897, 25, 1448, 10us);
    M::mark(maker.packet(client, M::ack, 25, 1449, 0, 20us), {PacketMark::DuplicateAck});
    maker.packet(server, M::ack, 4345, 25, 1448, 10us);
    M::mark(maker.packet(client, M::ack, 25, 1449, 0, 20us), {PacketMark::DuplicateAck});
    M::retransmission(maker.packet(server, M::ack, 1449, 25, 1448, 800us), RetransmissionCause::FastRetransmit); // 15
    maker.packet(client, M::ack, 25, 5793, 0, 20us);
    M::mark(maker.packet(server, M::ack, 7241, 25, 1448, 1ms), {PacketMark::GapBefore});
    M::mark(maker.packet(server, M::ack, 5793, 25, 1448, 80us), {PacketMark::OutOfOrder});
    TcpPacket& closed = maker.packet(client, M::ack, 25, 8689, 0, 20us);
    closed.window = 0;
    M::mark(closed, {PacketMark::ZeroWindow});
    M::mark(maker.packet(server, M::ack, 8688, 25, 0, 210ms), {PacketMark::ZeroWindowProbe}); // 20
    M::mark(maker.packet(client, M::ack, 25, 8689, 0, 150ms), {PacketMark::WindowUpdate});
    maker.packet(server, M::psh | M::ack, 8689, 25, 700, 1ms);
    M::mark(maker.packet(server, M::psh | M::ack, 8689, 25, 700, 22ms), {PacketMark::Spurious});
    M::retransmission(capture.packets.back(), RetransmissionCause::TailLossProbe);
    maker.packet(client, M::ack, 25, 9389, 0, 20us);
    M::mark(maker.packet(client, M::ack, 24, 9389, 0, 15s), {PacketMark::KeepAlive}); // 25
    M::mark(maker.packet(server, M::ack, 9389, 25, 0, 900us), {PacketMark::KeepAliveAck});
    maker.packet(client, M::fin | M::ack, 25, 9389, 0, 3s);
    maker.packet(server, M::ack, 9389, 26, 0, 900us);
    maker.packet(server, M::rst, 9389, 0, 0, 2s);

    Flow& flow = maker.flow();
    maker.state(client, TcpState::SynSent, 0);
    maker.state(client, TcpState::Established, 2);
    maker.state(client, TcpState::FinWait1, 27);
    maker.state(client, TcpState::FinWait2, 28);
    maker.state(client, TcpState::Closed, 29);
    maker.state(server, TcpState::Listen, 0, StateBasis::Assumed);
    maker.state(server, TcpState::SynReceived, 2, StateBasis::Inferred, 900us);
    maker.state(server, TcpState::Established, 5, StateBasis::Inferred, 1130us);
    maker.state(server, TcpState::CloseWait, 28, StateBasis::Inferred, 900us);
    maker.state(server, TcpState::Closed, 29, StateBasis::Seen);
    flow.handshake = Handshake::Complete;
    flow.synToSynAck = 900us;
    flow.synAckToAck = 30us;
    flow.synRetransmissions = 1;
    flow.close = CloseKind::Reset;
    flow.firstCloser = client;
    flow.resetBy = server;
    flow.minimumRtt = 880us;
    flow.medianRtt = 900us;
    flow.maximumRtt = 950us;
    flow.rttSamples = 4;
    flow.vantage = client;
}

void complete(PacketCapture& capture, Time begin)
{
    M maker(capture, begin, 40001, 443, 7);
    maker.handshake(2ms);
    maker.packet(client, M::psh | M::ack, 1, 1, 100, 1ms);
    maker.packet(server, M::psh | M::ack, 1, 101, 5000, 3ms);
    maker.packet(client, M::fin | M::ack, 101, 5001, 0, 1ms);
    maker.packet(server, M::fin | M::ack, 5001, 102, 0, 2ms);
    maker.packet(client, M::ack, 102, 5002, 0, 10us);
    maker.flow().close = CloseKind::Fin;
    maker.flow().firstCloser = client;
}

void refused(PacketCapture& capture, Time begin)
{
    M maker(capture, begin, 40002, 8080, 7);
    maker.packet(client, M::syn, 0, 0, 0, 0ns);
    maker.packet(server, M::rst | M::ack, 0, 1, 0, 1ms);
    maker.flow().handshake = Handshake::Refused;
    maker.flow().close = CloseKind::NeverOpened;
    maker.flow().resetBy = server;
}

void unanswered(PacketCapture& capture, Time begin)
{
    M maker(capture, begin, 40003, 9999, 8);
    maker.packet(client, M::syn, 0, 0, 0, 0ns);
    for (int i = 0; i < 2; ++i)
        M::retransmission(maker.packet(client, M::syn, 0, 0, 0, 1s), RetransmissionCause::Syn);
    maker.flow().handshake = Handshake::Unanswered;
    maker.flow().synRetransmissions = 2;
    maker.flow().close = CloseKind::NeverOpened;
    maker.state(client, TcpState::SynSent, 0);
}

} // namespace

PacketCapture sampleConversations(Time begin)
{
    PacketCapture capture;
    complete(capture, begin);
    everyMark(capture, begin + 5s);
    refused(capture, begin + 60s);
    unanswered(capture, begin + 90s);
    return capture;
}

PacketCapture manyConversations(Time begin, std::size_t count)
{
    PacketCapture capture;
    capture.flows.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        M maker(capture, begin + i * 3ms, static_cast<std::uint16_t>(1024 + i % 60000),
            i % 3 == 0 ? std::uint16_t{443} : std::uint16_t{5432}, static_cast<std::uint8_t>(i % 200));
        maker.handshake(std::chrono::microseconds(500 + i % 700));
        maker.packet(client, M::psh | M::ack, 1, 1, 100, 1ms);
        if (i % 10 == 0)
            M::retransmission(maker.packet(client, M::psh | M::ack, 1, 1, 100, 200ms), RetransmissionCause::Timeout);
    }
    return capture;
}

PacketCapture longConversation(Time begin, std::size_t count)
{
    PacketCapture capture;
    M maker(capture, begin, 50000, 80, 9);
    maker.handshake(1ms);
    std::uint32_t sent = 1;
    while (maker.flow().packets.size() < count) {
        maker.packet(server, M::ack, sent, 1, 1448, 1ms);
        sent += 1448;
        if (maker.flow().packets.size() % 1000 == 0)
            M::retransmission(
                maker.packet(server, M::ack, sent - 1448, 1, 1448, 5ms), RetransmissionCause::FastRetransmit);
        maker.packet(client, M::ack, 1, sent, 0, 1ms);
    }
    return capture;
}

} // namespace hindcast
