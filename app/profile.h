// Profile: measures how fast the window opens, draws and answers, and what it costs in memory, on a real capture and
// with the real window. The keys of the result are part of the command-line contract.
#pragma once

#include <QString>

namespace hindcast {

class MainWindow;

/// Returns the program's exit status; what went wrong has been said on stderr.
int runProfile(MainWindow& window, const QString& input, const QString& resultFile);

} // namespace hindcast
