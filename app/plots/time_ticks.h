// Ticks of the time axis: round instants of the chosen zone (whole seconds, minutes, hours, days), and their labels.
#pragma once

#include "text/zone.h"

#include <vector>

namespace hindcast {

struct TimeTick {
    Time time{};
    QString label; ///< "14:06:12", with fractions as far as the step needs them
    QString date; ///< set where a new day begins, else empty
};

/// Ticks in `visible`, at least `pixelsPerLabel` apart on an axis of `pixels`.
std::vector<TimeTick> timeTicks(TimeRange visible, double pixels, double pixelsPerLabel, const text::Zone& zone);

} // namespace hindcast
