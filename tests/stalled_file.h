// A process whose command line cannot be read, because it holds the lock of its memory while it waits for a file system
// that never answers. For tests of those who must not wait for such a one. Needs root and FUSE.
#pragma once

#include <QString>
#include <QTemporaryDir>

#include <sys/types.h>

namespace hindcast::test {

class StalledFile {
public:
    StalledFile();
    /// All who wait for it are let go.
    ~StalledFile();
    StalledFile(const StalledFile&) = delete;
    StalledFile& operator=(const StalledFile&) = delete;

    bool isMade() const { return m_process > 0; }
    QString why() const { return m_why; } ///< it could not be made
    pid_t pid() const { return m_process; } ///< of the process, whose name is "stalled"

private:
    QTemporaryDir m_folder; ///< mounted over, but not as seen from here
    pid_t m_server = -1, m_process = -1;
    QString m_why;
};

} // namespace hindcast::test
