// hindcast-record: samples this machine into one file. See capture/FORMAT.md for what it writes.
#include "message.h"
#include "options.h"
#include "preview.h"
#include "recording.h"
#include "root.h"
#include "stop_signal.h"
#include "trigger_signal.h"
#include "verify.h"

#include <cstring>

namespace {

using namespace hindcast::recorder;

/// A host without /proc has nothing to say; with only part of it (subset=pid, a small chroot) it still has.
bool hasProc(const Root& root)
{
    return root.exists("/proc/stat") || root.exists("/proc/self/stat") || root.exists("/proc/1/stat");
}

/// Before anything that takes time: who starts the recorder may send a signal at once. An exit status.
int heedSignals(const Options& options)
{
    int failure = installTriggerSignal(TriggerSignal::Taken);
    if (failure == 0 && options.action != Action::Verify) // which keeps nothing that would have to be finished
        failure = installStopSignals();
    unblockSignals(); // now that those that have waited are heeded
    if (failure != 0)
        say("cannot wait for signals: %s", std::strerror(failure));
    return failure != 0 ? exit_status::nothingRecorded : exit_status::complete;
}

int act(const Options& options)
{
    if (const int status = heedSignals(options))
        return status;
    if (options.action == Action::Verify)
        return verifyCapture(options.verified);
    Root root;
    if (const int failure = root.open(options.root)) {
        say("cannot open %s: %s", options.root.c_str(), std::strerror(failure));
        return exit_status::nothingRecorded;
    }
    if (!hasProc(root)) {
        say("there is no /proc %s%s; nothing was recorded", root.isRealRoot() ? "on this system" : "in ",
            root.isRealRoot() ? ": is it mounted?" : options.root.c_str());
        return exit_status::nothingRecorded;
    }
    switch (options.action) {
    case Action::DryRun:
        return printIntentions(options, root);
    case Action::Estimate:
        return printEstimate(options, root);
    default:
        return Recording(options, root).run();
    }
}

} // namespace

int main(int argumentCount, char** arguments)
{
    const CommandLine commandLine = readCommandLine(argumentCount, arguments);
    return commandLine.options ? act(*commandLine.options) : commandLine.exitStatus;
}
