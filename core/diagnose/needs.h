// needs: whether what a rule needs was recorded, and if not, why, as far as the capture tells.
#pragma once

#include "diagnose/rule.h"
#include "model/snapshot.h"

#include <vector>

namespace hindcast::diagnose {

bool isRecorded(const Snapshot& snapshot, const Input& input);
/// One for each need that nothing recorded satisfies.
std::vector<MissingInput> missingInputs(const Snapshot& snapshot, const Rule& rule);
/// Why: a refusal of the system, an absence, or that nobody recorded it.
MissingInput missingInput(const Snapshot& snapshot, const Need& need);

/// Whether the kernel's messages were read at all; none among them is then a fact.
bool hasKernelLog(const Snapshot& snapshot);

} // namespace hindcast::diagnose
