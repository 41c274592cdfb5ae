// PlotColors: the colours of everything drawn in the timeline, for a light or a dark palette. Trace colours are told
// apart by people with any of the common colour-vision deficiencies (after the palette of M. Okabe and K. Ito, 2008,
// with lightness adapted to the background).
#pragma once

#include "plots/lane.h"
#include "plots/lane_span.h"

#include <QColor>
#include <QPalette>

#include <array>

namespace hindcast {

struct PlotColors {
    QColor background; ///< of the plot area
    QColor header; ///< of the column of titles
    QColor separator; ///< between lanes
    QColor grid;
    QColor text;
    QColor dimText; ///< units, axis numbers
    QColor cursor;
    QColor hover;
    QColor selection; ///< translucent
    QColor selectionEdge;
    QColor hatch; ///< where nothing was measured
    QColor limit;
    QColor focus;
    std::array<QColor, traceColorCount> traces;
    std::array<QColor, traceColorCount> fills; ///< of stacked areas: opaque and calmer than the lines

    std::array<QColor, 4> levels; ///< of findings, by SpanLevel

    const QColor& level(SpanLevel level) const { return levels[static_cast<std::size_t>(level)]; }
    const QColor& trace(TraceColor color) const { return traces[static_cast<std::size_t>(color)]; }
    const QColor& fill(TraceColor color) const { return fills[static_cast<std::size_t>(color)]; }
    /// The light colour of an envelope around a line.
    QColor envelope(TraceColor color) const;

    static PlotColors forPalette(const QPalette& palette);
};

/// Qt 6.4 does not say which scheme the desktop uses; the palette does.
bool isDark(const QPalette& palette);

} // namespace hindcast
