// The settings below /proc/sys, by walking it: which there are depends on kernel and modules, so no list would be
// whole. Left out is what is no setting, has an effect when read, or is a secret.
#pragma once

#include "denial.h"
#include "root.h"

#include <string>
#include <vector>

namespace hindcast::recorder {

struct SysctlTree {
    std::vector<std::string> paths; ///< of files that may be read, sorted
    std::vector<Denial> denials; ///< folders and files that may not
    std::string leftOut; ///< "path count reason" per line: what is there and was not listed
};
SysctlTree findSysctls(const Root& root);

} // namespace hindcast::recorder
