#include "process_table.h"

#include "framing/block.h"
#include "stat_line.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

// A kept descriptor costs the kernel some 5 kB, mostly the page seq_file reads into: 4096 of them are 20 MB.
constexpr std::size_t keptAtMost = 4096;
constexpr std::size_t descriptorsForOthers = 128;

constexpr std::size_t longestStat = 4096;

// When not all can be read in each tick.
constexpr std::size_t turns = 10;
constexpr std::size_t leastRoomForNew = 100;

constexpr unsigned processesPerQuestion = 64; ///< whether the tick has cost what it may

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

void count(Denial& denial, int errorNumber)
{
    if (errorNumber == 0)
        return;
    denial.errorNumber = errorNumber;
    ++denial.count;
}

} // namespace

ProcessTable::ProcessTable(const Root& root, BlockingReader& reader, const std::vector<std::int64_t>& pinned)
    : m_root(root)
    , m_commandLines(*this, reader)
    , m_hot(pinned)
    , m_procDescriptor(root.openFile("/proc", O_DIRECTORY))
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
    m_sampled.clear();
    m_rangeBegin = 0;
    m_isCutShort = false;
    if (context.isLeftOut(Degradation::GlobalsOnly)) {
        if (context.pass == Pass::Keyframe)
            for (const Process& process : m_processes)
                appendAsKnown(process, blocks);
        framing::appendBlock(blocks, "hindcast/sampled", m_clock, 0, 0, {}); // nobody
        return;
    }
    const std::int64_t begin = m_clock;
    const int listError = listPids();
    m_clock = monotonicNow();
    if (listError != 0) {
        framing::appendBlock(blocks, "/proc", begin, (m_clock - begin) / 1000, listError, {});
        m_listError = listError;
        return;
    }
    matchList(blocks);
    sampleAll(context, blocks);
    if (m_isInTurn || m_isCutShort) {
        closeRange();
        framing::appendBlock(blocks, "hindcast/sampled", begin, (m_clock - begin) / 1000, 0, m_sampled);
    }
    m_hot.choose(m_processes);
    for (Process& process : m_processes)
        m_commandLines.ask(process);
}

void ProcessTable::forget()
{
    for (Process& process : m_processes)
        closeDescriptor(process);
    m_processes.clear();
    m_processesSeen = 0;
    m_hot.choose(m_processes);
}

int ProcessTable::listPids()
{
    m_listed.clear();
    return m_procDescriptor < 0 ? m_listError : m_lister.list(m_procDescriptor, m_listed);
}

/// Makes m_processes the processes of m_listed: ends those that are gone, adds those that are new.
void ProcessTable::matchList(std::string& blocks)
{
    std::size_t known = 0;
    auto listed = m_listed.begin();
    for (Process& process : m_processes) {
        listed = std::find_if(listed, m_listed.end(), [&](pid_t pid) { return pid >= process.pid; });
        if (listed != m_listed.end() && *listed == process.pid) {
            ++known;
        } else {
            endProcess(process, blocks);
            process.pid = 0;
        }
    }
    removeGone();
    addNew(known);
}

void ProcessTable::removeGone()
{
    m_processes.erase(
        std::remove_if(m_processes.begin(), m_processes.end(), [](const Process& process) { return process.pid == 0; }),
        m_processes.end());
}

/// In place, from the end: a second table would be as large as the first, and who is new has the highest number mostly.
void ProcessTable::addNew(std::size_t known)
{
    const std::size_t all = m_listed.size();
    if (all > m_processes.capacity())
        m_processes.reserve(all + all / 16);
    m_processes.resize(all);
    for (std::size_t to = all; to > known;) {
        --to;
        if (known > 0 && m_processes[known - 1].pid == m_listed[to]) {
            m_processes[to] = std::move(m_processes[--known]);
        } else {
            m_processes[to] = Process();
            m_processes[to].pid = m_listed[to];
        }
    }
}

void ProcessTable::sampleAll(const TickContext& context, std::string& blocks)
{
    m_isInTurn = m_isCatchingUp || context.isLeftOut(Degradation::Processes);
    if (m_isInTurn)
        beginTurn();
    bool isAnyoneGone = false;
    unsigned sinceAsked = 0;
    for (Process& process : m_processes) {
        const bool isWanted = !m_isCutShort && (!m_isInTurn || isTurnOf(process));
        if (isWanted && ++sinceAsked % processesPerQuestion == 0 && context.isSpent())
            cutShort(process);
        if (m_isCutShort || !isWanted) {
            closeRange();
            if (context.pass == Pass::Keyframe)
                appendAsKnown(process, blocks);
            continue;
        }
        noteRead(process.pid);
        if (sampleProcess(process, context.pass, blocks) == Life::Gone) {
            endProcess(process, blocks);
            process.pid = 0;
            isAnyoneGone = true;
        }
    }
    if (isAnyoneGone)
        removeGone();
    m_isCatchingUp = m_isCutShort || (m_isCatchingUp && m_roomForNew == 0);
}

/// The rest is not read; who would have had a turn gets it in the next tick.
void ProcessTable::cutShort(const Process& next)
{
    m_isCutShort = true;
    m_turnEnd = std::clamp(next.pid - 1, m_turnBegin, std::max(m_turnBegin, m_turnEnd));
}

/// The next tenth of the processes by their numbers: whoever comes or goes, everybody's turn comes.
void ProcessTable::beginTurn()
{
    const auto after = [this](pid_t pid) {
        return std::upper_bound(m_processes.begin(), m_processes.end(), pid,
            [](pid_t number, const Process& process) { return number < process.pid; });
    };
    auto first = after(m_turnEnd);
    if (first == m_processes.end())
        first = m_processes.begin();
    m_turnBegin = first == m_processes.begin() ? 0 : (first - 1)->pid;
    const auto wanted = static_cast<std::ptrdiff_t>((m_processes.size() + turns - 1) / turns);
    const auto last = first + std::min(wanted, m_processes.end() - first);
    m_turnEnd = last == first ? 0 : (last - 1)->pid;
    m_roomForNew = std::max(static_cast<std::size_t>(wanted), leastRoomForNew);
}

bool ProcessTable::isTurnOf(const Process& process)
{
    if ((process.pid > m_turnBegin && process.pid <= m_turnEnd) || process.hot != HotReason::None)
        return true;
    if (process.isReadOnce || m_roomForNew == 0)
        return false;
    --m_roomForNew;
    return true;
}

void ProcessTable::noteRead(pid_t pid)
{
    if (m_rangeBegin == 0)
        m_rangeBegin = pid;
    m_rangeEnd = pid;
}

void ProcessTable::closeRange()
{
    if (m_rangeBegin == 0)
        return;
    char line[32];
    std::snprintf(line, sizeof line, "%d %d\n", static_cast<int>(m_rangeBegin), static_cast<int>(m_rangeEnd));
    m_sampled += line;
    m_rangeBegin = 0;
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
    process.isReadOnce = true;
    process.errorNumber = failure;
    process.readBegin = begin;
    process.readMicroseconds = (m_clock - begin) / 1000;
    if (failure != 0) {
        closeDescriptor(process);
        if (!m_firstStatDenied)
            m_firstStatDenied = m_tick;
    } else if (text != process.text) {
        if (text.size() > process.text.capacity())
            process.text = std::string(text); // not twice as much, as it grows by a digit at a time
        else
            process.text = text;
        noteText(process);
    } else if (pass == Pass::Changes) {
        return Life::Alive;
    }
    appendProcessBlock(blocks, ProcessPath(process.pid, "stat").text, begin, process.readMicroseconds, failure, text);
    return Life::Alive;
}

/// For a keyframe that does not read it: the text has the time at which it was.
void ProcessTable::appendAsKnown(const Process& process, std::string& blocks) const
{
    if (process.isReadOnce)
        appendProcessBlock(blocks, ProcessPath(process.pid, "stat").text, process.readBegin, process.readMicroseconds,
            process.errorNumber, process.errorNumber == 0 ? std::string_view(process.text) : std::string_view());
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
void ProcessTable::noteText(Process& process)
{
    const auto line = parseStatLine(process.text);
    if (!line)
        return;
    const bool isNew = process.startTicks != line->startTicks;
    if (isNew) {
        ++m_processesSeen;
        process.detail = {};
        HotProcesses::forget(process);
    }
    if (isNew || process.comm != line->comm) {
        process.startTicks = line->startTicks;
        process.comm = line->comm;
        process.detail.isKnown = false;
        m_commandLines.forget(process, !line->isKernelThread && line->state != 'Z');
    }
    process.isKernelThread = line->isKernelThread;
    process.state = line->state;
    process.detail.isChanged = true;
    HotProcesses::noteStat(process, *line);
}

void ProcessTable::endProcess(Process& process, std::string& blocks)
{
    closeDescriptor(process);
    m_commandLines.forget(process, false);
    if (!process.text.empty())
        appendProcessBlock(blocks, ProcessPath(process.pid, "stat").text, m_clock, 0, ESRCH, {});
}

void ProcessTable::closeDescriptor(Process& process)
{
    if (process.descriptor < 0)
        return;
    close(process.descriptor);
    process.descriptor = -1;
    --m_kept;
}

Process* ProcessTable::find(pid_t pid, std::uint64_t startTicks)
{
    const auto place = std::lower_bound(m_processes.begin(), m_processes.end(), pid,
        [](const Process& process, pid_t wanted) { return process.pid < wanted; });
    const bool isFound = place != m_processes.end() && place->pid == pid && place->startTicks == startTicks;
    return isFound ? &*place : nullptr;
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
        if (process.commandLine.errorNumber != 0 || process.commandLine.attemptsLeft > 0)
            text += '-'; // refused, or not known yet
        else if (process.commandLine.text == "-")
            text += "%2D";
        else
            framing::appendEscaped(text, process.commandLine.text);
        text += '\n';
    }
    return text;
}

void ProcessTable::addDenials(std::vector<Denial>& denials) const
{
    if (m_listError != 0)
        denials.push_back({"/proc", m_listError, 0});
    Denial stat{"/proc/<pid>/stat", 0, m_firstStatDenied, 0};
    Denial commandLine{"/proc/<pid>/cmdline", 0, m_commandLines.firstDenied(), 0};
    for (const Process& process : m_processes) {
        count(stat, process.errorNumber);
        if (!isGone(process.commandLine.errorNumber))
            count(commandLine, process.commandLine.errorNumber);
    }
    for (const Denial& denial : {stat, commandLine})
        if (denial.count > 0)
            denials.push_back(denial);
}

void ProcessTable::addIntentions(std::vector<std::string>& intentions) const
{
    intentions.emplace_back("/proc  every tick: list the processes");
    intentions.emplace_back("/proc/<pid>/stat  every tick, of each process");
    intentions.emplace_back("/proc/<pid>/cmdline  once per process and after an exec, read by a process of its own");
}

} // namespace hindcast::recorder
