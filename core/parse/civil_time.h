// Civil time: dates and times of day as tools print them without a zone, in any locale, made into times in the order in
// which they were printed. They are of the host's wall clock: see CivilTimes.
#pragma once

#include "base/time.h"
#include "parse/civil_clock.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hindcast::parse {

/// "16:08:45", "9:05:03", "06時30分01秒", "00:00:01.5", with or without a meridiem behind or before it: "06:30:01 AM",
/// "午前 06:30:01". The whole text. Nothing for anything else.
std::optional<Nanoseconds> readClockTime(std::string_view text);

/// Takes a time of day, with its meridiem if there is one, off the front of a row.
std::optional<Nanoseconds> takeClockTime(std::string_view& rest);

enum class DateOrder : std::uint8_t { MonthFirst, DayFirst };
struct PrintedDate {
    std::chrono::year_month_day date;
    bool isOrderAssumed = false; ///< "04/08/18": both orders are dates, and `usual` decided
};
/// "04/08/18", "09/20/2012", "20/09/12", "2018-12-18", "20.09.2012", "2012年09月20日". The whole text.
/// `usual`: with slashes the C locale and American English have the month first, languages with a decimal comma the
/// day.
std::optional<PrintedDate> readPrintedDate(std::string_view text, DateOrder usual = DateOrder::MonthFirst);

/// Times of day, in the order they were printed, on one axis. The date is that of the heading, and the next day's once
/// the clock has gone back by more than half a day.
class DayClock {
public:
    /// Of the heading, or of a later heading: the next time is of that day.
    void setDate(std::chrono::year_month_day date);
    bool hasDate() const { return m_hasDate; }
    /// Civil time as if in UTC; days are counted from 1970-01-01 as long as no date was given. A clock that goes back
    /// by at most two hours was set back (the end of daylight saving time, or by hand): time then goes on from where it
    /// was, one step of the rows later, and wasSetBack() tells.
    Time next(Nanoseconds sinceMidnight);
    bool wasSetBack() const { return m_clock.wasSetBack(); }

private:
    bool m_hasDate = false;
    std::chrono::sys_days m_day{};
    std::optional<Nanoseconds> m_last; ///< since midnight; nothing before the first of its date
    CivilClock m_clock;
};

} // namespace hindcast::parse
