// The TCP segments of packet captures, one row each, for people's scripts and for comparing with tshark.
#pragma once

#include "model/snapshot.h"
#include "report/output.h"

#include <optional>

namespace hindcast::report {

/// A table with tabs between the cells and a header line; an empty cell is "no value". Relative numbers, the window,
/// ack_rtt and the columns from `retransmission` on say what tshark 4.0.17 would.
/// `range`: only segments within it.
void writePackets(const Snapshot& snapshot, const std::optional<TimeRange>& range, Output& out);

} // namespace hindcast::report
