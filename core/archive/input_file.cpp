#include "archive/input_file.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hindcast::archive {
namespace {

/// A file without a name in TMPDIR, gone when its descriptor closes.
int openSpool()
{
    const char* folder = std::getenv("TMPDIR");
    std::string pattern = std::string(folder && *folder ? folder : "/tmp") + "/hindcast-XXXXXX";
    const int descriptor = ::mkostemp(pattern.data(), O_CLOEXEC);
    if (descriptor >= 0)
        ::unlink(pattern.c_str());
    return descriptor;
}

bool writeAll(int descriptor, const char* data, std::size_t count)
{
    while (count > 0) {
        const ssize_t written = ::write(descriptor, data, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        data += written;
        count -= static_cast<std::size_t>(written);
    }
    return true;
}

/// Copies to the end of `from`; more than a day of any tool writes is refused, so that /dev/zero cannot fill the disk.
Result<std::uint64_t> spool(int from, int to, const std::string& name)
{
    std::vector<char> buffer(1 << 17);
    constexpr std::uint64_t mostSpooled = std::uint64_t{16} << 30;
    std::uint64_t total = 0;
    for (;;) {
        const ssize_t count = ::read(from, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return Error{"cannot read: " + errorText(errno), name};
        if (count == 0)
            return total;
        if (!writeAll(to, buffer.data(), static_cast<std::size_t>(count)))
            return Error{"cannot keep it in the temporary folder: " + errorText(errno), name};
        total += static_cast<std::uint64_t>(count);
        if (total > mostSpooled)
            return Error{"more than 16 GiB from a pipe; save it to a file first", name};
    }
}

} // namespace

std::string errorText(int errorNumber)
{
    std::string text = std::generic_category().message(errorNumber);
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && !(text[1] >= 'A' && text[1] <= 'Z'))
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

Result<InputFile> InputFile::openSpooled(int from, const std::string& name)
{
    const int descriptor = openSpool();
    if (descriptor < 0)
        return Error{"no temporary file: " + errorText(errno), name};
    InputFile file(descriptor, 0);
    const auto size = spool(from, descriptor, name);
    if (!size)
        return size.error();
    file.m_size = *size;
    if (file.m_size == 0)
        return Error{"empty file", name};
    return file;
}

Result<InputFile> InputFile::open(const std::filesystem::path& path)
{
    if (path == "-")
        return openSpooled(STDIN_FILENO, "standard input");
    // O_NONBLOCK: a FIFO nobody writes to must not hang the program; it has no effect on regular files.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return Error{errorText(errno), path.string()};
    InputFile file(descriptor, 0);
    struct stat status { };
    if (::fstat(descriptor, &status) != 0)
        return Error{errorText(errno), path.string()};
    if (S_ISDIR(status.st_mode))
        return Error{"is a folder", path.string()};
    if (!S_ISREG(status.st_mode))
        return Error{"not a regular file; pipe it in with - instead", path.string()};
    if (status.st_size == 0) // empty, or a file of /proc or /sys, whose length nobody knows before reading it
        return openSpooled(descriptor, path.string());
    file.m_size = static_cast<std::uint64_t>(status.st_size);
    file.m_modified = static_cast<std::int64_t>(status.st_mtime);
    return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
    , m_size(other.m_size)
    , m_modified(other.m_modified)
{
}

InputFile& InputFile::operator=(InputFile&& other) noexcept
{
    std::swap(m_descriptor, other.m_descriptor);
    std::swap(m_size, other.m_size);
    std::swap(m_modified, other.m_modified);
    return *this;
}

InputFile::~InputFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

std::size_t InputFile::read(std::uint64_t offset, char* out, std::size_t count) const
{
    std::size_t done = 0;
    while (done < count) {
        const ssize_t got = ::pread(m_descriptor, out + done, count - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

std::string InputFile::read(std::uint64_t offset, std::size_t count) const
{
    std::string bytes(count, '\0');
    bytes.resize(read(offset, bytes.data(), count));
    return bytes;
}

} // namespace hindcast::archive
