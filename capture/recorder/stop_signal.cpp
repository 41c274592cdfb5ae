#include "stop_signal.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

int eventDescriptor = -1;
volatile std::sig_atomic_t receivedSignal = 0;

/// Only what man 7 signal-safety allows.
void onSignal(int number)
{
    const int savedError = errno;
    receivedSignal = number;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(eventDescriptor, &one, sizeof one);
    errno = savedError;
}

} // namespace

int installStopSignals()
{
    eventDescriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (eventDescriptor < 0)
        return errno;
    struct sigaction action { };
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
    sigaction(SIGXFSZ, &action, nullptr); // ulimit -f becomes EFBIG
    action.sa_handler = onSignal;
    // A write to a full pipe goes on (SA_RESTART); the second signal kills (SA_RESETHAND).
    action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
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

int stopSignal()
{
    return receivedSignal;
}

} // namespace hindcast::recorder
