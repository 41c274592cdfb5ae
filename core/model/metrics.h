// The canonical list of metrics: name, unit, plain meaning, and which sources give each in which order of preference.
// The same quantity has the same name whatever the source. Axis titles, `hindcast-report metrics`, the explanations and
// Snapshot::find() read from here. The list itself: model/metrics/*.inc, a file an area.
#pragma once

#include "base/unit.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace hindcast {

struct MetricInfo {
    std::string_view metric; ///< "disk.await"
    std::string_view title; ///< "Disk await", short enough for a lane header; English, marked for translation
    std::string_view meaning; ///< one sentence for the tooltip
    Unit unit = Unit::None; ///< of the gauge people read
    std::string_view sources; ///< ids by blanks, the one nearest to the kernel's own counters first
};

/// Sorted by metric.
std::span<const MetricInfo> knownMetrics();
/// Null for a metric that has no entry (a rarely read kernel counter); callers then show the metric name itself.
const MetricInfo* metricInfo(std::string_view metric);

/// Kernel counters that are named after the kernel's own spelling, too many and too special for an entry each.
struct MetricFamily {
    std::string_view prefix; ///< "tcpext."
    std::string_view meaning; ///< what they are and where each is explained
    std::string_view sources;
};
std::span<const MetricFamily> metricFamilies();

/// Where several sources give a quantity, the least is shown: 0 = the first of its list; sources that are not in the
/// list come behind those that are, all alike.
std::size_t sourceRank(std::string_view metric, std::string_view source);

} // namespace hindcast
