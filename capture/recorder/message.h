// say(): one line on standard error, with the program's name in front.
#pragma once

namespace hindcast::recorder {

[[gnu::format(printf, 1, 2)]] void say(const char* format, ...);

} // namespace hindcast::recorder
