#include "tcp/sent_segments.h"

#include <algorithm>

namespace hindcast::tcp {
namespace {
/// More than any window holds of real segments. Beyond it the acknowledgments were not captured.
constexpr std::size_t keptAtMost = 65536;
} // namespace

void SentSegments::append(const SentSegment& segment)
{
    if (m_segments.size() - m_first >= keptAtMost)
        dropFront(keptAtMost / 2);
    m_segments.push_back(segment);
}

std::optional<std::uint32_t> SentSegments::resend(std::int64_t begin, std::int64_t end, Time time, std::uint32_t packet)
{
    std::optional<std::uint32_t> earlier;
    auto segment = std::upper_bound(first(), m_segments.end(), begin,
        [](std::int64_t position, const SentSegment& one) { return position < one.end; });
    for (; segment != m_segments.end() && segment->begin < end; ++segment) {
        if (!earlier)
            earlier = segment->packet;
        segment->isSentOnce = false;
        segment->time = time;
        segment->packet = packet;
    }
    return earlier;
}

std::optional<Time> SentSegments::acknowledge(std::int64_t position, std::int64_t measurableFrom)
{
    const auto covered =
        std::find_if(first(), m_segments.end(), [&](const SentSegment& segment) { return segment.end > position; });
    if (covered == first())
        return std::nullopt;
    const bool areSentOnce =
        std::all_of(first(), covered, [](const SentSegment& segment) { return segment.isSentOnce; });
    const SentSegment newest = *std::prev(covered);
    dropFront(static_cast<std::size_t>(covered - first()));
    return areSentOnce && newest.end > measurableFrom ? std::optional(newest.time) : std::nullopt;
}

void SentSegments::spoilTimes()
{
    for (auto segment = first(); segment != m_segments.end(); ++segment)
        segment->isSentOnce = false;
}

void SentSegments::dropFront(std::size_t count)
{
    m_first += count;
    if (m_first == m_segments.size()) {
        m_segments.clear();
        m_first = 0;
    } else if (m_first >= 64 && 2 * m_first >= m_segments.size()) {
        m_segments.erase(m_segments.begin(), first());
        m_first = 0;
    }
}

} // namespace hindcast::tcp
