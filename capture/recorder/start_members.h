// The members start/… and end/…: what is read once before the first tick, and in part once more after the last.
#pragma once

#include "denial.h"
#include "framing/capture_writer.h"
#include "root.h"
#include "system_answers.h"

#include <vector>

namespace hindcast::recorder {

enum class Moment { Start, End };

/// Reads them all into a frame of their own. 0 or the errno of the output; what cannot be read goes to `denials`.
int writeMembers(Moment moment, const Root& root, const TimeZone& zone, framing::CaptureWriter& writer,
    std::vector<Denial>& denials);

} // namespace hindcast::recorder
