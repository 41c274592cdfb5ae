// SysstatText: what iostat, mpstat and pidstat have in common: the line they begin with, the times of their reports in
// every clock and date style, and numbers with a decimal comma or a unit behind them. Source: sysstat 9 to 12.7,
// common.c, print_gal_header(), cprintf_f().
#pragma once

#include "base/text_scanner.h"
#include "parse/builder.h"
#include "parse/civil_clock.h"
#include "parse/civil_time.h"
#include "parse/parser.h"
#include "parse/sar_banner.h"

#include <optional>
#include <string>
#include <string_view>

namespace hindcast::parse {

/// What such a text begins with: "Linux 6.1.0 (host) 11/21/26 _x86_64_ (2 CPU)"; without machine and CPUs before
/// sysstat 9.
std::optional<SarBanner> readSysstatBanner(std::string_view line);

/// Takes a time of day off the front of a row, also of Korean, which has blanks in it: "21시 28분 10초".
std::optional<Nanoseconds> takeRowTime(std::string_view& rest);

/// The order of day and month in the dates of a text, where both make a date: languages with a decimal comma have the
/// day first; of English, the United States have a clock of twelve hours and the year in four digits, India one of
/// twelve and two digits, the C locale one of 24 and two digits.
DateOrder usualDateOrder(std::string_view text);

/// What the reports of a text are stamped with, as times in the order they were printed.
class ReportClock {
public:
    ReportClock(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
    {
    }

    /// A new text begins: what it says of dates is its own. `usual`: of dates whose order their digits leave open.
    void restart(Time sampleTime, DateOrder usual);
    void takeBanner(const SarBanner& banner);
    /// A line that is nothing but a time: "11/21/26 21:22:45", "2010-07-27T12:46:07+1000", "Time: 03:49:57 PM".
    std::optional<Time> readStamp(std::string_view line);
    /// Of a row that begins with its time, on the date of the banner.
    Time ofDay(Nanoseconds sinceMidnight);
    /// Of a row that begins with an instant, on the UTC axis.
    Time ofInstant(Time time);
    /// Of the n-th report of a text without times: as if one second apart.
    Time numbered(std::int64_t report) const { return m_base + std::chrono::seconds{report}; }
    bool hasStamps() const { return m_hasStamps; }
    /// For tables, which say when they were listed only if that is known.
    std::optional<Time> listedAt(Time time) const
    {
        return m_hasStamps ? std::optional(time) : m_input.clock == Clock::Wall ? std::optional(time) : std::nullopt;
    }
    /// At the end: what was assumed.
    void noteAssumptions();

private:
    std::optional<PrintedDate> readDate(std::string_view text) const;
    void setDate(std::string_view text);
    Time ofDate(Time civil);

    const Input& m_input;
    Builder& m_out;
    DateOrder m_usual = DateOrder::MonthFirst;
    DayClock m_days; ///< for rows with a time of day only
    CivilClock m_civil; ///< for reports with a date of their own
    std::string m_date; ///< the last one printed
    Time m_base{};
    bool m_hasStamps = false;
    bool m_isDateKnown = false;
    bool m_isOrderAssumed = false;
    bool m_isDateOfFile = false;
};

/// A number as printed, times `factor`, divided by `divisor`; both whole, so that it is rounded once. A number that has
/// its unit behind it ("1.5G") is in bytes, whatever the factor. NaN for "nan"; nothing for what is no number.
std::optional<double> readFigure(std::string_view field, double factor = 1, double divisor = 1);

/// What stands behind "Average:", in any language; nothing when the line does not begin so.
std::optional<std::string_view> afterAverage(std::string_view line);

} // namespace hindcast::parse
