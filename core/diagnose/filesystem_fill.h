// filesystem_fill: how full each file system is at every listing, from the recorder's own series or from text of df.
#pragma once

#include "diagnose/finding.h"
#include "model/snapshot.h"

#include <optional>
#include <string>
#include <vector>

namespace hindcast::diagnose {

/// One file system; NaN = not told.
struct FilesystemFill {
    std::string mount, device;
    std::string source, member;
    std::vector<Time> times; ///< of the listings; one for df without a time
    std::vector<double> available, total; ///< bytes programs may have; those and the used ones together
    std::vector<double> inodes, inodesFree;
    bool isImage = false; ///< read-only and full by nature: squashfs, ISO 9660
};

/// Each file system once, by mount.
std::vector<FilesystemFill> filesystemFills(const Snapshot& snapshot);

/// A look at the beginning says nothing of what filled up later: what is missing when nobody looked during the second
/// half of a capture. Nothing when somebody did, or when there is no capture around the listing.
std::optional<MissingInput> laterLook(const Snapshot& snapshot, const std::vector<FilesystemFill>& fills);

} // namespace hindcast::diagnose
