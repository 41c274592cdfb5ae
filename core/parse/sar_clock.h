// SarClock: the times of sar's rows. sar prints a date in its first line, times of day in front of its rows, and every
// activity from its beginning again, so that each heading has a clock of its own that starts where its section did.
#pragma once

#include "base/time.h"
#include "parse/civil_time.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace hindcast::parse {

/// The time of day in front of a row: "06:30:01", "06:30:01 AM", "06:30:01 AM IST", "06時30分01秒", "06시 30분 01초",
/// "06.30.01". The whole text. Source: the t_fmt of glibc's locales, which sar prints by strftime(3) %X.
std::optional<Nanoseconds> readSarStamp(std::string_view text);

/// Clock of one heading.
struct HeadingClock {
    DayClock clock;
    Nanoseconds last{}; ///< time of day
    std::uint64_t section = 0; ///< the section it was set in; 0 = none
    Time time{}; ///< of `last`
    bool isFresh = true; ///< no row since the heading
};

/// Sections are begun by a banner or a restart.
class SarClock {
public:
    void beginSection(std::optional<std::chrono::year_month_day> date);
    /// The machine was started again at that time of day; a section of the same date begins.
    Time restart(Nanoseconds sinceMidnight);
    /// A heading stands at the beginning of its first interval.
    void heading(HeadingClock& heading, Nanoseconds sinceMidnight);
    Time row(HeadingClock& heading, Nanoseconds sinceMidnight);
    /// Of a comment, which stands between the rows of a heading or before all of them.
    Time comment(const HeadingClock* heading, Nanoseconds sinceMidnight) const;

    bool hasDate() const { return m_start.hasDate(); }
    bool wasSetBack() const { return m_wasSetBack; }

private:
    DayClock m_start; ///< at the first heading of the section
    Nanoseconds m_startOfDay{};
    bool m_isStarted = false; ///< the section has had a heading
    HeadingClock m_last; ///< of the last row, whichever heading it stood under
    std::uint64_t m_section = 0;
    bool m_wasSetBack = false;
};

} // namespace hindcast::parse
