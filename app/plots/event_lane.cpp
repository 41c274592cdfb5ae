#include "plots/event_lane.h"

#include "text/format.h"

#include <QFontMetricsF>

#include <algorithm>
#include <array>
#include <cmath>

namespace hindcast {

namespace {

constexpr double glyphSize = 10;
constexpr double cellWidth = 40; ///< of a group with its number
constexpr double leastDistance = 9; ///< of single marks
constexpr double reach = 3; ///< pixels beside a mark that still count as on it
constexpr std::size_t mostLinesInTip = 8;

QString shortCount(std::size_t count)
{
    return count < 1000 ? QString::number(count) : QStringLiteral("%1k").arg(count / 1000);
}

QPolygonF shapeOf(Severity severity, const QPointF& middle)
{
    const double half = glyphSize / 2, x = middle.x(), y = middle.y();
    switch (severity) {
    case Severity::Error:
        return {
            {QPointF(x, y - half - 1), QPointF(x + half + 1, y), QPointF(x, y + half + 1), QPointF(x - half - 1, y)}};
    case Severity::Warning:
        return {{QPointF(x, y - half), QPointF(x + half + 1, y + half - 1), QPointF(x - half - 1, y + half - 1)}};
    case Severity::Info:
        break;
    }
    QPolygonF circle;
    for (int i = 0; i < 24; ++i)
        circle << QPointF(x + (half - 1) * std::cos(i * M_PI / 12), y + (half - 1) * std::sin(i * M_PI / 12));
    return circle;
}

QString plainLine(const PlotScene& scene, const Event& event)
{
    const QString kind = text::fromBytes(labelValue(event.labels, "kind"));
    const QString when = scene.zone.timeOfDay(event.time, 3);
    QString line = text::fromBytes(event.text);
    constexpr qsizetype most = 160;
    if (line.size() > most)
        line = line.left(most) + QChar(0x2026);
    return QStringLiteral("<b>%1%2</b> %3")
        .arg(when, kind.isEmpty() ? QString{} : u' ' + kind.toHtmlEscaped(), line.toHtmlEscaped());
}

} // namespace

EventLane::EventLane(QCustomPlot* plot, const PlotScene& scene)
    : QCPLayerable(plot, QStringLiteral("axes"))
    , m_scene(scene)
{
}

std::vector<EventPicture> EventLane::arrange(const PlotScene& scene)
{
    std::vector<EventPicture> pictures;
    const TimeRange visible = scene.frame.visible();
    if (!scene.events || visible.isEmpty())
        return pictures;
    const double perPixel = static_cast<double>(visible.duration().count()) / scene.frame.width();
    const auto span = [&](double pixels) {
        return Nanoseconds{std::max<std::int64_t>(1, std::llround(pixels * perPixel))};
    };
    const auto clusters = clusterEvents(scene.eventMarks, visible, span(cellWidth), span(leastDistance));
    const QFontMetricsF metrics(scene.smallFont);
    const double top = scene.eventsArea.top() + 2, height = scene.eventsArea.height() - 4;
    const double plotLeft = PlotScene::plotLeft, plotRight = plotLeft + scene.frame.width();
    double occupied = plotLeft - glyphSize;
    pictures.reserve(clusters.size());
    for (const EventCluster& cluster : clusters) {
        const double firstX = scene.frame.xOf(scene.eventMarks[cluster.first].time);
        const double lastX = scene.frame.xOf(scene.eventMarks[cluster.last - 1].time);
        EventPicture picture;
        picture.cluster = cluster;
        double width = glyphSize;
        if (cluster.count() > 1) {
            picture.label = shortCount(cluster.count());
            width += metrics.horizontalAdvance(picture.label) + 7;
        }
        double left = (firstX + lastX) / 2 - width / 2;
        // A group says where it is only roughly, so it makes room; a single event stands where it happened.
        if (cluster.count() > 1)
            left = std::clamp(left, std::max(occupied + 1, plotLeft), std::max(occupied + 1, plotRight - width));
        picture.place = QRectF(left, top, width, height);
        occupied = picture.place.right();
        pictures.push_back(picture);
    }
    return pictures;
}

const EventPicture* EventLane::pictureAt(const PlotScene& scene, const QPointF& position)
{
    if (!scene.eventsArea.contains(position.toPoint()))
        return nullptr;
    const EventPicture* nearest = nullptr;
    double least = reach;
    for (const EventPicture& picture : scene.eventPictures) {
        const double distance =
            std::max({picture.place.left() - position.x(), position.x() - picture.place.right(), 0.0});
        if (distance <= least) {
            least = distance;
            nearest = &picture;
        }
    }
    return nearest;
}

QString EventLane::tipAt(const PlotScene& scene, const QPointF& position)
{
    if (!scene.events || !scene.eventsArea.contains(position.toPoint()))
        return {};
    const EventPicture* picture = pictureAt(scene, position);
    if (!picture)
        return QCoreApplication::translate("hindcast::EventLane",
            "<p><b>Events</b></p><p>What the kernel and others wrote down, each where it happened: a diamond for an "
            "error, "
            "a triangle for a warning, a dot for information. A number stands for as many events too close to be told "
            "apart; zoom in to see them. Click: cursor there; <b>.</b> and <b>,</b>: next and previous.</p>");
    const EventCluster& cluster = picture->cluster;
    QStringList lines;
    if (cluster.count() > 1) {
        const TimeRange range{scene.eventMarks[cluster.first].time, scene.eventMarks[cluster.last - 1].time};
        lines.append(QCoreApplication::translate("hindcast::EventLane", "<b>%1 events, %2</b>", "count, range")
                         .arg(text::formatCount(cluster.count()), scene.zone.rangeText(range).toHtmlEscaped()));
    }
    // The worst ones first.
    std::size_t said = 0;
    for (const Severity severity : {Severity::Error, Severity::Warning, Severity::Info})
        for (std::size_t i = cluster.first; i < cluster.last && said < mostLinesInTip; ++i)
            if (scene.eventMarks[i].severity == severity) {
                lines.append(plainLine(scene, (*scene.events)[scene.eventMarks[i].event]));
                ++said;
            }
    if (said < cluster.count())
        lines.append(QCoreApplication::translate("hindcast::EventLane", "and %1 more")
                         .arg(text::formatCount(cluster.count() - said)));
    return QStringLiteral("<p>%1</p>").arg(lines.join(QStringLiteral("<br>")));
}

void EventLane::draw(QCPPainter* painter)
{
    const QRect& area = m_scene.eventsArea;
    if (!m_scene.events || area.isEmpty())
        return;
    painter->setAntialiasing(false);
    painter->fillRect(area, m_scene.colors.background);
    painter->setPen(QPen(m_scene.colors.grid, 0));
    for (const TimeTick& tick : m_scene.timeTicks) {
        const double x = m_scene.frame.xOf(tick.time);
        painter->drawLine(QLineF(x, area.top(), x, area.bottom()));
    }
    drawHeader(painter);
    painter->setPen(QPen(m_scene.colors.separator, 0));
    painter->drawLine(QLine(area.topLeft(), area.topRight()));
    painter->save();
    painter->setClipRect(area.adjusted(PlotScene::plotLeft - static_cast<int>(glyphSize), 1, 0, 0));
    for (const EventPicture& picture : m_scene.eventPictures)
        drawMark(painter, picture);
    painter->restore();
}

void EventLane::drawHeader(QCPPainter* painter)
{
    const QRect& area = m_scene.eventsArea;
    constexpr int padding = 10;
    const QRect head(area.left(), area.top(), PlotScene::headerWidth, area.height());
    painter->fillRect(head, m_scene.colors.header);
    painter->setPen(QPen(m_scene.colors.separator, 0));
    painter->drawLine(QLine(head.right(), head.top(), head.right(), head.bottom()));
    painter->setFont(m_scene.titleFont);
    painter->setPen(m_scene.colors.text);
    const QRect row = head.adjusted(padding, 0, -padding, 0);
    painter->drawText(
        row, Qt::AlignLeft | Qt::AlignVCenter, QCoreApplication::translate("hindcast::EventLane", "Events"));
    std::size_t shown = 0;
    for (const EventPicture& picture : m_scene.eventPictures)
        shown += picture.cluster.count();
    painter->setFont(m_scene.smallFont);
    painter->setPen(m_scene.colors.dimText);
    const QString of = shown == m_scene.eventMarks.size()
        ? text::formatCount(shown)
        : QCoreApplication::translate("hindcast::EventLane", "%1 of %2")
              .arg(text::formatCount(shown), text::formatCount(m_scene.eventMarks.size()));
    painter->drawText(row, Qt::AlignRight | Qt::AlignVCenter, of);
}

void EventLane::drawMark(QCPPainter* painter, const EventPicture& picture)
{
    const QColor color = m_scene.colors.level(levelOf(picture.cluster.worst));
    const QPointF middle(picture.place.left() + glyphSize / 2, picture.place.center().y());
    bool isSelected = false;
    for (std::size_t i = picture.cluster.first; m_scene.selectedEvent && i < picture.cluster.last && !isSelected; ++i)
        isSelected = m_scene.eventMarks[i].event == *m_scene.selectedEvent;
    painter->setAntialiasing(true);
    if (picture.cluster.count() > 1 || isSelected) {
        QColor fill = color;
        fill.setAlpha(isSelected ? 90 : 50);
        painter->setPen(isSelected ? QPen(m_scene.colors.text, 1.2) : QPen(Qt::NoPen));
        painter->setBrush(fill);
        painter->drawRoundedRect(picture.place.adjusted(-3, 0, 3, 0), 5, 5);
    }
    painter->setPen(QPen(m_scene.colors.background, 1)); // marks that touch stay two
    painter->setBrush(color);
    painter->drawPolygon(shapeOf(picture.cluster.worst, middle));
    painter->setAntialiasing(false);
    if (picture.label.isEmpty())
        return;
    painter->setFont(m_scene.smallFont);
    painter->setPen(m_scene.colors.text);
    painter->drawText(picture.place.adjusted(glyphSize + 4, 0, 4, 0), Qt::AlignLeft | Qt::AlignVCenter, picture.label);
}

} // namespace hindcast
