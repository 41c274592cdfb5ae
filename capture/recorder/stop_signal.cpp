#include "stop_signal.h"

#include "read_buffer.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

int eventDescriptor = -1;
std::atomic<std::int64_t> firstInstant = 0;
static_assert(std::atomic<std::int64_t>::is_always_lock_free); // else not for signal handlers

/// timeout(1) signals its command and then the whole group: what comes so soon after the first is the same wish.
constexpr std::int64_t sameWishNanoseconds = 300'000'000;

/// Only what man 7 signal-safety allows; clock_gettime is named there, and monotonicNow is nothing else.
void onSignal(int number)
{
    const int savedError = errno;
    std::int64_t before = 0;
    const std::int64_t now = monotonicNow();
    if (!firstInstant.compare_exchange_strong(before, now) && now - before > sameWishNanoseconds) {
        struct sigaction deadly { };
        deadly.sa_handler = SIG_DFL;
        sigaction(number, &deadly, nullptr);
        raise(number); // delivered when this handler returns
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(eventDescriptor, &one, sizeof one);
    errno = savedError;
}

} // namespace

/// man 7 signal: the mask of blocked signals passes through fork and execve.
void unblockSignals()
{
    sigset_t ours;
    sigemptyset(&ours);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1})
        sigaddset(&ours, number);
    sigprocmask(SIG_UNBLOCK, &ours, nullptr);
}

int installStopSignals()
{
    eventDescriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (eventDescriptor < 0)
        return errno;
    struct sigaction action { };
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
    sigaction(SIGXFSZ, &action, nullptr); // ulimit -f becomes EFBIG
    action.sa_handler = SIG_DFL;
    sigaction(
        SIGCHLD, &action, nullptr); // ignored by whoever started us, it would keep the end of our children from us
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART; // a write to a full pipe goes on; the second signal kills
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    struct sigaction previous { };
    sigaction(SIGHUP, nullptr, &previous);
    if (previous.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, nullptr);
    return 0;
}

int stopDescriptor()
{
    return eventDescriptor;
}

std::int64_t stopInstant()
{
    return firstInstant;
}

} // namespace hindcast::recorder
