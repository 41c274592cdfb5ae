// What a trigger needs to watch logs: the pattern matcher, and LogFollower, which reads the lines that a file gains.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hindcast::recorder {

/// Patterns as of the shell: "*" any bytes, "?" any one byte, "[a-z]", "[!a-z]", and a backslash takes what follows as
/// it is. Capital and small letters differ. Of our own, because fnmatch() brings the C library's locales with it.
bool matchesWhole(std::string_view pattern, std::string_view text);
/// Whether some part of the text matches.
bool matchesAnywhere(std::string_view pattern, std::string_view text);

/// The type of the file system that `path` lies on when that is one of the network or of FUSE, which may hang whoever
/// asks it; else empty. `mountinfo` is the text of /proc/self/mountinfo (man 5 proc_pid_mountinfo).
std::string_view hangingType(std::string_view mountinfo, std::string_view path);

/// Where a log lies, found without touching anything that may hang: links are followed one by one, and none of them is
/// looked at before the mount table says on what kind of file system it lies.
class LogPlace {
public:
    explicit LogPlace(std::string path)
        : m_path(std::move(path))
    {
    }
    ~LogPlace();
    LogPlace(const LogPlace&) = delete;
    LogPlace& operator=(const LogPlace&) = delete;

    /// The path without links, as things are now; nothing when whoever touched it might wait for ever: see hanging().
    std::optional<std::string> find();
    /// The type of the file system that may hang, "proc" for one that leads elsewhere; of the last find().
    std::string_view hanging() const { return m_hanging; }

private:
    bool refreshTable();
    bool mayHang(const std::string& path);

    std::string m_path;
    int m_tableFile = -1; ///< poll() says when the table has changed
    std::string m_table;
    std::vector<std::string> m_safe; ///< by this table
    std::string m_hanging;
};

/// One log, from where it ends at the first read(); goes on when it is rotated, truncated, deleted or not there yet.
class LogFollower {
public:
    explicit LogFollower(std::string path)
        : m_path(std::move(path))
        , m_place(m_path)
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
    std::optional<std::string> place();
    bool readNewLines(std::string_view pattern, std::size_t& budget);
    bool matchLines(std::string_view pattern, std::string_view bytes);
    void noteTruncation();
    void passOverBacklog();
    bool isReplaced();

    std::string m_path;
    LogPlace m_place;
    int m_descriptor = -1;
    std::int64_t m_offset = 0;
    std::string m_line; ///< the beginning of one that is not written to its end yet
    bool m_hasBegun = false;
    std::string m_remark, m_lastRemark;
};

} // namespace hindcast::recorder
