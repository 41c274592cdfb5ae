// LatestJob: runs a computation off the GUI thread and delivers only the result of the newest request. For figures that
// follow a moving selection: requests that were overtaken are dropped before they start, and stopped while they run.
#pragma once

#include <QMetaObject>
#include <QObject>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace hindcast {

template <typename Result> class LatestJob {
public:
    /// Asked now and then by the work itself: true when its result is no longer wanted.
    using IsStale = std::function<bool()>;
    using Work = std::function<Result(const IsStale&)>;
    using Deliver = std::function<void(Result)>;

    /// `deliver` is called on the thread of `receiver`, which outlives this object.
    LatestJob(QObject* receiver, Deliver deliver)
        : m_receiver(receiver)
        , m_deliver(std::move(deliver))
        , m_thread([this](std::stop_token stop) { run(stop); })
    {
    }
    ~LatestJob()
    {
        drop();
        m_thread.request_stop();
        m_wake.notify_all();
    }
    LatestJob(const LatestJob&) = delete;
    LatestJob& operator=(const LatestJob&) = delete;

    void request(Work work)
    {
        {
            const std::lock_guard lock(m_mutex);
            ++m_newest;
            m_waiting = std::move(work);
        }
        m_wake.notify_one();
    }
    /// Nothing requested so far will be delivered.
    void drop()
    {
        const std::lock_guard lock(m_mutex);
        ++m_newest;
        m_waiting.reset();
    }

private:
    void run(std::stop_token stop)
    {
        while (!stop.stop_requested()) {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return m_waiting.has_value(); }))
                return;
            const Work work = std::move(*m_waiting);
            m_waiting.reset();
            const std::uint64_t job = m_newest;
            lock.unlock();
            deliver(job, work([this, job, stop] { return stop.stop_requested() || job != m_newest; }));
        }
    }
    void deliver(std::uint64_t job, Result result)
    {
        if (job != m_newest)
            return;
        QMetaObject::invokeMethod(
            m_receiver,
            [this, job, moved = std::move(result)]() mutable {
                if (job == m_newest)
                    m_deliver(std::move(moved));
            },
            Qt::QueuedConnection);
    }

    QObject* m_receiver;
    Deliver m_deliver;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<Work> m_waiting;
    std::atomic<std::uint64_t> m_newest = 0;
    std::jthread m_thread; ///< last: it uses all of the above
};

} // namespace hindcast
