#include "parse/kernel_units.h"

namespace hindcast::parse {

double clockTicksPerSecond(const Host& host, Builder& out)
{
    if (host.clockTicks && *host.clockTicks > 0)
        return *host.clockTicks;
    out.note(NoteSeverity::Info, "the clock tick is not recorded: taken as 1/100 s, which nearly every machine has");
    return 100;
}

double pageSizeBytes(const Host& host, Builder& out)
{
    if (host.pageSizeBytes && *host.pageSizeBytes > 0)
        return *host.pageSizeBytes;
    out.note(NoteSeverity::Info, "the page size is not recorded: taken as 4096 bytes");
    return 4096;
}

} // namespace hindcast::parse
