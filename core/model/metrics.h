// The canonical list of metrics: name, unit, plain meaning, and how each is preferred when several sources have it.
// Axis titles, `hindcast-report metrics` and the explanations read from here.
#pragma once

#include "base/unit.h"

#include <span>
#include <string_view>

namespace hindcast {

struct MetricInfo {
    std::string_view metric; ///< "disk.await"
    std::string_view title; ///< "Disk await", short enough for a lane header; English, marked for translation
    std::string_view meaning; ///< one sentence for the tooltip
    Unit unit = Unit::None; ///< of the gauge people read
};

/// Sorted by metric.
std::span<const MetricInfo> knownMetrics();
/// Null for a metric that has no entry (a rarely read kernel counter); callers then show the metric name itself.
const MetricInfo* metricInfo(std::string_view metric);

} // namespace hindcast
