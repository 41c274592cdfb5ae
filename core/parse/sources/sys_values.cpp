// Files of /sys and /proc/sys that hold a figure or two which change over time: counters of network interfaces, link
// changes, hung queues, CPU frequency, heat, memory errors, SCSI errors, open files, tracked connections. Source:
// kernel Documentation/ABI/testing/sysfs-class-net*, admin-guide/{thermal,pm/cpufreq}.rst,
// driver-api/thermal/sysfs-api.rst, admin-guide/RAS, admin-guide/sysctl/fs.rst.
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

/// One number of one kind of file. `labels`: names for the parts of the path that "*" stands for, in order; "" = none.
/// A label's number is what is left of that part without its letters when it says so: "policy3" -> 3.
struct Value {
    std::string_view pattern;
    std::size_t place; ///< of the number in the text
    std::string_view metric;
    std::array<std::string_view, 2> labels;
    Unit unit = Unit::Count;
    Kind kind = Kind::Counter;
    double factor = 1, divisor = 1;
};
constexpr Unit packets = Unit::Packets, bytes = Unit::Bytes, count = Unit::Count;
constexpr Kind gauge = Kind::Gauge;
#define NET "sys/class/net/*/statistics/"
constexpr std::array values{
    Value{NET "rx_bytes", 0, "net.rx.bytes", {"interface", ""}, bytes},
    Value{NET "rx_packets", 0, "net.rx.packets", {"interface", ""}, packets},
    Value{NET "rx_errors", 0, "net.rx.errors", {"interface", ""}, packets},
    Value{NET "rx_dropped", 0, "net.rx.dropped", {"interface", ""}, packets},
    Value{NET "rx_fifo_errors", 0, "net.rx.fifo", {"interface", ""}, packets},
    Value{NET "rx_frame_errors", 0, "net.rx.frame", {"interface", ""}, packets},
    Value{NET "rx_compressed", 0, "net.rx.compressed", {"interface", ""}, packets},
    Value{NET "multicast", 0, "net.rx.multicast", {"interface", ""}, packets},
    Value{NET "rx_crc_errors", 0, "net.rx.crc_errors", {"interface", ""}, packets},
    Value{NET "rx_length_errors", 0, "net.rx.length_errors", {"interface", ""}, packets},
    Value{NET "rx_missed_errors", 0, "net.rx.missed", {"interface", ""}, packets},
    Value{NET "rx_over_errors", 0, "net.rx.over_errors", {"interface", ""}, packets},
    Value{NET "rx_nohandler", 0, "net.rx.no_handler", {"interface", ""}, packets},
    Value{NET "tx_bytes", 0, "net.tx.bytes", {"interface", ""}, bytes},
    Value{NET "tx_packets", 0, "net.tx.packets", {"interface", ""}, packets},
    Value{NET "tx_errors", 0, "net.tx.errors", {"interface", ""}, packets},
    Value{NET "tx_dropped", 0, "net.tx.dropped", {"interface", ""}, packets},
    Value{NET "tx_fifo_errors", 0, "net.tx.fifo", {"interface", ""}, packets},
    Value{NET "collisions", 0, "net.tx.collisions", {"interface", ""}, packets},
    Value{NET "tx_carrier_errors", 0, "net.tx.carrier", {"interface", ""}, packets},
    Value{NET "tx_compressed", 0, "net.tx.compressed", {"interface", ""}, packets},
    Value{NET "tx_aborted_errors", 0, "net.tx.aborted_errors", {"interface", ""}, packets},
    Value{NET "tx_heartbeat_errors", 0, "net.tx.heartbeat_errors", {"interface", ""}, packets},
    Value{NET "tx_window_errors", 0, "net.tx.window_errors", {"interface", ""}, packets},
    Value{"sys/class/net/*/carrier_changes", 0, "net.carrier_changes", {"interface", ""}},
    Value{"sys/class/net/*/carrier_up_count", 0, "net.carrier_ups", {"interface", ""}},
    Value{"sys/class/net/*/carrier_down_count", 0, "net.carrier_downs", {"interface", ""}},
    Value{"sys/class/net/*/queues/*/tx_timeout", 0, "net.tx.timeouts", {"interface", "queue"}},
    Value{"sys/devices/system/cpu/cpufreq/*/scaling_cur_freq", 0, "cpu.frequency", {"cpu#", ""}, Unit::CountPerSecond,
        gauge, 1000},
    Value{"sys/devices/system/cpu/*/cpufreq/scaling_cur_freq", 0, "cpu.frequency", {"cpu#", ""}, Unit::CountPerSecond,
        gauge, 1000},
    Value{"sys/devices/system/cpu/*/thermal_throttle/core_throttle_count", 0, "cpu.thermal_throttles", {"cpu#", ""}},
    Value{"sys/devices/system/cpu/*/thermal_throttle/package_throttle_count", 0, "cpu.package_thermal_throttles",
        {"cpu#", ""}},
    Value{"sys/class/thermal/*/temp", 0, "sensor.celsius", {"device", ""}, Unit::None, gauge, 1, 1000},
    Value{"sys/devices/system/edac/mc/*/ce_count", 0, "memory.corrected_errors", {"controller", ""}},
    Value{"sys/devices/system/edac/mc/*/ue_count", 0, "memory.uncorrected_errors", {"controller", ""}},
    Value{
        "sys/devices/system/edac/mc/*/ce_noinfo_count", 0, "memory.corrected_errors_without_place", {"controller", ""}},
    Value{"sys/devices/system/edac/mc/*/ue_noinfo_count", 0, "memory.uncorrected_errors_without_place",
        {"controller", ""}},
    Value{"sys/class/scsi_device/*/device/iorequest_cnt", 0, "scsi.requests", {"device", ""}},
    Value{"sys/class/scsi_device/*/device/iodone_cnt", 0, "scsi.requests_done", {"device", ""}},
    Value{"sys/class/scsi_device/*/device/ioerr_cnt", 0, "scsi.errors", {"device", ""}},
    Value{"sys/class/scsi_device/*/device/iotmo_cnt", 0, "scsi.timeouts", {"device", ""}},
    // Open files, those allocated and free (0 since Linux 2.6), and the limit; inodes and those unused.
    Value{"proc/sys/fs/file-nr", 0, "system.open_files", {"", ""}, count, gauge},
    Value{"proc/sys/fs/file-nr", 1, "system.open_files_unused", {"", ""}, count, gauge},
    Value{"proc/sys/fs/file-nr", 2, "system.open_files_limit", {"", ""}, count, gauge},
    Value{"proc/sys/fs/inode-nr", 0, "system.inodes_allocated", {"", ""}, count, gauge},
    Value{"proc/sys/fs/inode-nr", 1, "system.inodes_unused", {"", ""}, count, gauge},
    Value{"proc/sys/net/netfilter/nf_conntrack_count", 0, "conntrack.entries", {"", ""}, count, gauge},
    Value{"proc/sys/net/netfilter/nf_conntrack_max", 0, "conntrack.limit", {"", ""}, count, gauge},
};
#undef NET

/// The parts "*" stands for when the path ends as the pattern does; nothing when it does not.
std::optional<std::vector<std::string_view>> match(std::string_view path, std::string_view pattern)
{
    std::vector<std::string_view> parts;
    while (!pattern.empty()) {
        if (path.empty())
            return std::nullopt;
        const auto patternSlash = pattern.rfind('/'), pathSlash = path.rfind('/');
        const auto wanted = pattern.substr(patternSlash + 1), part = path.substr(pathSlash + 1);
        if (wanted == "*")
            parts.insert(parts.begin(), part);
        else if (wanted != part)
            return std::nullopt;
        pattern = pattern.substr(0, patternSlash == std::string_view::npos ? 0 : patternSlash);
        path = path.substr(0, pathSlash == std::string_view::npos ? 0 : pathSlash);
    }
    return parts;
}

bool isKnownPath(std::string_view path)
{
    return std::any_of(
        values.begin(), values.end(), [path](const Value& value) { return match(path, value.pattern).has_value(); });
}

/// What a file that came without its path is: numbers between tabs on one line. "" when it cannot be told.
std::string_view pathByContent(std::string_view text)
{
    text = trimmed(text);
    const auto numbers = fields(text);
    const bool areNumbers =
        std::all_of(numbers.begin(), numbers.end(), [](std::string_view one) { return parseInteger(one).has_value(); });
    const auto tabs = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\t'));
    if (!areNumbers || text.find('\n') != std::string_view::npos || tabs + 1 != numbers.size())
        return {};
    return numbers.size() == 3 ? "proc/sys/fs/file-nr" : numbers.size() == 2 ? "proc/sys/fs/inode-nr" : "";
}

/// "0x1c" too, as the counters of SCSI devices are printed.
std::optional<double> numberIn(std::string_view text)
{
    if (text.starts_with("0x")) {
        const auto value = parseHex(text.substr(2));
        return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
    }
    const auto value = parseInteger<std::int64_t>(text);
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

Labels labelsOf(const Value& value, const std::vector<std::string_view>& parts)
{
    Labels labels;
    for (std::size_t i = 0; i < value.labels.size() && i < parts.size(); ++i) {
        auto name = value.labels[i];
        auto text = parts[i];
        if (name.ends_with('#')) {
            name.remove_suffix(1);
            text.remove_prefix(std::min(text.size(), text.find_first_of("0123456789")));
        }
        if (!name.empty())
            labels.push_back({std::string(name), std::string(text)});
    }
    return labels;
}

class ValueReader {
public:
    explicit ValueReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        const auto numbers = fields(trimmed(sample.text));
        if (numbers.empty())
            return;
        const auto path = isKnownPath(sample.path) ? sample.path : pathByContent(sample.text);
        bool isKnown = false;
        for (const Value& value : values) {
            const auto parts = match(path, value.pattern);
            if (!parts)
                continue;
            isKnown = true;
            const auto number = value.place < numbers.size() ? numberIn(numbers[value.place]) : std::nullopt;
            if (!number) {
                m_out.skipped(trimmed(sample.text), "expected a number");
                return;
            }
            m_out.add(value.metric, labelsOf(value, *parts), value.unit, value.kind, sample.time,
                *number * value.factor / value.divisor);
            addUsedInodes(value, numbers, sample.time);
        }
        if (!isKnown)
            m_out.skipped(trimmed(sample.text), "the path says nothing of what this figure is");
    }

private:
    /// What sar prints as inode-nr: those in use.
    void addUsedInodes(const Value& value, const std::vector<std::string_view>& numbers, Time time)
    {
        const auto all = value.metric == "system.inodes_unused" ? numberIn(numbers[0]) : std::nullopt;
        const auto unused = all ? numberIn(numbers[1]) : std::nullopt;
        if (all && unused)
            m_out.add("system.inodes", {}, Unit::Count, Kind::Gauge, time, *all - *unused);
    }

    Builder& m_out;
};

void parse(const Input& input, Builder& out)
{
    ValueReader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    const auto path = pathByContent(beginning);
    return path.ends_with("file-nr") ? 60 : path.empty() ? 0 : 30;
}

} // namespace

Parser sys_values()
{
    return {.id = "sys_values",
        .title = "Single figures of the kernel: links, frequency, heat, errors, open files, tracked connections",
        .members = "sys/class/net/*/statistics/* sys/class/net/*/carrier_changes sys/class/net/*/carrier_up_count "
                   "sys/class/net/*/carrier_down_count sys/class/net/*/queues/*/tx_timeout "
                   "sys/devices/system/cpu/cpufreq/*/scaling_cur_freq "
                   "sys/devices/system/cpu/*/cpufreq/scaling_cur_freq sys/devices/system/cpu/*/thermal_throttle/* "
                   "sys/class/thermal/*/temp sys/devices/system/edac/mc/*/ce_count "
                   "sys/devices/system/edac/mc/*/ue_count sys/devices/system/edac/mc/*/ce_noinfo_count "
                   "sys/devices/system/edac/mc/*/ue_noinfo_count sys/class/scsi_device/*/device/iorequest_cnt "
                   "sys/class/scsi_device/*/device/iodone_cnt sys/class/scsi_device/*/device/ioerr_cnt "
                   "sys/class/scsi_device/*/device/iotmo_cnt proc/sys/fs/file-nr proc/sys/fs/inode-nr "
                   "proc/sys/net/netfilter/nf_conntrack_count proc/sys/net/netfilter/nf_conntrack_max",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
