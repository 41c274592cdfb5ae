// KernelMessage: what one line of the kernel's log says by itself. It knows the messages that matter for a diagnosis
// and labels them with what they name: the process killed, the disk that failed, the port that was flooded.
#pragma once

#include "model/snapshot.h"

#include <string_view>

namespace hindcast::parse {

/// `kind` is empty for a message without meaning to a diagnosis.
struct KernelMessage {
    std::string_view kind; ///< "oom-kill", "hung-task", "io-error", …
    Severity severity = Severity::Info;
    Labels labels; ///< without "kind"
};
KernelMessage readKernelMessage(std::string_view text);

} // namespace hindcast::parse
