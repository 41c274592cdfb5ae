// The kernel's log as text: dmesg (also -T, -x, -r, -d, -J and every --time-format), /var/log/dmesg, a console. Stamps
// in seconds are since boot; the boot time is not in the text, but a capture's manifest tells it. Lines without a stamp
// belong to the one before them.
#include "base/text_scanner.h"
#include "parse/dmesg_line.h"
#include "parse/json_line.h"
#include "parse/log_clock.h"
#include "parse/log_events.h"
#include "parse/parser.h"

#include <algorithm>
#include <string>

namespace hindcast::parse {
namespace {

/// Without the colours of dmesg --color=always, ESC [ … m. `buffer` holds the result when there were any.
std::string_view withoutColours(std::string_view text, std::string& buffer)
{
    constexpr char escape = '\x1B';
    if (text.find(escape) == std::string_view::npos)
        return text;
    buffer.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto end = text[i] == escape ? text.find_first_not_of("[0123456789;", i + 1) : std::string_view::npos;
        if (end != std::string_view::npos && text[end] == 'm')
            i = end;
        else
            buffer += text[i];
    }
    return buffer;
}

/// "-- Journal begins at …", "-- Boot …": between the lines of journalctl -k.
bool isHeading(std::string_view line)
{
    return line.starts_with("-- ") && line.find("begin") != std::string_view::npos;
}

class DmesgReader {
public:
    DmesgReader(const Input& input, const Sample& sample, Builder& out)
        : m_host(input.host)
        , m_out(out)
        , m_clock(input, sample.text)
        , m_events(out, m_clock.lines())
    {
        out.setText(sample.text);
    }

    void read(std::string_view text)
    {
        m_previous = firstPlace(text);
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(text, line);) {
            ++number;
            if (trimmed(line).empty() || isHeading(line))
                continue;
            const auto plain = withoutColours(line, m_buffer);
            add(readDmesgLine(plain), number);
        }
        finish();
    }

    /// { "dmesg": [ { "pri": 6, "time": 0.000000, "msg": "…" }, …: of -J.
    void readJson(std::string_view text)
    {
        for (auto open = text.find('[') + 1; (open = text.find('{', open)) != std::string_view::npos;) {
            JsonObject object(text.substr(open));
            DmesgLine line;
            std::string_view key, message;
            for (JsonValue value; object.next(key, value);) {
                if (key == "pri")
                    line.level = parseInteger<unsigned>(value.text);
                else if (key == "msg")
                    message = unescaped(value.text, m_buffer);
                else if (const auto seconds = key == "time" ? parseDouble(value.text) : std::nullopt)
                    setSinceBoot(line, *seconds);
            }
            if (!object.isComplete()) {
                m_out.skipped(text.substr(open, text.find('\n', open) - open), "an object that is cut");
                break;
            }
            line.isFromKernel = line.level.value_or(0) < 8;
            if (line.level)
                *line.level %= 8;
            line.text = message;
            const auto begin = text.substr(0, open);
            add(line, 1 + static_cast<std::uint64_t>(std::count(begin.begin(), begin.end(), '\n')));
            open = text.size() - object.rest().size();
        }
        finish();
    }

private:
    struct Place {
        Time time{};
        Clock clock = Clock::Boot;
    };

    static void setSinceBoot(DmesgLine& line, double seconds)
    {
        constexpr double longest = 100.0 * 366 * 86400;
        if (seconds < 0 || seconds > longest)
            return;
        line.kind = DmesgStamp::SinceBoot;
        line.sinceBoot = std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(seconds));
    }

    /// What lines before the first stamp are placed at.
    std::optional<Place> firstPlace(std::string_view text)
    {
        for (std::string_view line; nextLine(text, line);) {
            const auto plain = withoutColours(line, m_buffer);
            const DmesgLine read = readDmesgLine(plain);
            if (read.kind == DmesgStamp::SinceLast)
                return std::nullopt; // a step counts once
            if (!isHeading(line) && read.kind != DmesgStamp::None)
                return place(read);
        }
        return std::nullopt;
    }

    void add(const DmesgLine& read, std::uint64_t number)
    {
        if (read.kind == DmesgStamp::SinceBoot)
            noteRestart(read, number);
        if (read.kind != DmesgStamp::None)
            m_previous = place(read);
        LogEntry entry;
        if (m_previous) {
            entry.time = m_previous->time;
            entry.clock = m_previous->clock;
        } else {
            entry.clock = Clock::None;
            entry.time = Time{std::chrono::seconds{m_unstamped++}};
        }
        if (entry.clock == Clock::Wall)
            m_out.setClock(Clock::Wall);
        entry.level = read.level;
        entry.isFromKernel = read.isFromKernel;
        if (!read.isFromKernel) // its words prove nothing
            entry.severity = read.level ? severityOfLevel(*read.level) : Severity::Info;
        entry.line = number;
        entry.text = read.text;
        readKernelVersion(read.text);
        m_events.add(entry);
    }

    /// On the axis, as far as the text and what is known of the host tell.
    Place place(const DmesgLine& line)
    {
        switch (line.kind) {
        case DmesgStamp::Date:
            return {m_clock.place(line.date), Clock::Wall};
        case DmesgStamp::Minute: {
            const Time minute = m_clock.place(line.date);
            const bool isLater = m_previous && m_previous->clock == Clock::Wall && m_previous->time > minute
                && m_previous->time < minute + std::chrono::minutes{1};
            return {isLater ? m_previous->time : minute, Clock::Wall};
        }
        case DmesgStamp::SinceLast:
            m_hasSteps = true;
            if (!m_previous)
                return {Time{line.sinceBoot}, Clock::None};
            return {m_previous->time + line.sinceBoot, m_previous->clock};
        case DmesgStamp::SinceBoot:
        case DmesgStamp::None:
            break;
        }
        if (m_host.bootTime)
            return {*m_host.bootTime + line.sinceBoot, Clock::Wall};
        return {Time{line.sinceBoot}, Clock::Boot};
    }

    /// A console's log goes on over a restart, and its stamps begin anew.
    void noteRestart(const DmesgLine& line, std::uint64_t number)
    {
        constexpr std::chrono::seconds jitter{10}; // CPUs write their lines somewhat out of order
        if (m_latest && line.sinceBoot + jitter < *m_latest) {
            m_out.note(NoteSeverity::Info,
                "the stamps begin anew within the text: it holds more than one boot, and their times overlap");
            Event event;
            const Place at = place(line);
            event.time = at.time;
            event.clock = at.clock;
            event.severity = Severity::Warning;
            event.line = number;
            event.text = "the stamps begin anew: the machine was restarted before this line";
            event.labels = {{"kind", "restart"}};
            m_out.event(std::move(event));
            m_latest.reset();
        }
        m_latest = std::max(m_latest.value_or(line.sinceBoot), line.sinceBoot);
    }

    void readKernelVersion(std::string_view text)
    {
        constexpr std::string_view mark = "Linux version ";
        if (!text.starts_with(mark) || !m_out.host().kernel.empty())
            return;
        text.remove_prefix(mark.size());
        m_out.host().kernel = nextField(text);
    }

    void finish()
    {
        m_events.finish();
        m_clock.finish(m_out);
        if (m_unstamped > 0)
            m_out.note(NoteSeverity::Info, "the lines have no stamps: they are numbered as if one second apart");
        if (m_hasSteps && m_previous && m_previous->clock == Clock::None)
            m_out.note(NoteSeverity::Info,
                "the stamps tell only the time since the line before: times are counted from the first line");
    }

    const Host& m_host;
    Builder& m_out;
    LogClock m_clock;
    LogEvents m_events;
    std::optional<Place> m_previous; ///< of the last stamp
    std::optional<Nanoseconds> m_latest; ///< of this boot's stamps
    std::int64_t m_unstamped = 0;
    bool m_hasSteps = false;
    std::string m_buffer;
};

bool isJson(std::string_view text)
{
    const auto begin = text.find_first_not_of(" \t\r\n");
    constexpr std::size_t headLength = 40;
    const auto head = begin == std::string_view::npos ? std::string_view{} : text.substr(begin, headLength);
    return head.starts_with('{') && head.find("\"dmesg\"") != std::string_view::npos;
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        DmesgReader reader(input, sample, out);
        if (isJson(sample.text))
            reader.readJson(sample.text);
        else
            reader.read(sample.text);
    }
}

/// A message only a kernel writes: warnings of programs read like the kernel's.
bool isPlainlyKernel(std::string_view line)
{
    const auto kind = readKernelMessage(line).kind;
    return !kind.empty() && !kind.ends_with("-warning") && !kind.starts_with("link") && kind != "memory-leak"
        && kind != "boot" && kind != "messages-suppressed";
}

/// The first line of a log, alone: /proc/version.
bool isVersionAlone(std::string_view text)
{
    text = trimmed(text);
    return text.starts_with("Linux version ") && text.find('\n') == std::string_view::npos;
}

int recognise(std::string_view beginning)
{
    if (isVersionAlone(beginning))
        return 0;
    constexpr int linesLookedAt = 40;
    if (isJson(beginning))
        return 90;
    if (beginning.find("The FreeBSD Project") != std::string_view::npos || beginning.find(';') < beginning.find(' '))
        return 0; // another kernel; the records of /dev/kmsg
    int lines = 0, stamped = 0, dated = 0, spoken = 0;
    bool hasVersion = false;
    std::string buffer;
    for (std::string_view text; lines < linesLookedAt && nextLine(beginning, text);) {
        if (trimmed(text).empty() || isHeading(text))
            continue;
        ++lines;
        const DmesgLine line = readDmesgLine(withoutColours(text, buffer));
        dated += line.isFromDaemon ? 1 : 0;
        stamped += line.kind != DmesgStamp::None && !line.isFromDaemon ? 1 : 0;
        spoken += isPlainlyKernel(line.text) ? 1 : 0;
        hasVersion = hasVersion || text.starts_with("Linux version ");
    }
    if (stamped * 2 > lines)
        return 85;
    if (dated * 2 > lines)
        return 0; // the log of a daemon: syslog
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
