// Loader: reads a capture on a worker thread and reports to the GUI thread: progress, a quick first look at a long
// capture, the whole, or why it could not be read. A job id makes results of a cancelled or overtaken load harmless.
#pragma once

#include "base/progress.h"
#include "base/result.h"
#include "model/snapshot.h"

#include <QObject>
#include <QString>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace hindcast {

using SnapshotPointer = std::shared_ptr<const Snapshot>;

class Loader : public QObject {
    Q_OBJECT

public:
    /// Called on the worker. `firstLook` may be called once, before the function returns. A null snapshot = stopped.
    using ReadFunction = std::function<Result<SnapshotPointer>(const std::string& path,
        const std::function<void(SnapshotPointer)>& firstLook, const Progress& progress, std::stop_token stop)>;

    explicit Loader(QObject* parent = nullptr);
    /// With another way of reading, for tests.
    Loader(ReadFunction read, QObject* parent);
    ~Loader() override;

    bool isRunning() const { return m_isRunning; }
    void start(const QString& path);
    /// Answers at once; the worker winds down by itself.
    void cancel();

Q_SIGNALS:
    void started(const QString& path);
    /// At most thirty times a second.
    void progressed(quint64 bytesDone, quint64 bytesTotal);
    void firstLookReady(hindcast::SnapshotPointer snapshot);
    void loaded(hindcast::SnapshotPointer snapshot);
    void failed(const QString& what, const QString& where);
    void cancelled();

private:
    void run(std::uint64_t job, const std::string& path, std::stop_token stop);
    /// Calls `report` on this object's thread, if the job is still the current one by then.
    void post(std::uint64_t job, std::function<void()> report);
    void retireWorker();
    void joinFinished();

    struct Worker {
        std::shared_ptr<std::atomic<bool>> hasFinished;
        std::jthread thread;
    };

    ReadFunction m_read;
    std::uint64_t m_job = 0; ///< read and written on this object's thread only
    bool m_isRunning = false;
    std::optional<Worker> m_worker;
    std::vector<Worker> m_retired; ///< told to stop; joined once they have
};

/// Opens the capture and loads it; a long one is first read at one tick per segment.
Result<SnapshotPointer> readCapture(const std::string& path, const std::function<void(SnapshotPointer)>& firstLook,
    const Progress& progress, std::stop_token stop);

} // namespace hindcast

Q_DECLARE_METATYPE(hindcast::SnapshotPointer)
