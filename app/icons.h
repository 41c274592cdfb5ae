// Icons: the drawings of resources/icons in the colours of a palette, so that one drawing serves light and dark.
#pragma once

#include <QIcon>

class QPalette;

namespace hindcast {

/// `name` is the file's name without ".svg". The drawings are black; black is replaced by the palette's text colour.
QIcon themedIcon(const QString& name, const QPalette& palette);
/// The program's own icon, in its own colours.
QIcon programIcon();

} // namespace hindcast
