#include "clocks.h"

#include <ctime>

namespace hindcast::recorder {
namespace {

std::int64_t now(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

std::int64_t monotonicNow()
{
    return now(CLOCK_MONOTONIC);
}

std::int64_t ownCpuNow()
{
    return now(CLOCK_THREAD_CPUTIME_ID);
}

std::int64_t cpuOf(pid_t child)
{
    clockid_t clock{};
    return child > 0 && clock_getcpuclockid(child, &clock) == 0 ? now(clock) : 0;
}

Clocks readClocks()
{
    return {now(CLOCK_REALTIME), now(CLOCK_MONOTONIC), now(CLOCK_BOOTTIME)};
}

} // namespace hindcast::recorder
