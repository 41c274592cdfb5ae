#include "sampler.h"

#include "framing/block.h"
#include "governor.h"

#include <charconv>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

std::string hostName(const Root& root)
{
    const std::string recorded = root.firstLine("/proc/sys/kernel/hostname");
    utsname name{};
    return !recorded.empty() || uname(&name) != 0 ? recorded : name.nodename;
}

void put(std::string& text, std::string_view key, std::int64_t value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text += key;
    text += ' ';
    text.append(digits, end);
    text += '\n';
}

std::int64_t microseconds(const timeval& time)
{
    return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

void putUsage(std::string& text, int who, std::string_view userKey, std::string_view systemKey)
{
    rusage usage{};
    if (getrusage(who, &usage) != 0)
        return;
    put(text, userKey, microseconds(usage.ru_utime));
    put(text, systemKey, microseconds(usage.ru_stime));
}

} // namespace

Sampler::Sampler(const Options& options, const Root& root, Events& events)
    : m_options(options)
    , m_root(root)
    , m_events(events)
    , m_hostname(hostName(root))
    , m_zone(hostTimeZone(root))
    , m_reader(root, m_stuck, events)
    , m_systemFiles(root)
    , m_cgroups(root)
    , m_processes(root, m_reader, options.pinnedPids)
    , m_processDetails(root, m_processes, m_reader)
    , m_threads(root, m_processes)
    , m_sockets(root, options.socketTicks, options.cpuPermille, m_stuck)
    , m_kernelLog(root)
    , m_filesystems(root, m_stuck, events)
    , m_slow(root, m_stuck, events)
    , m_namespaces(root)
    , m_commands(options, root, m_stuck, events)
    , m_sources({&m_systemFiles, &m_cgroups, &m_processes, &m_processDetails, &m_threads, &m_sockets, &m_kernelLog,
          &m_filesystems, &m_slow, &m_namespaces, &m_commands})
    , m_ownMemoryDescriptor(open("/proc/self/statm", O_RDONLY | O_CLOEXEC))
{
}

void Sampler::start()
{
    m_filesystems.start(m_buffer);
    m_slow.start();
    m_sockets.start();
}

void Sampler::take(const TickPlan& plan, const std::vector<Cost>& otherCosts, std::string& blocks)
{
    m_kernelLog.read(plan.slot.number); // first, because the tick's block says what it lost
    appendTickBlock(plan, blocks);
    TickContext context{
        plan.slot.number, plan.pass, plan.turn, plan.degradation, plan.intervalNanoseconds, m_buffer, plan.cpuLimit};
    m_costs.clear();
    std::int64_t begin = ownCpuNow();
    for (Source* const source : m_sources) {
        source->sample(context, blocks);
        const std::int64_t end = ownCpuNow();
        m_costs.push_back({source->name(), end - begin});
        begin = end;
        if (end > context.cpuLimit) // the sources know how to be left out
            context.degradation = Degradation::GlobalsOnly;
    }
    const std::int64_t reading = m_reader.cpuMicroseconds() * 1000;
    m_costs.push_back({"blocking_reader", reading - m_costOfReader});
    m_costOfReader = reading;
    m_events.appendTo(blocks);
    appendCostBlock(otherCosts, blocks);
}

void Sampler::appendTickBlock(const TickPlan& plan, std::string& blocks)
{
    std::string text;
    text.reserve(400);
    put(text, "tick", static_cast<std::int64_t>(plan.slot.number));
    put(text, "real_ns", plan.clocks.real);
    put(text, "mono_ns", plan.clocks.monotonic);
    put(text, "boot_ns", plan.clocks.boot);
    put(text, "late_ns", plan.slot.lateNanoseconds);
    put(text, "missed", static_cast<std::int64_t>(plan.slot.missed));
    text += "level ";
    text += nameOf(plan.degradation);
    text += '\n';
    if (const auto lost = m_kernelLog.lost())
        put(text, "kmsg_lost", static_cast<std::int64_t>(*lost));
    putUsage(text, RUSAGE_SELF, "self_user_us", "self_system_us");
    putUsage(text, RUSAGE_CHILDREN, "helpers_user_us", "helpers_system_us");
    // man 5 proc, /proc/<pid>/statm: total, then resident, in pages. Without /proc of our own the line is left out.
    std::string_view statm;
    long resident = 0;
    if (m_ownMemoryDescriptor >= 0 && m_buffer.readWhole(m_ownMemoryDescriptor, statm) == 0) {
        const auto blank = statm.find(' ');
        if (blank != std::string_view::npos
            && std::from_chars(statm.data() + blank + 1, statm.data() + statm.size(), resident).ec == std::errc{})
            put(text, "self_rss_bytes", std::int64_t{resident} * sysconf(_SC_PAGESIZE));
    }
    put(text, "written_bytes", static_cast<std::int64_t>(plan.bytesWritten));
    framing::appendBlock(
        blocks, "hindcast/tick", plan.clocks.monotonic, (monotonicNow() - plan.clocks.monotonic) / 1000, 0, text);
}

/// "name cpu_us" per line.
void Sampler::appendCostBlock(const std::vector<Cost>& otherCosts, std::string& blocks) const
{
    std::string text;
    for (const std::vector<Cost>* const costs : {&m_costs, &otherCosts})
        for (const Cost& cost : *costs)
            put(text, cost.name, cost.nanoseconds / 1000);
    framing::appendBlock(blocks, "hindcast/cost", monotonicNow(), 0, 0, text);
}

Manifest Sampler::manifest(const TickPlan& plan) const
{
    utsname name{};
    const bool isNamed = uname(&name) == 0;
    Manifest manifest;
    manifest.firstTick = plan.slot.number;
    manifest.intervalNanoseconds = plan.intervalNanoseconds;
    manifest.askedIntervalNanoseconds = m_options.intervalNanoseconds;
    manifest.lastSlot = m_options.lastSlot;
    manifest.hostname = m_hostname;
    manifest.kernel = m_root.firstLine("/proc/sys/kernel/osrelease");
    if (manifest.kernel.empty() && isNamed)
        manifest.kernel = name.release;
    manifest.machine = isNamed ? name.machine : "";
    manifest.bootId = m_root.firstLine("/proc/sys/kernel/random/boot_id");
    manifest.timeZone = m_zone.name;
    manifest.utcOffsetSeconds = m_zone.offsetSeconds;
    manifest.bootTimeSeconds = m_systemFiles.bootTimeSeconds();
    manifest.cpus = m_systemFiles.cpus();
    manifest.clocks = plan.clocks;
    manifest.socketTicks = m_options.socketTicks;
    manifest.packets = m_options.packets;
    manifest.snapLength = m_options.snapLength;
    manifest.packetNanoseconds = m_options.packetNanoseconds;
    return manifest;
}

std::vector<Denial> Sampler::denials() const
{
    std::vector<Denial> denials;
    for (const Source* const source : m_sources)
        source->addDenials(denials);
    return denials;
}

} // namespace hindcast::recorder
