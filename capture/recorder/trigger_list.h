// The expressions of --trigger, read from the options: recording and --dry-run refuse the same ones, with the same
// words, before anything is created.
#pragma once

#include "options.h"
#include "trigger_watch.h"

namespace hindcast::recorder {

/// An exit status; what is wrong has been said.
int addTriggers(const Options& options, TriggerWatch& watch);
/// Without a watch of the caller's own.
int checkTriggers(const Options& options);

} // namespace hindcast::recorder
