// CivilClock: times of a text that prints date and time of the host's wall clock, in the order they were printed, and
// what the name of a zone says of their distance from UTC.
#pragma once

#include "base/time.h"

#include <optional>
#include <string_view>

namespace hindcast::parse {

/// Of "UTC", "PDT", "+0530": nothing for names that several zones use ("CST", "IST").
std::optional<std::chrono::seconds> zoneOffset(std::string_view zone);

class CivilClock {
public:
    /// `civil`: as if in UTC. A clock that goes back by at most two hours was set back (the end of daylight saving
    /// time, or by hand): time then goes on from where it was, one step of the rows later, and wasSetBack() tells. What
    /// lies between two rows for longer than that is a pause and no step.
    Time next(Time civil)
    {
        if (m_last && civil < *m_last && *m_last - civil <= mostSetBack)
            m_correction += *m_last - civil + m_step;
        else if (m_last && civil > *m_last && civil - *m_last <= mostSetBack)
            m_step = civil - *m_last;
        m_last = civil;
        return civil + m_correction;
    }
    /// Another zone or another text: the next time stands for itself.
    void restart() { *this = CivilClock(); }
    bool wasSetBack() const { return m_correction != Nanoseconds{}; }

    static constexpr Nanoseconds mostSetBack = std::chrono::hours{2};

private:
    std::optional<Time> m_last; ///< as printed
    Nanoseconds m_step{}, m_correction{};
};

} // namespace hindcast::parse
