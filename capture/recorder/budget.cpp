#include "budget.h"

#include "clocks.h"
#include "message.h"

#include <ctime>
#include <limits>
#include <string>
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

} // namespace

Budget::Budget(const Options& options, Events& events)
    : m_options(options)
    , m_events(events)
    , m_governor(options.cpuPermille, options.intervalNanoseconds, options.ticksPerSegment, options.lastSlot)
{
}

bool Budget::mayTake(Governor::Kind kind, Helpers helpers)
{
    const bool may = m_governor.mayTake(monotonicNow(), spent(helpers), kind);
    tellStep();
    return may;
}

void Budget::taken()
{
    m_governor.taken(monotonicNow(), spent(Helpers::Counted));
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
