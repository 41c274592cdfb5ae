// levelIcon: the mark of a level of badness: a shape of its own for each, so that nobody needs the colour to tell them
// apart.
#pragma once

#include <QColor>
#include <QIcon>

namespace hindcast {

enum class LevelShape { Circle, Triangle, Diamond, Octagon };

/// Sharp at any scale of the screen.
QIcon levelIcon(LevelShape shape, const QColor& color);

} // namespace hindcast
