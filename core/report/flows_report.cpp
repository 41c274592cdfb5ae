#include "report/flows_report.h"

#include "report/json_text.h"
#include "report/value_text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace hindcast::report {
namespace {

using Align = TextTable::Align;

std::string_view sideName(Side side)
{
    return side == Side::Client ? "client" : "server";
}

std::string_view basisName(StateBasis basis)
{
    static constexpr std::array<std::string_view, 3> names{"seen", "inferred", "assumed"};
    return names[static_cast<std::size_t>(basis)];
}

constexpr std::array causes{RetransmissionCause::Syn, RetransmissionCause::SynAck, RetransmissionCause::Timeout,
    RetransmissionCause::FastRetransmit, RetransmissionCause::TailLossProbe, RetransmissionCause::Other};

bool isWanted(const Flow& flow, const PacketCapture& packets, const FlowsOptions& options)
{
    if (!options.range)
        return true;
    if (flow.range.end <= options.range->begin || flow.range.begin >= options.range->end)
        return false;
    return std::any_of(flow.packets.begin(), flow.packets.end(),
        [&](std::uint32_t index) { return options.range->contains(packets.packets[index].time); });
}

std::vector<const Flow*> wantedFlows(const Snapshot& snapshot, const FlowsOptions& options)
{
    std::vector<const Flow*> flows;
    for (const Flow& flow : snapshot.packets.flows)
        if (isWanted(flow, snapshot.packets, options))
            flows.push_back(&flow);
    return flows;
}

/// "3: RTO 2, SYN 1"; "" for none.
std::string causesText(const std::array<std::uint64_t, 7>& byCause)
{
    std::uint64_t sum = 0;
    std::string text;
    for (const RetransmissionCause cause : causes) {
        const std::uint64_t count = byCause[static_cast<std::size_t>(cause)];
        sum += count;
        if (count)
            text += fmt::format("{}{} {}", text.empty() ? ": " : ", ", retransmissionCauseName(cause), count);
    }
    return sum ? groupedNumber(static_cast<double>(sum)) + text : std::string();
}

std::array<std::uint64_t, 7> countsByCause(const Flow& flow)
{
    std::array<std::uint64_t, 7> counts{};
    for (std::size_t i = 0; i < counts.size(); ++i)
        counts[i] = std::uint64_t{flow.client.retransmissionsByCause[i]} + flow.server.retransmissionsByCause[i];
    return counts;
}

/// Packets without times make a conversation without them.
bool isTimed(const Flow& flow)
{
    return !flow.range.isEmpty();
}

/// The range is half-open: the last packet is a nanosecond before its end.
std::optional<Time> lastPacket(const Flow& flow)
{
    return isTimed(flow) ? std::optional(flow.range.end - Nanoseconds{1}) : std::nullopt;
}

std::optional<Nanoseconds> durationOf(const Flow& flow)
{
    const auto last = lastPacket(flow);
    return last ? std::optional(*last - flow.range.begin) : std::nullopt;
}

std::string durationText(const std::optional<Nanoseconds>& duration)
{
    return duration ? valueText(toSeconds(*duration), Unit::Seconds) : "–";
}

std::string handshakeText(const Flow& flow)
{
    if (flow.handshake != Handshake::Complete)
        return std::string(handshakeName(flow.handshake));
    return flow.synToSynAck && flow.synAckToAck ? durationText(*flow.synToSynAck + *flow.synAckToAck) : "complete";
}

std::string closerText(const Flow& flow)
{
    return flow.isSimultaneousClose ? "both" : flow.firstCloser ? std::string(sideName(*flow.firstCloser)) : "–";
}

std::string startText(const Flow& flow, const FlowsOptions& options)
{
    if (!isTimed(flow))
        return "–";
    const std::string text = formatWithOffset(flow.range.begin, options.utcOffset, 6);
    return text.size() > 26 ? text.substr(11, 15) : text; // the time of day: tables are narrow
}

std::string bytesText(const FlowSide& side)
{
    return valueText(static_cast<double>(side.uniqueBytes), Unit::Bytes);
}

void writeTotals(const PacketCapture& capture, const std::vector<const Flow*>& flows, Output& out)
{
    std::uint64_t segments = 0, failed = 0, outOfOrder = 0;
    std::array<std::uint64_t, 7> byCause{};
    for (const Flow* flow : flows) {
        segments += flow->packets.size();
        outOfOrder += flow->client.outOfOrder + flow->server.outOfOrder;
        failed += flow->handshake != Handshake::Complete && flow->handshake != Handshake::NotSeen;
        const auto counts = countsByCause(*flow);
        for (std::size_t i = 0; i < counts.size(); ++i)
            byCause[i] += counts[i];
    }
    const std::string causeList = causesText(byCause);
    out.write(fmt::format("\n{} flows, {} segments; retransmissions {}; out of order {}; failed handshakes {}\n",
        groupedNumber(static_cast<double>(flows.size())), groupedNumber(static_cast<double>(segments)),
        causeList.empty() ? "0" : causeList, outOfOrder, failed));
    for (const PacketSource& source : capture.sources)
        if (source.droppedByKernel.value_or(0))
            out.write(fmt::format("{}: {} packets were dropped while capturing: counts may be low\n",
                safeText(source.name), groupedNumber(static_cast<double>(*source.droppedByKernel))));
    for (const PacketSource& source : capture.sources)
        if (source.tcpSegments && !source.range)
            out.write(fmt::format("{}: its packets have no times\n", safeText(source.name)));
    for (const PacketSource& source : capture.sources)
        if (source.unreadable)
            out.write(fmt::format("{}: {} packets could not be read (see members)\n", safeText(source.name),
                groupedNumber(static_cast<double>(source.unreadable))));
}

/// " (packets/eth0: Operation not permitted)"; "" when nobody was refused.
std::string refusalText(const Snapshot& snapshot)
{
    std::string text;
    for (const MemberReport& member : snapshot.members)
        if (member.path.starts_with("packets/") && member.errorNumber != 0)
            text += fmt::format(
                "{}{}: {}", text.empty() ? " (" : ", ", safeText(member.path), std::strerror(member.errorNumber));
    return text.empty() ? text : text + ')';
}

/// One cell of a row of the TSV, one key of the JSON object.
struct Field {
    std::string name;
    std::string value; ///< "" = not measured
    bool isText = false;
};

std::string secondsValue(const std::optional<Time>& time)
{
    std::string text;
    if (time)
        appendJsonTime(text, *time);
    return text;
}

std::string secondsValue(const std::optional<Nanoseconds>& duration)
{
    return duration ? fmt::format("{}.{:09}", duration->count() / 1'000'000'000, duration->count() % 1'000'000'000)
                    : std::string();
}

template <typename Number> std::string optionalNumber(const std::optional<Number>& value)
{
    return value ? std::to_string(*value) : std::string();
}

std::string optionalSide(const std::optional<Side>& side)
{
    return side ? std::string(sideName(*side)) : std::string();
}

std::string truth(bool value)
{
    return value ? "true" : "false";
}

void appendSide(std::vector<Field>& fields, const FlowSide& side, Side which)
{
    const std::string prefix = std::string(sideName(which)) + "_";
    const auto cause = [&](RetransmissionCause one) {
        return std::to_string(side.retransmissionsByCause[static_cast<std::size_t>(one)]);
    };
    fields.insert(fields.end(),
        {{prefix + "packets", std::to_string(side.packets)},
            {prefix + "payload_bytes", std::to_string(side.payloadBytes)},
            {prefix + "unique_bytes", std::to_string(side.uniqueBytes)},
            {prefix + "retransmitted", std::to_string(side.retransmittedSegments)},
            {prefix + "retransmitted_syn", cause(RetransmissionCause::Syn)},
            {prefix + "retransmitted_syn_ack", cause(RetransmissionCause::SynAck)},
            {prefix + "retransmitted_rto", cause(RetransmissionCause::Timeout)},
            {prefix + "retransmitted_fast", cause(RetransmissionCause::FastRetransmit)},
            {prefix + "retransmitted_tail_loss_probe", cause(RetransmissionCause::TailLossProbe)},
            {prefix + "retransmitted_other", cause(RetransmissionCause::Other)},
            {prefix + "duplicate_acks", std::to_string(side.duplicateAcks)},
            {prefix + "out_of_order", std::to_string(side.outOfOrder)},
            {prefix + "zero_windows", std::to_string(side.zeroWindows)},
            {prefix + "zero_window_probes", std::to_string(side.zeroWindowProbes)},
            {prefix + "keep_alives", std::to_string(side.keepAlives)}, {prefix + "resets", std::to_string(side.resets)},
            {prefix + "window_scale", optionalNumber(side.windowScale)},
            {prefix + "maximum_segment", optionalNumber(side.maximumSegment)},
            {prefix + "sent_fin", truth(side.sentFin)}, {prefix + "fin_time", secondsValue(side.finTime)}});
}

std::vector<Field> fieldsOf(const Flow& flow)
{
    std::vector<Field> fields{{"client", flow.client.endpoint.text(), true},
        {"server", flow.server.endpoint.text(), true}, {"client_isn", std::to_string(flow.clientIsn)},
        {"start", secondsValue(isTimed(flow) ? std::optional(flow.range.begin) : std::nullopt)},
        {"end", secondsValue(lastPacket(flow))}, {"duration", secondsValue(durationOf(flow))},
        {"segments", std::to_string(flow.packets.size())}, {"mid_stream", truth(flow.isMidStream)},
        {"client_guessed", truth(flow.isClientGuessed)}, {"vantage", optionalSide(flow.vantage), true},
        {"handshake", std::string(handshakeName(flow.handshake)), true},
        {"syn_to_syn_ack", secondsValue(flow.synToSynAck)}, {"syn_ack_to_ack", secondsValue(flow.synAckToAck)},
        {"syn_retransmissions", std::to_string(flow.synRetransmissions)},
        {"syn_ack_retransmissions", std::to_string(flow.synAckRetransmissions)},
        {"retransmissions", std::to_string(flow.retransmissions())},
        {"close", std::string(closeKindName(flow.close)), true}, {"first_closer", optionalSide(flow.firstCloser), true},
        {"simultaneous_close", truth(flow.isSimultaneousClose)}, {"reset_by", optionalSide(flow.resetBy), true},
        {"rtt_minimum", secondsValue(flow.minimumRtt)}, {"rtt_median", secondsValue(flow.medianRtt)},
        {"rtt_maximum", secondsValue(flow.maximumRtt)}, {"rtt_samples", std::to_string(flow.rttSamples)}};
    appendSide(fields, flow.client, Side::Client);
    appendSide(fields, flow.server, Side::Server);
    return fields;
}

void appendTime(std::string& out, Time time, const Flow& flow)
{
    if (isTimed(flow))
        appendJsonTime(out, time);
    else
        out += "null";
}

void appendStates(std::string& out, const Flow& flow, Side which, const PacketCapture& capture)
{
    out += fmt::format(",\"{}_states\":[", sideName(which));
    bool isFirst = true;
    for (const StateChange& change : flow.side(which).states) {
        out += fmt::format(
            "{}{{\"state\":\"{}\",\"earliest\":", std::exchange(isFirst, false) ? "" : ",", tcpStateName(change.state));
        appendTime(out, change.earliest, flow);
        out += ",\"latest\":";
        appendTime(out, change.latest, flow);
        out += fmt::format(",\"basis\":\"{}\"", basisName(change.basis));
        if (change.basis != StateBasis::Assumed && change.packet < flow.packets.size())
            out += fmt::format(",\"frame\":{}}}", capture.packets[flow.packets[change.packet]].frame);
        else
            out += ",\"frame\":null}";
    }
    out += ']';
}

void appendRetransmissions(std::string& out, const Flow& flow, const PacketCapture& capture)
{
    out += ",\"retransmitted_segments\":[";
    bool isFirst = true;
    for (const std::uint32_t index : flow.packets) {
        const TcpPacket& packet = capture.packets[index];
        if (!packet.has(PacketMark::Retransmission))
            continue;
        out += fmt::format("{}{{\"frame\":{},\"time\":", std::exchange(isFirst, false) ? "" : ",", packet.frame);
        appendTime(out, packet.time, flow);
        out += fmt::format(",\"from\":\"{}\",\"sequence\":{},\"payload\":{},\"cause\":\"{}\",\"backoff\":{},"
                           "\"spurious\":{},\"lost_again\":{}}}",
            sideName(packet.from), packet.sequence, packet.payload, retransmissionCauseName(packet.cause),
            packet.backoff, packet.has(PacketMark::Spurious), packet.has(PacketMark::Lost));
    }
    out += ']';
}

} // namespace

void writeFlowsTable(const Snapshot& snapshot, const FlowsOptions& options, Output& out)
{
    if (snapshot.packets.isEmpty()) {
        out.write(fmt::format("No packets were captured{}: no conversations to show.\n", refusalText(snapshot)));
        return;
    }
    const auto flows = wantedFlows(snapshot, options);
    TextTable table({Align::Left, Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Right,
        Align::Left, Align::Right, Align::Left, Align::Left});
    table.add({"client", "server", "start", "duration", "handshake", "sent", "received", "retransmissions", "RTT",
        "closed first", "close"});
    for (const Flow* flow : flows)
        table.add({flow->client.endpoint.text(), flow->server.endpoint.text(), startText(*flow, options),
            durationText(durationOf(*flow)), handshakeText(*flow), bytesText(flow->client), bytesText(flow->server),
            causesText(countsByCause(*flow)), durationText(flow->medianRtt), closerText(*flow),
            std::string(closeKindName(flow->close))});
    out.write(table.text(""));
    writeTotals(snapshot.packets, flows, out);
}

void writeFlowsTsv(const Snapshot& snapshot, const FlowsOptions& options, Output& out)
{
    const auto writeRow = [&out](std::vector<Field> fields, const std::string& input, auto&& cell) {
        fields.push_back({"input", input, true});
        for (const Field& field : fields) {
            if (&field != &fields.front())
                out.buffer() += '\t';
            out.buffer() += cell(field);
        }
        out.write("\n");
    };
    if (options.hasHeading)
        writeRow(fieldsOf(Flow{}), {}, [](const Field& field) { return std::string_view(field.name); });
    const std::string input = safeText(snapshot.path);
    for (const Flow* flow : wantedFlows(snapshot, options))
        writeRow(fieldsOf(*flow), input, [](const Field& field) { return std::string_view(field.value); });
}

bool writeFlowsJsonItems(const Snapshot& snapshot, const FlowsOptions& options, bool isFirst, Output& out)
{
    for (const Flow* flow : wantedFlows(snapshot, options)) {
        std::string& text = out.buffer();
        text += std::exchange(isFirst, false) ? "\n" : ",\n";
        text += "{\"input\":";
        appendJsonText(text, snapshot.path);
        for (const Field& field : fieldsOf(*flow)) {
            text += fmt::format(",\"{}\":", field.name);
            if (field.value.empty())
                text += "null";
            else if (field.isText)
                appendJsonText(text, field.value);
            else
                text += field.value;
        }
        appendStates(text, *flow, Side::Client, snapshot.packets);
        appendStates(text, *flow, Side::Server, snapshot.packets);
        appendRetransmissions(text, *flow, snapshot.packets);
        text += '}';
        out.write("");
    }
    return !isFirst;
}

} // namespace hindcast::report
