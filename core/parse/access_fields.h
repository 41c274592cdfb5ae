// The fields of a request that have names (JSON, LTSV, "rt=0.012" behind the agent), and the times that have none.
#pragma once

#include "parse/access_line.h"

#include <string>
#include <string_view>

namespace hindcast::parse {

/// Reads what stands behind status and bytes: the referer, the agent, and any times behind them.
void readUnnamedTimes(std::string_view rest, AccessRequest& request);

/// A line of LTSV: "time:[…]<TAB>host:198.51.100.7<TAB>status:200…".
std::optional<AccessRequest> readAccessLtsv(std::string_view line);

/// A JSON object. `buffers` holds unescaped texts that the request views.
struct AccessBuffers {
    std::string path, client, request, time;
};
std::optional<AccessRequest> readAccessJson(std::string_view line, AccessBuffers& buffers);

} // namespace hindcast::parse
