// RoundTrips: the round trips measured in one direction, from bytes sent once to their acknowledgment (Karn), and the
// smoothed estimate a sender would make of them (RFC 6298).
#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace hindcast::tcp {

class RoundTrips {
public:
    void add(Nanoseconds sample);

    std::uint32_t count() const { return m_count; }
    std::optional<Nanoseconds> minimum() const { return m_count ? std::optional(m_minimum) : std::nullopt; }
    std::optional<Nanoseconds> maximum() const { return m_count ? std::optional(m_maximum) : std::nullopt; }
    /// Of all samples up to 512; beyond, of every 2nd, 4th, … one.
    std::optional<Nanoseconds> median() const;
    /// SRTT; zero before the first sample.
    Nanoseconds smoothed() const { return m_smoothed; }

private:
    std::uint32_t m_count = 0;
    std::uint32_t m_stride = 1; ///< every m_stride-th sample is kept for the median
    Nanoseconds m_minimum{}, m_maximum{}, m_smoothed{};
    std::vector<std::int64_t> m_kept;
};

} // namespace hindcast::tcp
