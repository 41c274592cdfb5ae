// Events as marks on the time axis: which can be placed, and which are so close on screen that they are drawn as one.
#pragma once

#include "model/snapshot.h"
#include "plots/lane_span.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace hindcast {

struct EventMark {
    Time time{};
    Severity severity = Severity::Info;
    std::uint32_t event = 0; ///< index into Snapshot::events
};

/// Those whose clock is the capture's, in order of time.
std::vector<EventMark> eventMarks(const Snapshot& snapshot);

/// Marks [first, last) drawn as one.
struct EventCluster {
    std::size_t first = 0, last = 0;
    Severity worst = Severity::Info;

    std::size_t count() const { return last - first; }
};

/// The marks in `visible`, those that would lie on each other as one.
/// in     marks in order of time
/// out    clusters in order of time. Single marks stand at least `apart` from each other; where marks are denser, all
/// in
///        one cell of `cell` become one. Cells are counted from the epoch, so panning does not regroup them.
std::vector<EventCluster> clusterEvents(
    const std::vector<EventMark>& marks, TimeRange visible, Nanoseconds cell, Nanoseconds apart);

/// The mark of the cluster that a click is about: of the worst ones the first, or the one after `selected` (an index
/// into Snapshot::events) when that is among them, so that clicking on goes through all of them.
const EventMark& markOfClick(
    const std::vector<EventMark>& marks, const EventCluster& cluster, std::optional<std::uint32_t> selected);

/// The next mark after (before) the selected event, or after (before) `time` without one; null at the end.
enum class Direction : std::uint8_t { Earlier, Later };
const EventMark* nextMark(
    const std::vector<EventMark>& marks, std::optional<std::uint32_t> selected, Time time, Direction direction);

/// How bad an event is, in the steps that findings have.
SpanLevel levelOf(Severity severity);

} // namespace hindcast
