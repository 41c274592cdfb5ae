#include "parse/uptime_line.h"

#include "base/text_scanner.h"
#include "parse/civil_time.h"
#include "parse/tool_number.h"

#include <algorithm>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr double minute = 60, hour = 60 * minute, day = 24 * hour, week = 7 * day;

constexpr string_view wideColon = "：", wideComma = "，"; // Chinese
constexpr string_view unbreakable = "\u00a0"; // stands before French words

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// Takes what stands before the next comma off `rest`.
string_view takeSegment(string_view& rest)
{
    const auto comma = rest.find(','), wide = rest.find(wideComma);
    const auto end = std::min(comma, wide);
    const auto segment = rest.substr(0, end);
    rest.remove_prefix(end == string_view::npos ? rest.size() : end + (end == wide ? wideComma.size() : 1));
    return segment;
}

/// Seconds that a word counts; 0 for other words.
double unitSeconds(string_view word)
{
    if (word.starts_with("min"))
        return minute;
    if (word.starts_with("hour") || word.starts_with("hr"))
        return hour;
    if (word.starts_with("sec"))
        return 1;
    if (word.starts_with("week"))
        return week;
    return word.starts_with("day") ? day : 0;
}

/// "16:03" and, in Italian, "16.03".
std::optional<double> readHoursAndMinutes(string_view word)
{
    const auto separator = word.find_first_of(":.");
    if (separator == string_view::npos || separator + 3 != word.size())
        return std::nullopt;
    const auto hours = parseInteger(word.substr(0, separator)), minutes = parseInteger(word.substr(separator + 1));
    if (!hours || !minutes || *minutes > 59)
        return std::nullopt;
    return static_cast<double>(*hours) * hour + static_cast<double>(*minutes) * minute;
}

/// The number in "2", "2명", "2\u00a0utilisateurs".
std::optional<double> numberIn(string_view word)
{
    std::size_t begin = 0;
    while (begin < word.size() && !isDigit(word[begin]))
        ++begin;
    std::size_t end = begin;
    while (end < word.size() && isDigit(word[end]))
        ++end;
    const auto number = parseInteger(word.substr(begin, end - begin));
    return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

struct Segment {
    double seconds = 0;
    bool isTime = false; ///< it has a time or a unit of time that is known
    std::optional<double> number; ///< of a word that is not known: days, or users
};

Segment readSegment(string_view text)
{
    Segment segment;
    std::optional<double> pending;
    for (auto word = nextField(text); !word.empty(); word = nextField(text)) {
        if (const auto clock = readHoursAndMinutes(word)) {
            segment.seconds += *clock + pending.value_or(0) * day; // "3 Tage 4:05": without a comma between
            segment.isTime = true;
            pending.reset();
        } else if (const double unit = unitSeconds(word); pending && unit > 0) {
            segment.seconds += *pending * unit;
            segment.isTime = true;
            pending.reset();
        } else if (const auto number = numberIn(word)) {
            pending = number;
        }
    }
    segment.number = pending;
    return segment;
}

struct Head {
    double upSeconds = notMeasured, users = notMeasured;
};

/// What stands between the time of day and the loads, by commas.
Head readHead(string_view text)
{
    Head head;
    double seconds = 0;
    bool isKnown = false;
    std::optional<double> number; // of the last segment with a number whose meaning is still open
    while (!trimmed(text).empty()) {
        const Segment segment = readSegment(takeSegment(text));
        if (segment.isTime || segment.number) {
            if (number) { // a segment follows, so it was of days in another language
                seconds += *number * day;
                isKnown = true;
            }
            number = segment.number;
        }
        if (segment.isTime) {
            seconds += segment.seconds;
            isKnown = true;
        }
    }
    if (number)
        head.users = *number;
    if (isKnown)
        head.upSeconds = seconds;
    return head;
}

/// Where the loads begin: behind the last colon.
std::size_t behindLastColon(string_view line)
{
    const auto colon = line.rfind(':'), wide = line.rfind(wideColon);
    if (wide != string_view::npos && (colon == string_view::npos || wide > colon))
        return wide + wideColon.size();
    return colon == string_view::npos ? colon : colon + 1;
}

/// The words that name the loads are not part of the head.
string_view withoutLabel(string_view head)
{
    const auto comma = head.rfind(','), wide = head.rfind(wideComma);
    if (comma == string_view::npos && wide == string_view::npos)
        return head.substr(0, head.rfind("load"));
    return head.substr(0, comma == string_view::npos || (wide != string_view::npos && wide > comma) ? wide : comma);
}

} // namespace

std::optional<std::array<double, 3>> takeLoads(string_view& text)
{
    std::array<double, 3> loads{};
    auto left = text;
    for (double& load : loads) {
        auto word = nextField(left);
        if (word.ends_with(','))
            word.remove_suffix(1);
        if (word.ends_with(wideComma))
            word.remove_suffix(wideComma.size());
        const auto number = readLocalNumber(word);
        if (!number || *number < 0)
            return std::nullopt;
        load = *number;
    }
    text = left;
    return loads;
}

double readUpTime(string_view text)
{
    double seconds = 0;
    bool isKnown = false;
    while (!trimmed(text).empty()) {
        const Segment segment = readSegment(takeSegment(text));
        seconds += segment.seconds;
        isKnown = isKnown || segment.isTime;
    }
    return isKnown ? seconds : notMeasured;
}

std::optional<UptimeLine> readUptimeLine(string_view line)
{
    const auto begin = behindLastColon(line);
    if (begin == string_view::npos)
        return std::nullopt;
    auto rest = line.substr(begin);
    while (rest.starts_with(unbreakable))
        rest.remove_prefix(unbreakable.size());
    const auto loads = takeLoads(rest);
    if (!loads || !trimmed(rest).empty())
        return std::nullopt;
    UptimeLine result;
    result.load = *loads;
    auto head = line.substr(0, begin);
    const bool isNamed = head.find("load average") != string_view::npos;
    if (auto left = head; (result.timeOfDay = takeClockTime(left)))
        head = left;
    else if (!isNamed)
        return std::nullopt;
    if (const auto up = head.find("up "); up != string_view::npos && (up == 0 || isBlank(head[up - 1])))
        head.remove_prefix(up + 3); // on other systems a time of day without seconds stands before it
    const Head figures = readHead(withoutLabel(head));
    result.upSeconds = figures.upSeconds;
    result.users = figures.users;
    return result;
}

} // namespace hindcast::parse
