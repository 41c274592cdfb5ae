// LaneSpan: a stretch of a lane that something was found in, with how bad it is and what to say about it. Plain
// description; the drawing belongs to SpanMarks.
#pragma once

#include "base/time.h"

#include <QString>

#include <cstdint>

namespace hindcast {

/// In rising order; the same steps as the findings'.
enum class SpanLevel : std::uint8_t { Info, Warning, Serious, Critical };

struct LaneSpan {
    std::size_t lane = 0; ///< index into the lanes shown
    TimeRange range;
    SpanLevel level = SpanLevel::Info;
    bool isInstant = false; ///< an event: drawn as a mark, whatever the zoom
    QString text; ///< for the tooltip
};

} // namespace hindcast
