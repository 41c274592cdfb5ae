#include "parse/kernel_message.h"

#include "parse/kernel_labels.h"
#include "parse/mark_search.h"

#include <array>
#include <cstdint>

namespace hindcast::parse {
namespace {

using namespace kernel_labels;
using std::string_view;

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

// The wording is that of the kernel's sources, 2.6.18 to 6.18: mm/oom_kill.c, kernel/hung_task.c, kernel/watchdog.c,
// kernel/rcu/tree_stall.h, block/blk-core.c, drivers/ata/libata-eh.c, drivers/nvme/host/pci.c, drivers/scsi/,
// drivers/md/, fs/buffer.c, fs/ext4/super.c, fs/xfs/xfs_log.c, net/ipv4/tcp_input.c, arch/x86/mm/fault.c,
// arch/x86/kernel/cpu/mce/, net/netfilter/nf_conntrack_core.c, net/core/neighbour.c, net/sched/sch_generic.c.
constexpr std::array patterns{
    // Memory
    Pattern{"Memory cgroup out of memory", "Killed process ", "oom-kill-cgroup", Severity::Error, readKill, atStart},
    Pattern{"Out of memory", "Killed process ", "oom-kill", Severity::Error, readKill, atStart},
    Pattern{"Killed process ", "total-vm:", "oom-kill", Severity::Error, readKill, atStart}, // before 5.0
    Pattern{"Killed process ", "vsz:", "oom-kill", Severity::Error, readKill, atStart}, // before 2.6.39
    Pattern{"oom_reaper: reaped process ", "", "oom-reaped", Severity::Info, readReaped, atStart},
    Pattern{"oom-kill:constraint=", "", "oom-context", Severity::Info, readNothing, atStart},
    Pattern{" killed as a result of limit of ", "", "oom-context", Severity::Info}, // before 4.19
    Pattern{"emory cgroup out of memory: Kill process ", "", "oom-context", Severity::Info}, // before 5.0
    Pattern{" invoked oom-killer", "", "oom-invoked", Severity::Warning, readOomInvoker},
    Pattern{"out of memory and no killable processes", "", "oom-no-victim", Severity::Error},
    Pattern{": page allocation failure", "", "page-allocation-failure", Severity::Warning, readAllocationFailure},
    Pattern{": page allocation stalls for ", "", "page-allocation-stall", Severity::Warning, readAllocationStall},
    Pattern{"Unable to allocate memory on node", "", "page-allocation-failure", Severity::Warning},
    Pattern{"possible memory allocation deadlock", "", "page-allocation-failure", Severity::Warning},
    Pattern{"vmap allocation for size ", " failed", "vmalloc-failure", Severity::Warning},
    Pattern{"fork rejected by pids controller in ", "", "pids-limit", Severity::Error, readPidsLimit},
    Pattern{"VFS: file-max limit ", " reached", "file-limit", Severity::Error},
    // Tasks and CPUs that stand still
    Pattern{"INFO: task ", " for more than ", "hung-task", Severity::Error, readHungTask}, // blocked, can't die, …
    Pattern{
        " blocked for more than ", " seconds.", "hung-task", Severity::Error, readHungTask}, // a name with a newline
    Pattern{"Future hung task reports are suppressed", "", "hung-task-suppressed", Severity::Warning},
    Pattern{"soft lockup", "CPU#", "soft-lockup", Severity::Error, readSoftLockup},
    Pattern{"ard LOCKUP", "", "hard-lockup", Severity::Error, readHardLockup},
    Pattern{"BUG: workqueue lockup", "", "workqueue-lockup", Severity::Error},
    Pattern{"BUG: spinlock lockup", "", "spinlock-lockup", Severity::Error},
    Pattern{"rcu", "detected stall", "rcu-stall", Severity::Error},
    Pattern{"rcu", "detected expedited stall", "rcu-stall", Severity::Error},
    Pattern{"rcu", "kthread starved", "rcu-stall", Severity::Error},
    Pattern{"INFO: RCU detected CPU ", "stall", "rcu-stall", Severity::Error}, // before 2.6.33
    Pattern{"RT throttling activated", "", "rt-throttling", Severity::Warning},
    Pattern{"Marking clocksource", "unstable", "clocksource-unstable", Severity::Warning},
    Pattern{"Clocksource ", " unstable", "clocksource-unstable", Severity::Warning}, // before 3.17
    Pattern{"Marking TSC unstable", "", "clocksource-unstable", Severity::Warning},
    Pattern{"perf: interrupt took too long", "", "perf-slow", Severity::Info},
    Pattern{"perf samples too long", "", "perf-slow", Severity::Info},
    Pattern{"hrtimer: interrupt took ", "", "timer-slow", Severity::Info},
    Pattern{"NMI handler ", " took too long", "nmi-slow", Severity::Info},
    // Block devices: what probes a device's abilities, and media that come and go, are no failures of a disk
    Pattern{"I/O error, dev", "(DISCARD)", "unsupported-request", Severity::Info, readDevice},
    Pattern{"I/O error, dev", "(WRITE_ZEROES)", "unsupported-request", Severity::Info, readDevice},
    Pattern{"I/O error, dev fd", "", "removable-io-error", Severity::Info, readDevice},
    Pattern{"I/O error, dev sr", "", "removable-io-error", Severity::Info, readDevice},
    Pattern{"Buffer I/O error on dev", " fd0", "removable-io-error", Severity::Info, readDevice},
    Pattern{"Buffer I/O error on dev", " sr0", "removable-io-error", Severity::Info, readDevice},
    Pattern{"XFS (", "I/O error", "io-error", Severity::Error, readDevice},
    Pattern{"I/O error, dev", "", "io-error", Severity::Error, readDevice},
    Pattern{"Buffer I/O error on dev", "", "io-error", Severity::Error, readDevice},
    Pattern{"error, dev ", ", sector ", "io-error", Severity::Error, readDevice}, // critical medium, target, nexus, …
    Pattern{"critical space allocation error, dev", "", "io-error", Severity::Error, readDevice},
    Pattern{"end_request: ", "error, dev", "io-error", Severity::Error, readDevice},
    Pattern{"lost page write due to I/O error on ", "", "io-error", Severity::Error, readDevice},
    Pattern{"Detected IO errors while flushing file data", "", "io-error", Severity::Error, readDevice},
    Pattern{": writeback error on inode", "", "io-error", Severity::Error, readLeadingDevice},
    Pattern{"rite-error on swap-device", "", "io-error", Severity::Error},
    Pattern{"ead-error on swap-device", "", "io-error", Severity::Error},
    Pattern{"Sense Key : Medium Error", "", "io-error", Severity::Error, readScsiDisk},
    Pattern{"Sense Key : Hardware Error", "", "io-error", Severity::Error, readScsiDisk},
    Pattern{" FAILED Result: hostbyte=", "", "scsi-error", Severity::Warning, readScsiDisk},
    Pattern{"ata", ": failed command:", "io-error", Severity::Error, readLeadingDevice},
    Pattern{"ata", ": exception Emask", "ata-error", Severity::Error, readLeadingDevice},
    Pattern{"ata", ": SError: {", "ata-error", Severity::Error, readLeadingDevice},
    Pattern{"ata", "resetting link", "ata-reset", Severity::Warning, readLeadingDevice},
    Pattern{"nvme", "I/O Error (sct", "io-error", Severity::Error, readLeadingDevice},
    Pattern{"nvme", " timeout, ", "io-timeout", Severity::Error, readLeadingDevice},
    Pattern{"nvme", "controller is down; will reset", "controller-reset", Severity::Error, readLeadingDevice},
    Pattern{"nvme", ": resetting controller", "controller-reset", Severity::Warning, readLeadingDevice},
    Pattern{"nvme", "Removing after probe failure", "device-offline", Severity::Error, readLeadingDevice},
    Pattern{"timing out command, waited ", "", "io-timeout", Severity::Error, readScsiDisk},
    Pattern{"ttempting task abort", "", "io-timeout", Severity::Warning},
    Pattern{"Abort command issued", "", "io-timeout", Severity::Warning},
    Pattern{"rejecting I/O to ", "device", "device-offline", Severity::Error, readScsiDisk},
    Pattern{"Device offlined", "", "device-offline", Severity::Error, readScsiDisk},
    Pattern{"mmc", "imeout waiting for hardware ", "io-timeout", Severity::Error, readLeadingDevice},
    Pattern{"Disk failure on ", "", "raid-degraded", Severity::Error, readRaidDisk},
    Pattern{"multipath: ", "Failing path ", "path-failed", Severity::Warning, readPath},
    Pattern{"device-mapper: thin: ", "no free ", "thin-pool-full", Severity::Error},
    Pattern{"reached low water mark", "", "thin-pool-low", Severity::Warning},
    // Filesystems
    Pattern{"emounting filesystem read-only", "", "fs-readonly", Severity::Error, readDevice},
    Pattern{"BTRFS", "forced readonly", "fs-readonly", Severity::Error, readDevice},
    Pattern{"EXT", "-fs error (device", "fs-error", Severity::Error, readDevice},
    Pattern{"EXT", "-fs error", "fs-error", Severity::Error, readDevice},
    Pattern{"EXT", "-fs warning (device", "fs-warning", Severity::Warning, readDevice},
    Pattern{"EXT4-fs", "Delayed block allocation failed", "fs-error", Severity::Error, readDevice},
    Pattern{"EXT4-fs (", "error count since last fsck", "fs-warning", Severity::Warning, readDevice},
    Pattern{"FAT-fs (", "error", "fs-error", Severity::Error, readDevice},
    Pattern{"journal commit I/O error", "", "fs-error", Severity::Error},
    Pattern{"Aborting journal on device ", "", "fs-error", Severity::Error, readDevice},
    Pattern{"XFS (", "orruption", "fs-error", Severity::Error, readDevice},
    Pattern{"XFS (", "CRC error", "fs-error", Severity::Error, readDevice},
    Pattern{"XFS (", "nternal error", "fs-error", Severity::Error, readDevice},
    Pattern{"XFS (", "xfs_do_force_shutdown", "fs-error", Severity::Error, readDevice},
    Pattern{"XFS (", "hutting down filesystem", "fs-error", Severity::Error, readDevice},
    Pattern{"XFS (", "ilesystem has been shut down", "fs-error", Severity::Error, readDevice},
    Pattern{"BTRFS", "error (device", "fs-error", Severity::Error, readDevice},
    Pattern{"BTRFS", "critical (device", "fs-error", Severity::Error, readDevice},
    Pattern{"BTRFS", "warning (device", "fs-warning", Severity::Warning, readDevice},
    Pattern{"nfs: server ", "not responding", "nfs-not-responding", Severity::Error, readServer},
    Pattern{"nfs: server ", " OK", "nfs-responding", Severity::Info, readServer},
    Pattern{"CIFS", "has not responded in ", "cifs-not-responding", Severity::Error, readServer},
    // Network
    Pattern{"SYN flooding on port", "", "syn-flood", Severity::Warning, readSynFlood},
    Pattern{"table full, dropping packet", "", "conntrack-full", Severity::Error},
    Pattern{"table full in netns ", "dropping packet", "conntrack-full", Severity::Error},
    Pattern{"neighbor table overflow", "", "neighbour-overflow", Severity::Error},
    Pattern{"eighbour table overflow", "", "neighbour-overflow", Severity::Error},
    Pattern{"dst cache overflow", "", "route-cache-full", Severity::Error},
    Pattern{"Route cache is full", "", "route-cache-full", Severity::Error},
    Pattern{"NETDEV WATCHDOG", "timed out", "transmit-timeout", Severity::Error, readTransmitTimeout},
    Pattern{"etected Tx Unit Hang", "", "transmit-timeout", Severity::Error, readNicHang},
    Pattern{"etected Hardware Unit Hang", "", "transmit-timeout", Severity::Error, readNicHang},
    Pattern{": Reset adapter", "", "nic-reset", Severity::Warning, readNicHang},
    Pattern{"TCP: out of memory", "", "tcp-memory", Severity::Error},
    Pattern{"Out of socket memory", "", "tcp-memory", Severity::Error}, // before 3.4
    Pattern{"TCP: too many orphaned sockets", "", "tcp-orphans", Severity::Warning},
    Pattern{"TCP: too many of orphaned sockets", "", "tcp-orphans", Severity::Warning}, // before 3.4
    Pattern{"time wait bucket table overflow", "", "tcp-timewait-overflow", Severity::Warning},
    Pattern{"unexpectedly shrunk window", "", "tcp-shrunk-window", Severity::Warning, readPeer},
    Pattern{": dropped over-mtu packet", "", "mtu-drop", Severity::Warning, readLeadingDevice},
    Pattern{"unregister_netdevice: waiting for ", "", "netdev-leak", Severity::Warning},
    Pattern{"with own address as source address", "", "network-loop", Severity::Warning},
    Pattern{"martian source ", "", "martian-source", Severity::Info},
    Pattern{" callbacks suppressed", "", "messages-suppressed", Severity::Info, readSuppressed},
    Pattern{"link status definitely down", "", "link-down", Severity::Warning, readLink},
    Pattern{"link status definitely up", "", "link-up", Severity::Info, readLink},
    Pattern{"without any active interface", "", "bond-down", Severity::Error},
    Pattern{": making interface ", "the new active one", "bond-failover", Severity::Warning, readNewActive},
    Pattern{") making interface the new active one", "", "bond-failover", Severity::Warning, readNewActive},
    Pattern{"Link is Down", "", "link-down", Severity::Warning, readLink},
    Pattern{"Link is down", "", "link-down", Severity::Warning, readLink},
    Pattern{"Link is Up", "", "link-up", Severity::Info, readLink},
    Pattern{"Link is up", "", "link-up", Severity::Info, readLink},
    Pattern{"link is not ready", "", "", Severity::Info},
    Pattern{": link down", "", "link-down", Severity::Warning, readLink},
    Pattern{": Link down", "", "link-down", Severity::Warning, readLink},
    Pattern{": Link Down", "", "link-down", Severity::Warning, readLink},
    Pattern{": link up", "", "link-up", Severity::Info, readLink},
    Pattern{": Link up", "", "link-up", Severity::Info, readLink},
    Pattern{": Link Up", "", "link-up", Severity::Info, readLink},
    Pattern{": link becomes ready", "", "link-up", Severity::Info, readLink},
    // Programs that crash
    Pattern{"]: segfault at ", "", "segfault", Severity::Error, readFault},
    Pattern{"traps: ", "] ", "trap", Severity::Error, readFault},
    Pattern{"] general protection ip:", "", "trap", Severity::Error, readFault}, // before 4.18 without "traps:"
    Pattern{"] trap ", " ip:", "trap", Severity::Error, readFault},
    // Hardware
    Pattern{"due to hardware memory corruption", "", "memory-failure", Severity::Error, readPoisoned},
    Pattern{"Memory failure: 0x", "", "memory-failure", Severity::Error},
    Pattern{"achine check", "events logged", "machine-check", Severity::Error},
    Pattern{"Machine Check Exception", "", "machine-check", Severity::Error},
    Pattern{"[Hardware Error]", "", "machine-check", Severity::Error},
    Pattern{"EDAC", " UE ", "machine-check", Severity::Error},
    Pattern{"EDAC", " CE ", "machine-check", Severity::Warning},
    Pattern{"PCIe Bus Error: severity=Uncorrect", "", "pcie-error", Severity::Error},
    Pattern{"PCIe Bus Error: severity=Corrected", "", "pcie-error", Severity::Warning},
    Pattern{"AER: ", "Uncorrected", "pcie-error", Severity::Error},
    Pattern{"AER: ", "Corrected error", "pcie-error", Severity::Warning},
    Pattern{"emperature above threshold", "", "thermal-throttle", Severity::Warning, readThrottledCpu},
    Pattern{"emperature is above threshold", "", "thermal-throttle", Severity::Warning, readThrottledCpu},
    Pattern{"emperature/speed normal", "", "thermal-normal", Severity::Info, readThrottledCpu},
    Pattern{"ritical temperature reached", "", "thermal-critical", Severity::Error},
    Pattern{"power limit notification", "", "power-limit", Severity::Warning, readThrottledCpu},
    Pattern{"NMI received for unknown reason", "", "unknown-nmi", Severity::Error},
    Pattern{": nobody cared", "irq ", "irq-disabled", Severity::Error, readInterrupt},
    // The kernel itself
    Pattern{"Kernel panic - not syncing", "", "kernel-panic", Severity::Error},
    Pattern{"PANIC: ", "", "kernel-panic", Severity::Error},
    Pattern{"BUG: KASAN", "", "kasan", Severity::Error},
    Pattern{"BUG: KFENCE", "", "kfence", Severity::Error},
    Pattern{"BUG: KMSAN", "", "kmsan", Severity::Error},
    Pattern{"BUG: KCSAN", "", "kcsan", Severity::Warning},
    Pattern{"UBSAN: ", "", "ubsan", Severity::Warning},
    Pattern{"BUG: memory leak", "", "memory-leak", Severity::Warning},
    Pattern{"BUG: Dentry", "", "kernel-bug", Severity::Error},
    Pattern{"BUG: Bad page ", "", "kernel-bug", Severity::Error},
    Pattern{"BUG: Bad rss-counter", "", "kernel-bug", Severity::Error},
    Pattern{"BUG: scheduling while atomic", "", "kernel-bug", Severity::Error},
    Pattern{"BUG: spinlock ", "", "kernel-bug", Severity::Error},
    Pattern{"BUG: sleeping function called from invalid context", "", "kernel-warning", Severity::Warning},
    Pattern{"kernel BUG at ", "", "kernel-bug", Severity::Error},
    Pattern{"detected buffer overflow in ", "", "kernel-bug", Severity::Error},
    Pattern{"list_add corruption", "", "kernel-bug", Severity::Error},
    Pattern{"list_del corruption", "", "kernel-bug", Severity::Error},
    Pattern{"nable to handle kernel ", "", "kernel-fault", Severity::Error},
    Pattern{"BUG: unable to handle ", "", "kernel-fault", Severity::Error},
    Pattern{"general protection fault", "", "kernel-fault", Severity::Error},
    Pattern{"BUG: kernel NULL pointer", "", "kernel-fault", Severity::Error},
    Pattern{"kernel tried to execute NX-protected page", "", "kernel-fault", Severity::Error},
    Pattern{"Internal error: ", " [#", "kernel-fault", Severity::Error},
    Pattern{"Oops: ", "", "kernel-fault", Severity::Error},
    Pattern{"divide error: 0000 ", "", "kernel-fault", Severity::Error},
    Pattern{"invalid opcode: 0000 ", "", "kernel-fault", Severity::Error},
    Pattern{"double fault: 0000 ", "", "kernel-fault", Severity::Error},
    Pattern{"stack guard page was hit", "", "kernel-fault", Severity::Error},
    Pattern{"possible circular locking dependency", "", "lock-warning", Severity::Warning},
    Pattern{"possible recursive locking", "", "lock-warning", Severity::Warning},
    Pattern{"possible irq lock inversion", "", "lock-warning", Severity::Warning},
    Pattern{"INFO: possible ", "lock", "lock-warning", Severity::Warning},
    Pattern{"inconsistent lock state", "", "lock-warning", Severity::Warning},
    Pattern{"suspicious RCU usage", "", "rcu-warning", Severity::Warning},
    Pattern{"INFO: suspicious ", "", "lock-warning", Severity::Warning},
    Pattern{"WARNING: ", "CPU: ", "kernel-warning", Severity::Warning},
    Pattern{"WARNING: ", " at ", "kernel-warning", Severity::Warning},
    Pattern{"audit: backlog limit exceeded", "", "audit-backlog", Severity::Warning},
    Pattern{"Linux version ", "", "boot", Severity::Info, readNothing, atStart},
    Pattern{"PM: suspend entry", "", "suspend", Severity::Info, readNothing, atStart},
    Pattern{"PM: suspend exit", "", "resume", Severity::Info, readNothing, atStart},
    Pattern{"reboot: ", "", "shutdown", Severity::Info, readNothing, atStart},
};

MarkSearch searchOfPatterns()
{
    MarkSearch search;
    for (std::size_t row = 0; row < patterns.size(); ++row) {
        const Pattern& pattern = patterns[row];
        search.add(pattern.mark.size() >= MarkSearch::shortest ? pattern.mark : pattern.second, row);
    }
    return search;
}

bool fits(const Pattern& pattern, string_view text)
{
    const bool isInPlace = pattern.place == MarkPlace::Start ? text.starts_with(pattern.mark)
                                                             : text.find(pattern.mark) != string_view::npos;
    return isInPlace && text.find(pattern.second) != string_view::npos;
}

} // namespace

KernelMessage readKernelMessage(string_view text)
{
    static const MarkSearch search = searchOfPatterns();
    KernelMessage message;
    const auto row = search.lowest(text, [text](std::size_t one) { return fits(patterns[one], text); });
    if (!row)
        return message;
    message.kind = patterns[*row].kind;
    message.severity = patterns[*row].severity;
    patterns[*row].read(text, message.labels);
    return message;
}

} // namespace hindcast::parse
