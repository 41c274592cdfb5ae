// SentSegments: what one end has sent and the other has not acknowledged yet, a record for each segment: when it left,
// how often, and which packet its newest copy is.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace hindcast::tcp {

struct SentSegment {
    std::int64_t begin = 0, end = 0; ///< positions
    Time time{}; ///< of its newest copy
    std::uint32_t packet = 0; ///< of its newest copy
    bool isSentOnce = true;
};

class SentSegments {
public:
    /// A segment that begins at or behind everything sent so far.
    void append(const SentSegment& segment);
    /// These bytes left again. Returns the packet that carried them last, when it is still known.
    std::optional<std::uint32_t> resend(std::int64_t begin, std::int64_t end, Time time, std::uint32_t packet);
    /// Everything below `position` has arrived. Returns the time of the newest segment this covers, when it and all
    /// others that were covered had been sent once only: the round trip may be measured from it (Karn's algorithm,
    /// RFC 6298 section 3), unless it lies below `measurableFrom`.
    std::optional<Time> acknowledge(std::int64_t position, std::int64_t measurableFrom);
    /// The clock was set: times of what is on its way are of no use.
    void spoilTimes();

private:
    std::vector<SentSegment>::iterator first() { return m_segments.begin() + static_cast<std::ptrdiff_t>(m_first); }
    void dropFront(std::size_t count);

    std::vector<SentSegment> m_segments; ///< by position; those before m_first are done with
    std::size_t m_first = 0;
};

} // namespace hindcast::tcp
