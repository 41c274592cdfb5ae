// LogFollower: the process of LogRanges. It looks at each log every second, keeps those open that were rotated away,
// and answers with the bytes from a given time on.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace hindcast::recorder {

/// A path and the files that had this name one after the other.
class FollowedLog {
public:
    explicit FollowedLog(std::string path)
        : m_path(std::move(path))
    {
    }
    /// "regular", "missing", "denied 13", "not a regular file but a FIFO": one line. The first look sets the beginning.
    std::string look(bool isFirst);
    /// What it can say of the range that begins at that time, `key value` per line, and its bytes behind it.
    void append(std::int64_t firstMonotonic, std::string& text, std::string& bytes);

private:
    struct File {
        int descriptor = -1; ///< -1 = let go
        dev_t device = 0;
        ino_t inode = 0;
        std::int64_t begin = 0; ///< where what is ours begins
        std::int64_t size = 0; ///< as last seen
    };
    /// How far it was written at a time.
    struct Mark {
        std::int64_t monotonic = 0, real = 0;
        std::size_t file = 0; ///< number of a File, from the first one on
        std::int64_t offset = 0;
    };

    int openNext(const struct stat& status, std::int64_t begin);
    void noteLength();
    void mark();
    Mark beginOf(std::int64_t firstMonotonic) const;

    std::string m_path;
    std::deque<File> m_files;
    std::size_t m_firstNumber = 0; ///< of m_files.front()
    std::uint64_t m_truncations = 0;
    int m_error = 0; ///< of the last look
    std::vector<Mark> m_marks;
    std::int64_t m_marksApart = 0; ///< nanoseconds; grows with the time followed
};

/// Until the other end of `socket` is closed. First it writes a line per log, of its first look; then it is asked by
/// "<log> <firstMonotonic>\n" and answers "<text length> <byte length>\n", the text, the bytes.
int followLogs(const std::vector<std::string>& paths, int socket);

} // namespace hindcast::recorder
