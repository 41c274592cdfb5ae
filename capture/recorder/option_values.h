// What stands behind an option: numbers, durations, sizes. Nothing = it is none, or not within the bounds.
#pragma once

#include <cstdint>
#include <optional>

namespace hindcast::recorder {

enum class Units { None, Durations };
/// "90", "1.5", and with Units::Durations: "100ms", "90s", "15m", "8h", "2d".
std::optional<double> readSeconds(const char* text, Units units);
/// A duration of at least `leastSeconds`, in nanoseconds; ten years at most.
std::optional<std::int64_t> readDuration(const char* text, double leastSeconds);
/// 1 … most.
std::optional<std::uint64_t> readCount(const char* text, std::uint64_t most);
/// Bytes: "4096", "64K", "256M", "1.5G" (of 1024, as of du and head; also "KiB", "MB" …); at least 1.
std::optional<std::uint64_t> readSize(const char* text);
/// "5%", as 5.
std::optional<unsigned> readPercent(const char* text);

} // namespace hindcast::recorder
