// SysstatJson: what iostat and mpstat print with -o JSON, object by object as it is read, so that a text that ends
// early costs only what is missing. Source: sysstat iostat.c and mpstat.c, the json_* functions.
#pragma once

#include "parse/sysstat_text.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hindcast::parse {

/// Whether a text is such JSON: of iostat, mpstat, or of sadf, which has other names inside.
bool isSysstatJson(std::string_view beginning);

/// One object: its own numbers and texts, without those of objects inside it.
struct JsonRecord {
    std::string name; ///< the key under which it, or the list it is in, stands: "avg-cpu", "disk", "statistics"
    std::vector<std::pair<std::string, double>> numbers;
    std::vector<std::pair<std::string, std::string>> texts;
    const std::vector<JsonRecord>* outer = nullptr; ///< the objects around it, so far as they were read

    std::optional<std::string_view> textOf(std::string_view key) const;
    /// Of the nearest object around it that has it.
    std::optional<std::string_view> outerText(std::string_view key) const;
    std::optional<double> outerNumber(std::string_view key) const;
    /// The names of its numbers: the same for records of one kind.
    std::string keyOfNumbers() const;
};

/// Calls `take` at the end of each object. False when the text is damaged or ends early.
bool readSysstatJson(std::string_view text, const std::function<void(const JsonRecord&)>& take);

/// What the texts begin with, from the objects around a record.
std::optional<SarBanner> bannerOf(const JsonRecord& record);

} // namespace hindcast::parse
