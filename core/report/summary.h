// summary: one page for people: which host and span, the suspected bottleneck, how busy each resource was, what was not
// captured.
#pragma once

#include "model/snapshot.h"

#include <optional>
#include <string>

namespace hindcast::report {

struct SummaryOptions {
    std::optional<TimeRange> range; ///< nothing = the whole capture
    std::chrono::seconds utcOffset{0}; ///< of the times shown
    std::string zoneName = "UTC";
};

std::string summaryText(const Snapshot& snapshot, const SummaryOptions& options);

} // namespace hindcast::report
