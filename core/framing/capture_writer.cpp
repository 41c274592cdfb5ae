#include "framing/capture_writer.h"

#include "framing/block.h"
#include "framing/tar_header.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace hindcast::framing {
namespace {

constexpr std::int64_t nanosecondsPerSecond = 1'000'000'000;
constexpr std::array<char, 2 * tarBlockSize> zeros{};

// zstd contrib/seekable_format/zstd_seekable_compression_format.md
constexpr std::uint32_t seekTableFooterMagic = 0x8F92EAB1U;
constexpr char seekTableHasNoChecksums = 0;

Sha256 chainStart(const Digest& previous)
{
    Sha256 hash;
    hash.add({reinterpret_cast<const char*>(previous.data()), previous.size()});
    return hash;
}

} // namespace

void CaptureWriter::FreeContext::operator()(ZSTD_CCtx_s* context) const
{
    ZSTD_freeCCtx(context);
}

CaptureWriter::CaptureWriter(Sink& sink, const WriterSettings& settings)
    : m_sink(sink)
    , m_settings(settings)
    , m_context(ZSTD_createCCtx())
    , m_chunk(ZSTD_CStreamOutSize())
    , m_chain(chainStart({}))
{
    if (!m_context) {
        m_error = ENOMEM;
        return;
    }
    setCompression(*m_context, m_settings.level, m_settings.windowLog);
}

CaptureWriter::~CaptureWriter() = default;

int CaptureWriter::addMember(std::string_view path, std::string_view bytes, std::int64_t modifiedSeconds)
{
    if (m_isSegmentOpen || !isSafeMemberPath(path))
        return m_error != 0 ? m_error : EINVAL;
    const int failure = appendMember(path, bytes, modifiedSeconds);
    m_hasMembers = m_hasMembers || failure == 0;
    return failure;
}

int CaptureWriter::endMembers()
{
    if (!m_hasMembers)
        return m_error;
    m_hasMembers = false;
    return endFrame(FrameKind::Members);
}

int CaptureWriter::addFrame(const EncodedFrame& frame)
{
    if (m_isSegmentOpen)
        return m_error != 0 ? m_error : EINVAL;
    if (const int failure = endMembers())
        return failure;
    m_chain.add(frame.bytes);
    m_frame.frameBytes = frame.bytes.size();
    m_frame.rawBytes = frame.rawBytes;
    m_pending += frame.bytes;
    return sealFrame(FrameKind::Members);
}

int CaptureWriter::beginSegment(std::string_view manifest, std::string_view processes, std::int64_t modifiedSeconds)
{
    if (const int failure = endMembers())
        return failure;
    m_isSegmentOpen = true;
    m_largestTick = 0;
    m_frame.segment = m_segment;
    char path[64];
    std::snprintf(path, sizeof path, "seg/%llu/manifest.json", static_cast<unsigned long long>(m_segment));
    if (const int failure = appendMember(path, manifest, modifiedSeconds))
        return failure;
    std::snprintf(path, sizeof path, "seg/%llu/pids.txt", static_cast<unsigned long long>(m_segment));
    return appendMember(path, processes, modifiedSeconds);
}

int CaptureWriter::addTick(const TickStamp& stamp, std::string& blocks)
{
    appendTickEnd(blocks, m_ticks + 1);
    char path[64];
    std::snprintf(path, sizeof path, "seg/%llu/t/%06llu.txt", static_cast<unsigned long long>(m_segment),
        static_cast<unsigned long long>(stamp.number));
    if (const int failure = appendMember(path, blocks, stamp.realNanoseconds / nanosecondsPerSecond))
        return failure;
    if (const int failure = compress({}, ZSTD_e_flush))
        return failure;
    if (const int failure = deliver())
        return failure;
    if (m_frame.ticks == 0) {
        m_frame.firstTick = stamp.number;
        m_frame.firstRealNanoseconds = stamp.realNanoseconds;
        m_frame.firstMonotonicNanoseconds = stamp.monotonicNanoseconds;
    }
    m_frame.lastTick = stamp.number;
    m_frame.lastRealNanoseconds = stamp.realNanoseconds;
    m_frame.lastMonotonicNanoseconds = stamp.monotonicNanoseconds;
    ++m_frame.ticks;
    ++m_ticks;
    m_largestTick = std::max<std::uint64_t>(m_largestTick, blocks.size());
    return 0;
}

bool CaptureWriter::isSegmentFull() const
{
    return m_isSegmentOpen
        && (m_frame.ticks >= m_settings.ticksPerSegment
            || m_frame.rawBytes + m_largestTick > m_settings.bytesPerSegment);
}

int CaptureWriter::endSegment()
{
    if (!m_isSegmentOpen)
        return m_error;
    m_isSegmentOpen = false;
    const int failure = endFrame(FrameKind::Segment);
    if (failure == 0)
        ++m_segment;
    return failure;
}

int CaptureWriter::close()
{
    if (const int failure = endSegment())
        return failure;
    if (const int failure = endMembers())
        return failure;
    const std::int64_t modified = m_segments.empty() ? 0 : m_segments.back().lastRealNanoseconds / nanosecondsPerSecond;
    if (const int failure = appendMember("index.txt", indexText(), modified))
        return failure;
    if (const int failure = compress({zeros.data(), zeros.size()}, ZSTD_e_continue))
        return failure;
    if (const int failure = endFrame(FrameKind::Close))
        return failure;
    m_pending = seekTable();
    return deliver();
}

/// Header, bytes, padding: all into the open frame.
int CaptureWriter::appendMember(std::string_view path, std::string_view bytes, std::int64_t modifiedSeconds)
{
    const auto header = makeTarHeader({std::string(path), bytes.size(), modifiedSeconds});
    if (!header)
        return m_error != 0 ? m_error : EINVAL;
    if (const int failure = compress({header->data(), header->size()}, ZSTD_e_continue))
        return failure;
    if (const int failure = compress(bytes, ZSTD_e_continue))
        return failure;
    return compress({zeros.data(), static_cast<std::size_t>(tarPadding(bytes.size()))}, ZSTD_e_continue);
}

int CaptureWriter::compress(std::string_view bytes, int directive)
{
    if (m_error != 0)
        return m_error;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
        ZSTD_outBuffer out{m_chunk.data(), m_chunk.size(), 0};
        const std::size_t left =
            ZSTD_compressStream2(m_context.get(), &out, &in, static_cast<ZSTD_EndDirective>(directive));
        if (ZSTD_isError(left))
            return fail(ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation ? ENOMEM : EIO);
        const std::string_view produced(m_chunk.data(), out.pos);
        m_chain.add(produced);
        m_frame.frameBytes += produced.size();
        m_pending += produced;
        // With e_continue the encoder may keep what it likes; flush and end are done when nothing is left inside.
        if (directive == ZSTD_e_continue ? in.pos == in.size : left == 0)
            break;
    }
    m_frame.rawBytes += bytes.size();
    return 0;
}

int CaptureWriter::endFrame(FrameKind kind)
{
    if (const int failure = compress({}, ZSTD_e_end))
        return failure;
    return sealFrame(kind);
}

/// The frame's bytes are complete: its index record behind it, and both to the sink.
int CaptureWriter::sealFrame(FrameKind kind)
{
    m_frame.kind = kind;
    m_chain.add(indexPayloadHead(m_frame));
    m_frame.sha256 = m_chain.digest();
    const std::string index = encodeIndexFrame(m_frame);
    m_pending += index;
    if (const int failure = deliver())
        return failure;
    m_seekEntries.push_back(
        {static_cast<std::uint32_t>(m_frame.frameBytes), static_cast<std::uint32_t>(m_frame.rawBytes)});
    m_seekEntries.push_back({static_cast<std::uint32_t>(index.size()), 0});
    if (kind == FrameKind::Segment)
        m_segments.push_back(m_frame);
    IndexRecord next;
    next.sequence = m_frame.sequence + 1;
    next.previous = m_frame.sha256;
    m_frame = next;
    m_chain = chainStart(m_frame.previous);
    return 0;
}

/// One write for all that has gathered, so that a tick arrives whole or not at all on most file systems.
int CaptureWriter::deliver()
{
    if (m_error != 0)
        return m_error;
    if (const int failure = m_sink.write(m_pending))
        return fail(failure);
    m_bytesWritten += m_pending.size();
    m_pending.clear();
    return 0;
}

int CaptureWriter::fail(int errorNumber)
{
    m_error = errorNumber;
    return m_error;
}

std::string CaptureWriter::indexText() const
{
    std::string text;
    char line[200];
    for (const IndexRecord& segment : m_segments) {
        const int length = std::snprintf(line, sizeof line, "%llu %llu %llu %llu %lld %lld %llu %llu\n",
            static_cast<unsigned long long>(segment.segment), static_cast<unsigned long long>(segment.firstTick),
            static_cast<unsigned long long>(segment.lastTick), static_cast<unsigned long long>(segment.ticks),
            static_cast<long long>(segment.firstRealNanoseconds), static_cast<long long>(segment.lastRealNanoseconds),
            static_cast<unsigned long long>(segment.rawBytes), static_cast<unsigned long long>(segment.frameBytes));
        text.append(line, static_cast<std::size_t>(length));
    }
    return text;
}

std::string CaptureWriter::seekTable() const
{
    std::string payload;
    for (const SeekEntry& entry : m_seekEntries) {
        appendLittleEndian32(payload, entry.compressed);
        appendLittleEndian32(payload, entry.decompressed);
    }
    appendLittleEndian32(payload, static_cast<std::uint32_t>(m_seekEntries.size()));
    payload += seekTableHasNoChecksums;
    appendLittleEndian32(payload, seekTableFooterMagic);
    std::string frame;
    appendLittleEndian32(frame, seekTableMagic);
    appendLittleEndian32(frame, static_cast<std::uint32_t>(payload.size()));
    return frame + payload;
}

} // namespace hindcast::framing
