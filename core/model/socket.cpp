#include "model/socket.h"

#include "model/process.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <unordered_map>

namespace hindcast {
namespace {

constexpr std::string_view socketTable = "sockets";
constexpr std::string_view countSource = "hindcast_socket_counts"; // at its times nothing was listed

/// Files that list the IPv4 and the IPv6 sockets are read one after the other: no farther apart they are one listing.
constexpr Nanoseconds oneListing = std::chrono::milliseconds{500};

double valueAt(const Entity& socket, SocketColumn column, std::size_t sample)
{
    return socket.columns[static_cast<std::size_t>(column)].at(sample);
}

/// A socket that has all its columns; input can hold none other, but a hand-made snapshot can.
bool isListedSocket(const Entity& entity)
{
    return entity.kind == EntityKind::Socket && entity.times && !entity.times->empty() && !entity.ticks.empty()
        && entity.columns.size() >= static_cast<std::size_t>(SocketColumn::Count);
}

/// The time columns of all listings, each once: several sources may list sockets.
std::vector<TimeColumn> listings(const Snapshot& snapshot)
{
    std::vector<TimeColumn> columns;
    const auto add = [&columns](const TimeColumn& times) {
        if (times && std::find(columns.begin(), columns.end(), times) == columns.end())
            columns.push_back(times);
    };
    for (const Entity& entity : snapshot.entities)
        if (isListedSocket(entity) && (columns.empty() || columns.back() != entity.times))
            add(entity.times);
    for (const Series& series : snapshot.series) // of listings without any socket
        if (series.metric == "tcp.sockets" && series.clock == Clock::Wall && series.source != countSource)
            add(series.times);
    return columns;
}

/// "nginx 4711, 4712": the processes with these pids, by the name of the first that was alive then.
class OwnerNames {
public:
    OwnerNames(const Snapshot& snapshot, Time time)
        : m_snapshot(snapshot)
        , m_tick(processTickAt(snapshot, time))
    {
    }

    std::string text(std::string_view pids)
    {
        if (pids.empty())
            return {};
        const auto comma = pids.find(',');
        std::string text = name(pids.substr(0, comma));
        for (const char c : pids) {
            text += c;
            if (c == ',')
                text += ' ';
        }
        return text;
    }

private:
    /// With a blank behind it; "" when it was not recorded.
    std::string name(std::string_view pid)
    {
        if (m_names.empty())
            for (const Entity& entity : m_snapshot.entities)
                if (entity.kind == EntityKind::Process && m_tick && entity.isAliveAt(*m_tick))
                    m_names.emplace(entity.attribute("pid"), entity.attribute("comm"));
        const auto found = m_names.find(pid);
        return found != m_names.end() ? std::string(found->second) + ' ' : std::string();
    }

    const Snapshot& m_snapshot;
    std::optional<std::uint32_t> m_tick;
    std::unordered_map<std::string_view, std::string_view> m_names;
};

bool isTimedTable(const Table& table)
{
    return table.name == socketTable && table.time;
}

std::optional<std::uint32_t> tickAt(const std::vector<Time>& times, Time time)
{
    const auto after = std::upper_bound(times.begin(), times.end(), time);
    if (after == times.begin())
        return std::nullopt;
    return static_cast<std::uint32_t>(after - times.begin() - 1);
}

std::string secondsText(double seconds)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g s", seconds);
    return text.data();
}

/// "on 2.08 s, 4 retransmits"
std::string timerText(std::string_view name, double expires, double retransmits)
{
    if (name.empty())
        return {};
    std::string text(name);
    if (!std::isnan(expires))
        text += ' ' + secondsText(expires);
    if (retransmits > 0)
        text += ", " + std::to_string(static_cast<long long>(retransmits))
            + (retransmits == 1 ? " retransmit" : " retransmits");
    return text;
}

/// The words of man 8 ss.
std::string_view timerName(double number)
{
    constexpr std::array<std::string_view, 5> names{"", "on", "keepalive", "timewait", "persist"};
    return number >= 0 && number < static_cast<double>(names.size()) ? names[static_cast<std::size_t>(number)]
                                                                     : "unknown";
}

SocketFigures figuresOf(const Entity& socket, std::size_t sample)
{
    SocketFigures figures;
    figures.entity = &socket;
    figures.protocol = socket.attribute("protocol");
    figures.local = socket.attribute("local");
    figures.remote = socket.attribute("remote");
    figures.uid = socket.attribute("uid");
    figures.inode = socket.attribute("inode");
    const double state = valueAt(socket, SocketColumn::State, sample);
    if (state >= 0 && state <= static_cast<double>(TcpState::TimeWait)) {
        figures.state = static_cast<TcpState>(static_cast<std::uint8_t>(state));
        figures.stateText = tcpStateName(*figures.state);
    }
    figures.receiveQueue = valueAt(socket, SocketColumn::ReceiveQueue, sample);
    figures.sendQueue = valueAt(socket, SocketColumn::SendQueue, sample);
    if (const double timer = valueAt(socket, SocketColumn::Timer, sample); timer > 0)
        figures.timer = timerText(timerName(timer), valueAt(socket, SocketColumn::TimerExpires, sample),
            valueAt(socket, SocketColumn::Retransmits, sample));
    figures.rtt = valueAt(socket, SocketColumn::Rtt, sample);
    figures.cwnd = valueAt(socket, SocketColumn::Cwnd, sample);
    figures.totalRetransmissions = valueAt(socket, SocketColumn::TotalRetransmissions, sample);
    return figures;
}

/// The cells of a table's rows by the names of its columns.
class NamedCells {
public:
    explicit NamedCells(const Table& table)
        : m_table(table)
    {
    }

    double number(const std::vector<Cell>& row, std::string_view name) const
    {
        const Cell* cell = find(row, name);
        const double* value = cell ? std::get_if<double>(cell) : nullptr;
        return value ? *value : notMeasured;
    }
    std::string text(const std::vector<Cell>& row, std::string_view name) const
    {
        const Cell* cell = find(row, name);
        if (!cell)
            return {};
        if (const auto* value = std::get_if<std::string>(cell))
            return *value;
        const double* value = std::get_if<double>(cell);
        return value ? std::to_string(static_cast<long long>(*value)) : std::string();
    }

private:
    const Cell* find(const std::vector<Cell>& row, std::string_view name) const
    {
        for (std::size_t i = 0; i < m_table.columns.size() && i < row.size(); ++i)
            if (m_table.columns[i].name == name)
                return &row[i];
        return nullptr;
    }

    const Table& m_table;
};

void appendRows(const Table& table, std::vector<SocketFigures>& sockets)
{
    const NamedCells cells(table);
    for (const auto& row : table.rows) {
        SocketFigures figures;
        figures.protocol = cells.text(row, "protocol");
        figures.local = cells.text(row, "local");
        figures.remote = cells.text(row, "remote");
        figures.stateText = cells.text(row, "state");
        if (figures.protocol.starts_with("tcp"))
            figures.state = tcpStateFromName(figures.stateText);
        figures.receiveQueue = cells.number(row, "receive_queue");
        figures.sendQueue = cells.number(row, "send_queue");
        const std::string timer = cells.text(row, "timer");
        if (timer != "off" && timer != "0") {
            const double number = cells.number(row, "timer");
            figures.timer = timerText(std::isnan(number) ? std::string_view(timer) : timerName(number),
                cells.number(row, "timer_expires"), cells.number(row, "retransmits"));
        }
        figures.rtt = cells.number(row, "rtt");
        figures.cwnd = cells.number(row, "cwnd");
        figures.totalRetransmissions = cells.number(row, "total_retransmissions");
        figures.uid = cells.text(row, "uid");
        figures.inode = cells.text(row, "inode");
        figures.process = cells.text(row, "process");
        if (const std::string pid = cells.text(row, "pid"); !pid.empty())
            figures.process += (figures.process.empty() ? "" : " ") + pid;
        sockets.push_back(std::move(figures));
    }
}

/// Of the listings without a clock the one that tells most; null when there is none.
const Table* untimedTable(const Snapshot& snapshot)
{
    const Table* best = nullptr;
    for (const Table& table : snapshot.tables)
        if (table.name == socketTable && !table.time && (!best || table.columns.size() > best->columns.size()))
            best = &table;
    return best;
}

bool hasTimedListing(const Snapshot& snapshot)
{
    return !listings(snapshot).empty() || std::any_of(snapshot.tables.begin(), snapshot.tables.end(), isTimedTable);
}

} // namespace

const std::vector<EntityColumn>& socketColumns()
{
    static const std::vector<EntityColumn> columns{
        {"socket.state", Unit::None, Kind::Gauge},
        {"socket.receive_queue", Unit::Bytes, Kind::Gauge},
        {"socket.send_queue", Unit::Bytes, Kind::Gauge},
        {"socket.timer", Unit::None, Kind::Gauge},
        {"socket.timer_expires", Unit::Seconds, Kind::Gauge},
        {"socket.retransmits", Unit::Count, Kind::Gauge},
        {"socket.rtt", Unit::Seconds, Kind::Gauge},
        {"socket.rtt_variance", Unit::Seconds, Kind::Gauge},
        {"socket.cwnd", Unit::Packets, Kind::Gauge},
        {"socket.unacked", Unit::Packets, Kind::Gauge},
        {"socket.lost", Unit::Packets, Kind::Gauge},
        {"socket.total_retransmissions", Unit::Packets, Kind::Counter},
        {"socket.bytes_acked", Unit::Bytes, Kind::Counter},
        {"socket.bytes_received", Unit::Bytes, Kind::Counter},
    };
    return columns;
}

std::vector<Time> socketTimes(const Snapshot& snapshot)
{
    std::vector<Time> times;
    for (const TimeColumn& column : listings(snapshot))
        times.insert(times.end(), column->begin(), column->end());
    for (const Table& table : snapshot.tables)
        if (isTimedTable(table))
            times.push_back(*table.time);
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    return times;
}

std::optional<Time> socketListingAt(const Snapshot& snapshot, Time time)
{
    std::optional<Time> latest;
    for (const TimeColumn& column : listings(snapshot))
        if (const auto tick = tickAt(*column, time))
            latest = std::max(latest.value_or((*column)[*tick]), (*column)[*tick]);
    for (const Table& table : snapshot.tables)
        if (isTimedTable(table) && *table.time <= time)
            latest = std::max(latest.value_or(*table.time), *table.time);
    return latest;
}

std::vector<SocketFigures> socketsAt(const Snapshot& snapshot, Time time)
{
    std::vector<SocketFigures> sockets;
    const auto listing = socketListingAt(snapshot, time);
    if (!listing) {
        if (const Table* table = untimedTable(snapshot); table && !hasTimedListing(snapshot))
            appendRows(*table, sockets);
        return sockets;
    }
    const std::vector<Time>* lastTimes = nullptr; // sockets of a source share their times
    std::uint32_t tick = 0;
    bool isOfListing = false;
    OwnerNames owners(snapshot, *listing);
    for (const Entity& entity : snapshot.entities) {
        if (!isListedSocket(entity))
            continue;
        if (entity.times.get() != lastTimes) {
            lastTimes = entity.times.get();
            const auto found = tickAt(*lastTimes, *listing);
            tick = found.value_or(0);
            isOfListing = found && *listing - (*lastTimes)[tick] <= oneListing;
        }
        if (!isOfListing || !entity.isAliveAt(tick))
            continue;
        if (const auto sample = entity.sampleAt(tick))
            sockets.push_back(figuresOf(entity, *sample));
        else
            continue;
        sockets.back().process = owners.text(entity.attribute("owner"));
    }
    for (const Table& table : snapshot.tables)
        if (isTimedTable(table) && *table.time == *listing)
            appendRows(table, sockets);
    return sockets;
}

bool hasSockets(const Snapshot& snapshot)
{
    return hasTimedListing(snapshot) || untimedTable(snapshot) != nullptr;
}

} // namespace hindcast
