// ProcessTable: all processes of the host, their stat texts as last recorded, and who they are.
#pragma once

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
    explicit ProcessTable(const Root& root);
    ~ProcessTable() override;

    const char* name() const override { return "processes"; }
    /// Appends a block for each process whose text changed (all at a keyframe), for each that ended, and the command
    /// lines of those not seen before.
    void sample(const TickContext& context, std::string& blocks) override;
    /// pids.txt: who the processes of the last sample are.
    std::string dictionary() const;
    /// Processes met since the beginning, ended ones included.
    std::uint64_t processesSeen() const { return m_processesSeen; }
    void addDenials(std::vector<Denial>& denials) const override;

private:
    struct Process {
        pid_t pid = 0;
        int descriptor = -1; ///< of its stat file, when one is kept
        int errorNumber = 0; ///< why the stat file cannot be read
        int commandLineError = 0;
        unsigned commandLineAttempts = 0; ///< left; 0 = known or given up
        std::optional<std::uint64_t> startTicks;
        std::string text; ///< as last recorded
        std::string comm;
        std::string commandLine;
    };
    enum class Life { Alive, Gone };

    int listPids();
    void matchList(std::string& blocks);
    Life sampleProcess(Process& process, Pass pass, std::string& blocks);
    int readStat(Process& process, std::string_view& text);
    int openAndReadStat(Process& process, std::string_view& text);
    void noteIdentity(Process& process);
    void sampleCommandLine(Process& process, ReadBuffer& buffer, std::string& blocks);
    int readCommandLine(const Process& process, ReadBuffer& buffer, std::string& commandLine) const;
    void endProcess(Process& process, std::string& blocks);
    void closeDescriptor(Process& process);

    const Root& m_root;
    int m_procDescriptor = -1;
    std::size_t m_keptLimit = 0;
    std::size_t m_kept = 0;
    std::vector<char> m_entries; ///< what getdents64 fills
    std::vector<char> m_stat;
    std::vector<pid_t> m_listed;
    std::vector<Process> m_processes; ///< by pid
    std::vector<Process> m_previous; ///< reused by matchList
    std::int64_t m_clock = 0; ///< end of one read = begin of the next: one clock call per process
    std::size_t m_commandLineBytes = 0;
    std::uint64_t m_processesSeen = 0;
    int m_listError = 0;
    std::uint64_t m_tick = 0;
    std::optional<std::uint64_t> m_firstStatDenied, m_firstCommandLineDenied; ///< ticks
};

} // namespace hindcast::recorder
