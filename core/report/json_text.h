// JSON written directly, for bulk output where building a document first would cost more than the reading.
#pragma once

#include "base/time.h"

#include <string>
#include <string_view>

namespace hindcast::report {

/// Length of the UTF-8 sequence at the front of `text`, which is not empty; 0 when it is not one. Source: RFC 3629 §4.
std::size_t utf8Length(std::string_view text);

/// "text" with quotes; control bytes escaped, bytes that are not UTF-8 become U+FFFD.
void appendJsonText(std::string& out, std::string_view text);
/// Shortest digits that read back the same; NaN and infinities become null.
void appendJsonNumber(std::string& out, double value);
/// The same for a value that was computed in single precision.
void appendJsonNumber(std::string& out, float value);
/// Seconds since the epoch with as many digits as there are: 1700000001.0, 1700000001.25
void appendJsonTime(std::string& out, Time time);

} // namespace hindcast::report
