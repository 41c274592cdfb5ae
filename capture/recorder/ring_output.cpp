#include "ring_output.h"

#include "free_room.h"
#include "message.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

/// The closing frame and the members of the end, beside the ring, must fit into --max-size.
constexpr std::uint64_t endBytes = 128 << 10;

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
    if (const int status = m_ring.open(m_options.isForced ? Ring::Existing::Replace : Ring::Existing::Keep))
        return status;
    if (const int status = m_file->open()) {
        m_ring.remove();
        return status;
    }
    if (const int failure = m_ring.begin("0-start")) {
        say("cannot create a file in %s: %s", m_ring.folder().c_str(), std::strerror(failure));
        remove();
        return exit_status::nothingRecorded;
    }
    return exit_status::complete;
}

int RingOutput::write(std::string_view bytes)
{
    const int failure = m_isMoved ? m_file->write(bytes) : m_ring.write(bytes);
    if (failure == EFBIG && !m_isMoved)
        say("a ring of %llu bytes is too small for what is recorded here: %llu more would not fit",
            static_cast<unsigned long long>(limitsOf(m_options).bytes), static_cast<unsigned long long>(bytes.size()));
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

int RingOutput::descriptor() const
{
    return m_isMoved ? m_file->descriptor() : m_ring.descriptor();
}

int RingOutput::sealFile(framing::CaptureWriter& writer)
{
    if (const int failure = writer.endSegment())
        return failure;
    if (const int failure = writer.endMembers())
        return failure;
    return m_ring.seal(std::exchange(m_span, {}), writer.beginPart());
}

int RingOutput::turnFile(framing::CaptureWriter& writer, std::int64_t monotonicNow)
{
    if (const int failure = sealFile(writer))
        return failure;
    if (const int failure = m_ring.dropOld(monotonicNow, m_keptFrom))
        return failure;
    char name[32];
    std::snprintf(name, sizeof name, "seg-%06llu", static_cast<unsigned long long>(writer.segment()));
    m_validLength = m_length;
    m_isFresh = true;
    return m_ring.begin(name);
}

void RingOutput::noteTick(std::int64_t monotonic)
{
    m_isFresh = false;
    if (m_span.ticks++ == 0)
        m_span.first = monotonic;
    m_span.last = monotonic;
    m_ring.tend();
}

bool RingOutput::hasRoomFor(const framing::EncodedFrame& frame, Events& events)
{
    if (m_ring.hasRoomFor(frame.bytes.size()))
        return true;
    events.add("ring-full", {{"bytes", std::to_string(frame.bytes.size())}});
    say("%s: the ring is too small for %zu bytes of packets or files; they are left out", m_ring.folder().c_str(),
        frame.bytes.size());
    return false;
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
