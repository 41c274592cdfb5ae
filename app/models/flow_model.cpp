#include "models/flow_model.h"

#include "text/format.h"
#include "text/packet_text.h"

#include <algorithm>
#include <array>
#include <compare>

namespace hindcast {

namespace {

std::uint64_t bytesOf(const Flow& flow, int column)
{
    return column == FlowModel::ClientBytes ? flow.client.payloadBytes : flow.server.payloadBytes;
}

std::uint32_t timesCaused(const Flow& flow, std::size_t cause)
{
    return flow.client.retransmissionsByCause[cause] + flow.server.retransmissionsByCause[cause];
}

bool isFailed(const Flow& flow)
{
    return flow.close == CloseKind::NeverOpened
        || (flow.handshake != Handshake::Complete && flow.handshake != Handshake::NotSeen);
}

/// What a filter can find a flow by, in small letters, each word between blanks.
std::string searchText(const Flow& flow)
{
    std::string text = ' ' + flow.client.endpoint.text() + ' ' + flow.server.endpoint.text() + ' ';
    const auto add = [&](bool holds, std::string_view words) {
        if (holds)
            text.append(words).append(1, ' ');
    };
    add(flow.retransmissions() > 0, "retransmissions");
    static constexpr std::array<std::string_view, 7> causes{
        "", "syn syn-again", "syn-ack-again", "rto timeout", "fast", "tlp", "other"};
    for (std::size_t cause = 1; cause < causes.size(); ++cause)
        add(timesCaused(flow, cause) > 0, causes[cause]);
    add(flow.resetBy.has_value(), "rst reset");
    add(isFailed(flow), "failed");
    add(flow.handshake == Handshake::Refused, "refused");
    add(flow.handshake == Handshake::Unanswered, "unanswered timeout");
    add(flow.handshake == Handshake::Unfinished, "unfinished");
    add(flow.handshake == Handshake::Unreachable, "unreachable");
    add(flow.close == CloseKind::Open, "open");
    add(flow.close == CloseKind::Fin, "fin closed");
    add(flow.close == CloseKind::HalfClosed, "fin half-closed halfclosed");
    add(flow.client.zeroWindows + flow.server.zeroWindows > 0, "zero-window zerowindow");
    add(flow.client.outOfOrder + flow.server.outOfOrder > 0, "out-of-order outoforder");
    add(flow.client.keepAlives + flow.server.keepAlives > 0, "keep-alive keepalive");
    add(flow.isMidStream, "mid-stream midstream");
    return text;
}

struct FilterWord {
    std::string text;
    bool isExcluded = false;
};

std::vector<FilterWord> filterWords(const QString& filter)
{
    std::vector<FilterWord> words;
    for (QString word : filter.toLower().split(u' ', Qt::SkipEmptyParts)) {
        const bool isExcluded = word.startsWith(u'!');
        if (isExcluded)
            word.remove(0, 1);
        if (word.isEmpty())
            continue;
        std::string text = word.toStdString();
        // ":443" is the port 443, not 4430.
        if (text.size() > 1 && text.front() == ':' && text.find_first_not_of("0123456789", 1) == std::string::npos)
            text += ' ';
        words.push_back({std::move(text), isExcluded});
    }
    return words;
}

bool fits(const std::string& searched, const std::vector<FilterWord>& words)
{
    return std::all_of(words.begin(), words.end(),
        [&](const FilterWord& word) { return (searched.find(word.text) != std::string::npos) != word.isExcluded; });
}

bool overlaps(const Flow& flow, TimeRange range)
{
    return flow.range.begin < range.end && range.begin < flow.range.end;
}

int wordRank(const Flow& flow)
{
    return static_cast<int>(flow.close) * 16 + static_cast<int>(flow.handshake);
}

std::partial_ordering compared(const Flow& a, const Flow& b, int column)
{
    switch (column) {
    case FlowModel::Client:
        return a.client.endpoint <=> b.client.endpoint;
    case FlowModel::Server:
        return a.server.endpoint <=> b.server.endpoint;
    case FlowModel::Retransmissions:
        return a.retransmissions() <=> b.retransmissions();
    case FlowModel::Cause: {
        // By what is worst: timers that ran out, then probes, then the rest.
        static constexpr std::array<std::size_t, 6> order{3, 5, 4, 1, 2, 6};
        for (const std::size_t cause : order)
            if (const auto result = timesCaused(a, cause) <=> timesCaused(b, cause); result != 0)
                return result;
        return std::partial_ordering::equivalent;
    }
    case FlowModel::ClientBytes:
    case FlowModel::ServerBytes:
        return bytesOf(a, column) <=> bytesOf(b, column);
    case FlowModel::Start:
        return a.range.begin <=> b.range.begin;
    case FlowModel::Duration:
        return a.range.duration() <=> b.range.duration();
    case FlowModel::Close:
        return wordRank(a) <=> wordRank(b);
    default:
        return std::partial_ordering::equivalent;
    }
}

/// Its value in a column in which some have none; those come last whichever way is sorted.
std::optional<std::int64_t> optionalValue(const Flow& flow, int column)
{
    switch (column) {
    case FlowModel::Handshake:
        if (const auto time = handshakeTime(flow))
            return time->count();
        return std::nullopt;
    case FlowModel::Rtt:
        if (flow.medianRtt)
            return flow.medianRtt->count();
        return std::nullopt;
    case FlowModel::FirstCloser:
        if (flow.firstCloser)
            return static_cast<std::int64_t>(*flow.firstCloser);
        return std::nullopt;
    default:
        return std::nullopt;
    }
}

bool isOptionalColumn(int column)
{
    return column == FlowModel::Handshake || column == FlowModel::Rtt || column == FlowModel::FirstCloser;
}

bool isTextColumn(int column)
{
    return column == FlowModel::Client || column == FlowModel::Server || column == FlowModel::Cause
        || column == FlowModel::FirstCloser || column == FlowModel::Close;
}

QString durationText(const std::optional<Nanoseconds>& duration)
{
    return duration ? text::formatDuration(*duration) : text::notMeasuredText();
}

} // namespace

QString causeSummary(const Flow& flow)
{
    static constexpr std::array<RetransmissionCause, 6> order{RetransmissionCause::Timeout,
        RetransmissionCause::TailLossProbe, RetransmissionCause::FastRetransmit, RetransmissionCause::Syn,
        RetransmissionCause::SynAck, RetransmissionCause::Other};
    QStringList parts;
    for (const RetransmissionCause cause : order)
        if (const auto count = timesCaused(flow, static_cast<std::size_t>(cause)); count > 0)
            parts.append(QStringLiteral("%1 %2").arg(text::causeText(cause), text::formatCount(count)));
    return parts.join(QStringLiteral(", "));
}

QString closeText(const Flow& flow)
{
    switch (flow.handshake) {
    case Handshake::Refused:
        return FlowModel::tr("refused");
    case Handshake::Unanswered:
        return FlowModel::tr("no answer");
    case Handshake::Unreachable:
        return FlowModel::tr("unreachable");
    case Handshake::Unfinished:
        return FlowModel::tr("handshake unfinished");
    default:
        break;
    }
    switch (flow.close) {
    case CloseKind::Open:
        return FlowModel::tr("still open");
    case CloseKind::Fin:
        return flow.isSimultaneousClose ? FlowModel::tr("FIN, both at once") : FlowModel::tr("FIN");
    case CloseKind::HalfClosed:
        return FlowModel::tr("half-closed");
    case CloseKind::Reset:
        if (!flow.resetBy)
            return FlowModel::tr("RST");
        return *flow.resetBy == Side::Client ? FlowModel::tr("RST by client") : FlowModel::tr("RST by server");
    case CloseKind::NeverOpened:
        return FlowModel::tr("never opened");
    }
    return {};
}

std::optional<Nanoseconds> handshakeTime(const Flow& flow)
{
    if (!flow.synToSynAck)
        return std::nullopt;
    return *flow.synToSynAck + flow.synAckToAck.value_or(Nanoseconds::zero());
}

FlowModel::FlowModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void FlowModel::setSnapshot(std::shared_ptr<const Snapshot> snapshot)
{
    beginResetModel();
    m_snapshot = std::move(snapshot);
    m_search.clear();
    choose();
    endResetModel();
}

void FlowModel::setFilter(const QString& filter)
{
    if (filter.trimmed() == m_filter)
        return;
    beginResetModel();
    m_filter = filter.trimmed();
    choose();
    endResetModel();
}

void FlowModel::setRange(std::optional<TimeRange> range)
{
    if (range == m_range)
        return;
    beginResetModel();
    m_range = range;
    choose();
    endResetModel();
}

void FlowModel::setZone(const text::Zone& zone)
{
    m_zone = zone;
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, Start), index(rowCount() - 1, Start));
}

std::size_t FlowModel::flowCount() const
{
    return m_snapshot ? m_snapshot->packets.flows.size() : 0;
}

int FlowModel::rowOf(std::uint32_t flow) const
{
    const auto found = std::find(m_rows.begin(), m_rows.end(), flow);
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

void FlowModel::prepareSearch()
{
    if (!m_search.empty())
        return;
    m_search.reserve(flowCount());
    for (const Flow& each : m_snapshot->packets.flows)
        m_search.push_back(searchText(each));
}

void FlowModel::choose()
{
    m_rows.clear();
    const std::vector<FilterWord> words = filterWords(m_filter);
    if (!words.empty() && m_snapshot)
        prepareSearch();
    for (std::uint32_t i = 0; i < flowCount(); ++i) {
        if (m_range && !overlaps(flow(i), *m_range))
            continue;
        if (words.empty() || fits(m_search[i], words))
            m_rows.push_back(i);
    }
    arrange(m_rows);
}

void FlowModel::arrange(std::vector<std::uint32_t>& rows) const
{
    const bool isAscending = m_sortOrder == Qt::AscendingOrder;
    const bool isOptional = isOptionalColumn(m_sortColumn);
    const auto isBefore = [&](std::uint32_t a, std::uint32_t b) {
        if (isOptional) {
            const auto x = optionalValue(flow(a), m_sortColumn), y = optionalValue(flow(b), m_sortColumn);
            if (!x || !y)
                return x.has_value() && !y;
            return isAscending ? *x < *y : *y < *x;
        }
        return isAscending ? compared(flow(a), flow(b), m_sortColumn) < 0
                           : compared(flow(b), flow(a), m_sortColumn) < 0;
    };
    std::stable_sort(rows.begin(), rows.end(), isBefore);
}

void FlowModel::sort(int column, Qt::SortOrder order)
{
    if (column < 0 || column >= ColumnCount)
        return;
    Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
    m_sortColumn = column;
    m_sortOrder = order;
    const QModelIndexList before = persistentIndexList();
    std::vector<std::uint32_t> flows;
    for (const QModelIndex& each : before)
        flows.push_back(flowAt(each.row()));
    std::sort(m_rows.begin(), m_rows.end()); // equal ones stay in the order of the capture
    arrange(m_rows);
    QModelIndexList after;
    for (qsizetype i = 0; i < before.size(); ++i)
        after.append(index(rowOf(flows[static_cast<std::size_t>(i)]), before[i].column()));
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, VerticalSortHint);
}

int FlowModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int FlowModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QVariant FlowModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Flow& shown = flow(flowAt(index.row()));
    switch (role) {
    case Qt::DisplayRole:
        return cell(shown, index.column());
    case Qt::ToolTipRole:
        return tip(shown);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment((isTextColumn(index.column()) ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
    default:
        return {};
    }
}

QString FlowModel::cell(const Flow& shown, int column) const
{
    switch (column) {
    case Client:
        return text::fromBytes(shown.client.endpoint.text());
    case Server:
        return text::fromBytes(shown.server.endpoint.text());
    case Retransmissions:
        return text::formatCount(shown.retransmissions());
    case Cause:
        return causeSummary(shown);
    case Handshake:
        return durationText(handshakeTime(shown));
    case Rtt:
        return durationText(shown.medianRtt);
    case ClientBytes:
    case ServerBytes:
        return text::formatValue(static_cast<double>(bytesOf(shown, column)), Unit::Bytes);
    case Start:
        return startText(shown);
    case Duration:
        return text::formatDuration(shown.range.duration() - Nanoseconds{shown.range.isEmpty() ? 0 : 1});
    case FirstCloser:
        if (!shown.firstCloser)
            return text::notMeasuredText();
        return *shown.firstCloser == Side::Client ? tr("client") : tr("server");
    case Close:
        return closeText(shown);
    default:
        return {};
    }
}

QString FlowModel::startText(const Flow& shown) const
{
    const bool isSameDay = m_zone.date(shown.range.begin) == m_zone.date(m_snapshot->range.begin);
    return isSameDay ? m_zone.timeOfDay(shown.range.begin, 3) : m_zone.dateAndTime(shown.range.begin, 3);
}

QString FlowModel::tip(const Flow& shown) const
{
    QStringList lines;
    const auto packets = static_cast<qint64>(shown.packets.size());
    lines.append(text::plural(packets, tr("1 packet"), tr("%1 packets").arg(text::formatCount(shown.packets.size()))));
    if (shown.isMidStream)
        lines.append(tr("Older than the capture: its opening was not seen."));
    if (shown.isClientGuessed)
        lines.append(tr("Which end opened it is a guess."));
    if (shown.synRetransmissions > 0)
        lines.append(tr("SYN sent again: %1").arg(shown.synRetransmissions));
    if (const QString causes = causeSummary(shown); !causes.isEmpty())
        lines.append(tr("Sent again: %1").arg(causes));
    if (shown.minimumRtt && shown.maximumRtt)
        lines.append(tr("Round trip %1 to %2, %3 samples")
                         .arg(text::formatDuration(*shown.minimumRtt), text::formatDuration(*shown.maximumRtt),
                             text::formatCount(shown.rttSamples)));
    if (const auto zero = shown.client.zeroWindows + shown.server.zeroWindows; zero > 0)
        lines.append(tr("Closed windows: %1").arg(zero));
    return QStringLiteral("<p><b>%1</b></p><p>%2</p>")
        .arg(text::fromBytes(flowName(shown)).toHtmlEscaped(), lines.join(QStringLiteral("<br>")));
}

QVariant FlowModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    struct Title {
        QString text, meaning;
    };
    const std::array<Title, ColumnCount> titles{Title{tr("Client"), tr("The end that opened the connection")},
        Title{tr("Server"), tr("The end that was called")},
        Title{tr("Retrans"), tr("Segments sent again, both ends together")},
        Title{tr("Why"),
            tr("Why they were sent again: RTO a timer ran out, TLP a probe, fast a hole was reported, SYN "
               "no answer to the opening")},
        Title{tr("Handshake"), tr("From the SYN that was answered to the last packet of the opening")},
        Title{tr("RTT"), tr("Median time from data to its acknowledgment, as seen where the packets were captured")},
        Title{tr("Sent \u2192"), tr("Bytes of data from client to server, repetitions included")},
        Title{tr("\u2190 Received"), tr("Bytes of data from server to client, repetitions included")},
        Title{tr("Start"), tr("First packet")}, Title{tr("Duration"), tr("First to last packet")},
        Title{tr("Closed by"), tr("The end that closed first")}, Title{tr("End"), tr("How it ended")}};
    const Title& title = titles[static_cast<std::size_t>(section)];
    switch (role) {
    case Qt::DisplayRole:
        return title.text;
    case Qt::ToolTipRole:
        return title.meaning;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment((isTextColumn(section) ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
    default:
        return {};
    }
}

} // namespace hindcast
