// Times as people type them: --from 11:30, --from +90s, --to -5m, or RFC 3339.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <string_view>

namespace hindcast::report {

/// "2026-11-21T11:30:27Z" | "HH:MM[:SS]" on the first day of `range` as shown with `utcOffset` (the next day when that
/// is before its beginning) | "+90s" from its beginning | "-5m" from its end. Units: s (default), m, h, d, ms. errors
/// "not a time: …"
Result<Time> parseTimeOption(std::string_view text, TimeRange range, std::chrono::seconds utcOffset);

} // namespace hindcast::report
