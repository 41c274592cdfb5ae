#include "file_copy.h"

#include <algorithm>
#include <cerrno>
#include <sys/sendfile.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::uint64_t stepBytes = 8 << 20; // so that a signal does not wait for the whole

/// These and the two below give what they copied, or -1 with errno; all move both places on.
using Step = ssize_t (*)(int source, int target, std::size_t bytes);

ssize_t shareOrCopy(int source, int target, std::size_t bytes)
{
    return copy_file_range(source, nullptr, target, nullptr, bytes, 0);
}

ssize_t send(int source, int target, std::size_t bytes)
{
    return sendfile(target, source, nullptr, bytes);
}

ssize_t readAndWrite(int source, int target, std::size_t bytes)
{
    char buffer[32 << 10];
    const ssize_t got = read(source, buffer, std::min(bytes, sizeof buffer));
    ssize_t written = 0;
    while (written < got) {
        const ssize_t step = write(target, buffer + written, static_cast<std::size_t>(got - written));
        if (step < 0 && errno == EINTR)
            continue;
        if (step < 0)
            return -1;
        written += step;
    }
    return got;
}

/// Between these two files it cannot be done this way (man 2 copy_file_range, man 2 sendfile).
bool isAnotherWayNeeded(int errorNumber)
{
    return errorNumber == EXDEV || errorNumber == EINVAL || errorNumber == ENOSYS || errorNumber == EOPNOTSUPP
        || errorNumber == EBADF || errorNumber == EPERM;
}

} // namespace

int copyFile(int source, int target, std::uint64_t bytes, std::uint64_t& copied)
{
    if (lseek(source, 0, SEEK_SET) != 0)
        return errno;
    constexpr Step ways[] = {shareOrCopy, send, readAndWrite};
    const Step* way = ways;
    std::uint64_t left = bytes;
    while (left > 0) {
        const ssize_t step = (*way)(source, target, static_cast<std::size_t>(std::min(left, stepBytes)));
        if (step > 0) {
            left -= static_cast<std::uint64_t>(step);
            copied += static_cast<std::uint64_t>(step);
        } else if (step < 0 && errno == EINTR) {
            continue;
        } else if (way != &ways[2] && (step == 0 || isAnotherWayNeeded(errno))) {
            ++way; // some file systems answer 0 to what they cannot copy (man 2 copy_file_range, BUGS)
        } else {
            return step == 0 ? EIO : errno;
        }
    }
    return 0;
}

} // namespace hindcast::recorder
