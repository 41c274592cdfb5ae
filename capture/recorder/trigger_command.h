// HelperCommands: runs the commands of triggers in helper processes, each with its deadline, so that none of them can
// hold up a tick.
#pragma once

#include "group_keeper.h"
#include "helper.h"
#include "trigger_watch.h"

#include <memory>
#include <vector>

namespace hindcast::recorder {

class HelperCommands final : public CommandRunner {
public:
    explicit HelperCommands(StuckHelpers& stuck)
        : m_stuck(stuck)
    {
    }
    int start(const std::string& command, std::int64_t timeoutNanoseconds) override;
    State poll(int run, int& exitStatus) override;

private:
    StuckHelpers& m_stuck;
    struct Run {
        explicit Run(StuckHelpers& stuck)
            : helper(stuck)
        {
        }
        Helper helper;
        pid_t group = 0;
    };
    GroupKeeper m_keeper; ///< ends after the helpers, which end what still runs
    std::vector<std::unique_ptr<Run>> m_runs; ///< by number; an idle one is taken again
};

} // namespace hindcast::recorder
