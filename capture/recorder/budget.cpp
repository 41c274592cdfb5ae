#include "budget.h"

#include "clocks.h"
#include "message.h"

#include <algorithm>
#include <ctime>
#include <limits>
#include <string>
#include <string_view>
#include <sys/resource.h>

namespace hindcast::recorder {
namespace {

std::int64_t nanoseconds(const timeval& time)
{
    return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1000;
}

std::int64_t ownProcessTime()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t childTime()
{
    rusage usage{};
    return getrusage(RUSAGE_CHILDREN, &usage) == 0 ? nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime) : 0;
}

/// What each level leaves out, in words.
constexpr const char* leavesOut[degradations] = {
    "nothing is left out any more: all is recorded again",
    "single sockets are left out",
    "single sockets and threads are left out",
    "sockets, threads and the details of processes are left out",
    "sockets, threads, details of processes and the lower control groups are left out",
    "nine in ten of the processes that do little are left out of each sample, with sockets, threads and details",
    "samples are fewer, without sockets, threads, details and most of the processes that do little",
    "samples are fewer, and have system-wide figures only",
};

/// What is left of a source's cost from a level on: roughly, for a choice of level that is then measured.
struct Saving {
    std::string_view source;
    Degradation from;
    double left;
};
constexpr Saving savings[] = {
    {"sockets", Degradation::Sockets, 0.3},
    {"threads", Degradation::Threads, 0.05},
    {"process_details", Degradation::ProcessDetails, 0.1},
    {"process_details", Degradation::GlobalsOnly, 0.1},
    {"cgroups", Degradation::CgroupLeaves, 0.3},
    {"cgroups", Degradation::GlobalsOnly, 0.05},
    {"processes", Degradation::Processes, 0.2},
    {"processes", Degradation::GlobalsOnly, 0.1},
    {"blocking_reader", Degradation::ProcessDetails, 0.5},
    {"blocking_reader", Degradation::Processes, 0.3},
    {"blocking_reader", Degradation::GlobalsOnly, 0},
    {"namespaces", Degradation::GlobalsOnly, 0},
};

/// Of what a tick at `level` costs, what is left at another below.
double leftOf(std::string_view source, Degradation level, Degradation other)
{
    double left = 1;
    for (const Saving& saving : savings)
        if (saving.source == source && saving.from > level && saving.from <= other)
            left *= saving.left;
    return left;
}

} // namespace

Budget::Budget(const Options& options, Events& events)
    : m_options(options)
    , m_events(events)
    , m_governor(options.cpuPermille, options.intervalNanoseconds, options.ticksPerSegment, options.lastSlot)
{
}

bool Budget::mayTake(Governor::Kind kind, const Helpers& helpers, std::uint64_t quickTicks)
{
    m_begin = spent(helpers);
    const bool may = m_governor.mayTake(monotonicNow(), m_begin, kind, quickTicks);
    tellStep();
    return may;
}

void Budget::taken(const std::vector<Cost>& costs, const Helpers& helpers)
{
    const std::int64_t end = spent(helpers);
    m_governor.taken(monotonicNow(), end, costsByLevel(costs, end - m_begin));
}

/// What the sources did not cost was for writing what they found: it shrinks as they do.
LevelCosts Budget::costsByLevel(const std::vector<Cost>& costs, std::int64_t all) const
{
    LevelCosts byLevel{};
    const Degradation level = m_governor.tickDegradation();
    double sources = 0;
    for (const Cost& cost : costs)
        sources += static_cast<double>(cost.nanoseconds);
    for (auto i = static_cast<std::size_t>(level); i < byLevel.size() && sources > 0; ++i) {
        double left = 0;
        for (const Cost& cost : costs)
            left += static_cast<double>(cost.nanoseconds) * leftOf(cost.name, level, static_cast<Degradation>(i));
        byLevel[i] = static_cast<std::int64_t>(static_cast<double>(all) * left / sources);
    }
    return byLevel;
}

std::int64_t Budget::cpuLimit() const
{
    const std::int64_t allowance = m_governor.allowance();
    const std::int64_t now = ownCpuNow();
    return allowance > std::numeric_limits<std::int64_t>::max() - now ? std::numeric_limits<std::int64_t>::max()
                                                                      : now + allowance;
}

/// Of the same time by two clocks, so the sum is kept from falling when a process that lived has ended.
std::int64_t Budget::spent(const Helpers& helpers)
{
    m_spent = std::max(m_spent, ownProcessTime() + childTime() + helpers.living - helpers.apart - m_apart);
    return m_spent;
}

void Budget::tellStep()
{
    const auto step = m_governor.takeStep();
    if (!step)
        return;
    m_events.add("governor",
        {{"from", nameOf(step->from)}, {"to", nameOf(step->to)}, {"reason", step->reason},
            {"cpu_permille", std::to_string(step->cpuPermille)}});
    if (!m_options.isQuiet)
        say("to keep within %u.%u %% of a CPU (--cpu), from now on %s", m_options.cpuPermille / 10,
            m_options.cpuPermille % 10, leavesOut[static_cast<std::size_t>(step->to)]);
}

} // namespace hindcast::recorder
