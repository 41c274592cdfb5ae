// redactCapture: a capture that was taken already, without its secrets: hindcast-report redact. The copy is a capture
// like any other, with checksums, digests and index of its own.
#pragma once

#include "archive/archive.h"
#include "redact/redaction.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hindcast::report {

struct RedactionWish {
    bool isStrict = false;
    std::filesystem::path list; ///< of pseudonyms; empty: beside the copy, with ".pseudonyms"
};

struct RedactionResult {
    std::uint64_t members = 0, ticks = 0;
    std::vector<std::string> leftOut; ///< what could not be read, and is not in the copy
    redact::RedactionTotals totals;
    std::uint64_t packets = 0, payloads = 0;
    std::uint64_t pseudonyms = 0;
    std::filesystem::path list; ///< empty without pseudonyms
};

/// errors as Archive::open, "not a capture: …", "already there", and what keeps the copy from being written; nothing is
/// left behind then
Result<RedactionResult> redactCapture(
    const std::filesystem::path& input, const std::filesystem::path& output, const RedactionWish& wish);

/// For people, one line per kind.
std::string redactionText(const std::filesystem::path& output, const RedactionResult& result);

} // namespace hindcast::report
