#include "models/source_model.h"

#include "text/format.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hindcast {

namespace {

/// A source that could not be recorded has not been read either, whoever would have read it.
bool wasRead(const MemberReport& member)
{
    return !member.source.empty() && !(member.errorNumber != 0 && member.samples == 0);
}

} // namespace

void SourceModel::setSnapshot(std::shared_ptr<const Snapshot> snapshot)
{
    beginResetModel();
    m_snapshot = std::move(snapshot);
    m_order.clear();
    if (m_snapshot)
        for (const MemberReport& member : m_snapshot->members)
            m_order.push_back(&member);
    const auto place = [](const MemberReport& member) {
        return hasProblem(member) ? 0 : member.source.empty() ? 2 : 1;
    };
    std::stable_sort(m_order.begin(), m_order.end(),
        [&](const MemberReport* a, const MemberReport* b) { return place(*a) < place(*b); });
    endResetModel();
}

bool SourceModel::hasProblem(const MemberReport& member)
{
    // A file that this kernel does not have is no trouble of the capture's.
    const bool isAbsent = member.errorNumber == ENOENT || member.errorNumber == EOPNOTSUPP;
    return member.skipped > 0 || (member.errorNumber != 0 && !isAbsent) || !member.firstProblem.empty();
}

bool SourceModel::canBeReadAs(const MemberReport& member)
{
    const auto& path = member.path;
    const bool isRecorded = path.starts_with("samples/") || path.starts_with("start/") || path.starts_with("end/")
        || path.starts_with("seg/") || path.starts_with("hindcast/") || path == "manifest.json";
    return !isRecorded && member.bytes > 0;
}

const MemberReport* SourceModel::member(const QModelIndex& index) const
{
    return index.isValid() && index.row() < rowCount() ? m_order[static_cast<std::size_t>(index.row())] : nullptr;
}

int SourceModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_snapshot ? 0 : static_cast<int>(m_order.size());
}

int SourceModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QString SourceModel::problemText(const MemberReport& member)
{
    if (member.errorNumber != 0) {
        // The recorder's errno, in this machine's words.
        const QString why = QString::fromLocal8Bit(std::strerror(member.errorNumber));
        return tr("Could not be recorded: %1").arg(why);
    }
    return text::fromBytes(member.firstProblem);
}

QString SourceModel::cell(const MemberReport& member, int column)
{
    switch (column) {
    case Path:
        return text::fromBytes(member.path);
    case Source:
        if (member.isTimeInferred)
            return tr("%1, time inferred", "source").arg(text::fromBytes(member.source));
        return member.source.empty() ? tr("kept, not read") : text::fromBytes(member.source);
    case Bytes:
        if (member.errorNumber != 0 && member.bytes == 0)
            return text::notMeasuredText();
        return text::formatValue(static_cast<double>(member.bytes), Unit::Bytes);
    case Samples:
        return wasRead(member) ? text::formatCount(member.samples) : text::notMeasuredText();
    case Skipped:
        return wasRead(member) ? text::formatCount(member.skipped) : text::notMeasuredText();
    case Problem:
        return problemText(member);
    default:
        return {};
    }
}

QVariant SourceModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const MemberReport& member = *m_order[static_cast<std::size_t>(index.row())];
    const bool isNumber = index.column() == Bytes || index.column() == Samples || index.column() == Skipped;
    switch (role) {
    case Qt::DisplayRole:
        return cell(member, index.column());
    case Qt::ToolTipRole:
        if (index.column() == Source && member.isTimeInferred)
            return tr("The text has no clock. What it holds is placed by when its file was written.");
        return index.column() == Problem || index.column() == Path ? cell(member, index.column()) : QVariant{};
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::Alignment((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    case sortRole:
        if (index.column() == Bytes)
            return static_cast<qulonglong>(member.bytes);
        if (index.column() == Samples)
            return static_cast<qulonglong>(member.samples);
        if (index.column() == Skipped)
            return static_cast<qulonglong>(member.skipped);
        return cell(member, index.column());
    default:
        return {};
    }
}

QVariant SourceModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const bool isNumber = section == Bytes || section == Samples || section == Skipped;
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Path:
        return tr("Member");
    case Source:
        return tr("Read as");
    case Bytes:
        return tr("Size");
    case Samples:
        return tr("Samples");
    case Skipped:
        return tr("Skipped lines");
    default:
        return tr("First problem");
    }
}

} // namespace hindcast
