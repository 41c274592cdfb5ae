// Filesystems: how full the local file systems are (block hindcast/filesystems). They are asked in a process of its
// own, because statfs can hang for ever: a tick only takes what that process has written by then.
#pragma once

#include "denial.h"
#include "mount_list.h"
#include "read_buffer.h"
#include "root.h"

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace hindcast::recorder {

class Filesystems {
public:
    explicit Filesystems(const Root& root);
    ~Filesystems();
    Filesystems(const Filesystems&) = delete;
    Filesystems& operator=(const Filesystems&) = delete;

    /// Begins to ask, before the first tick, so that it has the answers.
    void start(ReadBuffer& buffer);
    /// Appends the block when all answers are there, or the time for them is over; every so many ticks asks anew.
    void sample(std::uint64_t tick, ReadBuffer& buffer, std::string& blocks);
    std::vector<Denial> denials() const { return m_denials; }

private:
    void ask(std::optional<std::uint64_t> tick, ReadBuffer& buffer);
    [[noreturn]] void answer(int descriptor) const;
    void collect(std::string& blocks);
    void readAnswers();
    bool isChildGone();
    void noteHangs();

    const Root& m_root;
    std::vector<LocalMount> m_mounts; ///< being asked, in this order
    std::vector<std::string> m_hanging; ///< mount points that did not answer, said once, asked last
    pid_t m_child = -1;
    int m_pipe = -1; ///< where the child's answers come from
    bool m_isFinished = false; ///< the child has closed its end
    std::int64_t m_begin = 0;
    std::uint64_t m_nextTick = 0;
    std::string m_answers;
    std::vector<Denial> m_denials;
};

} // namespace hindcast::recorder
