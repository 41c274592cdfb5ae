// dump: everything parsed as JSON Lines, for scripts, tests and other programs (the contract is in README, "dump").
#pragma once

#include "model/snapshot.h"
#include "report/output.h"

#include <optional>
#include <string>
#include <vector>

namespace hindcast::report {

struct DumpOptions {
    std::optional<TimeRange> range; ///< samples outside are left out; applies to wall-clock sources
    std::vector<std::string> metrics; ///< patterns with * and ?; empty = all
};

void writeDump(const Snapshot& snapshot, const DumpOptions& options, Output& out);

/// "*" any run of characters, "?" any one.
bool matchesPattern(std::string_view pattern, std::string_view text);

} // namespace hindcast::report
