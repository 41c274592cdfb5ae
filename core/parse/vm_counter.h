// VmCounter: what the names of the memory manager's counters mean, for /proc/vmstat, /proc/zoneinfo and a node's
// vmstat.
#pragma once

#include <string_view>

namespace hindcast::parse {

/// Whether a name of /proc/vmstat is a state, not a count of events. Source: kernel mm/vmstat.c (vmstat_text),
/// include/linux/mmzone.h: everything counts events but the "nr_" state counts in pages and workingset_nodes; a few
/// "nr_" names do count events.
bool isVmState(std::string_view name);

} // namespace hindcast::parse
