// --verify: whether a capture is whole, before it is carried away. Every sealed frame is checked against its SHA-256
// and the one before; nothing is decompressed, which hindcast-report does on the other side.
#pragma once

#include <string>

namespace hindcast::recorder {

/// Prints what it finds. An exit status: 0 whole, or unfinished and whole as far as it goes; 3 unreadable or no
/// capture; 4 damaged, which is told with the place.
int verifyCapture(const std::string& path);

} // namespace hindcast::recorder
