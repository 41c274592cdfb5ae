#include "process_details.h"

#include "framing/block.h"
#include "text_digest.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

struct DetailFile {
    const char* name; ///< below /proc/<pid>/
    BlockingReader::Kind kind = BlockingReader::Kind::File;
};
/// In the order of Detail. From Executable on they are asked of the blocking reader.
constexpr std::array<DetailFile, details> files{
    {{"status"}, {"io"}, {"schedstat"}, {"limits"}, {"cgroup"}, {"exe", BlockingReader::Kind::Link},
        {"cwd", BlockingReader::Kind::Link}, {"ns", BlockingReader::Kind::LinksInFolder}, {"wchan"}, {"stack"}}};

const DetailFile& fileOf(Detail detail)
{
    return files[static_cast<std::size_t>(detail)];
}

constexpr std::uint64_t everyTicks = 5, everyTicksWhenShort = 30, oomTicks = 30, descriptorTicks = 10;

// What keeps a tick short on hosts with many processes: the rest is visited in the next ones.
constexpr std::size_t mostVisits = 400;
constexpr std::int64_t mostCpu = 40'000'000; // nanoseconds
constexpr std::int64_t mostWait = 20'000'000; // nanoseconds, for the blocking reader
constexpr std::int64_t mostFirstWait = 80'000'000; // at the first tick, when all processes are new

constexpr std::size_t mostDescriptors = 200'000;
constexpr std::size_t longestText = 64 << 10;

/// "read_bytes: 4096" and "write_bytes: 0" (man 5 proc, /proc/<pid>/io).
std::uint64_t storageBytes(std::string_view text)
{
    std::uint64_t sum = 0;
    for (const std::string_view key : {"\nread_bytes: ", "\nwrite_bytes: "}) {
        const auto place = text.find(key);
        std::uint64_t value = 0;
        if (place != std::string_view::npos)
            std::from_chars(text.data() + place + key.size(), text.data() + text.size(), value);
        sum += value;
    }
    return sum;
}

std::uint16_t bit(Detail detail)
{
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(detail));
}

/// It waits to be taken leave of, and nothing of it is left that others than root may see.
bool isOver(const Process& process)
{
    return process.state == 'Z' && process.activity.threads <= 1;
}

void appendNumber(std::string& text, std::uint64_t value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text.append(digits, end);
}

} // namespace

ProcessDetails::ProcessDetails(const Root& root, ProcessTable& processes, BlockingReader& reader)
    : m_root(root)
    , m_processes(processes)
    , m_reader(reader)
{
}

void ProcessDetails::sample(const TickContext& context, std::string& blocks)
{
    if (context.pass == Pass::Keyframe)
        beginSegment();
    for (Process& process : m_processes.processes())
        process.detail.isLeftOut = false;
    const bool isWanted = context.turn != Turn::Burst && !context.isLeftOut(Degradation::GlobalsOnly);
    if (isWanted) {
        m_cpuBegin = ownCpuNow();
        for (Process& process : m_processes.processes())
            if (process.hot != HotReason::None)
                visitClose(process, context, blocks);
        if (!context.isLeftOut(Degradation::ProcessDetails)) {
            visitOthers(context, blocks);
            appendOomScores(context, blocks);
        }
        const bool isTurn = context.isTurnOf(descriptorTicks) || context.pass == Pass::Keyframe;
        if (isTurn && !context.isSpent())
            appendDescriptorCounts(blocks);
    }
    m_reader.collect(context.tick == 0 ? mostFirstWait : mostWait, blocks);
}

/// Nothing is written yet, what was refused is tried again.
void ProcessDetails::beginSegment()
{
    const bool hasSelf = m_root.exists("/proc/self/stat");
    for (std::size_t i = 0; i < details; ++i) {
        const std::string path = std::string("/proc/self/") + files[i].name;
        m_absent[i] = hasSelf && !m_root.exists(path.c_str()) ? ENOENT : 0;
    }
    for (Process& process : m_processes.processes()) {
        process.detail.isInSegment = process.detail.isCloseInSegment = false;
        process.detail.digests = {};
        process.detail.errors = {};
    }
}

void ProcessDetails::visitClose(Process& process, const TickContext& context, std::string& blocks)
{
    const bool isShort = context.isLeftOut(Degradation::ProcessDetails);
    const bool isFirst = !process.detail.isCloseInSegment;
    if (isShort && !isFirst && context.tick < process.detail.dueTick)
        return;
    process.detail.isLeftOut = context.isSpent();
    if (process.detail.isLeftOut)
        return;
    process.detail.isInSegment = process.detail.isCloseInSegment = true;
    process.detail.isChanged = false;
    process.detail.dueTick = context.tick + (isShort ? everyTicksWhenShort : everyTicks);
    if (!read(process, Detail::Status, context, blocks))
        return;
    readCounters(process, context, blocks);
    if (isFirst || !process.detail.isKnown)
        readIdentity(process, context, blocks);
    if (process.state == 'D') {
        ask(process, Detail::WaitChannel);
        ask(process, Detail::Stack);
    }
}

/// From where the last tick stopped, so that everybody's turn comes.
void ProcessDetails::visitOthers(const TickContext& context, std::string& blocks)
{
    std::vector<Process>& all = m_processes.processes();
    const auto first = std::upper_bound(
        all.begin(), all.end(), m_lastVisited, [](pid_t pid, const Process& process) { return pid < process.pid; });
    const auto begin = static_cast<std::size_t>(first - all.begin());
    std::size_t visits = 0;
    if (context.isSpent())
        return;
    for (std::size_t i = 0; i < all.size(); ++i) {
        Process& process = all[(begin + i) % all.size()];
        if (process.hot != HotReason::None || !process.startTicks)
            continue;
        if (!visitOther(process, context, blocks))
            continue;
        m_lastVisited = process.pid;
        ++visits;
        const bool isEnough = context.turn == Turn::Scheduled && visits >= mostVisits;
        if (isEnough || (visits % 16 == 0 && (ownCpuNow() - m_cpuBegin > mostCpu || context.isSpent())))
            return;
    }
    m_lastVisited = 0;
}

/// False when there was nothing to do.
bool ProcessDetails::visitOther(Process& process, const TickContext& context, std::string& blocks)
{
    auto& detail = process.detail;
    const bool isDue = context.tick >= detail.dueTick || context.turn != Turn::Scheduled;
    if (!isDue)
        return false;
    const auto offset = static_cast<std::uint64_t>(process.pid);
    detail.dueTick = context.tick + everyTicks - (context.tick + offset) % everyTicks;
    const bool isFirst = !detail.isInSegment;
    // Of who did not even run, the rest stays what it was; what the main thread alone says is not asked for that.
    if (!isFirst && !detail.isChanged && detail.isKnown)
        return false;
    detail.isInSegment = true;
    detail.isChanged = false;
    if (!read(process, Detail::Status, context, blocks))
        return true;
    readCounters(process, context, blocks);
    if (!detail.isKnown)
        readIdentity(process, context, blocks);
    else if (isFirst)
        read(process, Detail::Cgroup, context, blocks);
    return true;
}

void ProcessDetails::readCounters(Process& process, const TickContext& context, std::string& blocks)
{
    read(process, Detail::Schedstat, context, blocks);
    if (!isOver(process))
        read(process, Detail::Io, context, blocks);
}

/// What hardly ever changes.
void ProcessDetails::readIdentity(Process& process, const TickContext& context, std::string& blocks)
{
    process.detail.isKnown = true;
    read(process, Detail::Cgroup, context, blocks);
    if (process.isKernelThread || isOver(process))
        return;
    read(process, Detail::Limits, context, blocks);
    ask(process, Detail::Executable);
    ask(process, Detail::WorkingFolder);
    ask(process, Detail::Namespaces);
}

/// False when the process is gone.
bool ProcessDetails::read(Process& process, Detail detail, const TickContext& context, std::string& blocks)
{
    const auto index = static_cast<std::size_t>(detail);
    if (m_absent[index] != 0 || process.detail.errors[index] != 0)
        return true;
    const ProcessPath path(process.pid, fileOf(detail).name);
    BlockingReader::Answer answer;
    answer.begin = monotonicNow();
    const int descriptor = m_root.openFile(path.text);
    answer.errorNumber = descriptor < 0 ? errno : context.buffer.readOnce(descriptor, longestText, answer.bytes);
    if (descriptor >= 0)
        close(descriptor);
    answer.microseconds = (monotonicNow() - answer.begin) / 1000;
    if (detail == Detail::Io && answer.errorNumber == 0)
        HotProcesses::noteStorage(process, storageBytes(answer.bytes));
    record(process, detail, path.text, answer, blocks);
    return !isGone(answer.errorNumber);
}

void ProcessDetails::ask(Process& process, Detail detail)
{
    const auto index = static_cast<std::size_t>(detail);
    if (m_absent[index] != 0 || process.detail.errors[index] != 0 || (process.detail.asked & bit(detail)) != 0)
        return;
    process.detail.asked |= bit(detail);
    BlockingReader::Question question;
    question.kind = fileOf(detail).kind;
    question.what = static_cast<std::uint32_t>(detail);
    question.pid = process.pid;
    question.startTicks = process.startTicks.value_or(0);
    question.limit = longestText;
    question.path = ProcessPath(process.pid, fileOf(detail).name).text;
    m_reader.ask(*this, question);
}

void ProcessDetails::take(
    const BlockingReader::Question& question, const BlockingReader::Answer& answer, std::string& blocks)
{
    Process* const process = m_processes.find(question.pid, question.startTicks);
    if (!process)
        return;
    const auto detail = static_cast<Detail>(question.what);
    process->detail.asked = static_cast<std::uint16_t>(process->detail.asked & ~bit(detail));
    record(*process, detail, question.path.c_str(), answer, blocks);
}

/// A block, unless it says what it said before. What is refused is counted, and not asked again in this segment.
void ProcessDetails::record(
    Process& process, Detail detail, const char* path, const BlockingReader::Answer& answer, std::string& blocks)
{
    const auto index = static_cast<std::size_t>(detail);
    if (isGone(answer.errorNumber)) // it has ended, or it is a kernel thread, which has no exe
        return;
    if (answer.errorNumber != 0) {
        process.detail.errors[index] = static_cast<std::uint8_t>(answer.errorNumber);
        if (!m_firstDenied[index])
            m_firstDenied[index] = m_processes.tick();
        return;
    }
    const std::uint64_t digest = textDigest(answer.bytes);
    if (digest == process.detail.digests[index])
        return;
    process.detail.digests[index] = digest;
    appendProcessBlock(blocks, path, answer.begin, answer.microseconds, 0, answer.bytes);
}

/// "pid count" of those looked at closely.
void ProcessDetails::appendDescriptorCounts(std::string& blocks)
{
    std::string text;
    const std::int64_t begin = monotonicNow();
    m_descriptorsError = 0;
    for (const Process& process : m_processes.processes()) {
        if (process.hot == HotReason::None || process.isKernelThread)
            continue;
        std::size_t number = 0;
        const int failure = countDescriptors(process.pid, number);
        if (failure != 0) {
            if (!isGone(failure))
                m_descriptorsError = failure;
            continue;
        }
        appendNumber(text, static_cast<std::uint64_t>(process.pid));
        text += ' ';
        appendNumber(text, number);
        text += number >= mostDescriptors ? "+\n" : "\n";
    }
    if (m_descriptorsError != 0 && !m_firstDescriptorsDenied)
        m_firstDescriptorsDenied = m_processes.tick();
    if (!text.empty())
        framing::appendBlock(blocks, "hindcast/fds", begin, (monotonicNow() - begin) / 1000, 0, text);
}

/// "pid oom_score oom_score_adj" of a thirtieth of the processes. In one block: a block each would be longer than what
/// is in it. The kernel never kills its own threads.
void ProcessDetails::appendOomScores(const TickContext& context, std::string& blocks)
{
    if (context.isSpent())
        return; // whose turn it is has it in the next tick
    std::string text;
    const std::int64_t begin = monotonicNow();
    ++m_oomRound; // not the number of the tick, of which some may never come
    for (const Process& process : m_processes.processes()) {
        const bool isTurn = (m_oomRound + static_cast<std::uint64_t>(process.pid)) % oomTicks == 0;
        if (!isTurn || process.isKernelThread || !process.startTicks)
            continue;
        const std::string score = firstLine(process.pid, "oom_score", context.buffer);
        const std::string adjustment = firstLine(process.pid, "oom_score_adj", context.buffer);
        if (score.empty() || adjustment.empty())
            continue;
        appendNumber(text, static_cast<std::uint64_t>(process.pid));
        text += ' ' + score + ' ' + adjustment + '\n';
    }
    if (!text.empty())
        framing::appendBlock(blocks, "hindcast/oom", begin, (monotonicNow() - begin) / 1000, 0, text);
}

/// Without its newline; "" when there is none to read.
std::string ProcessDetails::firstLine(pid_t pid, const char* file, ReadBuffer& buffer) const
{
    const int descriptor = m_root.openFile(ProcessPath(pid, file).text);
    if (descriptor < 0)
        return {};
    constexpr std::size_t longest = 32;
    std::string_view text;
    const int failure = buffer.readOnce(descriptor, longest, text);
    close(descriptor);
    return failure != 0 ? std::string() : std::string(text.substr(0, text.find('\n')));
}

/// Since Linux 6.2 the size of /proc/<pid>/fd is the number of its entries (Documentation/filesystems/proc.rst); before
/// that it is 0.
int ProcessDetails::countDescriptors(pid_t pid, std::size_t& number)
{
    const ProcessPath path(pid, "fd");
    struct stat status { };
    const int folder = m_root.openFile(path.text, O_PATH);
    if (folder < 0)
        return errno;
    const int failure = fstat(folder, &status) != 0 ? errno : 0;
    close(folder);
    number = static_cast<std::size_t>(status.st_size);
    if (failure != 0 || (number > 0 && m_root.isRealRoot()))
        return failure;
    const int list = m_root.openFile(path.text, O_DIRECTORY);
    if (list < 0)
        return errno;
    const int listFailure = m_lister.count(list, mostDescriptors, number);
    close(list);
    return listFailure;
}

void ProcessDetails::addDenials(std::vector<Denial>& denials) const
{
    for (std::size_t i = 0; i < details; ++i) {
        const std::string path = std::string("/proc/<pid>/") + files[i].name;
        if (m_absent[i] != 0) {
            denials.push_back({path, m_absent[i], 0});
            continue;
        }
        std::vector<Denial> byError; // of one file hardly ever more than one
        for (const Process& process : m_processes.processes()) {
            const int error = process.detail.errors[i];
            if (error == 0)
                continue;
            const auto known = std::find_if(
                byError.begin(), byError.end(), [&](const Denial& denial) { return denial.errorNumber == error; });
            if (known != byError.end())
                ++known->count;
            else
                byError.push_back({path, error, m_firstDenied[i]});
        }
        denials.insert(denials.end(), byError.begin(), byError.end());
    }
    if (m_descriptorsError != 0)
        denials.push_back({"/proc/<pid>/fd", m_descriptorsError, m_firstDescriptorsDenied});
}

void ProcessDetails::addIntentions(std::vector<std::string>& intentions) const
{
    intentions.emplace_back("/proc/<pid>/{status,io,schedstat}  every 5th tick when it ran; every tick of the busiest");
    intentions.emplace_back("/proc/<pid>/{oom_score,oom_score_adj}  every 30th tick");
    intentions.emplace_back(
        "/proc/<pid>/{limits,cgroup,exe,cwd,ns/*}  once per process, and of the busiest in each segment");
    intentions.emplace_back("/proc/<pid>/{wchan,stack}  every tick, of processes in state D");
    intentions.emplace_back("/proc/<pid>/fd  every 10th tick, of the busiest: how many, not which");
}

} // namespace hindcast::recorder
