// ProcessDetails: what is recorded of processes besides stat and the command line: memory, I/O, waiting, limits, what
// they are part of. Of those looked at closely at every tick, of the others in turn.
#pragma once

#include "blocking_reader.h"
#include "process_table.h"
#include "source.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hindcast::recorder {

class ProcessDetails final : public Source, private BlockingReader::Asker {
public:
    ProcessDetails(const Root& root, ProcessTable& processes, BlockingReader& reader);

    const char* name() const override { return "process_details"; }
    /// Appends a block for each text that is not what it was in this segment, and whatever the blocking reader has
    /// answered meanwhile, command lines too. Comes after the ProcessTable.
    void sample(const TickContext& context, std::string& blocks) override;
    void addDenials(std::vector<Denial>& denials) const override;
    void addIntentions(std::vector<std::string>& intentions) const override;

private:
    void take(
        const BlockingReader::Question& question, const BlockingReader::Answer& answer, std::string& blocks) override;
    void beginSegment();
    void visitClose(Process& process, const TickContext& context, std::string& blocks);
    bool visitOther(Process& process, const TickContext& context, std::string& blocks);
    void visitOthers(const TickContext& context, std::string& blocks);
    void readCounters(Process& process, const TickContext& context, std::string& blocks);
    void readIdentity(Process& process, const TickContext& context, std::string& blocks);
    bool read(Process& process, Detail detail, const TickContext& context, std::string& blocks);
    void ask(Process& process, Detail detail);
    void record(
        Process& process, Detail detail, const char* path, const BlockingReader::Answer& answer, std::string& blocks);
    void appendDescriptorCounts(std::string& blocks);
    void appendOomScores(const TickContext& context, std::string& blocks);
    std::string firstLine(pid_t pid, const char* file, ReadBuffer& buffer) const;
    int countDescriptors(pid_t pid, std::size_t& number);

    const Root& m_root;
    ProcessTable& m_processes;
    BlockingReader& m_reader;
    NumberLister m_lister;
    std::array<std::optional<std::uint64_t>, details> m_firstDenied; ///< ticks
    std::array<int, details> m_absent{}; ///< errno, of files that this kernel has for nobody
    pid_t m_lastVisited = 0;
    std::uint64_t m_oomRound = 0;
    std::int64_t m_cpuBegin = 0; ///< of this tick
    int m_descriptorsError = 0;
    std::optional<std::uint64_t> m_firstDescriptorsDenied;
};

} // namespace hindcast::recorder
