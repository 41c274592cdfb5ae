#include "hot_processes.h"

#include "stat_line.h"

#include <algorithm>

namespace hindcast::recorder {
namespace {

// 50 in all, as the capture goals have it, and those that hang. A host whose storage is gone may have thousands of the
// latter, all waiting for the same.
constexpr std::size_t mostByCpu = 20, mostByMemory = 10, mostByIo = 10, mostByFaults = 10;
constexpr std::size_t mostBlocked = 50;

// Who was busy in the last ticks stays chosen for a while: being looked at now and then tells less than all the while.
constexpr float remainingShare = 0.7F;
constexpr float forgotten = 0.01F;

float decayed(float measure)
{
    const float left = measure * remainingShare;
    return left < forgotten ? 0 : left;
}

float growth(std::uint64_t now, std::uint64_t before)
{
    return now > before ? static_cast<float>(now - before) : 0;
}

} // namespace

void HotProcesses::forget(Process& process)
{
    process.activity = {};
    process.hot = HotReason::None;
}

void HotProcesses::noteStat(Process& process, const StatLine& line)
{
    auto& activity = process.activity;
    if (activity.isCounted) {
        activity.cpu += growth(line.cpuTicks, activity.cpuTicks);
        activity.faulting += growth(line.faults, activity.faults);
    }
    activity.isCounted = true;
    activity.cpuTicks = line.cpuTicks;
    activity.faults = line.faults;
    activity.residentPages = line.residentPages;
    activity.threads = static_cast<std::uint32_t>(std::min<std::uint64_t>(line.threads, UINT32_MAX));
}

void HotProcesses::noteStorage(Process& process, std::uint64_t bytes)
{
    auto& activity = process.activity;
    if (activity.isStorageCounted)
        activity.storage += growth(bytes, activity.storageBytes);
    activity.isStorageCounted = true;
    activity.storageBytes = bytes;
}

void HotProcesses::choose(std::vector<Process>& processes)
{
    std::size_t blocked = 0;
    for (Process& process : processes) {
        process.hot = HotReason::None;
        if (process.state == 'D' && blocked < mostBlocked) {
            process.hot = HotReason::Blocked;
            ++blocked;
        }
        if (!m_pinned.empty() && std::find(m_pinned.begin(), m_pinned.end(), process.pid) != m_pinned.end())
            process.hot = HotReason::Pinned;
    }
    chooseMost(
        processes, mostByCpu, [](const Process& process) { return process.activity.cpu; }, HotReason::Cpu);
    chooseMost(
        processes, mostByMemory,
        [](const Process& process) { return static_cast<float>(process.activity.residentPages); }, HotReason::Memory);
    chooseMost(
        processes, mostByIo, [](const Process& process) { return process.activity.storage; }, HotReason::Io);
    chooseMost(
        processes, mostByFaults, [](const Process& process) { return process.activity.faulting; }, HotReason::Faults);
    for (Process& process : processes) {
        process.activity.cpu = decayed(process.activity.cpu);
        process.activity.faulting = decayed(process.activity.faulting);
        process.activity.storage = decayed(process.activity.storage);
    }
}

/// Of those that measure anything and were not chosen for something else; the earlier pid of equals.
void HotProcesses::chooseMost(std::vector<Process>& processes, std::size_t most, Measure measure, HotReason reason)
{
    m_candidates.clear();
    for (std::uint32_t i = 0; i < processes.size(); ++i)
        if (processes[i].hot == HotReason::None && measure(processes[i]) > 0)
            m_candidates.push_back(i);
    const std::size_t chosen = std::min(most, m_candidates.size());
    std::partial_sort(m_candidates.begin(), m_candidates.begin() + static_cast<std::ptrdiff_t>(chosen),
        m_candidates.end(), [&](std::uint32_t a, std::uint32_t b) {
            const float first = measure(processes[a]), second = measure(processes[b]);
            return first != second ? first > second : a < b;
        });
    for (std::size_t i = 0; i < chosen; ++i)
        processes[m_candidates[i]].hot = reason;
}

const char* reasonName(HotReason reason)
{
    switch (reason) {
    case HotReason::None:
        break;
    case HotReason::Pinned:
        return "pinned";
    case HotReason::Blocked:
        return "blocked";
    case HotReason::Cpu:
        return "cpu";
    case HotReason::Memory:
        return "memory";
    case HotReason::Io:
        return "io";
    case HotReason::Faults:
        return "faults";
    }
    return "none";
}

} // namespace hindcast::recorder
