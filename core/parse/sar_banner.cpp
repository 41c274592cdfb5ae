#include "parse/sar_banner.h"

#include "base/text_scanner.h"
#include "parse/log_stamp.h"
#include "parse/sar_line.h"

#include <algorithm>
#include <array>
#include <vector>

namespace hindcast::parse {
namespace {

using std::string_view;
using namespace std::chrono_literals;

std::string withoutBlanks(string_view text)
{
    std::string result;
    for (const char c : text)
        if (!isBlank(c))
            result += c;
    return result;
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

/// Whether the dates of a text are written day first, as far as it shows that.
struct DateEvidence {
    bool hasDecimalComma = false;
    bool hasMeridiem = false;
    std::vector<string_view> dates; ///< of all banners
    std::optional<Time> writtenAt; ///< of the file
};
struct DateChoice {
    DateOrder order = DateOrder::MonthFirst;
    bool isAssumed = false;
};

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

void lookAtNumbers(string_view text, DateEvidence& evidence)
{
    constexpr int linesLookedAt = 400;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(text, line); ++i) {
        auto rest = line;
        if (!takeClockTime(rest))
            continue;
        const auto stamp = line.substr(0, line.size() - rest.size());
        evidence.hasMeridiem =
            evidence.hasMeridiem || stamp.find("AM") != string_view::npos || stamp.find("PM") != string_view::npos;
        for (auto field = nextField(rest); !field.empty(); field = nextField(rest))
            evidence.hasDecimalComma = evidence.hasDecimalComma
                || (looksNumeric(field) && field.find(',') != string_view::npos
                    && field.find('.') == string_view::npos);
    }
}

std::size_t nextBanner(string_view rest)
{
    const auto place = rest.find("\nLinux ");
    return place == string_view::npos ? place : place + 1;
}

void collectDates(string_view text, std::vector<string_view>& dates)
{
    for (std::size_t place = 0; place != string_view::npos; place = nextBanner(text)) {
        text.remove_prefix(place);
        auto ahead = text;
        string_view line;
        nextLine(ahead, line);
        if (const auto banner = readSarBanner(trimmed(line)))
            dates.push_back(banner->date);
    }
}

/// Other systems have a sar too.
bool findForeign(string_view text, SarSurvey& survey)
{
    constexpr std::uint64_t linesLookedAt = 8;
    string_view line;
    for (std::uint64_t number = 1; number <= linesLookedAt && nextLine(text, line); ++number)
        if (const auto banner = readSarBanner(trimmed(line)); banner && banner->system != "Linux") {
            survey.foreignSystem = banner->system;
            survey.foreignLine = number;
            return true;
        }
    return false;
}

} // namespace

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

SarSurvey surveySar(std::span<const Sample> samples, std::optional<Time> writtenAt)
{
    SarSurvey survey;
    DateEvidence evidence;
    evidence.writtenAt = writtenAt;
    for (const Sample& sample : samples) {
        if (findForeign(sample.text, survey))
            return survey;
        collectDates(sample.text, evidence.dates);
        lookAtNumbers(sample.text, evidence);
    }
    const DateChoice choice = chooseDateOrder(evidence);
    survey.order = choice.order;
    survey.isOrderAssumed = choice.isAssumed;
    return survey;
}

} // namespace hindcast::parse
