#include "parse/dmesg_line.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr auto npos = string_view::npos;

void takeOneBlank(string_view& text)
{
    if (text.starts_with(' '))
        text.remove_prefix(1);
}

/// "<6>", or with a facility "<30>".
void takeRawLevel(DmesgLine& line)
{
    const auto close = line.text.find('>');
    constexpr std::size_t longest = 5;
    if (!line.text.starts_with('<') || close == npos || close > longest)
        return;
    const auto number = parseInteger<unsigned>(line.text.substr(1, close - 1));
    if (!number)
        return;
    line.level = *number & 7;
    line.isFromKernel = *number < 8;
    line.text.remove_prefix(close + 1);
}

/// "kern  :info  : ", of dmesg -x.
void takeDecodedLevel(DmesgLine& line)
{
    constexpr std::array<string_view, 8> names{"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"};
    const auto first = line.text.find(':');
    const auto second = first == npos ? first : line.text.find(':', first + 1);
    constexpr std::size_t furthest = 20;
    if (second == npos || second > furthest)
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

/// "12.345678"
std::optional<Nanoseconds> readSeconds(string_view number)
{
    const auto point = number.find('.');
    constexpr std::size_t mostDigits = 9;
    if (point == npos)
        return std::nullopt;
    const auto whole = parseInteger(number.substr(0, point));
    const auto fraction = number.substr(point + 1);
    const auto digits = parseInteger(fraction);
    constexpr std::uint64_t longest = 100ULL * 366 * 86400;
    if (!whole || !digits || *whole > longest || fraction.size() > mostDigits)
        return std::nullopt;
    std::uint64_t nanoseconds = *digits;
    for (std::size_t i = fraction.size(); i < mostDigits; ++i)
        nanoseconds *= 10;
    return std::chrono::seconds{*whole} + Nanoseconds{static_cast<std::int64_t>(nanoseconds)};
}

/// "   12.345678", also "   12.345678 <    0.000003>" of dmesg -d.
std::optional<Nanoseconds> readSinceBoot(string_view inside)
{
    return readSeconds(nextField(inside));
}

/// "  +0.000012", "<    0.000012>"
std::optional<Nanoseconds> readSinceLast(string_view inside)
{
    inside = trimmed(inside);
    if (inside.starts_with('+'))
        return readSeconds(inside.substr(1));
    if (inside.starts_with('<') && inside.ends_with('>'))
        return readSeconds(trimmed(inside.substr(1, inside.size() - 2)));
    return std::nullopt;
}

/// "Nov21 11:30", "Nov 1 11:30"
std::optional<LogStamp> readMinute(string_view inside)
{
    constexpr std::size_t clockLength = 5, longest = 24;
    if (inside.size() < clockLength + 5 || inside.size() > longest)
        return std::nullopt;
    const auto clock = inside.substr(inside.size() - clockLength);
    auto date = trimmed(inside.substr(0, inside.size() - clockLength));
    std::size_t digits = 0;
    while (digits < date.size() && date[date.size() - 1 - digits] >= '0' && date[date.size() - 1 - digits] <= '9')
        ++digits;
    if (digits == 0 || digits > 2 || digits == date.size())
        return std::nullopt;
    std::string whole(trimmed(date.substr(0, date.size() - digits))); // as syslog prints it
    whole.append(" ").append(date.substr(date.size() - digits)).append(" ").append(clock).append(":00");
    string_view text = whole;
    return takeSyslogStamp(text);
}

/// The stamp in brackets at the front of the text.
bool takeBracketStamp(DmesgLine& line)
{
    const auto close = line.text.find(']');
    constexpr std::size_t longest = 60;
    if (!line.text.starts_with('[') || close == npos || close > longest)
        return false;
    const auto inside = line.text.substr(1, close - 1);
    if (const auto seconds = readSinceBoot(inside)) {
        line.kind = DmesgStamp::SinceBoot;
        line.sinceBoot = *seconds;
    } else if (const auto step = readSinceLast(inside)) {
        line.kind = DmesgStamp::SinceLast;
        line.sinceBoot = *step;
    } else if (const auto date = readCtime(inside)) {
        line.kind = DmesgStamp::Date;
        line.date = *date;
    } else if (const auto minute = readMinute(inside)) {
        line.kind = DmesgStamp::Minute;
        line.date = *minute;
    } else {
        return false;
    }
    line.text.remove_prefix(close + 1);
    return true;
}

/// "[ T8713]" or "[    C0]", right behind the stamp.
void takeCaller(string_view& text)
{
    const auto close = text.find(']');
    constexpr std::size_t longest = 16;
    if (!text.starts_with('[') || close == npos || close > longest)
        return;
    const auto caller = trimmed(text.substr(1, close - 1));
    if (caller.size() > 1 && (caller[0] == 'T' || caller[0] == 'C') && parseInteger(caller.substr(1)))
        text.remove_prefix(close + 1);
}

/// "host kernel: text" behind a date: what a program wrote is not the kernel's.
void takeHostAndProgram(DmesgLine& line)
{
    auto rest = line.text;
    nextField(rest); // the host's name
    const auto program = nextField(rest);
    if (!program.ends_with(':'))
        return;
    line.isFromKernel = program == "kernel:";
    line.text = rest;
}

/// A date without brackets: --time-format iso, which has a comma, or that of a log daemon or of journalctl.
bool takeDate(DmesgLine& line)
{
    constexpr std::size_t dateLength = 19; // 2026-11-21T03:17:02
    const bool isOfDmesg = line.text.size() > dateLength && line.text[dateLength] == ',';
    auto date = takeIsoStamp(line.text);
    if (!date)
        date = takeSyslogStamp(line.text);
    if (!date)
        return false;
    line.isFromDaemon = !isOfDmesg;
    if (line.isFromDaemon)
        takeHostAndProgram(line);
    takeOneBlank(line.text);
    DmesgLine stamped = line;
    if (takeBracketStamp(stamped)) { // syslog's date, then the kernel's own stamp: the date can be placed
        takeCaller(stamped.text);
        line.text = stamped.text;
    }
    takeOneBlank(line.text);
    line.kind = DmesgStamp::Date;
    line.date = *date;
    return true;
}

/// A stamp somewhat later in a console's line, behind a prompt.
void findStamp(DmesgLine& line)
{
    constexpr std::size_t furthest = 60;
    for (auto place = line.text.find('['); place != npos && place < furthest; place = line.text.find('[', place + 1)) {
        DmesgLine stamped = line;
        stamped.text = line.text.substr(place);
        if (!takeBracketStamp(stamped))
            continue;
        if (stamped.kind == DmesgStamp::SinceBoot)
            line = stamped;
        return;
    }
}

} // namespace

DmesgLine readDmesgLine(string_view text)
{
    DmesgLine line;
    line.text = text;
    takeRawLevel(line);
    takeDecodedLevel(line);
    if (takeDate(line))
        return line;
    if (!takeBracketStamp(line))
        findStamp(line);
    if (line.kind == DmesgStamp::None)
        return line;
    takeCaller(line.text);
    takeOneBlank(line.text);
    constexpr string_view kernel = "kernel: "; // Ubuntu's /var/log/dmesg
    if (line.text.starts_with(kernel))
        line.text.remove_prefix(kernel.size());
    return line;
}

} // namespace hindcast::parse
