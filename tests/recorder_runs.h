// For tests of hindcast-record: starting the real program, waiting for what it writes, and reading its captures back
// with libzstd and our tar header only.
#pragma once

#include "framing/block.h"

#include <QByteArray>
#include <QJsonObject>
#include <QProcess>
#include <QString>
#include <QStringList>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hindcast::test {

constexpr int patience = 30'000; ///< milliseconds until a test gives up; nothing waits that long unless it is broken

QString recorderPath();
QByteArray contents(const QString& path);
/// Makes the folders above it.
bool writeFile(const QString& path, const QByteArray& text);

struct Run {
    int status = -1; ///< exit status; -1 = killed or never started
    QByteArray out, err;
    int errorLinesWith(const char* word) const;
};
Run run(const QString& program, const QStringList& arguments, const std::function<void()>& inChild = {});
Run record(const QStringList& arguments, const std::function<void()>& inChild = {});
/// A copy of the program in `folder`, which everybody may enter, run without privileges.
Run recordAsNobody(const QString& folder, const QStringList& arguments);

struct RecordedTick {
    std::uint64_t segment = 0, number = 0;
    framing::TickState state = framing::TickState::Torn;
    std::vector<std::pair<framing::BlockHeader, QByteArray>> blocks;

    /// Nothing when there is no such block.
    std::optional<QByteArray> body(const std::string& path) const;
    std::optional<int> errorNumber(const std::string& path) const;
    /// Of hindcast/tick.
    std::optional<std::int64_t> value(const QByteArray& key) const;
};

struct RecordedCapture {
    std::vector<std::pair<QString, QByteArray>> members; ///< whole ones, in file order
    std::vector<RecordedTick> ticks;
    bool isFinished = false; ///< decodes without complaint up to the end of the tar archive

    std::vector<std::pair<QString, QByteArray>> membersBelow(const QString& folder) const;
    QJsonObject manifest(int segment) const;
    /// Denials of that path in one manifest.
    std::vector<QJsonObject> denials(int segment, const QString& path) const;
    int segments() const;
};
/// Everything that is in there, up to the tear of a torn file.
RecordedCapture readCapture(const QString& path);

/// Asked every few milliseconds, until it holds or patience ends.
bool waitFor(const std::function<bool()>& condition);

/// A recorder that is running.
class RunningRecorder {
public:
    explicit RunningRecorder(const QStringList& arguments, const std::function<void()>& inChild = {});
    ~RunningRecorder();
    RunningRecorder(const RunningRecorder&) = delete;
    RunningRecorder& operator=(const RunningRecorder&) = delete;

    void signal(int number);
    bool isRunning() { return m_process.state() != QProcess::NotRunning; }
    qint64 pid() const { return m_process.processId(); }
    /// What it has said until now.
    QByteArray errors();
    Run result();

private:
    QProcess m_process;
    QByteArray m_errors;
};

} // namespace hindcast::test
