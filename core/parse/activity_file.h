// ActivityFile: the binary files in which sysstat's sadc collects, /var/log/sa/sa20. Their form changes with every few
// versions, and only sysstat's own sadf knows them all; so it is run, when it is installed, and asked for JSON.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace hindcast::parse {

/// By the first bytes: the magic number 0xd596 in either byte order (sysstat 8.1 and later, sa.h), or the fields in
/// front of the machine's name of the versions before.
bool isActivityFile(std::string_view beginning);

struct ActivityFileLimits {
    std::chrono::seconds time{60};
    std::uint64_t bytes = std::uint64_t{1} << 30; ///< of JSON
};

/// What `sadf -j` prints of the file, times in UTC; sadf_json reads it. `plainPath` is the file itself when it lies on
/// disk as it is; "" = it is written to a temporary file first. An Error says in the user's words that sadf is not
/// installed or what it has against the file. Blocks until sadf is done.
Result<std::string> readActivityFile(
    std::string_view bytes, const std::string& plainPath = {}, const ActivityFileLimits& limits = {});

} // namespace hindcast::parse
