#include "log_follower.h"

#include "clocks.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr int lookMilliseconds = 1000;
constexpr std::size_t mostFiles = 8; // of one name, rotated one after the other
constexpr std::size_t mostMarks = 4096;
constexpr std::int64_t mostBytes = 64 << 20; // of one log: the newest

void put(std::string& text, const char* key, std::int64_t value)
{
    text += key;
    text += ' ';
    text += std::to_string(value);
    text += '\n';
}

const char* kindOf(mode_t mode)
{
    return S_ISFIFO(mode) ? "a FIFO" : S_ISDIR(mode) ? "a folder" : S_ISSOCK(mode) ? "a socket" : "a device";
}

/// Appends what lies in [begin, end) of the file, as far as it can be read.
void appendBytes(int descriptor, std::int64_t begin, std::int64_t end, std::string& bytes)
{
    const std::size_t before = bytes.size();
    bytes.resize(before + static_cast<std::size_t>(end - begin));
    std::size_t at = before;
    while (at < bytes.size()) {
        const ssize_t got =
            pread(descriptor, bytes.data() + at, bytes.size() - at, begin + static_cast<off_t>(at - before));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        at += static_cast<std::size_t>(got);
    }
    bytes.resize(at);
}

bool writeAll(int socket, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = write(socket, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

} // namespace

std::string FollowedLog::look(bool isFirst)
{
    struct stat status { };
    noteLength();
    // Not blocking: what turned into a FIFO meanwhile must not hold us.
    const int descriptor = open(m_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    m_error = descriptor < 0 || fstat(descriptor, &status) != 0 ? errno : 0;
    if (descriptor >= 0)
        close(descriptor);
    if (m_error == ENXIO) // a socket, or a device without a driver
        return "not a regular file but a socket or a device";
    if (m_error != 0)
        return m_error == ENOENT || m_error == ENOTDIR ? "missing" : "denied " + std::to_string(m_error);
    if (!S_ISREG(status.st_mode))
        return std::string("not a regular file but ") + kindOf(status.st_mode);
    const bool isSame =
        !m_files.empty() && m_files.back().device == status.st_dev && m_files.back().inode == status.st_ino;
    if (!isSame)
        m_error = openNext(status, isFirst ? status.st_size : 0);
    mark();
    return "regular";
}

/// 0 or errno.
int FollowedLog::openNext(const struct stat& status, std::int64_t begin)
{
    const int descriptor = open(m_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return errno;
    struct stat opened { };
    if (fstat(descriptor, &opened) != 0 || opened.st_ino != status.st_ino || !S_ISREG(opened.st_mode)) {
        close(descriptor); // changed in between: the next look sees what it is then
        return 0;
    }
    m_files.push_back({descriptor, status.st_dev, status.st_ino, begin, opened.st_size});
    if (m_files.size() > mostFiles) {
        if (m_files.front().descriptor >= 0)
            close(m_files.front().descriptor);
        m_files.pop_front();
        ++m_firstNumber;
    }
    return 0;
}

/// How long the file is now. One that has become shorter begins anew, as logrotate's copytruncate has it.
void FollowedLog::noteLength()
{
    struct stat status { };
    for (File& file : m_files)
        if (file.descriptor >= 0 && &file != &m_files.back() && fstat(file.descriptor, &status) == 0)
            file.size = std::max<std::int64_t>(file.size, status.st_size); // its last lines come after its renaming
    if (m_files.empty() || fstat(m_files.back().descriptor, &status) != 0)
        return;
    File& file = m_files.back();
    if (status.st_size < file.size) {
        ++m_truncations;
        File next = file;
        next.begin = 0;
        next.size = status.st_size;
        file.descriptor = -1;
        m_files.push_back(next);
        return;
    }
    file.size = status.st_size;
}

void FollowedLog::mark()
{
    if (m_files.empty())
        return;
    const Clocks now = readClocks();
    if (!m_marks.empty() && now.monotonic - m_marks.back().monotonic < m_marksApart)
        return;
    if (m_marks.size() == mostMarks) { // every other one does
        for (std::size_t i = 0; 2 * i < m_marks.size(); ++i)
            m_marks[i] = m_marks[2 * i];
        m_marks.resize(m_marks.size() / 2);
        m_marksApart = std::max<std::int64_t>(2 * m_marksApart, 2'000'000'000);
    }
    // The first mark is where what is ours begins: of a file that was not there at first, its beginning.
    const std::int64_t offset = m_marks.empty() ? m_files.back().begin : m_files.back().size;
    m_marks.push_back({now.monotonic, now.real, m_firstNumber + m_files.size() - 1, offset});
}

/// The last mark that is not after it: a line too many rather than one too few.
FollowedLog::Mark FollowedLog::beginOf(std::int64_t firstMonotonic) const
{
    Mark begin = m_marks.front();
    for (const Mark& mark : m_marks)
        if (mark.monotonic <= firstMonotonic)
            begin = mark;
    return begin;
}

void FollowedLog::append(std::int64_t firstMonotonic, std::string& text, std::string& bytes)
{
    look(false);
    text += "path " + m_path + '\n';
    if (m_error != 0)
        put(text, "errno", m_error);
    if (m_marks.empty())
        return;
    const Mark begin = beginOf(firstMonotonic);
    const Clocks now = readClocks();
    put(text, "begin_real_ns", begin.real);
    put(text, "begin_mono_ns", begin.monotonic);
    put(text, "end_real_ns", now.real);
    put(text, "end_mono_ns", now.monotonic);
    std::int64_t all = 0;
    const auto beginIn = [&](std::size_t number, const File& file) {
        return number == begin.file ? std::max(begin.offset, file.begin) : file.begin;
    };
    for (std::size_t i = 0; i < m_files.size(); ++i)
        if (m_firstNumber + i >= begin.file)
            all += m_files[i].size - beginIn(m_firstNumber + i, m_files[i]);
    const bool isCut = all > mostBytes;
    std::int64_t toSkip = isCut ? all - mostBytes - 1 : 0; // with the byte before, which says whether a line begins
    for (std::size_t i = 0; i < m_files.size(); ++i) {
        const File& file = m_files[i];
        if (m_firstNumber + i < begin.file)
            continue;
        std::int64_t from = beginIn(m_firstNumber + i, file);
        const std::int64_t skipped = std::min(toSkip, file.size - from);
        toSkip -= skipped;
        from += skipped;
        text += "file inode " + std::to_string(file.inode) + " from " + std::to_string(from) + " to "
            + std::to_string(file.size) + (file.descriptor < 0 ? " truncated" : "") + '\n';
        if (file.descriptor >= 0)
            appendBytes(file.descriptor, from, file.size, bytes);
    }
    if (isCut) {
        bytes.erase(0, bytes.find('\n') + 1); // npos + 1 = 0: one endless line
        put(text, "left_out", all - static_cast<std::int64_t>(bytes.size()));
    }
    if (m_truncations > 0)
        put(text, "truncations", static_cast<std::int64_t>(m_truncations));
    put(text, "bytes", static_cast<std::int64_t>(bytes.size()));
    put(text, "lines", std::count(bytes.begin(), bytes.end(), '\n'));
}

int followLogs(const std::vector<std::string>& paths, int socket)
{
    std::vector<FollowedLog> logs;
    std::string first;
    for (const std::string& path : paths) {
        logs.emplace_back(path);
        first += logs.back().look(true) + '\n';
    }
    if (!writeAll(socket, first))
        return 1;
    std::string asked;
    for (;;) {
        pollfd request{socket, POLLIN, 0};
        if (poll(&request, 1, lookMilliseconds) <= 0) {
            for (FollowedLog& log : logs)
                log.look(false);
            continue;
        }
        char bytes[256];
        const ssize_t got = read(socket, bytes, sizeof bytes);
        if (got <= 0)
            return 0;
        asked.append(bytes, static_cast<std::size_t>(got));
        for (auto end = asked.find('\n'); end != std::string::npos; end = asked.find('\n')) {
            std::size_t log = 0;
            std::int64_t since = 0;
            const auto number = std::from_chars(asked.data(), asked.data() + end, log);
            if (number.ptr != asked.data() + end)
                std::from_chars(number.ptr + 1, asked.data() + end, since);
            asked.erase(0, end + 1);
            std::string text, range;
            if (log < logs.size())
                logs[log].append(since, text, range);
            const std::string lengths = std::to_string(text.size()) + ' ' + std::to_string(range.size()) + '\n';
            if (!writeAll(socket, lengths) || !writeAll(socket, text) || !writeAll(socket, range))
                return 1;
        }
    }
}

} // namespace hindcast::recorder
