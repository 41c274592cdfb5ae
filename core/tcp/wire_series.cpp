#include "tcp/wire_series.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace hindcast::tcp {
namespace {

using Second = std::int64_t; ///< since the epoch, rounded up: the second's end

constexpr Nanoseconds oneSecond = std::chrono::seconds{1};
constexpr Second longestSilence = 600;
/// A handshake that has had less time than this when the capture ends has not failed yet.
constexpr Nanoseconds patience = std::chrono::seconds{3};

Second secondOf(Time time)
{
    const auto begin = std::chrono::floor<std::chrono::seconds>(time);
    return begin.time_since_epoch().count() + 1;
}

struct Row {
    Second second = 0;
    double segments = 0, retransmissions = 0, newConnections = 0, failedConnections = 0;
    std::vector<float> roundTrips;
};

double median(std::vector<float>& values)
{
    if (values.empty())
        return notMeasured;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return static_cast<double>(*middle);
}

/// What one end sent again and the other has not acknowledged yet, and up to where that other has. Numbers wrap.
struct SentAgain {
    std::uint32_t acknowledged = 0, begin = 0, end = 0; ///< begin == end: nothing

    static bool isBefore(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

    void add(const TcpPacket& packet)
    {
        const std::uint32_t last =
            packet.sequence + packet.payload + (packet.isSyn() ? 1U : 0U) + (packet.isFin() ? 1U : 0U);
        const bool isFirst = begin == end || !isBefore(acknowledged, end);
        begin = isFirst || isBefore(packet.sequence, begin) ? packet.sequence : begin;
        end = isFirst || isBefore(end, last) ? last : end;
    }

    /// Whether an acknowledgment up to there may be of the first copy as well as of another, so that it measures
    /// nothing (Karn's algorithm, RFC 6298 section 3).
    bool isAmbiguous(std::uint32_t acknowledgment) const
    {
        return begin != end && isBefore(begin, acknowledgment) && isBefore(acknowledged, end);
    }

    void acknowledge(std::uint32_t acknowledgment)
    {
        if (isBefore(acknowledged, acknowledgment))
            acknowledged = acknowledgment;
        if (!isBefore(acknowledged, end))
            begin = end = acknowledged;
    }
};

/// At one end, what that end acknowledges has not crossed the network: only the other's ACKs measure the path.
bool measuresPath(const TcpPacket& packet, const Flow& flow)
{
    return !flow.vantage || packet.from != *flow.vantage;
}

bool hasFailed(const Flow& flow, Time captureEnd)
{
    switch (flow.handshake) {
    case Handshake::Refused:
    case Handshake::Reset:
    case Handshake::Unreachable:
        return true;
    case Handshake::Unanswered:
    case Handshake::Unfinished:
        return captureEnd - flow.range.begin >= patience;
    case Handshake::NotSeen:
    case Handshake::Complete:
        return false;
    }
    return false;
}

/// All rows in which something happened, by time. Packets come nearly in order.
class Rows {
public:
    Row& at(Time time)
    {
        const Second second = secondOf(time);
        if (m_last < m_rows.size() && m_rows[m_last].second == second)
            return m_rows[m_last];
        auto place = m_rows.end();
        if (!m_rows.empty() && m_rows.back().second >= second)
            place = std::lower_bound(m_rows.begin(), m_rows.end(), second,
                [](const Row& row, Second wanted) { return row.second < wanted; });
        if (place == m_rows.end() || place->second != second) {
            Row row;
            row.second = second;
            place = m_rows.insert(place, std::move(row));
        }
        m_last = static_cast<std::size_t>(place - m_rows.begin());
        return *place;
    }
    std::vector<Row>& rows() { return m_rows; }

private:
    std::vector<Row> m_rows;
    std::size_t m_last = 0;
};

Rows collect(const PacketCapture& capture)
{
    Rows rows;
    Time end = capture.packets.front().time;
    std::vector<std::array<SentAgain, 2>> sentAgain(capture.flows.size()); // by the side that sent
    for (const TcpPacket& packet : capture.packets) {
        Row& row = rows.at(packet.time);
        row.segments += 1;
        row.retransmissions += packet.has(PacketMark::Retransmission) ? 1 : 0;
        SentAgain& answered = sentAgain[packet.flow][static_cast<std::size_t>(otherSide(packet.from))];
        if (packet.tsharkAckRtt > 0 && measuresPath(packet, capture.flows[packet.flow])
            && !answered.isAmbiguous(packet.acknowledgment))
            row.roundTrips.push_back(packet.tsharkAckRtt);
        if (packet.isAck())
            answered.acknowledge(packet.acknowledgment);
        if (packet.has(PacketMark::Retransmission))
            sentAgain[packet.flow][static_cast<std::size_t>(packet.from)].add(packet);
        end = std::max(end, packet.time);
    }
    for (const Flow& flow : capture.flows) {
        Row& row = rows.at(flow.range.begin);
        row.newConnections += flow.handshake == Handshake::Complete ? 1 : 0;
        row.failedConnections += hasFailed(flow, end) ? 1 : 0;
    }
    return rows;
}

/// The five series, growing row by row over one column of times.
class Writer {
public:
    explicit Writer(const std::string& member)
    {
        for (Series& series : m_series)
            series.member = member;
    }

    void add(Row& row)
    {
        if (!m_times->empty())
            fillSilence(row.second);
        append(row.second, row.segments, row.retransmissions, row.newConnections, row.failedConnections,
            median(row.roundTrips));
    }

    std::vector<Series> take()
    {
        for (Series& series : m_series)
            series.times = m_times;
        return std::move(m_series);
    }

private:
    static Series emptySeries(std::string_view metric, Unit unit)
    {
        Series series;
        series.metric = metric;
        series.unit = unit;
        series.source = "pcap";
        series.isDerived = true;
        return series;
    }

    void fillSilence(Second next)
    {
        const Second last = m_times->back().time_since_epoch() / oneSecond;
        const Second first = next - last > longestSilence ? next - 1 : last + 1;
        for (Second second = first; second < next; ++second)
            append(second, 0, 0, 0, 0, notMeasured);
    }

    void append(Second second, double segments, double again, double opened, double failed, double roundTrip)
    {
        m_times->push_back(Time{Nanoseconds{second * oneSecond.count()}});
        const double values[] = {segments, again, opened, failed, roundTrip};
        for (std::size_t i = 0; i < m_series.size(); ++i)
            m_series[i].values.append(values[i]);
    }

    std::shared_ptr<std::vector<Time>> m_times = std::make_shared<std::vector<Time>>();
    std::vector<Series> m_series = makeSeries();

    static std::vector<Series> makeSeries()
    {
        std::vector<Series> all;
        all.push_back(emptySeries("wire.segments", Unit::CountPerSecond));
        all.push_back(emptySeries("wire.retransmissions", Unit::CountPerSecond));
        all.push_back(emptySeries("wire.new_connections", Unit::CountPerSecond));
        all.push_back(emptySeries("wire.failed_connections", Unit::CountPerSecond));
        all.push_back(emptySeries("wire.rtt", Unit::Seconds));
        return all;
    }
};

} // namespace

std::vector<Series> wireSeries(const PacketCapture& capture)
{
    if (capture.packets.empty())
        return {};
    Rows rows = collect(capture);
    Writer writer(capture.sources.empty() ? std::string() : capture.sources.front().member);
    for (Row& row : rows.rows())
        writer.add(row);
    return writer.take();
}

} // namespace hindcast::tcp
