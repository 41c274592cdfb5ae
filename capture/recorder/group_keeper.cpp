#include "group_keeper.h"

#include "helper.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hindcast::recorder {
namespace {

/// Until nobody holds the other end: a number is a group to watch, its negative one that needs it no more.
[[noreturn]] void keepGroups(int pipe)
{
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) // meant for the recorder, whose end is what counts
        std::signal(number, SIG_IGN);
    std::vector<pid_t> groups;
    pid_t change = 0;
    for (;;) {
        const ssize_t got = read(pipe, &change, sizeof change); // whole ones: they are written at once (man 7 pipe)
        if (got < 0 && errno == EINTR)
            continue;
        if (got != sizeof change)
            break;
        if (change > 0)
            groups.push_back(change);
        else
            groups.erase(std::remove(groups.begin(), groups.end(), -change), groups.end());
    }
    for (const pid_t group : groups)
        kill(-group, SIGKILL);
    _exit(0);
}

} // namespace

GroupKeeper::~GroupKeeper()
{
    if (m_pipe >= 0)
        close(m_pipe);
    if (m_process < 0)
        return;
    kill(m_process, SIGKILL); // those of its groups that still run are ended by their helpers
    waitpid(m_process, nullptr, 0);
}

void GroupKeeper::start()
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    m_process = fork();
    if (m_process == 0) {
        closeAllBut(ends[0], -1);
        keepGroups(ends[0]);
    }
    close(ends[0]);
    if (m_process < 0)
        close(ends[1]);
    else
        fcntl(m_pipe = ends[1], F_SETFL, O_NONBLOCK); // whoever stops it does not stop us
}

void GroupKeeper::tell(pid_t change)
{
    if (m_process < 0 && change > 0)
        start();
    if (m_pipe >= 0 && write(m_pipe, &change, sizeof change) != sizeof change)
        close(std::exchange(m_pipe, -1)); // somebody has killed it
}

} // namespace hindcast::recorder
