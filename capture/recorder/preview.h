// What can be known before a recording: --dry-run lists all it would touch, for whoever has to allow it; --estimate
// takes a few samples and says what a recording would cost.
#pragma once

#include "options.h"
#include "root.h"

namespace hindcast::recorder {

/// Prints every path, request, command and file. An exit status.
int printIntentions(const Options& options, const Root& root);
/// Takes three samples, writes nothing. An exit status.
int printEstimate(const Options& options, const Root& root);

} // namespace hindcast::recorder
