// CommandLine: what the user asked of `hindcast` on its command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hindcast {

struct CommandLine {
    std::vector<std::string> inputs;
    std::string screenshotFolder; ///< empty: an ordinary start
    std::string profileFile; ///< empty: an ordinary start
    std::string theme; ///< "light", "dark", "" = as the desktop
    std::string language; ///< "" = as the desktop
    double scale = 0; ///< 0 = as the desktop
};

/// Nothing when the program should end at once with `exitStatus` (help was asked for, or usage was wrong: said
/// already).
std::optional<CommandLine> parseCommandLine(int argumentCount, char** arguments, int& exitStatus);

} // namespace hindcast
