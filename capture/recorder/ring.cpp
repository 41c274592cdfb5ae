#include "ring.h"

#include "message.h"
#include "options.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <limits>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hindcast::recorder {
namespace {

constexpr std::string_view suffix = ".tar.zst", partSuffix = ".tar.zst.part";

/// One that a recorder makes: nothing else is touched.
bool isRingFile(std::string_view name)
{
    return (name.starts_with("0-start") || name.starts_with("seg-"))
        && (name.ends_with(suffix) || name.ends_with(partSuffix));
}

/// Names in a folder but `.` and `..`, and what mkfs puts there; nothing when it cannot be listed.
std::optional<std::vector<std::string>> list(int folder)
{
    const int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* const entries = own < 0 ? nullptr : fdopendir(own);
    if (entries == nullptr) {
        if (own >= 0)
            close(own);
        return std::nullopt;
    }
    std::vector<std::string> names;
    while (const dirent* const entry = readdir(entries))
        if (const std::string_view name = entry->d_name; name != "." && name != ".." && name != "lost+found")
            names.emplace_back(entry->d_name);
    closedir(entries);
    return names;
}

std::string partOf(const std::string& name)
{
    return name + ".part";
}

} // namespace

/// Its bytes first, then its name: a file with the final name is whole, also after a power cut. Its exit status is an
/// errno.
class Ring::Sealing final : public Work {
public:
    Sealing(int folder, const std::deque<std::string>& names)
        : m_folder(folder)
        , m_names(names)
    {
    }
    int run(int) override
    {
        int status = 0;
        for (const std::string& name : m_names) {
            const std::string part = partOf(name);
            const int file = openat(m_folder, part.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
            if (file < 0)
                continue; // it was dropped meanwhile
            if (fdatasync(file) != 0)
                status = errno;
            else if (renameat(m_folder, part.c_str(), m_folder, name.c_str()) != 0 && errno != ENOENT)
                status = errno;
            close(file);
        }
        fsync(m_folder);
        return status;
    }

private:
    int m_folder;
    std::deque<std::string> m_names;
};

Ring::Ring(std::string folder, Limits limits, Durability durability)
    : m_folder(std::move(folder))
    , m_limits(limits)
    , m_durability(durability)
    , m_helper(m_stuck)
{
    while (m_folder.size() > 1 && m_folder.ends_with('/'))
        m_folder.pop_back();
}

Ring::~Ring()
{
    closeFile();
    if (m_next.descriptor >= 0)
        close(m_next.descriptor);
    if (m_folderDescriptor >= 0)
        close(m_folderDescriptor);
}

int Ring::open(Existing existing, const std::string& begun)
{
    if (const int status = makeFolder())
        return status;
    return takeLeftovers(existing, begun);
}

int Ring::makeFolder()
{
    m_isFolderOurs = mkdir(m_folder.c_str(), 0700) == 0;
    if (!m_isFolderOurs && errno != EEXIST) {
        say("cannot create the ring's folder %s: %s", m_folder.c_str(), std::strerror(errno));
        return exit_status::nothingRecorded;
    }
    m_folderDescriptor = ::open(m_folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat status { };
    if (m_folderDescriptor < 0 || fstat(m_folderDescriptor, &status) != 0) {
        say("cannot use %s as the ring's folder: %s", m_folder.c_str(), std::strerror(errno));
        return exit_status::usage;
    }
    // In a folder that others may write to, they could put their own files in place of ours.
    if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        say("%s belongs to somebody else, or others may write to it: the ring needs a folder of its own",
            m_folder.c_str());
        return exit_status::usage;
    }
    if (flock(m_folderDescriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        say("%s is being written by another recording", m_folder.c_str());
        return exit_status::usage;
    }
    return exit_status::complete;
}

/// What a recorder left that was killed. Nothing is ever written behind it: it goes as a whole, or stays.
int Ring::takeLeftovers(Existing existing, const std::string& begun)
{
    const auto names = list(m_folderDescriptor);
    if (!names) {
        say("cannot list %s: %s", m_folder.c_str(), std::strerror(errno));
        return exit_status::usage;
    }
    for (const std::string& name : *names)
        if (!isRingFile(name)) {
            say("%s holds other things (%s): the ring needs a folder of its own", m_folder.c_str(), name.c_str());
            return exit_status::usage;
        }
    if (!names->empty() && existing == Existing::Keep) {
        const std::string first = begun.empty() ? "" : begun + ' ';
        say("%s is there: its recorder was killed. `cat %s%s/* > FILE` makes a capture of it, --force drops it",
            m_folder.c_str(), first.c_str(), m_folder.c_str());
        return exit_status::usage;
    }
    for (const std::string& name : *names)
        if (unlinkat(m_folderDescriptor, name.c_str(), 0) != 0) {
            say("cannot remove %s/%s: %s", m_folder.c_str(), name.c_str(), std::strerror(errno));
            return exit_status::usage;
        }
    m_isFolderOurs = m_isFolderOurs || !names->empty();
    return exit_status::complete;
}

int Ring::prepare(const std::string& name)
{
    m_next.name = name + std::string(suffix);
    const std::string part = partOf(m_next.name);
    m_next.descriptor =
        openat(m_folderDescriptor, part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return m_next.descriptor < 0 ? errno : 0;
}

int Ring::write(std::string_view bytes)
{
    if (m_open.descriptor < 0)
        return EBADF;
    if (const int failure = makeRoom(bytes.size()))
        return failure;
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_open.descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        m_openLength += static_cast<std::uint64_t>(written);
        m_bytes += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

/// Before the write, so that the limit holds at every instant. What is larger than the end of a frame must leave room
/// for that.
int Ring::makeRoom(std::uint64_t bytes)
{
    if (m_limits.bytes == 0)
        return 0;
    const std::uint64_t kept = bytes < reserve ? 0 : reserve;
    if (bytes + kept > room())
        return EFBIG;
    while (m_bytes + bytes + reserve > m_limits.bytes && oldest() < m_files.size())
        if (const int failure = drop(oldest()))
            return failure;
    return 0;
}

std::size_t Ring::oldest() const
{
    std::size_t place = 0;
    while (place < m_files.size() && !hasTicks(place))
        ++place;
    return place;
}

int Ring::drop(std::size_t place)
{
    const File& file = m_files[place];
    if (const int failure = unlink(file.name))
        return failure;
    m_bytes -= file.bytes;
    m_files.erase(m_files.begin() + static_cast<std::ptrdiff_t>(place));
    return 0;
}

void Ring::cutToValid()
{
    if (m_open.descriptor < 0 || ftruncate(m_open.descriptor, static_cast<off_t>(m_validLength)) != 0)
        return;
    lseek(m_open.descriptor, static_cast<off_t>(m_validLength), SEEK_SET);
    m_bytes -= m_openLength - m_validLength;
    m_openLength = m_validLength;
}

/// Under the name that it has now, or that it gets at this moment.
int Ring::unlink(const std::string& name) const
{
    const std::string part = partOf(name);
    if (unlinkat(m_folderDescriptor, part.c_str(), 0) == 0 || unlinkat(m_folderDescriptor, name.c_str(), 0) == 0)
        return 0;
    return errno == ENOENT ? 0 : errno;
}

int Ring::seal(const Span& span, framing::PartIndex index)
{
    const bool wasOpen = m_open.descriptor >= 0;
    const std::uint64_t bytes = m_openLength;
    closeFile();
    const std::string name = std::exchange(m_open, std::exchange(m_next, {})).name;
    if (!wasOpen)
        return 0;
    if (bytes == 0)
        return unlink(name);
    m_files.push_back({name, bytes, span, std::move(index)});
    m_unsealed.push_back(name);
    sealFiles();
    return 0;
}

/// All that have ended since it was done last: a disk may be busy for longer than a segment takes.
void Ring::sealFiles()
{
    if (m_unsealed.empty() || m_helper.state() == Helper::State::Running)
        return;
    constexpr std::int64_t patience = 3'600'000'000'000;
    m_sealing = m_unsealed.size();
    Sealing sealing(m_folderDescriptor, m_unsealed);
    if (m_durability == Durability::Forced && m_helper.start(sealing, m_folderDescriptor, patience, 1) == 0)
        return;
    for (const std::string& name : m_unsealed) // left to the system, or no process can be had
        renameat(m_folderDescriptor, partOf(name).c_str(), m_folderDescriptor, name.c_str());
    m_unsealed.clear();
}

void Ring::tend()
{
    if (m_helper.state() != Helper::State::Running || m_helper.poll() == Helper::State::Running)
        return;
    if (m_helper.state() == Helper::State::Done && m_helper.exitStatus() != 0)
        m_failure = m_helper.exitStatus();
    m_unsealed.erase(m_unsealed.begin(), m_unsealed.begin() + static_cast<std::ptrdiff_t>(m_sealing));
    m_helper.clear();
    sealFiles();
}

std::uint64_t Ring::room() const
{
    if (m_limits.bytes == 0)
        return std::numeric_limits<std::uint64_t>::max();
    std::uint64_t undroppable = m_openLength;
    for (const File& file : m_files)
        undroppable += file.span.ticks == 0 ? file.bytes : 0;
    return m_limits.bytes - std::min(m_limits.bytes, undroppable);
}

int Ring::dropOld(std::int64_t now, std::optional<std::int64_t> kept)
{
    if (m_limits.nanoseconds == 0)
        return 0;
    std::int64_t horizon = now - m_limits.nanoseconds;
    if (kept && *kept < horizon)
        horizon = *kept;
    std::size_t place = 0;
    while (place + 1 < m_files.size()) {
        // What the next one covers needs this one no more.
        if (!hasTicks(place) || m_files[place + 1].span.first > horizon)
            ++place;
        else if (const int failure = drop(place))
            return failure;
    }
    return 0;
}

std::uint64_t Ring::droppableBytes(std::optional<std::int64_t> kept) const
{
    std::uint64_t bytes = 0;
    for (const File& file : m_files)
        if (file.span.ticks > 0 && (!kept || file.span.last < *kept))
            bytes += file.bytes;
    return bytes;
}

int Ring::drop(std::uint64_t bytes, std::optional<std::int64_t> kept)
{
    for (std::uint64_t dropped = 0; dropped < bytes;) {
        const std::size_t place = oldest();
        if (place == m_files.size() || (kept && m_files[place].span.last >= *kept))
            return 0;
        dropped += m_files[place].bytes;
        if (const int failure = drop(place))
            return failure;
    }
    return 0;
}

int Ring::openFile(const File& file) const
{
    int descriptor = -1;
    for (const std::string& name : {file.name, partOf(file.name), file.name}) // it gets its name at some moment
        if (descriptor < 0)
            descriptor = openat(m_folderDescriptor, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return descriptor;
}

int Ring::dropFirst()
{
    return m_files.empty() ? 0 : drop(0);
}

int Ring::dropOldest()
{
    return oldest() < m_files.size() ? drop(oldest()) : 0;
}

void Ring::remove()
{
    if (m_folderDescriptor < 0)
        return;
    if (m_open.descriptor >= 0) {
        m_bytes -= m_openLength;
        closeFile();
        unlink(m_open.name);
    }
    while (!m_files.empty() && drop(0) == 0) { }
    if (m_isFolderOurs)
        rmdir(m_folder.c_str());
}

void Ring::closeFile()
{
    if (m_open.descriptor >= 0)
        close(std::exchange(m_open.descriptor, -1));
    m_openLength = m_validLength = 0;
}

} // namespace hindcast::recorder
