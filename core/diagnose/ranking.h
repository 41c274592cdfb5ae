// ranking: the problem window, the score of every finding in it, their order, and the one principal bottleneck.
#pragma once

#include "diagnose/diagnose.h"

namespace hindcast::diagnose {

/// The user's selection, else where tasks were stalled or hung, else the whole capture. Sets window and windowReason.
/// Returns the stretches of it that count.
std::vector<Episode> problemWindow(const Snapshot& snapshot, const DiagnoseOptions& options, Diagnosis& diagnosis);

/// Scores (findings catalogue, section 4), sorts and names the principal; every index in the diagnosis follows.
void rank(const Snapshot& snapshot, const std::vector<Episode>& window, Diagnosis& diagnosis);

/// The sentence at the top, and the resources that were cleared.
void conclude(const Snapshot& snapshot, Diagnosis& diagnosis);

} // namespace hindcast::diagnose
