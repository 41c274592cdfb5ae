#include "trigger_command.h"

#include <algorithm>

namespace hindcast::recorder {

int HelperCommands::start(const std::string& command, std::int64_t timeoutNanoseconds)
{
    constexpr std::size_t mostBytes = 4096; // nothing is written but by a shell that does not come so far
    // Its output is nobody's business here. The shell stays to the end, so that a command killed by a signal has a
    // status as well.
    const std::string script = "exec >/dev/null 2>&1\n" + command + "\nexit $?";
    auto place = std::find_if(
        m_helpers.begin(), m_helpers.end(), [](const auto& helper) { return helper->state() == Helper::State::Idle; });
    if (place == m_helpers.end())
        place = m_helpers.insert(place, std::make_unique<Helper>(m_stuck));
    if ((*place)->startShell(script, timeoutNanoseconds, mostBytes) != 0)
        return -1;
    return static_cast<int>(place - m_helpers.begin());
}

CommandRunner::State HelperCommands::poll(int run, int& exitStatus)
{
    Helper& helper = *m_helpers[static_cast<std::size_t>(run)];
    const Helper::State state = helper.poll();
    if (state == Helper::State::Running)
        return State::Running;
    exitStatus = helper.exitStatus();
    helper.clear();
    return state == Helper::State::Done    ? State::Ended
        : state == Helper::State::TimedOut ? State::TimedOut
                                           : State::Failed;
}

} // namespace hindcast::recorder
