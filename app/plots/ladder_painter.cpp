#include "plots/ladder_painter.h"

#include "plots/state_colors.h"
#include "text/format.h"
#include "text/socket_state.h"

#include <QCoreApplication>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <array>
#include <cmath>

namespace hindcast {

namespace {

struct LadderText {
    Q_DECLARE_TR_FUNCTIONS(hindcast::Ladder)
};

constexpr double badgeSize = 14;
constexpr double headLength = 8;
constexpr double lostShare = 0.86; ///< how far a lost segment gets on the picture

QColor mixed(const QColor& a, const QColor& b, double shareOfB)
{
    const auto mix = [&](int x, int y) { return static_cast<int>(x + (y - x) * shareOfB + 0.5); };
    return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

double slantOf(const LadderLayout& layout)
{
    return std::min(8.0, layout.rowHeight() * 0.36);
}

/// Where a change of state happens on the lane of its side: at the end of the arrow that is there.
double yOfChange(const LadderScene& scene, Side side, const StateChange& change)
{
    if (change.packet >= scene.conversation->rows())
        return scene.layout.height();
    const TcpPacket& packet = scene.conversation->packet(change.packet);
    // A timer that runs out long after the last packet ends its state at the bottom.
    if (change.latest > packet.time && change.basis == StateBasis::Assumed)
        return change.latest >= scene.conversation->packet(scene.conversation->rows() - 1).time
            ? scene.layout.height()
            : scene.layout.yOf(change.latest);
    const double slant = slantOf(scene.layout) / 2;
    return scene.layout.yOf(std::size_t{change.packet}) + (packet.from == side ? -slant : slant);
}

} // namespace

LadderColumns LadderColumns::of(const LadderScene& scene)
{
    LadderColumns columns;
    const QFontMetricsF metrics(scene.font);
    const double width = scene.size.width();
    const double timeWidth =
        metrics.horizontalAdvance(scene.style.origin == text::TimeOrigin::Clock ? QStringLiteral("00:00:00.000000")
                                                                                : QStringLiteral("0000.000000"))
        + 14;
    columns.showsLongStates = width >= 660;
    const double laneWidth = metrics.horizontalAdvance(columns.showsLongStates ? QStringLiteral("(SYN-RECEIVED)")
                                                                               : QStringLiteral("CLOSING ?"))
        + 14;
    const bool showsTime = width >= 2 * laneWidth + timeWidth + 160;
    const bool showsLanes = width >= 2 * laneWidth + 150;
    columns.timeRight = showsTime ? timeWidth : 0;
    const double left = showsTime ? timeWidth + 4 : 6;
    const double lane = showsLanes ? laneWidth : 0;
    const double laneHeight = scene.layout.height();
    columns.clientLane = QRectF(left, 0, lane, laneHeight);
    columns.serverLane = QRectF(width - 6 - lane, 0, lane, laneHeight);
    columns.clientX = std::round(columns.clientLane.right() + 10) + 0.5;
    columns.serverX = std::round(columns.serverLane.left() - 10) + 0.5;
    return columns;
}

std::vector<StateRun> stateRuns(const LadderScene& scene)
{
    std::vector<StateRun> runs;
    if (!scene.conversation || scene.conversation->rows() == 0)
        return runs;
    for (const Side side : {Side::Client, Side::Server}) {
        double top = 0;
        const std::size_t first = runs.size();
        for (const StateChange& change : scene.conversation->flow().side(side).states) {
            const bool isFirst = runs.size() == first;
            // The first is the state before the first packet, unless that packet makes it.
            double y = yOfChange(scene, side, change);
            if (isFirst && change.basis != StateBasis::Seen)
                y = 0;
            y = std::max(y, top);
            double uncertain = y;
            if (!isFirst && change.earliest < change.latest && change.basis == StateBasis::Inferred)
                uncertain = std::clamp(scene.layout.yOf(change.earliest), top, y);
            if (!isFirst)
                runs.back().bottom = y;
            runs.push_back({side, &change, uncertain, y, scene.layout.height()});
            top = y;
        }
    }
    return runs;
}

LadderPainter::LadderPainter(QPainter& painter, const LadderScene& scene)
    : m_painter(painter)
    , m_scene(scene)
    , m_columns(LadderColumns::of(scene))
    , m_slant(slantOf(scene.layout))
{
}

void LadderPainter::draw()
{
    m_painter.fillRect(QRect(QPoint(), m_scene.size), m_scene.colors.background);
    if (!m_scene.conversation || m_scene.conversation->rows() == 0)
        return;
    m_painter.setRenderHint(QPainter::Antialiasing, true);
    m_painter.save();
    m_painter.setClipRect(QRectF(0, LadderScene::headerHeight, m_scene.size.width(), m_scene.size.height()));
    drawIdleStretches();
    drawStates();
    drawLifeLines();
    drawRows();
    m_painter.restore();
    drawHeader();
    if (m_scene.hasFocus) {
        m_painter.setRenderHint(QPainter::Antialiasing, false);
        m_painter.setBrush(Qt::NoBrush);
        m_painter.setPen(QPen(m_scene.colors.focus, 0));
        const QRect frame(0, 0, m_scene.size.width() - 1, m_scene.size.height() - 1);
        m_painter.drawRect(frame);
        m_painter.drawRect(frame.adjusted(1, 1, -1, -1));
    }
}

void LadderPainter::drawIdleStretches()
{
    const double bottom = m_scene.scroll + m_scene.size.height();
    const auto& idles = m_scene.layout.idles();
    auto idle = std::lower_bound(idles.begin(), idles.end(), m_scene.scroll - LadderLayout::idleHeight,
        [](const LadderLayout::Idle& a, double y) { return a.top < y; });
    m_painter.setFont(m_scene.smallFont);
    const QFontMetricsF metrics(m_scene.smallFont);
    for (; idle != idles.end() && idle->top < bottom; ++idle) {
        const QRectF band(
            m_columns.clientX, onScreen(idle->top) + 2, m_columns.serverX - m_columns.clientX, idle->height - 4);
        QColor tint = m_scene.colors.hatch;
        tint.setAlpha(70);
        m_painter.fillRect(band, QBrush(tint, Qt::BDiagPattern));
        const QString text = LadderText::tr("%1 without a packet", "duration").arg(text::formatDuration(idle->length));
        QRectF label(0, 0, metrics.horizontalAdvance(text) + 14, metrics.height());
        label.moveCenter(band.center());
        m_painter.fillRect(label, m_scene.colors.background);
        m_painter.setPen(m_scene.colors.dimText);
        m_painter.drawText(label, Qt::AlignCenter, text);
    }
}

void LadderPainter::drawStates()
{
    if (m_columns.clientLane.width() <= 0)
        return;
    for (const StateRun& run : stateRuns(m_scene))
        drawState(run);
}

void LadderPainter::drawState(const StateRun& run)
{
    const QRectF& lane = run.side == Side::Client ? m_columns.clientLane : m_columns.serverLane;
    const double top = std::max(onScreen(run.top), double(LadderScene::headerHeight) - 4);
    const double bottom = std::min(onScreen(std::max(run.bottom, run.top + 3)), m_scene.size.height() + 4.0);
    const double uncertainTop = std::max(onScreen(run.uncertainTop), double(LadderScene::headerHeight) - 4);
    if (bottom <= LadderScene::headerHeight || top >= m_scene.size.height())
        return;
    const QColor color = stateColor(run.change->state, m_scene.colors);
    const QRectF area(lane.left(), top, lane.width(), bottom - top);
    const QRectF inner = area.adjusted(0, 0.5, 0, -0.5);
    const double barLeft = run.side == Side::Client ? lane.right() - 4 : lane.left();
    const QRectF bar(barLeft, inner.top(), 4, inner.height());
    m_painter.setRenderHint(QPainter::Antialiasing, false);
    if (uncertainTop < top) {
        // The change came some time in this stretch: the old colour lies below, the new one across it.
        QColor hatch = color;
        hatch.setAlpha(200);
        m_painter.fillRect(QRectF(barLeft, uncertainTop, 4, top - uncertainTop), QBrush(hatch, Qt::Dense4Pattern));
    }
    const QColor fill = mixed(m_scene.colors.background, color, 0.16);
    QString name =
        m_columns.showsLongStates ? text::stateName(run.change->state) : text::shortStateText(run.change->state);
    switch (run.change->basis) {
    case StateBasis::Seen:
        m_painter.fillRect(inner, fill);
        m_painter.fillRect(bar, color);
        break;
    case StateBasis::Inferred: {
        QColor hatch = color;
        hatch.setAlpha(44);
        m_painter.fillRect(inner, mixed(m_scene.colors.background, color, 0.06));
        m_painter.fillRect(inner, QBrush(hatch, Qt::BDiagPattern));
        m_painter.fillRect(bar, QBrush(color, Qt::Dense3Pattern));
        name += QStringLiteral(" ?");
        break;
    }
    case StateBasis::Assumed:
        m_painter.setBrush(Qt::NoBrush);
        m_painter.setPen(QPen(color, 0, Qt::DotLine));
        m_painter.drawRect(inner.adjusted(0, 0, -1, -1));
        name = u'(' + name + u')';
        break;
    }
    m_painter.setRenderHint(QPainter::Antialiasing, true);
    // The name stays in sight as long as its stretch does.
    const QFontMetricsF metrics(m_scene.font);
    const double nameTop = std::max(top, double(LadderScene::headerHeight)) + 2;
    if (bottom - nameTop < metrics.height())
        return;
    m_painter.setFont(m_scene.font);
    m_painter.setPen(m_scene.colors.text);
    const QRectF place(lane.left() + 6, nameTop, lane.width() - 12, metrics.height());
    const QString shown = metrics.elidedText(name, Qt::ElideRight, place.width());
    if (run.change->basis == StateBasis::Inferred) // a name on hatching cannot be read
        m_painter.fillRect(run.side == Side::Client
                ? QRectF(place.right() - metrics.horizontalAdvance(shown) - 2, place.top(),
                    metrics.horizontalAdvance(shown) + 4, place.height())
                : QRectF(place.left() - 2, place.top(), metrics.horizontalAdvance(shown) + 4, place.height()),
            m_scene.colors.background);
    m_painter.drawText(
        place, (run.side == Side::Client ? int{Qt::AlignRight} : int{Qt::AlignLeft}) | int{Qt::AlignVCenter}, shown);
}

void LadderPainter::drawLifeLines()
{
    m_painter.setRenderHint(QPainter::Antialiasing, false);
    m_painter.setPen(QPen(m_scene.colors.hover, 0));
    const double bottom = std::min(onScreen(m_scene.layout.height()), double(m_scene.size.height()));
    for (const double x : {m_columns.clientX, m_columns.serverX})
        m_painter.drawLine(QLineF(x, LadderScene::headerHeight, x, bottom));
    m_painter.setRenderHint(QPainter::Antialiasing, true);
}

void LadderPainter::drawRows()
{
    const auto rows =
        m_scene.layout.rowsIn(m_scene.scroll, m_scene.scroll + m_scene.size.height() - LadderScene::headerHeight);
    const bool isTrue = m_scene.layout.scale() == LadderLayout::Scale::True;
    // True to scale rows may fall on each other: each gets its arrow once per pixel, and its label where there is room.
    double lastLabel = -1e9;
    std::array<double, 2> lastArrow{-1e9, -1e9};
    for (std::size_t i = rows.first; i < rows.end; ++i) {
        const auto row = static_cast<std::uint32_t>(i);
        if (row == m_scene.selected)
            continue;
        const double y = m_scene.layout.yOf(i);
        const TcpPacket& packet = m_scene.conversation->packet(row);
        double& last = lastArrow[static_cast<std::size_t>(packet.from)];
        const bool isMarked = packet.has(PacketMark::Retransmission) || packet.has(PacketMark::Lost);
        if (isTrue && !isMarked && y - last < 1)
            continue;
        last = y;
        const bool isUnderSelected = isTrue && m_scene.selected
            && std::abs(m_scene.layout.yOf(std::size_t{*m_scene.selected}) - y) < m_scene.layout.rowHeight() * 0.8;
        const bool hasLabel = !isTrue || (y - lastLabel >= m_scene.layout.rowHeight() * 0.8 && !isUnderSelected);
        if (hasLabel)
            lastLabel = y;
        drawRow(row, hasLabel);
    }
    if (m_scene.selected && *m_scene.selected < m_scene.conversation->rows())
        drawRow(*m_scene.selected, true);
}

QColor LadderPainter::rowColor(std::uint32_t row) const
{
    if (row == m_scene.selected)
        return mixed(m_scene.colors.background, m_scene.colors.selectionEdge, 0.22);
    if (row == m_scene.hovered)
        return mixed(m_scene.colors.background, m_scene.colors.selectionEdge, 0.08);
    return m_scene.colors.background;
}

void LadderPainter::drawRow(std::uint32_t row, bool hasLabel)
{
    const double y = onScreen(m_scene.layout.yOf(std::size_t{row}));
    const double height = m_scene.layout.rowHeight();
    if (y < -height || y > m_scene.size.height() + height)
        return;
    const QColor behind = rowColor(row);
    if (row == m_scene.selected || row == m_scene.hovered) {
        m_painter.setRenderHint(QPainter::Antialiasing, false);
        m_painter.fillRect(
            QRectF(m_columns.clientX + 1, y - height / 2, m_columns.serverX - m_columns.clientX - 1, height), behind);
        if (m_columns.timeRight > 0)
            m_painter.fillRect(QRectF(2, y - height / 2, m_columns.timeRight - 2, height), behind);
        if (row == m_scene.selected) {
            m_painter.setPen(QPen(m_scene.colors.selectionEdge, 0));
            m_painter.drawLine(QLineF(m_columns.clientX + 1, y - height / 2, m_columns.serverX - 1, y - height / 2));
            m_painter.drawLine(QLineF(m_columns.clientX + 1, y + height / 2, m_columns.serverX - 1, y + height / 2));
        }
        m_painter.setRenderHint(QPainter::Antialiasing, true);
    }
    const TcpPacket& packet = m_scene.conversation->packet(row);
    const Arrow arrow = arrowOf(row);
    drawArrow(arrow, packet, colorOf(packet));
    if (hasLabel) {
        drawLabel(row, arrow, behind);
        drawTime(row);
    }
    if (packet.has(PacketMark::Lost)) // above the label: in a narrow ladder that reaches as far
        drawCross(lostAt(arrow), m_scene.colors.limit);
}

double LadderPainter::Arrow::yAt(double x) const
{
    return tail.y() + (head.y() - tail.y()) * (x - tail.x()) / (head.x() - tail.x());
}

LadderPainter::Arrow LadderPainter::arrowOf(std::uint32_t row) const
{
    const double y = onScreen(m_scene.layout.yOf(std::size_t{row}));
    const bool fromClient = m_scene.conversation->packet(row).from == Side::Client;
    Arrow arrow{{fromClient ? m_columns.clientX : m_columns.serverX, y - m_slant / 2},
        {fromClient ? m_columns.serverX : m_columns.clientX, y + m_slant / 2}};
    return arrow;
}

QPointF LadderPainter::lostAt(const Arrow& arrow) const
{
    const double x = arrow.tail.x() + (arrow.head.x() - arrow.tail.x()) * lostShare;
    return {x, arrow.yAt(x)};
}

QColor LadderPainter::colorOf(const TcpPacket& packet) const
{
    const PacketBadge badge = badgeOf(packet, m_scene.colors);
    if (!badge.letter.isNull())
        return badge.color;
    if (packet.has(PacketMark::Lost))
        return m_scene.colors.limit;
    const bool isPlainAck = packet.payload == 0 && !packet.isSyn() && !packet.isFin();
    return isPlainAck ? m_scene.colors.hover : m_scene.colors.text;
}

void LadderPainter::drawArrow(const Arrow& arrow, const TcpPacket& packet, const QColor& color)
{
    const bool isLost = packet.has(PacketMark::Lost);
    const double direction = arrow.head.x() > arrow.tail.x() ? 1 : -1;
    QPointF end = arrow.head;
    if (isLost)
        end = lostAt(arrow);
    m_painter.setPen(QPen(color, 1, packet.has(PacketMark::Spurious) ? Qt::DashLine : Qt::SolidLine));
    m_painter.drawLine(arrow.tail, end);
    if (isLost)
        return;
    QPainterPath head;
    head.moveTo(end);
    head.lineTo(end.x() - direction * headLength, end.y() - 4);
    head.lineTo(end.x() - direction * headLength, end.y() + 3.2);
    head.closeSubpath();
    m_painter.fillPath(head, color);
    if (packet.isRst()) { // a bar across the arrow: nothing goes on behind it
        const double x = end.x() - direction * (headLength + 3);
        m_painter.setPen(QPen(color, 2));
        m_painter.drawLine(QPointF(x, end.y() - 5), QPointF(x, end.y() + 4));
    }
}

void LadderPainter::drawCross(QPointF at, const QColor& color)
{
    constexpr double reach = 4.5;
    m_painter.setPen(QPen(color, 2));
    m_painter.drawLine(at + QPointF(-reach, -reach), at + QPointF(reach, reach));
    m_painter.drawLine(at + QPointF(-reach, reach), at + QPointF(reach, -reach));
}

void LadderPainter::drawLabel(std::uint32_t row, const Arrow& arrow, const QColor& behind)
{
    const TcpPacket& packet = m_scene.conversation->packet(row);
    const bool fromClient = packet.from == Side::Client;
    const double width = std::abs(arrow.head.x() - arrow.tail.x());
    const PacketBadge badge = badgeOf(packet, m_scene.colors);
    const QFontMetricsF metrics(m_scene.font), bold(m_scene.boldFont);

    QString label = text::segmentText(packet, m_scene.style.numbering);
    TcpPacket without = packet; // a loss is drawn, and a reset's flag is in the label
    without.marks = static_cast<std::uint16_t>(without.marks & ~static_cast<std::uint16_t>(PacketMark::Lost));
    without.flags = 0;
    QString verdict = text::verdictText(without, m_scene.conversation->earlierCopy(row));
    const double badgeRoom = badge.letter.isNull() ? 0 : badgeSize + 5;
    const double room = packet.has(PacketMark::Lost) ? width * lostShare - 24 : width - 32;
    // Where room is short the numbers give way: the table has them too, and the verdict is what the eye looks for.
    verdict = bold.elidedText(verdict, Qt::ElideRight, room - badgeRoom - 40);
    const double verdictWidth = verdict.isEmpty() ? 0 : bold.horizontalAdvance(verdict) + 8;
    label = metrics.elidedText(label, Qt::ElideRight, room - badgeRoom - verdictWidth);
    const double labelWidth = metrics.horizontalAdvance(label);
    if (labelWidth + badgeRoom + verdictWidth > room)
        return;
    const double total = badgeRoom + labelWidth + verdictWidth;

    // Beside the sender, from left to right whichever side that is.
    const double left = fromClient ? arrow.tail.x() + 16 : arrow.tail.x() - 16 - total;
    const double y = arrow.yAt(left + total / 2);
    const double height = std::min(metrics.height(), m_scene.layout.rowHeight() - 2);
    m_painter.fillRect(QRectF(left - 4, y - height / 2, total + 8, height), behind);
    double x = left;
    if (!badge.letter.isNull()) {
        drawBadge({x + badgeSize / 2, y}, badge.letter, badge.color);
        x += badgeRoom;
    }
    const QRectF place(x, y - metrics.height() / 2, labelWidth + 2, metrics.height());
    m_painter.setFont(m_scene.font);
    m_painter.setPen(m_scene.colors.text);
    m_painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter, label);
    if (!verdict.isEmpty()) {
        m_painter.setFont(m_scene.boldFont);
        m_painter.setPen(badge.letter.isNull() ? m_scene.colors.dimText : badge.color);
        m_painter.drawText(QRectF(x + labelWidth + 8, place.top(), verdictWidth + 2, place.height()),
            Qt::AlignLeft | Qt::AlignVCenter, verdict);
    }

    // What else the header says, where there is room for it.
    QStringList rest;
    if (packet.payload > 0 && packet.isAck() && !packet.isSyn())
        rest.append(LadderText::tr("ack %1").arg(text::acknowledgmentOf(packet, m_scene.style.numbering)));
    rest.append(LadderText::tr("win %1").arg(packet.window));
    const QString more = rest.join(QStringLiteral("  "));
    const QFontMetricsF small(m_scene.smallFont);
    const double moreWidth = small.horizontalAdvance(more);
    const double end = packet.has(PacketMark::Lost) ? width * lostShare - 14 : width - 24;
    if (16 + total + 30 + moreWidth > end)
        return;
    const double moreLeft = fromClient ? arrow.tail.x() + end - moreWidth : arrow.tail.x() - end;
    const double moreY = arrow.yAt(moreLeft + moreWidth / 2);
    m_painter.fillRect(QRectF(moreLeft - 4, moreY - height / 2, moreWidth + 8, height), behind);
    m_painter.setFont(m_scene.smallFont);
    m_painter.setPen(m_scene.colors.dimText);
    m_painter.drawText(QRectF(moreLeft, moreY - small.height() / 2, moreWidth + 2, small.height()),
        Qt::AlignLeft | Qt::AlignVCenter, more);
}

void LadderPainter::drawBadge(QPointF middle, QChar letter, const QColor& color)
{
    const QRectF badge(middle.x() - badgeSize / 2, middle.y() - badgeSize / 2, badgeSize, badgeSize);
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(color);
    m_painter.drawRoundedRect(badge, 3, 3);
    m_painter.setBrush(Qt::NoBrush);
    QFont font = m_scene.boldFont;
    font.setPixelSize(10);
    m_painter.setFont(font);
    m_painter.setPen(m_scene.colors.background);
    m_painter.drawText(badge, Qt::AlignCenter, QString(letter));
}

void LadderPainter::drawTime(std::uint32_t row)
{
    if (m_columns.timeRight <= 0)
        return;
    const QFontMetricsF metrics(m_scene.font);
    const double y = onScreen(m_scene.layout.yOf(std::size_t{row}));
    const QRectF place(4, y - metrics.height() / 2, m_columns.timeRight - 10, metrics.height());
    m_painter.setFont(m_scene.font);
    m_painter.setPen(row == m_scene.selected ? m_scene.colors.text : m_scene.colors.dimText);
    m_painter.drawText(
        place, Qt::AlignRight | Qt::AlignVCenter, text::packetTimeText(*m_scene.conversation, row, m_scene.style));
}

void LadderPainter::drawHeader()
{
    const QRectF header(0, 0, m_scene.size.width(), LadderScene::headerHeight);
    m_painter.setRenderHint(QPainter::Antialiasing, false);
    m_painter.fillRect(header, m_scene.colors.header);
    m_painter.setPen(QPen(m_scene.colors.separator, 0));
    m_painter.drawLine(QLineF(0, header.bottom() - 1, header.right(), header.bottom() - 1));
    m_painter.setRenderHint(QPainter::Antialiasing, true);
    const Flow& flow = m_scene.conversation->flow();
    const auto title = [&](Side side, const QString& name) {
        const QString endpoint = text::fromBytes(flow.side(side).endpoint.text());
        return QString(name + u' ' + endpoint);
    };
    const QFontMetricsF metrics(m_scene.font);
    const double half = (m_scene.size.width() - 24) / 2.0;
    const double clientLeft = m_columns.timeRight > 0 ? m_columns.clientLane.left() : 6;
    const auto fitted = [&](Side side, const QString& text, double room) {
        const QString here = LadderText::tr("%1 (captured here)", "client 10.0.0.1:80").arg(text);
        return flow.vantage == side && metrics.horizontalAdvance(here) <= room
            ? here
            : metrics.elidedText(text, Qt::ElideRight, room);
    };
    m_painter.setFont(m_scene.font);
    m_painter.setPen(m_scene.colors.text);
    const QString client =
        title(Side::Client, flow.isClientGuessed ? LadderText::tr("client?", "guessed") : LadderText::tr("client"));
    const QString server = title(Side::Server, LadderText::tr("server"));
    m_painter.drawText(QRectF(clientLeft, 0, half, header.height()), Qt::AlignLeft | Qt::AlignVCenter,
        fitted(Side::Client, client, half - clientLeft + 12));
    m_painter.drawText(QRectF(m_scene.size.width() - half - 6, 0, half, header.height()),
        Qt::AlignRight | Qt::AlignVCenter, fitted(Side::Server, server, half));
    if (m_columns.timeRight > 0) {
        m_painter.setFont(m_scene.smallFont);
        m_painter.setPen(m_scene.colors.dimText);
        const bool isClock = m_scene.style.origin == text::TimeOrigin::Clock;
        m_painter.drawText(QRectF(4, 0, m_columns.timeRight - 10, header.height()), Qt::AlignRight | Qt::AlignVCenter,
            isClock ? m_scene.style.zone.mark(m_scene.conversation->begin()) : LadderText::tr("s"));
    }
}

} // namespace hindcast
