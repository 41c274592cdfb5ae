// ProgramMessage: what one line that a program logged says to a diagnosis: a service that crashed, a limit that was
// reached, a clock that was set. Of all other lines only how serious their own words say they are.
#pragma once

#include "model/snapshot.h"

#include <string_view>

namespace hindcast::parse {

/// `kind` is empty for a message without meaning to a diagnosis.
struct ProgramMessage {
    std::string_view kind; ///< "service-crash", "file-limit", "clock-step", …
    Severity severity = Severity::Info;
    Labels labels; ///< without "kind"
};
ProgramMessage readProgramMessage(std::string_view program, std::string_view text);

/// By the words that programs put in front or in brackets: "ERROR", "[warn]", "fatal:", "level=error".
Severity severityOfWords(std::string_view text);

} // namespace hindcast::parse
