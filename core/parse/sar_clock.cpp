#include "parse/sar_clock.h"

#include "base/text_scanner.h"
#include "parse/log_stamp.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

using std::string_view;
using namespace std::chrono_literals;

/// The am_pm of glibc's locales whose times need it and that civil_time.h does not know.
struct HalfOfDay {
    string_view word;
    bool isAfternoon;
};
constexpr std::array halves{HalfOfDay{"ص", false}, HalfOfDay{"م", true}, HalfOfDay{"πμ", false}, HalfOfDay{"μμ", true},
    HalfOfDay{"पूर्वाह्न", false}, HalfOfDay{"अपराह्न", true}, HalfOfDay{"म.पू.", false}, HalfOfDay{"म.नं.", true}};

std::string withoutBlanks(string_view text)
{
    std::string result;
    for (const char c : text)
        if (!isBlank(c))
            result += c;
    return result;
}

/// "06.30.01" of Finnish.
std::optional<Nanoseconds> readDotted(string_view text)
{
    if (text.size() != 8 || text[2] != '.' || text[5] != '.')
        return std::nullopt;
    std::string colons(text);
    colons[2] = colons[5] = ':';
    return readClockTime(colons);
}

/// A clock with its half of the day and a zone, as in "06:30:01 AM IST" and "UTC 06:30:01 م". What else stands there is
/// no zone but the first name of a heading.
std::optional<Nanoseconds> readWithZone(string_view text)
{
    std::optional<Nanoseconds> clock;
    std::optional<bool> afternoon;
    bool isHalfKnown = false, hasZone = false;
    for (auto rest = trimmed(text); !rest.empty(); rest = trimmed(rest)) {
        auto ahead = rest;
        if (const auto time = clock ? std::nullopt : takeClockTime(ahead)) {
            clock = time;
            isHalfKnown = trimmed(rest.substr(0, rest.size() - ahead.size())).find(' ') != string_view::npos;
            rest = ahead;
            continue;
        }
        const auto word = nextField(rest);
        const auto half =
            std::find_if(halves.begin(), halves.end(), [word](const HalfOfDay& one) { return one.word == word; });
        if (half != halves.end()) {
            afternoon = half->isAfternoon;
            isHalfKnown = true;
        } else if (hasZone || (clock && !isHalfKnown)) {
            return std::nullopt;
        } else {
            hasZone = true;
        }
    }
    if (clock && afternoon) {
        const bool isTwelve = *clock >= 12h;
        if (*afternoon && !isTwelve)
            *clock += 12h;
        else if (!*afternoon && isTwelve)
            *clock -= 12h;
    }
    return clock;
}

/// "2012. 09. 20.", "2012년 09월 20일", "20.09.2012.": the form readPrintedDate() knows.
std::string tidied(string_view text)
{
    std::string date = withoutBlanks(text);
    while (date.ends_with('.'))
        date.pop_back();
    return date;
}

/// "Thursday 20 September 2012", "20 Sep, 2012", "Sep 20 2012": a month's name, and two numbers of which the year has
/// four digits.
std::optional<PrintedDate> readNamedDate(string_view text)
{
    std::optional<unsigned> month, day, year;
    while (!text.empty()) {
        auto word = nextField(text);
        while (!word.empty() && (word.back() == ',' || word.back() == '.'))
            word.remove_suffix(1);
        if (const auto number = parseInteger<unsigned>(word))
            (word.size() == 4 ? year : day) = number;
        else if (const auto named = monthFromName(word); named && !month)
            month = named;
        else if (const auto shortened = monthFromName(word.substr(0, 3)); shortened && !month)
            month = shortened;
    }
    if (!month || !day || !year)
        return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month}, std::chrono::day{*day}};
    return date.ok() ? std::optional(PrintedDate{date, false}) : std::nullopt;
}

/// "_x86_64_"
string_view betweenUnderscores(string_view word)
{
    return word.size() > 2 && word.front() == '_' && word.back() == '_' ? word.substr(1, word.size() - 2)
                                                                        : string_view();
}

bool isForeignSystem(string_view name)
{
    constexpr std::array others{string_view{"SunOS"}, string_view{"HP-UX"}, string_view{"AIX"}, string_view{"Darwin"},
        string_view{"OSF1"}, string_view{"IRIX64"}, string_view{"IRIX"}, string_view{"UnixWare"},
        string_view{"SCO_SV"}};
    return std::find(others.begin(), others.end(), name) != others.end();
}

/// The date is what stands between the host and the machine: in columns of its own, or, in a text whose tabs were
/// lost, the words before "_x86_64_" or "(4 CPU)".
void readTail(SarBanner& banner, string_view tail)
{
    const char* const begin = tail.data();
    const char* end = begin + tail.size();
    for (auto rest = tail; !rest.empty();) {
        const auto word = nextField(rest);
        if (word.empty())
            break;
        if (const auto machine = betweenUnderscores(word); !machine.empty()) {
            banner.machine = machine;
            end = std::min(end, word.data());
        } else if (word.starts_with('(')) {
            banner.cpus = parseInteger<unsigned>(word.substr(1));
            end = std::min(end, word.data());
        }
    }
    banner.date = trimmed(string_view(begin, static_cast<std::size_t>(end - begin)));
}

} // namespace

std::optional<Nanoseconds> readSarStamp(string_view text)
{
    if (const auto time = readClockTime(text))
        return time;
    if (text.find(' ') != string_view::npos)
        if (const auto time = readClockTime(withoutBlanks(text)))
            return time;
    if (const auto time = readDotted(text))
        return time;
    return readWithZone(text);
}

std::optional<SarBanner> readSarBanner(string_view line)
{
    auto rest = line;
    SarBanner banner;
    banner.system = nextField(rest);
    if (isForeignSystem(banner.system))
        return banner;
    if (banner.system != "Linux")
        return std::nullopt;
    banner.kernel = nextField(rest);
    const auto open = rest.find('('), close = rest.find(')');
    if (banner.kernel.empty() || open == string_view::npos || close == string_view::npos || close < open)
        return std::nullopt;
    banner.hostname = rest.substr(open + 1, close - open - 1);
    readTail(banner, rest.substr(close + 1));
    return banner;
}

std::optional<PrintedDate> readSarDate(string_view text, DateOrder usual)
{
    if (const auto date = readPrintedDate(tidied(text), usual))
        return date;
    if (const auto date = readNamedDate(text))
        return date;
    // A day of the week behind the date: "2012年09月20日 木曜日".
    auto rest = text;
    return readPrintedDate(nextField(rest), usual);
}

DateChoice chooseDateOrder(const DateEvidence& evidence)
{
    bool isAmbiguous = false, hasLongYear = false;
    for (const string_view text : evidence.dates) {
        const auto monthFirst = readSarDate(text, DateOrder::MonthFirst);
        const auto dayFirst = readSarDate(text, DateOrder::DayFirst);
        if (!monthFirst || !dayFirst)
            continue;
        const auto slash = text.find('/');
        if (slash == string_view::npos)
            continue;
        hasLongYear = hasLongYear || text.size() - text.rfind('/') > 3;
        if (monthFirst->isOrderAssumed) {
            isAmbiguous = true;
            continue;
        }
        // One date of which only one order exists tells for all.
        const auto first = parseInteger<unsigned>(text.substr(0, slash));
        const auto day = static_cast<unsigned>(monthFirst->date.day());
        const auto month = static_cast<unsigned>(monthFirst->date.month());
        if (first && day != month && *first <= 31)
            return {*first == day ? DateOrder::DayFirst : DateOrder::MonthFirst, false};
    }
    // Languages with a decimal comma have the day first. Of English, the United States have a clock of twelve hours and
    // the year in four digits, India one of twelve and two digits, the C locale one of 24 and two digits.
    DateChoice choice;
    choice.isAssumed = isAmbiguous;
    const bool isDayFirst = evidence.hasDecimalComma || hasLongYear != evidence.hasMeridiem;
    choice.order = isDayFirst ? DateOrder::DayFirst : DateOrder::MonthFirst;
    if (!isAmbiguous || !evidence.writtenAt)
        return choice;
    // A file is written soon after what it tells; one of the two orders may lie after it.
    const auto latest = [&](DateOrder order) {
        Time last{};
        for (const string_view text : evidence.dates)
            if (const auto date = readSarDate(text, order))
                last = std::max(last, Time{std::chrono::sys_days{date->date}});
        return last;
    };
    const auto other = isDayFirst ? DateOrder::MonthFirst : DateOrder::DayFirst;
    const auto tomorrow = *evidence.writtenAt + 24h;
    if (latest(choice.order) > tomorrow && latest(other) <= tomorrow)
        choice.order = other;
    return choice;
}

void SarClock::beginSection(std::optional<std::chrono::year_month_day> date)
{
    DayClock clock;
    if (date)
        clock.setDate(*date);
    m_start = clock;
    m_last = {};
    m_last.clock = clock;
    m_isStarted = false;
    ++m_section;
}

Time SarClock::restart(Nanoseconds sinceMidnight)
{
    if (m_section == 0)
        beginSection(std::nullopt);
    m_start = m_last.clock;
    const Time time = m_start.next(sinceMidnight);
    m_last.clock = m_start;
    m_last.last = sinceMidnight;
    m_isStarted = false;
    ++m_section;
    return time;
}

void SarClock::heading(HeadingClock& heading, Nanoseconds sinceMidnight)
{
    if (m_section == 0)
        beginSection(std::nullopt);
    heading.isFresh = true;
    if (!m_isStarted) {
        m_start.next(sinceMidnight);
        m_startOfDay = sinceMidnight;
        m_isStarted = true;
        heading.clock = m_start;
    } else if (heading.section == m_section && sinceMidnight == heading.last) {
        // The same heading again, as every screen and every interval of a sar that is still running has it.
    } else if (sinceMidnight == m_startOfDay) {
        heading.clock = m_start; // the next activity, from the beginning
    } else if (heading.section == m_section) {
        heading.clock.next(sinceMidnight);
    } else if (sinceMidnight == m_last.last) {
        heading.clock = m_last.clock; // it goes on from the rows above
    } else {
        heading.clock = m_start;
        heading.clock.next(sinceMidnight);
    }
    heading.section = m_section;
    heading.last = sinceMidnight;
}

Time SarClock::row(HeadingClock& heading, Nanoseconds sinceMidnight)
{
    if (heading.isFresh || heading.last != sinceMidnight) {
        heading.time = heading.clock.next(sinceMidnight);
        heading.last = sinceMidnight;
        heading.isFresh = false;
        m_wasSetBack = m_wasSetBack || heading.clock.wasSetBack();
        m_last = heading;
    }
    return heading.time;
}

Time SarClock::comment(const HeadingClock* heading, Nanoseconds sinceMidnight) const
{
    DayClock clock = heading && heading->section == m_section ? heading->clock : m_last.clock;
    return clock.next(sinceMidnight);
}

} // namespace hindcast::parse
