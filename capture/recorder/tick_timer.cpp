#include "tick_timer.h"

#include "read_buffer.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t longestWait = second / 5; ///< for the first slot

timespec toTimespec(std::int64_t nanoseconds)
{
    timespec time{};
    time.tv_sec = static_cast<std::time_t>(nanoseconds / second);
    time.tv_nsec = static_cast<long>(nanoseconds % second);
    return time;
}

} // namespace

TickTimer::TickTimer(std::int64_t intervalNanoseconds, std::optional<std::uint64_t> lastSlot)
    : m_interval(intervalNanoseconds)
    , m_lastSlot(lastSlot)
    , m_plannedInterval(intervalNanoseconds)
    , m_plannedLast(lastSlot)
{
}

TickTimer::~TickTimer()
{
    if (m_descriptor >= 0)
        close(m_descriptor);
}

int TickTimer::start()
{
    m_descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (m_descriptor < 0)
        return errno;
    timespec real{};
    clock_gettime(CLOCK_REALTIME, &real);
    const std::int64_t monotonic = monotonicNow();
    const std::int64_t grid = std::min(m_interval, second);
    const std::int64_t sinceGrid = (std::int64_t{real.tv_sec} * second + real.tv_nsec) % grid;
    m_isFirstAtOnce = m_interval > longestWait;
    m_first = monotonic - sinceGrid;
    if (monotonic - m_first >= m_interval / 2 || !m_isFirstAtOnce) // slot 1 would come too soon, or slot 0 is over
        m_first += grid;
    m_plannedFirst = m_first;
    const itimerspec schedule{toTimespec(m_interval), toTimespec(m_first + (m_isFirstAtOnce ? m_interval : 0))};
    return timerfd_settime(m_descriptor, TFD_TIMER_ABSTIME, &schedule, nullptr) != 0 ? errno : 0;
}

TickTimer::Wake TickTimer::wait(
    int stopDescriptor, const std::vector<pollfd>& others, int pauseMilliseconds, Slot& slot)
{
    if (m_isFirstAtOnce && m_next == 0)
        pauseMilliseconds = 0;
    while (!m_lastSlot || m_next <= *m_lastSlot) {
        m_waits.assign({{m_descriptor, POLLIN, 0}, {stopDescriptor, POLLIN, 0}});
        m_waits.insert(m_waits.end(), others.begin(), others.end());
        const int ready = poll(m_waits.data(), m_waits.size(), pauseMilliseconds);
        if (m_waits[1].revents != 0)
            return Wake::Stopped;
        if (m_isFirstAtOnce && m_next == 0) {
            ++m_next;
            slot = {};
            slot.isLast = m_lastSlot == std::optional<std::uint64_t>(0);
            return Wake::Slot;
        }
        if (m_waits[0].revents == 0 && ready >= 0 && (ready > 0 || pauseMilliseconds >= 0))
            return Wake::Between;
        std::uint64_t expirations = 0;
        if (read(m_descriptor, &expirations, sizeof expirations) != sizeof expirations)
            continue;
        const std::int64_t sinceFirst = monotonicNow() - m_first;
        if (sinceFirst < 0)
            continue;
        const auto now = m_firstSlot + static_cast<std::uint64_t>(sinceFirst / m_interval);
        if (now < m_next)
            continue;
        const std::uint64_t end = m_lastSlot ? *m_lastSlot + 1 : now + 1;
        leaveOut(std::min(now, end) - m_next);
        if (m_next == end)
            break;
        const std::int64_t late = sinceFirst - static_cast<std::int64_t>(m_next - m_firstSlot) * m_interval;
        const bool isLast = m_lastSlot && m_next == *m_lastSlot;
        if (late > m_interval / 2 && !isLast) {
            leaveOut(1);
            continue;
        }
        slot = {m_next, late, m_missedSinceTaken, isLast};
        m_missedSinceTaken = 0;
        ++m_next;
        return Wake::Slot;
    }
    return Wake::Finished;
}

int TickTimer::changeInterval(std::int64_t nanoseconds)
{
    const std::int64_t now = monotonicNow();
    const std::int64_t sinceFirst = now - m_first;
    if (sinceFirst >= 0) { // those whose time has come meanwhile have been missed, not forgotten
        const auto due = m_firstSlot + static_cast<std::uint64_t>(sinceFirst / m_interval) + 1;
        if (due > m_next)
            leaveOut(std::min(due, m_lastSlot ? *m_lastSlot + 1 : due) - m_next);
    }
    const std::int64_t sincePlan = std::max<std::int64_t>(now - m_plannedFirst, 0);
    m_interval = nanoseconds;
    m_firstSlot = m_next;
    m_first = m_plannedFirst + (sincePlan / m_interval + 1) * m_interval;
    if (m_plannedLast) {
        const std::int64_t left =
            m_plannedFirst + static_cast<std::int64_t>(*m_plannedLast) * m_plannedInterval - m_first;
        m_lastSlot = left < 0 ? m_next - 1 : m_next + static_cast<std::uint64_t>(left / m_interval);
    }
    const itimerspec schedule{toTimespec(m_interval), toTimespec(m_first)};
    return timerfd_settime(m_descriptor, TFD_TIMER_ABSTIME, &schedule, nullptr) != 0 ? errno : 0;
}

void TickTimer::giveBack(const Slot& slot)
{
    ++m_missed;
    m_missedSinceTaken += slot.missed + 1;
}

void TickTimer::stopAt(std::int64_t instant)
{
    const std::int64_t sinceFirst = instant - m_first;
    if (sinceFirst <= m_interval / 2)
        return;
    // Slot k is lost when sinceFirst - k * interval > interval / 2, as in wait().
    auto lost = m_firstSlot + static_cast<std::uint64_t>((sinceFirst - m_interval / 2 + m_interval - 1) / m_interval);
    if (m_lastSlot && lost > *m_lastSlot)
        lost = *m_lastSlot + (m_firstSlot + static_cast<std::uint64_t>(sinceFirst / m_interval) > *m_lastSlot ? 1 : 0);
    if (lost > m_next)
        leaveOut(lost - m_next);
}

void TickTimer::leaveOut(std::uint64_t slots)
{
    m_next += slots;
    m_missed += slots;
    m_missedSinceTaken += slots;
}

} // namespace hindcast::recorder
