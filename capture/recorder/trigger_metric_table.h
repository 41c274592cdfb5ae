// The metrics that a trigger can compare: their names as hindcast-report writes them, and how each is computed from the
// text of a source. Names that are not among them are answered with the nearest that are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::recorder {

enum class TriggerSource : std::uint8_t {
    Tick,
    Stat,
    Loadavg,
    Meminfo,
    Vmstat,
    PressureCpu,
    PressureMemory,
    PressureIo,
    PressureIrq,
    Diskstats,
    NetDev,
    Snmp,
    Netstat,
    Sockstat,
    Softnet,
    Sockets,
    Filesystems,
    Processes,
    count
};

enum class TriggerFormula : std::uint8_t {
    Gauge, ///< the figure as it stands
    Rate, ///< increase of a counter, per second
    Mean, ///< increase of a counter over the increase of another; not measured where the other did not increase
    Share, ///< one figure over another
};

enum class TriggerUnit : std::uint8_t { Number, Bytes, Seconds, Percent };

/// What a condition without labels means on a metric that has them.
enum class Unlabelled : std::uint8_t {
    Any, ///< any of them: disks, interfaces and file systems stand each for itself
    Whole, ///< the source has a line for all together ("cpu ")
    Sum, ///< all added up: CPUs, states, reclaimers are parts of a whole
};

struct TriggerMetric {
    std::string name; ///< the canonical one
    TriggerSource source = TriggerSource::Tick;
    TriggerFormula formula = TriggerFormula::Gauge;
    TriggerUnit unit = TriggerUnit::Number;
    double factor = 1; ///< from the kernel's unit to ours
    /// Figures of the source, "group.key" or "key", added and subtracted: "MemTotal-MemAvailable". One with a "?" may
    /// be missing.
    std::string numerator;
    /// Of Mean and Share; of a gauge what 100 % of it are, so that "memory.available < 5%" can be said.
    std::string denominator;
    std::string_view labels; ///< "mount device"
    Unlabelled unlabelled = Unlabelled::Any;
    std::string_view values; ///< of the first label, where they are a closed set: "R S D"
};

/// Where the source's text stands in a tick: "/proc/stat", "hindcast/sockets".
const char* pathOf(TriggerSource source);
/// Listed at some ticks only; what was listed last holds until then.
bool isListedNowAndThen(TriggerSource source);

/// By its canonical name or an alias ("load1", "psi.cpu.some.avg10", "mem.available").
std::optional<TriggerMetric> findTriggerMetric(std::string_view name);
/// "load.1, load.5 or load.15": the names nearest to `name`; empty when none is near.
std::string nearestMetrics(std::string_view name);
/// The same among words separated by a blank.
std::string nearestWords(std::string_view word, std::string_view words);

} // namespace hindcast::recorder
