#include "plots/ladder_plot.h"

#include "text/format.h"
#include "text/socket_state.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace hindcast {

namespace {

constexpr double wheelNotch = 120; // QWheelEvent::angleDelta: eighths of a degree
constexpr double zoomPerNotch = 1.25;

} // namespace

LadderPlot::LadderPlot(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    setMinimumSize(180, 80);
    setAccessibleName(tr("Ladder of the conversation"));
    takeColorsAndFonts();
}

void LadderPlot::setConversation(std::shared_ptr<const Conversation> conversation, const QString& emptyText)
{
    m_scene.conversation = std::move(conversation);
    m_scene.selected.reset();
    m_scene.hovered.reset();
    m_emptyText = emptyText;
    const std::vector<Time> times = m_scene.conversation ? m_scene.conversation->times() : std::vector<Time>{};
    m_scene.layout.setTimes({});
    if (m_scene.conversation)
        m_scene.layout.setIdleFrom(
            LadderLayout::usualIdle(times, m_scene.conversation->flow().medianRtt.value_or(Nanoseconds::zero())));
    m_scene.layout.setTrueHeight(viewport()->height() - LadderScene::headerHeight);
    m_scene.layout.setTimes(times);
    arrangeScrollBar();
    verticalScrollBar()->setValue(0);
    describeForAccessibility();
    viewport()->update();
}

void LadderPlot::setStyle(const text::PacketStyle& style)
{
    m_scene.style = style;
    describeForAccessibility();
    viewport()->update();
}

void LadderPlot::setScale(LadderLayout::Scale scale)
{
    m_scene.layout.setScale(scale);
    m_scene.layout.setTrueHeight(viewport()->height() - LadderScene::headerHeight);
    arrangeScrollBar();
    if (m_scene.selected)
        bringIntoSight(*m_scene.selected);
    viewport()->update();
}

void LadderPlot::setSelectedRow(std::optional<std::uint32_t> row)
{
    if (row && (!m_scene.conversation || *row >= m_scene.conversation->rows()))
        row.reset();
    if (row == m_scene.selected)
        return;
    m_scene.selected = row;
    if (row)
        bringIntoSight(*row);
    describeForAccessibility();
    viewport()->update();
}

void LadderPlot::setHoveredRow(std::optional<std::uint32_t> row)
{
    if (row == m_scene.hovered)
        return;
    m_scene.hovered = row;
    viewport()->update();
}

std::uint32_t LadderPlot::rowsPerPage() const
{
    const double room = viewport()->height() - LadderScene::headerHeight;
    return static_cast<std::uint32_t>(std::max(1.0, room / m_scene.layout.rowHeight()));
}

QPoint LadderPlot::positionOf(std::uint32_t row) const
{
    const LadderColumns columns = LadderColumns::of(m_scene);
    const double y = m_scene.layout.yOf(std::size_t{row}) - m_scene.scroll + LadderScene::headerHeight;
    return {static_cast<int>((columns.clientX + columns.serverX) / 2), static_cast<int>(std::lround(y))};
}

void LadderPlot::takeColorsAndFonts()
{
    m_scene.colors = PlotColors::forPalette(palette());
    m_scene.font = font();
    m_scene.boldFont = font();
    m_scene.boldFont.setBold(true);
    m_scene.smallFont = font();
    m_scene.smallFont.setPointSizeF(font().pointSizeF() * 0.92);
    m_scene.layout.setRowHeight(std::ceil(QFontMetricsF(m_scene.font).height()) + 7);
}

void LadderPlot::arrangeScrollBar()
{
    const int room = std::max(1, viewport()->height() - LadderScene::headerHeight);
    verticalScrollBar()->setRange(0, std::max(0, static_cast<int>(std::ceil(m_scene.layout.height())) - room));
    verticalScrollBar()->setPageStep(room);
    verticalScrollBar()->setSingleStep(static_cast<int>(m_scene.layout.rowHeight()));
    m_scene.scroll = verticalScrollBar()->value();
    m_scene.size = viewport()->size();
}

void LadderPlot::bringIntoSight(std::uint32_t row)
{
    const double y = m_scene.layout.yOf(std::size_t{row});
    const double half = m_scene.layout.rowHeight() * 1.5;
    const double room = std::max(1, viewport()->height() - LadderScene::headerHeight);
    const double top = verticalScrollBar()->value();
    if (y - half < top)
        // A jump puts the row into the middle, a step moves by as little as it must.
        verticalScrollBar()->setValue(static_cast<int>(y < top - room ? y - room / 2 : y - half));
    else if (y + half > top + room)
        verticalScrollBar()->setValue(static_cast<int>(y > top + 2 * room ? y - room / 2 : y + half - room));
}

void LadderPlot::scrollContentsBy(int, int)
{
    m_scene.scroll = verticalScrollBar()->value();
    viewport()->update();
}

void LadderPlot::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    if (m_scene.layout.scale() == LadderLayout::Scale::True && m_scene.layout.height() < viewport()->height())
        m_scene.layout.setTrueHeight(viewport()->height() - LadderScene::headerHeight);
    arrangeScrollBar();
}

void LadderPlot::changeEvent(QEvent* event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange
        || event->type() == QEvent::StyleChange) {
        takeColorsAndFonts();
        arrangeScrollBar();
        viewport()->update();
    }
}

void LadderPlot::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    LadderPainter(painter, m_scene).draw();
    if (!m_scene.conversation) {
        painter.setPen(m_scene.colors.dimText);
        painter.drawText(
            viewport()->rect().adjusted(24, 16, -24, -16), Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
    }
}

std::optional<std::uint32_t> LadderPlot::rowAt(QPointF position) const
{
    if (!m_scene.conversation || m_scene.layout.rows() == 0 || position.y() < LadderScene::headerHeight)
        return std::nullopt;
    const double y = position.y() - LadderScene::headerHeight + m_scene.scroll;
    const std::size_t row = m_scene.layout.rowAt(y);
    if (std::abs(m_scene.layout.yOf(row) - y) > m_scene.layout.rowHeight() * 0.6)
        return std::nullopt;
    return static_cast<std::uint32_t>(row);
}

void LadderPlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    if (const auto row = rowAt(event->position()))
        Q_EMIT rowWanted(*row);
}

void LadderPlot::mouseMoveEvent(QMouseEvent* event)
{
    const auto row = rowAt(event->position());
    if (row != m_scene.hovered)
        Q_EMIT rowHovered(row);
}

void LadderPlot::wheelEvent(QWheelEvent* event)
{
    if (!(event->modifiers() & Qt::ControlModifier) || m_scene.layout.scale() != LadderLayout::Scale::True) {
        QAbstractScrollArea::wheelEvent(event);
        return;
    }
    // About the pointer, as the timeline does.
    const double pointer = event->position().y() - LadderScene::headerHeight;
    const double height = m_scene.layout.height();
    const double place = (m_scene.scroll + pointer) / height;
    const double room = viewport()->height() - LadderScene::headerHeight;
    m_scene.layout.setTrueHeight(std::max(room, height * std::pow(zoomPerNotch, event->angleDelta().y() / wheelNotch)));
    arrangeScrollBar();
    verticalScrollBar()->setValue(static_cast<int>(place * m_scene.layout.height() - pointer));
    event->accept();
    viewport()->update();
}

void LadderPlot::keyPressEvent(QKeyEvent* event)
{
    // All keys belong to the conversation's actions; a scroll area would take the arrows for itself.
    event->ignore();
}

void LadderPlot::focusInEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusInEvent(event);
    m_scene.hasFocus = true;
    viewport()->update();
}

void LadderPlot::focusOutEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusOutEvent(event);
    m_scene.hasFocus = false;
    viewport()->update();
}

bool LadderPlot::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString tip = tipAt(help->pos());
        if (tip.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), tip, this);
        return true;
    }
    if (event->type() == QEvent::Leave && m_scene.hovered)
        Q_EMIT rowHovered(std::nullopt);
    return QAbstractScrollArea::viewportEvent(event);
}

QString LadderPlot::tipAt(QPointF position) const
{
    if (const QString tip = stateTipAt(position); !tip.isEmpty())
        return tip;
    const auto row = rowAt(position);
    return row ? text::packetTip(*m_scene.conversation, *row, m_scene.style) : QString{};
}

QString LadderPlot::stateTipAt(QPointF position) const
{
    if (!m_scene.conversation || position.y() < LadderScene::headerHeight)
        return {};
    const LadderColumns columns = LadderColumns::of(m_scene);
    const auto isIn = [&](const QRectF& lane) { return position.x() >= lane.left() && position.x() < lane.right(); };
    const bool isClient = isIn(columns.clientLane);
    if (!isClient && !isIn(columns.serverLane))
        return {};
    const double y = position.y() - LadderScene::headerHeight + m_scene.scroll;
    for (const StateRun& run : stateRuns(m_scene)) {
        if ((run.side == Side::Client) != isClient || y < run.top || y >= run.bottom)
            continue;
        return QStringLiteral("<p><b>%1</b>: %2</p><p>%3</p>")
            .arg(text::stateName(run.change->state), text::stateMeaning(run.change->state).toHtmlEscaped(),
                text::basisMeaning(run.change->basis).toHtmlEscaped());
    }
    return {};
}

void LadderPlot::describeForAccessibility()
{
    QString description;
    if (!m_scene.conversation) {
        description = m_emptyText;
    } else {
        const Flow& flow = m_scene.conversation->flow();
        const int count = static_cast<int>(m_scene.conversation->rows());
        description =
            tr("%1 between client %2 and server %3.", "n packets")
                .arg(text::plural(count, tr("1 packet"), tr("%n packets", nullptr, count)),
                    text::fromBytes(flow.client.endpoint.text()), text::fromBytes(flow.server.endpoint.text()));
        if (m_scene.selected) {
            const auto row = *m_scene.selected;
            description += u' ' + tr("Packet %1 of %2: ").arg(row + 1).arg(count)
                + text::packetLine(*m_scene.conversation, row, m_scene.style) + u' '
                + text::verdictMeanings(m_scene.conversation->packet(row), m_scene.conversation->earlierCopy(row))
                      .join(u' ');
        }
    }
    if (description == accessibleDescription())
        return;
    setAccessibleDescription(description);
    QAccessibleEvent event(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&event);
}

} // namespace hindcast
