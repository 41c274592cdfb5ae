// load: from an archive to a Snapshot, on the calling thread and its helpers; meant to be called from a worker.
#pragma once

#include "archive/archive.h"
#include "base/progress.h"
#include "base/result.h"
#include "model/snapshot.h"

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

struct LoadOptions {
    archive::Detail detail = archive::Detail::Full; ///< Keyframes: the quick first look at a long capture
    unsigned jobs = 0; ///< threads; 0 = as many as there are CPUs
    std::string source; ///< treat a bare file as this source id; "" = recognise it
    std::map<std::string, std::string> memberSources; ///< the same for members of a folder or bundle, by their paths
    std::string assumedZone; ///< what texts without a zone are of, when the input does not tell; "" = UTC, and said
    /// Whether a folder's files were written when the file system says: not for copies, whose times are of the copying.
    bool trustsFileTimes = true;
};

/// Reads everything that some parser knows, derives metrics, builds pyramids.
/// out    null when stopped: cancelling is not an error
/// errors nothing recognised, out of memory; damage that leaves something readable is in Snapshot::notes and isPartial
Result<std::shared_ptr<const Snapshot>> load(archive::Archive& archive, const LoadOptions& options = {},
    const Progress& progress = {}, std::stop_token stop = {});

/// Whether LoadOptions::source may be this id: a parser's, or that of packet captures.
bool isKnownSource(std::string_view id);

/// Convenience: open + load.
/// `hosts`: gets the paths to load instead when the bundles of several hosts lie side by side in it, which are never
/// read as one: then the result is an error that says so.
Result<std::shared_ptr<const Snapshot>> loadPath(const std::string& path, const LoadOptions& options = {},
    const Progress& progress = {}, std::stop_token stop = {}, std::vector<std::string>* hosts = nullptr);

/// Captures longer than this many segments are worth a first look at Detail::Keyframes.
constexpr std::size_t partsWorthKeyframes = 30;

} // namespace hindcast::parse
