// The request to stop: SIGINT, SIGTERM or SIGHUP, turned into a descriptor that poll() can wait for.
#pragma once

#include <cstdint>

namespace hindcast::recorder {

/// Lets through those that have a meaning here (SIGUSR1 is one), whatever whoever started us has blocked.
void unblockSignals();
/// To be called once, at the start. A second signal of a kind has its usual effect. SIGPIPE becomes EPIPE; SIGHUP stays
/// ignored where it was (nohup). 0 or errno.
int installStopSignals();
/// Becomes readable when a signal has come.
int stopDescriptor();
/// CLOCK_MONOTONIC in nanoseconds when the first one came; 0 before.
std::int64_t stopInstant();

} // namespace hindcast::recorder
