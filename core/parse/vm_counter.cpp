#include "parse/vm_counter.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {
namespace {

/// kernel include/linux/mmzone.h, enum node_stat_item: these are only ever added to.
constexpr std::array<std::string_view, 7> eventsNamedLikeStates{"nr_dirtied", "nr_foll_pin_acquired",
    "nr_foll_pin_released", "nr_throttled_written", "nr_vmscan_immediate_reclaim", "nr_vmscan_write", "nr_written"};

} // namespace

bool isVmState(std::string_view name)
{
    if (name == "workingset_nodes")
        return true;
    return name.starts_with("nr_")
        && std::find(eventsNamedLikeStates.begin(), eventsNamedLikeStates.end(), name) == eventsNamedLikeStates.end();
}

} // namespace hindcast::parse
