// Figures in the sentences of findings: short, with their unit, never more exact than they were measured.
#pragma once

#include <string>

namespace hindcast::diagnose {

std::string inSeconds(double seconds); ///< "80 ms", "1.2 s", "0.04 ms"
std::string inBytes(double bytes); ///< "1.5 GiB"
std::string inPercent(double percent); ///< "83 %", "1.05 %"
std::string inNumber(double number); ///< "8", "8.3", "1 200"

} // namespace hindcast::diagnose
