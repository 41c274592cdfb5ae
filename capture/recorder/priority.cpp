#include "priority.h"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr int ownNiceness = -5, helperNiceness = 10;
constexpr char ownKillScore[] = "-500", usualKillScore[] = "0";
constexpr long mostLockedBytes = 16 << 20;

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
