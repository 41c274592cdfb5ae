// bundle_layout: what the place of a file in somebody else's bundle (a sosreport, a pt-stalk or OSWatcher folder) says
// about it, where its text alone leaves that open. Names are hints: a parser that knows its text is always asked.
#pragma once

#include "base/time.h"
#include "model/snapshot.h"
#include "parse/parser.h"

#include <optional>
#include <string>
#include <string_view>

namespace hindcast::parse {

/// The parser for a copy of a file of /proc or /sys by its path in the bundle, "sosreport-web1/proc/meminfo", and for
/// what pt-stalk copies by the name it gives it, "…-procvmstat". Null when there is none, or when it does not know the
/// text.
const Parser* parserByPlace(std::string_view path, std::string_view text);

/// Files that are no measurement whatever their text looks like: settings as they are configured, not as they are, and
/// what is installed.
bool isNeverByContent(std::string_view path);

/// A row without a time may be placed by the name of its file: when the stalk began, on the host's own clock.
struct StalkFile {
    Time begin{}; ///< civil, as if in UTC
    bool isOverall = false; ///< one average over the whole stalk, beside the samples of the same
};
std::optional<StalkFile> stalkFileOf(std::string_view path);

/// What a small file tells about the host as a whole.
struct BundleFacts {
    Host host;
    std::string source; ///< for the list of members: "hostname", "timedatectl"
    std::optional<Time> collectedAt; ///< by the `date` in it
    bool isCollectedLocal = false; ///< civil, as if in UTC
};
/// Nothing for files that tell nothing of the kind. `writtenAt`: of the file, which beside a date tells the host's
/// distance from UTC.
std::optional<BundleFacts> bundleFactsOf(std::string_view path, std::string_view text, std::optional<Time> writtenAt);

/// "Asia/Seoul" of ".../zoneinfo/Asia/Seoul", where etc/localtime leads; "" for other targets.
std::string zoneOfLink(std::string_view target);

} // namespace hindcast::parse
