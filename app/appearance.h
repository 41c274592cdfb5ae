// Appearance: the light and the dark look of the program. Everything is drawn from the palette chosen here.
#pragma once

#include <cstdint>

class QApplication;

namespace hindcast {

enum class Theme : std::uint8_t { System, Light, Dark };

/// Style and palette of the whole application. System: light or dark as the desktop's own palette is.
void applyTheme(QApplication& application, Theme theme);

} // namespace hindcast
