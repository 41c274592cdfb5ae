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
    std::uint64_t startTicks = 0; ///< since the boot: what tells it from a later process of the same number
    CommandUser user;
    std::string tool; ///< path of a jcmd or jstack; "" = it cannot be asked
    std::string whyNot; ///< then
};

/// Writes them down, those that use most CPU time first.
class FindJava final : public Work {
public:
    int run(int descriptor) override;
};

/// Why it cannot be asked any more; "" = it can. To be looked at right before the tool is started, because what that
/// does by a number alone may kill a stranger who has it by then.
std::string whyNoLonger(const JavaProcess& java);

/// What FindJava wrote.
std::vector<JavaProcess> readJavaProcesses(std::string_view text);

} // namespace hindcast::recorder
