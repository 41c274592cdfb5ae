#include "plots/sequence_painter.h"

#include "plots/state_colors.h"
#include "plots/time_ticks.h"
#include "plots/value_ticks.h"
#include "text/format.h"

#include <QCoreApplication>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hindcast {

namespace {

struct SequenceText {
    Q_DECLARE_TR_FUNCTIONS(hindcast::SequencePlot)
};

constexpr double farAway = 1e6; ///< coordinates beyond would overflow the rasteriser
constexpr double markReach = 8; ///< half a badge, and its edge

template <typename Point> auto firstFrom(const std::vector<Point>& points, Time time)
{
    return std::lower_bound(
        points.begin(), points.end(), time, [](const Point& point, Time value) { return point.time < value; });
}

/// Seconds as an axis needs them: in s, ms or µs, with as many digits as tell two ticks apart.
QString elapsedLabel(double seconds, double step, double largest)
{
    const double scale = largest >= 1 ? 1 : largest >= 1e-3 ? 1e3 : 1e6;
    const QString unit = scale < 10 ? QStringLiteral("s") : scale < 1e4 ? QStringLiteral("ms") : QStringLiteral("µs");
    const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step * scale) - 1e-6)));
    return QString::number(seconds * scale, 'f', digits) + QChar(0x00A0) + unit;
}

} // namespace

QRectF SequenceScene::plotArea() const
{
    const double left = 66;
    return {left, titleHeight, std::max(10.0, size.width() - left - rightMargin),
        std::max(10.0, double(size.height()) - titleHeight - axisHeight)};
}

double SequenceScene::xOf(Time time) const
{
    const QRectF area = plotArea();
    const double span = std::max(1e-9, toSeconds(visible.duration()));
    return std::clamp(area.left() + toSeconds(time - visible.begin) / span * area.width(), -farAway, farAway);
}

double SequenceScene::yOf(double bytes) const
{
    const QRectF area = plotArea();
    return std::clamp(
        area.bottom() - 4 - (bytes - lowest) / (highest - lowest) * (area.height() - 10), -farAway, farAway);
}

Time SequenceScene::timeAt(double x) const
{
    const QRectF area = plotArea();
    const double share = (x - area.left()) / area.width();
    return visible.begin + Nanoseconds{std::llround(static_cast<double>(visible.duration().count()) * share)};
}

std::optional<QPointF> SequenceScene::placeOf(std::uint32_t row) const
{
    const auto byRow = [](const auto& point, std::uint32_t value) { return point.row < value; };
    const auto segment = std::lower_bound(curves.segments.begin(), curves.segments.end(), row, byRow);
    if (segment != curves.segments.end() && segment->row == row)
        return QPointF(xOf(segment->time), yOf(static_cast<double>(segment->begin + segment->end) / 2));
    const auto ack = std::lower_bound(curves.acknowledgments.begin(), curves.acknowledgments.end(), row, byRow);
    if (ack != curves.acknowledgments.end() && ack->row == row)
        return QPointF(xOf(ack->time), yOf(static_cast<double>(ack->acknowledged)));
    return std::nullopt;
}

std::optional<std::uint32_t> SequenceScene::rowAt(QPointF position, double reach) const
{
    std::optional<std::uint32_t> best;
    double nearest = reach;
    const Time from = timeAt(position.x() - reach), to = timeAt(position.x() + reach);
    const auto consider = [&](std::uint32_t row, double x, double top, double bottom) {
        const double dy = position.y() < top ? top - position.y() : std::max(0.0, position.y() - bottom);
        const double distance = std::hypot(x - position.x(), dy);
        if (distance < nearest) {
            nearest = distance;
            best = row;
        }
    };
    for (auto at = firstFrom(curves.segments, from); at != curves.segments.end() && at->time <= to; ++at)
        consider(at->row, xOf(at->time), yOf(static_cast<double>(at->end)), yOf(static_cast<double>(at->begin)));
    for (auto at = firstFrom(curves.acknowledgments, from); at != curves.acknowledgments.end() && at->time <= to; ++at)
        consider(at->row, xOf(at->time), yOf(static_cast<double>(at->acknowledged)),
            yOf(static_cast<double>(at->acknowledged)));
    return best;
}

void SequenceScene::settleBytes()
{
    double least = std::numeric_limits<double>::infinity(), most = -least, edge = -least;
    for (auto at = firstFrom(curves.segments, visible.begin); at != curves.segments.end() && at->time <= visible.end;
         ++at) {
        least = std::min(least, static_cast<double>(at->begin));
        most = std::max(most, static_cast<double>(at->end));
    }
    for (auto at = firstFrom(curves.acknowledgments, visible.begin);
         at != curves.acknowledgments.end() && at->time <= visible.end; ++at) {
        least = std::min(least, static_cast<double>(at->acknowledged));
        most = std::max(most, static_cast<double>(at->acknowledged));
        edge = std::max(edge, static_cast<double>(at->windowEdge));
    }
    if (most < least) { // nothing there: the scale stays
        return;
    }
    // The window may be a hundred times what was sent; then its edge is out of the picture rather than all the picture.
    if (edge > most && edge - least <= 3 * std::max(1.0, most - least))
        most = edge;
    const double room = std::max(1.0, most - least) * 0.04;
    lowest = least - room;
    highest = std::max(most + room, lowest + 4);
}

SequencePainter::SequencePainter(QPainter& painter, const SequenceScene& scene)
    : m_painter(painter)
    , m_scene(scene)
    , m_area(scene.plotArea())
{
}

void SequencePainter::drawPicture()
{
    m_painter.fillRect(QRect(QPoint(), m_scene.size), m_scene.colors.background);
    if (!m_scene.conversation)
        return;
    drawTimeAxis();
    drawByteAxis();
    drawTitle();
    m_painter.save();
    m_painter.setClipRect(m_area.adjusted(-1, 0, 1, 0));
    drawSteps(&SequenceCurves::Acknowledgment::windowEdge, m_scene.colors.trace(TraceColor::Sky));
    drawSteps(&SequenceCurves::Acknowledgment::acknowledged, m_scene.colors.trace(TraceColor::Green));
    drawSegments();
    // A mark at the edge is about a packet in the picture: it may reach beyond.
    m_painter.setClipRect(m_area.adjusted(-markReach, 0, markReach, 0));
    drawMarks();
    m_painter.restore();
}

void SequencePainter::drawTitle()
{
    const QString title = m_scene.direction == Side::Client ? SequenceText::tr("Bytes client \u2192 server")
                                                            : SequenceText::tr("Bytes server \u2192 client");
    m_painter.fillRect(QRectF(0, 0, m_scene.size.width(), SequenceScene::titleHeight), m_scene.colors.header);
    m_painter.setFont(m_scene.font);
    m_painter.setPen(m_scene.colors.text);
    const QFontMetricsF metrics(m_scene.font), small(m_scene.smallFont);
    const QRectF place(8, 0, m_scene.size.width() - 16, SequenceScene::titleHeight);
    m_painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter, title);

    // The legend, from right to left as far as there is room.
    struct Entry {
        QString text;
        QColor color;
    };
    const Entry entries[]{{SequenceText::tr("window"), m_scene.colors.trace(TraceColor::Sky)},
        {SequenceText::tr("acknowledged"), m_scene.colors.trace(TraceColor::Green)},
        {SequenceText::tr("sent"), m_scene.colors.text}};
    m_painter.setFont(m_scene.smallFont);
    double right = place.right();
    const double stop = place.left() + metrics.horizontalAdvance(title) + 16;
    for (const Entry& entry : entries) {
        const double width = small.horizontalAdvance(entry.text);
        if (right - width - 18 < stop)
            break;
        m_painter.setPen(m_scene.colors.dimText);
        m_painter.drawText(
            QRectF(right - width, 0, width + 1, place.height()), Qt::AlignLeft | Qt::AlignVCenter, entry.text);
        m_painter.setPen(QPen(entry.color, 2));
        m_painter.drawLine(
            QPointF(right - width - 15, place.center().y()), QPointF(right - width - 5, place.center().y()));
        right -= width + 26;
    }
}

void SequencePainter::drawTimeAxis()
{
    m_painter.setFont(m_scene.smallFont);
    const QFontMetricsF metrics(m_scene.smallFont);
    const auto tick = [&](double x, const QString& label) {
        if (x < m_area.left() - 1 || x > m_area.right() + 1)
            return;
        x = std::round(x);
        m_painter.setPen(QPen(m_scene.colors.grid, 0));
        m_painter.drawLine(QLineF(x, m_area.top(), x, m_area.bottom()));
        m_painter.setPen(m_scene.colors.dimText);
        const double width = metrics.horizontalAdvance(label) + 4;
        QRectF place(x - width / 2, m_area.bottom() + 3, width, SequenceScene::axisHeight - 5);
        place.moveLeft(std::min(place.left(), m_scene.size.width() - width - 1));
        m_painter.drawText(place, Qt::AlignCenter, label);
    };
    if (m_scene.style.origin == text::TimeOrigin::Clock) {
        for (const TimeTick& at : timeTicks(m_scene.visible, m_area.width(), 110, m_scene.style.zone))
            tick(m_scene.xOf(at.time), at.label);
    } else {
        const Time begin = m_scene.conversation->begin();
        const double from = toSeconds(m_scene.visible.begin - begin), to = toSeconds(m_scene.visible.end - begin);
        const auto ticks = valueTicks(from, to, std::max(2, static_cast<int>(m_area.width() / 90)), Unit::Seconds);
        const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : std::max(1e-9, to - from);
        for (const double seconds : ticks)
            tick(m_scene.xOf(begin + Nanoseconds{std::llround(seconds * 1e9)}),
                elapsedLabel(seconds, step, std::max(std::abs(from), std::abs(to))));
    }
    m_painter.setPen(QPen(m_scene.colors.separator, 0));
    m_painter.drawLine(QLineF(m_area.left(), m_area.bottom(), m_area.right(), m_area.bottom()));
}

QString SequencePainter::byteLabel(double bytes) const
{
    if (m_scene.style.numbering == text::Numbering::Relative)
        return text::formatTick(bytes, Unit::Bytes);
    return QString::number(m_scene.curves.firstRawSequence + static_cast<std::uint32_t>(std::llround(bytes)));
}

void SequencePainter::drawByteAxis()
{
    m_painter.setFont(m_scene.smallFont);
    const QFontMetricsF metrics(m_scene.smallFont);
    const int most = std::max(1, static_cast<int>(m_area.height() / 34));
    for (const double bytes : valueTicks(std::max(0.0, m_scene.lowest), m_scene.highest, most, Unit::Bytes)) {
        const double y = std::round(m_scene.yOf(bytes));
        if (y < m_area.top() || y > m_area.bottom())
            continue;
        m_painter.setPen(QPen(m_scene.colors.grid, 0));
        m_painter.drawLine(QLineF(m_area.left(), y, m_area.right(), y));
        m_painter.setPen(m_scene.colors.dimText);
        m_painter.drawText(QRectF(0, y - metrics.height() / 2, m_area.left() - 6, metrics.height()),
            Qt::AlignRight | Qt::AlignVCenter, byteLabel(bytes));
    }
    m_painter.setPen(QPen(m_scene.colors.separator, 0));
    m_painter.drawLine(QLineF(m_area.left(), m_area.top(), m_area.left(), m_area.bottom()));
}

void SequencePainter::drawSteps(std::int64_t SequenceCurves::Acknowledgment::*value, const QColor& color)
{
    const auto& points = m_scene.curves.acknowledgments;
    auto at = firstFrom(points, m_scene.visible.begin);
    if (at != points.begin())
        --at; // what held when the picture begins
    if (at == points.end())
        return;
    QList<QPointF> line;
    for (; at != points.end() && at->time <= m_scene.visible.end; ++at) {
        const QPointF point(m_scene.xOf(at->time), m_scene.yOf(static_cast<double>((*at).*value)));
        // Of many within a pixel the first and the last are enough: the line between them is upright.
        if (line.size() > 2 && point.x() - line[line.size() - 3].x() < 0.5)
            line.back() = point;
        else {
            if (!line.isEmpty())
                line.append({point.x(), line.back().y()});
            line.append(point);
        }
    }
    if (line.isEmpty())
        return;
    // It holds until the next one, or to the end.
    const double right =
        at == points.end() ? std::min(m_scene.xOf(points.back().time) + 1, m_area.right()) : m_area.right();
    line.append({std::max(right, line.back().x()), line.back().y()});
    m_painter.setPen(QPen(color, 1));
    m_painter.drawPolyline(line);
}

void SequencePainter::drawSegments()
{
    const auto& segments = m_scene.curves.segments;
    const auto begin = firstFrom(segments, m_scene.visible.begin);
    const auto end = std::upper_bound(begin, segments.end(), m_scene.visible.end,
        [](Time value, const SequenceCurves::Segment& segment) { return value < segment.time; });
    const bool hasCaps = end - begin < 300;
    QList<QLineF> ticks;
    for (auto at = begin; at != end; ++at) {
        const double x = std::round(m_scene.xOf(at->time)) + 0.5;
        double top = m_scene.yOf(static_cast<double>(at->end));
        double bottom = m_scene.yOf(static_cast<double>(at->begin));
        if (bottom - top < 2) {
            top -= 1;
            bottom += 1;
        }
        // Segments that touch within a pixel column are one line: a hundred thousand become a few thousand.
        if (!ticks.isEmpty() && !hasCaps && ticks.back().x1() == x && top <= ticks.back().y1() + 1
            && bottom >= ticks.back().y2() - 1) {
            ticks.back().setP1({x, std::max(ticks.back().y1(), bottom)});
            ticks.back().setP2({x, std::min(ticks.back().y2(), top)});
            continue;
        }
        ticks.append({x, bottom, x, top});
        if (hasCaps && bottom - top > 6) {
            ticks.append({x - 2, top, x + 2, top});
            ticks.append({x - 2, bottom, x + 2, bottom});
        }
    }
    m_painter.setPen(QPen(m_scene.colors.text, 1));
    m_painter.drawLines(ticks);
}

void SequencePainter::drawMarks()
{
    const auto& segments = m_scene.curves.segments;
    QPointF last(-1e9, -1e9);
    for (auto at = firstFrom(segments, m_scene.visible.begin); at != segments.end() && at->time <= m_scene.visible.end;
         ++at) {
        const TcpPacket& packet = m_scene.conversation->packet(at->row);
        const bool isMarked = packet.has(PacketMark::Retransmission) || packet.has(PacketMark::Lost)
            || packet.has(PacketMark::OutOfOrder);
        if (!isMarked)
            continue;
        const QPointF place(m_scene.xOf(at->time), m_scene.yOf(static_cast<double>(at->end)));
        if (std::abs(place.x() - last.x()) < 3 && std::abs(place.y() - last.y()) < 3)
            continue; // nothing to be told apart there until the user zooms in
        last = place;
        drawMark(*at, packet);
    }
    if (const auto reset = m_scene.conversation->flow().resetBy) {
        // The reset carries no bytes; it is a line where everything ends.
        const auto lastRow = m_scene.conversation->rows() - 1;
        if (*reset == m_scene.direction && m_scene.conversation->packet(lastRow).isRst()) {
            const double x = std::round(m_scene.xOf(m_scene.conversation->packet(lastRow).time)) + 0.5;
            m_painter.setPen(QPen(m_scene.colors.limit, 1, Qt::DashLine));
            m_painter.drawLine(QLineF(x, m_area.top(), x, m_area.bottom()));
        }
    }
}

void SequencePainter::drawMark(const SequenceCurves::Segment& segment, const TcpPacket& packet)
{
    const double x = std::round(m_scene.xOf(segment.time)) + 0.5;
    const double top = m_scene.yOf(static_cast<double>(segment.end));
    const double bottom = std::max(m_scene.yOf(static_cast<double>(segment.begin)), top + 3);
    const PacketBadge badge = badgeOf(packet, m_scene.colors);
    m_painter.setRenderHint(QPainter::Antialiasing, true);
    if (!badge.letter.isNull()) {
        m_painter.fillRect(QRectF(x - 1.5, top, 3, bottom - top), badge.color);
        QRectF box(x - 6, top - 15, 12, 12);
        if (box.top() < m_area.top())
            box.moveTop(bottom + 3);
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(badge.color);
        m_painter.drawRoundedRect(box, 3, 3);
        QFont font = m_scene.boldFont;
        font.setPixelSize(9);
        m_painter.setFont(font);
        m_painter.setPen(m_scene.colors.background);
        m_painter.drawText(box, Qt::AlignCenter, QString(badge.letter));
        m_painter.setBrush(Qt::NoBrush);
    }
    if (packet.has(PacketMark::Lost)) {
        const QPointF at(x, (top + bottom) / 2);
        m_painter.setPen(QPen(m_scene.colors.limit, 1.5));
        m_painter.drawLine(at + QPointF(-3, -3), at + QPointF(3, 3));
        m_painter.drawLine(at + QPointF(-3, 3), at + QPointF(3, -3));
    }
    m_painter.setRenderHint(QPainter::Antialiasing, false);
}

void SequencePainter::drawOverlay()
{
    if (!m_scene.conversation)
        return;
    m_painter.save();
    m_painter.setClipRect(m_area.adjusted(-1, 0, 1, 0));
    if (m_scene.range) {
        const double left = std::max(m_scene.xOf(m_scene.range->begin), -10.0);
        const double right = std::min(m_scene.xOf(m_scene.range->end), m_scene.size.width() + 10.0);
        if (right > left) {
            m_painter.fillRect(QRectF(left, m_area.top(), right - left, m_area.height()), m_scene.colors.selection);
            m_painter.setPen(QPen(m_scene.colors.selectionEdge, 0));
            m_painter.drawLine(QLineF(left, m_area.top(), left, m_area.bottom()));
            m_painter.drawLine(QLineF(right, m_area.top(), right, m_area.bottom()));
        }
    }
    if (m_scene.zoomBand) {
        m_painter.setPen(QPen(m_scene.colors.cursor, 0, Qt::DashLine));
        QColor fill = m_scene.colors.cursor;
        fill.setAlpha(24);
        m_painter.setBrush(fill);
        m_painter.drawRect(*m_scene.zoomBand);
        m_painter.setBrush(Qt::NoBrush);
    }
    if (m_scene.cursor) {
        const double x = std::round(m_scene.xOf(*m_scene.cursor)) + 0.5;
        m_painter.setPen(QPen(m_scene.colors.hover, 0));
        m_painter.drawLine(QLineF(x, m_area.top(), x, m_area.bottom()));
    }
    m_painter.setRenderHint(QPainter::Antialiasing, true);
    const auto ring = [&](std::optional<std::uint32_t> row, const QPen& pen, double radius) {
        if (const auto place = row ? m_scene.placeOf(*row) : std::nullopt) {
            m_painter.setPen(pen);
            m_painter.drawEllipse(*place, radius, radius);
        }
    };
    ring(m_scene.hovered, QPen(m_scene.colors.hover, 1), 6);
    ring(m_scene.selected, QPen(m_scene.colors.selectionEdge, 2), 7);
    m_painter.setRenderHint(QPainter::Antialiasing, false);
    m_painter.restore();
    if (m_scene.hasFocus) {
        m_painter.setPen(QPen(m_scene.colors.focus, 0));
        const QRect frame(0, 0, m_scene.size.width() - 1, m_scene.size.height() - 1);
        m_painter.drawRect(frame);
        m_painter.drawRect(frame.adjusted(1, 1, -1, -1));
    }
}

} // namespace hindcast
