"""The inside of bench_recorder.sh: process 1 of its namespaces. Makes the load, starts the tools, prints the figures."""
import glob
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

mode, recorder, script, group, folder = sys.argv[1:6]
PROCESSES, BUSY, CONNECTIONS = 1000, 100, 10_000
HOLDERS = 20  # processes that own the connections
OURS = "hindcast-record"


def say(text=""):
    print(text, flush=True)


# --- the load --------------------------------------------------------------------------------------------------------

def fork(work):
    """A child that does `work` and dies with us: we are process 1."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return child


def idle(number):
    os.execv(shutil.which("sleep"), [f"worker-{number:04}", "100000"])


def busy(number):
    """Several short turns a second: some arithmetic, memory that comes and goes, a file written."""
    import random
    turns = random.Random(number)
    place = open(os.path.join(folder, f"busy{number}"), "wb", buffering=0)
    while True:
        time.sleep(turns.uniform(0.1, 0.7))
        sum(range(turns.randrange(1000, 8000)))
        held = bytearray(turns.randrange(1 << 12, 1 << 20))
        place.seek(0)
        place.write(held[: turns.randrange(1, 4096)])


def hold_connections(number, count, ready):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 20000 + number))
    listener.listen(1024)
    held = []
    for _ in range(count):
        near = socket.create_connection(("127.0.0.1", 20000 + number))
        far, _ = listener.accept()
        held += [near, far]
    os.write(ready, b"x")
    while True:
        signal.pause()


def make_processes():
    for number in range(PROCESSES - BUSY):
        fork(lambda: idle(number))
    for number in range(BUSY):
        fork(lambda: busy(number))


def make_connections(connections, holders):
    ready, ends = os.pipe()
    for number in range(holders):
        fork(lambda: hold_connections(number + (0 if holders > 1 else 500), connections // holders, ends))
    for _ in range(holders):
        os.read(ready, 1)
    os.close(ready), os.close(ends)


def processes():
    return sum(name.isdigit() for name in os.listdir("/proc"))


# --- measuring -------------------------------------------------------------------------------------------------------

class Group:
    """A control group; what runs in it is charged to it."""

    def __init__(self, name):
        self.path = os.path.join(group, name)
        os.makedirs(self.path, exist_ok=True)

    def cpu_ms(self):
        try:
            with open(self.path + "/cpuacct.usage") as file:
                return int(file.read()) / 1e6
        except FileNotFoundError:
            with open(self.path + "/cpu.stat") as file:
                return int(re.search(r"usage_usec (\d+)", file.read()).group(1)) / 1e3

    def resident_bytes(self):
        total = 0
        for pid in open(self.path + "/cgroup.procs").read().split():
            try:
                total += int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) * 1024
            except (AttributeError, OSError):
                pass  # a child that has just ended
        return total

    def start(self, command, **more):
        def enter():
            with open(self.path + "/cgroup.procs", "w") as file:
                file.write(str(os.getpid()))
            os.setsid()
        return subprocess.Popen(command, preexec_fn=enter, stdin=subprocess.DEVNULL, **more)


def size_of(path):
    """Of a file, or of all files below a folder."""
    if os.path.isdir(path):
        return sum(size_of(os.path.join(path, name)) for name in os.listdir(path))
    return os.stat(path).st_size if os.path.exists(path) else 0


def written(beginning):
    return sum(size_of(path) for path in glob.glob(glob.escape(beginning) + "*"))


class Tool:
    """`command`: with OUT for the file or folder it writes; what has no option for that writes to its standard output."""

    def __init__(self, name, command, records_processes):
        self.name, self.command, self.records_processes = name, command, records_processes
        # Ours looks at each process once in its first samples, and lists the sockets every 10th.
        self.skipped, self.samples = (8, 10) if name.startswith(OURS) else (3, 6)
        self.segment_bytes = 0  # that a sample has on top, for what begins each segment of 60
        self.cpu, self.resident, self.bytes, self.last = [], [], [], None

    def run(self, number):
        """`samples` of one go, after those that are `skipped`: the start is not a sample's cost."""
        out = os.path.join(folder, f"{self.name.split()[0].replace('/', '-')}{number}.{id(self)}")
        command = [word.replace("OUT", out) for word in self.command]
        goes_to_stdout = command == self.command
        place = Group(f"tool{number}-{id(self)}")
        with open(out if goes_to_stdout else os.devnull, "wb") as stdout:
            began = time.monotonic()
            process = place.start(command, stdout=stdout, stderr=subprocess.DEVNULL)
            time.sleep(began + self.skipped - 0.4 - time.monotonic())
            cpu, size = place.cpu_ms(), written(out)
            time.sleep(began + self.skipped - 0.4 + self.samples - time.monotonic())
            if process.poll() is not None:
                say(f"  ({self.name} ended by itself, status {process.returncode}: left out)")
                return
            cpu, size = place.cpu_ms() - cpu, written(out) - size
            self.resident.append(place.resident_bytes())
            for pid in open(place.path + "/cgroup.procs").read().split():
                try:
                    os.kill(int(pid), signal.SIGINT)
                except ProcessLookupError:
                    pass
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.cpu.append(cpu / self.samples)
        if size == 0:  # it writes when it ends
            self.bytes.append(written(out) / (self.samples + self.skipped))
        else:
            self.bytes.append(size / self.samples + self.segment_bytes)
        self.last = out


def tools():
    wanted = [
        (f"{OURS} (ours)", [recorder, "-i", "1", "-o", "OUT.tar.zst", "--quiet"], True),
        ("sadc (no processes)", ["/usr/lib/sysstat/sadc", "-S", "XALL", "1", "OUT"], False),
        ("atop -w", ["atop", "-w", "OUT", "1"], True),
        ("pidstat -urdw", ["pidstat", "-urdw", "1"], True),
        ("top -b", ["top", "-b", "-d", "1", "-w", "200"], True),
        ("collectl -sZcdmn", ["collectl", "-sZcdmn", "-i1:1", "-f", "OUT"], True),
        ("the script", ["sh", script, "-i", "1", "-o", "OUT.tar.zst", "--quiet"], True),
        ("the script, no tools", ["sh", script, "-i", "1", "--no-tools", "-o", "OUT.tar.zst", "--quiet"], True),
    ]
    found = []
    for name, command, records_processes in wanted:
        if shutil.which(command[0]):
            found.append(Tool(name, command, records_processes))
        else:
            say(f"  {name}: not installed, left out")
    return found


def table(found, rounds):
    say(f"  {'':24} {'CPU ms':>8} {'% of':>7} {'RSS':>7} {'bytes per':>10} {'CPU':>7} {'bytes':>7}")
    say(f"  {'':24} {'/sample':>8} {'a core':>7} {'MiB':>7} {'sample':>10} {'x ours':>7} {'x ours':>7}")
    ours = found[0]
    for tool in found:
        if not tool.cpu or not ours.cpu:
            continue
        cpu, resident, size = (statistics.median(values) for values in (tool.cpu, tool.resident, tool.bytes))
        say(f"  {tool.name:24} {cpu:8.1f} {cpu / 10:7.2f} {resident / 2**20:7.1f} {size:10.0f} "
            f"{cpu / statistics.median(ours.cpu):7.2f} {size / max(1, statistics.median(ours.bytes)):7.2f}")
    dearer = [tool.name for tool in found[1:] if tool.records_processes and tool.cpu
              and statistics.median(tool.cpu) <= statistics.median(ours.cpu)]
    say("  of those that record processes, " + (", ".join(dearer) + " cost less than ours" if dearer else "none costs less than ours"))


def alone(arguments, name):
    """One go of ours to its end -> CPU ms of it and its children, and the bytes of its file."""
    out = os.path.join(folder, name + ".tar.zst")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([recorder, *arguments, "-o", out, "--force", "--quiet"], stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3, 6):
        say("  " + done.stderr.decode(errors="replace").strip())
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return cpu * 1e3, size_of(out), out


def ticks(capture, key):
    """The values of a key of hindcast/tick, in order."""
    return [int(value) for value in re.findall(rf"^{key} (-?\d+)$", text_of(capture), re.M)]


def text_of(capture):
    unpacked = subprocess.Popen(f"zstd -qdc '{capture}' 2>/dev/null | tar -xOf - --wildcards 'seg/*/t/*' 2>/dev/null",
                                shell=True, stdout=subprocess.PIPE)
    return unpacked.communicate()[0].decode(errors="replace")


def differences(values):
    return [after - before for before, after in zip(values, values[1:])]


def reference_figures():
    """A minute in half the time: the second of two short segments, its first five ticks as they are, in which everything
    is read once more, and the ten others for the 55 of a segment of 60."""
    place = Group("reference")
    out = os.path.join(folder, "reference.tar.zst")
    process = place.start([recorder, "-i", "1", "-c", "32", "--segment-ticks", "15", "-o", out, "--quiet"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(28) # it ends between 31 s and 32 s
    resident = place.resident_bytes()
    process.wait()
    text = text_of(out)

    def each(*keys):
        sums = None
        for key in keys:
            found = [int(value) for value in re.findall(rf"^{key} (\d+)$", text, re.M)]
            if found:
                sums = found if sums is None else [one + other for one, other in zip(sums, found)]
        return differences(sums)
    cpu = each("self_user_us", "self_system_us", "helpers_user_us", "helpers_system_us")
    size = each("written_bytes")
    if min(len(cpu), len(size)) < 30 or sum(ticks(out, "missed")) > 0:
        say("  (ticks were left out, this machine is too busy: goals 1 and 5 are not measured)")
        return 0
    # A difference is what the tick before it cost, its end included.
    cpu_of_60 = (sum(cpu[15:20]) + 55 * statistics.mean(cpu[20:30])) / 60 / 1e3
    steady = statistics.mean(size[20:30])
    bytes_of_60 = (sum(size[15:20]) + 55 * steady) / 60
    goal(1, "CPU of ours, helpers included, over a segment of 60", f"{cpu_of_60:.1f} ms = {cpu_of_60 / 10:.2f} %", "<= 1.5 % of a core")
    say(f"           its first five samples {', '.join(f'{value / 1e3:.0f}' for value in cpu[:5])} ms; "
        f"the kernel charged {place.cpu_ms():.0f} ms for all 32, it says {sum(cpu) / 1e3:.0f}")
    blocks = re.findall(r"^== hindcast/cost [^\n]*\n((?:[a-z_-]+ \d+\n)+)", text, re.M)[20:30]
    sums = {}
    for block in blocks:
        for line in block.splitlines():
            name, value = line.split()
            sums[name] = sums.get(name, 0) + int(value)
    say("           by part: " + ", ".join(f"{name} {value / len(blocks) / 1000:.2f}" for name, value in sums.items()
                                           if value / len(blocks) >= 50))
    goal(4, "RSS of ours", f"{resident / 2**20:.1f} MiB", "<= 16 MiB")
    goal(5, "bytes per sample, over a segment of 60", f"{bytes_of_60 / 1024:.1f} KiB", "<= 10 KiB")
    return bytes_of_60 - steady


def goal(number, text, measured, bound):
    say(f"  goal {number:>2}  {text:58} {measured:>22}   (goal {bound})")


# --- single figures --------------------------------------------------------------------------------------------------

def sockets():
    costs, sizes = [], []
    for number in range(3):
        without = alone(["-i", "0.5", "-c", "1", "--socket-ticks", "0"], "without")
        with_them = alone(["-i", "0.5", "-c", "1", "--socket-ticks", "1"], "with")
        costs.append(with_them[0] - without[0])
        sizes.append(with_them[1] - without[1])
    several = alone(["-i", "0.5", "-c", "4", "--socket-ticks", "1", "--cpu", "0"], "several")[0]
    several -= alone(["-i", "0.5", "-c", "4", "--socket-ticks", "0", "--cpu", "0"], "none")[0]
    first = statistics.median(costs)
    goal(17, f"one listing of {2 * CONNECTIONS} sockets: CPU", f"{(several - first) / 3:.0f} ms", "<= 80 ms")
    say(f"           the first one, which looks for all owners: {first:.0f} ms")
    goal(17, "   and its bytes, compressed", f"{statistics.median(sizes) / 1024:.0f} KiB", "<= 300 KiB")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run("ss -tinpoe | zstd -3 -qc >ss.zst", shell=True, cwd=folder)
    subprocess.run("ss -tinpoe >ss.txt", shell=True, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    say(f"           ss -tinpoe on the same (CPU with zstd, half): "
        f"{(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 500:.0f} ms, "
        f"{size_of(folder + '/ss.zst') / 1024:.0f} KiB")


def jitter(count):
    burners = [fork(lambda: [None for _ in iter(int, 1)]) for _ in range(os.cpu_count() * 2)]
    capture = alone(["-i", "0.25", "-c", str(count), "--socket-ticks", "0", "--cpu", "0"], "jitter")[2]
    for burner in burners:
        os.kill(burner, signal.SIGKILL)
        os.waitpid(burner, 0)
    late = sorted(ticks(capture, "late_ns"))
    if not late:
        return say("  no jitter could be read")
    goal(14, f"tick start, p99 of {len(late)}, two burners per core", f"{late[int(len(late) * 0.99) - 1] / 1e6:.2f} ms", "<= 10 ms")
    say(f"           median {late[len(late) // 2] / 1e6:.2f} ms, worst {late[-1] / 1e6:.2f} ms, "
        f"{sum(ticks(capture, 'missed'))} ticks left out and listed")


def start_and_stop():
    firsts, stops = [], []
    for number in range(3):
        out = os.path.join(folder, f"start{number}.tar.zst")
        began = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        process = subprocess.Popen([recorder, "-i", "0.01", "--cpu", "0", "-o", out, "--quiet"], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        stopped = time.monotonic()
        process.wait()
        stops.append((time.monotonic() - stopped) * 1e3)
        first = ticks(out, "mono_ns")
        if first:
            firsts.append((first[0] - began) / 1e6)
    if firsts:
        goal(19, "start of the process to the first sample", f"{statistics.median(firsts):.0f} ms", "<= 200 ms")
    goal(19, "stop to the final file (some seconds of data)", f"{statistics.median(stops):.0f} ms", "<= 1000 ms for 1 h")


def many():
    for number in range(9000):
        fork(lambda: idle(number))

    def threads():
        for _ in range(1000):
            threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
        while True:
            signal.pause()
    threading.stack_size(65536)
    for _ in range(5):
        fork(threads)
    time.sleep(3)
    say(f"\n{processes()} processes, 5 of them with 1000 threads")
    tool = Tool(OURS, [recorder, "-i", "1", "-o", "OUT.tar.zst", "--quiet"], True)
    tool.samples = 20
    tool.run(0)
    if tool.cpu:
        goal(18, "a tick of 10 000 processes, samples 8 to 28", f"{tool.cpu[0]:.0f} ms", "<= 100 ms adapted")
        say(f"           RSS {tool.resident[0] / 2**20:.1f} MiB, {tool.bytes[0] / 1024:.0f} KiB per sample")


def main():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    socket.sethostname("bench")
    os.chdir(folder)
    say(f"{time.strftime('%H:%M:%S')}  {os.path.basename(recorder)}: {os.path.getsize(recorder)} bytes, "
        f"{os.cpu_count()} CPUs, load average {open('/proc/loadavg').read()[:14]} (others' included)")
    make_processes()
    make_connections(50, 1)
    time.sleep(1)
    say(f"\nReference load: {processes()} processes, {BUSY} busy; 100 sockets; a sample a second")
    segment_bytes = reference_figures()

    make_connections(CONNECTIONS, HOLDERS)
    time.sleep(1)
    found = tools()
    found[0].segment_bytes = segment_bytes
    if mode == "short":
        say(f"\nThe same with {2 * CONNECTIONS} sockets: all tools at the same time, once")
        runs = [threading.Thread(target=tool.run, args=(0,)) for tool in found]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
    else:
        say(f"\nThe same with {2 * CONNECTIONS} sockets: one tool after the other, median of two rounds")
        for number in range(2):
            for tool in found if number == 0 else found[::-1]:
                tool.run(number)
    table(found, 2)
    script_alone = [tool for tool in found if tool.name == "the script, no tools" and tool.cpu]
    if script_alone:
        goal(3, "the script at 1 s, /proc and /sys only", f"{statistics.median(script_alone[0].cpu) / 10:.1f} %", "<= 5 % of a core")

    say("\nSingle figures on the same load")
    sockets()
    start_and_stop()
    jitter(24 if mode == "short" else 80)
    if mode == "long":
        many()
    say(f"\n{time.strftime('%H:%M:%S')}  load average {open('/proc/loadavg').read()[:14]}")


main()
