// Session: the capture that is open, how far its loading has come, and what all views share about it: the selection,
// the range on screen, the lanes, the time zone.
#pragma once

#include "diagnose/diagnose.h"
#include "lane_set.h"
#include "latest_job.h"
#include "loader.h"
#include "selection.h"
#include "text/zone.h"
#include "time_view.h"

#include <QObject>

#include <cstdint>
#include <map>
#include <string>

namespace hindcast {

using DiagnosisPointer = std::shared_ptr<const diagnose::Diagnosis>;

class Session : public QObject {
    Q_OBJECT

public:
    enum class State : std::uint8_t {
        Empty, ///< nothing is open
        Loading, ///< snapshot() may already hold a first look
        Ready,
        Failed, ///< errorText() says why
    };

    explicit Session(QObject* parent = nullptr);
    Session(Loader::ReadFunction read, QObject* parent);
    ~Session() override;

    State state() const { return m_state; }
    /// Null when nothing is loaded.
    const SnapshotPointer& snapshot() const { return m_snapshot; }
    /// What the rules say of the snapshot; null while they are being asked, and of a first look.
    const DiagnosisPointer& diagnosis() const { return m_diagnosis; }
    bool isDiagnosing() const { return m_isDiagnosing; }
    const QString& path() const { return m_path; }
    const QString& errorText() const { return m_errorText; }
    const QString& errorPlace() const { return m_errorPlace; }

    Selection* selection() { return &m_selection; }
    TimeView* timeView() { return &m_timeView; }
    LaneSet* lanes() { return &m_lanes; }

    const text::Zone& zone() const { return m_zone; }
    /// Zones that can be chosen for this capture. Never empty.
    std::vector<text::Zone> zones() const;
    void setZone(const text::Zone& zone);

    void open(const QString& path) { open(path, {}); }
    /// A file by itself, read as `source`; "" = recognised.
    void open(const QString& path, const QString& source);
    /// Reads what is open once more, that member as `source`; "" = as it is recognised.
    void readAs(const std::string& member, const QString& source);
    /// Reads what is open once more, its texts without a zone taken as of that one; "" = as UTC.
    void assumeZone(const QString& zone);
    const QString& assumedZone() const { return m_assumedZone; }
    /// Shows a snapshot that is already in memory.
    void show(const SnapshotPointer& snapshot);
    /// Shows a diagnosis that is already in memory, in place of the one that is being made.
    void show(const DiagnosisPointer& diagnosis);
    /// Stops loading. What has been shown so far stays.
    void cancel();
    void close();

Q_SIGNALS:
    void stateChanged();
    void snapshotChanged();
    void diagnosisChanged();
    void zoneChanged();
    void progressed(quint64 bytesDone, quint64 bytesTotal);

private:
    void connectLoader();
    void startLoading();
    void setState(State state);
    void setSnapshot(SnapshotPointer snapshot);
    void startDiagnosis();
    void dropDiagnosis();
    void fail(const QString& what, const QString& where);
    void stopAtWhatIsThere();

    Loader m_loader;
    Selection m_selection;
    TimeView m_timeView;
    LaneSet m_lanes;
    SnapshotPointer m_snapshot;
    State m_state = State::Empty;
    QString m_path, m_errorText, m_errorPlace;
    QString m_source, m_assumedZone; ///< what the user says about m_path
    std::map<std::string, std::string> m_memberSources;
    text::Zone m_zone;
    bool m_isSameCapture = false; ///< the next snapshot replaces a first look at the same file
    DiagnosisPointer m_diagnosis;
    bool m_isDiagnosing = false;
    std::stop_source m_diagnosisStop;
    LatestJob<DiagnosisPointer> m_diagnosisJob; ///< last: its thread uses the rest
};

} // namespace hindcast
