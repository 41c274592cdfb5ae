// CommandLines: asks for the command line of each process once, and again after an exec, without ever waiting for one.
#pragma once

#include "blocking_reader.h"
#include "process.h"

#include <cstdint>
#include <optional>

namespace hindcast::recorder {

class ProcessTable;

class CommandLines final : public BlockingReader::Asker {
public:
    CommandLines(ProcessTable& processes, BlockingReader& reader)
        : m_processes(processes)
        , m_reader(reader)
    {
    }

    /// It is another program now, or another process.
    void forget(Process& process, bool hasOne);
    /// If it is not known yet.
    void ask(Process& process);
    void take(
        const BlockingReader::Question& question, const BlockingReader::Answer& answer, std::string& blocks) override;
    std::optional<std::uint64_t> firstDenied() const { return m_firstDenied; } ///< tick

private:
    ProcessTable& m_processes;
    BlockingReader& m_reader;
    std::size_t m_bytes = 0; ///< of those known
    std::optional<std::uint64_t> m_firstDenied;
};

} // namespace hindcast::recorder
