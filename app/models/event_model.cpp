#include "models/event_model.h"

#include "text/format.h"

#include <QFont>

#include <algorithm>
#include <map>

namespace hindcast {

namespace {

std::string_view kindOf(const Event& event)
{
    return labelValue(event.labels, "kind");
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Bytes compared as ASCII: decoding a hundred thousand lines at every key would be felt.
bool containsAscii(std::string_view text, std::string_view lowerWord)
{
    return std::search(text.begin(), text.end(), lowerWord.begin(), lowerWord.end(), [](char a, char b) {
        return lower(a) == b;
    }) != text.end();
}

bool contains(std::string_view text, const QString& word)
{
    const bool isAscii = std::all_of(word.begin(), word.end(), [](QChar c) { return c.unicode() < 128; });
    if (!isAscii)
        return text::fromBytes(text).contains(word, Qt::CaseInsensitive);
    return containsAscii(text, word.toLower().toStdString());
}

} // namespace

QString severityName(Severity severity)
{
    switch (severity) {
    case Severity::Error:
        return EventModel::tr("error");
    case Severity::Warning:
        return EventModel::tr("warning");
    case Severity::Info:
        break;
    }
    return EventModel::tr("information");
}

EventModel::EventModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void EventModel::setSnapshot(std::shared_ptr<const Snapshot> snapshot)
{
    beginResetModel();
    m_snapshot = std::move(snapshot);
    arrange();
    endResetModel();
}

void EventModel::setZone(const text::Zone& zone)
{
    m_zone = zone;
    if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, TimeOfDay), index(rowCount() - 1, TimeOfDay));
}

void EventModel::setSeverities(const std::vector<hindcast::Severity>& severities)
{
    m_isShown.fill(severities.empty());
    for (const auto severity : severities)
        m_isShown[static_cast<std::size_t>(severity)] = true;
    rearrange();
}

void EventModel::setKind(const std::optional<QString>& kind)
{
    m_kind = kind;
    rearrange();
}

void EventModel::setFilter(const QString& filter)
{
    m_words = filter.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    rearrange();
}

void EventModel::setRange(std::optional<TimeRange> range)
{
    if (range == m_range)
        return;
    m_range = range;
    rearrange();
}

void EventModel::setInstant(std::optional<Time> instant)
{
    if (instant == m_instant)
        return;
    m_instant = instant;
    const int before = m_nearest;
    findNearest();
    if (before == m_nearest)
        return;
    for (const int row : {before, m_nearest})
        if (row >= 0 && row < rowCount())
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1), {Qt::FontRole});
}

void EventModel::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column < 0 ? static_cast<int>(TimeOfDay) : column;
    m_sortOrder = order;
    rearrange();
}

void EventModel::rearrange()
{
    beginResetModel();
    arrange();
    endResetModel();
}

void EventModel::arrange()
{
    m_rows.clear();
    if (m_snapshot)
        for (std::uint32_t i = 0; i < m_snapshot->events.size(); ++i)
            if (passesFilter(m_snapshot->events[i]))
                m_rows.push_back(i);
    // By time they come.
    if (m_sortColumn != TimeOfDay)
        std::stable_sort(m_rows.begin(), m_rows.end(), [this](std::uint32_t a, std::uint32_t b) {
            const int order = compare(m_snapshot->events[a], m_snapshot->events[b]);
            return m_sortOrder == Qt::AscendingOrder ? order < 0 : order > 0;
        });
    else if (m_sortOrder == Qt::DescendingOrder)
        std::reverse(m_rows.begin(), m_rows.end());
    findNearest();
}

bool EventModel::passesFilter(const Event& event) const
{
    if (!m_isShown[static_cast<std::size_t>(event.severity)])
        return false;
    if (m_range && !(event.clock == m_snapshot->clock && m_range->contains(event.time)))
        return false;
    if (m_kind && text::fromBytes(kindOf(event)) != *m_kind)
        return false;
    return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) {
        return contains(event.text, word) || contains(kindOf(event), word) || contains(event.source, word);
    });
}

int EventModel::compare(const Event& a, const Event& b) const
{
    switch (m_sortColumn) {
    case Severity:
        return static_cast<int>(a.severity) - static_cast<int>(b.severity);
    case Kind:
        return kindOf(a).compare(kindOf(b));
    case Source:
        return a.source.compare(b.source);
    default:
        return a.text.compare(b.text);
    }
}

void EventModel::findNearest()
{
    m_nearest = -1;
    if (!m_instant)
        return;
    std::optional<Nanoseconds> least;
    for (int row = 0; row < rowCount(); ++row) {
        const Event& event = eventOfRow(row);
        if (event.clock != m_snapshot->clock)
            continue;
        const Nanoseconds distance = std::chrono::abs(event.time - *m_instant);
        if (!least || distance < *least) {
            least = distance;
            m_nearest = row;
        }
    }
}

std::size_t EventModel::eventCount() const
{
    return m_snapshot ? m_snapshot->events.size() : 0;
}

std::array<std::size_t, 3> EventModel::severityCounts() const
{
    std::array<std::size_t, 3> counts{};
    if (m_snapshot)
        for (const Event& event : m_snapshot->events)
            ++counts[static_cast<std::size_t>(event.severity)];
    return counts;
}

std::vector<EventModel::KindCount> EventModel::kindCounts() const
{
    std::map<std::string_view, std::size_t> counts;
    if (m_snapshot)
        for (const Event& event : m_snapshot->events)
            ++counts[kindOf(event)];
    std::vector<KindCount> result;
    for (const auto& [kind, count] : counts)
        result.push_back({text::fromBytes(kind), count});
    std::stable_sort(
        result.begin(), result.end(), [](const KindCount& a, const KindCount& b) { return a.count > b.count; });
    return result;
}

int EventModel::rowOf(std::uint32_t event) const
{
    const auto found = std::find(m_rows.begin(), m_rows.end(), event);
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

int EventModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int EventModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QVariant EventModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Event& event = eventOfRow(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return cell(event, index.column());
    case Qt::ToolTipRole:
        return index.column() == Text ? QStringLiteral("<p>%1</p>").arg(text::fromBytes(event.text).toHtmlEscaped())
                                      : QVariant{};
    case Qt::FontRole: {
        if (index.row() != m_nearest)
            return {};
        QFont bold;
        bold.setBold(true);
        return bold;
    }
    case severityRole:
        return static_cast<int>(event.severity);
    default:
        return {};
    }
}

QString EventModel::timeText(const Event& event) const
{
    if (event.clock == Clock::None)
        return text::notMeasuredText();
    // As on the axis, where the event has a place on it.
    if (m_zone.kind() == text::ZoneKind::Elapsed && m_snapshot && event.clock == m_snapshot->clock)
        return m_zone.timeOfDay(event.time, 3);
    if (event.clock == Clock::Boot)
        return tr("%1 s after boot").arg(toSeconds(event.time), 0, 'f', 3);
    const bool isOneDay = m_snapshot && m_zone.date(m_snapshot->range.begin) == m_zone.date(m_snapshot->range.end)
        && m_zone.date(event.time) == m_zone.date(m_snapshot->range.begin);
    return isOneDay ? m_zone.timeOfDay(event.time, 3) : m_zone.dateAndTime(event.time, 3);
}

QString EventModel::cell(const Event& event, int column) const
{
    switch (column) {
    case TimeOfDay:
        return timeText(event);
    case Severity:
        return severityName(event.severity);
    case Kind:
        return text::fromBytes(kindOf(event));
    case Source:
        return text::fromBytes(event.source);
    default:
        // A table row is one line; the whole text stands below the table.
        return text::fromBytes(event.text).replace(QLatin1Char('\n'), QLatin1Char(' '));
    }
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(Qt::AlignLeft | Qt::AlignVCenter));
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    const bool isTip = role == Qt::ToolTipRole;
    switch (section) {
    case TimeOfDay:
        return isTip ? tr("When it happened; in bold the one nearest to the cursor") : tr("Time");
    case Severity:
        return isTip ? tr("How bad the source says it is") : tr("Severity");
    case Kind:
        return isTip ? tr("What kind of event it was recognised as") : tr("Kind");
    case Source:
        return isTip ? tr("What it was read from") : tr("Source");
    default:
        return isTip ? tr("As it was written") : tr("Text");
    }
}

} // namespace hindcast
