// SequencePainter: draws a time-sequence graph as Stevens and tcptrace drew them: segments as ticks, the line of
// acknowledgments below, the edge of the window above, retransmissions by their cause. Reads a SequenceScene.
#pragma once

#include "plots/plot_colors.h"
#include "plots/sequence_curves.h"
#include "text/packet_text.h"

#include <QFont>
#include <QRectF>

#include <memory>
#include <optional>

class QPainter;

namespace hindcast {

struct SequenceScene {
    static constexpr int titleHeight = 22;
    static constexpr int axisHeight = 22;
    static constexpr int rightMargin = 12;

    std::shared_ptr<const Conversation> conversation; ///< null: nothing to draw
    SequenceCurves curves;
    Side direction = Side::Client;
    text::PacketStyle style;
    PlotColors colors;
    QFont font, boldFont, smallFont;
    QSize size;
    TimeRange visible;
    double lowest = 0, highest = 1; ///< bytes on screen

    std::optional<std::uint32_t> selected, hovered;
    std::optional<Time> cursor;
    std::optional<TimeRange> range;
    std::optional<QRectF> zoomBand;
    bool hasFocus = false;

    QRectF plotArea() const;
    double xOf(Time time) const;
    double yOf(double bytes) const;
    Time timeAt(double x) const;
    /// Where the packet of that row is drawn; nothing when it is not in this graph.
    std::optional<QPointF> placeOf(std::uint32_t row) const;
    /// The packet drawn nearest to a point within reach of the pointer.
    std::optional<std::uint32_t> rowAt(QPointF position, double reach) const;
    /// Fits the scale of bytes to what is between the edges of the visible time.
    void settleBytes();
};

class SequencePainter {
public:
    SequencePainter(QPainter& painter, const SequenceScene& scene);
    /// All that does not move with the pointer.
    void drawPicture();
    void drawOverlay();

private:
    void drawTitle();
    void drawTimeAxis();
    void drawByteAxis();
    void drawSteps(std::int64_t SequenceCurves::Acknowledgment::*value, const QColor& color);
    void drawSegments();
    void drawMarks();
    void drawMark(const SequenceCurves::Segment& segment, const TcpPacket& packet);
    QString byteLabel(double bytes) const;

    QPainter& m_painter;
    const SequenceScene& m_scene;
    QRectF m_area;
};

} // namespace hindcast
