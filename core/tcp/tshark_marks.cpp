#include "tcp/tshark_marks.h"

#include <array>

namespace hindcast::tcp {

std::string_view tsharkMarkName(TsharkMark mark)
{
    static constexpr std::array<std::string_view, tsharkMarkCount> names{"retransmission", "fast_retransmission",
        "spurious_retransmission", "out_of_order", "duplicate_ack", "lost_segment", "ack_lost_segment", "zero_window",
        "window_full", "window_update", "keep_alive", "keep_alive_ack", "reused_ports", "zero_window_probe",
        "zero_window_probe_ack"};
    return names[static_cast<std::size_t>(mark)];
}

} // namespace hindcast::tcp
