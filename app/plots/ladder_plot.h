// LadderPlot: a conversation as a ladder that scrolls: client left, server right, time down. It holds no choice of its
// own: gestures become signals, and what is chosen is set from outside.
#pragma once

#include "plots/ladder_painter.h"

#include <QAbstractScrollArea>

namespace hindcast {

class LadderPlot : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit LadderPlot(QWidget* parent = nullptr);

    /// Null shows `emptyText`.
    void setConversation(std::shared_ptr<const Conversation> conversation, const QString& emptyText);
    void setStyle(const text::PacketStyle& style);
    void setScale(LadderLayout::Scale scale);
    /// Brings the row into sight.
    void setSelectedRow(std::optional<std::uint32_t> row);
    void setHoveredRow(std::optional<std::uint32_t> row);

    const LadderScene& scene() const { return m_scene; }
    /// Rows that fit on screen at once, at least one.
    std::uint32_t rowsPerPage() const;
    /// Middle of the row in viewport coordinates, wherever it is scrolled to.
    QPoint positionOf(std::uint32_t row) const;

Q_SIGNALS:
    void rowWanted(std::uint32_t row);
    void rowHovered(std::optional<std::uint32_t> row);

protected:
    bool viewportEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;

private:
    void takeColorsAndFonts();
    void arrangeScrollBar();
    void bringIntoSight(std::uint32_t row);
    std::optional<std::uint32_t> rowAt(QPointF position) const;
    QString tipAt(QPointF position) const;
    QString stateTipAt(QPointF position) const;
    void describeForAccessibility();

    LadderScene m_scene;
    QString m_emptyText;
};

} // namespace hindcast
