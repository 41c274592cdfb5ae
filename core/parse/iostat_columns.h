// IostatColumns: what the names in the headings of iostat mean, from sysstat 5 to 12.7, of disks, CPUs and network file
// systems. Source: man 1 iostat; sysstat iostat.c, write_ext_stat() and write_plain_ext_stat().
#pragma once

#include "parse/interval_figures.h"

#include <optional>
#include <string_view>

namespace hindcast::parse {

constexpr std::size_t mostIostatColumns = 64;

/// "%user".
const FigureColumn* cpuColumnNamed(std::string_view name);
/// "r/s", "kB_read/s". Nothing for a name that is not known.
std::optional<FigureColumn> diskColumnNamed(std::string_view name);

/// "Device:", "Filesystem".
bool isDeviceWord(std::string_view word);
/// "avg-cpu:  %user   %nice %system …".
bool isCpuHeading(std::string_view line);
/// Three names of figures that only iostat has, and a place for the device before or behind them.
bool isDiskHeading(std::string_view line);

} // namespace hindcast::parse
