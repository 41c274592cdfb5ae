// Arithmetic on series: positions in time, ranges, statistics. Rates are made by derive.
#pragma once

#include "model/series.h"

#include <optional>
#include <vector>

namespace hindcast {

/// Index of the last sample at or before `time`; nothing before the first.
std::optional<std::size_t> indexAt(const TimeColumn& times, Time time);
/// Indices [first, last) of the samples in a range.
struct IndexRange {
    std::size_t begin = 0, end = 0;
};
IndexRange indexRange(const TimeColumn& times, TimeRange range);

/// The usual distance between two samples (median of up to 1000 of them); nothing with fewer than two.
std::optional<Nanoseconds> usualInterval(const TimeColumn& times);

/// Statistics of the measured samples in a range.
struct Statistics {
    std::size_t samples = 0; ///< measured ones
    std::size_t missing = 0; ///< NaN
    double minimum = notMeasured, mean = notMeasured, median = notMeasured, p95 = notMeasured, maximum = notMeasured;
    double first = notMeasured, last = notMeasured;
    Time minimumAt{}, maximumAt{};
};
/// Exact, over all samples in [range.begin, range.end]; both ends count, as a selection on screen means them to.
Statistics statistics(const Series& series, TimeRange range);

} // namespace hindcast
