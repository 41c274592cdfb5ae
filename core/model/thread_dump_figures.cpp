#include "model/thread_dump_figures.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace hindcast {
namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// Where workers wait for work, and what stands by to be asked; in one of the innermost frames.
constexpr std::array idleFrames{
    std::string_view("ThreadPoolExecutor.getTask("),
    std::string_view("ScheduledThreadPoolExecutor$DelayedWorkQueue.take("),
    std::string_view("ForkJoinPool.awaitWork("),
    std::string_view("ForkJoinPool.runWorker("),
    std::string_view("ForkJoinPool.scan("),
    std::string_view("BlockingQueue.take("),
    std::string_view("BlockingQueue.poll("),
    std::string_view("BlockingDeque.take"),
    std::string_view("DelayQueue.take("),
    std::string_view("SynchronousQueue.take("),
    std::string_view("TransferQueue.take("),
    std::string_view("TaskQueue.take("),
    std::string_view("QueuedThreadPool.idleJobPoll("),
    std::string_view("ReservedThreadExecutor$ReservedThread.reservedWait("),
    std::string_view("TimerThread.mainLoop("),
    std::string_view("ReferenceQueue.remove"),
    std::string_view("ReferenceQueue.await("),
    std::string_view("Reference.waitForReferencePendingList("),
    std::string_view("Reference$ReferenceHandler.run("),
    std::string_view("EPoll.wait("),
    std::string_view("EPollArrayWrapper.epollWait("),
    std::string_view("epoll.Native.epollWait"),
    std::string_view("KQueue.poll("),
    std::string_view("KQueueArrayWrapper.kevent0("),
    std::string_view("WEPoll.wait("),
    std::string_view("WindowsSelectorImpl$SubSelector.poll"),
    std::string_view("Net.accept("),
    std::string_view("socketAccept("),
    std::string_view("ServerSocketChannelImpl.accept0("),
    std::string_view("UnixDomainSockets.accept0("),
    std::string_view("ServerSocketChannelImpl.accept("),
    std::string_view("NioSocketImpl.accept("),
};

/// In its order: names, states and the rest are of the dump's threads.
using ByKey = std::unordered_map<std::string, const DumpThread*>;

ByKey byKey(const ThreadDump& dump)
{
    ByKey threads;
    for (const DumpThread& thread : dump.threads)
        threads.try_emplace(threadKey(thread), &thread);
    return threads;
}

/// The pair of values of a thread in two dumps.
std::optional<ThreadCpu> cpuOf(const DumpThread& before, const DumpThread& after, std::optional<double> between)
{
    if (!before.cpuSeconds || !after.cpuSeconds)
        return std::nullopt;
    if (before.elapsedSeconds && after.elapsedSeconds)
        between = *after.elapsedSeconds - *before.elapsedSeconds; // to 10 ms, a dump's date only to a second
    const double seconds = *after.cpuSeconds - *before.cpuSeconds;
    if (!between || !(*between > 0) || seconds < 0) // another thread with the name and number of an older one
        return std::nullopt;
    return ThreadCpu{threadKey(after), after.name, after.nativeId, seconds, seconds / *between, after.stack};
}

std::optional<double> secondsBetween(const ThreadDump& earlier, const ThreadDump& later)
{
    if (earlier.clock != Clock::Wall || later.clock != Clock::Wall || later.time <= earlier.time)
        return std::nullopt;
    return toSeconds(later.time - earlier.time);
}

/// User and system time of a recorded thread by then; it has a sample where they changed.
std::optional<double> cpuSecondsAt(const Entity& entity, Time time)
{
    const auto after = std::upper_bound(entity.times->begin(), entity.times->end(), time);
    if (after == entity.times->begin())
        return std::nullopt;
    const auto sample = entity.sampleAt(static_cast<std::uint32_t>(after - entity.times->begin() - 1));
    if (!sample)
        return std::nullopt;
    const auto& columns = entityColumns(entity.kind);
    double sum = notMeasured;
    for (std::size_t column = 0; column < columns.size(); ++column)
        if (columns[column].metric.ends_with(".user_time") || columns[column].metric.ends_with(".system_time"))
            sum = (std::isnan(sum) ? 0 : sum) + entity.columns[column].at(*sample);
    return std::isnan(sum) ? std::nullopt : std::optional(sum);
}

} // namespace

std::string poolName(std::string_view thread)
{
    const auto last = std::find_if(thread.rbegin(), thread.rend(), isDigit);
    if (last == thread.rend())
        return std::string(thread);
    const auto first = std::find_if_not(last, thread.rend(), isDigit);
    std::string name(thread.begin(), first.base());
    if (!name.ends_with('#')) // "GC Thread#3"
        name += '#';
    return name.append(last.base(), thread.end());
}

std::vector<ThreadPool> threadPools(const ThreadDumps& dumps, const ThreadDump& dump)
{
    std::map<std::string, ThreadPool> pools;
    for (std::size_t place = 0; place < dump.threads.size(); ++place) {
        const DumpThread& thread = dump.threads[place];
        std::string name = poolName(thread.name);
        ThreadPool& pool = pools[name];
        pool.name = std::move(name);
        pool.threads.push_back(place);
        pool.runnable += thread.state == "RUNNABLE";
        pool.blocked += thread.state == "BLOCKED";
        pool.waiting += thread.state == "WAITING";
        pool.timedWaiting += thread.state == "TIMED_WAITING";
        pool.idle += isIdleStack(dumps.frames(thread.stack));
    }
    std::vector<ThreadPool> sorted;
    for (auto& [name, pool] : pools) {
        if (pool.threads.size() == 1)
            pool.name = dump.threads[pool.threads.front()].name;
        sorted.push_back(std::move(pool));
    }
    std::stable_sort(sorted.begin(), sorted.end(),
        [](const ThreadPool& a, const ThreadPool& b) { return a.threads.size() > b.threads.size(); });
    return sorted;
}

bool isIdleStack(std::string_view frames)
{
    constexpr int framesLookedAt = 10;
    std::string_view frame;
    for (int i = 0; i < framesLookedAt && nextLine(frames, frame); ++i)
        for (const auto idle : idleFrames)
            if (frame.find(idle) != std::string_view::npos)
                return true;
    return false;
}

std::string threadKey(const DumpThread& thread)
{
    const auto number = thread.number ? thread.number : thread.nativeId;
    std::string key(thread.name);
    return number ? key + '\n' + std::to_string(static_cast<std::int64_t>(*number)) : key;
}

std::vector<std::vector<std::size_t>> sameStackCounts(const DumpedProcess& process)
{
    struct Last {
        std::string_view stack;
        std::size_t count = 0;
    };
    std::unordered_map<std::string, Last> before;
    std::vector<std::vector<std::size_t>> counts;
    for (const ThreadDump& dump : process.dumps) {
        std::unordered_map<std::string, Last> here;
        auto& ofDump = counts.emplace_back();
        for (const DumpThread& thread : dump.threads) {
            std::string key = threadKey(thread);
            const auto known = before.find(key);
            const bool isSame = known != before.end() && known->second.stack == thread.stack;
            const std::size_t count = thread.stack.empty() ? 0 : isSame ? known->second.count + 1 : 1;
            ofDump.push_back(count);
            here.try_emplace(std::move(key), Last{thread.stack, count});
        }
        before = std::move(here);
    }
    return counts;
}

std::vector<UnmovedThreads> unmovedThreads(const ThreadDumps& dumps, const DumpedProcess& process)
{
    struct Stay {
        std::size_t first = 0, last = 0; ///< dumps
        const DumpThread *begin = nullptr, *end = nullptr;
    };
    std::map<std::string, Stay> stays;
    for (std::size_t place = 0; place < process.dumps.size(); ++place)
        for (const auto& [key, thread] : byKey(process.dumps[place])) {
            Stay& stay = stays[key];
            const bool goesOn = stay.end && stay.last + 1 == place && stay.end->stack == thread->stack;
            if (!goesOn)
                stay = {place, place, thread, thread};
            stay.last = place;
            stay.end = thread;
        }
    std::map<std::tuple<std::string_view, std::size_t, std::size_t>, UnmovedThreads> groups;
    for (const auto& [key, stay] : stays) {
        const bool isUnmoved = stay.last > stay.first && !stay.end->stack.empty();
        if (!isUnmoved)
            continue;
        UnmovedThreads& group = groups[{stay.end->stack, stay.first, stay.last}];
        const ThreadDump &first = process.dumps[stay.first], &last = process.dumps[stay.last];
        const auto length = secondsBetween(first, last);
        group.stack = stay.end->stack;
        group.state = stay.end->state;
        group.names.push_back(stay.end->name);
        group.dumps = stay.last - stay.first + 1;
        if (length)
            group.length = last.time - first.time;
        group.isIdle = isIdleStack(dumps.frames(group.stack));
        if (const auto cpu = cpuOf(*stay.begin, *stay.end, length))
            group.cpuShare = std::max(group.cpuShare.value_or(0), cpu->share);
    }
    std::vector<UnmovedThreads> sorted;
    for (auto& [key, group] : groups)
        sorted.push_back(std::move(group));
    std::stable_sort(sorted.begin(), sorted.end(), [](const UnmovedThreads& a, const UnmovedThreads& b) {
        return std::tuple(a.isIdle, b.dumps, b.names.size(), b.cpuShare.value_or(0))
            < std::tuple(b.isIdle, a.dumps, a.names.size(), a.cpuShare.value_or(0));
    });
    return sorted;
}

std::vector<ContendedLock> contendedLocks(const ThreadDump& dump)
{
    std::map<std::string_view, ContendedLock> locks;
    for (std::size_t place = 0; place < dump.threads.size(); ++place) {
        const DumpThread& thread = dump.threads[place];
        const bool isEntering = thread.wait == "to lock" || thread.wait == "to lock again";
        if (!isEntering && !thread.blocker && thread.waitsForOwner.empty())
            continue;
        ContendedLock& lock = locks[thread.waitsFor.empty() ? thread.waitsForClass : thread.waitsFor];
        lock.address = thread.waitsFor;
        lock.className = thread.waitsForClass;
        lock.waiters.push_back(place);
        if (thread.blocker) {
            lock.owner = thread.blocker;
            lock.ownerName = dump.threads[*thread.blocker].name;
            lock.blocked = dump.threads[*thread.blocker].blocked;
        } else if (!thread.waitsForOwner.empty()) {
            lock.ownerName = thread.waitsForOwner;
        }
    }
    std::vector<ContendedLock> sorted;
    for (auto& [address, lock] : locks) {
        lock.blocked = std::max(lock.blocked, lock.waiters.size());
        sorted.push_back(std::move(lock));
    }
    std::stable_sort(sorted.begin(), sorted.end(), [](const ContendedLock& a, const ContendedLock& b) {
        return std::tuple(a.waiters.size(), a.blocked) > std::tuple(b.waiters.size(), b.blocked);
    });
    return sorted;
}

std::vector<ThreadCpu> cpuBetween(const ThreadDump& earlier, const ThreadDump& later)
{
    const ByKey before = byKey(earlier);
    std::vector<ThreadCpu> used;
    for (const DumpThread& thread : later.threads)
        if (const auto same = before.find(threadKey(thread)); same != before.end())
            if (const auto cpu = cpuOf(*same->second, thread, secondsBetween(earlier, later)))
                used.push_back(*cpu);
    std::stable_sort(
        used.begin(), used.end(), [](const ThreadCpu& a, const ThreadCpu& b) { return a.seconds > b.seconds; });
    return used;
}

std::vector<ThreadCpu> recordedCpu(const Snapshot& snapshot, const DumpedProcess& process)
{
    std::vector<ThreadCpu> used;
    const auto seconds =
        process.dumps.empty() ? std::nullopt : secondsBetween(process.dumps.front(), process.dumps.back());
    if (process.pid.empty() || !seconds)
        return used;
    std::unordered_map<std::string_view, const Entity*> recorded; // by tid
    for (const Entity& entity : snapshot.entities)
        if (!entity.attribute("tid").empty() && entity.attribute("pid") == process.pid)
            recorded[entity.attribute("tid")] = &entity;
    const ThreadDump &first = process.dumps.front(), &last = process.dumps.back();
    for (const DumpThread& thread : last.threads) {
        if (!thread.nativeId)
            continue;
        const auto entity = recorded.find(std::to_string(static_cast<std::int64_t>(*thread.nativeId)));
        if (entity == recorded.end())
            continue;
        const auto before = cpuSecondsAt(*entity->second, first.time), after = cpuSecondsAt(*entity->second, last.time);
        if (before && after && *after >= *before)
            used.push_back({threadKey(thread), thread.name, thread.nativeId, *after - *before,
                (*after - *before) / *seconds, thread.stack});
    }
    std::stable_sort(
        used.begin(), used.end(), [](const ThreadCpu& a, const ThreadCpu& b) { return a.seconds > b.seconds; });
    return used;
}

} // namespace hindcast
