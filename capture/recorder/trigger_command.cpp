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
        m_runs.begin(), m_runs.end(), [](const auto& run) { return run->helper.state() == Helper::State::Idle; });
    if (place == m_runs.end())
        place = m_runs.insert(place, std::make_unique<Run>(m_stuck));
    Run& run = **place;
    if (run.helper.startShell(script, timeoutNanoseconds, mostBytes) != 0)
        return -1;
    run.group = run.helper.process();
    m_keeper.add(run.group);
    return static_cast<int>(place - m_runs.begin());
}

CommandRunner::State HelperCommands::poll(int number, int& exitStatus)
{
    Run& run = *m_runs[static_cast<std::size_t>(number)];
    const Helper::State state = run.helper.poll();
    if (state == Helper::State::Running)
        return State::Running;
    m_keeper.remove(run.group);
    exitStatus = run.helper.exitStatus();
    run.helper.clear();
    return state == Helper::State::Done    ? State::Ended
        : state == Helper::State::TimedOut ? State::TimedOut
                                           : State::Failed;
}

} // namespace hindcast::recorder
