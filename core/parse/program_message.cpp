#include "parse/program_message.h"

#include "base/text_scanner.h"
#include "parse/mark_search.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr auto npos = string_view::npos;

void label(Labels& labels, string_view name, string_view value)
{
    if (!value.empty())
        labels.push_back({std::string(name), std::string(value)});
}

/// "nginx.service: Main process exited, code=killed, status=9/KILL"
void readUnit(string_view text, Labels& labels)
{
    const auto colon = text.find(": ");
    const auto name = text.substr(0, colon);
    if (colon != npos && name.find(' ') == npos && name.find('.') != npos)
        label(labels, "unit", name);
}

/// "Process 4121 (ledgerd) of user 1000 dumped core."
void readCoreDump(string_view text, Labels& labels)
{
    auto rest = text.substr(text.find("Process ") + 8);
    const auto pid = nextField(rest);
    if (!parseInteger(pid))
        return;
    label(labels, "victim_pid", pid);
    const auto open = rest.find('('), close = rest.find(')');
    if (open != npos && close != npos && close > open)
        label(labels, "comm", rest.substr(open + 1, close - open - 1));
}

/// "Suppressed 4121 messages from ledger.service", "Missed 12 kernel messages"
void readLostMessages(string_view text, Labels& labels)
{
    for (auto word = nextField(text); !word.empty(); word = nextField(text))
        if (parseInteger(word)) {
            label(labels, "count", word);
            return;
        }
}

void readNothing(string_view, Labels&) { }

/// A message of that program that holds both marks. The first row that fits is taken.
struct Pattern {
    string_view program; ///< its name begins with this; "" = any
    string_view mark, second; ///< second: "" = none
    string_view kind;
    Severity severity;
    void (*read)(string_view text, Labels& labels) = readNothing;
};

// Wording: systemd src/core/{service,unit,manager}.c, src/oom/oomd-manager.c, src/coredump/coredump.c, src/journal/;
// earlyoom kill.c; chrony reference.c; ntpd ntp_loopfilter.c; smartmontools smartd.cpp; mdadm Monitor.c; nginx
// src/event/ and src/http/ngx_http_upstream.c; Apache server/mpm/; PHP fpm_children.c; MySQL and PostgreSQL messages.
constexpr std::array patterns{
    Pattern{"systemd", "Main process exited, code=killed", "", "service-crash", Severity::Error, readUnit},
    Pattern{"systemd", "Main process exited, code=dumped", "", "service-crash", Severity::Error, readUnit},
    Pattern{"systemd", "main process exited, code=killed", "", "service-crash", Severity::Error, readUnit},
    Pattern{"systemd", "main process exited, code=dumped", "", "service-crash", Severity::Error, readUnit},
    Pattern{"systemd", "ain process exited, code=exited, status=", "", "service-exit", Severity::Warning, readUnit},
    Pattern{"systemd", "killed by the OOM killer", "", "service-oom", Severity::Error, readUnit},
    Pattern{"systemd", "tart request repeated too quickly", "", "service-restart-loop", Severity::Error, readUnit},
    Pattern{"systemd", "Failed with result '", "", "service-failed", Severity::Error, readUnit},
    Pattern{"systemd", "entered failed state", "", "service-failed", Severity::Error},
    Pattern{"systemd", ": Watchdog timeout", "", "service-watchdog", Severity::Error, readUnit},
    Pattern{"systemd", "Scheduled restart job", "", "service-restart", Severity::Info, readUnit},
    Pattern{"systemd", "Dependency failed for ", "", "service-failed", Severity::Warning},
    Pattern{"systemd", "Time has been changed", "", "clock-step", Severity::Warning},
    Pattern{"systemd-oomd", "Killed ", " due to ", "userspace-oom-kill", Severity::Error},
    Pattern{"earlyoom", "sending SIG", "", "userspace-oom-kill", Severity::Error},
    Pattern{"", "Process ", " dumped core", "core-dump", Severity::Error, readCoreDump},
    Pattern{"systemd-journald", "Suppressed ", " messages", "messages-lost", Severity::Warning, readLostMessages},
    Pattern{"systemd-journal", "Missed ", " kernel messages", "messages-lost", Severity::Warning, readLostMessages},
    Pattern{"rsyslogd", "begin to drop messages", "", "messages-lost", Severity::Warning},
    Pattern{"rsyslogd", "messages lost due to rate-limiting", "", "messages-lost", Severity::Warning, readLostMessages},
    Pattern{"chronyd", "System clock was stepped by", "", "clock-step", Severity::Warning},
    Pattern{"chronyd", "ward time jump detected", "", "clock-step", Severity::Warning},
    Pattern{"ntp", "time reset ", "", "clock-step", Severity::Warning},
    Pattern{"ntp", "step time server", "", "clock-step", Severity::Warning},
    Pattern{"smartd", "FAILED SMART self-check", "", "disk-smart", Severity::Error},
    Pattern{"smartd", "unreadable (pending) sectors", "", "disk-smart", Severity::Warning},
    Pattern{"smartd", "ncorrectable sectors", "", "disk-smart", Severity::Warning},
    Pattern{"multipathd", "remaining active paths: 0", "", "path-failed", Severity::Error},
    Pattern{"mdadm", "Fail event detected", "", "raid-degraded", Severity::Error},
    Pattern{"Keepalived", "ntering ", " STATE", "failover", Severity::Warning},
    Pattern{"", "worker_connections are not enough", "", "worker-limit", Severity::Error},
    Pattern{"", "server reached Max", "", "worker-limit", Severity::Error},
    Pattern{"", "reached pm.max_children", "", "worker-limit", Severity::Error},
    Pattern{"", "upstream timed out (110", "", "upstream-timeout", Severity::Error},
    Pattern{"", "connect() failed (111", "", "upstream-refused", Severity::Error},
    Pattern{"", "no live upstreams", "", "upstream-down", Severity::Error},
    Pattern{"", "Too many open files", "", "file-limit", Severity::Error},
    Pattern{"", "No space left on device", "", "no-space", Severity::Error},
    Pattern{"", "Cannot allocate memory", "", "no-memory", Severity::Error},
    Pattern{"", "java.lang.OutOfMemoryError", "", "jvm-out-of-memory", Severity::Error},
    Pattern{"", "Cannot assign requested address", "", "ports-exhausted", Severity::Error},
    Pattern{"", "fork", "Resource temporarily unavailable", "fork-failed", Severity::Error},
    Pattern{"", "Too many connections", "", "connection-limit", Severity::Error},
    Pattern{"", "too many clients already", "", "connection-limit", Severity::Error},
    Pattern{"", "remaining connection slots are reserved", "", "connection-limit", Severity::Error},
    Pattern{"", "Lock wait timeout exceeded", "", "lock-timeout", Severity::Error},
    Pattern{"", "deadlock detected", "", "database-deadlock", Severity::Error},
    Pattern{"", "was terminated by signal ", "", "service-crash", Severity::Error},
    Pattern{"", "heckpoints are occurring too frequently", "", "checkpoint-pressure", Severity::Warning},
};

bool fits(const Pattern& pattern, string_view program, string_view text)
{
    return program.starts_with(pattern.program) && text.find(pattern.second) != npos;
}

struct Word {
    string_view mark;
    Severity severity;
};
/// With the characters around them that make them a statement about the line and not a word of its prose.
constexpr std::array seriousWords{
    Word{"[error]", Severity::Error},
    Word{":error]", Severity::Error},
    Word{"[ERROR]", Severity::Error},
    Word{"[Error]", Severity::Error},
    Word{"[crit]", Severity::Error},
    Word{":crit]", Severity::Error},
    Word{"[alert]", Severity::Error},
    Word{":alert]", Severity::Error},
    Word{"[emerg]", Severity::Error},
    Word{":emerg]", Severity::Error},
    Word{"ERROR", Severity::Error},
    Word{"FATAL", Severity::Error},
    Word{"CRITICAL", Severity::Error},
    Word{"PANIC:", Severity::Error},
    Word{"error:", Severity::Error},
    Word{"Error:", Severity::Error},
    Word{"fatal:", Severity::Error},
    Word{"panic:", Severity::Error},
    Word{"level=error", Severity::Error},
    Word{"level=fatal", Severity::Error},
    Word{"Traceback (most recent call last)", Severity::Error},
    Word{"[warn]", Severity::Warning},
    Word{":warn]", Severity::Warning},
    Word{"[Warn]", Severity::Warning},
    Word{"[WARN", Severity::Warning},
    Word{"[Warning]", Severity::Warning},
    Word{"[warning]", Severity::Warning},
    Word{"WARNING", Severity::Warning},
    Word{" WARN ", Severity::Warning},
    Word{"warning:", Severity::Warning},
    Word{"Warning:", Severity::Warning},
    Word{"level=warn", Severity::Warning},
};

template <typename Table> MarkSearch searchOf(const Table& table)
{
    MarkSearch search;
    for (std::size_t row = 0; row < table.size(); ++row)
        search.add(table[row].mark, row);
    return search;
}

} // namespace

ProgramMessage readProgramMessage(string_view program, string_view text)
{
    static const MarkSearch search = searchOf(patterns);
    ProgramMessage message;
    const auto row = search.lowest(text, [&](std::size_t one) { return fits(patterns[one], program, text); });
    if (!row)
        return message;
    message.kind = patterns[*row].kind;
    message.severity = patterns[*row].severity;
    patterns[*row].read(text, message.labels);
    return message;
}

Severity severityOfWords(string_view text)
{
    static const MarkSearch search = searchOf(seriousWords);
    constexpr std::size_t lookedAt = 120; // the level stands near the front
    // Errors stand before warnings in the table, so the lowest row is the most serious.
    const auto row = search.lowest(text.substr(0, lookedAt), [](std::size_t) { return true; });
    return row ? seriousWords[*row].severity : Severity::Info;
}

} // namespace hindcast::parse
