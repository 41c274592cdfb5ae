#include "models/process_model.h"

#include "text/format.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace hindcast {

namespace {

QString commandOf(const Entity& process)
{
    const auto line = process.attribute("command_line");
    if (!line.empty())
        return text::fromBytes(line);
    // A kernel thread has no command line; its name stands in brackets, as ps prints it.
    return QStringLiteral("[%1]").arg(text::fromBytes(process.attribute("comm")));
}

qlonglong pidOf(const Entity& process)
{
    return text::fromBytes(process.attribute("pid")).toLongLong();
}

/// The number a column sorts by; NaN sorts last whatever the order.
double numberOf(const ProcessFigures& figures, int column)
{
    switch (column) {
    case ProcessModel::Pid:
        return static_cast<double>(pidOf(*figures.process));
    case ProcessModel::Cpu:
        return figures.cpuPercent;
    case ProcessModel::User:
        return figures.userPercent;
    case ProcessModel::System:
        return figures.systemPercent;
    case ProcessModel::MaximumCpu:
        return figures.maximumCpuPercent;
    case ProcessModel::Resident:
        return figures.residentBytes;
    case ProcessModel::ResidentDelta:
        return figures.residentDelta;
    case ProcessModel::Virtual:
        return figures.virtualBytes;
    case ProcessModel::Threads:
        return figures.threads;
    case ProcessModel::MinorFaults:
        return figures.minorFaultsPerSecond;
    case ProcessModel::MajorFaults:
        return figures.majorFaultsPerSecond;
    case ProcessModel::CpuTime:
        return figures.cpuSeconds;
    case ProcessModel::Started:
        return text::fromBytes(figures.process->attribute("start_ticks")).toDouble();
    default:
        return notMeasured;
    }
}

QString stateText(char state)
{
    switch (state) {
    case 'R':
        return ProcessModel::tr("running");
    case 'S':
        return ProcessModel::tr("sleeping");
    case 'D':
        return ProcessModel::tr("waiting for disk (uninterruptible)");
    case 'Z':
        return ProcessModel::tr("zombie");
    case 'T':
        return ProcessModel::tr("stopped");
    case 't':
        return ProcessModel::tr("stopped by a debugger");
    case 'I':
        return ProcessModel::tr("idle kernel thread");
    case 'X':
        return ProcessModel::tr("dead");
    default:
        return ProcessModel::tr("not recorded");
    }
}

QString cpuTimeText(double seconds)
{
    if (std::isnan(seconds))
        return text::notMeasuredText();
    const auto hundredths = static_cast<qlonglong>(std::llround(seconds * 100));
    return QStringLiteral("%1:%2.%3")
        .arg(hundredths / 6000)
        .arg(hundredths / 100 % 60, 2, 10, QLatin1Char('0'))
        .arg(hundredths % 100, 2, 10, QLatin1Char('0'));
}

} // namespace

ProcessModel::ProcessModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

bool ProcessModel::isColumnOfSpan(int column) const
{
    const bool isRangeOnly = column == MaximumCpu || column == ResidentDelta;
    return !isRangeOnly || m_span == Span::Range;
}

void ProcessModel::setFigures(std::vector<ProcessFigures> figures, Span span, std::shared_ptr<const Snapshot> owner)
{
    if (owner != m_owner) {
        // Entities of another load: no row means the same process.
        beginResetModel();
        m_owner = std::move(owner);
        m_all = std::move(figures);
        m_span = span;
        m_rows = arranged();
        endResetModel();
        return;
    }
    m_all = std::move(figures);
    const bool hasOtherTitles = span != m_span;
    m_span = span;
    rearrange(arranged());
    if (hasOtherTitles)
        Q_EMIT headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
}

void ProcessModel::clear()
{
    beginResetModel();
    m_owner.reset();
    m_all.clear();
    m_rows.clear();
    endResetModel();
}

void ProcessModel::setFilter(const QString& filter)
{
    m_filter = filter.trimmed();
    rearrange(arranged());
}

void ProcessModel::setZone(const text::Zone& zone)
{
    m_zone = zone;
    if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, Started), index(rowCount() - 1, Started));
}

void ProcessModel::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column < 0 ? static_cast<int>(Cpu) : column;
    m_sortOrder = order;
    rearrange(arranged());
}

bool ProcessModel::passesFilter(const ProcessFigures& figures) const
{
    if (m_filter.isEmpty())
        return true;
    const auto contains = [&](std::string_view bytes) {
        return text::fromBytes(bytes).contains(m_filter, Qt::CaseInsensitive);
    };
    const Entity& process = *figures.process;
    return contains(process.attribute("comm")) || contains(process.attribute("command_line"))
        || contains(process.attribute("pid"));
}

bool ProcessModel::isBefore(const ProcessFigures& a, const ProcessFigures& b) const
{
    const auto decide = [&](auto comparison) {
        return m_sortOrder == Qt::AscendingOrder ? comparison < 0 : comparison > 0;
    };
    if (m_sortColumn == Command) {
        const int order = a.process->attribute("comm").compare(b.process->attribute("comm"));
        if (order != 0)
            return decide(order);
    } else if (m_sortColumn == State) {
        if (a.state != b.state)
            return decide(a.state - b.state);
    } else {
        const double left = numberOf(a, m_sortColumn);
        const double right = numberOf(b, m_sortColumn);
        if (std::isnan(left) != std::isnan(right))
            return std::isnan(right);
        if (!std::isnan(left) && left != right)
            return decide(left < right ? -1 : 1);
    }
    // A fixed order among equals, so that rows do not jump while the cursor moves.
    return a.process < b.process;
}

std::vector<ProcessFigures> ProcessModel::arranged() const
{
    std::vector<ProcessFigures> rows;
    rows.reserve(m_all.size());
    std::copy_if(m_all.begin(), m_all.end(), std::back_inserter(rows),
        [this](const ProcessFigures& figures) { return passesFilter(figures); });
    std::sort(
        rows.begin(), rows.end(), [this](const ProcessFigures& a, const ProcessFigures& b) { return isBefore(a, b); });
    return rows;
}

void ProcessModel::rearrange(std::vector<ProcessFigures> wanted)
{
    std::unordered_map<const Entity*, int> wantedRow;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        wantedRow.emplace(wanted[i].process, static_cast<int>(i));

    std::size_t vanished = 0;
    for (const ProcessFigures& row : m_rows)
        vanished += wantedRow.contains(row.process) ? 0 : 1;
    if (vanished > 64 || m_rows.empty() || wanted.empty()) {
        beginResetModel();
        m_rows = std::move(wanted);
        endResetModel();
        return;
    }
    for (int row = static_cast<int>(m_rows.size()) - 1; row >= 0 && vanished > 0; --row) {
        if (wantedRow.contains(m_rows[static_cast<std::size_t>(row)].process))
            continue;
        beginRemoveRows({}, row, row);
        m_rows.erase(m_rows.begin() + row);
        endRemoveRows();
        --vanished;
    }
    if (wanted.size() > m_rows.size()) {
        std::unordered_map<const Entity*, bool> known;
        for (const ProcessFigures& row : m_rows)
            known.emplace(row.process, true);
        beginInsertRows({}, static_cast<int>(m_rows.size()), static_cast<int>(wanted.size()) - 1);
        for (const ProcessFigures& figures : wanted)
            if (!known.contains(figures.process))
                m_rows.push_back(figures);
        endInsertRows();
    }
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    QModelIndexList after;
    after.reserve(before.size());
    for (const QModelIndex& old : before)
        after.append(index(wantedRow.at(m_rows[static_cast<std::size_t>(old.row())].process), old.column()));
    m_rows = std::move(wanted);
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
    if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int ProcessModel::rowOf(const std::string& key) const
{
    for (std::size_t row = 0; row < m_rows.size(); ++row)
        if (m_rows[row].process->key == key)
            return static_cast<int>(row);
    return -1;
}

std::string ProcessModel::keyAt(int row) const
{
    return row < 0 || row >= rowCount() ? std::string{} : m_rows[static_cast<std::size_t>(row)].process->key;
}

int ProcessModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ProcessModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QVariant ProcessModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const ProcessFigures& figures = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return cell(figures, index.column());
    case Qt::TextAlignmentRole: {
        const bool isText = index.column() == Command || index.column() == State;
        return QVariant::fromValue(Qt::Alignment((isText ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
    }
    case Qt::ToolTipRole:
        return tip(figures);
    default:
        return {};
    }
}

QString ProcessModel::cell(const ProcessFigures& figures, int column) const
{
    switch (column) {
    case Pid:
        return text::fromBytes(figures.process->attribute("pid"));
    case Command:
        return commandOf(*figures.process);
    case State:
        return figures.state == '?' ? text::notMeasuredText() : QString(QLatin1Char(figures.state));
    case Cpu:
    case User:
    case System:
    case MaximumCpu:
        return text::formatValue(numberOf(figures, column), Unit::Percent);
    case Resident:
    case Virtual:
        return text::formatValue(numberOf(figures, column), Unit::Bytes);
    case ResidentDelta:
        return text::formatDelta(figures.residentDelta, Unit::Bytes);
    case Threads:
        return text::formatValue(figures.threads, Unit::Count);
    case MinorFaults:
    case MajorFaults:
        return text::formatValue(numberOf(figures, column), Unit::Count);
    case CpuTime:
        return cpuTimeText(figures.cpuSeconds);
    case Started:
        return startText(figures);
    default:
        return {};
    }
}

QString ProcessModel::startText(const ProcessFigures& figures) const
{
    // Recorded in clock ticks since boot (man 5 proc_pid_stat).
    const double ticks = text::fromBytes(figures.process->attribute("start_ticks")).toDouble();
    if (!m_owner || !m_owner->host.bootTime || !m_owner->host.clockTicks || !(*m_owner->host.clockTicks > 0))
        return text::notMeasuredText();
    const auto sinceBoot = std::chrono::duration<double>(ticks / *m_owner->host.clockTicks);
    const Time started = *m_owner->host.bootTime + std::chrono::round<Nanoseconds>(sinceBoot);
    if (m_zone.kind() == text::ZoneKind::Elapsed)
        return text::notMeasuredText();
    const bool isSameDay = m_zone.date(started) == m_zone.date(m_owner->range.begin);
    return isSameDay ? m_zone.timeOfDay(started) : m_zone.dateAndTime(started);
}

QString ProcessModel::tip(const ProcessFigures& figures) const
{
    const Entity& process = *figures.process;
    return tr("<p><b>%1</b> (pid %2, parent %3)</p><p>%4</p><p>State: %5</p>")
        .arg(text::fromBytes(process.attribute("comm")).toHtmlEscaped(), text::fromBytes(process.attribute("pid")),
            text::fromBytes(process.attribute("ppid")), commandOf(process).toHtmlEscaped(), stateText(figures.state));
}

QVariant ProcessModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    struct Title {
        QString text, meaning;
    };
    const auto title = [&]() -> Title {
        const bool isRange = m_span == Span::Range;
        switch (section) {
        case Pid:
            return {tr("PID"), tr("Process id")};
        case Command:
            return {tr("Command"), tr("Command line, or the name in brackets when there is none")};
        case State:
            return {tr("State"), tr("R running, S sleeping, D waiting for disk, Z zombie, T stopped, I idle")};
        case Cpu:
            return isRange ? Title{tr("Avg CPU"), tr("CPU time over the range, in percent of one CPU")}
                           : Title{tr("CPU"), tr("CPU time in the interval that ends here, in percent of one CPU")};
        case User:
            return {tr("User"), tr("The part of it spent in the program itself")};
        case System:
            return {tr("System"), tr("The part of it spent in the kernel")};
        case MaximumCpu:
            return {tr("Max CPU"), tr("The largest share of any one interval in the range")};
        case Resident:
            return isRange ? Title{tr("RSS (end)"), tr("Memory in RAM at the end of the range")}
                           : Title{tr("RSS"), tr("Memory in RAM, shared pages included")};
        case ResidentDelta:
            return {tr("Δ RSS"), tr("Memory in RAM: end of the range minus its beginning")};
        case Virtual:
            return {tr("Virtual"), tr("Address space")};
        case Threads:
            return {tr("Threads"), tr("Number of threads")};
        case MinorFaults:
            return {tr("Min flt/s"), tr("Page faults per second served from memory")};
        case MajorFaults:
            return {tr("Maj flt/s"), tr("Page faults per second that had to read from disk")};
        case CpuTime:
            return {tr("CPU time"), tr("CPU time since the process began, in minutes and seconds")};
        default:
            return {tr("Started"), tr("When the process began")};
        }
    }();
    switch (role) {
    case Qt::DisplayRole:
        return title.text;
    case Qt::ToolTipRole:
        return title.meaning;
    case Qt::TextAlignmentRole: {
        const bool isText = section == Command || section == State;
        return QVariant::fromValue(Qt::Alignment((isText ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
    }
    default:
        return {};
    }
}

} // namespace hindcast
