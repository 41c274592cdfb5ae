// What other tools recorded on this host before: their files of the last day. Listed always, copied when asked for.
#pragma once

#include "helper.h"
#include "options.h"
#include "root.h"

#include "framing/capture_writer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

struct HistoryFile {
    std::string path;
    std::uint64_t bytes = 0;
    std::int64_t modifiedSeconds = 0;
};
/// Of sysstat, atop, below and pcp, sorted by path. `denials`: "path errno" of folders that may not be read.
std::vector<HistoryFile> findHistory(const Root& root, std::string& denials);

/// "path bytes modified_s" per line; a folder that may not be read: "# path errno N".
std::string historyText(const Root& root);

/// Copies what was written since a day before now into members history/<path>, the newest first, 16 MiB of a file and
/// 64 MiB in all, read in another process; end/hindcast/history says what became of each. Only what can hold no secret
/// that `redaction` would take out. 0 or what the writer returned.
int copyHistory(const Root& root, Redaction redaction, StuckHelpers& stuck, framing::CaptureWriter& writer);

} // namespace hindcast::recorder
