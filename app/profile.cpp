#include "profile.h"

#include "main_window.h"
#include "model/snapshot.h"
#include "plots/time_plot.h"
#include "text/format.h"
#include "views/statistics_view.h"
#include "views/timeline_view.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTimer>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>
#include <unistd.h>
#include <vector>

namespace hindcast {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int exitFine = 0;
constexpr int exitUnreadable = 3;
constexpr int frames = 240;
constexpr int cursorMoves = 400;

/// CPU time of this thread in milliseconds: on a machine that does other work too, the figure that can be compared.
double threadMilliseconds()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

double millisecondsSince(SteadyClock::time_point begin)
{
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count();
}

void complain(const QString& where, const QString& what)
{
    const QString line = where.isEmpty() ? what : QStringLiteral("%1: %2").arg(where, what);
    std::fprintf(stderr, "hindcast: %s\n", qPrintable(line));
}

/// Milliseconds since this process was started: field 22 of /proc/self/stat, in clock ticks since boot (man 5
/// proc_pid_stat), so with a resolution of 10 ms.
std::optional<double> processAge()
{
    QFile file(QStringLiteral("/proc/self/stat"));
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const QByteArray stat = file.readAll();
    const auto fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    constexpr int startTimeField = 22 - 3; // counted from the state, which is field 3
    if (fields.size() <= startTimeField)
        return std::nullopt;
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    const double uptime = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    const double start = fields[startTimeField].toDouble() / static_cast<double>(sysconf(_SC_CLK_TCK));
    return (uptime - start) * 1e3;
}

/// Anonymous and shared memory of this process in RAM, in MiB (man 5 proc_pid_status).
std::optional<double> residentMebibytes()
{
    QFile file(QStringLiteral("/proc/self/status"));
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    double kibibytes = 0;
    for (const QByteArray& line : file.readAll().split('\n'))
        if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:"))
            kibibytes += line.mid(line.indexOf(':') + 1).trimmed().split(' ').front().toDouble();
    return kibibytes / 1024;
}

/// Asks the event loop every few milliseconds to answer, and remembers how long it took at worst.
class Watchdog {
public:
    explicit Watchdog(QObject* target)
        : m_target(target)
        , m_thread([this](std::stop_token stop) { run(stop); })
    {
    }

    /// Worst delay since the last call.
    double takeWorstMilliseconds()
    {
        m_since = SteadyClock::now();
        return static_cast<double>(m_worst.exchange(0)) * 1e-6;
    }

private:
    void run(std::stop_token stop)
    {
        while (!stop.stop_requested()) {
            const auto asked = SteadyClock::now();
            m_hasAnswered = false;
            QMetaObject::invokeMethod(
                m_target, [this] { answer(); }, Qt::QueuedConnection);
            std::unique_lock lock(m_mutex);
            if (!m_answered.wait(lock, stop, [this] { return m_hasAnswered; }))
                return;
            const auto taken = std::chrono::duration_cast<Nanoseconds>(SteadyClock::now() - asked).count();
            if (asked >= m_since.load())
                m_worst = std::max(m_worst.load(), taken);
            // The pause is the measuring interval, not a wait for something.
            m_answered.wait_for(lock, stop, std::chrono::milliseconds{2}, [] { return false; });
        }
    }
    void answer()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_hasAnswered = true;
        }
        m_answered.notify_all();
    }

    QObject* m_target;
    std::mutex m_mutex;
    std::condition_variable_any m_answered;
    bool m_hasAnswered = false;
    std::atomic<std::int64_t> m_worst = 0;
    std::atomic<SteadyClock::time_point> m_since{}; ///< a question asked before then belongs to what went before
    std::jthread m_thread; ///< last: it uses all of the above
};

double percentile(std::vector<double> values, double share)
{
    if (values.empty())
        return notMeasured;
    std::sort(values.begin(), values.end());
    const auto index = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size()))) - 1;
    return values[std::min(index, values.size() - 1)];
}

QJsonValue rounded(double value)
{
    return std::isnan(value) ? QJsonValue(QJsonValue::Null) : QJsonValue(std::round(value * 1000) / 1000);
}

QJsonValue rounded(const std::optional<double>& value)
{
    return value ? rounded(*value) : QJsonValue(QJsonValue::Null);
}

class Profiler {
public:
    explicit Profiler(MainWindow& window)
        : m_window(window)
        , m_session(window.session())
    {
    }

    bool run(const QString& input)
    {
        showWindow();
        Watchdog watchdog(&m_window);
        m_watchdog = &watchdog;
        if (!open(input))
            return false;
        const double whileOpening = watchdog.takeWorstMilliseconds();
        countWhatIsShown();
        m_result[QStringLiteral("rss_mb")] = rounded(residentMebibytes());
        measureStatistics();
        watchdog.takeWorstMilliseconds(); // that was computed on this thread, which the window never does
        measureDrawing();
        const double whileDrawing = watchdog.takeWorstMilliseconds();
        measureCancel(input);
        const double whileCancelling = watchdog.takeWorstMilliseconds();
        m_result[QStringLiteral("gui_blocked_opening_ms")] = rounded(whileOpening);
        m_result[QStringLiteral("gui_blocked_drawing_ms")] = rounded(whileDrawing);
        m_result[QStringLiteral("gui_blocked_cancelling_ms")] = rounded(whileCancelling);
        m_result[QStringLiteral("gui_blocked_max_ms")] =
            rounded(std::max({whileOpening, whileDrawing, whileCancelling}));
        // Comparing a range with the one before it does not exist yet.
        m_result[QStringLiteral("what_changed_ms")] = QJsonValue::Null;
        return true;
    }

    const QJsonObject& result() const { return m_result; }

private:
    void showWindow()
    {
        m_window.forgetSettings();
        m_window.resize(1600, 1000);
        m_window.show();
        m_window.repaint();
        QApplication::processEvents();
        m_result[QStringLiteral("window_ms")] = rounded(processAge());
        m_result[QStringLiteral("empty_rss_mb")] = rounded(residentMebibytes());
    }

    bool open(const QString& input)
    {
        std::optional<double> firstLane, coarse, all;
        const auto begin = SteadyClock::now();
        QEventLoop loop;
        QObject context;
        QObject::connect(m_window.timeline()->plot(), &TimePlot::frameDrawn, &context, [&] {
            const double now = millisecondsSince(begin);
            const bool isCoarse = m_session.snapshot() && m_session.snapshot()->isCoarse;
            if (!firstLane)
                firstLane = now;
            if (isCoarse && !coarse)
                coarse = now;
            if (!isCoarse && m_session.state() == Session::State::Ready) {
                all = now;
                loop.quit();
            }
        });
        QObject::connect(&m_session, &Session::stateChanged, &context, [&] {
            if (m_session.state() == Session::State::Failed
                || (m_session.state() == Session::State::Ready && m_session.lanes()->lanes().empty()))
                loop.quit();
        });
        m_window.openFiles({input});
        loop.exec();
        if (m_session.state() != Session::State::Ready) {
            complain(m_session.errorPlace(), m_session.errorText());
            return false;
        }
        m_result[QStringLiteral("first_lane_ms")] = rounded(firstLane);
        m_result[QStringLiteral("coarse_lanes_ms")] = rounded(coarse);
        m_result[QStringLiteral("all_lanes_ms")] = rounded(all);
        QApplication::processEvents();
        return true;
    }

    void countWhatIsShown()
    {
        qint64 points = 0;
        for (const Series& series : m_session.snapshot()->series)
            points += static_cast<qint64>(series.values.size());
        m_result[QStringLiteral("points")] = points;
        m_result[QStringLiteral("lanes")] = static_cast<qint64>(m_session.lanes()->lanes().size());
        m_result[QStringLiteral("points_in_lanes")] = static_cast<qint64>(m_window.timeline()->plot()->samples());
    }

    /// Statistics of every gauge of the capture over its whole span, as the statistics view computes them for its
    /// lanes.
    void measureStatistics()
    {
        std::vector<Lane> lanes;
        std::size_t points = 0;
        for (const Series& series : m_session.snapshot()->series) {
            if (series.kind != Kind::Gauge || points >= 10'000'000)
                continue;
            lanes.push_back(laneOf(series));
            points += series.values.size();
        }
        const auto begin = SteadyClock::now();
        const auto rows = statisticsOf(lanes, m_session.snapshot()->range, [] { return false; });
        m_result[QStringLiteral("range_stats_ms")] = rounded(rows.empty() ? notMeasured : millisecondsSince(begin));
        m_result[QStringLiteral("range_stats_points")] = static_cast<qint64>(points);
    }

    void measureDrawing()
    {
        TimePlot plot;
        plot.setLanes(m_session.lanes()->lanes(), m_session.snapshot());
        plot.resize(1600, 1200);
        plot.show();
        plot.setVisibleRange(m_session.timeView()->bounds());
        plot.renderNow();
        QApplication::processEvents();
        m_watchdog->takeWorstMilliseconds(); // a second plot beside the window's own: no start of the program does that
        m_result[QStringLiteral("lanes_on_screen")] = static_cast<qint64>(plot.lanesOnScreen());

        const TimeRange bounds = m_session.timeView()->bounds();
        std::vector<double> frameTimes, frameCpuTimes;
        for (int frame = 0; frame < frames; ++frame) {
            plot.setVisibleRange(scriptedRange(bounds, frame));
            const double cpuBegin = threadMilliseconds();
            const auto begin = SteadyClock::now();
            plot.renderNow();
            frameTimes.push_back(millisecondsSince(begin));
            frameCpuTimes.push_back(threadMilliseconds() - cpuBegin);
            QApplication::processEvents();
        }
        m_result[QStringLiteral("frame_p50_ms")] = rounded(percentile(frameTimes, 0.5));
        m_result[QStringLiteral("frame_p95_ms")] = rounded(percentile(frameTimes, 0.95));
        m_result[QStringLiteral("frame_cpu_p50_ms")] = rounded(percentile(frameCpuTimes, 0.5));
        m_result[QStringLiteral("frame_cpu_p95_ms")] = rounded(percentile(frameCpuTimes, 0.95));
        m_result[QStringLiteral("frame_max_ms")] = rounded(percentile(frameTimes, 1));

        plot.setVisibleRange(bounds);
        plot.renderNow();
        const QRect area = plot.plotArea();
        std::vector<double> cursorTimes;
        for (int move = 0; move < cursorMoves; ++move) {
            const double x = area.left() + area.width() * ((move * 37) % cursorMoves) / double(cursorMoves);
            const auto begin = SteadyClock::now();
            plot.renderOverlayNow(plot.timeAt(x));
            cursorTimes.push_back(millisecondsSince(begin));
            QApplication::processEvents();
        }
        m_result[QStringLiteral("cursor_p99_ms")] = rounded(percentile(cursorTimes, 0.99));
    }

    /// A zoom into the middle, a pan across the whole capture at a tenth of it, and a zoom out again.
    static TimeRange scriptedRange(TimeRange bounds, int frame)
    {
        const double third = frames / 3.0;
        const double phase = std::fmod(frame, third) / third;
        double width = 0.1;
        double left = 0.9 * phase;
        if (frame < third) {
            width = std::pow(0.01, phase);
            left = 0.5 - width / 2;
        } else if (frame >= 2 * third) {
            width = std::pow(0.01, 1 - phase);
            left = 0.3 * (1 - width);
        }
        const auto span = static_cast<double>(bounds.duration().count());
        const auto begin = bounds.begin + Nanoseconds{std::llround(span * left)};
        return {begin, begin + std::max(Nanoseconds{std::llround(span * width)}, TimeView::minimumSpan)};
    }

    /// From Cancel to the window showing so, while the capture is being read again.
    void measureCancel(const QString& input)
    {
        QEventLoop loop;
        QObject context;
        bool hasProgress = false;
        QObject::connect(&m_session, &Session::progressed, &context, [&] {
            hasProgress = true;
            loop.quit();
        });
        QObject::connect(&m_session, &Session::stateChanged, &context, [&] {
            if (m_session.state() != Session::State::Loading)
                loop.quit();
        });
        m_window.openFiles({input});
        loop.exec();
        const bool wasLoading = hasProgress && m_session.state() == Session::State::Loading;
        const auto begin = SteadyClock::now();
        m_session.cancel();
        m_window.repaint();
        QApplication::processEvents();
        // A capture that is read before the first progress report leaves nothing to cancel.
        m_result[QStringLiteral("cancel_ms")] = rounded(wasLoading ? millisecondsSince(begin) : notMeasured);
    }

    MainWindow& m_window;
    Session& m_session;
    Watchdog* m_watchdog = nullptr;
    QJsonObject m_result;
};

} // namespace

int runProfile(MainWindow& window, const QString& input, const QString& resultFile)
{
    if (input.isEmpty()) {
        complain({}, MainWindow::tr("--profile needs a capture to open"));
        return 2;
    }
    QFile file(resultFile);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate)) {
        complain(resultFile, file.errorString());
        return exitUnreadable;
    }
    Profiler profiler(window);
    if (!profiler.run(input)) {
        file.remove(); // an empty result would look like a measurement
        return exitUnreadable;
    }
    file.write(QJsonDocument(profiler.result()).toJson(QJsonDocument::Indented));
    if (!file.flush()) {
        complain(resultFile, file.errorString());
        return exitUnreadable;
    }
    return exitFine;
}

} // namespace hindcast
