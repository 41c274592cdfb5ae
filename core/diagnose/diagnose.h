// diagnose: asks every rule, joins causes with their effects and names the one principal bottleneck, or says that there
// is none and what could not be judged.
#pragma once

#include "diagnose/finding.h"
#include "model/snapshot.h"

#include <map>
#include <optional>
#include <stop_token>
#include <string>

namespace hindcast::diagnose {

struct DiagnoseOptions {
    std::optional<TimeRange> range; ///< the user's selection is the problem window; nothing = found from the capture
    std::map<std::string, double> parameters; ///< overrides by full name: {"disk-saturation.queue", 8}
};

/// Deterministic. An unfinished answer (no verdicts) when stopped.
Diagnosis diagnose(const Snapshot& snapshot, const DiagnoseOptions& options = {}, std::stop_token stop = {});

} // namespace hindcast::diagnose
