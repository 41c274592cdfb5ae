// wire.*: what the conversations of a packet capture look like second by second, as ordinary series for lanes, rules
// and statistics.
#pragma once

#include "model/series.h"
#include "model/snapshot.h"

#include <vector>

namespace hindcast::tcp {

/// Rates of segments, retransmissions, new and failed connections, and the median round trip.
/// out   gauges of source "pcap", one value per whole second of UTC, stamped at its end; a silence of more than ten
///       minutes is one value. Not sealed. Empty when there is no segment.
/// gaps  wire.rtt is NaN in a second without a measured round trip; an acknowledgment of anything that was sent more
///       than once measures none
std::vector<Series> wireSeries(const PacketCapture& capture);

} // namespace hindcast::tcp
