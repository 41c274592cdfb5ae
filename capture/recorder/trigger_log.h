// What a trigger needs to watch logs: the pattern matcher, and LogFollower, which reads the lines that a file gains.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hindcast::recorder {

/// Patterns as of the shell: "*" any bytes, "?" any one byte, "[a-z]", "[!a-z]", and a backslash takes what follows as
/// it is. Capital and small letters differ. Of our own, because fnmatch() brings the C library's locales with it.
bool matchesWhole(std::string_view pattern, std::string_view text);
/// Whether some part of the text matches.
bool matchesAnywhere(std::string_view pattern, std::string_view text);

/// The type of the file system that `path` lies on when that is one of the network or of FUSE, which may hang whoever
/// asks it; else empty. `mountinfo` is the text of /proc/self/mountinfo (man 5 proc_pid_mountinfo).
std::string_view hangingType(std::string_view mountinfo, std::string_view path);

/// One log, from where it ends at the first read(); goes on when it is rotated, truncated, deleted or not there yet.
class LogFollower {
public:
    explicit LogFollower(std::string path)
        : m_path(std::move(path))
    {
    }
    ~LogFollower() { close(); }
    LogFollower(const LogFollower&) = delete;
    LogFollower& operator=(const LogFollower&) = delete;

    /// Reads what is new, at most 1 MiB. True when one of the new lines matches.
    bool read(std::string_view pattern);
    /// What the user should know about the file since the last call, as one sentence; empty when nothing.
    std::string takeRemark();

private:
    enum class From : std::uint8_t { Begin, End };

    void open(From from);
    void close();
    void remark(const char* what, std::string_view why = {});
    bool mayHang();
    bool readNewLines(std::string_view pattern, std::size_t& budget);
    bool matchLines(std::string_view pattern, std::string_view bytes);
    void noteTruncation();
    void passOverBacklog();
    bool isReplaced() const;

    std::string m_path;
    int m_descriptor = -1;
    std::int64_t m_offset = 0;
    std::string m_line; ///< the beginning of one that is not written to its end yet
    bool m_hasBegun = false;
    unsigned m_untilMountCheck = 0; ///< attempts to open it
    bool m_mayHang = false;
    std::string m_remark, m_lastRemark;
};

} // namespace hindcast::recorder
