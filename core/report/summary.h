// summary: one page for people: which host and span, what was and was not captured, how busy each resource was.
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
