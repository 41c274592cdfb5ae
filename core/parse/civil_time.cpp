#include "parse/civil_time.h"

#include "base/text_scanner.h"

#include <array>
#include <utility>

namespace hindcast::parse {
namespace {

using std::string_view;
using namespace std::chrono_literals;

struct Meridiem {
    string_view word;
    bool isAfternoon;
};
/// glibc's am_pm of the locales that have one.
constexpr std::array meridiems{Meridiem{"AM", false}, Meridiem{"PM", true}, Meridiem{"am", false}, Meridiem{"pm", true},
    Meridiem{"a.m.", false}, Meridiem{"p.m.", true}, Meridiem{"午前", false}, Meridiem{"午後", true},
    Meridiem{"上午", false}, Meridiem{"下午", true}, Meridiem{"오전", false}, Meridiem{"오후", true}};

std::optional<bool> isAfternoon(string_view word)
{
    for (const Meridiem& meridiem : meridiems)
        if (meridiem.word == word)
            return meridiem.isAfternoon;
    return std::nullopt;
}

/// Takes a number of one to `digits` digits off the front.
std::optional<unsigned> takeNumber(string_view& rest, std::size_t digits)
{
    std::size_t length = 0;
    while (length < digits && length < rest.size() && rest[length] >= '0' && rest[length] <= '9')
        ++length;
    const auto number = parseInteger<unsigned>(rest.substr(0, length));
    if (number)
        rest.remove_prefix(length);
    return number;
}

bool take(string_view& rest, string_view expected)
{
    if (!rest.starts_with(expected))
        return false;
    rest.remove_prefix(expected.size());
    return true;
}

/// ":" or one of the words of Japanese and Chinese, and of Korean.
bool takeSeparator(string_view& rest, string_view japanese, string_view chinese, string_view korean)
{
    return take(rest, ":") || take(rest, japanese) || take(rest, chinese) || take(rest, korean);
}

std::optional<Nanoseconds> takeFraction(string_view& rest)
{
    if (rest.empty() || (rest.front() != '.' && rest.front() != ','))
        return Nanoseconds{};
    auto digits = rest.substr(1);
    Nanoseconds fraction{};
    std::int64_t place = 100'000'000;
    std::size_t count = 0;
    for (; count < digits.size() && digits[count] >= '0' && digits[count] <= '9'; ++count, place /= 10)
        fraction += Nanoseconds{place * (digits[count] - '0')};
    if (count == 0)
        return std::nullopt;
    rest = digits.substr(count);
    return fraction;
}

/// The digits, without a meridiem.
std::optional<std::pair<unsigned, Nanoseconds>> readDigits(string_view text)
{
    const auto hour = takeNumber(text, 2);
    if (!hour || *hour > 24 || !takeSeparator(text, "時", "时", "시"))
        return std::nullopt;
    const auto minute = takeNumber(text, 2);
    if (!minute || *minute > 59 || !takeSeparator(text, "分", "分", "분"))
        return std::nullopt;
    const auto second = takeNumber(text, 2);
    if (!second || *second > 60) // a leap second
        return std::nullopt;
    const auto fraction = takeFraction(text);
    if (!fraction || (!text.empty() && text != "秒" && text != "초"))
        return std::nullopt;
    return std::pair(*hour, std::chrono::minutes{*minute} + std::chrono::seconds{*second} + *fraction);
}

std::optional<Nanoseconds> ofDay(std::pair<unsigned, Nanoseconds> digits, std::optional<bool> afternoon)
{
    unsigned hour = digits.first;
    if (afternoon) {
        if (hour < 1 || hour > 12)
            return std::nullopt;
        hour = hour % 12 + (*afternoon ? 12 : 0);
    }
    if (hour > 23)
        return std::nullopt;
    return std::chrono::hours{hour} + digits.second;
}

std::optional<std::chrono::year_month_day> makeDate(unsigned year, unsigned month, unsigned day)
{
    if (year < 100)
        year += year < 70 ? 2000 : 1900;
    const std::chrono::year_month_day date{
        std::chrono::year{static_cast<int>(year)}, std::chrono::month{month}, std::chrono::day{day}};
    constexpr unsigned firstYear = 1970, lastYear = 2200;
    return date.ok() && year >= firstYear && year <= lastYear ? std::optional(date) : std::nullopt;
}

struct DateParts {
    std::array<unsigned, 3> numbers{};
    std::array<std::size_t, 3> digits{};
};

std::optional<DateParts> split(string_view text, std::array<string_view, 3> separators)
{
    DateParts parts;
    for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t before = text.size();
        const auto number = takeNumber(text, 4);
        if (!number)
            return std::nullopt;
        parts.numbers[i] = *number;
        parts.digits[i] = before - text.size();
        if (!take(text, separators[i]))
            return std::nullopt;
    }
    return text.empty() ? std::optional(parts) : std::nullopt;
}

std::optional<PrintedDate> certain(std::optional<std::chrono::year_month_day> date)
{
    return date ? std::optional(PrintedDate{*date, false}) : std::nullopt;
}

std::optional<PrintedDate> readSlashed(const DateParts& parts, DateOrder usual)
{
    const auto [a, b, c] = parts.numbers;
    if (parts.digits[0] == 4 || a > 31)
        return certain(makeDate(a, b, c));
    const auto monthFirst = makeDate(c, a, b), dayFirst = makeDate(c, b, a);
    if (monthFirst && dayFirst)
        return PrintedDate{usual == DateOrder::MonthFirst ? *monthFirst : *dayFirst, a != b};
    return certain(monthFirst ? monthFirst : dayFirst);
}

} // namespace

std::optional<Nanoseconds> readClockTime(string_view text)
{
    const auto time = takeClockTime(text);
    return trimmed(text).empty() ? time : std::nullopt;
}

std::optional<Nanoseconds> takeClockTime(string_view& rest)
{
    auto left = rest;
    auto word = nextField(left);
    auto afternoon = isAfternoon(word);
    if (afternoon)
        word = nextField(left);
    const auto digits = readDigits(word);
    if (!digits)
        return std::nullopt;
    auto behind = left;
    if (const auto after = isAfternoon(nextField(behind)); !afternoon && after) {
        afternoon = after;
        left = behind;
    }
    const auto time = ofDay(*digits, afternoon);
    if (time)
        rest = left;
    return time;
}

std::optional<PrintedDate> readPrintedDate(string_view text, DateOrder usual)
{
    if (const auto parts = split(text, {"-", "-", ""}))
        return parts->digits[0] == 4 ? certain(makeDate(parts->numbers[0], parts->numbers[1], parts->numbers[2]))
                                     : certain(makeDate(parts->numbers[2], parts->numbers[1], parts->numbers[0]));
    if (const auto parts = split(text, {".", ".", ""}))
        return parts->digits[0] == 4 ? certain(makeDate(parts->numbers[0], parts->numbers[1], parts->numbers[2]))
                                     : certain(makeDate(parts->numbers[2], parts->numbers[1], parts->numbers[0]));
    for (const auto& separators :
        {std::array<string_view, 3>{"年", "月", "日"}, std::array<string_view, 3>{"년", "월", "일"}})
        if (const auto parts = split(text, separators))
            return certain(makeDate(parts->numbers[0], parts->numbers[1], parts->numbers[2]));
    if (const auto parts = split(text, {"/", "/", ""}))
        return readSlashed(*parts, usual);
    return std::nullopt;
}

void DayClock::setDate(std::chrono::year_month_day date)
{
    m_day = std::chrono::sys_days{date};
    m_hasDate = true;
    m_last = {};
    m_clock.restart();
}

Time DayClock::next(Nanoseconds sinceMidnight)
{
    constexpr Nanoseconds halfDay = 12h;
    if (m_last && *m_last - sinceMidnight > halfDay)
        m_day += std::chrono::days{1};
    m_last = sinceMidnight;
    return m_clock.next(Time{m_day} + sinceMidnight);
}

} // namespace hindcast::parse
