#include "plots/sequence_plot.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace hindcast {

namespace {

constexpr int dragDistance = 4;
constexpr double reach = 12; ///< of the pointer
constexpr double wheelNotch = 120; // QWheelEvent::angleDelta: eighths of a degree
constexpr double zoomPerNotch = 1.25;
constexpr double zoomPerKey = 1.35;
constexpr Nanoseconds shortest{1000};

TimeRange ordered(Time a, Time b)
{
    return a <= b ? TimeRange{a, b} : TimeRange{b, a};
}

Nanoseconds scaledBy(Nanoseconds duration, double factor)
{
    return Nanoseconds{std::llround(static_cast<double>(duration.count()) * factor)};
}

} // namespace

SequencePlot::SequencePlot(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMinimumSize(160, 80);
    setAccessibleName(tr("Time-sequence graph"));
    setAccessibleDescription(tr("Bytes sent in one direction against time. The table of packets says the same."));
    takeColorsAndFonts();
}

void SequencePlot::setConversation(std::shared_ptr<const Conversation> conversation, const QString& emptyText)
{
    m_scene.conversation = std::move(conversation);
    m_scene.selected.reset();
    m_scene.hovered.reset();
    m_scene.curves =
        m_scene.conversation ? SequenceCurves::of(*m_scene.conversation, m_scene.direction) : SequenceCurves{};
    m_emptyText = emptyText;
    m_drag = Drag::None;
    fit();
}

void SequencePlot::setDirection(Side from)
{
    m_scene.direction = from;
    if (m_scene.conversation)
        m_scene.curves = SequenceCurves::of(*m_scene.conversation, from);
    m_scene.settleBytes();
    redraw();
}

void SequencePlot::setStyle(const text::PacketStyle& style)
{
    m_scene.style = style;
    redraw();
}

void SequencePlot::setSelectedRow(std::optional<std::uint32_t> row)
{
    if (row && (!m_scene.conversation || *row >= m_scene.conversation->rows()))
        row.reset();
    m_scene.selected = row;
    if (row) {
        const Time time = m_scene.conversation->packet(*row).time;
        if (time < m_scene.visible.begin || time > m_scene.visible.end) {
            const Nanoseconds half = m_scene.visible.duration() / 2;
            setVisibleTime({time - half, time + half});
        }
    }
    update();
}

void SequencePlot::setHoveredRow(std::optional<std::uint32_t> row)
{
    m_scene.hovered = row;
    update();
}

void SequencePlot::setCursorTime(std::optional<Time> cursor)
{
    m_scene.cursor = cursor;
    update();
}

void SequencePlot::setSelectedRange(std::optional<TimeRange> range)
{
    m_scene.range = range;
    update();
}

TimeRange SequencePlot::bounds() const
{
    if (!m_scene.conversation || m_scene.conversation->rows() == 0)
        return {};
    const TimeRange& range = m_scene.conversation->flow().range;
    const Nanoseconds margin = std::max(scaledBy(range.duration(), 0.02), shortest / 2);
    return {range.begin - margin, range.end + margin};
}

void SequencePlot::fit()
{
    setVisibleTime(bounds());
}

void SequencePlot::setVisibleTime(TimeRange visible)
{
    const TimeRange all = bounds();
    if (!all.isEmpty()) {
        const auto span = std::clamp(visible.duration(), std::min(shortest, all.duration()), all.duration());
        const Time middle = visible.begin + visible.duration() / 2;
        const Time begin =
            std::clamp(visible.duration() == span ? visible.begin : middle - span / 2, all.begin, all.end - span);
        visible = {begin, begin + span};
    }
    m_scene.visible = visible;
    m_scene.settleBytes();
    redraw();
}

void SequencePlot::zoom(double factor, Time about)
{
    const TimeRange all = bounds();
    if (all.isEmpty())
        return;
    const auto span =
        std::clamp(scaledBy(m_scene.visible.duration(), factor), std::min(shortest, all.duration()), all.duration());
    const double place = toSeconds(about - m_scene.visible.begin) / toSeconds(m_scene.visible.duration());
    const Time begin = about - scaledBy(span, place);
    setVisibleTime({begin, begin + span});
}

void SequencePlot::zoomIn()
{
    const bool isSelectedKnown = m_scene.selected && m_scene.conversation;
    zoom(1 / zoomPerKey,
        isSelectedKnown ? m_scene.conversation->packet(*m_scene.selected).time
                        : m_scene.visible.begin + m_scene.visible.duration() / 2);
}

void SequencePlot::zoomOut()
{
    zoom(zoomPerKey, m_scene.visible.begin + m_scene.visible.duration() / 2);
}

void SequencePlot::pan(double share)
{
    const Nanoseconds shift = scaledBy(m_scene.visible.duration(), share);
    setVisibleTime({m_scene.visible.begin + shift, m_scene.visible.end + shift});
}

void SequencePlot::redraw()
{
    m_picture = {};
    update();
}

void SequencePlot::takeColorsAndFonts()
{
    m_scene.colors = PlotColors::forPalette(palette());
    m_scene.font = font();
    m_scene.boldFont = font();
    m_scene.boldFont.setBold(true);
    m_scene.smallFont = font();
    m_scene.smallFont.setPointSizeF(font().pointSizeF() * 0.92);
}

void SequencePlot::paintEvent(QPaintEvent*)
{
    m_scene.hasFocus = hasFocus();
    if (m_picture.isNull() || m_picture.devicePixelRatio() != devicePixelRatioF()) {
        m_picture = QPixmap(size() * devicePixelRatioF());
        m_picture.setDevicePixelRatio(devicePixelRatioF());
        QPainter painter(&m_picture);
        SequencePainter(painter, m_scene).drawPicture();
        QString empty = m_emptyText;
        if (m_scene.conversation)
            empty = m_scene.curves.segments.empty() ? tr("Nothing was sent in this direction. D shows the other.")
                                                    : QString{};
        if (!empty.isEmpty()) {
            painter.setPen(m_scene.colors.dimText);
            painter.drawText(rect().adjusted(24, 16, -24, -16), Qt::AlignCenter | Qt::TextWordWrap, empty);
        }
    }
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_picture);
    SequencePainter(painter, m_scene).drawOverlay();
}

void SequencePlot::resizeEvent(QResizeEvent*)
{
    m_scene.size = size();
    redraw();
}

void SequencePlot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange
        || event->type() == QEvent::StyleChange) {
        takeColorsAndFonts();
        redraw();
    }
}

Time SequencePlot::gestureTime(const QMouseEvent& event) const
{
    const QRectF area = m_scene.plotArea();
    return m_scene.timeAt(std::clamp(event.position().x(), area.left(), area.right()));
}

void SequencePlot::mousePressEvent(QMouseEvent* event)
{
    m_drag = Drag::None;
    if (!m_scene.conversation)
        return;
    m_pressPosition = event->position();
    m_pressVisible = m_scene.visible;
    const bool isOverPlot = m_scene.plotArea().contains(event->position());
    if (event->button() == Qt::MiddleButton
        || (event->button() == Qt::LeftButton && (event->modifiers() & Qt::ControlModifier))) {
        m_drag = Drag::Pan;
        setCursor(Qt::ClosedHandCursor);
    } else if (event->button() == Qt::LeftButton && isOverPlot) {
        m_drag = Drag::Press;
        m_anchor = gestureTime(*event);
    } else if (event->button() == Qt::RightButton && isOverPlot) {
        m_drag = Drag::ZoomBand;
    }
}

void SequencePlot::mouseMoveEvent(QMouseEvent* event)
{
    const QPointF position = event->position();
    switch (m_drag) {
    case Drag::None: {
        const auto row = m_scene.conversation ? m_scene.rowAt(position, reach) : std::nullopt;
        if (row != m_scene.hovered)
            Q_EMIT rowHovered(row);
        break;
    }
    case Drag::Press:
        if (std::abs(position.x() - m_pressPosition.x()) < dragDistance)
            return;
        m_drag = Drag::Select;
        [[fallthrough]];
    case Drag::Select: {
        const TimeRange range = ordered(m_anchor, gestureTime(*event));
        Q_EMIT rangeWanted(range.isEmpty() ? std::nullopt : std::optional(range));
        break;
    }
    case Drag::Pan: {
        const double share = (m_pressPosition.x() - position.x()) / m_scene.plotArea().width();
        const Nanoseconds shift = scaledBy(m_pressVisible.duration(), share);
        setVisibleTime({m_pressVisible.begin + shift, m_pressVisible.end + shift});
        break;
    }
    case Drag::ZoomBand: {
        const QRectF area = m_scene.plotArea();
        const double x = std::clamp(position.x(), area.left(), area.right());
        m_scene.zoomBand = QRectF(QPointF(m_pressPosition.x(), area.top()), QPointF(x, area.bottom())).normalized();
        update();
        break;
    }
    }
}

void SequencePlot::mouseReleaseEvent(QMouseEvent* event)
{
    const Drag drag = std::exchange(m_drag, Drag::None);
    m_scene.zoomBand.reset();
    unsetCursor();
    update();
    if (drag == Drag::Press)
        finishClick(*event);
    else if (drag == Drag::ZoomBand && std::abs(event->position().x() - m_pressPosition.x()) >= dragDistance)
        setVisibleTime(ordered(m_scene.timeAt(m_pressPosition.x()), gestureTime(*event)));
}

void SequencePlot::finishClick(const QMouseEvent& event)
{
    auto row = m_scene.rowAt(event.position(), reach);
    if (!row) // beside everything: the packet nearest in time is meant
        row = m_scene.rowAt({event.position().x(), event.position().y()}, m_scene.size.width() * 2.0);
    if (row)
        Q_EMIT rowWanted(*row);
}

void SequencePlot::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && event->position().y() >= m_scene.plotArea().bottom())
        fit();
    else
        mousePressEvent(event);
}

void SequencePlot::wheelEvent(QWheelEvent* event)
{
    // With Alt or Shift some platforms turn the wheel sideways.
    const QPoint turned = event->angleDelta();
    const double notches = (turned.y() != 0 ? turned.y() : turned.x()) / wheelNotch;
    if (event->modifiers() & Qt::ControlModifier)
        zoom(std::pow(zoomPerNotch, -notches), m_scene.timeAt(event->position().x()));
    else if (event->modifiers() & Qt::ShiftModifier || turned.y() == 0)
        pan(-notches / 4);
    else {
        event->ignore();
        return;
    }
    event->accept();
}

void SequencePlot::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    if (m_scene.hovered)
        Q_EMIT rowHovered(std::nullopt);
}

void SequencePlot::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void SequencePlot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

bool SequencePlot::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const auto row = m_scene.conversation ? m_scene.rowAt(help->pos(), reach) : std::nullopt;
        if (row)
            QToolTip::showText(help->globalPos(), text::packetTip(*m_scene.conversation, *row, m_scene.style), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

} // namespace hindcast
