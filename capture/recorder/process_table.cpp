#include "process_table.h"

#include "framing/block.h"
#include "stat_line.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

// A kept descriptor costs the kernel some 5 kB, mostly the page seq_file reads into: 4096 of them are 20 MB.
constexpr std::size_t keptAtMost = 4096;
constexpr std::size_t descriptorsForOthers = 128;

// Command lines of 16 KiB hold the class path of most JVMs. Processes made to fill our memory get less.
constexpr std::size_t longestCommandLine = 16 << 10;
constexpr std::size_t commandLineBudget = 8 << 20;
constexpr std::size_t shortCommandLine = 256;

// Between fork and exec, and while exec builds the new stack, a command line may be read as empty.
constexpr unsigned commandLineAttempts = 3;

constexpr std::size_t longestStat = 4096;

/// What getdents64 writes (man 2 getdents).
struct DirectoryEntry {
    std::uint64_t inode;
    std::int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[1];
};

std::size_t raiseDescriptorLimit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, keptAtMost + descriptorsForOthers));
}

/// "/proc/<pid>/<file>", in place.
struct ProcessPath {
    ProcessPath(pid_t pid, const char* file)
    {
        std::snprintf(text, sizeof text, "/proc/%d/%s", static_cast<int>(pid), file);
    }
    char text[40];
};

bool isGone(int errorNumber)
{
    return errorNumber == ESRCH || errorNumber == ENOENT;
}

void count(Denial& denial, int errorNumber)
{
    if (errorNumber == 0)
        return;
    denial.errorNumber = errorNumber;
    ++denial.count;
}

} // namespace

ProcessTable::ProcessTable(const Root& root)
    : m_root(root)
    , m_procDescriptor(root.openFile("/proc", O_DIRECTORY))
    , m_entries(64 << 10)
    , m_stat(longestStat)
{
    m_listError = m_procDescriptor < 0 ? errno : 0;
    const std::size_t limit = raiseDescriptorLimit();
    m_keptLimit = limit > descriptorsForOthers ? limit - descriptorsForOthers : 0;
}

ProcessTable::~ProcessTable()
{
    for (Process& process : m_processes)
        closeDescriptor(process);
    if (m_procDescriptor >= 0)
        close(m_procDescriptor);
}

void ProcessTable::sample(const TickContext& context, std::string& blocks)
{
    m_tick = context.tick;
    m_clock = monotonicNow();
    const int listError = listPids();
    if (listError != 0) {
        framing::appendBlock(blocks, "/proc", m_clock, (monotonicNow() - m_clock) / 1000, listError, {});
        m_listError = listError;
        return;
    }
    m_clock = monotonicNow();
    matchList(blocks);
    bool isAnyoneGone = false;
    for (Process& process : m_processes)
        if (sampleProcess(process, context.pass, blocks) == Life::Gone) {
            endProcess(process, blocks);
            process.pid = 0;
            isAnyoneGone = true;
        }
    if (isAnyoneGone)
        m_processes.erase(std::remove_if(m_processes.begin(), m_processes.end(),
                              [](const Process& process) { return process.pid == 0; }),
            m_processes.end());
    // After the stat pass: reading a command line takes the lock of that process's memory and may wait for it.
    for (Process& process : m_processes)
        if (process.commandLineAttempts > 0)
            sampleCommandLine(process, context.buffer, blocks);
}

/// Fills m_listed with the numbers in /proc, sorted.
int ProcessTable::listPids()
{
    m_listed.clear();
    if (m_procDescriptor < 0)
        return m_listError;
    if (lseek(m_procDescriptor, 0, SEEK_SET) < 0)
        return errno;
    for (;;) {
        const long got = syscall(SYS_getdents64, m_procDescriptor, m_entries.data(), m_entries.size());
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            const char* const entry = m_entries.data() + at;
            unsigned short length = 0;
            std::memcpy(&length, entry + offsetof(DirectoryEntry, length), sizeof length);
            const char* const name = entry + offsetof(DirectoryEntry, name);
            const char* const nameEnd = name + std::strlen(name);
            pid_t pid = 0;
            const auto [stop, failure] = std::from_chars(name, nameEnd, pid);
            if (failure == std::errc{} && stop == nameEnd && pid > 0)
                m_listed.push_back(pid);
            at += length;
        }
    }
    if (!std::is_sorted(m_listed.begin(), m_listed.end())) // the kernel's own listing is
        std::sort(m_listed.begin(), m_listed.end());
    return 0;
}

/// Makes m_processes the processes of m_listed: ends those that are gone, adds those that are new.
void ProcessTable::matchList(std::string& blocks)
{
    const bool isSame = m_processes.size() == m_listed.size()
        && std::equal(m_processes.begin(), m_processes.end(), m_listed.begin(),
            [](const Process& process, pid_t pid) { return process.pid == pid; });
    if (isSame)
        return;
    m_previous.swap(m_processes);
    m_processes.clear();
    auto old = m_previous.begin();
    for (const pid_t pid : m_listed) {
        for (; old != m_previous.end() && old->pid < pid; ++old)
            endProcess(*old, blocks);
        if (old != m_previous.end() && old->pid == pid) {
            m_processes.push_back(std::move(*old));
            ++old;
        } else {
            m_processes.emplace_back();
            m_processes.back().pid = pid;
        }
    }
    for (; old != m_previous.end(); ++old)
        endProcess(*old, blocks);
    m_previous.clear();
}

ProcessTable::Life ProcessTable::sampleProcess(Process& process, Pass pass, std::string& blocks)
{
    if (process.errorNumber != 0 && pass == Pass::Changes)
        return Life::Alive;
    std::string_view text;
    const std::int64_t begin = m_clock;
    const int failure = readStat(process, text);
    m_clock = monotonicNow();
    if (isGone(failure))
        return Life::Gone;
    process.errorNumber = failure;
    if (failure != 0) {
        closeDescriptor(process);
        if (!m_firstStatDenied)
            m_firstStatDenied = m_tick;
    } else if (text != process.text) {
        process.text = text;
        noteIdentity(process);
    } else if (pass == Pass::Changes) {
        return Life::Alive;
    }
    framing::appendBlock(blocks, ProcessPath(process.pid, "stat").text, begin, (m_clock - begin) / 1000, failure, text);
    return Life::Alive;
}

/// A kept descriptor belongs to one process for good: once that has ended, reads fail with ESRCH, and the number may
/// already be another's.
int ProcessTable::readStat(Process& process, std::string_view& text)
{
    if (process.descriptor < 0)
        return openAndReadStat(process, text);
    const ssize_t got = pread(process.descriptor, m_stat.data(), m_stat.size(), 0);
    if (got > 0) {
        text = {m_stat.data(), static_cast<std::size_t>(got)};
        return 0;
    }
    const int failure = got < 0 ? errno : ESRCH;
    closeDescriptor(process);
    return isGone(failure) ? openAndReadStat(process, text) : failure;
}

/// One read is enough: the kernel prints the line in one piece, well under a page (fs/proc/array.c, do_task_stat).
int ProcessTable::openAndReadStat(Process& process, std::string_view& text)
{
    const int descriptor = m_root.openFile(ProcessPath(process.pid, "stat").text);
    if (descriptor < 0)
        return errno;
    const ssize_t got = pread(descriptor, m_stat.data(), m_stat.size(), 0);
    const int failure = got < 0 ? errno : got == 0 ? ESRCH : 0;
    if (failure == 0 && m_kept < m_keptLimit) {
        process.descriptor = descriptor;
        ++m_kept;
    } else {
        close(descriptor);
    }
    if (failure == 0)
        text = {m_stat.data(), static_cast<std::size_t>(got)};
    return failure;
}

/// Sees from the text whether this is a new process, or the same after an exec, which changes the name.
void ProcessTable::noteIdentity(Process& process)
{
    const auto line = parseStatLine(process.text);
    if (!line)
        return;
    const bool isNew = process.startTicks != line->startTicks;
    if (isNew)
        ++m_processesSeen;
    if (!isNew && process.comm == line->comm)
        return;
    process.startTicks = line->startTicks;
    process.comm = line->comm;
    m_commandLineBytes -= process.commandLine.size();
    process.commandLine.clear();
    process.commandLineError = 0;
    process.commandLineAttempts = line->isKernelThread || line->state == 'Z' ? 0 : commandLineAttempts;
}

void ProcessTable::sampleCommandLine(Process& process, ReadBuffer& buffer, std::string& blocks)
{
    const std::int64_t begin = monotonicNow();
    const int failure = readCommandLine(process, buffer, process.commandLine);
    if (failure == 0 && process.commandLine.empty() && --process.commandLineAttempts > 0)
        return;
    process.commandLineAttempts = 0;
    process.commandLineError = failure;
    if (isGone(failure))
        return; // its stat file says so at the next tick
    if (failure != 0 && !m_firstCommandLineDenied)
        m_firstCommandLineDenied = m_tick;
    m_commandLineBytes += process.commandLine.size();
    framing::appendBlock(blocks, ProcessPath(process.pid, "cmdline").text, begin, (monotonicNow() - begin) / 1000,
        failure, process.commandLine);
}

/// The one place where arguments of processes enter the capture.
int ProcessTable::readCommandLine(const Process& process, ReadBuffer& buffer, std::string& commandLine) const
{
    commandLine.clear();
    const int descriptor = m_root.openFile(ProcessPath(process.pid, "cmdline").text);
    if (descriptor < 0)
        return errno;
    std::string_view text;
    const std::size_t limit = m_commandLineBytes < commandLineBudget ? longestCommandLine : shortCommandLine;
    const int failure = buffer.readBeginning(descriptor, limit, text);
    close(descriptor);
    if (failure == 0)
        commandLine = text;
    return failure;
}

void ProcessTable::endProcess(Process& process, std::string& blocks)
{
    closeDescriptor(process);
    m_commandLineBytes -= process.commandLine.size();
    process.commandLine.clear();
    if (!process.text.empty())
        framing::appendBlock(blocks, ProcessPath(process.pid, "stat").text, m_clock, 0, ESRCH, {});
}

void ProcessTable::closeDescriptor(Process& process)
{
    if (process.descriptor < 0)
        return;
    close(process.descriptor);
    process.descriptor = -1;
    --m_kept;
}

std::string ProcessTable::dictionary() const
{
    std::string text;
    char numbers[64];
    for (const Process& process : m_processes) {
        if (!process.startTicks)
            continue;
        char uid[16] = "-";
        struct stat status { };
        std::snprintf(numbers, sizeof numbers, "%d", static_cast<int>(process.pid));
        // The owner of /proc/<pid> is the process's effective uid (fs/proc/base.c, task_dump_owner).
        if (fstatat(m_procDescriptor, numbers, &status, AT_SYMLINK_NOFOLLOW) == 0)
            std::snprintf(uid, sizeof uid, "%u", static_cast<unsigned>(status.st_uid));
        std::snprintf(numbers, sizeof numbers, "%d %llu %s ", static_cast<int>(process.pid),
            static_cast<unsigned long long>(*process.startTicks), uid);
        text += numbers;
        framing::appendEscaped(text, process.comm);
        text += ' ';
        if (process.commandLineError != 0)
            text += '-';
        else if (process.commandLine == "-")
            text += "%2D";
        else
            framing::appendEscaped(text, process.commandLine);
        text += '\n';
    }
    return text;
}

void ProcessTable::addDenials(std::vector<Denial>& denials) const
{
    if (m_listError != 0)
        denials.push_back({"/proc", m_listError, 0});
    Denial stat{"/proc/<pid>/stat", 0, m_firstStatDenied, 0};
    Denial commandLine{"/proc/<pid>/cmdline", 0, m_firstCommandLineDenied, 0};
    for (const Process& process : m_processes) {
        count(stat, process.errorNumber);
        if (!isGone(process.commandLineError))
            count(commandLine, process.commandLineError);
    }
    for (const Denial& denial : {stat, commandLine})
        if (denial.count > 0)
            denials.push_back(denial);
}

} // namespace hindcast::recorder
