#include "message.h"

#include <cstdarg>
#include <cstdio>
#include <unistd.h>

namespace hindcast::recorder {

void say(const char* format, ...)
{
    constexpr const char name[] = "hindcast-record: ";
    char line[8192];
    std::size_t length = sizeof name - 1;
    __builtin_memcpy(line, name, length);
    va_list arguments;
    va_start(arguments, format);
    const int added = std::vsnprintf(line + length, sizeof line - length - 1, format, arguments);
    va_end(arguments);
    if (added > 0)
        length += static_cast<std::size_t>(added) < sizeof line - length - 1 ? static_cast<std::size_t>(added)
                                                                             : sizeof line - length - 2;
    // One line stays one line, whatever a file name holds; terminals obey control bytes.
    for (std::size_t i = 0; i < length; ++i)
        if (static_cast<unsigned char>(line[i]) < 0x20 || line[i] == 0x7F)
            line[i] = '?';
    line[length++] = '\n';
    // One write, so that lines of several programs do not mix. Nobody is left to tell when it fails.
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line, length);
}

} // namespace hindcast::recorder
