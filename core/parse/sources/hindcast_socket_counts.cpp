// The recorder's counts of sockets: a line of names beginning with "#", then "tcp ESTABLISHED 412" per protocol and
// state; a second such list has the peers with most connections. Source: capture/FORMAT.md.
#include "base/text_scanner.h"
#include "model/flow.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

/// Metric and labels of a count.
struct Counted {
    std::string metric, type, state;
    auto operator<=>(const Counted&) const = default;
};

/// "tcp" -> tcp.sockets, "udp" -> udp.sockets, "unix_stream" -> unix.sockets of a type.
Counted countedOf(std::string_view protocol, std::string_view state)
{
    const auto joint = protocol.find('_');
    Counted counted;
    counted.metric = std::string(protocol.substr(0, joint)) + ".sockets";
    if (joint != std::string_view::npos)
        counted.type = protocol.substr(joint + 1);
    counted.state = state;
    return counted;
}

/// A newer recorder may count others.
bool isKnown(std::string_view protocol)
{
    return protocol == "tcp" || protocol == "udp" || protocol == "unix" || protocol.starts_with("unix_");
}

/// What a list is told by its first line to hold.
struct Columns {
    static constexpr std::size_t none = SIZE_MAX;
    std::size_t protocol = none, peer = none, state = none, count = none, all = 0;

    explicit Columns(std::string_view line)
    {
        if (!line.starts_with('#'))
            return;
        line.remove_prefix(1);
        for (auto name = nextField(line); !name.empty(); name = nextField(line), ++all) {
            if (name == "proto")
                protocol = all;
            else if (name == "peer")
                peer = all;
            else if (name == "state")
                state = all;
            else if (name == "count")
                count = all;
        }
    }
    bool isList() const { return protocol != none && state != none && count != none; }
};

class CountReader {
public:
    explicit CountReader(Builder& out)
        : m_out(out)
    {
        // That none was in a state is a measurement, for those a connection can be in.
        for (std::size_t state = 0; state <= static_cast<std::size_t>(TcpState::TimeWait); ++state)
            if (state != static_cast<std::size_t>(TcpState::Closed))
                m_counts[countedOf("tcp", tcpStateName(static_cast<TcpState>(state)))];
    }

    void read(const Input& input, const Sample& sample)
    {
        m_out.setText(sample.text);
        m_out.tick(sample.time);
        m_times.push_back(sample.time);
        TableMaker peers("socket_peers", listedAt(input, sample));
        Columns columns("#");
        bool isComplete = true;
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            if (line.starts_with("# left_out"))
                isComplete = false;
            else if (line.starts_with("# not_listed"))
                leaveOut(line);
            else if (const Columns named(line); named.isList())
                columns = named;
            else if (line.starts_with('#'))
                continue; // a remark
            else if (!trimmed(line).empty())
                isComplete = readLine(line, columns, peers) && isComplete;
        }
        if (!isComplete)
            for (auto& [counted, values] : m_counts)
                values[m_times.size() - 1] = notMeasured;
        peers.finish(m_out);
    }

    void finish()
    {
        for (const auto& [counted, values] : m_counts) {
            Labels labels{{"state", counted.state}};
            if (!counted.type.empty())
                labels.push_back({"type", counted.type});
            const auto series = m_out.series(counted.metric, std::move(labels), Unit::Count, Kind::Gauge);
            const auto notListed = m_notListed.find(counted.metric);
            for (std::size_t i = 0; i < m_times.size(); ++i) {
                const auto value = values.find(i);
                const bool isListed = notListed == m_notListed.end() || notListed->second.count(i) == 0;
                m_out.add(series, m_times[i], !isListed ? notMeasured : value != values.end() ? value->second : 0);
            }
        }
    }

private:
    /// "# not_listed tcp6 errno 1": the kernel did not say, so none of the protocol's counts are known here. Those of
    /// IPv4 and IPv6 are one.
    void leaveOut(std::string_view line)
    {
        nextField(line);
        nextField(line);
        std::string_view protocol = nextField(line);
        if (protocol.ends_with('6'))
            protocol.remove_suffix(1);
        const std::string metric = std::string(protocol) + ".sockets";
        m_notListed[metric].insert(m_times.size() - 1);
    }

    bool readLine(std::string_view line, const Columns& columns, TableMaker& peers)
    {
        std::vector<std::string_view> fields;
        auto left = line;
        for (auto field = nextField(left); !field.empty(); field = nextField(left))
            fields.push_back(field);
        const auto count =
            columns.isList() && fields.size() == columns.all ? parseDouble(fields[columns.count]) : std::nullopt;
        if (!count) {
            m_out.skipped(line, "expected one value for each name of the first line");
            return false;
        }
        if (columns.peer == Columns::none) {
            if (isKnown(fields[columns.protocol]))
                m_counts[countedOf(fields[columns.protocol], fields[columns.state])][m_times.size() - 1] += *count;
            return true;
        }
        peers.beginRow();
        peers.set("protocol", fields[columns.protocol]);
        peers.set("peer", fields[columns.peer]);
        peers.set("state", fields[columns.state]);
        peers.set("count", Unit::Count, *count);
        return true;
    }

    Builder& m_out;
    std::vector<Time> m_times;
    std::map<Counted, std::map<std::size_t, double>> m_counts; ///< by index of m_times; no value = 0
    std::map<std::string, std::set<std::size_t>> m_notListed; ///< by metric: where the kernel did not say
};

void parse(const Input& input, Builder& out)
{
    CountReader reader(out);
    for (const Sample& sample : input.samples)
        if (!trimmed(sample.text).empty())
            reader.read(input, sample);
    reader.finish();
}

} // namespace

Parser hindcast_socket_counts()
{
    return {.id = "hindcast_socket_counts",
        .title = "Socket counts by state",
        .members = "hindcast/socket_counts",
        .parse = parse};
}

} // namespace hindcast::parse
