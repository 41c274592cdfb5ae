#include "parse/stamped_blocks.h"

#include "base/text_scanner.h"
#include "parse/civil_clock.h"
#include "parse/log_stamp.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <string>

namespace hindcast::parse {
namespace {

using std::chrono::seconds;

constexpr std::size_t longestStamp = 100;

bool isLetter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// "### ", "===", "[", "date:" and their like at both ends.
std::string_view withoutDecoration(std::string_view line)
{
    constexpr std::string_view marks = "#=-*<>[]|: \t\r\"";
    while (!line.empty() && marks.find(line.front()) != std::string_view::npos)
        line.remove_prefix(1);
    while (!line.empty() && marks.find(line.back()) != std::string_view::npos)
        line.remove_suffix(1);
    static constexpr std::array words{"date", "Date", "DATE", "time", "Time", "TIME", "timestamp", "Timestamp", "now"};
    for (const std::string_view word : words)
        if (line.starts_with(word) && line.size() > word.size() && !isLetter(line[word.size()]))
            return withoutDecoration(line.substr(word.size()));
    return line;
}

/// "UTC", "CEST", "+0900", "-03", "+05:30".
bool isZoneWord(std::string_view word)
{
    constexpr std::size_t shortest = 2, longest = 6;
    if (word.size() < shortest || word.size() > longest)
        return false;
    if (word.front() == '+' || word.front() == '-')
        return std::all_of(word.begin() + 1, word.end(), [](char c) { return isDigit(c) || c == ':'; });
    return std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<seconds> offsetOfZone(std::string_view zone)
{
    if (zone == "UTC" || zone == "GMT" || zone == "Z" || zone == "UCT")
        return seconds{0};
    if (zone.empty() || (zone.front() != '+' && zone.front() != '-'))
        return std::nullopt;
    std::string digits;
    for (const char c : zone.substr(1))
        if (c != ':')
            digits += c;
    const auto number = parseInteger<int>(digits);
    if (!number || (digits.size() != 2 && digits.size() != 4))
        return std::nullopt;
    const int minutes = digits.size() == 2 ? *number * 60 : *number / 100 * 60 + *number % 100;
    constexpr int most = 15 * 60;
    if (minutes > most)
        return std::nullopt;
    return std::chrono::minutes{zone.front() == '-' ? -minutes : minutes};
}

/// "2026-11-21T03:17:02+00:00", "2026-11-21 03:17:02", with a zone behind it too.
std::optional<DateLine> readIsoLine(std::string_view line)
{
    constexpr std::size_t dateLength = 10;
    if (line.size() < dateLength + 9 || !isDigit(line.front()) || line[4] != '-' || line[7] != '-')
        return std::nullopt;
    std::string stamp(line);
    const char separator = stamp[dateLength];
    if (separator != 'T' && separator != ' ' && separator != '_')
        return std::nullopt;
    stamp[dateLength] = 'T';
    std::string_view rest = stamp;
    const auto read = takeIsoStamp(rest);
    if (!read)
        return std::nullopt;
    DateLine result{read->time, read->hasZone, {}, {}};
    const auto clock = line.substr(dateLength + 1);
    const auto zoneAt = clock.find_first_of("Z+-");
    if (read->hasZone && zoneAt != std::string_view::npos) {
        const auto blank = clock.find(' ', zoneAt);
        result.utcOffset = offsetOfZone(clock.substr(zoneAt, blank == std::string_view::npos ? blank : blank - zoneAt));
    }
    const auto behind = trimmed(rest);
    if (behind.empty())
        return result;
    if (read->hasZone || !isZoneWord(behind))
        return std::nullopt;
    const auto zone = line.substr(line.size() - behind.size());
    result.zone = zone;
    if (const auto offset = offsetOfZone(zone)) {
        result.time -= *offset;
        result.hasZone = true;
        result.utcOffset = offset;
    }
    return result;
}

/// Words of date(1) in the order of any locale: weekday, day, month, year, time, AM or PM, zone.
std::optional<DateLine> readDateWords(std::string_view line)
{
    constexpr std::size_t mostWords = 8;
    std::string words;
    std::string_view zone;
    std::size_t count = 0, unknown = 0;
    bool isAfternoon = false, isTwelveHour = false;
    for (auto rest = line; !trimmed(rest).empty();) {
        auto word = nextField(rest);
        if (++count > mostWords)
            return std::nullopt;
        while (!word.empty() && word.back() == ',')
            word.remove_suffix(1);
        const bool isMeridiem = word == "AM" || word == "PM" || word == "am" || word == "pm";
        if (isMeridiem) {
            isTwelveHour = true;
            isAfternoon = word.front() == 'P' || word.front() == 'p';
            continue;
        }
        const bool isNumber = !word.empty() && isDigit(word.front());
        const bool isMonth = !isNumber && monthFromName(word).has_value();
        if (!isNumber && count > 1 && isZoneWord(word)) {
            zone = word;
            continue;
        }
        unknown += !isNumber && !isMonth ? 1 : 0; // the weekday
        words.append(word).append(" ");
    }
    const auto read = unknown <= 1 ? readCtime(words) : std::nullopt;
    if (!read)
        return std::nullopt;
    DateLine result{read->time, false, zone, {}};
    if (isTwelveHour) {
        const auto hour = std::chrono::duration_cast<std::chrono::hours>(
            read->time - std::chrono::floor<std::chrono::days>(read->time));
        if (hour.count() > 12 || hour.count() == 0)
            return std::nullopt;
        const bool isTwelve = hour.count() == 12;
        result.time += std::chrono::hours{(isAfternoon ? 12 : 0) - (isTwelve ? 12 : 0)};
    }
    if (const auto offset = offsetOfZone(zone)) {
        result.time -= *offset;
        result.hasZone = true;
        result.utcOffset = offset;
    }
    return result;
}

/// "04/15/2026 00:00:01" of ExaWatcher, whose manual has the month first.
std::optional<DateLine> readSlashedDate(std::string_view text)
{
    const auto date = nextField(text), clock = nextField(text);
    constexpr std::size_t dateLength = 10;
    if (date.size() != dateLength || date[2] != '/' || date[5] != '/')
        return std::nullopt;
    const std::string iso = std::string(date.substr(6)) + '-' + std::string(date.substr(0, 2)) + '-'
        + std::string(date.substr(3, 2)) + 'T' + std::string(clock);
    std::string_view rest = iso;
    const auto read = takeIsoStamp(rest);
    return read ? std::optional(DateLine{read->time, false, {}, {}}) : std::nullopt;
}

// The kinds of lines

/// "TS 1298130003.073935000 2011-02-19 10:40:03": `date +'TS %s.%N %F %T'` of pt-stalk; behind the seconds may stand
/// nothing, or a date in another shape.
std::optional<DateLine> readEpochLine(std::string_view line)
{
    if (!line.starts_with("TS "))
        return std::nullopt;
    nextField(line);
    const auto since = parseDouble(nextField(line));
    constexpr double latest = 9e9; // inside what nanoseconds can hold
    if (!since || *since < 0 || *since > latest)
        return std::nullopt;
    const Time time = timeFromNanoseconds(std::llround(*since * 1e6) * 1000);
    DateLine result{time, true, {}, {}};
    const auto civil = readIsoLine(trimmed(line));
    if (civil && !civil->hasZone) {
        constexpr seconds quarter{15 * 60};
        const auto distance = std::chrono::floor<seconds>(civil->time) - std::chrono::floor<seconds>(time);
        constexpr seconds most{15 * 3600};
        if (distance % quarter == seconds{0} && distance < most && distance > -most)
            result.utcOffset = distance;
    }
    return result;
}

/// "zzz ***Sat Nov 21 03:00:00 UTC 2026", newer ones with "Sample interval: 10 seconds" behind, and ExaWatcher's
/// "zzz <04/15/2026 00:00:01> Count:0".
std::optional<DateLine> readWatcherLine(std::string_view line)
{
    constexpr std::string_view mark = "zzz ";
    if (!line.starts_with(mark))
        return std::nullopt;
    line = trimmed(line.substr(mark.size()));
    if (line.starts_with('<'))
        return readSlashedDate(line.substr(1, line.find('>') - 1));
    for (const std::string_view behind : {"Sample", "sample", "Count"})
        if (const auto place = line.find(behind); place != std::string_view::npos)
            line = line.substr(0, place);
    return readDateLine(line);
}

/// `date +%s`, nothing else on the line.
std::optional<DateLine> readBareEpoch(std::string_view line)
{
    constexpr std::size_t digits = 10;
    if (line.size() < digits || (line.size() > digits && line[digits] != '.'))
        return std::nullopt;
    const auto since = parseDouble(line);
    constexpr double earliest = 1e9, latest = 4e9;
    if (!since || *since < earliest || *since > latest)
        return std::nullopt;
    return DateLine{timeFromNanoseconds(std::llround(*since * 1e6) * 1000), true, {}, {}};
}

/// Cheap: most lines are none.
bool mayBeDate(std::string_view line)
{
    constexpr std::size_t shortest = 19;
    return line.size() >= shortest && std::count(line.begin(), line.end(), ':') >= 2;
}

using ReadStamp = std::optional<DateLine> (*)(std::string_view);

std::optional<DateLine> readPlainDate(std::string_view line)
{
    return mayBeDate(line) ? readDateLine(line) : std::nullopt;
}

constexpr std::array<ReadStamp, 4> kinds{readEpochLine, readWatcherLine, readPlainDate, readBareEpoch};

std::string_view firstLineOf(std::string_view text)
{
    for (std::string_view line; nextLine(text, line);)
        if (!trimmed(line).empty())
            return trimmed(line);
    return {};
}

/// What tools print in front of a time of their own: sysstat's who and where they are, once ("Linux 6.1.0 (web1) … (8
/// CPU)"), jcmd the process it asks ("4121:"), JRockit what follows.
bool announcesStamp(std::string_view head)
{
    std::string_view last;
    for (std::string_view line; nextLine(head, line);)
        if (!trimmed(line).empty())
            last = trimmed(line);
    const bool isBanner = last.starts_with("Linux ") && last.ends_with("CPU)");
    const bool isProcess =
        !last.empty() && std::all_of(last.begin(), last.end(), [](char c) { return isDigit(c) || c == ':'; });
    return isBanner || isProcess || last.find("THREAD DUMP") != std::string_view::npos;
}

/// Stamps that the tool below them prints itself, and its parser reads: iostat -t, thread dumps. Or a line of a log, in
/// which each line has a stamp, that happens to have no text.
bool isOfTheToolItself(std::string_view head, std::string_view stamp, std::string_view textBelow)
{
    constexpr std::size_t alike = 5;
    const auto line = firstLineOf(textBelow);
    const bool isDirective = stamp.starts_with("#Date:"); // W3C Extended Log File Format
    const bool isLog = line.size() > stamp.size() && line.substr(0, alike) == stamp.substr(0, alike);
    return isDirective || isLog || announcesStamp(head) || line.starts_with("avg-cpu:") || line.starts_with("Device")
        || line.starts_with("Full thread dump");
}

/// The kind of the first stamp, if it stands where a stamp would.
ReadStamp kindOf(std::string_view text)
{
    constexpr std::size_t lookedAt = 16 << 10;
    constexpr std::size_t longestHead = 2 << 10; // banners, prompts, the settings of OSWatcher
    auto rest = text.substr(0, lookedAt);
    const char* begin = rest.data();
    for (std::string_view line; nextLine(rest, line);) {
        if (static_cast<std::size_t>(line.data() - begin) > longestHead)
            return nullptr;
        if (line.size() > longestStamp)
            continue;
        for (const ReadStamp kind : kinds) {
            if (!kind(line))
                continue;
            const auto below = text.substr(static_cast<std::size_t>(line.data() - begin) + line.size());
            const bool isFirst = line.data() == begin || firstLineOf(text).data() == trimmed(line).data();
            const auto head = text.substr(0, static_cast<std::size_t>(line.data() - begin));
            const bool isMarked = kind == readEpochLine || kind == readWatcherLine;
            if ((!isMarked && isOfTheToolItself(head, line, below)) || (kind == readBareEpoch && !isFirst))
                return nullptr;
            return kind;
        }
    }
    return nullptr;
}

class Splitter {
public:
    explicit Splitter(ReadStamp kind)
        : m_kind(kind)
    {
    }

    StampedText run(std::string_view text)
    {
        const char* blockBegin = text.data();
        auto rest = text;
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(rest, line);) {
            ++number;
            if (line.size() > longestStamp || line.size() < 3)
                continue;
            const auto stamp = m_kind(line);
            if (!stamp)
                continue;
            close({blockBegin, static_cast<std::size_t>(line.data() - blockBegin)});
            blockBegin = rest.data();
            m_linesBefore = number;
            begin(*stamp);
        }
        close({blockBegin, static_cast<std::size_t>(text.data() + text.size() - blockBegin)});
        return std::move(m_result);
    }

private:
    void begin(const DateLine& stamp)
    {
        m_result.isLocal = m_result.isLocal || !stamp.hasZone;
        m_result.zone = m_result.zone.empty() ? stamp.zone : m_result.zone;
        m_result.utcOffset = m_result.utcOffset ? m_result.utcOffset : stamp.utcOffset;
        Time time = stamp.time + m_correction;
        if (m_last && !stamp.hasZone && time <= *m_last) {
            // The end of daylight saving time, or set by hand: time goes on from where it was.
            const Time next = *m_last + std::max(m_step, Nanoseconds{seconds{1}});
            m_correction += next - time;
            time = next;
            m_result.wasSetBack = true;
        }
        if (m_last && time > *m_last && time - *m_last <= CivilClock::mostSetBack) // longer is a pause
            m_step = time - *m_last;
        m_last = time;
    }

    void close(std::string_view text)
    {
        if (!m_last)
            m_result.head = text;
        else
            m_result.blocks.push_back({*m_last, text, m_linesBefore});
    }

    ReadStamp m_kind;
    StampedText m_result;
    std::optional<Time> m_last;
    std::uint64_t m_linesBefore = 0;
    Nanoseconds m_step{}, m_correction{};
};

} // namespace

std::optional<DateLine> readDateLine(std::string_view line)
{
    line = withoutDecoration(line);
    if (line.empty())
        return std::nullopt;
    if (isDigit(line.front()))
        if (const auto iso = readIsoLine(line))
            return iso;
    return readDateWords(line);
}

std::optional<StampedText> splitAtStamps(std::string_view text)
{
    const ReadStamp kind = kindOf(text);
    if (kind == nullptr)
        return std::nullopt;
    StampedText result = Splitter(kind).run(text);
    const bool isMarked = kind == readEpochLine || kind == readWatcherLine;
    // One date in front of a text is a stamp as well, unless it is all there is.
    const bool isAnythingBelow = std::any_of(result.blocks.begin(), result.blocks.end(),
        [](const StampedBlock& block) { return !trimmed(block.text).empty(); });
    if (!isMarked && (!isAnythingBelow || (kind == readBareEpoch && result.blocks.size() < 2)))
        return std::nullopt;
    return result;
}

} // namespace hindcast::parse
