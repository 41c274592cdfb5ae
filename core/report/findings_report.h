// findings_report: the diagnosis as text for people and as JSON for everything else.
#pragma once

#include "diagnose/diagnose.h"
#include "model/snapshot.h"

#include <string>

namespace hindcast::report {

struct FindingsTextOptions {
    std::chrono::seconds utcOffset{0}; ///< of the times shown
    std::string zoneName = "UTC";
};

/// Headline, the principal with its evidence, its consequences, other findings, what was clear, what could not be
/// judged and why.
std::string findingsText(
    const Snapshot& snapshot, const diagnose::Diagnosis& diagnosis, const FindingsTextOptions& options);

/// The short form for the summary: headline, principal with its evidence, one line for each other finding, how many
/// questions were clear, which could not be answered.
std::string bottleneckText(
    const Snapshot& snapshot, const diagnose::Diagnosis& diagnosis, const FindingsTextOptions& options);

/// Objects of a JSON array without its brackets, separated by commas: one for each finding, clear rule and rule that
/// could not be judged. Their `answer` tells which; `input` is the path given.
std::string findingsJsonItems(const Snapshot& snapshot, const diagnose::Diagnosis& diagnosis);

} // namespace hindcast::report
