// members and verify: what an input holds, who read it, and whether it is whole.
#pragma once

#include "archive/verify.h"
#include "model/snapshot.h"

#include <string>

namespace hindcast::report {

/// A row per member; `\n` at the end.
std::string membersText(const Snapshot& snapshot);
/// One JSON array of objects: path, source (null = nothing read it), bytes, samples, skipped, errno, first_problem.
std::string membersJson(const Snapshot& snapshot);

std::string verifyText(const std::string& path, const archive::Verdict& verdict);
std::string verifyJson(const std::string& path, const archive::Verdict& verdict);

} // namespace hindcast::report
