// LogLine: one line of a system log as syslog daemons and journalctl write it, taken apart: when, where, who, what.
// Sources: RFC 3164, RFC 5424, man 5 rsyslog.conf (file formats), man 1 journalctl (-o short and its variants),
// busybox sysklogd/syslogd.c and OpenWrt's logread (the facility and level as a word behind the host).
#pragma once

#include "parse/log_stamp.h"

#include <optional>
#include <string_view>

namespace hindcast::parse {

/// What the stamp in front of the line was.
enum class StampKind : std::uint8_t {
    Date, ///< of a calendar, with or without year and zone
    Boot, ///< seconds since boot: journalctl -o short-monotonic
    Unix, ///< seconds since 1970: journalctl -o short-unix
};

struct LogLine {
    LogStamp stamp;
    StampKind stampKind = StampKind::Date;
    std::optional<unsigned> level; ///< 0 emergency … 7 debug
    std::string_view host; ///< "" when the line names none
    std::string_view program; ///< "sshd", "postfix/smtpd", "kernel"; "" when the line names none
    std::string_view pid; ///< ""
    std::string_view text;
    bool isFromKernel = false;
};

/// Nothing for a line without a stamp in front: it goes on with the line before it.
std::optional<LogLine> readLogLine(std::string_view line);

/// Takes "[1694413.621694] " off the front of what the kernel said, if it is there.
void takeKernelStamp(std::string_view& text);

/// "<30>": facility and level.
struct SyslogPriority {
    unsigned facility = 0;
    unsigned level = 0;
};
std::optional<SyslogPriority> takeSyslogPriority(std::string_view& rest);

/// Level of "err", "warning", …; nothing for other words.
std::optional<unsigned> levelFromName(std::string_view name);

} // namespace hindcast::parse
