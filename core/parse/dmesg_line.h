// DmesgLine: one line as dmesg, a console or /var/log/dmesg show it, taken apart. Sources: man 1 dmesg (-T, -x, -r, -d,
// --time-format), util-linux sys-utils/dmesg.c, kernel/printk/printk.c (caller ids: CONFIG_PRINTK_CALLER).
#pragma once

#include "parse/log_stamp.h"

#include <optional>
#include <string_view>

namespace hindcast::parse {

/// What the stamp of a line tells.
enum class DmesgStamp : std::uint8_t {
    None,
    SinceBoot, ///< "[   12.345678] "
    Date, ///< -T, --time-format iso, or what a log daemon put in front
    Minute, ///< "[Nov21 11:30] ", of --time-format reltime: exact to the minute
    SinceLast, ///< "[  +0.000012] " and "[<    0.000012>] ": since the line before
};

struct DmesgLine {
    DmesgStamp kind = DmesgStamp::None;
    Nanoseconds sinceBoot{}; ///< or since the line before
    LogStamp date; ///< for Date and Minute
    std::optional<unsigned> level; ///< 0 emergency … 7 debug (man 2 syslog)
    bool isFromKernel = true; ///< false: a program wrote it into the log
    bool isFromDaemon = false; ///< the date in front is one of a log daemon or of journalctl
    std::string_view text;
};

DmesgLine readDmesgLine(std::string_view line);

} // namespace hindcast::parse
