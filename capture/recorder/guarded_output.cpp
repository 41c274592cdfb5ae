#include "guarded_output.h"

#include "message.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <utility>

namespace hindcast::recorder {
namespace {

unsigned long long megabytes(std::uint64_t bytes)
{
    return bytes / 1'000'000;
}

bool isFull(int errorNumber)
{
    return errorNumber == ENOSPC || errorNumber == EDQUOT;
}

} // namespace

GuardedOutput::GuardedOutput(Output& output, const FreeFloor& floor, Events& events)
    : m_output(output)
    , m_floor(floor)
    , m_events(events)
{
}

void GuardedOutput::start()
{
    struct stat status { };
    m_isGuarding = (m_floor.bytes > 0 || m_floor.percent > 0) && m_output.descriptor() >= 0
        && fstat(m_output.descriptor(), &status) == 0 && S_ISREG(status.st_mode);
}

int GuardedOutput::write(std::string_view bytes)
{
    if (m_failure != 0)
        return m_failure;
    m_usualBytes = std::max<std::uint64_t>(bytes.size(), m_usualBytes - m_usualBytes / 8);
    if (!m_held.empty()) { // in order
        m_held += bytes;
        return 0;
    }
    if (m_isGuarding) {
        auto now = space();
        if (!hasRoom(now, bytes.size()) && !makeRoom(now, bytes.size())) {
            m_held = bytes;
            pause("floor", now);
            return 0;
        }
    }
    return pass(bytes);
}

/// To the output, or what it cannot take into memory.
int GuardedOutput::pass(std::string_view bytes)
{
    std::uint64_t before = m_output.length();
    int failure = m_output.write(bytes);
    if (m_isGuarding && isFull(failure) && m_output.droppableBytes() >= bytes.size()) {
        m_output.cutToValid();
        bytes.remove_prefix(static_cast<std::size_t>(m_output.length() - before));
        before = m_output.length();
        if (m_output.drop(2 * bytes.size()) == 0)
            failure = m_output.write(bytes);
    }
    if (failure == 0) {
        m_output.markValid();
        m_held.clear();
        return 0;
    }
    if (!m_isGuarding || !isFull(failure))
        return failure;
    m_output.cutToValid();
    std::string rest(bytes.substr(static_cast<std::size_t>(m_output.length() - before)));
    m_held = std::move(rest); // `bytes` may be what was held before
    pause(failure == EDQUOT ? "quota" : "full", space());
    return 0;
}

bool GuardedOutput::mayTakeTick()
{
    if (!m_isGuarding || m_failure != 0)
        return true;
    auto now = space();
    if (m_isPaused) {
        // A little more than is needed, so that it does not pause again at once.
        if (hasRoom(now, m_held.size() + 2 * m_usualBytes)) {
            m_failure = m_held.empty() ? 0 : pass(m_held);
            if (m_held.empty() || m_failure != 0) {
                resume(now);
                return true; // a failure comes to light when the tick is written
            }
        }
    } else if (hasRoom(now, m_usualBytes) || makeRoom(now, m_usualBytes)) {
        return true;
    } else {
        pause("floor", now);
    }
    ++m_missed;
    ++m_missedSincePause;
    return false;
}

int GuardedOutput::settle()
{
    if (m_held.empty())
        return m_failure;
    if (hasRoom(space(), m_held.size()))
        if (const int failure = pass(m_held))
            return failure;
    if (m_held.empty())
        return 0;
    m_held.clear();
    return ENOSPC;
}

/// Nothing when the file system does not say.
std::optional<GuardedOutput::Space> GuardedOutput::space() const
{
    struct statvfs status { };
    if (fstatvfs(m_output.descriptor(), &status) != 0 || status.f_frsize == 0)
        return std::nullopt;
    const std::uint64_t block = status.f_frsize;
    const std::uint64_t share = std::uint64_t{status.f_blocks} * block / 100 * m_floor.percent;
    // f_bavail, not f_bfree: what everybody may use, without the share kept for root.
    return Space{std::uint64_t{status.f_bavail} * block, std::max(m_floor.bytes, share), block};
}

/// Whether the floor holds after so many bytes more: whole blocks, and one for what the file system notes about them.
bool GuardedOutput::hasRoom(const std::optional<Space>& space, std::uint64_t bytes)
{
    if (!space)
        return true; // then the write itself will tell
    const std::uint64_t blocks = (bytes + space->blockBytes - 1) / space->blockBytes + 1;
    return space->freeBytes >= space->floorBytes + blocks * space->blockBytes;
}

/// History makes way for the present, but only where that helps: on a disk that others have filled far beyond the
/// floor, nothing is dropped in vain.
bool GuardedOutput::makeRoom(std::optional<Space>& space, std::uint64_t bytes)
{
    if (!space)
        return false;
    const std::uint64_t wanted = space->floorBytes + bytes + 2 * space->blockBytes;
    const std::uint64_t lacking = wanted - std::min(wanted, space->freeBytes);
    if (m_output.droppableBytes() < lacking)
        return false;
    if (!std::exchange(m_isDroppingSaid, true))
        say("%s: %llu MB are free on its file system; the oldest samples make way (--min-free)",
            m_output.name().c_str(), megabytes(space->freeBytes));
    m_events.add(
        "room-made", {{"free_bytes", std::to_string(space->freeBytes)}, {"lacking_bytes", std::to_string(lacking)}});
    if (m_output.drop(lacking) != 0)
        return false;
    space = this->space();
    return hasRoom(space, bytes);
}

void GuardedOutput::pause(const char* reason, const std::optional<Space>& space)
{
    if (m_isPaused)
        return;
    m_isPaused = true;
    m_missedSincePause = 0;
    const std::string freeBytes = space ? std::to_string(space->freeBytes) : "-";
    m_events.add("pause", {{"reason", reason}, {"free_bytes", freeBytes}});
    if (std::strcmp(reason, "floor") == 0 && space)
        say("%s: %llu MB are free on its file system; recording pauses until more than %llu MB are (--min-free)",
            m_output.name().c_str(), megabytes(space->freeBytes), megabytes(space->floorBytes));
    else
        say("%s: %s; recording pauses until there is room", m_output.name().c_str(),
            std::strerror(std::strcmp(reason, "quota") == 0 ? EDQUOT : ENOSPC));
}

void GuardedOutput::resume(const std::optional<Space>& space)
{
    m_isPaused = false;
    const std::string freeBytes = space ? std::to_string(space->freeBytes) : "-";
    const std::string missed = std::to_string(m_missedSincePause);
    m_events.add("resume", {{"reason", "room"}, {"free_bytes", freeBytes}, {"missed", missed}});
    say("%s: there is room again; recording goes on after %s sample%s", m_output.name().c_str(), missed.c_str(),
        m_missedSincePause == 1 ? "" : "s");
}

} // namespace hindcast::recorder
