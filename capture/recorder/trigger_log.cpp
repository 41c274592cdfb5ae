#include "trigger_log.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::size_t mostPerRead = 1 << 20;
constexpr std::size_t longestLine = 64 << 10; // a longer one is looked at in pieces
constexpr std::int64_t longestBacklog = 16 << 20; // behind that, the log grows faster than it is read

constexpr int mostLinks = 40; // as the kernel has it (man 7 path_resolution)
constexpr std::size_t longestMountTable = 4 << 20;
constexpr std::string_view hangingTypes = "nfs cifs smb fuse 9p ceph afs autofs lustre gpfs gfs2 ocfs2 beegfs coda";

/// mountinfo writes blanks and backslashes as "\\040": a path that has them is compared with what it would be there.
std::string escapedPath(std::string_view path)
{
    std::string text;
    for (const char c : path) {
        if (c == ' ')
            text += "\\040";
        else if (c == '\\')
            text += "\\134";
        else
            text += c;
    }
    return text;
}

std::string readMountTable(int table)
{
    std::string text;
    char bytes[16 << 10];
    lseek(table, 0, SEEK_SET);
    for (ssize_t got = 0; (got = read(table, bytes, sizeof bytes)) > 0 && text.size() < longestMountTable;)
        text.append(bytes, static_cast<std::size_t>(got));
    return text;
}

/// Of a path without links, which must not lead through one that came meanwhile (man 2 openat2, since Linux 5.6).
int openWithoutLinks(const std::string& path)
{
    // Without O_NONBLOCK a FIFO would hold us until somebody writes to it.
    constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW;
    open_how how{};
    how.flags = flags;
    how.resolve = RESOLVE_NO_SYMLINKS;
    const long descriptor = syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how);
    if (descriptor < 0 && (errno == ENOSYS || errno == EPERM)) // an older kernel, a container's filter
        return ::open(path.c_str(), flags);
    return static_cast<int>(descriptor);
}

/// "[a-z]" at `at`, which is left behind it. One that nobody closes stands for the bracket itself.
bool matchesBracket(std::string_view pattern, std::size_t& at, char c)
{
    std::size_t i = at + 1;
    const bool isNegated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
    if (isNegated)
        ++i;
    const auto wanted = static_cast<unsigned char>(c);
    bool isIn = false;
    for (bool isFirst = true; i < pattern.size() && (isFirst || pattern[i] != ']'); ++i, isFirst = false) {
        const auto low = static_cast<unsigned char>(pattern[i]);
        auto high = low;
        if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
            high = static_cast<unsigned char>(pattern[i + 2]);
            i += 2;
        }
        isIn = isIn || (low <= wanted && wanted <= high);
    }
    if (i >= pattern.size()) {
        ++at;
        return c == '[';
    }
    at = i + 1;
    return isIn != isNegated;
}

/// One character of the pattern, which is not "*", against one of the text.
bool matchesOne(std::string_view pattern, std::size_t& at, char c)
{
    if (pattern[at] == '[')
        return matchesBracket(pattern, at, c);
    if (pattern[at] == '\\' && at + 1 < pattern.size())
        ++at;
    else if (pattern[at] == '?')
        return ++at, true;
    return pattern[at++] == c;
}

enum class Where { Whole, Anywhere };

/// Goes back to the last "*" only: what an earlier one could have taken more of, the later one takes as well.
bool matches(std::string_view pattern, std::string_view text, Where where)
{
    constexpr auto none = std::string_view::npos;
    std::size_t p = 0, t = 0;
    std::size_t starAt = where == Where::Anywhere ? 0 : none, starText = 0; // as if the pattern began with "*"
    for (;;) {
        if (p < pattern.size() && pattern[p] == '*') {
            starAt = ++p;
            starText = t;
            continue;
        }
        if (p == pattern.size() && (where == Where::Anywhere || t == text.size()))
            return true;
        if (p < pattern.size() && t < text.size() && matchesOne(pattern, p, text[t])) {
            ++t;
            continue;
        }
        if (starAt == none || starText >= text.size())
            return false;
        p = starAt;
        t = ++starText;
    }
}

/// The last mount of those that hold the path most closely is the one on top.
std::string_view typeOf(std::string_view mountinfo, std::string_view path)
{
    const std::string wanted = escapedPath(path) + '/';
    std::size_t longest = 0;
    std::string_view found;
    while (!mountinfo.empty()) {
        const auto end = mountinfo.find('\n');
        std::string_view line = mountinfo.substr(0, end);
        mountinfo.remove_prefix(end == std::string_view::npos ? mountinfo.size() : end + 1);
        std::string_view mount; // the fifth field; the type is the first behind " - "
        for (int field = 0; field < 5; ++field) {
            const auto blank = line.find(' ');
            mount = line.substr(0, blank);
            line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
        }
        const auto dash = line.find("- ");
        const bool isAround = mount == "/" || (wanted.starts_with(mount) && wanted[mount.size()] == '/');
        if (mount.empty() || dash == std::string_view::npos || !isAround || mount.size() < longest)
            continue;
        longest = mount.size();
        found = line.substr(dash + 2, line.find(' ', dash + 2) - dash - 2);
    }
    return found;
}

} // namespace

bool matchesWhole(std::string_view pattern, std::string_view text)
{
    return matches(pattern, text, Where::Whole);
}

bool matchesAnywhere(std::string_view pattern, std::string_view text)
{
    return matches(pattern, text, Where::Anywhere);
}

std::string_view hangingType(std::string_view mountinfo, std::string_view path)
{
    const std::string_view found = typeOf(mountinfo, path);
    for (std::string_view types = hangingTypes; !types.empty();) {
        const auto end = types.find(' ');
        if (found.starts_with(types.substr(0, end)))
            return found;
        types.remove_prefix(end == std::string_view::npos ? types.size() : end + 1);
    }
    return {};
}

LogPlace::~LogPlace()
{
    if (m_tableFile >= 0)
        close(m_tableFile);
}

/// False without a table, by which nothing is safe.
bool LogPlace::refreshTable()
{
    if (m_tableFile < 0)
        m_tableFile = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (m_tableFile < 0)
        return false;
    pollfd change{m_tableFile, POLLPRI, 0}; // man 5 proc_pid_mounts
    if (!m_table.empty() && (poll(&change, 1, 0) != 1 || (change.revents & (POLLPRI | POLLERR)) == 0))
        return true;
    m_table = readMountTable(m_tableFile);
    m_safe.clear();
    return !m_table.empty();
}

bool LogPlace::mayHang(const std::string& path)
{
    if (std::find(m_safe.begin(), m_safe.end(), path) != m_safe.end())
        return false;
    m_hanging = hangingType(m_table, path);
    // /proc/<pid>/root and /proc/<pid>/fd/N lead to where no text says.
    if (m_hanging.empty() && typeOf(m_table, path) == "proc")
        m_hanging = "proc";
    if (m_hanging.empty())
        m_safe.push_back(path);
    return !m_hanging.empty();
}

std::optional<std::string> LogPlace::find()
{
    m_hanging.clear();
    if (!refreshTable()) {
        m_hanging = "unknown";
        return std::nullopt;
    }
    std::string found, rest = m_path; // "" = the root
    for (int links = 0; !rest.empty();) {
        const auto slash = rest.find('/');
        const std::string name = rest.substr(0, slash);
        rest.erase(0, slash == std::string::npos ? rest.size() : slash + 1);
        if (name.empty() || name == ".")
            continue;
        if (name == "..") {
            found.erase(std::min(found.rfind('/'), found.size()));
            continue;
        }
        const std::string next = found + '/' + name;
        if (mayHang(next))
            return std::nullopt;
        char target[PATH_MAX];
        const ssize_t length = readlink(next.c_str(), target, sizeof target);
        if (length <= 0 || ++links > mostLinks) { // no link; what else is wrong with it is said when it is opened
            found = next;
            continue;
        }
        if (target[0] == '/')
            found.clear();
        rest = std::string(target, static_cast<std::size_t>(length)) + '/' + rest;
    }
    return found;
}

bool LogFollower::read(std::string_view pattern)
{
    if (m_descriptor < 0) {
        open(m_hasBegun ? From::Begin : From::End);
        if (!std::exchange(m_hasBegun, true) && m_descriptor >= 0)
            return false;
    }
    std::size_t budget = mostPerRead;
    bool isFound = readNewLines(pattern, budget);
    if (budget == 0 || !isReplaced())
        return isFound;
    close(); // its last lines are read; the new one begins with its first
    open(From::Begin);
    return readNewLines(pattern, budget) || isFound;
}

std::string LogFollower::takeRemark()
{
    return std::exchange(m_remark, {});
}

/// Each once, until another one takes its place.
void LogFollower::remark(const char* what, std::string_view why)
{
    std::string text = m_path;
    text.append(what).append(why);
    if (text != m_lastRemark)
        m_remark = m_lastRemark = text;
}

/// What blocks in the kernel blocks the whole recorder; so such files are left alone.
std::optional<std::string> LogFollower::place()
{
    const auto place = m_place.find();
    if (!place && m_place.hanging() == "proc")
        remark(" is not watched, because it leads through /proc to where nobody can say whether it may hang");
    else if (!place)
        remark(" is not watched, because it lies on a file system that may hang: ", m_place.hanging());
    return place;
}

void LogFollower::open(From from)
{
    const auto place = this->place();
    if (!place)
        return;
    m_descriptor = openWithoutLinks(*place);
    struct stat status { };
    if (m_descriptor < 0) {
        remark(" is watched as soon as it can be read: ", std::strerror(errno));
    } else if (fstat(m_descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(); // reading a pipe would take the lines from whom they are meant for
        remark(" is not a file, so its lines are not watched");
    } else {
        m_offset = from == From::End ? status.st_size : 0;
        m_lastRemark.clear();
    }
}

void LogFollower::close()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
    m_descriptor = -1;
    m_offset = 0;
    m_line.clear();
}

bool LogFollower::readNewLines(std::string_view pattern, std::size_t& budget)
{
    if (m_descriptor < 0)
        return false;
    noteTruncation();
    bool isFound = false;
    char bytes[16 << 10];
    while (budget > 0) {
        const ssize_t got = pread(m_descriptor, bytes, std::min(sizeof bytes, budget), m_offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return isFound;
        m_offset += got;
        budget -= static_cast<std::size_t>(got);
        isFound = matchLines(pattern, {bytes, static_cast<std::size_t>(got)}) || isFound;
    }
    passOverBacklog();
    return isFound;
}

bool LogFollower::matchLines(std::string_view pattern, std::string_view bytes)
{
    bool isFound = false;
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        m_line += bytes.substr(0, end);
        if (end == std::string_view::npos && m_line.size() < longestLine)
            break;
        isFound = isFound || matchesAnywhere(pattern, m_line);
        m_line.clear();
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
    return isFound;
}

/// As logrotate's "copytruncate" does.
void LogFollower::noteTruncation()
{
    struct stat status { };
    if (fstat(m_descriptor, &status) != 0 || status.st_size >= m_offset)
        return;
    m_offset = 0;
    m_line.clear();
}

void LogFollower::passOverBacklog()
{
    struct stat status { };
    if (fstat(m_descriptor, &status) != 0 || status.st_size - m_offset <= longestBacklog)
        return;
    m_offset = status.st_size - static_cast<std::int64_t>(mostPerRead);
    m_line.clear();
    remark(" grows faster than its lines can be watched, so some were passed over");
}

/// Whether another file has the name by now. As long as none has it, the old one may still be written to.
bool LogFollower::isReplaced()
{
    struct stat named {
    }, ours{};
    if (m_descriptor < 0)
        return false;
    const auto place = m_place.find();
    if (!place) // what has the name now may hang, which open() says
        return true;
    return lstat(place->c_str(), &named) == 0 && !S_ISLNK(named.st_mode) && fstat(m_descriptor, &ours) == 0
        && (named.st_ino != ours.st_ino || named.st_dev != ours.st_dev);
}

} // namespace hindcast::recorder
