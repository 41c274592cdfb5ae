#include "session.h"

#include <QFile>
#include <QThreadPool>

#include <utility>

namespace hindcast {

namespace {

/// A day of samples takes tens of milliseconds to free: not on the GUI thread.
void releaseElsewhere(SnapshotPointer snapshot)
{
    if (snapshot)
        QThreadPool::globalInstance()->start([snapshot = std::move(snapshot)]() mutable { snapshot.reset(); });
}

} // namespace

Session::Session(QObject* parent)
    : Session(readCapture, parent)
{
}

Session::Session(Loader::ReadFunction read, QObject* parent)
    : QObject(parent)
    , m_loader(std::move(read), nullptr)
    , m_diagnosisJob(this, [this](DiagnosisPointer diagnosis) { show(diagnosis); })
{
    connectLoader();
}

Session::~Session()
{
    m_diagnosisStop.request_stop();
}

void Session::connectLoader()
{
    connect(&m_loader, &Loader::progressed, this, &Session::progressed);
    connect(&m_loader, &Loader::firstLookReady, this, [this](const SnapshotPointer& snapshot) {
        setSnapshot(snapshot);
        m_isSameCapture = true;
    });
    connect(&m_loader, &Loader::loaded, this, [this](const SnapshotPointer& snapshot) {
        setSnapshot(snapshot);
        setState(State::Ready);
    });
    connect(&m_loader, &Loader::failed, this, &Session::fail);
    connect(&m_loader, &Loader::cancelled, this, &Session::stopAtWhatIsThere);
}

void Session::setState(State state)
{
    m_state = state;
    Q_EMIT stateChanged();
}

void Session::open(const QString& path, const QString& source)
{
    m_path = path;
    m_source = source;
    m_memberSources.clear();
    m_assumedZone.clear();
    startLoading();
}

void Session::readAs(const std::string& member, const QString& source)
{
    if (m_path.isEmpty())
        return;
    if (source.isEmpty())
        m_memberSources.erase(member);
    else
        m_memberSources[member] = source.toStdString();
    m_source.clear();
    startLoading();
}

void Session::assumeZone(const QString& zone)
{
    if (m_path.isEmpty() || zone == m_assumedZone)
        return;
    m_assumedZone = zone;
    startLoading();
}

void Session::startLoading()
{
    m_isSameCapture = false;
    m_errorText.clear();
    m_errorPlace.clear();
    setSnapshot(nullptr);
    m_state = State::Loading;
    m_loader.start({QFile::encodeName(m_path).toStdString(), m_source.toStdString(), m_memberSources,
        m_assumedZone.toStdString()});
    Q_EMIT stateChanged();
}

void Session::show(const SnapshotPointer& snapshot)
{
    m_loader.cancel();
    m_isSameCapture = false;
    m_path = QString::fromStdString(snapshot->path);
    setSnapshot(snapshot);
    setState(State::Ready);
}

void Session::show(const DiagnosisPointer& diagnosis)
{
    dropDiagnosis();
    m_diagnosis = diagnosis;
    Q_EMIT diagnosisChanged();
}

void Session::dropDiagnosis()
{
    m_diagnosisStop.request_stop();
    m_diagnosisJob.drop();
    m_diagnosis.reset();
    m_isDiagnosing = false;
}

void Session::startDiagnosis()
{
    m_diagnosisStop = std::stop_source();
    m_isDiagnosing = true;
    m_diagnosisJob.request([snapshot = m_snapshot, stop = m_diagnosisStop.get_token()](const auto&) {
        return std::make_shared<const diagnose::Diagnosis>(diagnose::diagnose(*snapshot, {}, stop));
    });
}

void Session::cancel()
{
    m_loader.cancel();
}

void Session::close()
{
    m_loader.cancel();
    m_path.clear();
    setSnapshot(nullptr);
    setState(State::Empty);
}

void Session::fail(const QString& what, const QString& where)
{
    m_errorText = what;
    m_errorPlace = where;
    setSnapshot(nullptr);
    setState(State::Failed);
}

void Session::stopAtWhatIsThere()
{
    if (!m_snapshot)
        m_path.clear();
    setState(m_snapshot ? State::Ready : State::Empty);
}

void Session::setSnapshot(SnapshotPointer snapshot)
{
    const bool keepsPlace = m_isSameCapture && m_snapshot && snapshot;
    const bool showedAll = m_timeView.showsAll();
    auto previous = std::exchange(m_snapshot, std::move(snapshot));
    if (!keepsPlace)
        m_selection.clear();
    if (m_snapshot) {
        const auto keep = keepsPlace && !showedAll ? TimeView::Keep::Visible : TimeView::Keep::Nothing;
        m_timeView.setBounds(m_snapshot->range, keep);
        if (m_snapshot->clock != Clock::Wall)
            m_zone = text::Zone::elapsed();
        else if (!keepsPlace)
            m_zone = text::Zone::utc();
    }
    m_lanes.setSnapshot(m_snapshot, keepsPlace ? LaneSet::Keep::Choice : LaneSet::Keep::Nothing);
    dropDiagnosis();
    if (m_snapshot && !m_snapshot->isCoarse) // one tick a minute is no ground for a judgement
        startDiagnosis();
    Q_EMIT snapshotChanged();
    Q_EMIT diagnosisChanged();
    Q_EMIT zoneChanged();
    releaseElsewhere(std::move(previous));
}

std::vector<text::Zone> Session::zones() const
{
    if (m_snapshot && m_snapshot->clock != Clock::Wall)
        return {text::Zone::elapsed()};
    std::vector<text::Zone> result{text::Zone::utc()};
    if (m_snapshot)
        if (const auto server = text::Zone::ofServer(m_snapshot->host))
            result.push_back(*server);
    result.push_back(text::Zone::mine());
    return result;
}

void Session::setZone(const text::Zone& zone)
{
    if (zone == m_zone)
        return;
    m_zone = zone;
    Q_EMIT zoneChanged();
}

} // namespace hindcast
