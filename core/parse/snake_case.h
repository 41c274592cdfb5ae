// snakeCase: the systematic part of a metric name, made from the kernel's own spelling of a value that has no canonical
// name. "TCPAbortOnData" becomes "tcp_abort_on_data", "Active(anon)" becomes "active_anon".
#pragma once

#include <string>
#include <string_view>

namespace hindcast::parse {

/// Lower case; a word begins at a capital after a small letter or digit, and at the last capital of a run that a small
/// letter follows. Everything but letters and digits becomes one "_". At most 64 characters: names come from the input.
std::string snakeCase(std::string_view name);

} // namespace hindcast::parse
