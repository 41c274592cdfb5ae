#include "parse/sar_clock.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>
#include <string>

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
