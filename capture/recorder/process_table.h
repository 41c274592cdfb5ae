// ProcessTable: all processes of the host, their stat texts as last recorded, and who they are.
#pragma once

#include "command_lines.h"
#include "hot_processes.h"
#include "process.h"
#include "process_files.h"
#include "root.h"
#include "source.h"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace hindcast::recorder {

class ProcessTable final : public Source {
public:
    /// Raises the soft limit of open files to the hard one: a descriptor kept per process halves the cost of a tick.
    /// `pinned`: always looked at closely.
    ProcessTable(const Root& root, BlockingReader& reader, const std::vector<std::int64_t>& pinned);
    ~ProcessTable() override;

    const char* name() const override { return "processes"; }
    /// Appends a block for each process whose text changed (all at a keyframe) and for each that ended; asks for the
    /// command lines of those not seen before, and chooses whom to look at closely.
    void sample(const TickContext& context, std::string& blocks) override;
    void addDenials(std::vector<Denial>& denials) const override;
    void addIntentions(std::vector<std::string>& intentions) const override;

    /// As if none had been met.
    void forget();
    /// pids.txt: who the processes of the last sample are.
    std::string dictionary() const;
    /// Processes met since the beginning, ended ones included.
    std::uint64_t processesSeen() const { return m_processesSeen; }

    // For what is recorded of processes besides
    std::vector<Process>& processes() { return m_processes; } ///< by pid
    const std::vector<Process>& processes() const { return m_processes; }
    /// Null when that one is gone.
    Process* find(pid_t pid, std::uint64_t startTicks);
    std::uint64_t tick() const { return m_tick; }

private:
    enum class Life { Alive, Gone };

    int listPids();
    void matchList(std::string& blocks);
    void removeGone();
    void addNew(std::size_t known);
    void sampleAll(const TickContext& context, std::string& blocks);
    bool isTurnOf(const Process& process);
    void cutShort(const Process& next);
    void beginTurn();
    void noteRead(pid_t pid);
    void closeRange();
    Life sampleProcess(Process& process, Pass pass, std::string& blocks);
    void appendAsKnown(const Process& process, std::string& blocks) const;
    int readStat(Process& process, std::string_view& text);
    int openAndReadStat(Process& process, std::string_view& text);
    void noteText(Process& process);
    void endProcess(Process& process, std::string& blocks);
    void closeDescriptor(Process& process);

    const Root& m_root;
    CommandLines m_commandLines;
    HotProcesses m_hot;
    int m_procDescriptor = -1;
    std::size_t m_keptLimit = 0;
    std::size_t m_kept = 0;
    NumberLister m_lister;
    std::vector<char> m_stat;
    std::vector<pid_t> m_listed;
    std::vector<Process> m_processes;
    std::int64_t m_clock = 0; ///< end of one read = begin of the next: one clock call per process
    std::uint64_t m_processesSeen = 0;
    int m_listError = 0;
    std::uint64_t m_tick = 0;
    std::optional<std::uint64_t> m_firstStatDenied; ///< tick

    // When they are read in turn
    pid_t m_turnBegin = 0, m_turnEnd = 0; ///< numbers in (begin, end] are read in this tick
    std::string m_sampled; ///< hindcast/sampled
    std::size_t m_roomForNew = 0; ///< that were not read yet, besides those whose turn it is
    bool m_isInTurn = false; ///< this tick
    bool m_isCatchingUp = false; ///< a tick could not read all: in turn until it is known who they are
    bool m_isCutShort = false; ///< the tick's CPU time was over before all were read
    pid_t m_rangeBegin = 0, m_rangeEnd = 0; ///< of it, still open; 0 = none
};

} // namespace hindcast::recorder
