#include "parse/log_clock.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <fmt/format.h>

namespace hindcast::parse {
namespace {

using std::string_view;
using std::chrono::year_month_day;

year_month_day dateOf(Time time)
{
    return year_month_day{std::chrono::floor<std::chrono::days>(time)};
}

int monthOf(Time time)
{
    return static_cast<int>(static_cast<unsigned>(dateOf(time).month()));
}

int yearOf(Time time)
{
    return static_cast<int>(dateOf(time).year());
}

/// How many years later the next line of a log is: +1 from December to January, -1 for a late line of December.
int yearsBetween(int month, int nextMonth)
{
    constexpr int halfYear = 6;
    return month == 0 ? 0 : nextMonth <= month - halfYear ? 1 : nextMonth >= month + halfYear ? -1 : 0;
}

/// The first year that is written with that month and day: "2026-11-21" in a line of "Nov 21".
std::optional<int> yearInText(string_view text, year_month_day date)
{
    const auto month = static_cast<unsigned>(date.month()), day = static_cast<unsigned>(date.day());
    for (const char separator : {'-', '/'}) {
        const std::string wanted = fmt::format("{}{:02}{}{:02}", separator, month, separator, day);
        const auto place = text.find(wanted);
        constexpr std::size_t digits = 4;
        if (place == string_view::npos || place < digits)
            continue;
        const auto year = parseInteger<int>(text.substr(place - digits, digits));
        constexpr int first = 1990, last = 2100;
        if (year && *year >= first && *year <= last)
            return year;
    }
    return std::nullopt;
}

/// The year in "-- Logs begin at Fri 2026-11-20 09:16:02 UTC …" and "-- Journal begins at …" of journalctl.
std::optional<int> yearInHeading(string_view line)
{
    constexpr std::size_t dateLength = 10;
    if (!line.starts_with("-- ") || line.find("begin") == string_view::npos)
        return std::nullopt;
    for (auto word = nextField(line); !word.empty(); word = nextField(line))
        if (word.size() == dateLength && word[4] == '-' && word[7] == '-')
            return parseInteger<int>(word.substr(0, 4));
    return std::nullopt;
}

/// What the stamps of a log leave out, as far as the log tells.
struct YearSearch {
    std::uint64_t lines = 0;
    std::optional<int> year; ///< of the first stamp without one
    std::optional<Time> last; ///< of the stamps without a year
    int years = 0; ///< from the first of them to the last
};

YearSearch searchYear(string_view text)
{
    constexpr std::uint64_t searched = 2000; // lines in which a year is looked for
    YearSearch search;
    int month = 0;
    string_view lastBeginning; // of a line with a stamp
    const auto take = [&search](std::optional<int> year) {
        constexpr int earliest = 1970, latest = 2200; // farther off an instant has no place in 64 bits of nanoseconds
        if (year && *year >= earliest && *year <= latest && !search.year)
            search.year = *year - search.years;
    };
    for (string_view line; nextLine(text, line);) {
        ++search.lines;
        if (search.lines > searched && !search.last)
            continue; // every stamp has its year: only the lines are counted
        takeSyslogPriority(line);
        constexpr std::size_t monthLength = 4; // "Nov "
        const auto beginning = line.substr(0, monthLength);
        if (search.lines > searched && beginning == lastBeginning)
            continue; // the same month
        if (beginning.empty() || beginning.front() == '[')
            continue;
        const auto stamp = takeSyslogStamp(line);
        if (!stamp) {
            take(yearInHeading(line));
            continue;
        }
        lastBeginning = beginning;
        if (stamp->hasYear)
            continue;
        search.years += yearsBetween(month, monthOf(stamp->time));
        month = monthOf(stamp->time);
        search.last = stamp->time;
        if (!search.year && search.lines <= searched)
            take(yearInText(line, dateOf(stamp->time)));
    }
    return search;
}

/// The last line is not from after the file was written; a day is left for the zone.
int latestYear(Time stamp, Time written)
{
    const int year = yearOf(written);
    const auto date = dateOf(stamp);
    constexpr unsigned dayOfAnyMonth = 28;
    const std::chrono::sys_days day{std::chrono::year{year} / date.month()
        / std::chrono::day{std::min(dayOfAnyMonth, static_cast<unsigned>(date.day()))}};
    return Time{day} > written + std::chrono::hours{24} ? year - 1 : year;
}

} // namespace

LogClock::LogClock(const Input& input, string_view text)
{
    const YearSearch search = searchYear(text);
    m_lines = search.lines;
    if (!search.last)
        return;
    if (search.year) {
        m_year = search.year;
        m_yearFrom = YearFrom::Text;
    } else if (input.writtenAt) {
        m_year = latestYear(*search.last, *input.writtenAt) - search.years;
        m_yearFrom = YearFrom::Written;
    } else if (input.host.bootTime) {
        m_year = yearOf(*input.host.bootTime) - search.years;
        m_yearFrom = YearFrom::Boot;
    }
}

Time LogClock::withYear(Time time)
{
    m_hasYearless = true;
    const auto date = dateOf(time);
    const int month = static_cast<int>(static_cast<unsigned>(date.month()));
    // Without any year: one that nobody takes for a real date, and that has a 29 February if need be.
    const bool isLeapDay = date.month() == std::chrono::February && date.day() == std::chrono::day{29};
    if (!m_year)
        m_year = isLeapDay ? 1972 : 1970;
    *m_year += yearsBetween(m_lastMonth, month);
    m_lastMonth = month;
    year_month_day dated{std::chrono::year{*m_year}, date.month(), date.day()};
    if (!dated.ok())
        dated = year_month_day{dated.year() / dated.month() / std::chrono::last};
    return Time{std::chrono::sys_days{dated}} + (time - std::chrono::floor<std::chrono::days>(time));
}

Time LogClock::place(const LogStamp& stamp)
{
    const Time time = stamp.hasYear ? stamp.time : withYear(stamp.time);
    if (!m_isCivil)
        m_isCivil = !stamp.hasZone;
    if (stamp.hasZone)
        m_offset = stamp.offset;
    else if (m_zoneName.empty() && !stamp.zoneName.empty())
        m_zoneName = stamp.zoneName;
    if (*m_isCivil)
        return stamp.hasZone ? time + stamp.offset : time;
    return stamp.hasZone ? time : time - m_offset;
}

void LogClock::finish(Builder& out) const
{
    if (isCivil())
        out.setCivilTimes(CivilTimes::Local);
    if (isCivil() && !m_zoneName.empty())
        out.setZoneText(m_zoneName);
    if (!m_hasYearless)
        return;
    switch (m_yearFrom) {
    case YearFrom::Nowhere:
        out.note(NoteSeverity::Info, "the year is not in the text: the dates are shown in 1970");
        break;
    case YearFrom::Text:
        out.note(NoteSeverity::Info, "the stamps have no year: it was taken from a date in the text");
        break;
    case YearFrom::Written:
        out.note(NoteSeverity::Info, "the stamps have no year: it was taken from when the file was last written");
        break;
    case YearFrom::Boot:
        out.note(NoteSeverity::Info, "the stamps have no year: that of the capture was taken");
        break;
    }
}

} // namespace hindcast::parse
