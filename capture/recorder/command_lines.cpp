#include "command_lines.h"

#include "process_files.h"
#include "process_table.h"

namespace hindcast::recorder {
namespace {

// Command lines of 16 KiB hold the class path of most JVMs. Processes made to fill our memory get less.
constexpr std::uint32_t longest = 16 << 10;
constexpr std::size_t budget = 8 << 20;
constexpr std::uint32_t shortened = 256;

// Between fork and exec, and while exec builds the new stack, a command line may be read as empty.
constexpr unsigned attempts = 3;

} // namespace

void CommandLines::forget(Process& process, bool hasOne)
{
    m_bytes -= process.commandLine.text.size();
    process.commandLine = {};
    process.commandLine.attemptsLeft = hasOne ? attempts : 0;
}

void CommandLines::ask(Process& process)
{
    if (process.commandLine.attemptsLeft == 0 || process.commandLine.isAsked || !process.startTicks)
        return;
    process.commandLine.isAsked = true;
    BlockingReader::Question question;
    question.pid = process.pid;
    question.startTicks = *process.startTicks;
    question.limit = m_bytes < budget ? longest : shortened;
    question.path = ProcessPath(process.pid, "cmdline").text;
    m_reader.ask(*this, question);
}

/// The one place where arguments of processes enter the capture.
void CommandLines::take(
    const BlockingReader::Question& question, const BlockingReader::Answer& answer, std::string& blocks)
{
    Process* const process = m_processes.find(question.pid, question.startTicks);
    if (!process || !process->commandLine.isAsked)
        return;
    auto& commandLine = process->commandLine;
    commandLine.isAsked = false;
    if (answer.errorNumber == 0 && answer.bytes.empty() && --commandLine.attemptsLeft > 0)
        return;
    commandLine.attemptsLeft = 0;
    commandLine.errorNumber = answer.errorNumber;
    if (isGone(answer.errorNumber))
        return; // its stat file says so at the next tick
    if (answer.errorNumber != 0 && !m_firstDenied)
        m_firstDenied = m_processes.tick();
    commandLine.text = answer.bytes;
    m_bytes += commandLine.text.size();
    appendProcessBlock(blocks, question.path, answer.begin, answer.microseconds, answer.errorNumber, commandLine.text);
}

} // namespace hindcast::recorder
