// The local file systems of a mount table, as text in: which are asked for their free space, and under which mount
// point.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

struct LocalMount {
    std::string device; ///< "/dev/vda1", "tmpfs"
    std::string mount; ///< "/var"
    std::string type; ///< "ext4"
};

/// `mountinfo` is the text of /proc/<pid>/mountinfo (man 5 proc). Only types that live on this machine: asking those of
/// the network or of FUSE may hang. Each device once, at its shortest mount point; what another mount covers is left
/// out.
std::vector<LocalMount> localMounts(std::string_view mountinfo);

} // namespace hindcast::recorder
