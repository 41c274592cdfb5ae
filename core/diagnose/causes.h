// causes: which finding explains which other. An edge of the table counts for two findings only when both its time test
// and its quantity test hold for them.
#pragma once

#include "diagnose/finding.h"
#include "model/snapshot.h"

#include <span>
#include <string_view>
#include <vector>

namespace hindcast::diagnose {

struct CausalEdge {
    std::string_view cause, effect; ///< rule ids
    std::string_view quantity; ///< the test in words, for the tooltip
    bool (*fits)(const Snapshot& snapshot, const Finding& cause, const Finding& effect);
};
/// Higher edges win where two findings explain each other from the same moment on.
std::span<const CausalEdge> causalEdges();

/// Sets explainedBy and explains. A cause must be known with a confidence of 0.5 at least; what is explained by two is
/// nested under the one that began first.
void joinCauses(const Snapshot& snapshot, std::vector<Finding>& findings);

} // namespace hindcast::diagnose
