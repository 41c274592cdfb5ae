// make-long-capture: writes a capture of a host that never was, for measuring how long recordings are opened and drawn.
//
//   make-long-capture --hours 24 --interval 1 --processes 50 -o FILE [--seed N] [--reference]
//
// Eight CPUs, four disks, three interfaces. The day has a morning and an evening, three incidents (memory, disk,
// network) and spikes of a single tick, which a drawing must not lose. The same arguments always give the same file.
#include "framing/block.h"
#include "framing/capture_writer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <getopt.h>
#include <string>
#include <string_view>
#include <vector>

using namespace hindcast::framing;

namespace {

constexpr std::int64_t firstSecond = 1772409600; // 2026-03-02T00:00:00Z
constexpr std::int64_t bootSecond = firstSecond - 12 * 86400 - 4711;
constexpr double clockTicks = 100;
constexpr double pi = 3.14159265358979;
constexpr std::size_t cpuCount = 8;

/// xorshift64*, because the distributions of <random> may differ between libraries, and files must not.
class Random {
public:
    explicit Random(std::uint64_t seed)
        : m_state(seed * 0x9E3779B97F4A7C15ULL + 0x2545F4914F6CDD1DULL)
    {
    }
    double uniform() // [0, 1)
    {
        m_state ^= m_state >> 12;
        m_state ^= m_state << 25;
        m_state ^= m_state >> 27;
        return static_cast<double>((m_state * 0x2545F4914F6CDD1DULL) >> 11) * 0x1p-53;
    }
    double between(double low, double high) { return low + (high - low) * uniform(); }
    bool happens(double probability) { return uniform() < probability; }

private:
    std::uint64_t m_state;
};

/// A value that wanders, and is drawn back to where it belongs.
class Wandering {
public:
    Wandering(double home, double step)
        : m_home(home)
        , m_value(home)
        , m_step(step)
    {
    }
    double next(Random& random)
    {
        m_value += random.between(-m_step, m_step) + 0.01 * (m_home - m_value);
        return m_value;
    }

private:
    double m_home, m_value, m_step;
};

class Text {
public:
    explicit Text(std::string& out)
        : m_out(out)
    {
    }
    Text& operator<<(std::string_view text)
    {
        m_out += text;
        return *this;
    }
    Text& operator<<(std::uint64_t value)
    {
        char digits[24];
        m_out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
        return *this;
    }
    Text& operator<<(double counter) { return *this << static_cast<std::uint64_t>(std::max(counter, 0.0)); }
    /// Two decimals, as in loadavg and pressure.
    Text& decimal(double value)
    {
        const auto hundredths = static_cast<std::uint64_t>(std::lround(std::max(value, 0.0) * 100));
        *this << hundredths / 100 << ".";
        m_out += static_cast<char>('0' + hundredths / 10 % 10);
        m_out += static_cast<char>('0' + hundredths % 10);
        return *this;
    }
    Text& hex(double counter)
    {
        char digits[12];
        std::snprintf(digits, sizeof digits, "%08x", static_cast<unsigned>(static_cast<std::uint64_t>(counter)));
        m_out += digits;
        return *this;
    }

private:
    std::string& m_out;
};

/// How the host is doing at one tick; everything else follows from it.
struct Weather {
    double cpu = 0; ///< busy share of each CPU
    double wait = 0; ///< share waiting for disks
    double disk = 0; ///< busy share of the busiest disk
    double memory = 0; ///< share of memory in use
    double swapping = 0; ///< pages per second
    double network = 0; ///< MB per second
    double loss = 0; ///< share of TCP segments sent twice
};

class Climate {
public:
    Climate(double span, Random& random)
        : m_span(span)
        , m_random(random)
    {
    }

    Weather at(double seconds)
    {
        const double day = 0.5 - 0.5 * std::cos(2 * pi * (seconds + firstSecond % 86400) / 86400);
        const double noise = m_random.between(-0.03, 0.03);
        Weather weather;
        weather.cpu = 0.06 + 0.4 * day + m_cpu.next(m_random) + noise;
        weather.disk = 0.05 + 0.2 * day + m_disk.next(m_random) + 0.5 * noise;
        weather.memory = 0.55 + 0.1 * day + m_memory.next(m_random);
        weather.network = 2 + 20 * day + m_network.next(m_random) + 10 * noise;
        weather.loss = 0.0005;
        const double swap = incident(seconds, 0.44), full = incident(seconds, 0.59), lossy = incident(seconds, 0.83);
        weather.memory += 0.3 * swap;
        weather.swapping = 4000 * swap * m_random.uniform();
        weather.disk += 0.75 * full + 0.4 * swap;
        weather.loss += 0.08 * lossy * m_random.uniform();
        weather.network *= 1 - 0.7 * lossy;
        weather.wait = 0.02 * m_random.uniform() + 0.35 * full + 0.2 * swap;
        if (m_random.happens(1.0 / 7200)) // spikes of one tick
            weather.cpu = 0.99;
        if (m_random.happens(1.0 / 10800))
            weather.disk = 1;
        if (m_random.happens(1.0 / 14400))
            weather.network = 118;
        weather.cpu = std::clamp(weather.cpu, 0.01, 0.995);
        weather.wait = std::min(weather.wait, 0.995 - weather.cpu);
        weather.disk = std::clamp(weather.disk, 0.0, 1.0);
        weather.memory = std::clamp(weather.memory, 0.2, 0.97);
        weather.network = std::clamp(weather.network, 0.05, 118.0);
        return weather;
    }

private:
    /// 1 during the incident whose middle lies at `place` of the whole, fading in and out.
    double incident(double seconds, double place) const
    {
        const double width = std::max(30.0, 0.004 * m_span);
        return std::clamp(2 - std::abs(seconds - place * m_span) / width, 0.0, 1.0);
    }

    double m_span;
    Random& m_random;
    Wandering m_cpu{0, 0.01}, m_disk{0, 0.01}, m_memory{0, 0.002}, m_network{0, 0.5};
};

struct Disk {
    std::string_view name;
    double share; ///< of the host's disk activity
    std::array<double, 17> counters{};
};

struct Interface {
    std::string_view name;
    double share;
    std::array<double, 16> counters{};
};

struct Process {
    std::uint64_t pid;
    std::uint64_t startTicks;
    std::string comm, commandLine;
    double share; ///< of the host's CPU time
    double userTicks = 0, systemTicks = 0, faults = 0, pages = 0;
    std::string text;
};

class Host {
public:
    Host(double span, double interval, std::size_t processes, std::uint64_t seed)
        : m_interval(interval)
        , m_random(seed)
        , m_climate(span, m_random)
    {
        for (std::size_t i = 0; i < processes; ++i)
            m_processes.push_back(newProcess(i, bootSecond));
        for (auto& cpu : m_cpu)
            cpu = {2e6, 3e3, 9e5, 9e7, 2e5, 0, 4e4, 1e3, 0, 0};
    }

    void advance(double seconds)
    {
        m_seconds = seconds;
        m_weather = m_climate.at(seconds);
        advanceCpus();
        advanceMemory();
        advanceDisks();
        advanceNetwork();
        const double queue = cpuCount * (m_weather.cpu + m_weather.wait) * m_random.between(0.7, 1.4);
        const std::array<double, 3> minutes = {60, 300, 900};
        for (std::size_t i = 0; i < m_load.size(); ++i)
            m_load[i] += (queue - m_load[i]) * (1 - std::exp(-m_interval / minutes[i]));
        m_running = 1 + std::floor(queue);
        m_blocked = std::floor(cpuCount * m_weather.wait * m_random.between(0, 1.5));
    }

    /// Some: what gives about 300 series, the size that the goals for the program are stated for.
    enum class Sources { All, Some };
    void appendSources(std::string& blocks, std::int64_t start, Sources sources)
    {
        m_start = start;
        append(blocks, "/proc/stat", [&](Text& text) { procStat(text); });
        append(blocks, "/proc/loadavg", [&](Text& text) {
            text.decimal(m_load[0]) << " ";
            text.decimal(m_load[1]) << " ";
            text.decimal(m_load[2]) << " " << m_running << "/" << 300 + m_running << " " << m_forks << "\n";
        });
        append(blocks, "/proc/uptime", [&](Text& text) {
            text.decimal(static_cast<double>(firstSecond - bootSecond) + m_seconds) << " ";
            text.decimal(idleTicks() / clockTicks) << "\n";
        });
        append(blocks, "/proc/meminfo", [&](Text& text) { memInfo(text); });
        pressure(blocks, "/proc/pressure/cpu", 0, std::max(0.0, m_weather.cpu - 0.7));
        pressure(blocks, "/proc/pressure/memory", 1, m_weather.swapping / 8000);
        pressure(blocks, "/proc/pressure/io", 2, m_weather.wait);
        if (sources == Sources::Some)
            return;
        append(blocks, "/proc/vmstat", [&](Text& text) { vmStat(text); });
        append(blocks, "/proc/diskstats", [&](Text& text) { diskStats(text); });
        append(blocks, "/proc/net/dev", [&](Text& text) { netDev(text); });
        append(blocks, "/proc/net/snmp", [&](Text& text) { snmp(text); });
        append(blocks, "/proc/net/netstat", [&](Text& text) { netstat(text); });
        append(blocks, "/proc/net/sockstat", [&](Text& text) {
            text << "sockets: used " << 180 + 4 * m_weather.network << "\nTCP: inuse " << 40 + 3 * m_weather.network
                 << " orphan " << 20 * m_weather.loss << " tw " << 15 + 9 * m_weather.network << " alloc "
                 << 60 + 3 * m_weather.network << " mem " << 12 + m_weather.network
                 << "\nUDP: inuse 6 mem 3\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n";
        });
        append(blocks, "/proc/net/softnet_stat", [&](Text& text) { softnet(text); });
    }

    enum class Which { All, Changed };
    void appendProcesses(std::string& blocks, Which which)
    {
        const double machineTicks = cpuCount * m_weather.cpu * clockTicks * m_interval;
        for (std::size_t i = 0; i < m_processes.size(); ++i) {
            Process& process = m_processes[i];
            const bool isWorker = i % 7 == 6; // ends now and then, and another takes its place
            if (isWorker && !process.text.empty() && m_random.happens(m_interval / 1800)) {
                appendBlock(blocks, statPath(process), m_start, 0, ESRCH, {});
                process = newProcess(i, firstSecond + static_cast<std::int64_t>(m_seconds));
            }
            if (process.text.empty() || m_random.happens(0.02 + std::min(1.0, 20 * process.share))) {
                const double ticks = machineTicks * process.share * m_random.between(0, 2);
                process.userTicks += 0.7 * ticks;
                process.systemTicks += 0.3 * ticks;
                process.faults += ticks;
                process.pages = std::max(200.0, process.pages + m_random.between(-3, 3.05));
            }
            const bool isNew = process.text.empty();
            std::string text = statText(process);
            const bool isChanged = text != process.text;
            process.text = std::move(text);
            if (isChanged || which == Which::All)
                appendBlock(blocks, statPath(process), m_start, 4, 0, process.text);
            if (isNew)
                appendBlock(
                    blocks, "/proc/" + std::to_string(process.pid) + "/cmdline", m_start, 5, 0, process.commandLine);
        }
    }

    std::string dictionary() const
    {
        std::string out;
        Text text(out);
        for (const Process& process : m_processes)
            text << process.pid << " " << process.startTicks << " " << (process.pid % 3 == 0 ? "0" : "1000") << " "
                 << escapeField(process.comm) << " " << escapeField(process.commandLine) << "\n";
        return out;
    }

private:
    template <typename Write> void append(std::string& blocks, std::string_view path, Write write)
    {
        m_text.clear();
        Text text(m_text);
        write(text);
        appendBlock(blocks, path, m_start, 20, 0, m_text);
        m_start += 20'000;
    }

    Process newProcess(std::size_t place, std::int64_t startSecond)
    {
        static constexpr std::array<std::string_view, 10> names = {
            "postgres", "nginx", "java", "redis-server", "sshd", "node", "worker (a)", "cron", "python3", "systemd"};
        Process process;
        m_lastPid += 1 + static_cast<std::uint64_t>(m_random.between(0, 40));
        process.pid = m_lastPid;
        process.startTicks = static_cast<std::uint64_t>(startSecond - bootSecond) * 100 + 1 + place;
        process.comm = names[place % names.size()];
        process.commandLine = "/srv/bin/" + process.comm + '\0' + "--instance" + '\0' + std::to_string(place) + '\0';
        process.share = 0.35 / (1.0 + static_cast<double>(place)) / 1.8;
        process.pages = 2000 + 60000 / (1.0 + static_cast<double>(place % 13));
        ++m_forks;
        return process;
    }

    static std::string statPath(const Process& process) { return "/proc/" + std::to_string(process.pid) + "/stat"; }

    std::string statText(const Process& process)
    {
        std::string out;
        Text text(out);
        const bool isRunning = process.share > 0.05 && m_weather.cpu > 0.3;
        text << process.pid << " (" << process.comm << (isRunning ? ") R 1 " : ") S 1 ") << process.pid << " "
             << process.pid << " 0 -1 4194560 " << process.faults << " 0 " << process.faults / 900 << " 0 "
             << process.userTicks << " " << process.systemTicks << " 0 0 20 0 " << 1 + process.pid % 12 << " 0 "
             << process.startTicks << " " << process.pages * 3 * 4096 << " " << process.pages
             << " 18446744073709551615 1 1 0 0 0 0 0 16781312 16387 0 0 0 17 " << process.pid % cpuCount
             << " 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
        return out;
    }

    void advanceCpus()
    {
        const double ticks = clockTicks * m_interval;
        for (std::size_t i = 0; i < cpuCount; ++i) {
            auto& cpu = m_cpu[i];
            const double busy =
                std::clamp(m_weather.cpu * m_random.between(0.8, 1.2) * (i == 0 ? 1.15 : 1), 0.0, 0.995);
            const double wait = std::min(m_weather.wait * m_random.between(0.5, 1.5), 0.995 - busy);
            const std::array<double, 8> shares = {0.66 * busy, 0.01 * busy, 0.25 * busy, 1 - busy - wait, wait, 0,
                (i == 0 ? 0.06 : 0.03) * busy, 0.02 * busy};
            double sum = 0;
            for (const double share : shares)
                sum += share;
            for (std::size_t mode = 0; mode < shares.size(); ++mode)
                cpu[mode] += ticks * shares[mode] / sum;
        }
        m_interrupts += m_interval * (2000 + 9000 * m_weather.cpu + 300 * m_weather.network);
        m_switches += m_interval * (4000 + 40000 * m_weather.cpu * m_random.between(0.8, 1.2));
        if (m_random.happens(0.3 * m_interval))
            ++m_forks;
    }

    double idleTicks() const
    {
        double idle = 0;
        for (const auto& cpu : m_cpu)
            idle += cpu[3];
        return idle;
    }

    void procStat(Text& text)
    {
        // The kernel sums what it prints per CPU; so do we, for the sums to agree.
        std::array<std::uint64_t, 10> sum{};
        for (const auto& cpu : m_cpu)
            for (std::size_t mode = 0; mode < cpu.size(); ++mode)
                sum[mode] += static_cast<std::uint64_t>(cpu[mode]);
        text << "cpu ";
        for (const std::uint64_t value : sum)
            text << " " << value;
        for (std::size_t i = 0; i < cpuCount; ++i) {
            text << "\ncpu" << std::uint64_t{i};
            for (const double value : m_cpu[i])
                text << " " << value;
        }
        text << "\nintr " << m_interrupts << " 45 0 0\nctxt " << m_switches << "\nbtime "
             << static_cast<std::uint64_t>(bootSecond) << "\nprocesses " << m_forks << "\nprocs_running " << m_running
             << "\nprocs_blocked " << m_blocked << "\nsoftirq " << m_interrupts / 2 << " 3 " << m_interrupts / 8
             << " 11 " << m_interrupts / 9 << " " << m_sectors / 90 << " 0 " << m_interrupts / 900 << " "
             << m_interrupts / 8 << " 0 " << m_interrupts / 9 << "\n";
    }

    void advanceMemory()
    {
        m_dirty = std::max(0.0, m_dirty + m_random.between(-4000, 4000) + 20000 * m_weather.disk - 0.1 * m_dirty);
        const double swapped = m_weather.swapping * m_interval;
        m_swapIn += 0.6 * swapped;
        m_swapOut += swapped;
        m_swapUsed =
            std::clamp(m_swapUsed + swapped * 4 * m_random.between(-0.3, 0.9) - 0.0002 * m_swapUsed, 0.0, 8.0e6);
        m_faults += m_interval * (3000 + 60000 * m_weather.cpu * m_random.uniform());
        m_majorFaults += m_interval * (m_weather.swapping * 0.3 + 0.2 * m_random.uniform());
        m_scanned += 3 * swapped;
    }

    void memInfo(Text& text)
    {
        constexpr double total = 32.0e6;
        const double used = total * m_weather.memory;
        const double cached = 0.6 * (total - used), free = 0.3 * (total - used);
        const auto line = [&](std::string_view name, double kilobytes) {
            text << name << ": " << kilobytes << " kB\n";
        };
        line("MemTotal", total);
        line("MemFree", free);
        line("MemAvailable", free + 0.9 * cached);
        line("Buffers", 0.05 * cached);
        line("Cached", cached);
        line("SwapCached", 0.1 * m_swapUsed);
        line("Active", 0.6 * used);
        line("Inactive", 0.3 * used + 0.5 * cached);
        line("Active(anon)", 0.5 * used);
        line("Inactive(anon)", 0.2 * used);
        line("Active(file)", 0.4 * cached);
        line("Inactive(file)", 0.5 * cached);
        line("Unevictable", 18432);
        line("Mlocked", 18432);
        line("SwapTotal", 8.0e6);
        line("SwapFree", 8.0e6 - m_swapUsed);
        line("Zswap", 0);
        line("Zswapped", 0);
        line("Dirty", m_dirty);
        line("Writeback", m_weather.disk > 0.6 ? 0.2 * m_dirty : 0);
        line("AnonPages", 0.68 * used);
        line("Mapped", 0.05 * used);
        line("Shmem", 0.02 * used);
        line("KReclaimable", 0.04 * cached);
        line("Slab", 0.04 * cached + 0.01 * used);
        line("SReclaimable", 0.04 * cached);
        line("SUnreclaim", 0.01 * used);
        line("KernelStack", 9000 + 40 * m_running);
        line("PageTables", 0.004 * used);
        line("SecPageTables", 0);
        line("NFS_Unstable", 0);
        line("Bounce", 0);
        line("WritebackTmp", 0);
        line("CommitLimit", 24.0e6);
        line("Committed_AS", 1.1 * used);
        line("VmallocTotal", 34359738367.0);
        line("VmallocUsed", 52000 + 10 * m_running);
        line("VmallocChunk", 0);
        line("Percpu", 9216);
        line("HardwareCorrupted", 0);
        line("AnonHugePages", 0.2 * used);
        line("ShmemHugePages", 0);
        line("ShmemPmdMapped", 0);
        line("FileHugePages", 0);
        line("FilePmdMapped", 0);
        text << "HugePages_Total: 0\nHugePages_Free: 0\nHugePages_Rsvd: 0\nHugePages_Surp: 0\n";
        line("Hugepagesize", 2048);
        line("Hugetlb", 0);
    }

    void vmStat(Text& text)
    {
        const auto line = [&](std::string_view name, double value) { text << name << " " << value << "\n"; };
        const double pages = 8.0e6, used = pages * m_weather.memory;
        line("nr_free_pages", 0.3 * (pages - used));
        line("nr_zone_inactive_anon", 0.2 * used);
        line("nr_zone_active_anon", 0.5 * used);
        line("nr_zone_inactive_file", 0.3 * (pages - used));
        line("nr_zone_active_file", 0.24 * (pages - used));
        line("nr_mlock", 4608);
        line("nr_inactive_anon", 0.2 * used);
        line("nr_active_anon", 0.5 * used);
        line("nr_inactive_file", 0.3 * (pages - used));
        line("nr_active_file", 0.24 * (pages - used));
        line("nr_slab_reclaimable", 0.02 * (pages - used));
        line("nr_slab_unreclaimable", 0.01 * used);
        line("workingset_nodes", 4000 + 100 * m_weather.disk);
        line("workingset_refault_anon", 0.2 * m_swapIn);
        line("workingset_refault_file", 0.01 * m_sectors);
        line("workingset_activate_anon", 0.1 * m_swapIn);
        line("workingset_activate_file", 0.004 * m_sectors);
        line("nr_anon_pages", 0.68 * used);
        line("nr_mapped", 0.05 * used);
        line("nr_file_pages", 0.6 * (pages - used));
        line("nr_dirty", m_dirty / 4);
        line("nr_writeback", m_weather.disk > 0.6 ? m_dirty / 20 : 0);
        line("nr_shmem", 0.02 * used);
        line("nr_dirtied", 0.3 * m_sectors);
        line("nr_written", 0.29 * m_sectors);
        line("nr_kernel_stack", 9000 + 40 * m_running);
        line("nr_page_table_pages", 0.004 * used);
        line("nr_swapcached", 0.025 * m_swapUsed);
        line("pgpgin", 0.2 * m_sectors);
        line("pgpgout", 0.3 * m_sectors);
        line("pswpin", m_swapIn);
        line("pswpout", m_swapOut);
        line("pgalloc_dma32", 0.01 * m_faults);
        line("pgalloc_normal", 1.2 * m_faults);
        line("allocstall_normal", m_scanned / 400);
        line("allocstall_movable", m_scanned / 300);
        line("pgfree", 1.21 * m_faults);
        line("pgactivate", 0.05 * m_faults);
        line("pgdeactivate", 0.5 * m_scanned);
        line("pgfault", m_faults);
        line("pgmajfault", m_majorFaults);
        line("pgrefill", m_scanned);
        line("pgsteal_kswapd", 0.8 * m_scanned);
        line("pgsteal_direct", 0.05 * m_scanned);
        line("pgscan_kswapd", m_scanned);
        line("pgscan_direct", 0.08 * m_scanned);
        line("pgscan_anon", 0.6 * m_scanned);
        line("pgscan_file", 0.48 * m_scanned);
        line("pageoutrun", m_scanned / 3000);
        line("oom_kill", 0);
        line("numa_hit", 1.2 * m_faults);
        line("numa_miss", 0);
        line("compact_stall", m_scanned / 90000);
        line("compact_fail", m_scanned / 160000);
        line("compact_success", m_scanned / 200000);
        line("thp_fault_alloc", 0.0004 * m_faults);
        line("thp_fault_fallback", m_scanned / 5000);
        line("thp_collapse_alloc", 0.00002 * m_faults);
        line("swap_ra", 0.4 * m_swapIn);
        line("swap_ra_hit", 0.3 * m_swapIn);
    }

    void pressure(std::string& blocks, std::string_view path, std::size_t which, double share)
    {
        auto& stall = m_stalls[which];
        stall.total += std::min(1.0, share) * m_interval * 1e6 * m_random.between(0.7, 1.0);
        const std::array<double, 3> windows = {10, 60, 300};
        for (std::size_t i = 0; i < windows.size(); ++i)
            stall.average[i] +=
                (100 * std::min(1.0, share) - stall.average[i]) * (1 - std::exp(-m_interval / windows[i]));
        append(blocks, path, [&](Text& text) {
            const auto line = [&](std::string_view name, double part) {
                text << name << " avg10=";
                text.decimal(part * stall.average[0]) << " avg60=";
                text.decimal(part * stall.average[1]) << " avg300=";
                text.decimal(part * stall.average[2]) << " total=" << part * stall.total << "\n";
            };
            line("some", 1);
            line("full", which == 0 ? 0 : 0.4);
        });
    }

    void advanceDisks()
    {
        for (Disk& disk : m_disks) {
            auto& [reads, readMerges, readSectors, readMs, writes, writeMerges, writeSectors, writeMs, inFlight, busyMs,
                queueMs, discards, discardMerges, discardSectors, discardMs, flushes, flushMs] = disk.counters;
            const double busy = std::min(1.0, m_weather.disk * disk.share * m_random.between(0.6, 1.4));
            const double requests = 1200 * busy * m_interval;
            const double milliseconds = busy > 0.9 ? 14 : 0.5 + 2 * busy;
            reads += 0.4 * requests;
            readMerges += 0.02 * requests;
            readSectors += 0.4 * requests * 48;
            readMs += 0.4 * requests * milliseconds;
            writes += 0.6 * requests;
            writeMerges += 0.3 * requests;
            writeSectors += 0.6 * requests * 64;
            writeMs += 0.6 * requests * milliseconds * 1.3;
            inFlight = std::floor(busy * 12 * m_random.uniform());
            busyMs += 1000 * busy * m_interval;
            queueMs += requests * milliseconds * 1.18;
            discards += 0.001 * requests;
            discardSectors += requests;
            discardMs += 0.001 * requests;
            flushes += 0.01 * requests;
            flushMs += 0.02 * requests;
            (void)discardMerges;
            m_sectors += requests * 56;
        }
    }

    void diskStats(Text& text)
    {
        std::uint64_t minor = 0;
        for (const Disk& disk : m_disks) {
            text << " 259 " << minor++ << " " << disk.name;
            for (const double value : disk.counters)
                text << " " << value;
            text << "\n";
        }
    }

    void advanceNetwork()
    {
        for (Interface& interface : m_interfaces) {
            const double megabytes = m_weather.network * interface.share * m_random.between(0.8, 1.2) * m_interval;
            auto& values = interface.counters;
            values[0] += megabytes * 1e6;
            values[1] += megabytes * 1100;
            if (interface.share < 1 && m_random.happens(m_interval / 9000)) { // errors come alone
                values[2] += 1;
                values[3] += std::floor(m_random.between(1, 40));
            }
            values[7] += m_interval * 0.2;
            values[8] += megabytes * 0.7e6;
            values[9] += megabytes * 900;
        }
        const double segments = m_weather.network * 1300 * m_interval;
        m_segmentsIn += segments;
        m_segmentsOut += 1.2 * segments;
        m_retransmitted += 1.2 * segments * m_weather.loss;
        const double opened = m_interval * (2 + m_weather.network * 1.5) * m_random.between(0.7, 1.3);
        m_opened += 0.3 * opened;
        m_accepted += 0.7 * opened;
        if (m_weather.cpu > 0.98 || m_random.happens(m_interval / 20000))
            m_listenDrops += std::floor(m_random.between(1, 60));
        for (std::size_t i = 0; i < cpuCount; ++i) {
            m_softnet[i] += segments / cpuCount * m_random.between(0.5, 1.5);
            if (m_weather.network > 100)
                m_squeezed[i] += std::floor(m_random.between(0, 5));
        }
    }

    void netDev(Text& text)
    {
        text << "Inter-|   Receive                                                |  Transmit\n"
                " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo "
                "colls carrier "
                "compressed\n";
        for (const Interface& interface : m_interfaces) {
            text << "  " << interface.name << ":";
            for (const double value : interface.counters)
                text << " " << value;
            text << "\n";
        }
    }

    void snmp(Text& text)
    {
        text << "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab "
                "InSegs OutSegs "
                "RetransSegs InErrs OutRsts InCsumErrors\nTcp: 1 200 120000 -1 "
             << m_opened << " " << m_accepted << " " << 0.01 * m_opened << " " << 0.02 * m_accepted << " "
             << 40 + 3 * m_weather.network << " " << m_segmentsIn << " " << m_segmentsOut << " " << m_retransmitted
             << " 0 " << 0.03 * m_accepted
             << " 0\nUdp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors "
                "IgnoredMulti MemErrors\nUdp: "
             << 0.01 * m_segmentsIn << " 12 0 " << 0.01 * m_segmentsOut << " 0 0 0 0 0\n";
    }

    void netstat(Text& text)
    {
        struct Value {
            std::string_view name;
            double value;
        };
        const std::array<Value, 40> values = {{{"SyncookiesSent", 0}, {"SyncookiesRecv", 0}, {"SyncookiesFailed", 0},
            {"EmbryonicRsts", 0.001 * m_accepted}, {"PruneCalled", 0}, {"OutOfWindowIcmps", 0}, {"LockDroppedIcmps", 0},
            {"ArpFilter", 0}, {"TW", 0.5 * m_accepted}, {"TWRecycled", 0.001 * m_accepted}, {"TWKilled", 0},
            {"PAWSActive", 0}, {"PAWSEstab", 0.0001 * m_accepted}, {"DelayedACKs", 0.02 * m_segmentsIn},
            {"DelayedACKLocked", 0.0001 * m_segmentsIn}, {"DelayedACKLost", 0.3 * m_retransmitted},
            {"ListenOverflows", m_listenDrops}, {"ListenDrops", m_listenDrops}, {"TCPHPHits", 0.4 * m_segmentsIn},
            {"TCPPureAcks", 0.3 * m_segmentsIn}, {"TCPHPAcks", 0.2 * m_segmentsIn}, {"TCPRenoRecovery", 0},
            {"TCPSackRecovery", 0.3 * m_retransmitted}, {"TCPSACKReneging", 0},
            {"TCPSACKReorder", 0.05 * m_retransmitted}, {"TCPLostRetransmit", 0.1 * m_retransmitted},
            {"TCPFastRetrans", 0.6 * m_retransmitted}, {"TCPSlowStartRetrans", 0.1 * m_retransmitted},
            {"TCPTimeouts", 0.2 * m_retransmitted}, {"TCPLossProbes", 0.25 * m_retransmitted},
            {"TCPLossProbeRecovery", 0.02 * m_retransmitted}, {"TCPBacklogDrop", 0.1 * m_listenDrops},
            {"TCPRcvCollapsed", 0}, {"TCPDSACKOldSent", 0.1 * m_retransmitted},
            {"TCPDSACKRecv", 0.15 * m_retransmitted}, {"TCPAbortOnData", 0.01 * m_accepted},
            {"TCPAbortOnClose", 0.004 * m_accepted}, {"TCPAbortOnTimeout", 0.01 * m_retransmitted},
            {"TCPSynRetrans", 0.05 * m_retransmitted}, {"TCPOrigDataSent", 0.7 * m_segmentsOut}}};
        text << "TcpExt:";
        for (const Value& value : values)
            text << " " << value.name;
        text << "\nTcpExt:";
        for (const Value& value : values)
            text << " " << value.value;
        text << "\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 0 " << m_interfaces[0].counters[0] << " "
             << m_interfaces[0].counters[8] << "\n";
    }

    void softnet(Text& text)
    {
        for (std::size_t i = 0; i < cpuCount; ++i) {
            text.hex(m_softnet[i]) << " 00000000 ";
            text.hex(m_squeezed[i])
                << " 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 ";
            text.hex(static_cast<double>(i)) << "\n";
        }
    }

    struct Stall {
        double total = 0;
        std::array<double, 3> average{};
    };

    double m_interval;
    Random m_random;
    Climate m_climate;
    Weather m_weather;
    double m_seconds = 0;
    std::int64_t m_start = 0;
    std::string m_text;
    std::array<std::array<double, 10>, cpuCount> m_cpu;
    std::array<double, 3> m_load = {1, 1, 1};
    std::array<Stall, 3> m_stalls;
    std::vector<Disk> m_disks = {{"nvme0n1", 1.0}, {"nvme1n1", 0.6}, {"nvme2n1", 0.15}, {"nvme3n1", 0.02}};
    std::vector<Interface> m_interfaces = {{"eth0", 0.9}, {"eth1", 0.1}, {"lo", 1.0}};
    std::vector<Process> m_processes;
    std::uint64_t m_lastPid = 400, m_forks = 41230;
    double m_running = 1, m_blocked = 0;
    double m_interrupts = 8e8, m_switches = 2e9;
    double m_dirty = 5000, m_swapIn = 0, m_swapOut = 0, m_swapUsed = 0, m_faults = 4e9, m_majorFaults = 30000,
           m_scanned = 0;
    double m_sectors = 3e9;
    double m_segmentsIn = 8e8, m_segmentsOut = 9e8, m_retransmitted = 4e5, m_opened = 1e6, m_accepted = 3e6,
           m_listenDrops = 0;
    std::array<double, cpuCount> m_softnet{}, m_squeezed{};
};

class FileSink final : public Sink {
public:
    explicit FileSink(const char* path)
        : m_file(std::fopen(path, "wb"))
    {
    }
    bool isOpen() const { return m_file != nullptr; }
    int write(std::string_view bytes) override
    {
        return std::fwrite(bytes.data(), 1, bytes.size(), m_file) == bytes.size() ? 0 : errno;
    }
    int close() { return std::fclose(m_file) == 0 ? 0 : errno; }

private:
    std::FILE* m_file;
};

struct Options {
    double hours = 24, interval = 1;
    std::uint64_t processes = 50, seed = 1;
    bool isReference = false; ///< about 300 series instead of about 900
    const char* output = nullptr;
};

std::string manifest(
    const Options& options, std::uint64_t segment, std::uint64_t tick, std::int64_t real, std::int64_t monotonic)
{
    char text[1024];
    std::snprintf(text, sizeof text,
        R"({"format":"hindcast","schema":1,"tool":"make-long-capture","segment":%llu,"first_tick":%llu,"interval_ns":%lld,)"
        R"("hostname":"longday","kernel":"6.1.0","machine":"x86_64","boot_id":"5e1f7e57-0000-4000-8000-%012llu",)"
        R"("boot_time_s":%lld,"clock_ticks":100,"page_size":4096,"cpus":8,"timezone":"Asia/Seoul","utc_offset_s":32400,"uid":0,)"
        R"("clocks":{"real_ns":%lld,"mono_ns":%lld,"boot_ns":%lld},"config":{"interval_s":%g,"duration_s":%.0f},"denials":[]})"
        "\n",
        static_cast<unsigned long long>(segment), static_cast<unsigned long long>(tick),
        static_cast<long long>(options.interval * 1e9),
        static_cast<unsigned long long>(options.seed % 1'000'000'000'000), static_cast<long long>(bootSecond),
        static_cast<long long>(real), static_cast<long long>(monotonic), static_cast<long long>(monotonic),
        options.interval, options.hours * 3600);
    return text;
}

void appendTickBlock(
    std::string& blocks, std::uint64_t tick, std::int64_t real, std::int64_t monotonic, std::uint64_t written)
{
    std::string body;
    Text(body) << "tick " << tick << "\nreal_ns " << static_cast<std::uint64_t>(real) << "\nmono_ns "
               << static_cast<std::uint64_t>(monotonic) << "\nboot_ns " << static_cast<std::uint64_t>(monotonic)
               << "\nlate_ns 150000\nmissed 0\nself_user_us " << tick * 1500 << "\nself_system_us " << tick * 4500
               << "\nself_rss_bytes 11534336\nwritten_bytes " << written << "\n";
    appendBlock(blocks, "hindcast/tick", monotonic, 20, 0, body);
}

int writeCapture(const Options& options, CaptureWriter& writer)
{
    writer.addMember("start/proc/version", "Linux version 6.1.0 (made up by make-long-capture)\n", firstSecond);
    writer.addMember("start/etc/os-release", "NAME=\"Nowhere Linux\"\nID=nowhere\n", firstSecond);
    if (const int failure = writer.endMembers())
        return failure;
    const double span = options.hours * 3600;
    const auto ticks = static_cast<std::uint64_t>(span / options.interval);
    Host host(span, options.interval, options.processes, options.seed);
    std::string blocks;
    for (std::uint64_t tick = 0; tick < ticks; ++tick) {
        const auto sinceStart = static_cast<std::int64_t>(static_cast<double>(tick) * options.interval * 1e9);
        const std::int64_t real = firstSecond * 1'000'000'000 + sinceStart + 150'000;
        const std::int64_t monotonic = (firstSecond - bootSecond) * 1'000'000'000 + sinceStart + 150'000;
        const bool isKeyframe = !writer.isSegmentOpen();
        host.advance(static_cast<double>(sinceStart) / 1e9);
        blocks.clear();
        appendTickBlock(blocks, tick, real, monotonic, writer.bytesWritten());
        host.appendSources(blocks, monotonic + 20'000, options.isReference ? Host::Sources::Some : Host::Sources::All);
        host.appendProcesses(blocks, isKeyframe ? Host::Which::All : Host::Which::Changed);
        if (isKeyframe)
            if (const int failure = writer.beginSegment(manifest(options, writer.segment(), tick, real, monotonic),
                    host.dictionary(), real / 1'000'000'000))
                return failure;
        if (const int failure = writer.addTick({tick, real, monotonic}, blocks))
            return failure;
        if (writer.isSegmentFull())
            if (const int failure = writer.endSegment())
                return failure;
    }
    return writer.close();
}

bool readNumber(const char* text, double low, double high, double& value)
{
    char* end = nullptr;
    value = std::strtod(text, &end);
    return end != text && *end == '\0' && value >= low && value <= high;
}

int usage()
{
    std::fputs(
        "usage: make-long-capture [--hours H] [--interval SECONDS] [--processes N] [--seed N] [--reference] -o FILE\n",
        stderr);
    return 2;
}

} // namespace

int main(int argumentCount, char** arguments)
{
    constexpr option longOptions[] = {{"hours", required_argument, nullptr, 'H'},
        {"interval", required_argument, nullptr, 'i'}, {"processes", required_argument, nullptr, 'p'},
        {"seed", required_argument, nullptr, 's'}, {"output", required_argument, nullptr, 'o'},
        {"reference", no_argument, nullptr, 'r'}, {nullptr, 0, nullptr, 0}};
    Options options;
    for (int chosen = 0; (chosen = getopt_long(argumentCount, arguments, "i:o:", longOptions, nullptr)) != -1;) {
        double number = 0;
        if (chosen == 'H' && readNumber(optarg, 0.001, 24 * 366, number))
            options.hours = number;
        else if (chosen == 'i' && readNumber(optarg, 0.01, 3600, number))
            options.interval = number;
        else if (chosen == 'p' && readNumber(optarg, 0, 100'000, number))
            options.processes = static_cast<std::uint64_t>(number);
        else if (chosen == 's' && readNumber(optarg, 0, 1e15, number))
            options.seed = static_cast<std::uint64_t>(number);
        else if (chosen == 'r')
            options.isReference = true;
        else if (chosen == 'o')
            options.output = optarg;
        else
            return usage();
    }
    if (!options.output || optind != argumentCount)
        return usage();
    FileSink sink(options.output);
    if (!sink.isOpen()) {
        std::fprintf(stderr, "make-long-capture: %s: %s\n", options.output, std::strerror(errno));
        return 1;
    }
    CaptureWriter writer(sink);
    int failure = writeCapture(options, writer);
    const int closeFailure = sink.close();
    failure = failure != 0 ? failure : closeFailure;
    if (failure != 0) {
        std::fprintf(stderr, "make-long-capture: %s: %s\n", options.output, std::strerror(failure));
        return 1;
    }
    std::fprintf(stderr, "make-long-capture: wrote %s: %llu ticks, %llu KiB\n", options.output,
        static_cast<unsigned long long>(writer.ticks()), static_cast<unsigned long long>(writer.bytesWritten() / 1024));
    return 0;
}
