// Condition: "this stays above that" over time. Turns samples into episodes with durations in seconds, whatever the
// interval of the source, and never bridges what was not measured.
#pragma once

#include "diagnose/finding.h"
#include "model/series.h"

#include <cstddef>
#include <span>
#include <vector>

namespace hindcast::diagnose {

/// A quantity on the times of its source, NaN where it was not measured.
struct Signal {
    TimeColumn times; ///< null: not measured at all
    std::vector<double> values;
    bool isOfInterval = false; ///< a value belongs to the interval that ends at its time; else to that moment only

    bool isMeasured() const;
};
/// Whether a value of the series belongs to the interval that ends at its time.
bool signalIsOfInterval(const Series& series);
/// Empty signal for null.
Signal signalOf(const Series* series);
/// The signal on other times: at each the last value at or before, as long as that is not older than one and a half of
/// the signal's own intervals.
Signal onTimes(const Signal& signal, const TimeColumn& times);

enum class Bound : std::uint8_t { AtLeast, AtMost };

struct Term {
    Signal signal;
    Bound bound = Bound::AtLeast;
    double limit = 0;
};

struct Sustained {
    std::vector<Episode> episodes;
    bool isScaled = false; ///< the capture is short, and no episode lasts as long as asked: a shorter one was accepted
    /// When there are no episodes: the longest stretch of rows that are beyond all limits, as long as it is three rows
    /// or they are a twentieth of all; else 0.
    double secondsBeyond = 0;
};

/// When all terms hold together for at least `seconds`.
/// in     terms; the first one's times count, the others are read at these
/// out    episodes in order. A window of 10 s slides over data of 2 s or less (of a quarter of shorter captures); a
/// term
///        holds where both mean and median of its window are beyond the limit, so that a burst of a second within a
///        quiet window does not count. An episode ends where a window is back by a fifth (hysteresis 0.8), and its ends
///        are moved in to the samples that are themselves beyond the limit. Episodes closer than two intervals (5 s at
///        least) are one.
/// gaps   never bridged: a pause of more than two and a half intervals ends an episode
Sustained sustained(std::span<const Term> terms, double seconds);

/// Rows a window or an episode must have: three, or two where a row stands for a minute or more.
std::size_t leastRows(Nanoseconds interval);

/// Total overlap of the episodes with a range, in seconds.
double overlapSeconds(const std::vector<Episode>& episodes, TimeRange range);
double totalSeconds(const std::vector<Episode>& episodes);
/// In order and without overlap.
std::vector<Episode> united(std::vector<Episode> episodes, Nanoseconds mergeGap);

} // namespace hindcast::diagnose
