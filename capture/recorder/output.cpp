#include "output.h"

#include "file_copy.h"
#include "message.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

/// Whoever made our standard output may have made it non-blocking. It is waited for as a blocking write would: a signal
/// to stop lets the tick arrive whole (poll returns, and is called again), a second one kills.
void waitForRoom(int descriptor)
{
    pollfd room{descriptor, POLLOUT, 0};
    poll(&room, 1, -1);
}

/// All of `bytes`, however the descriptor takes them; `length` counts what arrived.
int writeAll(int descriptor, std::string_view bytes, std::uint64_t& length)
{
    while (!bytes.empty()) {
        const ssize_t written = write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno == EAGAIN) {
            waitForRoom(descriptor);
            continue;
        }
        if (written < 0)
            return errno;
        length += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

class StreamOutput final : public Output {
public:
    int open() override
    {
        if (isatty(STDOUT_FILENO)) {
            say("a capture is not for a terminal: redirect standard output, or name a file with -o");
            return exit_status::usage;
        }
        return exit_status::complete;
    }
    int write(std::string_view bytes) override { return writeAll(STDOUT_FILENO, bytes, m_length); }
    int append(int source, std::uint64_t bytes) override { return copyFile(source, STDOUT_FILENO, bytes, m_length); }
    void takeOver(std::uint64_t bytes) override { m_length += bytes; }
    void markValid() override { }
    bool isKept() const override { return false; }
    std::uint64_t length() const override { return m_length; }
    int descriptor() const override { return STDOUT_FILENO; }
    void cutToValid() override { } // what went down a pipe is gone: readers leave a torn last tick out
    int finish() override
    {
        // Only close() tells what a network file system could not store.
        if (close(STDOUT_FILENO) == 0)
            return 0;
        const int failure = errno;
        say("standard output: %s", std::strerror(failure));
        return failure;
    }
    void remove() override { }
    const std::string& name() const override { return m_name; }

private:
    std::string m_name = "standard output";
    std::uint64_t m_length = 0;
};

enum class Existing { Keep, Replace };

class FileOutput final : public Output {
public:
    FileOutput(std::string name, Existing existing)
        : m_name(std::move(name))
        , m_part(m_name + ".part")
        , m_existing(existing)
    {
    }
    ~FileOutput() override { closePart(); }

    int open() override;
    int write(std::string_view bytes) override { return writeAll(m_descriptor, bytes, m_length); }
    int append(int source, std::uint64_t bytes) override { return copyFile(source, m_descriptor, bytes, m_length); }
    void takeOver(std::uint64_t bytes) override { m_length += bytes; }
    void markValid() override { m_validLength = m_length; }
    void cutToValid() override;
    std::uint64_t length() const override { return m_length; }
    int descriptor() const override { return m_descriptor; }
    bool isKept() const override { return true; }
    int finish() override;
    void remove() override;
    const std::string& name() const override { return m_name; }

private:
    int refuseExisting() const;
    int clearOldPart() const;
    int rename() const;
    void syncFolder() const;
    void closePart();

    std::string m_name, m_part;
    Existing m_existing;
    int m_descriptor = -1;
    std::uint64_t m_length = 0, m_validLength = 0;
};

int FileOutput::open()
{
    if (const int status = refuseExisting())
        return status;
    if (m_existing == Existing::Replace)
        if (const int status = clearOldPart())
            return status;
    m_descriptor = ::open(m_part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (m_descriptor < 0 && errno == EEXIST) {
        say("%s is there: another recording is writing it or was killed (--force replaces it)", m_part.c_str());
        return exit_status::usage;
    }
    if (m_descriptor < 0) {
        say("cannot create %s: %s", m_part.c_str(), std::strerror(errno));
        return exit_status::nothingRecorded;
    }
    flock(m_descriptor, LOCK_EX | LOCK_NB); // tells a later --force that somebody still writes here
    return exit_status::complete;
}

int FileOutput::refuseExisting() const
{
    struct stat status { };
    if (lstat(m_name.c_str(), &status) != 0)
        return exit_status::complete; // if the folder is the trouble, creating the file says so
    if (m_existing == Existing::Keep) {
        say("%s is already there (--force replaces it)", m_name.c_str());
        return exit_status::usage;
    }
    if (!S_ISREG(status.st_mode)) {
        say("%s is not a regular file, and is not replaced", m_name.c_str());
        return exit_status::usage;
    }
    return exit_status::complete;
}

int FileOutput::clearOldPart() const
{
    const int old = ::open(m_part.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (old < 0 && errno == ENOENT)
        return exit_status::complete;
    struct stat status { };
    const bool isRegular = old >= 0 && fstat(old, &status) == 0 && S_ISREG(status.st_mode);
    const bool isWritten = isRegular && flock(old, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (old >= 0)
        close(old);
    if (!isRegular)
        say("%s is not a regular file, and is not replaced", m_part.c_str());
    else if (isWritten)
        say("%s is being written by another recording", m_part.c_str());
    else if (unlink(m_part.c_str()) != 0)
        say("cannot remove %s: %s", m_part.c_str(), std::strerror(errno));
    else
        return exit_status::complete;
    return exit_status::usage;
}

void FileOutput::cutToValid()
{
    const auto end = static_cast<off_t>(m_validLength);
    if (ftruncate(m_descriptor, end) == 0 && lseek(m_descriptor, end, SEEK_SET) == end)
        m_length = m_validLength;
}

int FileOutput::finish()
{
    int failure = fdatasync(m_descriptor) != 0 ? errno : 0;
    if (failure != 0)
        say("%s: %s", m_part.c_str(), std::strerror(failure));
    if (const int renameFailure = rename()) {
        say("the capture stays in %s: cannot name it %s: %s", m_part.c_str(), m_name.c_str(),
            std::strerror(renameFailure));
        failure = renameFailure;
    } else {
        syncFolder();
    }
    closePart();
    return failure;
}

/// Without replacing what somebody else may have put there meanwhile. Not every file system knows how to do that in
/// one step (man 2 renameat2: EINVAL); a hard link does the same in two, and where there are none a look must do.
int FileOutput::rename() const
{
    if (m_existing == Existing::Replace)
        return ::rename(m_part.c_str(), m_name.c_str()) != 0 ? errno : 0;
    if (renameat2(AT_FDCWD, m_part.c_str(), AT_FDCWD, m_name.c_str(), RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (link(m_part.c_str(), m_name.c_str()) == 0)
        return unlink(m_part.c_str()) != 0 ? errno : 0;
    if (errno == EEXIST)
        return EEXIST;
    struct stat status { };
    if (lstat(m_name.c_str(), &status) == 0)
        return EEXIST;
    return ::rename(m_part.c_str(), m_name.c_str()) != 0 ? errno : 0;
}

/// The name itself survives a power cut only when its folder has been written.
void FileOutput::syncFolder() const
{
    const auto slash = m_name.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : m_name.substr(0, slash + 1);
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    fsync(descriptor);
    close(descriptor);
}

void FileOutput::remove()
{
    closePart();
    unlink(m_part.c_str());
}

void FileOutput::closePart()
{
    if (m_descriptor >= 0)
        close(m_descriptor);
    m_descriptor = -1;
}

/// HOST-UTC.hindcast.tar.zst, of bytes that need no quoting anywhere.
std::string defaultName(const std::string& hostname)
{
    std::string name;
    for (const char c : hostname) {
        const bool isPlain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
            || ((c == '.' || c == '-') && !name.empty());
        name += isPlain ? c : '_';
    }
    if (name.empty())
        name = "host";
    char time[32];
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::strftime(time, sizeof time, "-%Y%m%dT%H%M%SZ", &utc);
    return name + time + ".hindcast.tar.zst";
}

} // namespace

std::unique_ptr<Output> makeOutput(const Options& options, const std::string& hostname)
{
    if (options.output == "-")
        return std::make_unique<StreamOutput>();
    return std::make_unique<FileOutput>(options.output.empty() ? defaultName(hostname) : options.output,
        options.isForced ? Existing::Replace : Existing::Keep);
}

} // namespace hindcast::recorder
