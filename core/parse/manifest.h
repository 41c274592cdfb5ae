// manifest: the facts about host and recorder at the head of each segment (capture/FORMAT.md, "manifest.json").
#pragma once

#include "base/result.h"
#include "model/snapshot.h"

#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// Fields that are missing or of another type than expected stay unset.
/// errors "manifest.json is not JSON", "schema 2 is newer than this program reads"
Result<Host> parseManifest(std::string_view json);

/// The segment's first tick by its manifest: the one that lists all processes.
std::optional<std::uint64_t> manifestFirstTick(std::string_view json);

/// A source that the recorder could not read, as `denials` of the manifest lists it.
struct Denial {
    std::string path; ///< "/proc/slabinfo", "packets/eth0", "dmesg"
    int errorNumber = 0;
};
/// Those that say something to a reader: a file that this kernel or device simply has not got is left out.
std::vector<Denial> manifestDenials(std::string_view json);

/// PRETTY_NAME of an os-release file; "" when absent. Source: man 5 os-release.
std::string distributionName(std::string_view osRelease);

/// Takes over what `into` does not know yet.
void mergeHost(Host& into, const Host& from);

} // namespace hindcast::parse
