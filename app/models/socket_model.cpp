#include "models/socket_model.h"

#include "text/format.h"
#include "text/socket_state.h"

#include <QFont>

#include <algorithm>
#include <cmath>
#include <map>

namespace hindcast {

namespace {

bool isTcp(const SocketFigures& socket)
{
    return std::string_view(socket.protocol).starts_with("tcp");
}

bool isListener(const SocketFigures& socket)
{
    return socket.state == TcpState::Listen;
}

std::string_view portOf(std::string_view endpoint)
{
    const auto colon = endpoint.rfind(':');
    return colon == std::string_view::npos ? std::string_view{} : endpoint.substr(colon + 1);
}

/// Digits padded to the same length, so that 9 stands before 10 and 10.0.0.9 before 10.0.0.10.
std::string sortKey(std::string_view endpoint)
{
    constexpr std::size_t width = 5;
    std::string key;
    key.reserve(endpoint.size() + 16);
    for (std::size_t i = 0; i < endpoint.size();) {
        const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
        std::size_t end = i;
        while (end < endpoint.size() && isDigit(endpoint[end]))
            ++end;
        if (end == i) {
            key.push_back(endpoint[i++]);
            continue;
        }
        key.append(end - i < width ? width - (end - i) : 0, '0');
        key.append(endpoint.substr(i, end - i));
        i = end;
    }
    return key;
}

std::string_view pidOf(std::string_view process)
{
    const auto blank = process.rfind(' ');
    return blank == std::string_view::npos ? process : process.substr(blank + 1);
}

double numberOf(const SocketFigures& socket, int column)
{
    switch (column) {
    case SocketModel::ReceiveQueue:
        return socket.receiveQueue;
    case SocketModel::SendQueue:
        return socket.sendQueue;
    case SocketModel::Rtt:
        return socket.rtt;
    case SocketModel::Cwnd:
        return socket.cwnd;
    case SocketModel::Retransmissions:
        return socket.totalRetransmissions;
    case SocketModel::Uid:
        return socket.uid.empty() ? notMeasured : text::fromBytes(socket.uid).toDouble();
    default:
        return socket.inode.empty() ? notMeasured : text::fromBytes(socket.inode).toDouble();
    }
}

bool isTextColumn(int column)
{
    switch (column) {
    case SocketModel::ReceiveQueue:
    case SocketModel::SendQueue:
    case SocketModel::Rtt:
    case SocketModel::Cwnd:
    case SocketModel::Retransmissions:
    case SocketModel::Uid:
    case SocketModel::Inode:
        return false;
    default:
        return true;
    }
}

QString orDash(const std::string& bytes)
{
    return bytes.empty() ? text::notMeasuredText() : text::fromBytes(bytes);
}

QString countOrDash(double value)
{
    return std::isnan(value) || value < 0 ? text::notMeasuredText()
                                          : text::formatCount(static_cast<std::uint64_t>(value));
}

/// "UDP" for what has no TCP state.
QString stateKeyOf(const SocketFigures& socket)
{
    if (!isTcp(socket))
        return text::fromBytes(socket.protocol).toUpper();
    return socket.state ? text::stateName(*socket.state) : text::fromBytes(socket.stateText);
}

/// What deserves a look first: 0…99 by its kind.
int rankOf(const SocketFigures& socket)
{
    constexpr int queueRank = 10, stateRanks = 20, otherProtocols = 90;
    if (!isTcp(socket))
        return otherProtocols;
    if (!socket.state)
        return otherProtocols - 1;
    if (text::isSuspicious(*socket.state))
        return text::stateRank(*socket.state);
    if (socket.receiveQueue > 0)
        return queueRank;
    if (!isListener(socket) && socket.sendQueue > 0) // of a listener it is the size of its backlog
        return queueRank + 1;
    return stateRanks + text::stateRank(*socket.state);
}

template <typename T> int threeWay(const T& a, const T& b)
{
    return a < b ? -1 : b < a ? 1 : 0;
}

} // namespace

std::string plainEndpoint(std::string_view endpoint)
{
    constexpr std::string_view mapped = "[::ffff:";
    const auto close = endpoint.find(']');
    if (!endpoint.starts_with(mapped) || close == std::string_view::npos
        || endpoint.substr(mapped.size(), close - mapped.size()).find('.') == std::string_view::npos)
        return std::string(endpoint);
    return std::string(endpoint.substr(mapped.size(), close - mapped.size())) + std::string(endpoint.substr(close + 1));
}

SocketModel::SocketModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

SocketModel::Row SocketModel::rowOfSocket(SocketFigures figures)
{
    Row row;
    row.stateKey = stateKeyOf(figures);
    row.localKey = sortKey(figures.local);
    row.remoteKey = sortKey(figures.remote);
    row.rank = rankOf(figures);
    row.figures = std::move(figures);
    return row;
}

void SocketModel::setSockets(std::vector<SocketFigures> sockets, std::shared_ptr<const Snapshot> owner)
{
    beginResetModel();
    m_owner = std::move(owner);
    m_all.clear();
    m_all.reserve(sockets.size());
    for (SocketFigures& socket : sockets)
        m_all.push_back(rowOfSocket(std::move(socket)));
    arrange();
    endResetModel();
}

void SocketModel::clear()
{
    setSockets({}, nullptr);
}

void SocketModel::setFilter(const QString& filter)
{
    beginResetModel();
    m_words = filter.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    arrange();
    endResetModel();
}

void SocketModel::setStates(const QStringList& keys)
{
    if (keys == m_states)
        return;
    beginResetModel();
    m_states = keys;
    arrange();
    endResetModel();
}

void SocketModel::sort(int column, Qt::SortOrder order)
{
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    std::vector<std::uint32_t> sockets;
    for (const QModelIndex& old : before)
        sockets.push_back(m_rows[static_cast<std::size_t>(old.row())]);
    m_sortColumn = column;
    m_sortOrder = order;
    arrange();
    QModelIndexList after;
    for (qsizetype i = 0; i < before.size(); ++i) {
        const auto row = std::find(m_rows.begin(), m_rows.end(), sockets[static_cast<std::size_t>(i)]);
        after.append(index(static_cast<int>(row - m_rows.begin()), before[i].column()));
    }
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

void SocketModel::arrange()
{
    m_rows.clear();
    for (std::uint32_t i = 0; i < m_all.size(); ++i)
        if (passesFilter(m_all[i]))
            m_rows.push_back(i);
    std::sort(m_rows.begin(), m_rows.end(),
        [this](std::uint32_t a, std::uint32_t b) { return isBefore(m_all[a], m_all[b]); });
}

bool SocketModel::passesFilter(const Row& row) const
{
    if (!m_states.isEmpty() && !m_states.contains(row.stateKey))
        return false;
    const SocketFigures& socket = row.figures;
    return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) {
        const std::string bytes = word.toStdString();
        if (std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= '0' && c <= '9'; }))
            return portOf(socket.local) == bytes || portOf(socket.remote) == bytes || socket.inode == bytes
                || pidOf(socket.process) == bytes;
        const auto contains = [&](const std::string& text) {
            return text::fromBytes(text).contains(word, Qt::CaseInsensitive);
        };
        return contains(socket.local) || contains(socket.remote) || contains(socket.protocol)
            || contains(socket.process) || contains(socket.stateText)
            || row.stateKey.contains(word, Qt::CaseInsensitive);
    });
}

bool SocketModel::isBefore(const Row& a, const Row& b) const
{
    const int order = compare(a, b);
    if (order != 0)
        return order < 0;
    // A fixed order among equals, so that rows do not jump from listing to listing.
    if (const int ends = a.localKey.compare(b.localKey); ends != 0)
        return ends < 0;
    if (const int ends = a.remoteKey.compare(b.remoteKey); ends != 0)
        return ends < 0;
    return a.figures.inode < b.figures.inode;
}

/// What is not measured sorts last whatever the order.
int SocketModel::compare(const Row& a, const Row& b) const
{
    const auto decide = [&](int order) { return m_sortOrder == Qt::AscendingOrder ? order : -order; };
    const auto textOrder = [&](const std::string& left, const std::string& right) {
        if (left.empty() != right.empty())
            return left.empty() ? 1 : -1;
        return decide(left.compare(right));
    };
    switch (m_sortColumn) {
    case Protocol:
        return textOrder(a.figures.protocol, b.figures.protocol);
    case State:
        return decide(QString::compare(a.stateKey, b.stateKey));
    case Local:
        return textOrder(a.localKey, b.localKey);
    case Remote:
        return textOrder(a.remoteKey, b.remoteKey);
    case Timer:
        return textOrder(a.figures.timer, b.figures.timer);
    case Process:
        return textOrder(a.figures.process, b.figures.process);
    case ReceiveQueue:
    case SendQueue:
    case Rtt:
    case Cwnd:
    case Retransmissions:
    case Uid:
    case Inode: {
        const double left = numberOf(a.figures, m_sortColumn), right = numberOf(b.figures, m_sortColumn);
        if (std::isnan(left) != std::isnan(right))
            return std::isnan(right) ? -1 : 1;
        return std::isnan(left) ? 0 : decide(threeWay(left, right));
    }
    default: {
        if (a.rank != b.rank)
            return threeWay(a.rank, b.rank);
        // The fullest first.
        const auto queued = [](const SocketFigures& socket) {
            const double sent = isListener(socket) || std::isnan(socket.sendQueue) ? 0 : socket.sendQueue;
            return std::isnan(socket.receiveQueue) ? sent : sent + socket.receiveQueue;
        };
        return threeWay(queued(b.figures), queued(a.figures));
    }
    }
}

std::vector<SocketModel::StateCount> SocketModel::stateCounts() const
{
    std::map<QString, StateCount> counts;
    for (const Row& row : m_all) {
        StateCount& count = counts[row.stateKey];
        count.key = row.stateKey;
        if (isTcp(row.figures))
            count.state = row.figures.state;
        ++count.count;
    }
    std::vector<StateCount> result;
    for (auto& [key, count] : counts)
        result.push_back(count);
    const auto rank = [](const StateCount& count) { return count.state ? text::stateRank(*count.state) : 99; };
    std::stable_sort(
        result.begin(), result.end(), [&](const StateCount& a, const StateCount& b) { return rank(a) < rank(b); });
    return result;
}

const SocketFigures& SocketModel::socketAt(int row) const
{
    return m_all[m_rows[static_cast<std::size_t>(row)]].figures;
}

std::string SocketModel::identityAt(int row) const
{
    const SocketFigures& socket = socketAt(row);
    if (socket.entity)
        return socket.entity->key;
    return socket.protocol + ' ' + socket.local + ' ' + socket.remote + ' ' + socket.inode;
}

int SocketModel::rowOf(const std::string& identity) const
{
    for (int row = 0; row < rowCount(); ++row)
        if (identityAt(row) == identity)
            return row;
    return -1;
}

int SocketModel::rowOfEnds(const std::string& one, const std::string& other) const
{
    for (int row = 0; row < rowCount(); ++row) {
        const std::string local = plainEndpoint(socketAt(row).local), remote = plainEndpoint(socketAt(row).remote);
        if (isTcp(socketAt(row)) && ((local == one && remote == other) || (local == other && remote == one)))
            return row;
    }
    return -1;
}

int SocketModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int SocketModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QVariant SocketModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Row& row = m_all[m_rows[static_cast<std::size_t>(index.row())]];
    switch (role) {
    case Qt::DisplayRole:
        return cell(row, index.column());
    case Qt::ToolTipRole:
        return tip(row, index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment((isTextColumn(index.column()) ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
    case Qt::FontRole: {
        const bool isFilled = (index.column() == ReceiveQueue && row.figures.receiveQueue > 0)
            || (index.column() == SendQueue && !isListener(row.figures) && row.figures.sendQueue > 0);
        if (!isFilled)
            return {};
        QFont bold;
        bold.setBold(true);
        return bold;
    }
    case stateRole:
        return isTcp(row.figures) && row.figures.state ? QVariant(static_cast<int>(*row.figures.state)) : QVariant{};
    default:
        return {};
    }
}

QString SocketModel::cell(const Row& row, int column) const
{
    const SocketFigures& socket = row.figures;
    switch (column) {
    case Protocol:
        return orDash(socket.protocol);
    case State:
        return isTcp(socket) ? row.stateKey : orDash(socket.stateText);
    case ReceiveQueue:
        if (isListener(socket) && !std::isnan(socket.receiveQueue))
            return tr("%1 waiting").arg(countOrDash(socket.receiveQueue));
        return countOrDash(socket.receiveQueue);
    case SendQueue:
        if (isListener(socket) && !std::isnan(socket.sendQueue))
            return tr("of %1").arg(countOrDash(socket.sendQueue));
        return countOrDash(socket.sendQueue);
    case Local:
        return orDash(socket.local);
    case Remote:
        return orDash(socket.remote);
    case Timer:
        return text::fromBytes(socket.timer);
    case Rtt:
        return text::formatValue(socket.rtt, Unit::Seconds);
    case Cwnd:
        return countOrDash(socket.cwnd);
    case Retransmissions:
        return countOrDash(socket.totalRetransmissions);
    case Process:
        return orDash(socket.process);
    case Uid:
        return orDash(socket.uid);
    case Inode:
        return orDash(socket.inode);
    default:
        return {};
    }
}

QString SocketModel::tip(const Row& row, int column) const
{
    const SocketFigures& socket = row.figures;
    const auto paragraphs = [](const QString& title, const QString& meaning) {
        return QStringLiteral("<p><b>%1</b></p><p>%2</p>").arg(title.toHtmlEscaped(), meaning.toHtmlEscaped());
    };
    if (column == ReceiveQueue || column == SendQueue) {
        if (isListener(socket))
            return paragraphs(tr("Connections, not bytes"),
                tr("Of a listening socket the first number counts connections that are complete and wait until the "
                   "program takes them over, the second how many may wait. When it is reached, further clients are "
                   "turned away."));
        return column == ReceiveQueue
            ? paragraphs(tr("Receive queue, bytes"), tr("Arrived, and not yet read by the program."))
            : paragraphs(
                tr("Send queue, bytes"), tr("Written by the program, and not yet confirmed by the other end."));
    }
    if (isTcp(socket) && socket.state)
        return paragraphs(text::stateName(*socket.state), text::stateMeaning(*socket.state));
    return {};
}

QVariant SocketModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    struct Title {
        QString text, meaning;
    };
    const auto title = [&]() -> Title {
        switch (section) {
        case Protocol:
            return {tr("Proto"), tr("Protocol")};
        case State:
            return {
                tr("State"), tr("State of the connection, named as in RFC 9293; point at one to read what it means")};
        case ReceiveQueue:
            return {tr("Recv queue"), tr("Bytes not read by the program; of a listener: connections that wait")};
        case SendQueue:
            return {tr("Send queue"), tr("Bytes not confirmed by the other end; of a listener: how many may wait")};
        case Local:
            return {tr("Local"), tr("Address and port on the recorded machine")};
        case Remote:
            return {tr("Remote"), tr("Address and port of the other end")};
        case Timer:
            return {tr("Timer"), tr("What the kernel waits for, when it fires, and how often it has fired in a row")};
        case Rtt:
            return {tr("RTT"), tr("Round-trip time, smoothed by the kernel")};
        case Cwnd:
            return {tr("Cwnd"), tr("Congestion window: segments that may be on their way at once")};
        case Retransmissions:
            return {tr("Retrans"), tr("Segments sent again since the connection began")};
        case Process:
            return {tr("Process"), tr("Name and pid of the program that holds the socket, where the listing says so")};
        case Uid:
            return {tr("UID"), tr("User id of the owner")};
        default:
            return {tr("Inode"), tr("Number of the socket in the kernel; 0 or none when no program holds it")};
        }
    }();
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
