#include "priority.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr int ownNiceness = -5, helperNiceness = 10;
constexpr char ownKillScore[] = "-500", usualKillScore[] = "0";
constexpr std::uint64_t shortestSlice = 100'000; ///< nanoseconds: who asks for little at a time gets it soon
constexpr long mostLockedBytes = 16 << 20;

/// man 2 sched_setattr, which glibc has no wrapper for (before 2.41). Ordinary tasks have a slice that can be chosen
/// since Linux 6.12 (kernel/sched/syscalls.c, __setparam_fair); before, it is passed over. 0 = the usual one.
void setSlice(std::uint64_t nanoseconds)
{
    struct {
        std::uint32_t size, policy;
        std::uint64_t flags;
        std::int32_t nice;
        std::uint32_t priority;
        std::uint64_t runtime, deadline, period;
    } attributes{};
    static_assert(sizeof attributes == 48); // SCHED_ATTR_SIZE_VER0
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0 || attributes.policy != SCHED_OTHER)
        return;
    attributes.size = sizeof attributes;
    attributes.runtime = nanoseconds;
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

/// man 5 proc, /proc/<pid>/oom_score_adj: from one value to another, if it is that one.
void changeKillScore(const char* from, const char* to)
{
    const int descriptor = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return;
    char text[16]{};
    if (read(descriptor, text, sizeof text - 1) > 0 && std::atoi(text) == std::atoi(from)) [[maybe_unused]]
        const ssize_t written = pwrite(descriptor, to, std::strlen(to), 0);
    close(descriptor);
}

} // namespace

void takePriority()
{
    setSlice(shortestSlice);
    if (geteuid() != 0)
        return;
    if (getpriority(PRIO_PROCESS, 0) == 0)
        setpriority(PRIO_PROCESS, 0, ownNiceness);
    changeKillScore(usualKillScore, ownKillScore);
}

void yieldPriority()
{
    const int present = getpriority(PRIO_PROCESS, 0);
    setpriority(PRIO_PROCESS, 0, (present > 0 ? present : 0) + helperNiceness);
    setSlice(0);
    changeKillScore(ownKillScore, usualKillScore);
}

void stayInMemory()
{
    if (geteuid() != 0)
        return;
    const int descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    char text[64]{};
    if (descriptor < 0)
        return;
    const ssize_t got = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    const char* const resident = got > 0 ? std::strchr(text, ' ') : nullptr;
    if (resident == nullptr || std::atol(resident) * sysconf(_SC_PAGESIZE) > mostLockedBytes)
        return;
    // On fault: a mapping of which only a part was touched does not grow by this. Without the flag (before Linux 4.4)
    // all of each would come in, which may be more than was agreed.
    mlockall(MCL_CURRENT | MCL_ONFAULT);
}

} // namespace hindcast::recorder
