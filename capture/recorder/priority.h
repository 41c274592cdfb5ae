// Priority: as root the recorder runs a little before others and is not the first to be killed when memory is short,
// for its samples are wanted most when a machine is at its limits. What it costs is bounded by the governor.
#pragma once

namespace hindcast::recorder {

/// Asks to be let in soon rather than for long, which anybody may; with the privilege also nice -5 and oom_score_adj
/// -500, unless whoever started us had a wish of his own.
void takePriority();
/// In a child: gives back what takePriority() took, and stands back behind others.
void yieldPriority();
/// Keeps the pages that were touched so far in memory, when they are 16 MiB at most. Nothing without the privilege.
void stayInMemory();

} // namespace hindcast::recorder
