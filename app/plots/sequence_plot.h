// SequencePlot: the time-sequence graph of one direction of a conversation, with the timeline's gestures: Ctrl+wheel
// zooms about the pointer, middle or Ctrl+left drag pans, right drag zooms to a region, left drag selects a range,
// double click on the axis shows everything. It holds no choice of its own but the stretch of time on screen.
#pragma once

#include "plots/sequence_painter.h"

#include <QPixmap>
#include <QWidget>

namespace hindcast {

class SequencePlot : public QWidget {
    Q_OBJECT

public:
    explicit SequencePlot(QWidget* parent = nullptr);

    /// Shows all of it. Null shows `emptyText`.
    void setConversation(std::shared_ptr<const Conversation> conversation, const QString& emptyText);
    void setDirection(Side from);
    void setStyle(const text::PacketStyle& style);
    /// Moves the stretch on screen when the packet is beside it.
    void setSelectedRow(std::optional<std::uint32_t> row);
    void setHoveredRow(std::optional<std::uint32_t> row);
    void setCursorTime(std::optional<Time> cursor);
    void setSelectedRange(std::optional<TimeRange> range);

    const SequenceScene& scene() const { return m_scene; }

public Q_SLOTS:
    void fit();
    /// `factor` < 1 zooms in; `about` keeps its place.
    void zoom(double factor, hindcast::Time about);
    void zoomIn();
    void zoomOut();
    /// By a share of what is on screen; negative is earlier.
    void pan(double share);

Q_SIGNALS:
    void rowWanted(std::uint32_t row);
    void rowHovered(std::optional<std::uint32_t> row);
    void rangeWanted(std::optional<hindcast::TimeRange> range);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    enum class Drag : std::uint8_t { None, Press, Select, Pan, ZoomBand };

    void takeColorsAndFonts();
    TimeRange bounds() const;
    void setVisibleTime(TimeRange visible);
    void redraw();
    void finishClick(const QMouseEvent& event);
    Time gestureTime(const QMouseEvent& event) const;

    SequenceScene m_scene;
    QString m_emptyText;
    QPixmap m_picture; ///< all but the overlay; null = to be drawn
    Drag m_drag = Drag::None;
    QPointF m_pressPosition;
    TimeRange m_pressVisible;
    Time m_anchor{};
};

} // namespace hindcast
