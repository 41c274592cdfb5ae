#include "models/note_model.h"

#include "text/format.h"

#include <algorithm>

namespace hindcast {

namespace {

QString severityText(NoteSeverity severity)
{
    switch (severity) {
    case NoteSeverity::Info:
        return NoteModel::tr("Note");
    case NoteSeverity::DataLoss:
        return NoteModel::tr("Data lost");
    case NoteSeverity::Error:
        return NoteModel::tr("Error");
    }
    return {};
}

} // namespace

void NoteModel::setSnapshot(std::shared_ptr<const Snapshot> snapshot)
{
    beginResetModel();
    m_snapshot = std::move(snapshot);
    m_order.clear();
    if (m_snapshot)
        for (const ImportNote& note : m_snapshot->notes)
            m_order.push_back(&note);
    std::stable_sort(m_order.begin(), m_order.end(),
        [](const ImportNote* a, const ImportNote* b) { return a->severity > b->severity; });
    endResetModel();
}

QString NoteModel::noteText(const ImportNote& note)
{
    const QString message = text::fromBytes(note.message);
    const QString member = text::fromBytes(note.member);
    const QString place = note.line > 0 ? tr("%1, line %2").arg(member).arg(note.line) : member;
    const QString times = note.count > 1
        ? tr(" (%n times)", nullptr, static_cast<int>(std::min<std::uint64_t>(note.count, 2'000'000'000)))
        : QString{};
    if (place.isEmpty())
        return tr("%1: %2%3", "severity: message (times)").arg(severityText(note.severity), message, times);
    return tr("%1: %2: %3%4", "severity: place: message (times)")
        .arg(severityText(note.severity), place, message, times);
}

int NoteModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_order.size());
}

QVariant NoteModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    if (role == Qt::DisplayRole || role == Qt::ToolTipRole)
        return noteText(*m_order[static_cast<std::size_t>(index.row())]);
    return {};
}

} // namespace hindcast
