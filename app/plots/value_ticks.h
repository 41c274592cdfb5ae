// Ticks of a value axis: a few round numbers from zero upwards, in steps that suit the unit (powers of two for bytes).
#pragma once

#include "base/unit.h"

#include <vector>

namespace hindcast {

/// The smallest round number at or above `value` that makes a calm upper end of a scale; for zero and NaN 1, or 1 KiB.
double roundScaleEnd(double value, Unit unit);
/// Round values in [lower, upper], at most `most` + 1 of them.
std::vector<double> valueTicks(double lower, double upper, int most, Unit unit);

} // namespace hindcast
