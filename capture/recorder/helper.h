// Helper: work that may block for ever (statfs, a command, a file of a slow file system), done in a process of its own
// with a deadline. The recorder takes the bytes when they come, and goes on without them when they do not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace hindcast::recorder {

/// What a helper process does. Runs in the child, where only `descriptor` and those asked for are open.
class Work {
public:
    virtual ~Work() = default;
    /// Writes its result to `descriptor`; returns the exit status of the process.
    virtual int run(int descriptor) = 0;
    /// The child keeps all descriptors, and closes none but those it opened for its work.
    virtual bool keepsDescriptors() const { return false; }
};

/// Helpers that were killed and did not end, because the kernel holds them in an uninterruptible sleep. With too many
/// of them nothing more is asked: whatever hangs, hangs for the next one too.
class StuckHelpers {
public:
    static constexpr std::size_t most = 4;

    bool isFull(); ///< after taking leave of those that ended meanwhile
    void add(pid_t process) { m_processes.push_back(process); }
    /// As waitpid() with WNOHANG, of any of the helpers that belong here; remembers what CPU time it had.
    pid_t reap(pid_t process, int* status = nullptr);

    /// CPU nanoseconds of those that were reaped, and of those that still do not end.
    std::int64_t cpuOfEnded() const { return m_cpuOfEnded; }
    std::int64_t cpuOfStuck() const;

private:
    std::vector<pid_t> m_processes;
    std::int64_t m_cpuOfEnded = 0;
};

/// Where the system's own programs are: folders that only root may change, whatever PATH we were started with.
constexpr const char* systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Whose leave a command runs with, when it is asked for by us but concerns another.
struct CommandUser {
    uid_t uid = 0;
    gid_t gid = 0;
};

class Helper {
public:
    explicit Helper(StuckHelpers& stuck)
        : m_stuck(stuck)
    {
    }
    /// Kills a process that still runs; one that does not end is left to the system, told to die with us.
    ~Helper();
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;

    enum class State {
        Idle, ///< nothing was started, or it was taken
        Running,
        Done, ///< it ended by itself: exitStatus() and bytes() are its answer
        TimedOut, ///< killed at its deadline; bytes() is what had come
        Died, ///< by a signal, or because the answer was too long
    };
    /// 0 or errno; EBUSY with too many stuck ones, or when it still runs. `kept`: a descriptor the work needs, or -1.
    int start(Work& work, int kept, std::int64_t patienceNanoseconds, std::size_t mostBytes);
    /// A program of ours, named by its absolute path (else EINVAL), with standard output and standard error as its
    /// answer, nothing to read, niced, in the root folder, in a group of its own that is killed as a whole. Of its
    /// environment there is only the PATH of the system's own programs. Exit status 127: not there.
    /// With a `user` it runs as that one (else exit status 126), in a session of its own.
    int startCommand(const std::vector<std::string>& arguments, std::int64_t patienceNanoseconds, std::size_t mostBytes,
        const CommandUser* user = nullptr);
    /// A line that the user of the recorder asked for, by /bin/sh, with the environment and in the folder they gave us.
    int startShell(const std::string& script, std::int64_t patienceNanoseconds, std::size_t mostBytes);

    /// Takes what has come, without waiting; ends it when it is over.
    State poll();
    State state() const { return m_state; }
    pid_t process() const { return m_child; } ///< and its group, of a command; -1 when it has ended
    const std::string& bytes() const { return m_bytes; }
    int exitStatus() const { return m_exitStatus; } ///< 0 … 255 when Done
    std::int64_t begin() const { return m_begin; } ///< CLOCK_MONOTONIC
    /// For poll(); -1 when nothing runs.
    int descriptor() const { return m_pipe; }
    /// Forgets the answer: Idle again. A process that still runs is killed.
    void clear();

private:
    enum class Surroundings { Clean, Inherited };
    int startProgram(const std::vector<std::string>& arguments, Surroundings surroundings,
        std::int64_t patienceNanoseconds, std::size_t mostBytes, const CommandUser* user);
    [[noreturn]] static void runProgram(
        const std::vector<std::string>& arguments, Surroundings surroundings, int descriptor, const CommandUser* user);
    int prepare(int (&ends)[2]);
    int watch(pid_t child, int (&ends)[2], std::int64_t patienceNanoseconds, std::size_t mostBytes);
    void readBytes();
    void end(State state);
    void kill();

    StuckHelpers& m_stuck;
    State m_state = State::Idle;
    pid_t m_child = -1;
    bool m_isGroup = false;
    int m_pipe = -1;
    bool m_isFinished = false; ///< the child has closed its end
    std::int64_t m_begin = 0, m_deadline = 0;
    std::size_t m_mostBytes = 0;
    std::string m_bytes;
    int m_exitStatus = 0;
};

/// First of all in a child: the recorder's ways with signals are not its child's, which must not outlive it.
void beginHelper();
/// Closes every descriptor but these two (-1 = none).
void closeAllBut(int kept, int alsoKept);

} // namespace hindcast::recorder
