// copyFile(): bytes of one file behind those of another without passing through the recorder: on file systems that can
// share extents nothing is copied at all.
#pragma once

#include <cstdint>

namespace hindcast::recorder {

/// Appends `bytes` of `source`, from its beginning, at the place where `target` stands; `copied` counts what arrived.
/// 0 or an errno; EIO when the source is shorter.
int copyFile(int source, int target, std::uint64_t bytes, std::uint64_t& copied);

} // namespace hindcast::recorder
