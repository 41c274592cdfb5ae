#include "framing/capture_writer.h"

#include "framing/block.h"
#include "framing/tar_header.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace hindcast::framing {
namespace {

constexpr std::int64_t nanosecondsPerSecond = 1'000'000'000;
constexpr std::array<char, 2 * tarBlockSize> zeros{};

// zstd contrib/seekable_format/zstd_seekable_compression_format.md
constexpr std::uint32_t seekTableFooterMagic = 0x8F92EAB1U;
constexpr char seekTableHasNoChecksums = 0;
constexpr std::uint64_t seekTableBytes = 17, seekEntryBytes = 8; ///< without entries; of each
/// Bounds: what zstd needs to end a flushed frame is an empty block and the checksum, 7 bytes.
constexpr std::uint64_t mostFrameEndBytes = 16, mostIndexFrameBytes = 1024, mostIndexLineBytes = 200;
constexpr char emptyLastBlock[] = {1, 0, 0}; ///< RFC 8878 §3.1.1.2: Last_Block, Raw_Block, size 0

Sha256 chainStart(const Digest& previous)
{
    Sha256 hash;
    hash.add({reinterpret_cast<const char*>(previous.data()), previous.size()});
    return hash;
}

std::string indexLine(const IndexRecord& segment)
{
    char line[mostIndexLineBytes];
    const int length = std::snprintf(line, sizeof line, "%llu %llu %llu %llu %lld %lld %llu %llu\n",
        static_cast<unsigned long long>(segment.segment), static_cast<unsigned long long>(segment.firstTick),
        static_cast<unsigned long long>(segment.lastTick), static_cast<unsigned long long>(segment.ticks),
        static_cast<long long>(segment.firstRealNanoseconds), static_cast<long long>(segment.lastRealNanoseconds),
        static_cast<unsigned long long>(segment.rawBytes), static_cast<unsigned long long>(segment.frameBytes));
    return {line, static_cast<std::size_t>(length)};
}

} // namespace

void PartIndex::append(const PartIndex& next)
{
    text += next.text;
    seekEntries.insert(seekEntries.end(), next.seekEntries.begin(), next.seekEntries.end());
    if (!next.text.empty())
        lastRealNanoseconds = next.lastRealNanoseconds;
}

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
    const int failure = appendFiltered(path, bytes, modifiedSeconds);
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
    if (const int failure = appendFiltered(path, manifest, modifiedSeconds))
        return failure;
    std::snprintf(path, sizeof path, "seg/%llu/pids.txt", static_cast<unsigned long long>(m_segment));
    return appendFiltered(path, processes, modifiedSeconds);
}

int CaptureWriter::addTick(const TickStamp& stamp, std::string& blocks)
{
    if (m_filter != nullptr)
        m_filter->changeBlocks(blocks);
    appendTickEnd(blocks, m_ticks + 1);
    const Checkpoint before{m_chain, m_frame, m_content};
    char path[64];
    std::snprintf(path, sizeof path, "seg/%llu/t/%06llu.txt", static_cast<unsigned long long>(m_segment),
        static_cast<unsigned long long>(stamp.number));
    if (const int failure = appendMember(path, blocks, stamp.realNanoseconds / nanosecondsPerSecond, ZSTD_e_flush))
        return failure;
    if (!hasRoom())
        return leaveTickOut(before);
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

/// The first tick of a segment takes the segment with it. Behind others the frame is ended by hand: the encoder has
/// seen what is left out, so it cannot do it.
int CaptureWriter::leaveTickOut(const Checkpoint& before)
{
    ZSTD_CCtx_reset(m_context.get(), ZSTD_reset_session_only);
    m_isSegmentOpen = false;
    if (before.frame.ticks == 0) {
        forgetFrame();
        return noRoom;
    }
    m_chain = before.chain;
    m_frame = before.frame;
    m_pending.assign(emptyLastBlock, sizeof emptyLastBlock);
    appendLittleEndian32(m_pending, static_cast<std::uint32_t>(before.content.value()));
    m_chain.add(m_pending);
    m_frame.frameBytes += m_pending.size();
    if (const int failure = sealFrame(FrameKind::Segment))
        return failure;
    ++m_segment;
    return noRoom;
}

/// Nothing of the frame being written has gone to the sink, and nothing will.
void CaptureWriter::forgetFrame()
{
    m_pending.clear();
    IndexRecord again;
    again.sequence = m_frame.sequence;
    again.previous = m_frame.previous;
    m_frame = again;
    m_chain = chainStart(m_frame.previous);
    m_content = {};
}

/// For what is pending, and after it for all that closes the capture.
bool CaptureWriter::hasRoom() const
{
    return m_settings.mostBytes == 0
        || m_bytesWritten + m_pending.size() + mostClosingBytes() + m_settings.reservedBytes <= m_settings.mostBytes;
}

std::uint64_t CaptureWriter::mostClosingBytes() const
{
    const std::uint64_t segmentEnd = m_isSegmentOpen ? mostFrameEndBytes + mostIndexFrameBytes : 0;
    const std::uint64_t index = tarBlockSize + m_part.text.size() + mostIndexLineBytes + tarBlockSize + zeros.size();
    const std::uint64_t entries = m_part.seekEntries.size() + 4; // of the frame being written and of the closing one
    return segmentEnd + ZSTD_compressBound(static_cast<std::size_t>(index)) + mostFrameEndBytes + mostIndexFrameBytes
        + seekTableBytes + entries * seekEntryBytes;
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
    if (const int failure = endMembers(); failure > 0)
        return failure;
    if (const int failure = appendMember("index.txt", m_part.text, m_part.lastRealNanoseconds / nanosecondsPerSecond))
        return failure;
    if (const int failure = compress({zeros.data(), zeros.size()}, ZSTD_e_continue))
        return failure;
    if (const int failure = endFrame(FrameKind::Close))
        return failure;
    m_pending = seekTable();
    return deliver();
}

PartIndex CaptureWriter::beginPart()
{
    m_frame = {};
    m_chain = chainStart({});
    return std::exchange(m_part, {});
}

void CaptureWriter::adopt(const PartIndex& part)
{
    m_part.append(part);
}

int CaptureWriter::appendFiltered(std::string_view path, std::string_view bytes, std::int64_t modifiedSeconds)
{
    if (m_filter == nullptr || !m_filter->wants(path))
        return appendMember(path, bytes, modifiedSeconds);
    std::string changedPath(path), changedBytes(bytes);
    m_filter->changeMember(changedPath, changedBytes);
    return appendMember(changedPath, changedBytes, modifiedSeconds);
}

/// Header, bytes, padding: all into the open frame. `directive`: whether it is flushed too. Then the last byte of the
/// padding is flushed on its own: at the end of a frame that was never finished the zstd program forgets what it has
/// decoded but not yet had room for, unless more comes (facebook/zstd#3602). So it forgets a zero at most.
int CaptureWriter::appendMember(
    std::string_view path, std::string_view bytes, std::int64_t modifiedSeconds, int directive)
{
    const auto header = makeTarHeader({std::string(path), bytes.size(), modifiedSeconds});
    if (!header)
        return m_error != 0 ? m_error : EINVAL;
    if (const int failure = compress({header->data(), header->size()}, ZSTD_e_continue))
        return failure;
    if (const int failure = compress(bytes, ZSTD_e_continue))
        return failure;
    const auto padding = static_cast<std::size_t>(tarPadding(bytes.size()));
    const std::size_t last = padding > 0 && directive == ZSTD_e_flush ? 1 : 0;
    if (const int failure = compress({zeros.data(), padding - last}, directive))
        return failure;
    return last != 0 ? compress({zeros.data(), last}, directive) : 0;
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
    if (m_settings.mostBytes > 0)
        m_content.add(bytes);
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
    if (kind == FrameKind::Members && !hasRoom()) {
        forgetFrame();
        return noRoom;
    }
    if (const int failure = deliver())
        return failure;
    m_part.seekEntries.push_back(
        {static_cast<std::uint32_t>(m_frame.frameBytes), static_cast<std::uint32_t>(m_frame.rawBytes)});
    m_part.seekEntries.push_back({static_cast<std::uint32_t>(index.size()), 0});
    if (kind == FrameKind::Segment) {
        m_part.text += indexLine(m_frame);
        m_part.lastRealNanoseconds = m_frame.lastRealNanoseconds;
    }
    IndexRecord next;
    next.sequence = m_frame.sequence + 1;
    next.previous = m_frame.sha256;
    m_frame = next;
    m_chain = chainStart(m_frame.previous);
    m_content = {};
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

std::string CaptureWriter::seekTable() const
{
    std::string payload;
    for (const PartIndex::SeekEntry& entry : m_part.seekEntries) {
        appendLittleEndian32(payload, entry.compressed);
        appendLittleEndian32(payload, entry.decompressed);
    }
    appendLittleEndian32(payload, static_cast<std::uint32_t>(m_part.seekEntries.size()));
    payload += seekTableHasNoChecksums;
    appendLittleEndian32(payload, seekTableFooterMagic);
    std::string frame;
    appendLittleEndian32(frame, seekTableMagic);
    appendLittleEndian32(frame, static_cast<std::uint32_t>(payload.size()));
    return frame + payload;
}

} // namespace hindcast::framing
