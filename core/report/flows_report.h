// The TCP conversations of packet captures: a table for people, and every field of each for scripts.
#pragma once

#include "model/snapshot.h"
#include "report/output.h"

#include <optional>
#include <string>

namespace hindcast::report {

struct FlowsOptions {
    std::optional<TimeRange> range; ///< only conversations with a packet in it; their figures are of all their packets
    std::chrono::seconds utcOffset{0}; ///< of the times in the table
    bool hasHeading = true; ///< of the TSV: once for all inputs
};

/// A row per conversation and a line of totals; says so when no packets were captured.
void writeFlowsTable(const Snapshot& snapshot, const FlowsOptions& options, Output& out);
/// A header line and a row per conversation, tabs between; an empty cell was not measured. Times are seconds;
/// `end` is that of the last packet.
void writeFlowsTsv(const Snapshot& snapshot, const FlowsOptions& options, Output& out);
/// The objects of a JSON array, without its brackets: the columns of the TSV as keys, and beside them the states of
/// both ends and every retransmission with its frame. Returns whether there was any; `isFirst` = none was written
/// before.
bool writeFlowsJsonItems(const Snapshot& snapshot, const FlowsOptions& options, bool isFirst, Output& out);

} // namespace hindcast::report
