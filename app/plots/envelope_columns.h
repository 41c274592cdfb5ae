// EnvelopeColumns: what a trace looks like in each pixel column: smallest, largest and mean value of the samples in it.
// All drawing of traces starts from here.
#pragma once

#include "plots/lane.h"
#include "plots/mean_blocks.h"
#include "plots/pixel_index.h"

#include <cstdint>
#include <vector>

namespace hindcast {

enum class ColumnState : std::uint8_t {
    Outside, ///< before the first or after the last sample
    Measured,
    Gap, ///< should have been measured and was not
    Idle, ///< measured, but there was nothing to average (Trace::isAbsentWhenIdle)
};

struct EnvelopeColumn {
    float minimum = 0;
    float maximum = 0;
    float mean = 0;
    ColumnState state = ColumnState::Outside;
};

/// One entry per pixel column of `index`.
/// Every measured sample lies within [minimum, maximum] of its own column. A column without samples of its own shows
/// what the trace says about that time: the value of the interval it lies in, or a straight line between two instants.
void computeColumns(
    const Trace& trace, const MeanBlocks& means, const PixelIndex& index, std::vector<EnvelopeColumn>& columns);
/// The same without extremes: minimum and maximum equal the mean. For areas piled up, which only show means; there an
/// instant holds until the next one (a count of sockets does not slide from one listing to the next), as valueAt()
/// says.
void computeMeans(
    const Trace& trace, const MeanBlocks& means, const PixelIndex& index, std::vector<EnvelopeColumn>& columns);

} // namespace hindcast
