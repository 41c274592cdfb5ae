// SIGUSR1, the trigger by hand, turned into a descriptor that poll() can wait for.
#pragma once

namespace hindcast::recorder {

enum class TriggerSignal { Taken, Ignored };

/// Taken: first of all in the process, so that one that comes early counts. Ignored: later, for a recording that has
/// nothing to make a bundle of; unhandled, the signal would kill it. 0 or errno.
int installTriggerSignal(TriggerSignal how);
/// Becomes readable when the signal has come; -1 when it is ignored.
int triggerDescriptor();
/// Whether it came since the last call.
bool takeTriggerSignal();

} // namespace hindcast::recorder
