#include "parse/sysstat_text.h"

#include "parse/log_stamp.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr string_view koreanHour = "시";

/// Powers of ten that a double holds exactly: dividing by them rounds once, as reading the decimal text would.
constexpr std::array powers{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/// Of -h, --human: bytes, and multiples by 1024; sectors where the tool counts in blocks.
std::optional<double> unitOf(char letter)
{
    constexpr double kibibyte = 1024, sector = 512;
    switch (letter) {
    case 'B':
        return 1;
    case 's':
        return sector;
    case 'k':
    case 'K':
        return kibibyte;
    case 'M':
        return kibibyte * kibibyte;
    case 'G':
        return kibibyte * kibibyte * kibibyte;
    case 'T':
        return kibibyte * kibibyte * kibibyte * kibibyte;
    case 'P':
        return kibibyte * kibibyte * kibibyte * kibibyte * kibibyte;
    default:
        return std::nullopt;
    }
}

std::optional<double> readUnusual(string_view field, double factor, double divisor)
{
    if (field == "nan" || field == "-nan" || field == "inf" || field == "-inf")
        return notMeasured;
    const auto value = parseDouble(field);
    return value ? std::optional(*value * factor / divisor) : std::nullopt;
}

} // namespace

std::optional<SarBanner> readSysstatBanner(string_view line)
{
    const auto banner = readSarBanner(trimmed(line));
    const bool isOurs = banner && banner->system == "Linux" && !banner->hostname.empty()
        && (banner->cpus || readSarDate(banner->date, DateOrder::MonthFirst));
    return isOurs ? banner : std::nullopt;
}

std::optional<Nanoseconds> takeRowTime(string_view& rest)
{
    if (const auto time = takeClockTime(rest))
        return time;
    auto left = rest;
    std::string joined;
    constexpr int mostWords = 4; // "오후 03시 28분 10초"
    for (int word = 0; word < mostWords; ++word) {
        const auto part = nextField(left);
        joined += part;
        if (part.ends_with("초"))
            break;
        if (word == 0 && !part.ends_with(koreanHour))
            joined += ' '; // the meridiem
        if (part.empty())
            return std::nullopt;
    }
    const auto time = readClockTime(joined);
    if (time)
        rest = left;
    return time;
}

DateOrder usualDateOrder(string_view text)
{
    constexpr std::size_t lookedAt = 4096;
    text = text.substr(0, lookedAt);
    const auto isDigitAt = [text](std::size_t place) {
        return place < text.size() && text[place] >= '0' && text[place] <= '9';
    };
    bool hasComma = false, hasMeridiem = false, hasLongYear = false;
    for (auto comma = text.find(','); comma != string_view::npos; comma = text.find(',', comma + 1))
        hasComma = hasComma || (comma > 0 && isDigitAt(comma - 1) && isDigitAt(comma + 1));
    string_view line;
    for (auto rest = text; nextLine(rest, line);) {
        if (const auto banner = readSysstatBanner(line))
            hasLongYear = banner->date.size() - std::min(banner->date.rfind('/'), banner->date.size()) > 3;
        for (auto word = nextField(line); !word.empty(); word = nextField(line))
            hasMeridiem = hasMeridiem || word == "AM" || word == "PM";
    }
    return hasComma || hasLongYear != hasMeridiem ? DateOrder::DayFirst : DateOrder::MonthFirst;
}

void ReportClock::restart(Time sampleTime, DateOrder usual)
{
    m_base = sampleTime;
    m_usual = usual;
    m_date.clear();
    m_civil.restart();
}

void ReportClock::takeBanner(const SarBanner& banner)
{
    Host& host = m_out.host();
    host.kernel = banner.kernel;
    host.hostname = banner.hostname;
    if (!banner.machine.empty())
        host.machine = banner.machine;
    if (banner.cpus)
        host.cpus = banner.cpus;
    setDate(banner.date);
}

/// Where both orders make a date, that of the file decides if it fits one of them alone.
std::optional<PrintedDate> ReportClock::readDate(string_view text) const
{
    const auto usual = readSarDate(text, m_usual);
    if (!usual || !usual->isOrderAssumed || !m_input.writtenAt)
        return usual;
    const auto other =
        readSarDate(text, m_usual == DateOrder::MonthFirst ? DateOrder::DayFirst : DateOrder::MonthFirst);
    const auto fits = [this](const std::optional<PrintedDate>& printed) {
        constexpr std::chrono::hours most{48};
        const Nanoseconds apart = *m_input.writtenAt - Time{std::chrono::sys_days{printed->date}};
        return apart >= -most && apart <= most;
    };
    if (!other || fits(usual) == fits(other))
        return usual;
    return PrintedDate{fits(usual) ? usual->date : other->date, false};
}

void ReportClock::setDate(string_view text)
{
    if (text.empty() || text == m_date)
        return;
    const auto printed = readDate(text);
    if (!printed)
        return;
    m_date = text;
    m_isDateKnown = true;
    m_isOrderAssumed = m_isOrderAssumed || printed->isOrderAssumed;
    m_days.setDate(printed->date);
}

std::optional<Time> ReportClock::readStamp(string_view line)
{
    auto rest = trimmed(line);
    if (const auto stamp = takeIsoStamp(rest); stamp && trimmed(rest).empty()) {
        if (stamp->hasZone)
            return ofInstant(stamp->time);
        return ofDate(stamp->time);
    }
    rest = trimmed(line);
    if (const auto colon = rest.find(": "); colon != string_view::npos) // "Time: " and its translations
        rest = trimmed(rest.substr(colon + 1));
    constexpr int mostWordsOfDate = 4; // "2026년 11월 21일", "Saturday 21 November 2026"
    auto left = rest;
    for (int words = 0; words <= mostWordsOfDate; ++words) {
        auto clock = trimmed(left);
        const auto date = readDate(trimmed(rest.substr(0, rest.size() - left.size())));
        if (words == 0 || date)
            if (const auto time = takeRowTime(clock); time && trimmed(clock).empty()) {
                if (!date)
                    return ofDay(*time);
                m_isOrderAssumed = m_isOrderAssumed || date->isOrderAssumed;
                return ofDate(Time{std::chrono::sys_days{date->date}} + *time);
            }
        if (nextField(left).empty())
            break;
    }
    return std::nullopt;
}

Time ReportClock::ofDate(Time civil)
{
    const Time time = m_civil.next(civil);
    m_out.setClock(Clock::Wall);
    m_out.setCivilTimes(m_civil.wasSetBack() ? CivilTimes::LocalFromFirst : CivilTimes::Local);
    m_hasStamps = true;
    return time;
}

Time ReportClock::ofDay(Nanoseconds sinceMidnight)
{
    if (!m_isDateKnown && m_input.writtenAt) {
        m_days.setDate(std::chrono::floor<std::chrono::days>(*m_input.writtenAt));
        m_isDateKnown = m_isDateOfFile = true;
    }
    m_hasStamps = m_hasStamps || m_isDateKnown;
    m_out.setClock(m_isDateKnown ? Clock::Wall : Clock::None);
    const Time time = m_days.next(sinceMidnight);
    if (m_isDateKnown)
        m_out.setCivilTimes(m_days.wasSetBack() ? CivilTimes::LocalFromFirst : CivilTimes::Local);
    return time;
}

Time ReportClock::ofInstant(Time time)
{
    m_hasStamps = true;
    m_out.setClock(Clock::Wall);
    return time;
}

void ReportClock::noteAssumptions()
{
    if (m_hasStamps && m_isOrderAssumed)
        m_out.note(NoteSeverity::Info,
            m_usual == DateOrder::MonthFirst
                ? "the dates could have the month or the day first: taken with the month first, as the clock and the "
                  "decimals suggest"
                : "the dates could have the month or the day first: taken with the day first, as the clock and the "
                  "decimals suggest");
    if (m_isDateOfFile)
        m_out.note(NoteSeverity::Info, "the text has times without a date: the date is that of the file");
    if (!m_hasStamps && m_input.clock == Clock::None)
        m_out.note(NoteSeverity::Info,
            "the reports have no time and the interval between them is not in the text: they are numbered as if one "
            "second apart");
}

std::optional<double> readFigure(string_view field, double factor, double divisor)
{
    std::size_t place = field.starts_with('-') ? 1 : 0;
    const std::size_t first = place;
    std::uint64_t digits = 0;
    std::size_t decimals = 0, count = 0;
    bool hasPoint = false;
    for (; place < field.size(); ++place) {
        const char c = field[place];
        if (c >= '0' && c <= '9') {
            digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
            decimals += hasPoint ? 1 : 0;
            ++count;
        } else if ((c == '.' || c == ',') && !hasPoint) {
            hasPoint = true;
        } else {
            break;
        }
    }
    constexpr std::size_t exactDigits = 15;
    if (count == 0 || count > exactDigits)
        return readUnusual(field, factor, divisor);
    const double number = first == 1 ? -static_cast<double>(digits) : static_cast<double>(digits);
    const bool isPercent = place + 1 == field.size() && field[place] == '%';
    if (place == field.size() || isPercent)
        return number * factor / (powers[decimals] * divisor);
    const auto unit = place + 1 == field.size() ? unitOf(field[place]) : std::nullopt;
    return unit ? std::optional(number * *unit / powers[decimals]) : std::nullopt;
}

std::optional<string_view> afterAverage(string_view line)
{
    auto rest = trimmed(line);
    if (rest.empty() || (rest.front() >= '0' && rest.front() <= '9'))
        return std::nullopt;
    constexpr int mostWords = 3; // "Trung bình:", "Moyenne :"
    for (int words = 0; words < mostWords; ++words) {
        const auto word = nextField(rest);
        if (word.ends_with(':') || word.ends_with("："))
            return rest;
    }
    return std::nullopt;
}

} // namespace hindcast::parse
