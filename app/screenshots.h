// Screenshots: shows every view once and saves it as a picture: for manuals, for checks, and for looking at a capture
// where there is no display.
#pragma once

#include <QString>

namespace hindcast {

class MainWindow;

/// Pictures of the window without a capture are taken first; then `input` is opened, unless it is empty.
/// Returns the program's exit status; what went wrong has been said on stderr.
int takeScreenshots(MainWindow& window, const QString& input, const QString& folder);

} // namespace hindcast
