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
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace hindcast {

using SnapshotPointer = std::shared_ptr<const Snapshot>;

/// What to open, and what the user says about it.
struct OpenRequest {
    std::string path; ///< in the bytes of the file system
    std::string source; ///< what a file given by itself is read as; "" = it is recognised
    std::map<std::string, std::string> memberSources; ///< the same for members, by their paths
    std::string assumedZone; ///< of texts that name none; "" = UTC
};

/// Something a file can be read as.
struct SourceKind {
    QString id; ///< "vmstat"
    QString title; ///< "vmstat output"
};
/// All that a file by itself may be, by title.
std::vector<SourceKind> sourceKinds();

class Loader : public QObject {
    Q_OBJECT

public:
    /// Called on the worker. `firstLook` may be called once, before the function returns. A null snapshot = stopped.
    using ReadFunction = std::function<Result<SnapshotPointer>(const OpenRequest& request,
        const std::function<void(SnapshotPointer)>& firstLook, const Progress& progress, std::stop_token stop)>;

    explicit Loader(QObject* parent = nullptr);
    /// With another way of reading, for tests.
    Loader(ReadFunction read, QObject* parent);
    ~Loader() override;

    bool isRunning() const { return m_isRunning; }
    void start(OpenRequest request);
    /// Answers at once; the worker winds down by itself.
    void cancel();

Q_SIGNALS:
    void started();
    /// At most thirty times a second.
    void progressed(quint64 bytesDone, quint64 bytesTotal);
    void firstLookReady(hindcast::SnapshotPointer snapshot);
    void loaded(hindcast::SnapshotPointer snapshot);
    void failed(const QString& what, const QString& where);
    void cancelled();

private:
    void run(std::uint64_t job, const OpenRequest& request, std::stop_token stop);
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
Result<SnapshotPointer> readCapture(const OpenRequest& request, const std::function<void(SnapshotPointer)>& firstLook,
    const Progress& progress, std::stop_token stop);

} // namespace hindcast

Q_DECLARE_METATYPE(hindcast::SnapshotPointer)
