#include "models/thread_dump_model.h"

#include "text/format.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace hindcast {

ThreadDumpSet::ThreadDumpSet(std::shared_ptr<const Snapshot> of)
    : snapshot(std::move(of))
    , dumps(*snapshot)
{
    for (const DumpedProcess& process : dumps.processes())
        sameStackCounts.push_back(hindcast::sameStackCounts(process));
}

void ThreadDumpModel::clear()
{
    beginResetModel();
    m_set.reset();
    m_rows.clear();
    m_cpuShares.clear();
    endResetModel();
}

void ThreadDumpModel::showDump(const ThreadDumpSetPointer& set, std::size_t process, std::size_t dump)
{
    beginResetModel();
    m_set = set;
    m_process = process;
    m_dump = dump;
    const auto& threads = this->dump()->threads;
    m_cpuShares.assign(threads.size(), notMeasured);
    if (dump > 0) {
        std::unordered_map<std::string, double> shares;
        for (const ThreadCpu& used : cpuBetween(this->process()->dumps[dump - 1], *this->dump()))
            shares.emplace(used.key, used.share);
        for (std::size_t place = 0; place < threads.size(); ++place)
            if (const auto known = shares.find(threadKey(threads[place])); known != shares.end())
                m_cpuShares[place] = known->second;
    }
    refill();
    endResetModel();
}

void ThreadDumpModel::setFilter(const QString& filter)
{
    beginResetModel();
    m_filter = filter.trimmed();
    refill();
    endResetModel();
}

void ThreadDumpModel::setStates(const QStringList& states)
{
    beginResetModel();
    m_states = states;
    refill();
    endResetModel();
}

void ThreadDumpModel::setPool(const QString& pool)
{
    beginResetModel();
    m_pool = pool;
    refill();
    endResetModel();
}

const DumpedProcess* ThreadDumpModel::process() const
{
    return m_set ? &m_set->dumps.processes()[m_process] : nullptr;
}

const ThreadDump* ThreadDumpModel::dump() const
{
    return m_set ? &process()->dumps[m_dump] : nullptr;
}

const DumpThread* ThreadDumpModel::threadAt(int row) const
{
    if (!m_set || row < 0 || row >= rowCount())
        return nullptr;
    return &dump()->threads[m_rows[static_cast<std::size_t>(row)]];
}

std::size_t ThreadDumpModel::sameStackCountAt(int row) const
{
    if (!threadAt(row))
        return 0;
    return m_set->sameStackCounts[m_process][m_dump][m_rows[static_cast<std::size_t>(row)]];
}

int ThreadDumpModel::rowOf(const std::string& key) const
{
    for (int row = 0; row < rowCount(); ++row)
        if (threadKey(*threadAt(row)) == key)
            return row;
    return -1;
}

bool ThreadDumpModel::isWanted(const DumpThread& thread) const
{
    const QString state = text::fromBytes(thread.state);
    if (!m_states.isEmpty() && !m_states.contains(state))
        return false;
    if (!m_pool.isEmpty() && text::fromBytes(poolName(thread.name)) != m_pool)
        return false;
    if (m_filter.isEmpty())
        return true;
    const auto has = [this](std::string_view bytes) {
        return text::fromBytes(bytes).contains(m_filter, Qt::CaseInsensitive);
    };
    return has(thread.name) || has(m_set->dumps.frames(thread.stack)) || has(thread.waitsForClass)
        || has(thread.waitsFor);
}

void ThreadDumpModel::refill()
{
    std::vector<std::size_t> places;
    if (m_set)
        for (std::size_t place = 0; place < dump()->threads.size(); ++place)
            if (isWanted(dump()->threads[place]))
                places.push_back(place);
    m_rows = sorted(std::move(places));
}

double ThreadDumpModel::sortNumber(std::size_t place, int column) const
{
    const DumpThread& thread = dump()->threads[place];
    switch (column) {
    case SameIn:
        return static_cast<double>(m_set->sameStackCounts[m_process][m_dump][place]);
    case Cpu:
        return m_cpuShares[place];
    case Blocks:
        return static_cast<double>(thread.blocked);
    case NativeId:
        return thread.nativeId.value_or(notMeasured);
    default:
        return notMeasured;
    }
}

/// In no column's order: those of a deadlock and those that hold up others stand first, then as printed.
std::vector<std::size_t> ThreadDumpModel::sorted(std::vector<std::size_t> places) const
{
    if (m_sortColumn < 0) {
        std::stable_sort(places.begin(), places.end(),
            [this](std::size_t a, std::size_t b) { return dump()->threads[a].blocked > dump()->threads[b].blocked; });
        return places;
    }
    const bool isNumber =
        m_sortColumn == SameIn || m_sortColumn == Cpu || m_sortColumn == Blocks || m_sortColumn == NativeId;
    const bool isDescending = m_sortOrder == Qt::DescendingOrder;
    std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
        if (!isNumber) {
            const int order = cell(a, m_sortColumn).compare(cell(b, m_sortColumn), Qt::CaseInsensitive);
            return isDescending ? order > 0 : order < 0;
        }
        const double x = sortNumber(a, m_sortColumn), y = sortNumber(b, m_sortColumn);
        if (std::isnan(x) || std::isnan(y))
            return !std::isnan(x) && std::isnan(y);
        return isDescending ? x > y : x < y;
    });
    return places;
}

void ThreadDumpModel::sort(int column, Qt::SortOrder order)
{
    beginResetModel();
    m_sortColumn = column;
    m_sortOrder = order;
    refill();
    endResetModel();
}

int ThreadDumpModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ThreadDumpModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QString ThreadDumpModel::cell(std::size_t place, int column) const
{
    const DumpThread& thread = dump()->threads[place];
    switch (column) {
    case Name:
        return text::fromBytes(thread.name);
    case State:
        return text::fromBytes(thread.state);
    case SameIn: {
        const std::size_t count = m_set->sameStackCounts[m_process][m_dump][place];
        return count > 1 ? text::formatCount(count) : QString();
    }
    case Cpu:
        return std::isnan(m_cpuShares[place]) ? QString() : text::formatValue(m_cpuShares[place] * 100, Unit::Percent);
    case WaitsFor: {
        const auto dot = thread.waitsForClass.find_last_of("./");
        const QString name = text::fromBytes(
            dot == std::string_view::npos ? thread.waitsForClass : thread.waitsForClass.substr(dot + 1));
        return name.isEmpty() ? text::fromBytes(thread.waitsFor) : name;
    }
    case HeldBy:
        return thread.blocker ? text::fromBytes(dump()->threads[*thread.blocker].name)
                              : text::fromBytes(thread.waitsForOwner);
    case Blocks:
        return thread.blocked > 0 ? text::formatCount(thread.blocked) : QString();
    case TopFrame:
        return text::fromBytes(thread.topFrame);
    case NativeId:
        return thread.nativeId ? QString::number(*thread.nativeId, 'f', 0) : QString();
    default:
        return {};
    }
}

QVariant ThreadDumpModel::data(const QModelIndex& index, int role) const
{
    const DumpThread* thread = index.isValid() ? threadAt(index.row()) : nullptr;
    if (!thread)
        return {};
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return cell(m_rows[static_cast<std::size_t>(index.row())], column);
    case Qt::TextAlignmentRole: {
        const bool isNumber = column == SameIn || column == Cpu || column == Blocks || column == NativeId;
        return QVariant::fromValue(Qt::Alignment((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    case Qt::ToolTipRole:
        if (column == WaitsFor && !thread->waitsFor.empty())
            return QStringLiteral("%1 %2").arg(
                text::fromBytes(thread->waitsForClass), text::fromBytes(thread->waitsFor));
        if (column == State && !thread->status.empty())
            return text::fromBytes(thread->status);
        return cell(m_rows[static_cast<std::size_t>(index.row())], column);
    default:
        return {};
    }
}

QVariant ThreadDumpModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::ToolTipRole)
        switch (section) {
        case SameIn:
            return tr("In how many dumps, up to this one, the thread has stood in the same place");
        case Cpu:
            return tr("CPU time since the dump before, of one CPU");
        case Blocks:
            return tr("How many threads wait for this one, directly or through others");
        case NativeId:
            return tr("The thread's number in the operating system");
        default:
            return {};
        }
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Thread");
    case State:
        return tr("State");
    case SameIn:
        return tr("Same in");
    case Cpu:
        return tr("CPU");
    case WaitsFor:
        return tr("Waits for");
    case HeldBy:
        return tr("Held by");
    case Blocks:
        return tr("Blocks");
    case TopFrame:
        return tr("Top frame");
    default:
        return tr("Native id");
    }
}

} // namespace hindcast
