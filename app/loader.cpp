#include "loader.h"

#include "parse/load.h"
#include "parse/packet_loading.h"
#include "parse/parser.h"
#include "text/format.h"

#include <algorithm>
#include <chrono>

namespace hindcast {

namespace {

/// Lets a report through at most thirty times a second. Called from several threads.
class Throttle {
public:
    bool admits()
    {
        using namespace std::chrono;
        const auto now = steady_clock::now().time_since_epoch().count();
        auto last = m_last.load();
        return now - last >= nanoseconds{33ms}.count() && m_last.compare_exchange_strong(last, now);
    }

private:
    std::atomic<std::chrono::steady_clock::rep> m_last = 0;
};

} // namespace

Loader::Loader(QObject* parent)
    : Loader(readCapture, parent)
{
}

Loader::Loader(ReadFunction read, QObject* parent)
    : QObject(parent)
    , m_read(std::move(read))
{
    qRegisterMetaType<SnapshotPointer>();
}

Loader::~Loader()
{
    retireWorker();
    m_retired.clear(); // joins
}

std::vector<SourceKind> sourceKinds()
{
    std::vector<SourceKind> kinds;
    for (const parse::Parser& parser : parse::allParsers())
        if (parser.recognise) // the others are of the recorder and never come alone
            kinds.push_back({text::fromBytes(parser.id), text::fromBytes(parser.title)});
    kinds.push_back({text::fromBytes(parse::packetSourceId), Loader::tr("Captured packets")});
    std::sort(kinds.begin(), kinds.end(), [](const SourceKind& a, const SourceKind& b) {
        return QString::compare(a.title, b.title, Qt::CaseInsensitive) < 0;
    });
    return kinds;
}

void Loader::start(OpenRequest request)
{
    retireWorker();
    const auto job = ++m_job;
    m_isRunning = true;
    Q_EMIT started();
    auto hasFinished = std::make_shared<std::atomic<bool>>(false);
    m_worker =
        Worker{hasFinished, std::jthread([this, job, hasFinished, request = std::move(request)](std::stop_token stop) {
                   run(job, request, stop);
                   *hasFinished = true;
               })};
}

void Loader::cancel()
{
    if (!m_isRunning)
        return;
    ++m_job;
    m_isRunning = false;
    retireWorker();
    Q_EMIT cancelled();
}

void Loader::run(std::uint64_t job, const OpenRequest& request, std::stop_token stop)
{
    Throttle throttle;
    const auto progress = [&](const ProgressReport& report) {
        if (throttle.admits())
            post(job, [this, report] { Q_EMIT progressed(report.bytesDone, report.bytesTotal); });
    };
    const auto firstLook = [&](SnapshotPointer snapshot) {
        post(job, [this, snapshot = std::move(snapshot)] { Q_EMIT firstLookReady(snapshot); });
    };
    auto result = m_read(request, firstLook, progress, stop);
    if (stop.stop_requested())
        return;
    if (!result) {
        post(job, [this, error = result.error()] {
            m_isRunning = false;
            Q_EMIT failed(text::fromBytes(error.what), text::fromBytes(error.where));
        });
    } else if (*result) {
        post(job, [this, snapshot = std::move(*result)] {
            m_isRunning = false;
            Q_EMIT loaded(snapshot);
        });
    }
}

void Loader::post(std::uint64_t job, std::function<void()> report)
{
    QMetaObject::invokeMethod(
        this,
        [this, job, report = std::move(report)] {
            if (job == m_job)
                report();
        },
        Qt::QueuedConnection);
}

void Loader::retireWorker()
{
    if (m_worker) {
        m_worker->thread.request_stop();
        m_retired.push_back(std::move(*m_worker));
        m_worker.reset();
    }
    joinFinished();
}

void Loader::joinFinished()
{
    std::erase_if(m_retired, [](const Worker& worker) { return worker.hasFinished->load(); });
}

Result<SnapshotPointer> readCapture(const OpenRequest& request, const std::function<void(SnapshotPointer)>& firstLook,
    const Progress& progress, std::stop_token stop)
{
    auto archive = archive::Archive::open(request.path);
    if (!archive)
        return archive.error();
    parse::LoadOptions options;
    options.source = request.source;
    options.memberSources = request.memberSources;
    options.assumedZone = request.assumedZone;
    if (archive->overview().parts > parse::partsWorthKeyframes) {
        parse::LoadOptions quick = options;
        quick.detail = archive::Detail::Keyframes;
        // Its bytes are not those of the full load: reporting them would make the bar run twice.
        auto coarse = parse::load(*archive, quick, {}, stop);
        if (stop.stop_requested())
            return SnapshotPointer{};
        // A first look that fails says nothing yet: the full load will say it once.
        if (coarse && *coarse)
            firstLook(*coarse);
        archive->rewind();
    }
    return parse::load(*archive, options, progress, stop);
}

} // namespace hindcast
