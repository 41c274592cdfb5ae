#include "trigger_signal.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

int eventDescriptor = -1;

/// Only what man 7 signal-safety allows.
void onSignal(int)
{
    const int savedError = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(eventDescriptor, &one, sizeof one);
    errno = savedError;
}

} // namespace

int installTriggerSignal(TriggerSignal how)
{
    struct sigaction action { };
    action.sa_handler = SIG_IGN;
    if (how == TriggerSignal::Taken) {
        if (eventDescriptor < 0)
            eventDescriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (eventDescriptor < 0)
            return errno;
        action.sa_handler = onSignal;
        action.sa_flags = SA_RESTART;
    }
    return sigaction(SIGUSR1, &action, nullptr) != 0 ? errno : 0;
}

int triggerDescriptor()
{
    return eventDescriptor;
}

bool takeTriggerSignal()
{
    std::uint64_t count = 0;
    return eventDescriptor >= 0 && read(eventDescriptor, &count, sizeof count) == sizeof count;
}

} // namespace hindcast::recorder
