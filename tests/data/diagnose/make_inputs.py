#!/usr/bin/env python3
"""Writes the inputs of tests/data/diagnose/<rule>/<case>/input: small captures in the loose form of capture/FORMAT.md.

Everything in them is made up. Counters are the sums of the rates given here, so that a case reads as what happened:
seconds of quiet, seconds of fault. Run it in this folder after a change and look at the difference before committing.
"""
import json
import pathlib
import shutil
import struct
import zlib

START = 1_772_452_800  # 2026-03-02T12:00:00Z
HERE = pathlib.Path(__file__).resolve().parent


class Case:
    def __init__(self, path, **manifest):
        self.folder = HERE / path / "input"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.blocks = {}
        host = {"clock_ticks": 100, "page_size": 4096, "cpus": 2, "boot_id": "11111111-2222-4333-8444-555555555555",
                "boot_time_s": START - 86400}
        host.update(manifest)
        (self.folder / "manifest.json").write_text(json.dumps({k: v for k, v in host.items() if v is not None}, indent=1) + "\n")

    def block(self, path, second, text, errno=0):
        stamp = int((START + second) * 1_000_000_000)
        length = 0 if errno else "-"
        self.blocks.setdefault(path, []).append(f"== {path} {stamp} 20 {errno} {length}\n" + (text if errno == 0 else "\n"))

    def file(self, name, text):
        (self.folder / name).write_text(text)

    def write(self):
        for path, blocks in self.blocks.items():
            target = self.folder / "samples" / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("".join(blocks))


def steps(*parts):
    """[(seconds, value), …] -> one value per second; the first sample is at second 0, before the first value."""
    return [value for seconds, value in parts for _ in range(seconds)]


def cpu(case, busy, queue, blocked=0, iowait=0, per_cpu=None):
    """/proc/stat of two CPUs: percent busy (of both) and the run queue, one value per second."""
    totals = [[0, 0, 0], [0, 0, 0]]  # user, idle, iowait; ticks of 1/100 s
    for second in range(len(busy) + 1):
        if second:
            shares = per_cpu[second - 1] if per_cpu else (busy[second - 1], busy[second - 1])
            for total, share in zip(totals, shares):
                waiting = iowait[second - 1] if isinstance(iowait, list) else iowait
                total[0] += round(share)
                total[1] += round(100 - share - waiting)
                total[2] += round(waiting)
        at = max(second - 1, 0)
        lines = []
        for name, (user, idle, wait) in [("cpu ", [a + b for a, b in zip(*totals)]), ("cpu0", totals[0]), ("cpu1", totals[1])]:
            lines.append(f"{name} {1000 + user} 0 0 {90000 + idle} {wait} 0 0 0 0 0")
        waiting_tasks = blocked[at] if isinstance(blocked, list) else blocked
        lines += ["ctxt 1000", f"btime {START - 86400}", "processes 400", f"procs_running {queue[at]}", f"procs_blocked {waiting_tasks}"]
        case.block("/proc/stat", second, "\n".join(lines) + "\n")


def pressure(case, what, some, full=None):
    total = [0, 0]
    for second in range(len(some) + 1):
        if second:
            total[0] += round(some[second - 1] * 10_000)
            total[1] += round((full[second - 1] if full else 0) * 10_000)
        case.block(f"/proc/pressure/{what}", second,
                   f"some avg10=0.00 avg60=0.00 avg300=0.00 total={total[0]}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total={total[1]}\n")


def load(case, values):
    for second, value in enumerate(values):
        case.block("/proc/loadavg", second, f"{value:.2f} 0.40 0.30 1/120 4300\n")


def disks(case, devices, seconds):
    """{name: [(seconds, requests/s, await s)]}: reads of 4 KiB; the queue follows (Little's law)."""
    state = {name: [0, 0.0, 0.0] for name in devices}
    rows = {name: [(rate, wait) for length, rate, wait in parts for _ in range(length)] for name, parts in devices.items()}
    for second in range(seconds + 1):
        lines = []
        for number, name in enumerate(devices):
            total = state[name]
            if second:
                rate, wait = rows[name][second - 1]
                total[0] += rate
                total[1] += rate * wait * 1000
                total[2] += min(1000, rate * wait * 1000)
            lines.append(f"   8 {number * 16:7d} {name} {total[0]} 0 {total[0] * 8} {round(total[1])} 0 0 0 0 0 {round(total[2])} {round(total[1])}")
        case.block("/proc/diskstats", second, "\n".join(lines) + "\n")


def memory(case, available_percent, swap_free_percent=100, total_kb=8_000_000):
    for second, share in enumerate(available_percent):
        case.block("/proc/meminfo", second,
                   f"MemTotal:       {total_kb} kB\nMemFree:        {round(total_kb * share / 200)} kB\n"
                   f"MemAvailable:   {round(total_kb * share / 100)} kB\nBuffers:           1000 kB\nCached:           20000 kB\n"
                   f"SwapTotal:      2000000 kB\nSwapFree:       {2_000_000 * swap_free_percent // 100} kB\n")


def vmstat_counters(case, swap_in, swap_out, kills=None):
    """/proc/vmstat: MiB per second in and out of swap (pages of 4 KiB), and kills. Every page that is read is a major fault."""
    pages_in = pages_out = killed = 0
    for second in range(len(swap_in) + 1):
        if second:
            pages_in += round(swap_in[second - 1] * 256)
            pages_out += round(swap_out[second - 1] * 256)
            killed += kills[second - 1] if kills else 0
        case.block("/proc/vmstat", second, f"pswpin {pages_in}\npswpout {pages_out}\npgfault 1000\npgmajfault {pages_in}\noom_kill {killed}\n")


def process(case, pid, command, cpu_percent, seconds, state="R", threads=1, resident_mb=20, ppid=1):
    """Every tick of one process; `cpu_percent` of one CPU. `state` and `cpu_percent` may be lists."""
    ticks = 0.0
    for second in range(seconds + 1):
        share = cpu_percent[max(second - 1, 0)] if isinstance(cpu_percent, list) else cpu_percent
        letter = state[max(second - 1, 0)] if isinstance(state, list) else state
        if second:
            ticks += share
        fields = [pid, f"({command})", letter, ppid, pid, pid, 0, -1, 4194304, 100, 0, 0, 0, round(ticks), 0, 0, 0, 20, 0, threads, 0,
                  5000, 100_000_000, resident_mb * 256] + [0] * 28
        case.block("/proc/[pid]/stat", second, "")
        case.blocks["/proc/[pid]/stat"][-1] = (f"== /proc/{pid}/stat {(START + second) * 1_000_000_000} 20 0 -\n"
                                               + " ".join(map(str, fields)) + "\n")


def in_time_order(case):
    """Blocks of several processes, tick by tick."""
    blocks = case.blocks.get("/proc/[pid]/stat", [])
    blocks.sort(key=lambda block: int(block.split()[2]))


def protocol(case, counters, seconds):
    """/proc/net/snmp and netstat. {name: per second, or a list}; connections and segments as the kernel counts them."""
    total = {name: 0 for name in counters}
    for second in range(seconds + 1):
        if second:
            for name, rate in counters.items():
                total[name] += rate[second - 1] if isinstance(rate, list) else rate
        get = lambda name: total.get(name, 0)
        case.block("/proc/net/snmp", second,
                   "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors\n"
                   f"Tcp: 1 200 120000 -1 {get('ActiveOpens')} {get('PassiveOpens')} 0 0 4 {get('InSegs')} {get('OutSegs')} {get('RetransSegs')} 0 0 0\n")
        names = ["SyncookiesSent", "SyncookiesRecv", "ListenOverflows", "ListenDrops", "TCPReqQFullDoCookies", "TCPReqQFullDrop",
                 "TCPTimeouts", "TCPLossProbes", "TCPFastRetrans", "TCPSynRetrans", "TCPOrigDataSent", "TCPSpuriousRTOs"]
        case.block("/proc/net/netstat", second, "TcpExt: " + " ".join(names) + "\nTcpExt: " + " ".join(str(get(name)) for name in names) + "\n")


SOCKET_FIELDS = "# proto state local remote rqueue wqueue timer expires_ms retransmits uid inode cookie rtt_us rttvar_us cwnd unacked lost total_retrans bytes_acked bytes_received\n"


def sockets(case, second, rows, timeouts=0):
    """rows: (state, local, remote, receive queue, send queue); timeouts: of each, in a row"""
    text = SOCKET_FIELDS
    for state, local, remote, receive, send in rows:
        cookie = zlib.crc32(f"{local} {remote}".encode())
        text += f"tcp {state} {local} {remote} {receive} {send} {1 if timeouts else 0} - {timeouts} 1000 {cookie % 100000} {cookie} - - - - - - - -\n"
    case.block("hindcast/sockets", second, text)


def filesystems(case, second, rows):
    text = "# device mount type size_bytes free_bytes available_bytes inodes inodes_free\n"
    for row in rows:
        text += " ".join(map(str, row)) + "\n"
    case.block("hindcast/filesystems", second, text)


def kernel_log(case, rows, errno=0):
    """rows: (second, message)"""
    if errno:
        case.block("/dev/kmsg", 0, "", errno)
        return
    text = "".join(f"6,{100 + i},{round((86400 + second) * 1_000_000)},-;{message}\n" for i, (second, message) in enumerate(rows))
    case.block("/dev/kmsg", 0, text)


def vmstat_text(rows):
    """rows: (r, b, si, so, bi, bo, us, sy, id, wa), one second apart; the first stands for the time since boot."""
    lines = ["procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----",
             " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st"]
    for r, b, si, so, bi, bo, us, sy, idle, wa in rows:
        lines.append(f"{r:2d} {b:2d}      0 800000  20000 400000 {si:4d} {so:4d} {bi:5d} {bo:5d}  300  500 {us:2d} {sy:2d} {idle:2d} {wa:2d}  0")
    return "\n".join(lines) + "\n"


QUIET_ROW = (1, 0, 0, 0, 2, 4, 2, 1, 96, 1)


def bare(path, name, text):
    folder = HERE / path / "input"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / name).write_text(text)


def packet_file(path, name, packets):
    """A pcap file (draft-ietf-opsawg-pcap) of IPv4 packets: (second, protocol, what is behind the IP header)."""
    folder = HERE / path / "input"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    data = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    for second, number, payload in packets:
        frame = (bytes.fromhex("020000000002" "020000000001" "0800")
                 + struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, number, 0, bytes((10, 0, 0, 5)), bytes((10, 0, 0, 9)))
                 + payload)
        data += struct.pack("<IIII", START + second, 0, len(frame), len(frame)) + frame
    (folder / name).write_bytes(data)


def only_memory(path):
    """A capture that answers nothing but questions about memory."""
    case = Case(path)
    memory(case, [60] * 30)
    case.write()


def only_cpu(path, **manifest):
    case = Case(path, **manifest)
    cpu(case, [10] * 30, [1] * 30)
    case.write()


# CPU -------------------------------------------------------------------------------------------------------------------
def cpu_saturation():
    case = Case("cpu-saturation/found")
    cpu(case, steps((10, 5), (50, 100), (10, 5)), steps((10, 1), (50, 9), (10, 1)))
    pressure(case, "cpu", steps((10, 0), (50, 85), (10, 0)))
    for pid in (300, 301, 302, 303, 304, 305):
        process(case, pid, "grinder", steps((10, 0), (50, 33), (10, 0)), 70)
    process(case, 310, "clerk", 1, 70, "S")
    in_time_order(case)
    case.write()
    bare("cpu-saturation/found_vmstat_alone", "vmstat.txt", vmstat_text([QUIET_ROW] * 8 + [(12, 0, 0, 0, 2, 4, 95, 5, 0, 0)] * 40))
    case = Case("cpu-saturation/clear_busy_without_queue")
    cpu(case, [100] * 60, [3] * 60)
    case.write()
    case = Case("cpu-saturation/clear_bursts")
    cpu(case, ([100] + [5] * 4) * 14, ([30] + [1] * 4) * 14)
    case.write()
    case = Case("cpu-saturation/clear_queue_at_whole_seconds_only")  # whoever reads it wakes together with many others
    cpu(case, [100] * 60, [6] * 60)
    pressure(case, "cpu", [15] * 60)
    case.write()
    case = Case("cpu-saturation/found_short_capture")  # as long as is asked for: no less sure
    cpu(case, steps((3, 5), (15, 100)), steps((3, 1), (15, 9)))
    pressure(case, "cpu", steps((3, 0), (15, 85)))
    case.write()
    case = Case("cpu-saturation/clear_beyond_for_a_while")
    cpu(case, steps((5, 5), (6, 100), (9, 5)), steps((5, 1), (6, 11), (9, 1)))
    pressure(case, "cpu", steps((5, 0), (6, 100), (9, 0)))
    case.write()
    case = Case("cpu-saturation/not_evaluable_too_short")
    cpu(case, [99] * 4, [3] * 4)
    case.write()
    only_memory("cpu-saturation/not_evaluable")
    bare("cpu-saturation/not_evaluable_unknown_cpus", "vmstat.txt", vmstat_text([QUIET_ROW] * 8 + [(7, 0, 0, 0, 2, 4, 95, 5, 0, 0)] * 40))
    bare("cpu-saturation/clear_unknown_cpus", "vmstat.txt", vmstat_text([QUIET_ROW] * 8 + [(2, 0, 0, 0, 2, 4, 95, 5, 0, 0)] * 40))


def cpu_single_core_limit():
    case = Case("cpu-single-core-limit/found")
    cpu(case, [52] * 80, [2] * 80, per_cpu=[(100, 4)] * 80)
    process(case, 300, "abacus", 98, 80)
    process(case, 310, "clerk", 2, 80, "S")
    in_time_order(case)
    case.write()
    case = Case("cpu-single-core-limit/found_beside_a_slow_disk")  # tasks stall for the disk, none for the thread
    cpu(case, [52] * 80, [2] * 80, per_cpu=[(100, 4)] * 80)
    process(case, 300, "abacus", 98, 80)
    disks(case, {"sda": [(10, 2, 0.0005), (70, 100, 0.080)]}, 80)
    pressure(case, "io", steps((10, 0), (70, 60)), steps((10, 0), (70, 30)))
    case.write()
    case = Case("cpu-single-core-limit/found_by_cpu_rows")
    cpu(case, [52] * 80, [2] * 80, per_cpu=[(100, 4)] * 80)
    case.write()
    case = Case("cpu-single-core-limit/clear")
    cpu(case, [40] * 60, [2] * 60)
    process(case, 300, "abacus", 40, 60)
    process(case, 310, "clerk", 40, 60)
    in_time_order(case)
    case.write()
    case = Case("cpu-single-core-limit/not_evaluable_wandering")  # one CPU's work, on both by turns, and no process is recorded
    cpu(case, [51] * 60, [2] * 60)
    case.write()
    only_memory("cpu-single-core-limit/not_evaluable")


def load_without_cpu():
    case = Case("load-without-cpu/found")
    cpu(case, [5] * 300, [1] * 300, blocked=0)
    load(case, [12.0] * 301)
    case.write()
    case = Case("load-without-cpu/found_short_by_its_rise")
    cpu(case, [5] * 40, [1] * 40, blocked=8)
    values, now = [], 0.0
    for second in range(41):
        if second % 5 == 0 and second:
            now = now * 0.92 + 8 * 0.08
        values.append(now)
    load(case, values)
    case.write()
    case = Case("load-without-cpu/found_because_of_a_disk")  # idle at first; the disk is slow from second 8 on
    cpu(case, [5] * 48, [1] * 48, blocked=steps((8, 0), (40, 8)))
    disks(case, {"sda": [(8, 2, 0.0005), (40, 100, 0.080)]}, 48)
    values, now = [], 0.3
    for second in range(49):
        if second % 5 == 0 and second:
            now = now * 0.92 + (8 * 0.08 if second > 8 else 0)
        values.append(now)
    load(case, values)
    case.write()
    case = Case("load-without-cpu/clear")
    cpu(case, [50] * 60, [2] * 60)
    load(case, [1.2] * 61)
    case.write()
    case = Case("load-without-cpu/clear_left_over_of_a_peak")  # before the capture; what runs now has its CPU
    cpu(case, [55] * 42, [2] * 42)
    load(case, [4.34] + [round(4.08 * 0.94 ** (second // 5), 2) for second in range(42)])
    case.write()
    only_memory("load-without-cpu/not_evaluable")


# Memory ----------------------------------------------------------------------------------------------------------------
def mem_available_low():
    case = Case("mem-available-low/found")
    memory(case, steps((30, 40), (60, 7)))
    process(case, 300, "hoarder", 5, 89, "S", resident_mb=5000)
    case.write()
    case = Case("mem-available-low/found_serious")
    memory(case, steps((30, 40), (60, 3)))
    case.write()
    case = Case("mem-available-low/clear")
    memory(case, [12] * 90)
    case.write()
    case = Case("mem-available-low/clear_low_for_a_while")
    memory(case, steps((40, 40), (12, 7), (40, 40)))
    case.write()
    heading = "               total        used        free      shared  buff/cache   available\n"
    for name, available in (("found_free_alone", 500_000), ("clear_free_alone", 5_000_000)):
        bare(f"mem-available-low/{name}", "free.txt",
             heading + f"Mem:         8000000     2000000      400000       20000     1000000     {available}\n"
             "Swap:        2000000           0     2000000\n")
    only_cpu("mem-available-low/not_evaluable")


def mem_oom_kills():
    host = [(40, "grower invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0"),
            (40, "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=grower,pid=300,uid=1000"),
            (40, "Out of memory: Killed process 300 (grower) total-vm:9000000kB, anon-rss:7400000kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:15000kB oom_score_adj:0")]
    group = [(40, "worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"),
             (40, "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/bakery,task_memcg=/bakery,task=worker,pid=320,uid=1000"),
             (40, "Memory cgroup out of memory: Killed process 320 (worker) total-vm:333316kB, anon-rss:172928kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:500kB oom_score_adj:0")]
    for rule, log, available in (("mem-oom-kill-host", host, 40), ("mem-oom-kill-cgroup", group, 80)):
        case = Case(rule + "/found")
        memory(case, [available] * 70)
        kernel_log(case, log)
        case.write()
        case = Case(rule + "/clear")
        memory(case, [60] * 70)
        kernel_log(case, [(10, "eth7: renamed from veth1")])
        case.write()
        case = Case(rule + "/not_evaluable")
        memory(case, [60] * 70)
        kernel_log(case, [], errno=1)
        case.write()
        case = Case(rule + "/not_evaluable_log_without_dates", boot_time_s=None)  # hours or weeks ago
        memory(case, [60] * 70)
        case.file("dmesg.txt", "".join(f"[{second + 5000}.000000] {text}\n" for second, text in log))
        case.write()
    case = Case("mem-oom-kill-host/found_by_counter")
    memory(case, [3] * 70)
    vmstat_counters(case, [0] * 69, [0] * 69, kills=steps((40, 0), (1, 1), (28, 0)))
    kernel_log(case, [], errno=1)
    case.write()
    case = Case("mem-oom-kill-cgroup/found_by_counter")
    memory(case, [80] * 70)
    vmstat_counters(case, [0] * 69, [0] * 69, kills=steps((40, 0), (1, 1), (28, 0)))
    case.write()
    case = Case("mem-oom-kill-cgroup/clear_just_before")
    memory(case, [80] * 70)
    kernel_log(case, [(second - 70, text) for second, text in group])
    case.write()
    case = Case("mem-oom-kill-host/clear_yesterday")
    memory(case, [60] * 70)
    kernel_log(case, [(second - 50000, text) for second, text in host])
    case.write()


def swap_thrashing():
    case = Case("swap-thrashing/found_with_kills_at_the_limit")  # the cgroup's swap has a limit too
    memory(case, [80] * 71)
    vmstat_counters(case, steps((10, 0), (50, 40), (10, 0)), steps((10, 0), (50, 30), (10, 0)), kills=steps((40, 0), (1, 1), (29, 0)))
    kernel_log(case, [(40, "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/bakery,task_memcg=/bakery,task=worker,pid=320,uid=1000"),
                      (40, "Memory cgroup out of memory: Killed process 320 (worker) total-vm:333316kB, anon-rss:172928kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:500kB oom_score_adj:0")])
    case.write()
    case = Case("swap-thrashing/found")
    memory(case, [30] * 71)
    vmstat_counters(case, steps((10, 0), (60, 40)), steps((10, 0), (60, 30)))
    case.write()
    bare("swap-thrashing/found_vmstat_alone", "vmstat.txt",
         vmstat_text([QUIET_ROW] * 8 + [(1, 2, 20000, 15000, 20000, 15000, 10, 20, 30, 40)] * 40))
    bare("swap-thrashing/clear_first_row_since_boot", "vmstat.txt", vmstat_text([(1, 0, 1078, 792, 2, 4, 2, 1, 96, 1)] + [QUIET_ROW] * 30))
    case = Case("swap-thrashing/clear")
    vmstat_counters(case, [0] * 60, [0] * 60)
    case.write()
    only_cpu("swap-thrashing/not_evaluable")


# Disks and file systems ------------------------------------------------------------------------------------------------
def disk_saturation():
    case = Case("disk-saturation/found_slow_loop")
    disks(case, {"vda": [(80, 30, 0.0004)], "loop0": [(10, 2, 0.0005), (60, 100, 0.0018), (10, 2, 0.0005)],
                 "loop1": [(10, 2, 0.0008), (60, 100, 0.080), (10, 2, 0.0008)]}, 80)
    cpu(case, [5] * 80, [1] * 80, blocked=steps((10, 0), (60, 8), (10, 0)), iowait=steps((10, 0), (60, 40), (10, 0)))
    pressure(case, "io", steps((10, 0), (60, 63), (10, 0)), steps((10, 0), (60, 33), (10, 0)))
    for pid in range(300, 308):
        process(case, pid, "reader", 0, 80, steps((10, "S"), (60, "D"), (10, "S")))
    in_time_order(case)
    case.write()
    case = Case("disk-saturation/found_lower_layer_blamed")
    disks(case, {"sda": [(10, 20, 0.001), (60, 200, 0.060), (10, 20, 0.001)], "dm-0": [(10, 20, 0.001), (60, 200, 0.061), (10, 20, 0.001)]}, 80)
    case.write()
    bare("disk-saturation/found_vmstat_alone", "vmstat.txt",
         vmstat_text([QUIET_ROW] * 8 + [(1, 8, 0, 0, 400, 2, 5, 5, 40, 50)] * 40))
    case = Case("disk-saturation/found_asynchronous")  # nobody is blocked; single slow requests while it is quiet are no measure
    disks(case, {"vda": [(4, 100, 0.0002), (12, 1, 0.003)] + [(2, 60000, 0.0011), (2, 85000, 0.0011)] * 10 + [(4, 1, 0.003)]}, 60)
    cpu(case, [40] * 60, [2] * 60)
    pressure(case, "io", [0.4] * 60)
    case.write()
    bare("disk-saturation/found_vmstat_reads_level", "vmstat.txt",  # 100 reads of 4 KiB a second, and another disk is written to
         vmstat_text([QUIET_ROW] * 8 + [(1, 8, 0, 0, 400, (0, 4200, 2100, 14000)[i % 4], 5, 5, 40, 50) for i in range(40)]
                     + [(1, 0, 0, 0, 2, 90000, 5, 5, 90, 0)] * 4))
    bare("disk-saturation/not_evaluable_vmstat_alone", "vmstat.txt", vmstat_text([QUIET_ROW] * 8 + [(3, 0, 0, 0, 400000, 2, 5, 35, 60, 0)] * 40))
    case = Case("disk-saturation/clear_fast_and_full")
    disks(case, {"vda": [(60, 15000, 0.00005)]}, 60)
    case.write()
    case = Case("disk-saturation/clear_flush_bursts")
    disks(case, {"vda": [(4, 10, 0.0004), (1, 2000, 0.020)] * 14}, 70)
    case.write()
    def slow_reads(parts, *names):
        return {name: [(10, 2, 0.0005), (60, 100, wait), (10, 2, 0.0005)] for name, wait in zip(names, parts)}
    case = Case("disk-saturation/found_lowest_of_a_stack")  # dm-1 on dm-0 on loop0, and a device that has nothing to do with it
    disks(case, slow_reads((0.080, 0.081, 0.082), "loop0", "dm-0", "dm-1") | {"vda": [(80, 30, 0.0004)]}, 80)
    case.write()
    case = Case("disk-saturation/found_two_that_do_not_rest_on_each_other")  # the disk carries a tenth of what the loop device reads
    disks(case, {"loop3": [(10, 2, 0.0005), (60, 1000, 0.060), (10, 2, 0.0005)], "sda": [(10, 2, 0.0005), (60, 100, 0.080), (10, 2, 0.0005)]}, 80)
    case.write()
    case = Case("disk-saturation/found_beside_busy_cpus")  # no idle CPU, so no I/O wait; the CPU's queue is a second earlier
    disks(case, slow_reads((0.080,), "loop1"), 80)
    cpu(case, steps((9, 5), (61, 100), (10, 5)), steps((9, 1), (61, 8), (10, 1)), blocked=steps((10, 0), (60, 8), (10, 0)))
    pressure(case, "cpu", steps((9, 0), (61, 90), (10, 0)))
    pressure(case, "io", steps((10, 0), (60, 59), (10, 0)))
    for pid in range(300, 308):
        process(case, pid, "reader", 0, 80, steps((10, "S"), (60, "D"), (10, "S")))
    for pid in range(310, 316):
        process(case, pid, "grinder", steps((9, 0), (61, 33), (10, 0)), 80)
    in_time_order(case)
    case.write()
    case = Case("disk-saturation/found_seen_from_a_container")  # eight tasks are blocked, one of them is ours
    disks(case, slow_reads((0.080,), "vdb"), 80)
    cpu(case, [5] * 80, [1] * 80, blocked=steps((10, 0), (60, 8), (10, 0)))
    process(case, 300, "logger", 0, 80, steps((10, "S"), (60, "D"), (10, "S")))
    in_time_order(case)
    case.write()
    case = Case("disk-saturation/clear_slow_for_a_while")
    disks(case, {"vda": [(20, 2, 0.0005), (5, 100, 0.080), (20, 2, 0.0005)]}, 45)
    case.write()
    only_memory("disk-saturation/not_evaluable")


def file_systems():
    gib = 1 << 30
    healthy = ("/dev/vda1", "/", "ext4", 50 * gib, 30 * gib, 28 * gib, 3_000_000, 2_500_000)
    for rule, full, nearly in (
            ("fs-space-full", ("/dev/vdb1", "/srv/ledger", "ext4", 10 * gib, gib // 2, 0, 600_000, 500_000),
             ("/dev/vdb1", "/srv/ledger", "ext4", 100 * gib, 9 * gib, 4 * gib, 600_000, 500_000)),
            ("fs-inodes-exhausted", ("/dev/vdb1", "/srv/mail", "ext4", 10 * gib, 8 * gib, 7 * gib, 600_000, 0),
             ("/dev/vdb1", "/srv/mail", "ext4", 10 * gib, 8 * gib, 7 * gib, 600_000, 40_000))):
        for name, row in (("found_full", full), ("found_nearly", nearly), ("clear", None)):
            case = Case(f"{rule}/{name}")
            for second in (0, 60):
                filesystems(case, second, [healthy] + ([row] if row else []))
            memory(case, [60] * 61)
            case.write()
        case = Case(f"{rule}/not_evaluable_looked_at_once")  # at the beginning; what filled up later was not seen
        filesystems(case, 0, [healthy])
        memory(case, [60] * 61)
        case.write()
        only_memory(f"{rule}/not_evaluable")
    bare("fs-space-full/found_df_alone", "df.txt",
         "Filesystem     1K-blocks     Used Available Use% Mounted on\n/dev/vda1       51475068 18000000  30836956  37% /\n"
         "/dev/vdb1       10218772 10218772         0 100% /srv/ledger\n")
    bare("fs-inodes-exhausted/not_evaluable_dynamic", "df.txt",
         "Filesystem     Inodes IUsed IFree IUse% Mounted on\n/dev/vdb1           0     0     0     - /srv/mail\n")


# TCP -------------------------------------------------------------------------------------------------------------------
def tcp_retransmission_high():
    case = Case("tcp-retransmission-high/found_bulk")
    protocol(case, {"OutSegs": 2000, "InSegs": 1500, "TCPOrigDataSent": 1900, "RetransSegs": steps((10, 0), (60, 20), (10, 0)),
                    "TCPFastRetrans": steps((10, 0), (60, 20), (10, 0))}, 80)
    case.write()
    case = Case("tcp-retransmission-high/found_short_connections")
    protocol(case, {"OutSegs": 200, "InSegs": 200, "TCPOrigDataSent": 40, "ActiveOpens": 40, "RetransSegs": steps((2, 0), (7, 5), (2, 0)),
                    "TCPTimeouts": steps((2, 0), (7, 4), (2, 0)), "TCPSynRetrans": steps((2, 0), (7, 3), (2, 0))}, 11)
    case.write()
    case = Case("tcp-retransmission-high/clear_few_segments")
    protocol(case, {"OutSegs": 20, "InSegs": 20, "TCPOrigDataSent": 5, "ActiveOpens": 1, "RetransSegs": steps((20, 0), (5, 1), (35, 0))}, 60)
    case.write()
    case = Case("tcp-retransmission-high/clear_nobody_answers")
    protocol(case, {"OutSegs": 30, "TCPOrigDataSent": 5, "ActiveOpens": steps((5, 12), (55, 0)), "RetransSegs": steps((5, 10), (20, 10), (35, 0)),
                    "TCPSynRetrans": steps((5, 10), (20, 10), (35, 0)), "TCPTimeouts": steps((5, 10), (20, 10), (35, 0))}, 60)
    case.write()
    case = Case("tcp-retransmission-high/clear_one_destination_silent")  # all SYNs sent again are of five connections
    protocol(case, {"OutSegs": 400, "InSegs": 400, "TCPOrigDataSent": 200, "ActiveOpens": 40, "RetransSegs": 2, "TCPSynRetrans": 2,
                    "TCPTimeouts": 2}, 60)
    for second in range(0, 61, 10):
        sockets(case, second, [("SYN-SENT", f"10.0.0.5:{40000 + i}", "10.0.0.77:443", 0, 1) for i in range(5)], timeouts=2 * second // 5)
    case.write()
    only_cpu("tcp-retransmission-high/not_evaluable")
    case = Case("tcp-retransmission-high/not_evaluable_one_sample")
    protocol(case, {}, 0)
    case.write()
    packet_file("tcp-retransmission-high/not_evaluable_no_tcp", "capture.pcap",
                [(second, 17, struct.pack(">HHHH", 40000, 53, 8 + 12, 0) + bytes(12)) for second in range(30)])
    packet_file("tcp-retransmission-high/not_evaluable_no_data", "capture.pcap",  # a pure acknowledgement a second
                [(second, 6, struct.pack(">HHIIBBHHH", 40000, 443, 1, 1, 0x50, 0x10, 500, 0, 0)) for second in range(30)])


def tcp_accept_queue_overflow():
    full = ("LISTEN", "0.0.0.0:8080", "0.0.0.0:0", 5, 4)
    case = Case("tcp-accept-queue-overflow/found")
    protocol(case, {"OutSegs": 20, "ListenOverflows": steps((10, 0), (20, 30), (30, 0)), "ListenDrops": steps((10, 0), (20, 30), (30, 0))}, 60)
    for second in (0, 10, 20, 30):
        sockets(case, second, [full if second in (20, 30) else ("LISTEN", "0.0.0.0:8080", "0.0.0.0:0", 0, 4)])
    case.write()
    for name, accepted in (("found_standing_still", 0), ("found_late_for_want_of_cpu", 20)):
        case = Case(f"tcp-accept-queue-overflow/{name}")
        protocol(case, {"OutSegs": 20, "PassiveOpens": accepted, "ListenOverflows": steps((10, 0), (40, 30), (10, 0))}, 60)
        cpu(case, steps((8, 5), (44, 100), (8, 5)), steps((8, 1), (44, 6), (8, 1)))
        pressure(case, "cpu", steps((8, 0), (44, 70), (8, 0)))
        case.write()
    case = Case("tcp-accept-queue-overflow/found_by_queue_alone")
    memory(case, [60] * 31)
    for second in (0, 10, 20, 30):
        sockets(case, second, [full])
    case.write()
    case = Case("tcp-accept-queue-overflow/clear")
    protocol(case, {"OutSegs": 20, "ListenDrops": 0}, 60)
    case.write()
    only_cpu("tcp-accept-queue-overflow/not_evaluable")
    for name, waiting in (("found_in_the_only_listing", 129), ("not_evaluable_nearly_full_once", 110), ("clear_once", 3)):
        bare(f"tcp-accept-queue-overflow/{name}", "ss.txt",
             "State      Recv-Q Send-Q Local Address:Port  Peer Address:Port\n"
             f"LISTEN     {waiting:<6d} 128          0.0.0.0:8080       0.0.0.0:*\n"
             "ESTAB      0      0          10.0.0.5:8080      10.0.0.9:40000\n")


def tcp_syn_backlog_flood():
    said = [(12, "TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:8083. Sending cookies.")]
    cookies = steps((10, 0), (20, 400), (30, 0))
    case = Case("tcp-syn-backlog-flood/found")
    protocol(case, {"OutSegs": 20, "TCPReqQFullDoCookies": cookies, "SyncookiesSent": cookies}, 60)
    kernel_log(case, said)
    case.write()
    case = Case("tcp-syn-backlog-flood/found_log_alone")
    memory(case, [60] * 61)
    kernel_log(case, said)
    case.write()
    case = Case("tcp-syn-backlog-flood/found_in_another_namespace")  # the log is the machine's, the counters are not
    protocol(case, {"OutSegs": 20, "TCPReqQFullDoCookies": 0}, 60)
    kernel_log(case, said)
    case.write()
    case = Case("tcp-syn-backlog-flood/clear")
    protocol(case, {"OutSegs": 20}, 60)
    case.write()
    case = Case("tcp-syn-backlog-flood/not_evaluable_silent_log")
    memory(case, [60] * 61)
    kernel_log(case, [(10, "eth7: renamed from veth1")])
    case.write()
    only_cpu("tcp-syn-backlog-flood/not_evaluable")


def tcp_close_wait_leak():
    def waiting(count):
        return [("CLOSE-WAIT", "10.0.0.5:8080", f"10.0.0.9:{40000 + i}", 1, 0) for i in range(count)]
    case = Case("tcp-close-wait-leak/found")
    memory(case, [60] * 121)
    for second in range(0, 121, 10):
        sockets(case, second, [("LISTEN", "0.0.0.0:8080", "0.0.0.0:0", 0, 128)] + waiting(20 + second // 10))
    case.write()
    bare("tcp-close-wait-leak/found_ss_alone", "ss.txt",
         "State      Recv-Q Send-Q Local Address:Port  Peer Address:Port\nLISTEN     0      128          0.0.0.0:8080       0.0.0.0:*\n"
         + "".join(f"CLOSE-WAIT 1      0           10.0.0.5:8080      10.0.0.9:{40000 + i}\n" for i in range(120)))
    case = Case("tcp-close-wait-leak/clear_passing_through")
    memory(case, [60] * 121)
    for second in range(0, 121, 10):
        sockets(case, second, [("CLOSE-WAIT", "10.0.0.5:8080", f"10.0.0.9:{40000 + second * 30 + i}", 1, 0) for i in range(30)])
    case.write()
    only_cpu("tcp-close-wait-leak/not_evaluable")


def tcp_connection_churn():
    for name, waiting in (("found", 6000), ("clear", 300)):
        case = Case(f"tcp-connection-churn/{name}")
        for second in range(31):
            case.block("/proc/net/sockstat", second,
                       f"sockets: used 200\nTCP: inuse 20 orphan 0 tw {waiting} alloc 30 mem 5\nUDP: inuse 2 mem 1\n")
        case.write()
    only_cpu("tcp-connection-churn/not_evaluable")


if __name__ == "__main__":
    cpu_saturation()
    cpu_single_core_limit()
    load_without_cpu()
    mem_available_low()
    mem_oom_kills()
    swap_thrashing()
    disk_saturation()
    file_systems()
    tcp_retransmission_high()
    tcp_accept_queue_overflow()
    tcp_syn_backlog_flood()
    tcp_close_wait_leak()
    tcp_connection_churn()
