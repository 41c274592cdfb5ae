// How a long task says where it stands. Called from worker threads; implementations must be thread-safe.
#pragma once

#include <cstdint>
#include <functional>

namespace hindcast {

struct ProgressReport {
    std::uint64_t bytesDone = 0;
    std::uint64_t bytesTotal = 0; ///< 0 = not known (a pipe)
};
/// `bytesDone` never falls within one task.
using Progress = std::function<void(const ProgressReport&)>;

} // namespace hindcast
