// oom_kills: what the two questions about killed processes share: reading the kernel's words, or its counter when the
// words were not recorded.
#pragma once

#include "diagnose/inquiry.h"

namespace hindcast::diagnose {

enum class OomScope : std::uint8_t { Host, Cgroup };

/// Answers the rule of that scope.
RuleResult oomKills(const Inquiry& inquiry, OomScope scope);
/// Needs and parameters are the same for both.
void setOomNeeds(Rule& rule);

} // namespace hindcast::diagnose
