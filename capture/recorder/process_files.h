// What /proc/<pid> and /proc/<pid>/task have in common: paths with a number in them, and folders whose names are
// numbers.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace hindcast::recorder {

/// "/proc/<pid>/<file>", in place.
struct ProcessPath {
    ProcessPath(pid_t pid, const char* file);
    char text[64];
};

/// "/proc/<pid>/task/<tid>/<file>"
struct ThreadPath {
    ThreadPath(pid_t process, pid_t thread, const char* file);
    char text[64];
};

/// A block of a tick about a process. Its time is a whole millisecond, rounded down: thousands of them with all digits
/// would be a quarter of a capture.
void appendProcessBlock(std::string& blocks, std::string_view path, std::int64_t begin, std::int64_t microseconds,
    int errorNumber, std::string_view body);

/// What the kernel answers about a process that has ended, depending on how far that is.
inline bool isGone(int errorNumber)
{
    return errorNumber == ESRCH || errorNumber == ENOENT;
}

/// Lists folders of /proc whose interesting names are numbers.
class NumberLister {
public:
    NumberLister();
    /// Fills `numbers` with those in the folder, increasing, from its beginning. 0 or errno.
    int list(int folder, std::vector<pid_t>& numbers);
    /// How many there are; stops at `most`. 0 or errno.
    int count(int folder, std::size_t most, std::size_t& number);

private:
    std::vector<char> m_entries; ///< what getdents64 fills
};

} // namespace hindcast::recorder
