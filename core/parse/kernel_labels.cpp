#include "parse/kernel_labels.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <optional>
#include <string>

namespace hindcast::parse::kernel_labels {
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

} // namespace

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
    const auto rest = after(text, "INFO: task ").value_or(text);
    const auto end = std::min({rest.find(" blocked for more than "), rest.find(" blocked in I/O wait for more than "),
        rest.find(" can't die for more than ")});
    labelNameAndPid(labels, rest.substr(0, end));
    label(labels, "seconds", leadingDigits(after(text, " for more than ").value_or("")));
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
    for (const string_view mark : {"LOCKUP on cpu ", "CPU "}) // x86; powerpc
        if (const auto cpu = after(text, mark)) {
            label(labels, "cpu", leadingDigits(*cpu));
            return;
        }
}

void readDevice(string_view text, Labels& labels)
{
    for (const string_view mark : {"(device ", "I/O error on ", "dev ", "device ", "XFS (", "EXT4-fs (", "EXT3-fs (",
             "FAT-fs (", "file data on "})
        if (auto rest = after(text, mark)) {
            for (const string_view word : {"device ", "dev "}) // "Buffer I/O error on dev sda1"
                if (rest->starts_with(word))
                    rest->remove_prefix(word.size());
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
    auto place = std::min({text.find("NIC Link is"), text.find("NIC Copper Link is"), text.find("NIC SerDes Link is"),
        text.find("Link is "), text.find("link is "), text.find("link up"), text.find("link down"),
        text.find("Link up"), text.find("Link Up"), text.find("Link down"), text.find("Link Down"),
        text.find("link becomes ready")});
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

/// "java: page allocation stalls for 10010ms, order:0, …"; 4.10 to 4.14
void readAllocationStall(string_view text, Labels& labels)
{
    label(labels, "comm", before(text, ": page allocation stalls"));
    label(labels, "order", leadingDigits(after(text, "order:").value_or("")));
}

/// "e1000e 0000:00:19.0 eth0: Detected Hardware Unit Hang:", "eth0: Reset adapter unexpectedly"
void readNicHang(string_view text, Labels& labels)
{
    const auto place = std::min(text.find("etected "), text.find("Reset adapter"));
    auto head = text.substr(0, place);
    head = trimmed(head.substr(0, head.rfind(':')));
    label(labels, "device", head.substr(head.rfind(' ') + 1));
}

/// "cgroup: fork rejected by pids controller in /system.slice/x.service"
void readPidsLimit(string_view text, Labels& labels)
{
    label(labels, "cgroup", trimmed(after(text, "pids controller in ").value_or("")));
}

/// "sd 0:0:9:0: [sdk] tag#915 FAILED Result: …", "[sdb] Sense Key : Medium Error [current]"
void readScsiDisk(string_view text, Labels& labels)
{
    const auto rest = after(text, ": [");
    if (rest)
        label(labels, "device", before(*rest, "]"));
}

/// "nfs: server filer1 not responding, still trying"
void readServer(string_view text, Labels& labels)
{
    for (const string_view mark : {"server ", "Server "})
        if (auto rest = after(text, mark)) {
            label(labels, "server", nextField(*rest));
            return;
        }
}

/// "md/raid1:md0: Disk failure on sdb1, disabling device."
void readRaidDisk(string_view text, Labels& labels)
{
    label(labels, "device", deviceName(after(text, "failure on ").value_or("")));
}

/// "device-mapper: multipath: Failing path 8:16."
void readPath(string_view text, Labels& labels)
{
    auto path = trimmed(after(text, "Failing path ").value_or(""));
    if (path.ends_with('.'))
        path.remove_suffix(1);
    label(labels, "path", path);
}

/// "TCP: Peer 198.51.100.7:51234/80 unexpectedly shrunk window …"
void readPeer(string_view text, Labels& labels)
{
    auto rest = after(text, "Peer ").value_or("");
    label(labels, "peer", nextField(rest));
}

/// "net_ratelimit: 123 callbacks suppressed": at least as many messages are not in the log.
void readSuppressed(string_view text, Labels& labels)
{
    const auto head = trimmed(before(text, " callbacks suppressed"));
    label(labels, "count", leadingDigits(head.substr(head.rfind(' ') + 1)));
}

/// "irq 16: nobody cared"
void readInterrupt(string_view text, Labels& labels)
{
    label(labels, "irq", leadingDigits(after(text, "irq ").value_or("")));
}

/// "bond0: (slave eth1): making interface the new active one", "bonding: bond0: making interface eth1 the new …"
void readNewActive(string_view text, Labels& labels)
{
    for (const string_view mark : {"(slave ", "making interface "})
        if (const auto rest = after(text, mark)) {
            label(labels, "device", deviceName(*rest));
            return;
        }
}

/// "Killing ledgerd:4121 due to hardware memory corruption"
void readPoisoned(string_view text, Labels& labels)
{
    const auto task = after(text, "Killing ").value_or("");
    labelNameAndPid(labels, before(task, " due to"));
}

/// "oom_reaper: reaped process 2526 (java), now anon-rss:0kB, …"
void readReaped(string_view text, Labels& labels)
{
    const auto rest = after(text, "reaped process ").value_or("");
    label(labels, "pid", leadingDigits(rest));
    label(labels, "comm", before(after(rest, "(").value_or(""), "), now"));
}

} // namespace hindcast::parse::kernel_labels
