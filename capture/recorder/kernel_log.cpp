#include "kernel_log.h"

#include "framing/block.h"
#include "read_buffer.h"

#include <cerrno>
#include <charconv>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::size_t backlogKept = 1 << 20; // the newest of what was there before us
constexpr std::size_t mostPerTick = 256 << 10; // the rest of a storm waits in the kernel for the next tick
constexpr std::size_t longestRecord =
    8192; // a read gives one whole record or EINVAL (Documentation/ABI/testing/dev-kmsg)

constexpr unsigned mostPassedOver = 1000; // in one tick, then it is no kernel log that answers

/// From the first whole record on: continuation lines begin with a blank.
void keepNewest(std::string& text, std::size_t limit)
{
    if (text.size() <= limit)
        return;
    auto begin = text.find('\n', text.size() - limit - 1);
    while (begin != std::string::npos && begin + 1 < text.size() && text[begin + 1] == ' ')
        begin = text.find('\n', begin + 1);
    text.erase(0, begin == std::string::npos ? text.size() : begin + 1);
}

} // namespace

KernelLog::KernelLog(const Root& root)
    : m_descriptor(root.openFile("/dev/kmsg"))
{
    if (m_descriptor < 0)
        m_errorNumber = errno;
    else
        lseek(m_descriptor, 0, SEEK_DATA); // behind the last "dmesg --clear", as dmesg itself shows it
}

KernelLog::~KernelLog()
{
    if (m_descriptor >= 0)
        close(m_descriptor);
}

void KernelLog::read(std::uint64_t tick)
{
    m_begin = monotonicNow();
    m_text.clear();
    m_lost = 0;
    if (m_descriptor >= 0) {
        if (const int failure = readRecords(m_isBacklogRead ? mostPerTick : std::string::npos)) {
            m_errorNumber = failure;
            m_failedTick = tick;
            close(std::exchange(m_descriptor, -1));
        }
        m_isBacklogRead = true;
    }
    m_microseconds = (monotonicNow() - m_begin) / 1000;
}

void KernelLog::sample(const TickContext& context, std::string& blocks)
{
    if (!m_text.empty())
        framing::appendBlock(blocks, "/dev/kmsg", m_begin, m_microseconds, 0, m_text);
    else if (m_descriptor < 0 && context.pass == Pass::Keyframe)
        framing::appendBlock(blocks, "/dev/kmsg", m_begin, m_microseconds, m_errorNumber, {});
}

/// Until there are no more, or `limit` is reached. The oldest come first, so of a longer backlog the newest are kept.
int KernelLog::readRecords(std::size_t limit)
{
    char record[longestRecord];
    unsigned passedOver = 0;
    while (m_text.size() < limit) {
        const ssize_t length = ::read(m_descriptor, record, sizeof record);
        if (length == 0 || (length < 0 && errno == EAGAIN))
            break;
        if (length < 0 && errno == EINTR)
            continue;
        // EPIPE: records were overwritten, and the next read gives the oldest there is. EINVAL: one that is longer than
        // we take, and is passed over. Either way the sequence numbers tell how many are missing.
        if (length < 0 && (errno == EPIPE || errno == EINVAL) && ++passedOver < mostPassedOver)
            continue;
        if (length < 0)
            return errno;
        noteSequence({record, static_cast<std::size_t>(length)});
        m_text.append(record, static_cast<std::size_t>(length));
        if (!m_isBacklogRead && m_text.size() > 2 * backlogKept)
            keepNewest(m_text, backlogKept);
    }
    if (!m_isBacklogRead)
        keepNewest(m_text, backlogKept);
    return 0;
}

/// "6,1234,5678901,-;text": the second field counts the records since boot.
void KernelLog::noteSequence(std::string_view record)
{
    const auto comma = record.find(',');
    std::uint64_t sequence = 0;
    if (comma == std::string_view::npos
        || std::from_chars(record.data() + comma + 1, record.data() + record.size(), sequence).ec != std::errc{})
        return;
    if (m_nextSequence && sequence > *m_nextSequence)
        m_lost += sequence - *m_nextSequence;
    m_nextSequence = sequence + 1;
}

std::optional<std::uint64_t> KernelLog::lost() const
{
    return m_errorNumber == 0 ? std::optional(m_lost) : std::nullopt;
}

void KernelLog::addDenials(std::vector<Denial>& denials) const
{
    if (m_errorNumber == 0)
        return;
    const auto tick = m_isBacklogRead ? std::optional(m_failedTick) : std::nullopt;
    denials.push_back({"/dev/kmsg", m_errorNumber, tick});
}

void KernelLog::addIntentions(std::vector<std::string>& lines) const
{
    lines.emplace_back("/dev/kmsg  every tick: the kernel's messages, those from before included");
}

} // namespace hindcast::recorder
