// Derived metrics: what people read (percentages, rates, await) computed from the counters the kernel prints.
#pragma once

#include "model/snapshot.h"

namespace hindcast {

/// Adds to `snapshot.series` the rate of every counter and the figures below, each marked isDerived. Called once, by
/// load. source the CPU shares as mpstat computes them: time of a mode over the time of all modes in the interval,
/// guest time
///        taken out of user (man 5 proc_stat); disk figures as `iostat -x` does (man 1 iostat)
/// gaps   the first sample of each derived series is NaN; a counter that went down makes its interval NaN
void deriveMetrics(Snapshot& snapshot);

} // namespace hindcast
