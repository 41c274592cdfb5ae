// Turns values with their units, counts and durations into text for people. Everything the user reads as a number
// passes through here, so that it looks the same in a lane, a table and a report.
#pragma once

#include "base/time.h"
#include "base/unit.h"

#include <QString>

namespace hindcast::text {

/// What stands where nothing was measured: an en dash, never 0.
QString notMeasuredText();

/// "12.3 %", "1.25 GiB", "3.4 k/s", "12 ms"; notMeasuredText() for NaN. At most four significant digits.
QString formatValue(double value, Unit unit);
/// The same without trailing zeros, for axes: "0", "50 %", "512 MiB".
QString formatTick(double value, Unit unit);
/// "+12.0 MiB", "−3 %".
QString formatDelta(double value, Unit unit);
/// Whole number with thousands separated: "86 400".
QString formatCount(std::uint64_t count);
/// What a lane of that unit is measured in, for its header: "bytes/s"; empty for Unit::None.
QString unitTitle(Unit unit);
/// "250 ms", "15 s", "7 min 30 s", "24 h 0 min".
QString formatDuration(Nanoseconds duration);

/// For counting sentences in the untranslated English: Qt picks plural forms from a translation only, and English has
/// none. Usage: plural(n, tr("1 lane"), tr("%n lanes", nullptr, n)).
inline QString plural(std::int64_t count, const QString& one, const QString& many)
{
    return count == 1 ? one : many;
}

/// Text from a capture: UTF-8 where it is valid, else each byte as Latin-1, so that nothing is lost.
QString fromBytes(std::string_view bytes);

} // namespace hindcast::text
