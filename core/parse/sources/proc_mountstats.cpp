// /proc/self/mountstats: what NFS mounts asked of their servers and how long that took. Source: kernel
// fs/nfs/super.c, nfs_show_stats(); net/sunrpc/stats.c, rpc_clnt_show_stats(); man 8 mountstats. Lines of other mounts
// only name them.
//   device filer:/export mounted on /data with fstype nfs4 statvers=1.1
//     bytes:  read written (ordinary), the same direct, the same from and to the server, pages read and written
//     xprt:   tcp port binds connects connect_time idle sends receives bad_xids …
//     READ: operations transmissions timeouts sent received queue_ms rtt_ms execute_ms [errors]
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/snake_case.h"
#include "parse/table_maker.h"

#include <array>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

struct MountColumn {
    std::string_view metric;
    Unit unit = Unit::Count;
    double divisor = 1;
};
constexpr std::array byteColumns{
    MountColumn{"nfs.mount.read_bytes", Unit::Bytes},
    MountColumn{"nfs.mount.written_bytes", Unit::Bytes},
    MountColumn{"nfs.mount.direct_read_bytes", Unit::Bytes},
    MountColumn{"nfs.mount.direct_written_bytes", Unit::Bytes},
    MountColumn{"nfs.mount.server_read_bytes", Unit::Bytes},
    MountColumn{"nfs.mount.server_written_bytes", Unit::Bytes},
    MountColumn{"nfs.mount.read_pages"},
    MountColumn{"nfs.mount.written_pages"},
};
constexpr double millisecond = 1000; // divided by, so that values stay decimal fractions
constexpr std::array operationColumns{
    MountColumn{"nfs.operation.requests"},
    MountColumn{"nfs.operation.transmissions"},
    MountColumn{"nfs.operation.timeouts"},
    MountColumn{"nfs.operation.sent_bytes", Unit::Bytes},
    MountColumn{"nfs.operation.received_bytes", Unit::Bytes},
    MountColumn{"nfs.operation.queue_time", Unit::Seconds, millisecond},
    MountColumn{"nfs.operation.round_trip_time", Unit::Seconds, millisecond},
    MountColumn{"nfs.operation.execute_time", Unit::Seconds, millisecond},
    MountColumn{"nfs.operation.errors"},
};
/// kernel include/linux/nfs_iostat.h, enum nfs_stat_eventcounters.
constexpr std::array<std::string_view, 27> eventNames{"inode_revalidates", "dentry_revalidates", "data_invalidates",
    "attribute_invalidates", "vfs_open", "vfs_lookup", "vfs_access", "vfs_update_page", "vfs_read_page",
    "vfs_read_pages", "vfs_write_page", "vfs_write_pages", "vfs_readdir", "vfs_setattr", "vfs_flush", "vfs_fsync",
    "vfs_lock", "vfs_release", "congestion_waits", "truncations", "write_extensions", "silly_renames", "short_reads",
    "short_writes", "delays", "pnfs_reads", "pnfs_writes"};

class MountReader {
public:
    MountReader(const Input& input, Builder& out)
        : m_out(out)
        , m_isListed(input.clock == Clock::None)
    {
    }

    /// A text that came alone lists all mounts.
    void finish() { m_table.finish(m_out); }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_time = sample.time;
        m_known.restart();
        m_mount.clear();
        m_areOperations = false;
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (!trimmed(line).empty() && !readLine(line))
                m_out.skipped(line, "not a line of a mount's statistics");
    }

private:
    bool readLine(std::string_view line)
    {
        if (line.starts_with("device ") || line.starts_with("no device "))
            return beginMount(line);
        auto rest = trimmed(line);
        if (m_mount.empty() || !isBlank(line.front()))
            return false;
        if (rest == "per-op statistics") {
            m_areOperations = true;
            return true;
        }
        const auto colon = rest.find(':');
        if (colon == std::string_view::npos)
            return rest.starts_with("RPC iostats version");
        const auto name = rest.substr(0, colon);
        const auto values = trimmed(rest.substr(colon + 1));
        if (m_areOperations)
            return readOperation(name, values);
        if (name == "bytes")
            return addAll("bytes", values, byteColumns, {{"mount", m_mount}});
        if (name == "age")
            return addOne("nfs.mount.age", Unit::Seconds, values);
        if (name == "events")
            return readEvents(values);
        if (name == "xprt")
            return readTransport(values);
        return true; // opts, caps, sec, nfsv4, impl_id, fsc: how it is mounted
    }

    /// "device filer:/export mounted on /data with fstype nfs4 statvers=1.1"
    bool beginMount(std::string_view line)
    {
        constexpr std::string_view mountedOn = " mounted on ", with = " with fstype ";
        const auto place = line.find(mountedOn), end = line.rfind(with);
        m_areOperations = false;
        m_mount.clear();
        if (place == std::string_view::npos || end == std::string_view::npos || end < place)
            return false;
        m_mount = line.substr(place + mountedOn.size(), end - place - mountedOn.size());
        if (m_isListed) {
            m_table.beginRow();
            m_table.set("device", line.substr(line.find("device ") + 7, place - line.find("device ") - 7));
            m_table.set("mount", m_mount);
            auto type = line.substr(end + with.size());
            m_table.set("type", nextField(type));
        }
        return true;
    }

    bool addOne(std::string_view metric, Unit unit, std::string_view text)
    {
        const auto value = parseInteger(text);
        if (value)
            m_out.add(metric, {{"mount", m_mount}}, unit, Kind::Gauge, m_time, static_cast<double>(*value));
        return value.has_value();
    }

    template <typename Columns>
    bool addAll(std::string_view what, std::string_view text, const Columns& columns, const Labels& labels)
    {
        auto& refs = m_known.at(m_mount + '\n' + std::string(what));
        std::size_t column = 0;
        for (auto field = nextField(text); !field.empty() && column < columns.size();
             field = nextField(text), ++column) {
            const auto value = parseInteger(field);
            if (!value)
                return false;
            if (refs.size() == column)
                refs.push_back(m_out.series(columns[column].metric, labels, columns[column].unit, Kind::Counter));
            m_out.add(refs[column], m_time, static_cast<double>(*value) / columns[column].divisor);
        }
        return column >= 8;
    }

    bool readOperation(std::string_view name, std::string_view values)
    {
        return addAll(name, values, operationColumns, {{"mount", m_mount}, {"operation", snakeCase(name)}});
    }

    bool readEvents(std::string_view values)
    {
        std::size_t number = 0;
        for (auto field = nextField(values); !field.empty(); field = nextField(values), ++number) {
            const auto value = parseInteger(field);
            if (!value)
                return false;
            const std::string name =
                number < eventNames.size() ? std::string(eventNames[number]) : std::to_string(number);
            m_out.add("nfs.mount.events", {{"event", name}, {"mount", m_mount}}, Unit::Count, Kind::Counter, m_time,
                static_cast<double>(*value));
        }
        return number > 0;
    }

    /// tcp: port binds connects connect_jiffies idle_s sends receives bad_xids requests backlog [slots sending
    /// pending]; udp: port binds sends receives bad_xids requests backlog …; rdma has its own.
    bool readTransport(std::string_view values)
    {
        const auto kind = nextField(values);
        const auto numbers = fields(values);
        const std::size_t first = kind == "tcp" || kind == "local" ? 5 : kind == "udp" ? 2 : numbers.size();
        constexpr std::array<std::string_view, 3> names{
            "nfs.transport.sends", "nfs.transport.receives", "nfs.transport.bad_replies"};
        for (std::size_t i = 0; i < names.size() && first + i < numbers.size(); ++i) {
            const auto value = parseInteger(numbers[first + i]);
            if (!value)
                return false;
            m_out.add(names[i], {{"mount", m_mount}, {"protocol", std::string(kind)}}, Unit::Count, Kind::Counter,
                m_time, static_cast<double>(*value));
        }
        return !numbers.empty();
    }

    Builder& m_out;
    PositionalSeries m_known;
    Time m_time{};
    std::string m_mount; ///< "" before the first
    bool m_areOperations = false;
    bool m_isListed;
    TableMaker m_table{"mounts"};
};

void parse(const Input& input, Builder& out)
{
    MountReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
    reader.finish();
    if (out.builtSeries().empty() && !input.samples.empty())
        out.note(NoteSeverity::Info, "no mount in it has statistics (only those of NFS do)");
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    while (nextLine(beginning, line) && trimmed(line).empty()) { }
    const bool isDevice = line.starts_with("device ") || line.starts_with("no device ");
    return isDevice && line.find(" mounted on ") != std::string_view::npos
            && line.find(" with fstype ") != std::string_view::npos
        ? 95
        : 0;
}

} // namespace

Parser proc_mountstats()
{
    return {.id = "proc_mountstats",
        .title = "Calls and waits of NFS mounts",
        .members = "proc/self/mountstats proc/*/mountstats",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
