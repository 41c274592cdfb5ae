// GroupKeeper: a process that outlives the recorder by an instant. When the recorder is killed, what its shell commands
// have started ends with it: PR_SET_PDEATHSIG reaches the shell, but not the shell's children.
#pragma once

#include <sys/types.h>

namespace hindcast::recorder {

class GroupKeeper {
public:
    GroupKeeper() = default;
    ~GroupKeeper();
    GroupKeeper(const GroupKeeper&) = delete;
    GroupKeeper& operator=(const GroupKeeper&) = delete;

    /// A process group that is to end with the recorder. The first one starts the process; where that cannot be had the
    /// group does without.
    void add(pid_t group) { tell(group); }
    /// It has ended, or was ended: the number may be another's from now on.
    void remove(pid_t group) { tell(-group); }

private:
    void start();
    void tell(pid_t change);

    pid_t m_process = -1;
    int m_pipe = -1; ///< its other end sees when the recorder is gone
};

} // namespace hindcast::recorder
