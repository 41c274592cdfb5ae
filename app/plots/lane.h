// Lane: what one horizontal band of the timeline shows: its title, its traces, its limit line. Plain description; the
// drawing belongs to TimePlot.
#pragma once

#include "model/series.h"

#include <QString>

#include <cstdint>
#include <optional>
#include <vector>

namespace hindcast {

/// Places in the colour-blind-safe palette of plots/plot_colors; the meaning of a colour stays the same in all lanes.
enum class TraceColor : std::uint8_t { Blue, Orange, Green, Vermilion, Purple, Sky, Yellow, Neutral };
constexpr std::size_t traceColorCount = 8;

struct Trace {
    const Series* series = nullptr; ///< never null in a lane; lives as long as the snapshot
    QString label; ///< "user", "sda read"; empty when the lane's title says it all
    TraceColor color = TraceColor::Blue;
    bool holdsOverInterval = false; ///< a rate: the value belongs to the interval that ends at its sample
    bool isAbsentWhenIdle =
        false; ///< NaN means that nothing happened (no request to wait for), not that nothing was measured
};

struct LimitLine {
    double value = 0;
    QString label; ///< "8 CPUs"
    QString source; ///< where the limit comes from, for the tooltip
};

enum class LaneForm : std::uint8_t {
    Lines, ///< each trace on its own
    Stack, ///< the traces are parts of a whole and are piled up
};

struct Lane {
    QString id; ///< "cpu", "disk.util", or metric and labels of a chosen one: the same in every load of a capture
    QString title;
    QString meaning; ///< for the tooltip
    Unit unit = Unit::None;
    LaneForm form = LaneForm::Lines;
    std::vector<Trace> traces; ///< not empty
    std::optional<Trace> outline; ///< Stack only: the whole as measured, whose peaks are drawn over the pile
    std::optional<LimitLine> limit;
    std::optional<double>
        fixedMaximum; ///< upper end of the scale whatever the data: 100 of a percentage that is a share
};

} // namespace hindcast
