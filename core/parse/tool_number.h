// Numbers as tools print them for people: "3.7G", "23Gi", "1,60" with a decimal comma, "2-14:46:30".
#pragma once

#include <optional>
#include <string_view>

namespace hindcast::parse {

/// A number with a decimal point or comma, and nothing else.
std::optional<double> readLocalNumber(std::string_view text);

/// "3.7G", "23Gi", "217M", "0B", "512", "2.2m": bytes. Letters count by 1024 (free -h, df -h, top), with an "i" too; a
/// plain number is multiplied by `plainUnit`.
std::optional<double> readSize(std::string_view text, double plainUnit);

/// CPU time of ps and top, "[[days-]hours:]minutes:seconds[.hundredths]": seconds.
std::optional<double> readProcessTime(std::string_view text);

/// CPU time of top and busybox, which leave out what does not fit: "6:31.69", "1234:56", "36,12" (hours and minutes),
/// "12h34", "1d02h", "3d", "2w": seconds.
std::optional<double> readTaskTime(std::string_view text);

/// A time with units, of ss: "1min54sec", "310ms", "2.5sec", "110min": seconds.
std::optional<double> readTimerText(std::string_view text);

} // namespace hindcast::parse
