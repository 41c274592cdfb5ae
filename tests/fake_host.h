// A host of our own making for hindcast-record --root: a copy of tests/data/fake_root that a test may add to and change
// while a recorder reads it.
#pragma once

#include "recorder_runs.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace hindcast::test {

class FakeHost {
public:
    FakeHost()
    {
        QProcess::execute("cp", {"-r", HINDCAST_TEST_DATA "/fake_root/.", m_folder.path()});
        QProcess::execute("chmod", {"-R", "a+rX,u+w", m_folder.path()});
    }
    QString path(const QString& inside = {}) const { return m_folder.path() + inside; }
    /// In place, because the recorder keeps files open.
    void put(const QString& inside, const QByteArray& text) const { QVERIFY(writeFile(path(inside), text)); }
    void remove(const QString& folder) const { QDir(path(folder)).removeRecursively(); }
    QString capture() const { return m_output.filePath("x.tar.zst"); }
    /// Arguments of a recorder that reads this host, quickly.
    QStringList arguments(const QStringList& more = {}) const
    {
        return QStringList{"--root", path(), "-o", capture(), "--force", "-i", "0.02"} + more;
    }
    /// What has been written so far, finished or not.
    RecordedCapture recorded() const { return readCapture(QFile::exists(capture()) ? capture() : capture() + ".part"); }

private:
    QTemporaryDir m_folder, m_output;
};

/// All blocks of a path, in their order: errno and text.
inline std::vector<std::pair<int, QByteArray>> blocksOf(const RecordedCapture& capture, const std::string& path)
{
    std::vector<std::pair<int, QByteArray>> found;
    for (const RecordedTick& tick : capture.ticks)
        for (const auto& [header, body] : tick.blocks)
            if (header.path == path)
                found.emplace_back(header.errorNumber, body);
    return found;
}

inline bool hasText(const RecordedCapture& capture, const std::string& path, const QByteArray& text)
{
    for (const auto& [errorNumber, body] : blocksOf(capture, path))
        if (errorNumber == 0 && body == text)
            return true;
    return false;
}

/// "no such member" when there is none.
inline QByteArray member(const RecordedCapture& capture, const QString& name)
{
    for (const auto& [path, bytes] : capture.members)
        if (path == name)
            return bytes;
    return "no such member";
}

} // namespace hindcast::test
