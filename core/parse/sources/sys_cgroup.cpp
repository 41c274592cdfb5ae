// Files of control groups, versions 1 and 2: CPU time and throttling, memory and its limits, out-of-memory kills, I/O,
// processes, pressure. Source: kernel Documentation/admin-guide/cgroup-v2.rst,
// cgroup-v1/{memory,cpuacct,blkio-controller, pids}.rst, scheduler/sched-bwc.rst. The path below the mount point is the
// label "cgroup", "/" the root. Where both versions tell the same, the metric is the same.
#include "base/text_scanner.h"
#include "framing/block.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"
#include "parse/snake_case.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

constexpr double microsecond = 1e6, nanosecond = 1e9; // divided by, so that values stay decimal fractions

/// How a file is built.
enum class Form : std::uint8_t {
    Value, ///< one number; "max" = no limit
    Names, ///< "name number" lines
    Devices, ///< "8:0 rbytes=1 wbytes=2 …", version 2
    OldDevices, ///< "8:0 Read 1" lines, version 1
    Bandwidth, ///< "quota period", "max 100000"
    Text, ///< a list of CPUs or the like: not a figure
};
struct File {
    std::string_view name;
    Form form;
    std::string_view metric; ///< of a value; what the metrics of names begin with
    Unit unit = Unit::Count;
    Kind kind = Kind::Gauge;
    double divisor = 1;
    bool isOld = false; ///< of version 1 only: the first folder below /sys/fs/cgroup names the controller
};
constexpr std::array files{
    File{"cpu.stat", Form::Names, ""},
    File{"cpu.max", Form::Bandwidth, ""},
    File{"cpu.weight", Form::Value, "cgroup.cpu.weight", Unit::None},
    File{"cpu.shares", Form::Value, "cgroup.cpu.shares", Unit::None, Kind::Gauge, 1, true},
    File{"cpu.cfs_quota_us", Form::Value, "cgroup.cpu.quota", Unit::Seconds, Kind::Gauge, microsecond, true},
    File{"cpu.cfs_period_us", Form::Value, "cgroup.cpu.period", Unit::Seconds, Kind::Gauge, microsecond, true},
    File{"cpuacct.usage", Form::Value, "cgroup.cpu.usage", Unit::Seconds, Kind::Counter, nanosecond, true},
    File{"cpuacct.stat", Form::Names, "", Unit::Seconds, Kind::Counter, 1, true},
    File{"cpuset.cpus", Form::Text, ""},
    File{"cpuset.cpus.effective", Form::Text, ""},
    File{"cpuset.mems", Form::Text, ""},
    File{"memory.current", Form::Value, "cgroup.memory.usage", Unit::Bytes},
    File{"memory.usage_in_bytes", Form::Value, "cgroup.memory.usage", Unit::Bytes, Kind::Gauge, 1, true},
    File{"memory.peak", Form::Value, "cgroup.memory.peak", Unit::Bytes},
    File{"memory.max_usage_in_bytes", Form::Value, "cgroup.memory.peak", Unit::Bytes, Kind::Gauge, 1, true},
    File{"memory.max", Form::Value, "cgroup.memory.limit", Unit::Bytes},
    File{"memory.limit_in_bytes", Form::Value, "cgroup.memory.limit", Unit::Bytes, Kind::Gauge, 1, true},
    File{"memory.high", Form::Value, "cgroup.memory.high", Unit::Bytes},
    File{"memory.low", Form::Value, "cgroup.memory.low", Unit::Bytes},
    File{"memory.min", Form::Value, "cgroup.memory.min", Unit::Bytes},
    File{"memory.soft_limit_in_bytes", Form::Value, "cgroup.memory.low", Unit::Bytes, Kind::Gauge, 1, true},
    File{"memory.swap.current", Form::Value, "cgroup.memory.swap", Unit::Bytes},
    File{"memory.swap.max", Form::Value, "cgroup.memory.swap_limit", Unit::Bytes},
    File{"memory.memsw.usage_in_bytes", Form::Value, "cgroup.memory.usage_and_swap", Unit::Bytes, Kind::Gauge, 1, true},
    File{"memory.memsw.limit_in_bytes", Form::Value, "cgroup.memory.limit_and_swap", Unit::Bytes, Kind::Gauge, 1, true},
    File{"memory.failcnt", Form::Value, "cgroup.memory.limit_hits", Unit::Count, Kind::Counter, 1, true},
    File{"memory.memsw.failcnt", Form::Value, "cgroup.memory.swap_limit_hits", Unit::Count, Kind::Counter, 1, true},
    File{"memory.oom_control", Form::Names, "cgroup.memory.", Unit::Count, Kind::Gauge, 1, true},
    File{"memory.events", Form::Names, "cgroup.memory."},
    File{"memory.stat", Form::Names, "cgroup.memory."},
    File{"io.stat", Form::Devices, ""},
    File{"io.max", Form::Text, ""},
    File{"blkio.throttle.io_service_bytes", Form::OldDevices, "bytes", Unit::Bytes, Kind::Counter, 1, true},
    File{"blkio.throttle.io_serviced", Form::OldDevices, "requests", Unit::Count, Kind::Counter, 1, true},
    File{"blkio.throttle.read_bps_device", Form::Text, ""},
    File{"blkio.throttle.write_bps_device", Form::Text, ""},
    File{"blkio.throttle.read_iops_device", Form::Text, ""},
    File{"blkio.throttle.write_iops_device", Form::Text, ""},
    File{"pids.current", Form::Value, "cgroup.pids"},
    File{"pids.max", Form::Value, "cgroup.pids_limit"},
    File{"pids.events", Form::Names, "cgroup.pids_"},
    File{"cgroup.events", Form::Names, "cgroup."},
    File{"cgroup.stat", Form::Names, "cgroup."},
};

struct Named {
    std::string_view file, name, metric;
    Unit unit = Unit::Count;
    Kind kind = Kind::Counter;
    double divisor = 1;
};
constexpr std::array names{
    Named{"cpu.stat", "usage_usec", "cgroup.cpu.usage", Unit::Seconds, Kind::Counter, microsecond},
    Named{"cpu.stat", "user_usec", "cgroup.cpu.user", Unit::Seconds, Kind::Counter, microsecond},
    Named{"cpu.stat", "system_usec", "cgroup.cpu.system", Unit::Seconds, Kind::Counter, microsecond},
    Named{"cpu.stat", "nice_usec", "cgroup.cpu.nice", Unit::Seconds, Kind::Counter, microsecond},
    Named{"cpu.stat", "nr_periods", "cgroup.cpu.periods"},
    Named{"cpu.stat", "nr_throttled", "cgroup.cpu.throttled_periods"},
    Named{"cpu.stat", "throttled_usec", "cgroup.cpu.throttled_time", Unit::Seconds, Kind::Counter, microsecond},
    Named{"cpu.stat", "throttled_time", "cgroup.cpu.throttled_time", Unit::Seconds, Kind::Counter, nanosecond},
    Named{"cpu.stat", "nr_bursts", "cgroup.cpu.bursts"},
    Named{"cpu.stat", "burst_usec", "cgroup.cpu.burst_time", Unit::Seconds, Kind::Counter, microsecond},
    Named{"cpu.stat", "burst_time", "cgroup.cpu.burst_time", Unit::Seconds, Kind::Counter, nanosecond},
    Named{"cpu.stat", "wait_sum", "cgroup.cpu.run_queue_wait", Unit::Seconds, Kind::Counter, nanosecond},
    Named{
        "cpu.stat", "core_sched.force_idle_usec", "cgroup.cpu.forced_idle", Unit::Seconds, Kind::Counter, microsecond},
    Named{"memory.events", "low", "cgroup.memory.low_hits"},
    Named{"memory.events", "high", "cgroup.memory.high_hits"},
    Named{"memory.events", "max", "cgroup.memory.limit_hits"},
    Named{"memory.events", "oom", "cgroup.memory.ooms"},
    Named{"memory.events", "oom_kill", "cgroup.memory.oom_kills"},
    Named{"memory.events", "oom_group_kill", "cgroup.memory.oom_group_kills"},
    Named{"memory.oom_control", "oom_kill", "cgroup.memory.oom_kills"},
    Named{"memory.oom_control", "under_oom", "cgroup.memory.is_under_oom", Unit::None, Kind::Gauge},
    Named{"memory.oom_control", "oom_kill_disable", "cgroup.memory.is_oom_kill_off", Unit::None, Kind::Gauge},
    Named{"pids.events", "max", "cgroup.pids_limit_hits"},
    Named{"cgroup.events", "populated", "cgroup.is_populated", Unit::None, Kind::Gauge},
    Named{"cgroup.events", "frozen", "cgroup.is_frozen", Unit::None, Kind::Gauge},
    Named{"cgroup.stat", "nr_descendants", "cgroup.descendants", Unit::Count, Kind::Gauge},
    Named{"cgroup.stat", "nr_dying_descendants", "cgroup.dying_descendants", Unit::Count, Kind::Gauge},
};

/// Of memory.stat, which has dozens of lines for each of maybe thousands of groups: what takes memory, and what says
/// that it is short.
constexpr std::array<std::string_view, 23> memoryStates{"anon", "file", "kernel", "kernel_stack", "pagetables", "sock",
    "shmem", "zswap", "swapcached", "file_mapped", "file_dirty", "file_writeback", "inactive_anon", "active_anon",
    "inactive_file", "active_file", "unevictable", "slab_reclaimable", "slab_unreclaimable", "slab", "percpu",
    "vmalloc", "anon_thp"};
constexpr std::array<std::string_view, 9> memoryEvents{"pgfault", "pgmajfault", "pgscan", "pgsteal",
    "workingset_refault", "workingset_refault_anon", "workingset_refault_file", "pgscan_direct", "pgsteal_direct"};
struct OldMemoryName {
    std::string_view name, metric;
    bool isEvent = false;
};
/// Version 1 tells its own and, as total_…, with the groups below, which is what version 2 tells.
constexpr std::array oldMemoryNames{OldMemoryName{"total_cache", "file"}, OldMemoryName{"total_rss", "anon"},
    OldMemoryName{"total_shmem", "shmem"}, OldMemoryName{"total_mapped_file", "file_mapped"},
    OldMemoryName{"total_dirty", "file_dirty"}, OldMemoryName{"total_writeback", "file_writeback"},
    OldMemoryName{"total_swap", "swap"}, OldMemoryName{"total_inactive_anon", "inactive_anon"},
    OldMemoryName{"total_active_anon", "active_anon"}, OldMemoryName{"total_inactive_file", "inactive_file"},
    OldMemoryName{"total_active_file", "active_file"}, OldMemoryName{"total_unevictable", "unevictable"},
    OldMemoryName{"total_pgfault", "pgfault", true}, OldMemoryName{"total_pgmajfault", "pgmajfault", true}};

const File* fileNamed(std::string_view name)
{
    for (const File& file : files)
        if (file.name == name)
            return &file;
    return nullptr;
}

/// "cpu", "cpu,cpuacct": the folder of a hierarchy of version 1.
bool isController(std::string_view folder)
{
    for (const std::string_view known :
        {"cpu", "cpuacct", "cpu,cpuacct", "cpuacct,cpu", "cpuset", "memory", "blkio", "pids", "freezer", "devices",
            "hugetlb", "net_cls", "net_prio", "net_cls,net_prio", "perf_event", "rdma", "systemd", "unified", "misc"})
        if (folder == known)
            return true;
    return false;
}

/// "/system.slice/web.service" of "/sys/fs/cgroup/memory/system.slice/web.service/memory.failcnt". A mount elsewhere is
/// taken as it is.
std::string groupOf(std::string_view path)
{
    constexpr std::string_view mount = "/sys/fs/cgroup";
    auto folder = path.substr(0, path.rfind('/'));
    const auto place = folder.find(mount);
    if (place != std::string_view::npos)
        folder.remove_prefix(place + mount.size());
    if (folder.starts_with('/')) {
        const auto first =
            folder.substr(1, folder.find('/', 1) == std::string_view::npos ? folder.size() : folder.find('/', 1) - 1);
        if (isController(first))
            folder.remove_prefix(first.size() + 1);
    }
    return folder.empty() ? "/" : framing::unescapeField(folder);
}

class GroupReader {
public:
    GroupReader(const Input& input, Builder& out)
        : m_host(input.host)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_time = sample.time;
        m_known.restart();
        const auto name = sample.path.substr(sample.path.rfind('/') + 1);
        if (sample.path != m_path) {
            m_path = sample.path;
            m_group = groupOf(sample.path);
        }
        if (name.ends_with(".pressure"))
            readEachLine(
                sample.text, [&](std::string_view line) { return readPressure(name.substr(0, name.find('.')), line); });
        else if (const File* file = fileNamed(name))
            readFile(*file, sample.text);
        else
            m_out.note(
                NoteSeverity::Info, "a file of control groups that is not known: " + std::string(name.substr(0, 60)));
    }

private:
    template <typename Read> void readEachLine(std::string_view text, const Read& read)
    {
        for (std::string_view line; nextLine(text, line);)
            if (!trimmed(line).empty() && !read(line))
                m_out.skipped(line, "not a line of this file of a control group");
    }

    void readFile(const File& file, std::string_view text)
    {
        switch (file.form) {
        case Form::Value:
            readEachLine(text, [&](std::string_view line) { return readValue(file, trimmed(line)); });
            break;
        case Form::Names:
            m_hasTotals = text.find("\ntotal_cache ") != std::string_view::npos;
            readEachLine(text, [&](std::string_view line) { return readName(file, line); });
            break;
        case Form::Devices:
            readEachLine(text, [&](std::string_view line) { return readDevice(line); });
            break;
        case Form::OldDevices:
            readEachLine(text, [&](std::string_view line) { return readOldDevice(file, line); });
            break;
        case Form::Bandwidth:
            readEachLine(text, [&](std::string_view line) { return readBandwidth(line); });
            break;
        case Form::Text:
            m_out.note(NoteSeverity::Info,
                "not read: a setting of the group that is no figure, such as a list of CPUs or devices");
            break;
        }
    }

    void add(std::string_view metric, Unit unit, Kind kind, double value, Label more = {})
    {
        m_key = m_group;
        m_key.append(1, '\n').append(metric).append(1, '\n').append(more.value);
        auto& refs = m_known.at(m_key);
        if (refs.empty()) {
            Labels labels{{"cgroup", m_group}};
            if (!more.name.empty())
                labels.push_back(std::move(more));
            refs.push_back(m_out.series(metric, std::move(labels), unit, kind));
        }
        m_out.add(refs.front(), m_time, value);
    }

    bool readValue(const File& file, std::string_view text)
    {
        if (text == "max") // no limit: nothing is measured
            return true;
        const auto value = parseInteger<std::int64_t>(text);
        if (!value)
            return parseInteger(text).has_value();
        // No limit is −1 of the CPU's quota, and of version 1's memory the largest whole page of 63 bits.
        constexpr std::int64_t noLimit = std::int64_t{1} << 62;
        if (*value >= 0 && *value < noLimit)
            add(file.metric, file.unit, file.kind, static_cast<double>(*value) / file.divisor);
        return true;
    }

    bool readName(const File& file, std::string_view line)
    {
        const auto name = nextField(line);
        const auto value = parseInteger(nextField(line));
        if (!value || !trimmed(line).empty())
            return false;
        const auto number = static_cast<double>(*value);
        if (file.name == "memory.stat")
            return readMemoryState(name, number);
        if (file.name == "cpuacct.stat") { // "user 12", "system 34", in clock ticks
            add("cgroup.cpu." + snakeCase(name), Unit::Seconds, Kind::Counter,
                number / clockTicksPerSecond(m_host, m_out));
            return true;
        }
        for (const Named& known : names)
            if (known.file == file.name && known.name == name) {
                add(known.metric, known.unit, known.kind, number / known.divisor);
                return true;
            }
        if (file.name == "cgroup.stat" && name.starts_with("nr_")) // how many of each controller, Linux 6.13
            return true;
        const std::string area = file.metric.empty() ? std::string("cgroup.cpu.") : std::string(file.metric);
        add(area + snakeCase(name), Unit::Count, Kind::Counter, number);
        return true;
    }

    bool readMemoryState(std::string_view name, double number)
    {
        constexpr std::string_view area = "cgroup.memory.";
        const auto isIn = [name](const auto& list) { return std::find(list.begin(), list.end(), name) != list.end(); };
        if (!m_hasTotals && isIn(memoryStates)) {
            add(std::string(area).append(name), Unit::Bytes, Kind::Gauge, number);
        } else if (!m_hasTotals && isIn(memoryEvents)) {
            add(std::string(area).append(name), Unit::Count, Kind::Counter, number);
        } else {
            for (const OldMemoryName& known : oldMemoryNames)
                if (known.name == name)
                    add(std::string(area).append(known.metric), known.isEvent ? Unit::Count : Unit::Bytes,
                        known.isEvent ? Kind::Counter : Kind::Gauge, number);
        }
        return true; // the rest is left in the text
    }

    /// "8:0 rbytes=90112 wbytes=0 rios=22 wios=0 dbytes=0 dios=0 cost.usage=…"; a device without any is a number alone.
    bool readDevice(std::string_view line)
    {
        const auto device = nextField(line);
        if (device.find(':') == std::string_view::npos)
            return false;
        struct Figure {
            std::string_view name, metric;
            Unit unit;
        };
        static constexpr std::array figures{Figure{"rbytes", "cgroup.io.read_bytes", Unit::Bytes},
            Figure{"wbytes", "cgroup.io.written_bytes", Unit::Bytes}, Figure{"rios", "cgroup.io.reads", Unit::Count},
            Figure{"wios", "cgroup.io.writes", Unit::Count}, Figure{"dbytes", "cgroup.io.discarded_bytes", Unit::Bytes},
            Figure{"dios", "cgroup.io.discards", Unit::Count}};
        for (auto field = nextField(line); !field.empty(); field = nextField(line)) {
            const auto sign = field.find('=');
            const auto value = sign == std::string_view::npos ? std::nullopt : parseInteger(field.substr(sign + 1));
            if (sign == std::string_view::npos && field.find(':') == std::string_view::npos)
                return false; // two devices may share a line when the first has no figures
            for (const Figure& figure : figures)
                if (value && field.substr(0, sign) == figure.name)
                    add(figure.metric, figure.unit, Kind::Counter, static_cast<double>(*value),
                        {"device", std::string(device)});
        }
        return true;
    }

    /// "8:0 Read 90112"; the sums over devices, "Total 90112", are left out as are Sync, Async and Total of a device.
    bool readOldDevice(const File& file, std::string_view line)
    {
        const auto device = nextField(line);
        if (device == "Total")
            return true;
        const auto what = nextField(line);
        const auto value = parseInteger(nextField(line));
        if (!value || device.find(':') == std::string_view::npos)
            return false;
        const bool isBytes = file.metric == "bytes";
        const std::string_view metric = what == "Read" ? (isBytes ? "cgroup.io.read_bytes" : "cgroup.io.reads")
            : what == "Write"                          ? (isBytes ? "cgroup.io.written_bytes" : "cgroup.io.writes")
            : what == "Discard"                        ? (isBytes ? "cgroup.io.discarded_bytes" : "cgroup.io.discards")
                                                       : std::string_view{};
        if (!metric.empty())
            add(metric, file.unit, Kind::Counter, static_cast<double>(*value), {"device", std::string(device)});
        return true;
    }

    /// "200000 100000": microseconds of CPU time in each period; how many CPUs that is.
    bool readBandwidth(std::string_view line)
    {
        const auto quota = nextField(line);
        const auto period = parseInteger(nextField(line));
        if (quota == "max")
            return period.has_value();
        const auto value = parseInteger(quota);
        if (!value || !period || *period == 0)
            return false;
        add("cgroup.cpu.limit", Unit::Count, Kind::Gauge, static_cast<double>(*value) / static_cast<double>(*period));
        return true;
    }

    /// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", as /proc/pressure.
    bool readPressure(std::string_view resource, std::string_view line)
    {
        const auto kind = nextField(line);
        if (kind != "some" && kind != "full")
            return false;
        const std::string metric = "pressure." + snakeCase(resource) + '.' + std::string(kind);
        bool isWhole = false;
        for (auto field = nextField(line); !field.empty(); field = nextField(line)) {
            const auto sign = field.find('=');
            const auto value = sign == std::string_view::npos ? std::nullopt : parseDouble(field.substr(sign + 1));
            if (!value)
                return false;
            isWhole = field.starts_with("total=");
            if (isWhole)
                add(metric, Unit::Seconds, Kind::Counter, *value / microsecond);
            else
                add(metric + '.' + std::string(field.substr(0, sign)), Unit::Percent, Kind::Gauge, *value);
        }
        return isWhole;
    }

    const Host& m_host;
    Builder& m_out;
    PositionalSeries m_known;
    Time m_time{};
    std::string m_group, m_path;
    std::string m_key; ///< a buffer
    bool m_hasTotals = false; ///< memory.stat of version 1
};

void parse(const Input& input, Builder& out)
{
    GroupReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

} // namespace

Parser sys_cgroup()
{
    return {.id = "sys_cgroup", .title = "Control groups", .members = "sys/fs/cgroup/**", .parse = parse};
}

} // namespace hindcast::parse
