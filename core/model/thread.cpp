#include "model/thread.h"

namespace hindcast {

const std::vector<EntityColumn>& threadColumns()
{
    static const std::vector<EntityColumn> columns{
        {"thread.user_time", Unit::Seconds, Kind::Counter},
        {"thread.system_time", Unit::Seconds, Kind::Counter},
        {"thread.run_time", Unit::Seconds, Kind::Counter},
        {"thread.run_queue_wait", Unit::Seconds, Kind::Counter},
        {"thread.state", Unit::None, Kind::Gauge},
        {"thread.processor", Unit::None, Kind::Gauge},
        {"thread.minor_faults", Unit::Count, Kind::Counter},
        {"thread.major_faults", Unit::Count, Kind::Counter},
        {"thread.priority", Unit::None, Kind::Gauge},
        {"thread.nice", Unit::None, Kind::Gauge},
    };
    return columns;
}

} // namespace hindcast
