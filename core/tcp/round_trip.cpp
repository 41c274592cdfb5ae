#include "tcp/round_trip.h"

#include <algorithm>

namespace hindcast::tcp {
namespace {
constexpr std::size_t keptAtMost = 512;
}

void RoundTrips::add(Nanoseconds sample)
{
    if (m_count == 0) {
        m_minimum = m_maximum = m_smoothed = sample;
    } else {
        m_minimum = std::min(m_minimum, sample);
        m_maximum = std::max(m_maximum, sample);
        m_smoothed += (sample - m_smoothed) / 8; // RFC 6298, section 2.3
    }
    if (m_count++ % m_stride != 0)
        return;
    m_kept.push_back(sample.count());
    if (m_kept.size() < keptAtMost)
        return;
    for (std::size_t i = 0; 2 * i < m_kept.size(); ++i)
        m_kept[i] = m_kept[2 * i];
    m_kept.resize(m_kept.size() / 2);
    m_stride *= 2;
}

std::optional<Nanoseconds> RoundTrips::median() const
{
    if (m_kept.empty())
        return std::nullopt;
    std::vector<std::int64_t> sorted = m_kept;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return Nanoseconds{*middle};
}

} // namespace hindcast::tcp
