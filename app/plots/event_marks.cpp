#include "plots/event_marks.h"

#include <algorithm>

namespace hindcast {

namespace {

bool isEarlier(const EventMark& mark, Time time)
{
    return mark.time < time;
}

std::int64_t cellOf(Time time, Nanoseconds cell)
{
    const std::int64_t since = time.time_since_epoch().count();
    const std::int64_t whole = since / cell.count();
    return since < 0 && since % cell.count() != 0 ? whole - 1 : whole;
}

Severity worstOf(const std::vector<EventMark>& marks, std::size_t first, std::size_t last)
{
    Severity worst = Severity::Info;
    for (std::size_t i = first; i < last; ++i)
        worst = std::max(worst, marks[i].severity);
    return worst;
}

} // namespace

std::vector<EventMark> eventMarks(const Snapshot& snapshot)
{
    std::vector<EventMark> marks;
    for (std::uint32_t i = 0; i < snapshot.events.size(); ++i) {
        const Event& event = snapshot.events[i];
        if (event.clock == snapshot.clock)
            marks.push_back({event.time, event.severity, i});
    }
    std::stable_sort(
        marks.begin(), marks.end(), [](const EventMark& a, const EventMark& b) { return a.time < b.time; });
    return marks;
}

std::vector<EventCluster> clusterEvents(
    const std::vector<EventMark>& marks, TimeRange visible, Nanoseconds cell, Nanoseconds apart)
{
    std::vector<EventCluster> clusters;
    if (visible.isEmpty() || cell <= Nanoseconds::zero())
        return clusters;
    const auto begin = std::lower_bound(marks.begin(), marks.end(), visible.begin, isEarlier);
    const auto end = std::lower_bound(begin, marks.end(), visible.end, isEarlier);
    const auto last = static_cast<std::size_t>(end - marks.begin());
    const auto standsApart = [&](std::size_t mark) {
        return clusters.empty() || marks[mark].time - marks[clusters.back().last - 1].time >= apart;
    };
    for (auto first = static_cast<std::size_t>(begin - marks.begin()); first < last;) {
        const std::int64_t here = cellOf(marks[first].time, cell);
        std::size_t next = first + 1;
        bool isSparse = true;
        for (; next < last && cellOf(marks[next].time, cell) == here; ++next)
            isSparse = isSparse && marks[next].time - marks[next - 1].time >= apart;
        if (!isSparse) {
            clusters.push_back({first, next, worstOf(marks, first, next)});
        } else {
            for (std::size_t mark = first; mark < next; ++mark) {
                // At the border of two cells a single mark may lie on a single one before it.
                if (mark == first && !standsApart(mark) && clusters.back().count() == 1) {
                    clusters.back().last = mark + 1;
                    clusters.back().worst = std::max(clusters.back().worst, marks[mark].severity);
                } else {
                    clusters.push_back({mark, mark + 1, marks[mark].severity});
                }
            }
        }
        first = next;
    }
    return clusters;
}

const EventMark& markOfClick(
    const std::vector<EventMark>& marks, const EventCluster& cluster, std::optional<std::uint32_t> selected)
{
    for (std::size_t i = cluster.first; i < cluster.last; ++i)
        if (selected == marks[i].event)
            return marks[i + 1 < cluster.last ? i + 1 : cluster.first];
    for (std::size_t i = cluster.first; i < cluster.last; ++i)
        if (marks[i].severity == cluster.worst)
            return marks[i];
    return marks[cluster.first];
}

const EventMark* nextMark(
    const std::vector<EventMark>& marks, std::optional<std::uint32_t> selected, Time time, Direction direction)
{
    if (selected) {
        const auto found =
            std::find_if(marks.begin(), marks.end(), [&](const EventMark& mark) { return mark.event == *selected; });
        if (found != marks.end()) {
            if (direction == Direction::Later)
                return found + 1 == marks.end() ? nullptr : &*(found + 1);
            return found == marks.begin() ? nullptr : &*(found - 1);
        }
    }
    if (direction == Direction::Later) {
        const auto later = std::upper_bound(
            marks.begin(), marks.end(), time, [](Time instant, const EventMark& mark) { return instant < mark.time; });
        return later == marks.end() ? nullptr : &*later;
    }
    const auto notEarlier = std::lower_bound(marks.begin(), marks.end(), time, isEarlier);
    return notEarlier == marks.begin() ? nullptr : &*(notEarlier - 1);
}

SpanLevel levelOf(Severity severity)
{
    switch (severity) {
    case Severity::Error:
        return SpanLevel::Serious;
    case Severity::Warning:
        return SpanLevel::Warning;
    case Severity::Info:
        break;
    }
    return SpanLevel::Info;
}

} // namespace hindcast
