// The texts beside the thread dumps of our own captures, jvm/<pid>/NNN.meta: when each was asked for, to the
// nanosecond, or why there is none. See capture/FORMAT.md.
#pragma once

#include "model/snapshot.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

struct AskedDump {
    std::string member; ///< "jvm/812/000.txt"
    std::optional<Time> time; ///< wall clock
    std::string problem; ///< why there is none: "skipped: budget"; "" when there is one
};

/// "jvm/812/000.meta"
bool isDumpFactsPath(std::string_view path);
AskedDump readDumpFacts(std::string_view path, std::string_view text);

/// Puts the dumps where they were asked for; their own dates are of whole seconds and the host's zone.
void placeThreadDumps(Snapshot& snapshot, const std::vector<AskedDump>& asked);

} // namespace hindcast::parse
