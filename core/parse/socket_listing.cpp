#include "parse/socket_listing.h"

#include "parse/table_maker.h"

#include <cstring>

namespace hindcast::parse {
namespace {

/// Bit by bit: NaN, "not told", equals itself here.
template <typename Values> bool isSame(const Values& a, const Values& b)
{
    return std::memcmp(a.data(), b.data(), sizeof a) == 0;
}

std::string_view afterDot(std::string_view metric)
{
    return metric.substr(metric.find('.') + 1);
}

} // namespace

std::string ListedSocket::key() const
{
    if (!cookie.empty())
        return protocol + ' ' + cookie;
    return protocol + ' ' + local + ' ' + remote + ' ' + inode;
}

void SocketListings::begin(Time time)
{
    endMissing();
    m_out.tick(time);
    m_times.push_back(time);
    m_counts.emplace_back();
    m_isIncomplete = false;
}

void SocketListings::add(const ListedSocket& socket)
{
    if (m_times.empty())
        return;
    if (socket.state && socket.protocol.starts_with("tcp"))
        ++m_counts.back()[static_cast<std::size_t>(*socket.state)];
    const auto [place, isNew] = m_known.try_emplace(socket.key());
    Known& known = place->second;
    if (isNew) {
        known.entity = m_out.entity(EntityKind::Socket, place->first);
        if (m_times.size() > 1)
            m_out.markStarted(known.entity);
    }
    known.listing = m_times.size();
    if (socket.owners != known.owners && !socket.owners.empty()) {
        known.owners = socket.owners; // a later look found them, or it was handed on
        m_out.setAttribute(known.entity, "owner", socket.owners);
    }
    if (!isNew && isSame(known.values, socket.values))
        return;
    setAttributes(known.entity, socket);
    known.values = socket.values;
    m_out.sample(known.entity, m_times.back(), socket.values);
}

void SocketListings::setAttributes(EntityRef entity, const ListedSocket& socket)
{
    const auto set = [&](std::string_view name, const std::string& value) {
        if (!value.empty())
            m_out.setAttribute(entity, name, value);
    };
    set("protocol", socket.protocol);
    set("local", socket.local);
    set("remote", socket.remote);
    if (socket.inode != "0") // of a socket that no file descriptor belongs to any more
        set("inode", socket.inode);
    if (socket.inode != "0" || socket.uid != "0") // the kernel prints 0 where there is no file to have an owner
        set("uid", socket.uid);
}

/// Called when a listing is complete: what it does not name ended before it.
void SocketListings::endMissing()
{
    if (m_isIncomplete) {
        m_counts.back().fill(notMeasured);
        for (auto& [key, known] : m_known)
            known.listing = m_times.size();
        return;
    }
    for (auto place = m_known.begin(); place != m_known.end();) {
        if (place->second.listing < m_times.size()) {
            m_out.ended(place->second.entity, m_times.back());
            place = m_known.erase(place);
        } else {
            ++place;
        }
    }
}

void SocketListings::finish()
{
    endMissing();
    for (std::size_t state = 0; state < Counts{}.size(); ++state) {
        bool isListed = state != static_cast<std::size_t>(TcpState::Closed); // only sockets bound and not used are
        for (const Counts& counts : m_counts)
            isListed = isListed || counts[state] > 0;
        if (!isListed)
            continue;
        Labels labels = m_labels;
        labels.push_back({"state", std::string(tcpStateName(static_cast<TcpState>(state)))});
        const auto series = m_out.series("tcp.sockets", std::move(labels), Unit::Count, Kind::Gauge);
        for (std::size_t listing = 0; listing < m_times.size(); ++listing)
            m_out.add(series, m_times[listing], m_counts[listing][state]);
    }
}

void addSocketTable(const std::vector<ListedSocket>& sockets, std::uint64_t firstLine, Builder& out)
{
    TableMaker table("sockets");
    std::uint64_t line = firstLine;
    for (const ListedSocket& socket : sockets) {
        table.beginRow(line++);
        table.set("protocol", socket.protocol);
        table.set("state", socket.state ? tcpStateName(*socket.state) : std::string_view{});
        table.set("local", socket.local);
        table.set("remote", socket.remote);
        table.set("uid", socket.uid);
        table.set("inode", socket.inode);
        table.set("cookie", socket.cookie);
        table.set("owner", socket.owners);
        const auto& columns = socketColumns();
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (i != static_cast<std::size_t>(SocketColumn::State))
                table.set(afterDot(columns[i].metric), columns[i].unit, socket.values[i]);
    }
    table.finish(out);
}

} // namespace hindcast::parse
