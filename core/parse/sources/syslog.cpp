// System logs as text: /var/log/messages, syslog, kern.log, auth.log … of any syslog daemon, and what journalctl prints
// in its forms of one line (-o short, short-full, short-iso, short-precise, short-monotonic, short-unix, with-unit).
// What the kernel said goes the way of the kernel's own log, whatever file it was found in.
#include "base/text_scanner.h"
#include "parse/log_clock.h"
#include "parse/log_events.h"
#include "parse/log_line.h"
#include "parse/parser.h"

#include <string>

namespace hindcast::parse {
namespace {

/// What journalctl and tail put between the lines.
bool isHeading(std::string_view line)
{
    return line.starts_with("-- ") || (line.starts_with("==> ") && line.ends_with(" <=="));
}

/// "-- Reboot --", "-- Boot 0123456789abcdef… --".
bool isBootHeading(std::string_view line)
{
    return line.starts_with("-- Reboot --") || line.starts_with("-- Boot ");
}

/// "last message repeated 3 times"
std::optional<std::uint64_t> readRepetition(std::string_view text)
{
    constexpr std::string_view mark = "last message repeated ";
    if (!text.starts_with(mark))
        return std::nullopt;
    text.remove_prefix(mark.size());
    const auto times = parseInteger(nextField(text));
    return times && trimmed(text).starts_with("time") ? times : std::nullopt;
}

class SyslogReader {
public:
    SyslogReader(const Input& input, const Sample& sample, Builder& out)
        : m_host(input.host)
        , m_out(out)
        , m_clock(input, sample.text)
        , m_events(out, m_clock.lines())
    {
        out.setText(sample.text);
    }

    void read(std::string_view text)
    {
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(text, line);) {
            ++number;
            if (isBootHeading(line))
                addRestart(line, number);
            else if (!trimmed(line).empty() && !isHeading(line))
                readLine(line, number);
        }
        m_events.finish();
        m_clock.finish(m_out);
        if (m_hosts == 1 && m_out.host().hostname.empty())
            m_out.host().hostname = m_hostname;
    }

private:
    void readLine(std::string_view text, std::uint64_t number)
    {
        const auto line = readLogLine(text);
        if (!line) {
            if (text.starts_with('<') || !m_events.continueLast(text))
                m_out.skipped(text, "no date in front, as lines of a log have");
            return;
        }
        rememberHost(line->host);
        const LogEntry entry = entryOf(*line, number);
        m_events.add(entry);
        m_last = {entry.time, entry.clock};
        if (const auto times = readRepetition(line->text))
            m_events.repeatLast(*times);
    }

    LogEntry entryOf(const LogLine& line, std::uint64_t number)
    {
        LogEntry entry;
        if (line.stampKind != StampKind::Boot) {
            entry.time = m_clock.place(line.stamp);
            entry.clock = Clock::Wall;
        } else if (m_host.bootTime) {
            entry.time = *m_host.bootTime + line.stamp.time.time_since_epoch();
            entry.clock = Clock::Wall;
        } else {
            entry.time = line.stamp.time;
            entry.clock = Clock::Boot;
        }
        m_out.setClock(entry.clock);
        entry.level = line.level;
        entry.isFromKernel = line.isFromKernel;
        entry.host = line.host;
        entry.program = line.program;
        entry.pid = line.pid;
        entry.text = line.text;
        entry.line = number;
        return entry;
    }

    /// journalctl says so between the lines: the restart was at the latest when the next one was written.
    void addRestart(std::string_view line, std::uint64_t number)
    {
        if (!m_last)
            return;
        Event event;
        event.time = m_last->first;
        event.clock = m_last->second;
        event.severity = Severity::Warning;
        event.line = number;
        event.text = line;
        event.labels = {{"kind", "restart"}};
        m_out.event(std::move(event));
    }

    void rememberHost(std::string_view host)
    {
        if (host.empty() || host == m_hostname)
            return;
        m_hostname = host;
        ++m_hosts;
    }

    const Host& m_host;
    Builder& m_out;
    LogClock m_clock;
    LogEvents m_events;
    std::optional<std::pair<Time, Clock>> m_last;
    std::string m_hostname;
    unsigned m_hosts = 0; ///< changes of it
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        SyslogReader(input, sample, out).read(sample.text);
}

/// How sure one line is: what programs write for themselves has a date too, but no host and program behind it.
enum class Likeness : std::uint8_t { No, Date, Log };
Likeness likeness(std::string_view text, std::string_view& host)
{
    const auto line = readLogLine(text);
    if (!line)
        return Likeness::No;
    const bool hasPriority = text.starts_with('<');
    if (line->stampKind == StampKind::Boot) { // dmesg has stamps like these, but neither host nor program
        const bool isSameHost = host.empty() || host == line->host;
        host = line->host;
        return isSameHost && !line->host.empty() && (!line->pid.empty() || line->program == "kernel") ? Likeness::Log
                                                                                                      : Likeness::No;
    }
    // "2026-11-21 03:17:02 INFO module: …" is a program's own log.
    constexpr std::size_t blankAt = 10;
    const bool isPlainDate = text.size() > blankAt && text[4] == '-' && text[blankAt] == ' ';
    if (isPlainDate && line->pid.empty() && line->program != "kernel")
        return Likeness::No;
    constexpr std::size_t fractionAt = 19; // behind 2026-11-21T03:17:02
    if (text.size() > fractionAt && text[fractionAt] == ',')
        return Likeness::No; // dmesg --time-format iso
    const bool isNamed = !line->program.empty() && (!line->host.empty() || !line->pid.empty() || line->level);
    if (isNamed || hasPriority)
        return Likeness::Log;
    return line->stamp.hasYear ? Likeness::No : Likeness::Date;
}

int recognise(std::string_view beginning)
{
    constexpr int linesLookedAt = 60;
    int lines = 0, dated = 0, logs = 0;
    std::string_view host;
    bool beginsWithDate = true;
    for (std::string_view text; lines < linesLookedAt && nextLine(beginning, text);) {
        if (trimmed(text).empty() || isHeading(text))
            continue;
        const auto like = likeness(text, host);
        if (lines++ == 0)
            beginsWithDate = like != Likeness::No;
        dated += like == Likeness::Date ? 1 : 0;
        logs += like == Likeness::Log ? 1 : 0;
    }
    constexpr int continuations = 5; // lines of a traceback for each with a date
    if (logs + dated == 0 || (logs + dated) * continuations < lines)
        return 0;
    if (logs < dated || logs == 0)
        return beginsWithDate && dated * 2 > lines ? 40 : 0; // the month and the day in front are as syslog prints them
    if (!beginsWithDate)
        return logs * 2 > lines ? 60 : 0;
    return 88; // less than the access log that went through syslog
}

} // namespace

Parser syslog()
{
    return {.id = "syslog", .title = "System log", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
