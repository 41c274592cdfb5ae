// snapshotText: a whole Snapshot as plain text, one line per thing, for golden files that a person can read and diff.
#pragma once

#include "model/snapshot.h"

#include <string>

namespace hindcast {

/// Times are seconds since the epoch (or the source's own zero); "-" stands for "not measured". Derived values are
/// printed as the single-precision numbers they are.
std::string snapshotText(const Snapshot& snapshot);

} // namespace hindcast
