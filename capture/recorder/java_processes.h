// JavaProcesses: which Java virtual machines run here, and with what each can be asked for its threads. It reads what
// may block, so it runs in a process of its own.
#pragma once

#include "helper.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace hindcast::recorder {

struct JavaProcess {
    pid_t pid = 0;
    CommandUser user;
    std::string tool; ///< path of a jcmd or jstack; "" = it cannot be asked
    std::string whyNot; ///< then
};

/// Writes them down, those that use most CPU time first.
class FindJava final : public Work {
public:
    int run(int descriptor) override;
};

/// What FindJava wrote.
std::vector<JavaProcess> readJavaProcesses(std::string_view text);

} // namespace hindcast::recorder
