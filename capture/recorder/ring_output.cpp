#include "ring_output.h"

#include "free_room.h"
#include "message.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

/// The closing frame and the members of the end, beside the ring, must fit into --max-size.
constexpr std::uint64_t endBytes = 128 << 10;

constexpr std::uint64_t filesPerRing = 8; // at least, so that little is lost with the oldest
constexpr std::uint64_t leastTicksPerFile = 10; // else a small ring would be one of samples of everything

bool isFull(int failure)
{
    return failure == ENOSPC || failure == EDQUOT;
}

Ring::Limits limitsOf(const Options& options)
{
    Ring::Limits limits{options.flight.ringBytes, options.flight.ringNanoseconds};
    if (options.mostBytes) {
        const std::uint64_t most = *options.mostBytes > 2 * endBytes ? *options.mostBytes - endBytes : endBytes;
        limits.bytes = limits.bytes > 0 ? std::min(limits.bytes, most) : most;
    }
    return limits;
}

std::string folderOf(const Options& options, const std::string& file)
{
    return options.flight.ringFolder.empty() ? file + ".ring" : options.flight.ringFolder;
}

} // namespace

RingOutput::RingOutput(const Options& options, const std::string& hostname)
    : m_options(options)
    , m_file(makeOutput(options, hostname))
    , m_ring(folderOf(options, m_file->name()), limitsOf(options),
          options.sync == Sync::End ? Ring::Durability::Left : Ring::Durability::Forced)
{
}

int RingOutput::open()
{
    // The ring first: it is what a killed recorder leaves, and its message says what to do about it.
    const std::string part = m_file->name() + ".part";
    struct stat begun { };
    const bool isBegun = lstat(part.c_str(), &begun) == 0 && begun.st_size > 0;
    if (const int status = m_ring.open(
            m_options.isForced ? Ring::Existing::Replace : Ring::Existing::Keep, isBegun ? part : std::string()))
        return status;
    if (const int status = m_file->open()) {
        m_ring.remove();
        return status;
    }
    if (const int failure = m_ring.prepare("0-start")) {
        say("cannot create a file in %s: %s", m_ring.folder().c_str(), std::strerror(failure));
        remove();
        return exit_status::nothingRecorded;
    }
    m_ring.seal({}, {});
    return exit_status::complete;
}

int RingOutput::write(std::string_view bytes)
{
    const int failure = m_isMoved ? m_file->write(bytes) : m_ring.write(bytes);
    if (failure == EFBIG && !m_isMoved && bytes.size() + Ring::reserve > m_ring.room()) // else it is of ulimit -f
        say("%s", tooSmall().c_str());
    if (failure == 0)
        m_length += bytes.size();
    return failure;
}

void RingOutput::markValid()
{
    m_validLength = m_length;
    if (m_isMoved)
        m_file->markValid();
    else
        m_ring.markValid();
}

void RingOutput::cutToValid()
{
    m_length = m_validLength;
    if (m_isMoved)
        m_file->cutToValid();
    else
        m_ring.cutToValid();
}

/// What a trigger that was met needs from before it stays.
std::uint64_t RingOutput::droppableBytes() const
{
    return m_isMoved ? 0 : m_ring.droppableBytes(m_keptFrom);
}

int RingOutput::drop(std::uint64_t bytes)
{
    return m_isMoved ? 0 : m_ring.drop(bytes, m_keptFrom);
}

int RingOutput::descriptor() const
{
    return m_isMoved ? m_file->descriptor() : m_ring.descriptor();
}

std::string RingOutput::tooSmall() const
{
    return "a ring of " + std::to_string(limitsOf(m_options).bytes) + " bytes is too small for what is recorded here";
}

int RingOutput::endFile(framing::CaptureWriter& writer)
{
    if (const int failure = writer.endSegment())
        return failure;
    return writer.endMembers();
}

int RingOutput::sealFile(framing::CaptureWriter& writer)
{
    if (const int failure = endFile(writer))
        return failure;
    writer.limit(std::numeric_limits<std::int64_t>::max()); // what comes next is not for the ring
    return m_ring.seal(std::exchange(m_span, {}), writer.beginPart());
}

int RingOutput::turnFile(framing::CaptureWriter& writer, std::int64_t monotonicNow)
{
    if (m_isFresh || (m_isStaying && m_turnTicks == 0))
        return 0;
    if (const int failure = endFile(writer))
        return failure;
    m_validLength = m_turnLength = m_length;
    m_turnTicks = 0;
    if (const int failure = prepareFile(writer.segment()))
        return isFull(failure) ? stayInFile(writer, failure) : failure;
    m_isStaying = false;
    m_isFresh = true;
    if (const int failure = m_ring.seal(std::exchange(m_span, {}), writer.beginPart()))
        return failure;
    beginRoom(writer);
    return m_ring.dropOld(monotonicNow, m_keptFrom);
}

/// A file system may have room for bytes, but not for another file: then the oldest makes way, as for bytes.
int RingOutput::prepareFile(std::uint64_t segment)
{
    char name[32];
    std::snprintf(name, sizeof name, "seg-%06llu", static_cast<unsigned long long>(segment));
    const int failure = m_ring.prepare(name);
    if (!isFull(failure))
        return failure;
    if (!std::exchange(m_isShortSaid, true))
        say("%s: no room for another file: %s; the oldest make way", m_ring.folder().c_str(), std::strerror(failure));
    const int dropFailure = m_ring.dropOldest();
    return dropFailure != 0 ? dropFailure : m_ring.prepare(name);
}

int RingOutput::stayInFile(framing::CaptureWriter& writer, int why)
{
    if (!std::exchange(m_isStaying, true))
        say("%s: no other file can be created: %s; the last one is written on", m_ring.folder().c_str(),
            std::strerror(why));
    beginRoom(writer);
    return 0;
}

/// What the file can take at most: a tick that is larger is not begun to be written, and nothing is dropped for it.
void RingOutput::beginRoom(framing::CaptureWriter& writer)
{
    writer.limit(std::min<std::uint64_t>(m_ring.room(), std::numeric_limits<std::int64_t>::max()));
}

bool RingOutput::isFileLarge() const
{
    const std::uint64_t limit = limitsOf(m_options).bytes;
    if (limit == 0)
        return false;
    if (m_ring.room() < 2 * m_tickBytes + 4 * Ring::reserve)
        return true; // the next tick may not fit
    // Where the first tick of the next file takes all of this one's room, nothing is won by an early end.
    return m_wholeBytes < limit / 2 && m_turnTicks >= leastTicksPerFile
        && m_tickLength - m_turnLength >= limit / filesPerRing;
}

void RingOutput::noteTick(std::int64_t monotonic)
{
    m_isFresh = false;
    m_isLeavingOut = false;
    const std::uint64_t bytes = m_length - std::min(m_length, std::max(m_turnLength, m_tickLength));
    m_tickLength = m_length;
    if (m_turnTicks++ == 0)
        m_wholeBytes = bytes;
    else
        m_tickBytes = bytes;
    const std::uint64_t limit = limitsOf(m_options).bytes;
    if (!std::exchange(m_isSizeSaid, true) && limit > 0 && bytes > limit / filesPerRing)
        say("a sample of everything takes %llu KiB here, of the ring's %llu: it holds little besides",
            static_cast<unsigned long long>(bytes >> 10), static_cast<unsigned long long>(limit >> 10));
    if (m_span.ticks++ == 0)
        m_span.first = monotonic;
    m_span.last = monotonic;
    m_ring.tend();
}

bool RingOutput::hasRoomFor(const framing::EncodedFrame& frame, Events& events)
{
    if (frame.bytes.size() + 2 * Ring::reserve <= m_ring.room()) // for the index of it, too
        return true;
    events.add("ring-full", {{"bytes", std::to_string(frame.bytes.size())}});
    say("%s: the ring is too small for %zu bytes of packets or files; they are left out", m_ring.folder().c_str(),
        frame.bytes.size());
    return false;
}

void RingOutput::noteLeftOut(Events& events)
{
    ++m_leftOut;
    if (std::exchange(m_isLeavingOut, true))
        return;
    events.add("ring-full", {{"sample", "left-out"}});
    say("%s: %s; a sample is left out, and what the ring has stays", m_ring.folder().c_str(), tooSmall().c_str());
}

std::uint64_t RingOutput::ticks() const
{
    std::uint64_t sum = m_span.ticks + m_movedSpan.ticks;
    for (const Ring::File& file : m_ring.files())
        sum += file.span.ticks;
    return sum;
}

int RingOutput::moveIntoFile()
{
    m_isMoved = true;
    while (m_moveFailure == 0 && !m_ring.files().empty())
        m_moveFailure = moveFirst();
    m_length = m_validLength = m_file->length();
    return m_moveFailure;
}

int RingOutput::moveFirst()
{
    const Ring::File& first = m_ring.files().front();
    if (!hasFreeRoom(m_file->descriptor(), m_options.freeFloor, first.bytes))
        return ENOSPC;
    const int source = m_ring.openFile(first);
    if (source < 0)
        return errno;
    const int failure = m_file->append(source, first.bytes);
    close(source);
    if (failure != 0) {
        m_file->cutToValid();
        return failure;
    }
    m_file->markValid();
    // What the ring no longer has must be in the file, also after a power cut.
    if (m_options.sync != Sync::End && fdatasync(m_file->descriptor()) != 0)
        return errno;
    if (first.span.ticks > 0) {
        if (m_movedSpan.ticks == 0)
            m_movedSpan.first = first.span.first;
        m_movedSpan.last = first.span.last;
        m_movedSpan.ticks += first.span.ticks;
    }
    m_movedIndex.append(first.index);
    return m_ring.dropFirst();
}

/// After a failure the ring may still have all of it, or what could not be moved any more.
int RingOutput::finish()
{
    int failure = 0;
    if (!m_isMoved) {
        failure = m_ring.seal({}, {});
        if (failure == 0)
            failure = moveIntoFile();
    } else if (!m_ring.files().empty()) {
        failure = m_moveFailure;
    }
    if (failure == 0) {
        failure = m_file->finish();
        m_ring.remove();
        return failure;
    }
    const char* const folder = m_ring.folder().c_str();
    if (m_file->length() == 0) {
        m_file->remove();
        say("%s: %s; the samples stay in %s, of which `cat %s/* > FILE` makes a capture", name().c_str(),
            std::strerror(failure), folder, folder);
    } else {
        m_file->finish();
        say("%s: %s; the later samples stay in %s (`cat %s %s/* > FILE` joins them)", name().c_str(),
            std::strerror(failure), folder, name().c_str(), folder);
    }
    return failure;
}

void RingOutput::remove()
{
    m_ring.remove();
    m_file->remove();
}

} // namespace hindcast::recorder
