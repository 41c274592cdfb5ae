// The value a trace shows at an instant: the one sentence that cursor read-outs and drawing must agree on.
#pragma once

#include "plots/lane.h"

#include <optional>

namespace hindcast {

/// Index of the sample that speaks for `time`: the interval it lies in for rates, the last sample at or before it for
/// instants. Nothing outside the samples or inside a gap. `gapThreshold` zero = not known.
std::optional<std::size_t> sampleSpeakingFor(const Trace& trace, Time time, Nanoseconds gapThreshold);
/// NaN where the trace says nothing.
double valueAt(const Trace& trace, Time time, Nanoseconds gapThreshold);
/// The sample time nearest to `time`; nothing without samples.
std::optional<Time> nearestSample(const TimeColumn& times, Time time);
/// The sample after (`steps` > 0) or before the one at or nearest to `time`.
std::optional<Time> sampleStepsAway(const TimeColumn& times, Time time, std::ptrdiff_t steps);

} // namespace hindcast
