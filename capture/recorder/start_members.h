// The members start/… and end/…: what is read once before the first tick, and in part once more after the last.
#pragma once

#include "denial.h"
#include "framing/capture_writer.h"
#include "root.h"
#include "system_answers.h"

#include <string>
#include <vector>

namespace hindcast::recorder {

enum class Moment { Start, End };

/// Reads them all into a frame of their own. 0 or what the writer returned; what cannot be read goes to `denials`. What
/// may hang is asked in another process and left out after a second.
int writeMembers(Moment moment, const Root& root, const TimeZone& zone, framing::CaptureWriter& writer,
    std::vector<Denial>& denials);

/// What is read and asked besides the files of capture/sources.txt, one per line, for people (--dry-run).
void addMemberIntentions(const Root& root, std::vector<std::string>& lines);

} // namespace hindcast::recorder
