#include "threads.h"

#include "framing/block.h"
#include "text_digest.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

// 8 µs each with two files. A process with more than its share has the others left out, and it is said how many.
constexpr std::size_t mostThreads = 2000;
constexpr std::size_t mostOfOne = 1000;

constexpr std::size_t threadsPerQuestion = 16; ///< whether the tick has cost what it may

} // namespace

Threads::Threads(const Root& root, ProcessTable& processes)
    : m_root(root)
    , m_processes(processes)
{
}

void Threads::sample(const TickContext& context, std::string& blocks)
{
    if (context.pass == Pass::Keyframe) {
        m_lastHot.clear();
        for (Group& group : m_groups)
            for (Thread& thread : group.threads)
                thread.stat = thread.schedstat = 0;
    }
    m_leftOut.clear();
    if (context.turn == Turn::Burst || context.isLeftOut(Degradation::Threads)) {
        m_groups.clear();
        m_leftOut = "# threads off\n";
    } else {
        sampleAll(context, blocks);
    }
    appendHot(context, blocks);
}

void Threads::sampleAll(const TickContext& context, std::string& blocks)
{
    m_room = mostThreads;
    m_previous.swap(m_groups);
    m_groups.clear();
    for (const Process& process : m_processes.processes()) {
        if (process.hot == HotReason::None || !process.startTicks)
            continue;
        Group group = takeGroup(process);
        if (process.activity.threads > 1 && context.isSpent()) { // what is known of them stays for the next tick
            noteLeftOut(process.pid, process.activity.threads);
            if (!group.threads.empty())
                m_groups.push_back(std::move(group));
            continue;
        }
        // A process of one thread is its stat; one that just lost the others still has their end to be told.
        if (process.activity.threads <= 1 && group.threads.empty())
            continue;
        sampleGroup(group, context, blocks);
        if (!group.threads.empty())
            m_groups.push_back(std::move(group));
    }
}

/// What is known of its threads; nothing when it was not looked at closely in the last tick.
Threads::Group Threads::takeGroup(const Process& process)
{
    const auto known = std::lower_bound(m_previous.begin(), m_previous.end(), process.pid,
        [](const Group& group, pid_t pid) { return group.pid < pid; });
    if (known != m_previous.end() && known->pid == process.pid && known->startTicks == *process.startTicks)
        return std::move(*known);
    return {process.pid, *process.startTicks, {}};
}

void Threads::sampleGroup(Group& group, const TickContext& context, std::string& blocks)
{
    const int folder = m_root.openFile(ProcessPath(group.pid, "task").text, O_DIRECTORY);
    const int failure = folder < 0 ? errno : m_lister.list(folder, m_listed);
    if (failure != 0) { // gone: its own stat says so
        if (folder >= 0)
            close(folder);
        group.threads.clear();
        return;
    }
    const std::size_t listed = m_listed.size();
    const std::size_t wanted = std::min({listed, m_room, mostOfOne});
    m_listed.resize(wanted);
    m_room -= wanted;
    matchList(group, wanted < listed, blocks);
    std::size_t read = 0;
    for (; read < wanted && !(read % threadsPerQuestion == 0 && context.isSpent()); ++read)
        sampleThread(group, group.threads[read], folder, context.buffer, blocks);
    if (read < listed)
        noteLeftOut(group.pid, listed - read);
    close(folder);
    group.threads.erase(
        std::remove_if(group.threads.begin(), group.threads.end(), [](const Thread& thread) { return thread.isGone; }),
        group.threads.end());
}

void Threads::noteLeftOut(pid_t pid, std::size_t threads)
{
    char line[64];
    std::snprintf(line, sizeof line, "# threads_left_out %d %zu\n", static_cast<int>(pid), threads);
    m_leftOut += line;
}

/// Makes the threads those of m_listed. `isCut`: it goes no further than there was room, and who is behind its last has
/// not ended for that.
void Threads::matchList(Group& group, bool isCut, std::string& blocks)
{
    std::vector<Thread> now;
    now.reserve(m_listed.size());
    const pid_t last = m_listed.empty() ? 0 : m_listed.back();
    auto old = group.threads.begin();
    const auto end = [&](const Thread& thread) {
        if (!isCut || thread.tid < last)
            appendProcessBlock(blocks, ThreadPath(group.pid, thread.tid, "stat").text, monotonicNow(), 0, ESRCH, {});
    };
    for (const pid_t tid : m_listed) {
        for (; old != group.threads.end() && old->tid < tid; ++old)
            end(*old);
        if (old != group.threads.end() && old->tid == tid)
            now.push_back(*old++);
        else
            now.push_back({tid, false, 0, 0});
    }
    for (; old != group.threads.end(); ++old)
        end(*old);
    group.threads.swap(now);
}

void Threads::sampleThread(const Group& group, Thread& thread, int folder, ReadBuffer& buffer, std::string& blocks)
{
    struct File {
        const char* name;
        std::uint64_t* digest;
    };
    for (const File& file : {File{"stat", &thread.stat}, File{"schedstat", &thread.schedstat}}) {
        std::string_view text;
        const std::int64_t begin = monotonicNow();
        const int failure = readFile(group, thread, file.name, folder, buffer, text);
        if (isGone(failure) && file.digest == &thread.stat) { // between the listing and now
            if (thread.stat != 0)
                appendProcessBlock(blocks, ThreadPath(group.pid, thread.tid, "stat").text, begin, 0, ESRCH, {});
            thread.isGone = true;
            return;
        }
        const std::uint64_t digest = failure == 0 ? textDigest(text) : 0;
        if (failure != 0 || digest == *file.digest)
            continue;
        *file.digest = digest;
        appendProcessBlock(
            blocks, ThreadPath(group.pid, thread.tid, file.name).text, begin, (monotonicNow() - begin) / 1000, 0, text);
    }
}

int Threads::readFile(const Group& group, const Thread& thread, const char* file, int folder, ReadBuffer& buffer,
    std::string_view& text) const
{
    int descriptor = -1;
    if (m_root.isRealRoot()) { // two components to look up instead of five
        char name[32];
        std::snprintf(name, sizeof name, "%d/%s", static_cast<int>(thread.tid), file);
        descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC);
    } else {
        descriptor = m_root.openFile(ThreadPath(group.pid, thread.tid, file).text);
    }
    if (descriptor < 0)
        return errno;
    constexpr std::size_t longest = 4096; // as a process's stat: one line, printed in one piece
    int failure = buffer.readOnce(descriptor, longest, text);
    if (failure == 0 && text.empty())
        failure = ESRCH;
    close(descriptor);
    return failure;
}

/// "pid reason" per line, then remarks; at a keyframe and when anything of it changed.
void Threads::appendHot(const TickContext& context, std::string& blocks)
{
    std::string text;
    char line[48];
    for (const Process& process : m_processes.processes()) {
        if (process.hot == HotReason::None)
            continue;
        std::snprintf(line, sizeof line, "%d %s\n", static_cast<int>(process.pid), reasonName(process.hot));
        text += line;
    }
    for (const Process& process : m_processes.processes()) {
        if (process.hot == HotReason::None || !process.detail.isLeftOut)
            continue;
        std::snprintf(line, sizeof line, "# details_left_out %d\n", static_cast<int>(process.pid));
        text += line;
    }
    text += m_leftOut;
    if (context.pass != Pass::Keyframe && text == m_lastHot)
        return;
    framing::appendBlock(blocks, "hindcast/hot", monotonicNow(), 0, 0, text);
    m_lastHot = std::move(text);
}

void Threads::addIntentions(std::vector<std::string>& intentions) const
{
    intentions.emplace_back("/proc/<pid>/task/<tid>/{stat,schedstat}  every tick, of the busiest processes");
}

} // namespace hindcast::recorder
