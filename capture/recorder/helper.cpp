#include "helper.h"

#include "clocks.h"
#include "priority.h"
#include "read_buffer.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

void closeFrom(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0U) == 0)
        return;
    const auto most = static_cast<unsigned>(sysconf(_SC_OPEN_MAX)); // before Linux 5.9
    for (unsigned descriptor = first; descriptor <= last && descriptor < most; ++descriptor)
        close(static_cast<int>(descriptor));
}

/// Neither where we were started nor what our environment holds may lead a program of ours astray. 0 or errno.
int cleanSurroundings()
{
    if (chdir("/") != 0)
        return errno;
    return clearenv() != 0 || setenv("PATH", systemPath, 1) != 0 ? ENOMEM : 0;
}

/// It may have ended before we asked to end with it (man 2 prctl, PR_SET_PDEATHSIG).
void endUnlessChildOf(pid_t recorder)
{
    if (getppid() != recorder)
        _exit(126);
}

/// Before anything of theirs runs: they must not reach our terminal. 0 or errno.
int becomeUser(const CommandUser& user)
{
    if (setsid() < 0)
        return errno;
    if (geteuid() == 0 && setgroups(1, &user.gid) != 0)
        return errno;
    if (setresgid(user.gid, user.gid, user.gid) != 0 || setresuid(user.uid, user.uid, user.uid) != 0)
        return errno;
    prctl(PR_SET_PDEATHSIG, SIGKILL); // which another identity forgets (man 2 prctl)
    return 0;
}

} // namespace

void beginHelper()
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int number : {SIGPIPE, SIGCHLD}) // not SIGXFSZ: ulimit -f stays EFBIG for a helper that writes
        std::signal(number, SIG_DFL);
    yieldPriority();
    // Ctrl-C, pkill and a service manager reach the helpers too; the recorder, which still needs them, ends them
    // itself.
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1})
        std::signal(number, SIG_IGN);
}

void closeAllBut(int kept, int alsoKept)
{
    const int lower = std::min(kept, alsoKept), upper = std::max(kept, alsoKept);
    unsigned next = 0;
    for (const int one : {lower, upper}) {
        if (one < 0)
            continue;
        if (one > 0)
            closeFrom(next, static_cast<unsigned>(one) - 1);
        next = static_cast<unsigned>(one) + 1;
    }
    closeFrom(next, ~0U);
}

bool StuckHelpers::isFull()
{
    std::erase_if(m_processes, [this](pid_t process) { return reap(process) != 0; });
    return m_processes.size() >= most;
}

pid_t StuckHelpers::reap(pid_t process, int* status)
{
    rusage usage{};
    const pid_t reaped = wait4(process, status, WNOHANG, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime})
        if (reaped == process)
            m_cpuOfEnded += std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1000;
    return reaped;
}

std::int64_t StuckHelpers::cpuOfStuck() const
{
    std::int64_t sum = 0;
    for (const pid_t process : m_processes)
        sum += cpuOf(process);
    return sum;
}

Helper::~Helper()
{
    clear();
}

int Helper::start(Work& work, int kept, std::int64_t patienceNanoseconds, std::size_t mostBytes)
{
    int ends[2];
    if (const int failure = prepare(ends))
        return failure;
    const pid_t recorder = getpid();
    const pid_t child = fork();
    if (child == 0) {
        beginHelper();
        endUnlessChildOf(recorder);
        fcntl(ends[1], F_SETFL, 0); // blocking: the recorder empties the pipe when it comes by
        if (!work.keepsDescriptors())
            closeAllBut(ends[1], kept);
        _exit(work.run(ends[1]));
    }
    m_isGroup = false;
    return watch(child, ends, patienceNanoseconds, mostBytes);
}

int Helper::startCommand(const std::vector<std::string>& arguments, std::int64_t patienceNanoseconds,
    std::size_t mostBytes, const CommandUser* user)
{
    return startProgram(arguments, Surroundings::Clean, patienceNanoseconds, mostBytes, user);
}

int Helper::startShell(const std::string& script, std::int64_t patienceNanoseconds, std::size_t mostBytes)
{
    return startProgram({"/bin/sh", "-c", script}, Surroundings::Inherited, patienceNanoseconds, mostBytes, nullptr);
}

int Helper::startProgram(const std::vector<std::string>& arguments, Surroundings surroundings,
    std::int64_t patienceNanoseconds, std::size_t mostBytes, const CommandUser* user)
{
    int ends[2];
    if (arguments.empty() || !arguments.front().starts_with('/'))
        return EINVAL;
    if (const int failure = prepare(ends))
        return failure;
    const pid_t recorder = getpid();
    const pid_t child = fork();
    if (child == 0) {
        beginHelper();
        endUnlessChildOf(recorder);
        fcntl(ends[1], F_SETFL, 0);
        runProgram(arguments, surroundings, ends[1], user);
    }
    if (child > 0 && !user)
        setpgid(child, child); // by both, because either may come first
    m_isGroup = true;
    return watch(child, ends, patienceNanoseconds, mostBytes);
}

void Helper::runProgram(
    const std::vector<std::string>& arguments, Surroundings surroundings, int descriptor, const CommandUser* user)
{
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXFSZ}) // in a group of its own
        std::signal(number, SIG_DFL);
    if (surroundings == Surroundings::Clean && cleanSurroundings() != 0)
        _exit(126);
    if (!user)
        setpgid(0, 0);
    else if (becomeUser(*user) != 0)
        _exit(126);
    const int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0)
        dup2(nothing, STDIN_FILENO);
    else
        close(STDIN_FILENO);
    dup2(descriptor, STDOUT_FILENO);
    dup2(descriptor, STDERR_FILENO);
    closeFrom(3, ~0U);
    std::vector<char*> words;
    for (const std::string& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    execv(words[0], words.data());
    _exit(errno == ENOENT ? 127 : 126); // as shells have it
}

int Helper::prepare(int (&ends)[2])
{
    if (m_state == State::Running || m_stuck.isFull())
        return EBUSY;
    clear();
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0 ? errno : 0;
}

int Helper::watch(pid_t child, int (&ends)[2], std::int64_t patienceNanoseconds, std::size_t mostBytes)
{
    const int failure = child < 0 ? errno : 0;
    close(ends[1]);
    if (failure != 0) {
        close(ends[0]);
        return failure;
    }
    m_child = child;
    m_pipe = ends[0];
    m_isFinished = false;
    m_begin = monotonicNow();
    m_deadline = m_begin + patienceNanoseconds;
    m_mostBytes = mostBytes;
    m_state = State::Running;
    return 0;
}

Helper::State Helper::poll()
{
    if (m_state != State::Running)
        return m_state;
    readBytes();
    if (m_bytes.size() > m_mostBytes) {
        m_bytes.resize(m_mostBytes);
        end(State::Died);
    } else if (m_isFinished) {
        // The end of its output comes a moment before its own end; what lives on after closing it has no answer to
        // give.
        int status = 0;
        if (m_stuck.reap(m_child, &status) == m_child) {
            m_child = -1;
            m_exitStatus = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
            end(WIFEXITED(status) ? State::Done : State::Died);
        } else if (monotonicNow() > m_deadline) {
            end(State::TimedOut);
        }
    } else if (monotonicNow() > m_deadline) {
        end(State::TimedOut);
    }
    return m_state;
}

void Helper::readBytes()
{
    char bytes[16384];
    while (!m_isFinished && m_bytes.size() <= m_mostBytes) {
        const ssize_t got = read(m_pipe, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return;
        m_isFinished = got == 0;
        m_bytes.append(bytes, static_cast<std::size_t>(got));
    }
}

void Helper::end(State state)
{
    m_state = state;
    kill();
    if (m_pipe >= 0)
        close(std::exchange(m_pipe, -1));
}

void Helper::kill()
{
    if (m_child < 0)
        return;
    ::kill(m_isGroup ? -m_child : m_child, SIGKILL);
    if (m_isGroup)
        ::kill(m_child, SIGKILL); // it may not have its group yet
    if (m_stuck.reap(m_child) == 0)
        m_stuck.add(m_child);
    m_child = -1;
}

void Helper::clear()
{
    end(State::Idle);
    m_bytes.clear();
    m_exitStatus = 0;
}

} // namespace hindcast::recorder
