// Screenshots: shows every view once and saves it as a picture: for manuals, for checks, and for looking at a capture
// where there is no display.
#pragma once

#include <QStringList>

namespace hindcast {

class MainWindow;

/// The window without a capture comes first; then the first of `inputs` is opened, if there is one, or its error
/// pictured. Returns the program's exit status; what went wrong has been said on stderr.
int takeScreenshots(MainWindow& window, const QStringList& inputs, const QString& folder);

} // namespace hindcast
