#include "trigger_log.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::size_t mostPerRead = 1 << 20;
constexpr std::size_t longestLine = 64 << 10; // a longer one is looked at in pieces
constexpr std::int64_t longestBacklog = 16 << 20; // behind that, the log grows faster than it is read

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

} // namespace

bool matchesWhole(std::string_view pattern, std::string_view text)
{
    return matches(pattern, text, Where::Whole);
}

bool matchesAnywhere(std::string_view pattern, std::string_view text)
{
    return matches(pattern, text, Where::Anywhere);
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
void LogFollower::remark(const std::string& what)
{
    if (what != m_lastRemark)
        m_remark = m_lastRemark = what;
}

void LogFollower::open(From from)
{
    // Without O_NONBLOCK a FIFO would hold us until somebody writes to it.
    m_descriptor = ::open(m_path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status { };
    if (m_descriptor < 0) {
        remark(m_path + ": " + std::strerror(errno) + "; its lines are watched as soon as it can be read");
    } else if (fstat(m_descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(); // reading a pipe would take the lines from whom they are meant for
        remark(m_path + " is not a file, so its lines are not watched");
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
    remark(m_path + " grows faster than its lines can be watched, so some were passed over");
}

/// Whether another file has the name by now. As long as none has it, the old one may still be written to.
bool LogFollower::isReplaced() const
{
    struct stat named {
    }, ours{};
    return m_descriptor >= 0 && stat(m_path.c_str(), &named) == 0 && fstat(m_descriptor, &ours) == 0
        && (named.st_ino != ours.st_ino || named.st_dev != ours.st_dev);
}

} // namespace hindcast::recorder
