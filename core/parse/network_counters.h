// NetworkCounters: what the counters of the network stack mean, by the kernel's names for protocol and value. The texts
// of /proc/net/snmp and /proc/net/netstat and the sentences of netstat -s are read with them, so that a counter has one
// metric name wherever it was read.
#pragma once

#include "parse/paired_lines.h"

#include <span>
#include <string_view>

namespace hindcast::parse {

/// Values with words of their own; all others are called <protocol>.<name in snake case>.
std::span<const ProtocolValue> networkCounters();
/// Null for a value without words of its own.
const ProtocolValue* networkCounter(std::string_view protocol, std::string_view name);

} // namespace hindcast::parse
