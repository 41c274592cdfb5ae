// SocketListings: sockets as one source lists them again and again, made into Socket entities and into the number of
// TCP sockets in each state. A listing names all sockets, so one that is missing in the next has been closed.
#pragma once

#include "model/socket.h"
#include "parse/builder.h"

#include <array>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace hindcast::parse {

/// One line of a listing. Empty text and NaN = not told.
struct ListedSocket {
    std::string protocol; ///< "tcp", "udp"
    std::string local, remote, uid, inode, cookie;
    std::string owners; ///< pids of the processes that hold it: "4711,4712"
    std::optional<TcpState> state;
    std::array<double, static_cast<std::size_t>(SocketColumn::Count)> values;

    ListedSocket() { values.fill(notMeasured); }
    void set(SocketColumn column, double value) { values[static_cast<std::size_t>(column)] = value; }
    /// "tcp 4711" by cookie, which the kernel gives to one socket only; else by its ends and inode.
    std::string key() const;
};

class SocketListings {
public:
    /// `labels` of the counts, for a source that lists some of the sockets only.
    explicit SocketListings(Builder& out, Labels labels = {})
        : m_out(out)
        , m_labels(std::move(labels))
    {
    }

    /// A listing taken at `time`. What was in the last one and is not in this has ended.
    void begin(Time time);
    void add(const ListedSocket& socket);
    /// A line of the listing could not be read: nothing tells what it did not name, and its counts are not known.
    void setIncomplete() { m_isIncomplete = true; }
    /// Ends the last listing and tells `tcp.sockets{state=…}` at all of them. The ten states a TCP socket can be listed
    /// in are told at each: that none was in a state is a measurement.
    void finish();

private:
    struct Known {
        EntityRef entity;
        std::string owners;
        std::size_t listing = 0; ///< seen there last
        std::array<double, static_cast<std::size_t>(SocketColumn::Count)> values;
    };
    /// NaN for all states of an incomplete listing.
    using Counts = std::array<double, static_cast<std::size_t>(TcpState::TimeWait) + 1>;

    void endMissing();
    void setAttributes(EntityRef entity, const ListedSocket& socket);

    Builder& m_out;
    Labels m_labels;
    bool m_isIncomplete = false; ///< the listing begun last
    std::vector<Time> m_times; ///< of the listings
    std::vector<Counts> m_counts;
    std::unordered_map<std::string, Known> m_known; ///< by key
};

/// A table "sockets" of the same columns, for a listing that has no clock.
void addSocketTable(const std::vector<ListedSocket>& sockets, std::uint64_t firstLine, Builder& out);

} // namespace hindcast::parse
