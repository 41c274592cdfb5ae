#include "budget.h"

#include "clocks.h"
#include "message.h"

#include <ctime>
#include <limits>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <utility>

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

/// What is recorded at each level, in words.
constexpr const char* recorded[degradations] = {"everything", "everything but single sockets",
    "neither single sockets nor threads", "no sockets, no threads, and processes in less detail",
    "the upper control groups and, in less detail, the processes",
    "the busy processes and a tenth of the others in turn", "these, in fewer samples",
    "system-wide figures only, in fewer samples"};

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

bool Budget::mayTake(Governor::Kind kind, Helpers helpers, std::uint64_t quickTicks)
{
    m_begin = spent(helpers);
    const bool may = m_governor.mayTake(monotonicNow(), m_begin, kind, quickTicks);
    tellStep();
    return may;
}

void Budget::taken(const std::vector<Cost>& costs)
{
    const std::int64_t end = spent(Helpers::Counted);
    m_governor.taken(monotonicNow(), end, costsByLevel(costs, end - m_begin));
}

/// What the sources did not cost was for writing what they found: it shrinks as they do.
LevelCosts Budget::costsByLevel(const std::vector<Cost>& costs, std::int64_t all) const
{
    constexpr std::string_view apart = "blocking_reader"; // another process
    LevelCosts byLevel{};
    const Degradation level = m_governor.tickDegradation();
    double sources = 0;
    for (const Cost& cost : costs)
        if (cost.name != apart)
            sources += static_cast<double>(cost.nanoseconds);
    for (auto i = static_cast<std::size_t>(level); i < byLevel.size() && sources > 0; ++i) {
        double left = 0;
        for (const Cost& cost : costs)
            if (cost.name != apart)
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

std::int64_t Budget::spent(Helpers helpers)
{
    const std::int64_t children = childTime();
    const std::int64_t more = children - std::exchange(m_childTime, children);
    if (helpers == Helpers::Apart)
        m_apart += more;
    return ownProcessTime() + children - m_apart;
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
        say("to keep within %u.%u %% of a CPU (--cpu), recorded from now on: %s", m_options.cpuPermille / 10,
            m_options.cpuPermille % 10, recorded[static_cast<std::size_t>(step->to)]);
}

} // namespace hindcast::recorder
