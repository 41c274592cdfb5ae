#include "parse/kernel_message.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr auto npos = string_view::npos;

/// What stands behind `mark`; nothing when it does not occur.
std::optional<string_view> after(string_view text, string_view mark)
{
    const auto place = text.find(mark);
    return place == npos ? std::nullopt : std::optional(text.substr(place + mark.size()));
}

string_view before(string_view text, string_view mark)
{
    return text.substr(0, text.find(mark));
}

bool has(string_view text, string_view mark)
{
    return text.find(mark) != npos;
}

string_view leadingDigits(string_view text)
{
    std::size_t end = 0;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9')
        ++end;
    return text.substr(0, end);
}

void label(Labels& labels, string_view name, string_view value)
{
    if (!value.empty())
        labels.push_back({std::string(name), std::string(value)});
}

/// "java:2526", where the name may hold colons ("kworker/u4:6:5166").
void labelNameAndPid(Labels& labels, string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == npos || !parseInteger(text.substr(colon + 1)))
        return;
    label(labels, "comm", text.substr(0, colon));
    label(labels, "pid", text.substr(colon + 1));
}

/// "nginx[4121]", the last word of `text`.
void labelNameInBrackets(Labels& labels, string_view text)
{
    const auto close = text.rfind(']');
    const auto open = text.rfind('[', close);
    if (close == npos || open == npos || !parseInteger(text.substr(open + 1, close - open - 1)))
        return;
    const auto name = trimmed(text.substr(0, open));
    const auto traps = after(name, "traps: ");
    label(labels, "comm", traps.value_or(name));
    label(labels, "pid", text.substr(open + 1, close - open - 1));
}

/// "sda1" of "dev sda1, sector 8", "device dm-0, logical …", "(device sda1)", "(sda1)": up to the first other
/// character.
string_view deviceName(string_view text)
{
    std::size_t end = 0;
    while (end < text.size() && !isBlank(text[end]) && string_view(",):;").find(text[end]) == npos)
        ++end;
    return text.substr(0, end);
}

// Each of these is told the whole message.

/// "Killed process 2526 (java) total-vm:…"; RHEL 6: "Killed process 2526, UID 500, (java) total-vm:…".
void readKill(string_view text, Labels& labels)
{
    const auto rest = after(text, "Killed process ").value_or("");
    label(labels, "pid", leadingDigits(rest));
    const auto open = rest.find('(');
    // The name may hold parentheses; figures follow the last one.
    const auto close = std::min(rest.find(") total-vm:"), rest.rfind(')'));
    if (open != npos && close != npos && close > open)
        label(labels, "comm", rest.substr(open + 1, close - open - 1));
    if (const auto resident = after(rest, "anon-rss:"))
        label(labels, "anon_rss_kb", leadingDigits(*resident));
}

/// Who asked for memory in vain: mostly not the one that is killed.
void readOomInvoker(string_view text, Labels& labels)
{
    label(labels, "asked_by", trimmed(before(text, " invoked oom-killer")));
}

void readHungTask(string_view text, Labels& labels)
{
    const auto rest = after(text, "INFO: task ").value_or("");
    labelNameAndPid(labels, before(rest, " blocked for more than "));
    label(labels, "seconds", leadingDigits(after(rest, "blocked for more than ").value_or("")));
}

/// "… - CPU#1 stuck for 134s! [java:4588]"
void readSoftLockup(string_view text, Labels& labels)
{
    label(labels, "cpu", leadingDigits(after(text, "CPU#").value_or("")));
    label(labels, "seconds", leadingDigits(after(text, "stuck for ").value_or("")));
    const auto task = after(text, "! [").value_or("");
    labelNameAndPid(labels, task.substr(0, task.rfind(']')));
}

void readHardLockup(string_view text, Labels& labels)
{
    label(labels, "cpu", leadingDigits(after(text, "LOCKUP on cpu ").value_or("")));
}

void readDevice(string_view text, Labels& labels)
{
    for (const string_view mark : {"(device ", "dev ", "device ", "XFS (", "EXT4-fs (", "EXT3-fs (", "BTRFS error ("})
        if (const auto rest = after(text, mark)) {
            label(labels, "device", deviceName(*rest));
            return;
        }
}

/// "ata1.00: failed command: READ FPDMA QUEUED", "nvme nvme0: I/O 12 QID 3 timeout"
void readLeadingDevice(string_view text, Labels& labels)
{
    const auto head = before(text, ": ");
    label(labels, "device", head.substr(head.rfind(' ') + 1));
}

/// "… on port 80. Sending cookies."; since 6.3 "… on port 0.0.0.0:8080." or "[::]:8080.".
void readSynFlood(string_view text, Labels& labels)
{
    auto where = before(after(text, "SYN flooding on port ").value_or(""), ". ");
    const auto colon = where.rfind(':');
    label(labels, "port", leadingDigits(colon == npos ? where : where.substr(colon + 1)));
    label(labels, "answer", has(text, "Sending cookies") ? "cookies" : has(text, "Dropping") ? "dropped" : "");
}

void readFault(string_view text, Labels& labels)
{
    labelNameInBrackets(labels,
        before(text, "]: segfault at").size() < text.size() ? text.substr(0, text.find("]: segfault at") + 1)
                                                            : text.substr(0, text.find("] ") + 1));
}

/// "CPU3: Core temperature above threshold"
void readThrottledCpu(string_view text, Labels& labels)
{
    label(labels, "cpu", leadingDigits(after(text, "CPU").value_or("")));
}

/// "e1000e 0000:00:19.0 eth0: NIC Link is Down", "eth0: link down": the word before the last colon in front.
void readLink(string_view text, Labels& labels)
{
    for (const std::string_view mark : {"for interface ", "(slave "}) // bonding, before and since 5.9
        if (const auto slave = after(text, mark)) {
            label(labels, "device", deviceName(*slave));
            return;
        }
    auto place = std::min({text.find("NIC Link is"), text.find("Link is "), text.find("link is "), text.find("link up"),
        text.find("link down"), text.find("link becomes ready")});
    if (place == npos)
        return;
    auto head = trimmed(text.substr(0, place));
    while (head.ends_with(':'))
        head.remove_suffix(1);
    label(labels, "device", head.substr(head.find_last_of(" \t") + 1));
}

/// "NETDEV WATCHDOG: eth0 (virtio_net): transmit queue 0 timed out"; 6.x: "eth0: NETDEV WATCHDOG: CPU: 1: transmit …".
void readTransmitTimeout(string_view text, Labels& labels)
{
    const auto place = text.find("NETDEV WATCHDOG");
    auto head = trimmed(text.substr(0, place));
    if (head.ends_with(':')) {
        head.remove_suffix(1);
        label(labels, "device", head.substr(head.rfind(' ') + 1));
        return;
    }
    label(labels, "device", deviceName(after(text, "NETDEV WATCHDOG: ").value_or("")));
}

/// "java: page allocation failure: order:4, …"
void readAllocationFailure(string_view text, Labels& labels)
{
    label(labels, "comm", before(text, ": page allocation failure"));
    label(labels, "order", leadingDigits(after(text, "order:").value_or("")));
}

void readNothing(string_view, Labels&) { }

/// What matters most may not be made up by a program's own text in the middle of a line.
enum class MarkPlace : std::uint8_t { Anywhere, Start };
constexpr auto atStart = MarkPlace::Start;

/// A message that holds all marks. The first row that fits is taken.
struct Pattern {
    string_view mark, second; ///< second: "" = none
    string_view kind;
    Severity severity;
    void (*read)(string_view text, Labels& labels) = readNothing;
    MarkPlace place = MarkPlace::Anywhere; ///< of the first mark
};

// The wording is that of the kernel's sources: mm/oom_kill.c, kernel/hung_task.c, kernel/watchdog.c,
// kernel/rcu/tree_stall.h, block/blk-core.c, fs/buffer.c, fs/ext4/super.c, net/ipv4/tcp_input.c,
// arch/x86/mm/fault.c, net/netfilter/nf_conntrack_core.c, net/core/neighbour.c, net/sched/sch_generic.c.
constexpr std::array patterns{
    Pattern{"Memory cgroup out of memory", "Killed process ", "oom-kill-cgroup", Severity::Error, readKill, atStart},
    Pattern{"Out of memory", "Killed process ", "oom-kill", Severity::Error, readKill, atStart},
    Pattern{"Killed process ", "total-vm:", "oom-kill", Severity::Error, readKill, atStart}, // before 5.0
    Pattern{"Killed process ", "vsz:", "oom-kill", Severity::Error, readKill, atStart}, // before 2.6.39
    Pattern{" invoked oom-killer", "", "oom-invoked", Severity::Warning, readOomInvoker},
    Pattern{"out of memory and no killable processes", "", "oom-no-victim", Severity::Error},
    Pattern{"INFO: task ", "blocked for more than ", "hung-task", Severity::Error, readHungTask},
    Pattern{"soft lockup", "CPU#", "soft-lockup", Severity::Error, readSoftLockup},
    Pattern{"hard LOCKUP on cpu", "", "hard-lockup", Severity::Error, readHardLockup},
    Pattern{"rcu", "detected stall", "rcu-stall", Severity::Error},
    Pattern{"rcu", "detected expedited stall", "rcu-stall", Severity::Error},
    Pattern{"rcu", "kthread starved", "rcu-stall", Severity::Error},
    Pattern{"XFS (", "I/O error", "io-error", Severity::Error, readDevice},
    Pattern{"I/O error, dev", "", "io-error", Severity::Error, readDevice},
    Pattern{"Buffer I/O error on dev", "", "io-error", Severity::Error, readDevice},
    Pattern{"critical medium error, dev", "", "io-error", Severity::Error, readDevice},
    Pattern{"critical target error, dev", "", "io-error", Severity::Error, readDevice},
    Pattern{"critical space allocation error, dev", "", "io-error", Severity::Error, readDevice},
    Pattern{"end_request: ", "error, dev", "io-error", Severity::Error, readDevice},
    Pattern{"ata", ": failed command:", "io-error", Severity::Error, readLeadingDevice},
    Pattern{"nvme", " timeout, ", "io-timeout", Severity::Error, readLeadingDevice},
    Pattern{"emounting filesystem read-only", "", "fs-readonly", Severity::Error, readDevice},
    Pattern{"BTRFS", "forced readonly", "fs-readonly", Severity::Error, readDevice},
    Pattern{"EXT", "-fs error", "fs-error", Severity::Error, readDevice},
    Pattern{"EXT4-fs", "Delayed block allocation failed", "fs-error", Severity::Error, readDevice},
    Pattern{"Aborting journal on device ", "", "fs-error", Severity::Error, readDevice},
    Pattern{"XFS (", "orruption", "fs-error", Severity::Error, readDevice},
    Pattern{"XFS (", "Internal error", "fs-error", Severity::Error, readDevice},
    Pattern{"XFS (", "hutting down filesystem", "fs-error", Severity::Error, readDevice},
    Pattern{"BTRFS", "error (device", "fs-error", Severity::Error, readDevice},
    Pattern{"SYN flooding on port", "", "syn-flood", Severity::Warning, readSynFlood},
    Pattern{"]: segfault at ", "", "segfault", Severity::Error, readFault},
    Pattern{"traps: ", "] ", "trap", Severity::Error, readFault},
    Pattern{"machine check", "events logged", "machine-check", Severity::Error},
    Pattern{"[Hardware Error]", "", "machine-check", Severity::Error},
    Pattern{"EDAC", " UE ", "machine-check", Severity::Error},
    Pattern{"EDAC", " CE ", "machine-check", Severity::Warning},
    Pattern{"temperature above threshold", "", "thermal-throttle", Severity::Warning, readThrottledCpu},
    Pattern{"temperature/speed normal", "", "thermal-normal", Severity::Info, readThrottledCpu},
    Pattern{"table full, dropping packet", "", "conntrack-full", Severity::Error},
    Pattern{"neighbor table overflow", "", "neighbour-overflow", Severity::Error},
    Pattern{"eighbour table overflow", "", "neighbour-overflow", Severity::Error},
    Pattern{"NETDEV WATCHDOG", "timed out", "transmit-timeout", Severity::Error, readTransmitTimeout},
    Pattern{"TCP: out of memory", "", "tcp-memory", Severity::Error},
    Pattern{"TCP: too many orphaned sockets", "", "tcp-orphans", Severity::Warning},
    Pattern{"link status definitely down", "", "link-down", Severity::Warning, readLink},
    Pattern{"link status definitely up", "", "link-up", Severity::Info, readLink},
    Pattern{"Link is Down", "", "link-down", Severity::Warning, readLink},
    Pattern{"Link is Up", "", "link-up", Severity::Info, readLink},
    Pattern{"link is not ready", "", "", Severity::Info},
    Pattern{": link down", "", "link-down", Severity::Warning, readLink},
    Pattern{": link up", "", "link-up", Severity::Info, readLink},
    Pattern{": link becomes ready", "", "link-up", Severity::Info, readLink},
    Pattern{": page allocation failure", "", "page-allocation-failure", Severity::Warning, readAllocationFailure},
    Pattern{"Marking clocksource", "unstable", "clocksource-unstable", Severity::Warning},
    Pattern{"Kernel panic - not syncing", "", "kernel-panic", Severity::Error},
    Pattern{"PANIC: ", "", "kernel-panic", Severity::Error},
    Pattern{"BUG: KASAN", "", "kasan", Severity::Error},
    Pattern{"BUG: memory leak", "", "memory-leak", Severity::Warning},
    Pattern{"BUG: Dentry", "", "kernel-bug", Severity::Error},
    Pattern{"kernel BUG at ", "", "kernel-bug", Severity::Error},
    Pattern{"detected buffer overflow in ", "", "kernel-bug", Severity::Error},
    Pattern{"nable to handle kernel ", "", "kernel-fault", Severity::Error},
    Pattern{"general protection fault", "", "kernel-fault", Severity::Error},
    Pattern{"BUG: kernel NULL pointer", "", "kernel-fault", Severity::Error},
    Pattern{"Internal error: Oops", "", "kernel-fault", Severity::Error},
    Pattern{"Oops: ", "", "kernel-fault", Severity::Error},
    Pattern{"possible circular locking dependency", "", "lock-warning", Severity::Warning},
    Pattern{"possible recursive locking", "", "lock-warning", Severity::Warning},
    Pattern{"possible irq lock inversion", "", "lock-warning", Severity::Warning},
    Pattern{"INFO: possible ", "lock", "lock-warning", Severity::Warning},
    Pattern{"inconsistent lock state", "", "lock-warning", Severity::Warning},
    Pattern{"suspicious RCU usage", "", "rcu-warning", Severity::Warning},
    Pattern{"INFO: suspicious ", "", "lock-warning", Severity::Warning},
    Pattern{"WARNING: ", "CPU: ", "kernel-warning", Severity::Warning},
    Pattern{"WARNING: ", " at ", "kernel-warning", Severity::Warning},
};

Severity severityOfLevel(unsigned level)
{
    constexpr unsigned error = 3, warning = 4;
    return level <= error ? Severity::Error : level == warning ? Severity::Warning : Severity::Info;
}

/// The value of "key=value," in the line oom-kill:constraint=…,key=value,….
string_view commaValue(string_view text, string_view key)
{
    const auto rest = after(text, key);
    return rest ? before(*rest, ",") : string_view{};
}

} // namespace

KernelMessage readKernelMessage(std::string_view text)
{
    KernelMessage message;
    for (const Pattern& pattern : patterns) {
        const bool isInPlace =
            pattern.place == MarkPlace::Start ? text.starts_with(pattern.mark) : has(text, pattern.mark);
        if (!isInPlace || !has(text, pattern.second))
            continue;
        message.kind = pattern.kind;
        message.severity = pattern.severity;
        pattern.read(text, message.labels);
        break;
    }
    return message;
}

void KernelLog::rememberOomContext(std::string_view text)
{
    if (has(text, " invoked oom-killer")) {
        m_oom = {};
    } else if (has(text, "oom-kill:constraint=")) {
        m_oom.isOfCgroup = commaValue(text, "constraint=") == "CONSTRAINT_MEMCG";
        m_oom.cgroup = commaValue(text, m_oom.isOfCgroup ? ",oom_memcg=" : ",task_memcg=");
        m_oom.pid = commaValue(text, ",pid=");
    } else if (const auto limit = after(text, "killed as a result of limit of ")) { // before 4.19
        m_oom.isOfCgroup = true;
        m_oom.cgroup = trimmed(*limit);
        m_oom.pid.clear();
    } else if (text.starts_with("Memory cgroup out of memory: Kill process")) {
        m_oom.isOfCgroup = true;
    }
}

void KernelLog::addOomContext(std::string_view text, KernelMessage& message)
{
    const auto pid = labelValue(message.labels, "pid");
    if (!m_oom.pid.empty() && m_oom.pid != pid)
        return; // of another kill
    if (m_oom.isOfCgroup && !text.starts_with("Out of memory"))
        message.kind = "oom-kill-cgroup";
    label(message.labels, "cgroup", m_oom.cgroup);
}

void KernelLog::add(const KernelLine& line)
{
    Event event;
    event.time = line.time;
    event.clock = line.clock;
    event.line = line.line;
    event.text = line.text;
    if (line.isFromKernel) {
        KernelMessage message = readKernelMessage(line.text);
        rememberOomContext(line.text);
        if (message.kind == "oom-kill" || message.kind == "oom-kill-cgroup")
            addOomContext(line.text, message);
        event.severity = message.severity;
        event.labels = std::move(message.labels);
        label(event.labels, "kind", message.kind);
        std::sort(event.labels.begin(), event.labels.end());
    }
    if (line.level)
        event.severity = std::max(event.severity, severityOfLevel(*line.level));
    m_out.event(std::move(event));
}

} // namespace hindcast::parse
