// KernelUnits: the two units of /proc that no file of it names, clock ticks and pages. Where the capture does not say
// them the usual values are assumed and a note says so.
#pragma once

#include "model/snapshot.h"
#include "parse/builder.h"

namespace hindcast::parse {

/// Clock ticks per second (sysconf(_SC_CLK_TCK)): 100 on every architecture in use but Alpha and IA-64 (1024).
double clockTicksPerSecond(const Host& host, Builder& out);
/// Bytes per page: 4096 unless the machine is known to differ (64 KiB on some arm64 and ppc64le kernels).
double pageSizeBytes(const Host& host, Builder& out);

} // namespace hindcast::parse
