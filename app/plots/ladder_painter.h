// LadderPainter: draws the part of a ladder that is on screen: both ends' lines and state lanes, an arrow per packet
// with its label, marks by colour and letter. Reads a LadderScene, changes nothing.
#pragma once

#include "plots/ladder_layout.h"
#include "plots/plot_colors.h"
#include "text/packet_text.h"

#include <QFont>
#include <QRectF>

#include <memory>
#include <optional>
#include <vector>

class QPainter;

namespace hindcast {

/// Everything a ladder is drawn from.
struct LadderScene {
    static constexpr int headerHeight = 24;

    std::shared_ptr<const Conversation> conversation; ///< null: nothing to draw
    LadderLayout layout;
    text::PacketStyle style;
    PlotColors colors;
    QFont font, boldFont, smallFont;
    std::optional<std::uint32_t> selected, hovered;
    double scroll = 0; ///< of the layout, above the first visible line
    QSize size;
    bool hasFocus = false;
};

/// Where the columns are, for the width of the scene.
struct LadderColumns {
    double timeRight = 0; ///< of the column of times; 0 when there is no room for it
    QRectF clientLane, serverLane; ///< of the states
    double clientX = 0, serverX = 0;
    bool showsLongStates = false;

    static LadderColumns of(const LadderScene& scene);
};

/// A stretch of a state lane.
struct StateRun {
    Side side = Side::Client;
    const StateChange* change = nullptr;
    double uncertainTop = 0; ///< equal to top when the instant is known
    double top = 0, bottom = 0; ///< of the layout
};
std::vector<StateRun> stateRuns(const LadderScene& scene);

class LadderPainter {
public:
    LadderPainter(QPainter& painter, const LadderScene& scene);
    void draw();

private:
    /// The two ends of a row's arrow.
    struct Arrow {
        QPointF tail, head;
        double yAt(double x) const;
    };
    void drawIdleStretches();
    void drawStates();
    void drawState(const StateRun& run);
    void drawLifeLines();
    void drawRows();
    void drawRow(std::uint32_t row, bool hasLabel);
    Arrow arrowOf(std::uint32_t row) const;
    /// Where the cross of a lost segment stands.
    QPointF lostAt(const Arrow& arrow) const;
    QColor colorOf(const TcpPacket& packet) const;
    void drawArrow(const Arrow& arrow, const TcpPacket& packet, const QColor& color);
    void drawCross(QPointF at, const QColor& color);
    void drawLabel(std::uint32_t row, const Arrow& arrow, const QColor& behind);
    void drawBadge(QPointF middle, QChar letter, const QColor& color);
    void drawTime(std::uint32_t row);
    void drawHeader();
    QColor rowColor(std::uint32_t row) const;
    double onScreen(double y) const { return y - m_scene.scroll + LadderScene::headerHeight; }

    QPainter& m_painter;
    const LadderScene& m_scene;
    LadderColumns m_columns;
    double m_slant;
};

} // namespace hindcast
