// Threads: stat and schedstat of each thread of the processes that are looked at closely, and the list of those
// processes (hindcast/hot).
#pragma once

#include "process_table.h"
#include "source.h"

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace hindcast::recorder {

class Threads final : public Source {
public:
    Threads(const Root& root, ProcessTable& processes);

    const char* name() const override { return "threads"; }
    /// Appends a block for each text that is not what it was in this segment, and for each thread that ended. Comes
    /// after the ProcessTable.
    void sample(const TickContext& context, std::string& blocks) override;
    void addIntentions(std::vector<std::string>& intentions) const override;

private:
    struct Thread {
        pid_t tid = 0;
        bool isGone = false;
        std::uint64_t stat = 0, schedstat = 0; ///< digests of what was written in this segment; 0 = nothing
    };
    struct Group {
        pid_t pid = 0;
        std::uint64_t startTicks = 0;
        std::vector<Thread> threads; ///< by tid
    };

    void sampleAll(const TickContext& context, std::string& blocks);
    Group takeGroup(const Process& process);
    void sampleGroup(Group& group, const TickContext& context, std::string& blocks);
    void noteLeftOut(pid_t pid, std::size_t threads);
    void matchList(Group& group, bool isCut, std::string& blocks);
    void sampleThread(const Group& group, Thread& thread, int folder, ReadBuffer& buffer, std::string& blocks);
    int readFile(const Group& group, const Thread& thread, const char* file, int folder, ReadBuffer& buffer,
        std::string_view& text) const;
    void appendHot(const TickContext& context, std::string& blocks);

    const Root& m_root;
    ProcessTable& m_processes;
    NumberLister m_lister;
    std::vector<pid_t> m_listed;
    std::vector<Group> m_groups, m_previous; ///< by pid
    std::size_t m_room = 0; ///< threads that may still be read in this tick
    std::string m_leftOut; ///< lines for hindcast/hot
    std::string m_lastHot; ///< as written in this segment
};

} // namespace hindcast::recorder
