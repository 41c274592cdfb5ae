// EventModel: the table of events, filtered by severity, kind, words and a range of time. Wraps the snapshot's events;
// a hundred thousand of them are filtered while the user types.
#pragma once

#include "model/snapshot.h"
#include "text/zone.h"

#include <QAbstractTableModel>
#include <QStringList>

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace hindcast {

class EventModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column : int { TimeOfDay, Severity, Kind, Source, Text, ColumnCount };
    /// The severity as a number of hindcast::Severity.
    static constexpr int severityRole = Qt::UserRole;

    struct KindCount {
        QString kind; ///< "oom-kill"; empty for events without
        std::size_t count = 0;
    };

    explicit EventModel(QObject* parent = nullptr);

    void setSnapshot(std::shared_ptr<const Snapshot> snapshot);
    void setZone(const text::Zone& zone);
    /// Shows only these severities; all when empty.
    void setSeverities(const std::vector<hindcast::Severity>& severities);
    /// Shows only that kind; all when nothing is given.
    void setKind(const std::optional<QString>& kind);
    /// Words that all have to be found in the text, the kind or the source.
    void setFilter(const QString& filter);
    /// Shows only events in that range; all when nothing is given.
    void setRange(std::optional<TimeRange> range);
    /// The event nearest to that instant is pointed out.
    void setInstant(std::optional<Time> instant);

    std::size_t eventCount() const;
    std::array<std::size_t, 3> severityCounts() const; ///< of all events, by Severity
    std::vector<KindCount> kindCounts() const; ///< of all events, most frequent first

    /// Index into Snapshot::events.
    std::uint32_t eventAt(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    /// -1 when it is not shown.
    int rowOf(std::uint32_t event) const;
    /// Row of the shown event nearest to the instant; -1 without an instant or events.
    int nearestRow() const { return m_nearest; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

    /// "14:06:10.123", or what stands for a time that is not known.
    QString timeText(const Event& event) const;

private:
    const Event& eventOfRow(int row) const { return m_snapshot->events[eventAt(row)]; }
    bool passesFilter(const Event& event) const;
    int compare(const Event& a, const Event& b) const;
    void arrange();
    void rearrange();
    void findNearest();
    QString cell(const Event& event, int column) const;

    std::shared_ptr<const Snapshot> m_snapshot;
    std::vector<std::uint32_t> m_rows; ///< indices into Snapshot::events
    text::Zone m_zone;
    std::array<bool, 3> m_isShown{true, true, true}; ///< by Severity
    std::optional<QString> m_kind;
    QStringList m_words;
    std::optional<TimeRange> m_range;
    std::optional<Time> m_instant;
    int m_nearest = -1;
    int m_sortColumn = TimeOfDay;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
};

/// "error", "warning", "information"
QString severityName(Severity severity);

} // namespace hindcast
