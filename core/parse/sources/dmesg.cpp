// The kernel's log as text: dmesg (also -T, -x, -r, --time-format iso), /var/log/dmesg, a console, journalctl -k.
// Stamps in seconds are since boot; the boot time is not in the text, but a capture's manifest tells it. Lines without
// a stamp belong to the one before them. Source: man 1 dmesg, man 1 journalctl (-o short, short-iso); caller ids "[
// T123]", "[ C0]": CONFIG_PRINTK_CALLER.
#include "base/text_scanner.h"
#include "parse/kernel_message.h"
#include "parse/log_stamp.h"
#include "parse/parser.h"

#include <array>
#include <cmath>
#include <string>

namespace hindcast::parse {
namespace {

struct StampedLine {
    std::optional<KernelLine> stamp; ///< nothing: the line has none
    std::optional<unsigned> level;
    bool isFromKernel = true;
    bool hasZone = true, hasYear = true;
    std::string_view text;
};

/// "<6>", or with a facility "<30>".
void takeRawLevel(StampedLine& line)
{
    const auto close = line.text.find('>');
    constexpr std::size_t longest = 5;
    if (!line.text.starts_with('<') || close == std::string_view::npos || close > longest)
        return;
    const auto number = parseInteger<unsigned>(line.text.substr(1, close - 1));
    if (!number)
        return;
    line.level = *number & 7;
    line.isFromKernel = *number < 8;
    line.text.remove_prefix(close + 1);
}

/// "kern  :info  : ", of dmesg -x.
void takeDecodedLevel(StampedLine& line)
{
    constexpr std::array<std::string_view, 8> names{"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"};
    const auto first = line.text.find(':');
    const auto second = first == std::string_view::npos ? first : line.text.find(':', first + 1);
    constexpr std::size_t furthest = 20;
    if (second == std::string_view::npos || second > furthest)
        return;
    const auto facility = trimmed(line.text.substr(0, first));
    const auto level = trimmed(line.text.substr(first + 1, second - first - 1));
    for (unsigned number = 0; number < names.size(); ++number) {
        if (names[number] != level)
            continue;
        line.level = number;
        line.isFromKernel = facility == "kern";
        line.text.remove_prefix(std::min(line.text.size(), second + 2));
    }
}

/// "   12.345678", also "   12.345678 <    0.000003>" of dmesg -d.
std::optional<Time> readSeconds(std::string_view text)
{
    const auto number = nextField(text);
    const auto point = number.find('.');
    constexpr std::size_t leastDigits = 1, mostDigits = 9;
    if (point == std::string_view::npos)
        return std::nullopt;
    const auto whole = parseInteger(number.substr(0, point));
    const auto fraction = number.substr(point + 1);
    const auto digits = parseInteger(fraction);
    constexpr std::uint64_t longest = 100ULL * 366 * 86400;
    if (!whole || !digits || *whole > longest || fraction.size() < leastDigits || fraction.size() > mostDigits)
        return std::nullopt;
    std::uint64_t nanoseconds = *digits;
    for (std::size_t i = fraction.size(); i < mostDigits; ++i)
        nanoseconds *= 10;
    return Time{std::chrono::seconds{*whole} + Nanoseconds{static_cast<std::int64_t>(nanoseconds)}};
}

/// The stamp in brackets at the front of `text`, and what stands behind it.
std::optional<KernelLine> takeBracketStamp(std::string_view& text)
{
    const auto close = text.find(']');
    constexpr std::size_t longest = 60;
    if (!text.starts_with('[') || close == std::string_view::npos || close > longest)
        return std::nullopt;
    const auto inside = text.substr(1, close - 1);
    KernelLine line;
    if (const auto seconds = readSeconds(inside)) {
        line.time = *seconds;
        line.clock = Clock::Boot;
    } else if (const auto date = readCtime(inside)) {
        line.time = date->time;
        line.clock = Clock::Wall;
    } else {
        return std::nullopt;
    }
    text.remove_prefix(close + 1);
    return line;
}

/// "[ T8713]" or "[    C0]", right behind the stamp.
void takeCaller(std::string_view& text)
{
    const auto close = text.find(']');
    constexpr std::size_t longest = 16;
    if (!text.starts_with('[') || close == std::string_view::npos || close > longest)
        return;
    const auto caller = trimmed(text.substr(1, close - 1));
    if (caller.size() > 1 && (caller[0] == 'T' || caller[0] == 'C') && parseInteger(caller.substr(1)))
        text.remove_prefix(close + 1);
}

/// "host kernel: text" behind a date: what a program wrote is not the kernel's.
void takeHostAndProgram(StampedLine& line)
{
    auto rest = line.text;
    nextField(rest); // the host's name
    auto program = nextField(rest);
    if (!program.ends_with(':'))
        return;
    line.isFromKernel = program == "kernel:";
    line.text = rest;
}

void takeOneBlank(std::string_view& text)
{
    if (text.starts_with(' '))
        text.remove_prefix(1);
}

void takeDate(StampedLine& line)
{
    auto date = takeIsoStamp(line.text);
    if (!date)
        date = takeSyslogStamp(line.text);
    if (!date)
        return;
    line.stamp = KernelLine{};
    line.stamp->time = date->time;
    line.stamp->clock = Clock::Wall;
    line.hasZone = date->hasZone;
    line.hasYear = date->hasYear;
    takeHostAndProgram(line);
    takeOneBlank(line.text);
    auto rest = line.text;
    if (takeBracketStamp(rest)) { // syslog's date, then the kernel's own stamp: the date can be placed
        takeCaller(rest);
        line.text = rest;
    }
    takeOneBlank(line.text);
}

/// A stamp somewhat later in a console's line, behind a prompt.
void findStamp(StampedLine& line)
{
    constexpr std::size_t furthest = 60;
    for (auto place = line.text.find('['); place != std::string_view::npos && place < furthest;
         place = line.text.find('[', place + 1)) {
        auto rest = line.text.substr(place);
        if (auto stamp = takeBracketStamp(rest)) {
            if (stamp->clock != Clock::Boot)
                return;
            line.stamp = stamp;
            line.text = rest;
            return;
        }
    }
}

StampedLine readLine(std::string_view text)
{
    StampedLine line;
    line.text = text;
    takeRawLevel(line);
    takeDecodedLevel(line);
    takeDate(line);
    if (line.stamp)
        return line;
    if ((line.stamp = takeBracketStamp(line.text))) {
        line.hasZone = line.stamp->clock == Clock::Boot;
        takeCaller(line.text);
    } else {
        findStamp(line);
        if (line.stamp)
            takeCaller(line.text);
        else
            return line;
    }
    takeOneBlank(line.text);
    constexpr std::string_view kernel = "kernel: "; // Ubuntu's /var/log/dmesg
    if (line.text.starts_with(kernel))
        line.text.remove_prefix(kernel.size());
    return line;
}

/// The year of a journal's first line, "-- Journal begins at Fri 2026-11-20 09:16:02 UTC. --".
std::optional<int> yearInJournalHeading(std::string_view line)
{
    if (!line.starts_with("-- ") || (line.find("begin") == std::string_view::npos))
        return std::nullopt;
    for (auto word = nextField(line); !word.empty(); word = nextField(line))
        if (word.size() == 10 && word[4] == '-' && word[7] == '-') {
            constexpr int first = 1970, last = 2200; // farther off an instant has no place in 64 bits of nanoseconds
            const auto year = parseInteger<int>(word.substr(0, 4));
            return year && *year >= first && *year <= last ? year : std::nullopt;
        }
    return std::nullopt;
}

class DmesgReader {
public:
    DmesgReader(const Input& input, Builder& out)
        : m_host(input.host)
        , m_out(out)
        , m_log(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_previous = firstStamp(sample.text);
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (std::string_view text; nextLine(rest, text);) {
            ++number;
            if (const auto year = yearInJournalHeading(text))
                m_year = year;
            else if (!trimmed(text).empty())
                add(readLine(text), number);
        }
        noteAssumptions();
    }

private:
    /// What lines before the first stamp are placed at.
    std::optional<KernelLine> firstStamp(std::string_view text)
    {
        for (std::string_view line; nextLine(text, line);) {
            if (const auto year = yearInJournalHeading(line))
                m_year = year;
            else if (const StampedLine stamped = readLine(line); stamped.stamp)
                return placed(stamped);
        }
        return std::nullopt;
    }

    void add(const StampedLine& stamped, std::uint64_t number)
    {
        if (stamped.stamp)
            noteRestart(*stamped.stamp);
        KernelLine line;
        if (stamped.stamp)
            m_previous = placed(stamped);
        if (m_previous) {
            line = *m_previous;
        } else {
            line.clock = Clock::None;
            line.time = Time{std::chrono::seconds{m_unstamped++}};
        }
        if (line.clock == Clock::Wall)
            m_out.setClock(Clock::Wall);
        line.level = stamped.level;
        line.isFromKernel = stamped.isFromKernel;
        line.line = number;
        line.text = stamped.text;
        readKernelVersion(stamped.text);
        m_log.add(line);
    }

    /// On the axis, as far as the text and what is known of the host tell.
    KernelLine placed(const StampedLine& stamped)
    {
        KernelLine line = *stamped.stamp;
        if (!stamped.hasYear)
            setYear(line);
        if (line.clock == Clock::Wall && !stamped.hasZone) {
            line.time -= m_host.utcOffset.value_or(std::chrono::seconds{0});
            m_isZoneAssumed = m_isZoneAssumed || !m_host.utcOffset;
        }
        if (line.clock == Clock::Boot && m_host.bootTime) {
            line.time = *m_host.bootTime + line.time.time_since_epoch();
            line.clock = Clock::Wall;
        }
        return line;
    }

    void setYear(KernelLine& line)
    {
        std::optional<int> year = m_year;
        if (!year && m_host.bootTime)
            year = static_cast<int>(
                std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(*m_host.bootTime)}.year());
        const auto days = std::chrono::floor<std::chrono::days>(line.time);
        const std::chrono::year_month_day date{days};
        m_isYearAssumed = m_isYearAssumed || !year;
        // Without any year: the one that began the epoch, which nobody takes for a real date.
        const std::chrono::year_month_day right{
            std::chrono::year{year.value_or(1970)}, date.month(), std::min(date.day(), lastDay(date, year))};
        line.time = Time{std::chrono::sys_days{right}} + (line.time - Time{days});
    }

    static std::chrono::day lastDay(const std::chrono::year_month_day& date, std::optional<int> year)
    {
        return std::chrono::year_month_day_last{
            std::chrono::year{year.value_or(1970)}, std::chrono::month_day_last{date.month()}}
            .day();
    }

    void noteRestart(const KernelLine& line)
    {
        constexpr std::chrono::seconds jitter{10}; // CPUs write their lines somewhat out of order
        if (line.clock == Clock::Boot && m_latest && line.time + jitter < *m_latest) {
            m_out.note(NoteSeverity::Info,
                "the stamps begin anew within the text: it holds more than one boot, and their times overlap");
            m_latest.reset();
        }
        if (line.clock == Clock::Boot)
            m_latest = std::max(m_latest.value_or(line.time), line.time);
    }

    void readKernelVersion(std::string_view text)
    {
        constexpr std::string_view mark = "Linux version ";
        if (!text.starts_with(mark) || !m_out.host().kernel.empty())
            return;
        text.remove_prefix(mark.size());
        m_out.host().kernel = nextField(text);
    }

    void noteAssumptions()
    {
        if (m_unstamped > 0)
            m_out.note(NoteSeverity::Info, "the lines have no stamps: they are numbered as if one second apart");
        if (m_isZoneAssumed)
            m_out.note(NoteSeverity::Info, "the zone of the times is not in the text: they are taken as UTC");
        if (m_isYearAssumed)
            m_out.note(NoteSeverity::Info, "the year is not in the text: the dates are shown in 1970");
    }

    const Host& m_host;
    Builder& m_out;
    KernelLog m_log;
    std::optional<KernelLine> m_previous; ///< the last stamp
    std::optional<Time> m_latest; ///< of this boot's stamps
    std::optional<int> m_year;
    std::int64_t m_unstamped = 0;
    bool m_isZoneAssumed = false, m_isYearAssumed = false;
};

void parse(const Input& input, Builder& out)
{
    DmesgReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

/// A message only a kernel writes: warnings of programs read like the kernel's.
bool isPlainlyKernel(std::string_view line)
{
    const auto kind = readKernelMessage(line).kind;
    return !kind.empty() && !kind.ends_with("-warning") && !kind.starts_with("link") && kind != "memory-leak";
}

int recognise(std::string_view beginning)
{
    constexpr int linesLookedAt = 40;
    if (beginning.find("The FreeBSD Project") != std::string_view::npos || beginning.find(';') < beginning.find(' '))
        return 0; // another kernel; the records of /dev/kmsg
    int lines = 0, stamped = 0, dated = 0, spoken = 0;
    bool hasVersion = false;
    for (std::string_view text; lines < linesLookedAt && nextLine(beginning, text);) {
        if (trimmed(text).empty())
            continue;
        ++lines;
        const StampedLine line = readLine(text);
        const bool isDated = line.stamp && line.stamp->clock == Clock::Wall && !text.starts_with('[');
        stamped += line.stamp && !isDated ? 1 : 0;
        dated += isDated && text.find(" kernel: ") != std::string_view::npos ? 1 : 0;
        spoken += isPlainlyKernel(line.text) ? 1 : 0;
        hasVersion = hasVersion || text.starts_with("Linux version ");
    }
    if (stamped * 2 > lines || dated * 2 > lines)
        return 85;
    if (stamped > 0)
        return 60;
    return hasVersion ? 50 : spoken > 0 ? 25 : 0;
}

} // namespace

Parser dmesg()
{
    return {.id = "dmesg", .title = "Kernel log", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
