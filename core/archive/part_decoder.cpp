#include "archive/part_decoder.h"

#include "base/text_scanner.h"
#include "framing/block.h"
#include "framing/tar_header.h"

#include <algorithm>
#include <fmt/format.h>
#include <new>
#include <zstd.h>
#include <zstd_errors.h>

namespace hindcast::archive {

bool Bytes::reserve(std::size_t size, std::size_t limit)
{
    if (size <= m_capacity)
        return true;
    if (size > limit)
        return false;
    const std::size_t capacity = std::min(limit, std::max(size, m_capacity * 2));
    std::unique_ptr<char[]> data(new char[capacity]); // not make_unique: it would fill them with zeros
    std::copy_n(m_data.get(), m_size, data.get());
    m_data = std::move(data);
    m_capacity = capacity;
    return true;
}

bool saysSomething(std::string_view linkPath)
{
    return linkPath == "etc/localtime" || linkPath.ends_with("/etc/localtime");
}

bool isTickPath(std::string_view path)
{
    return tickOf(path).has_value();
}

std::optional<std::uint64_t> segmentOf(std::string_view path)
{
    constexpr std::string_view folder = "seg/";
    if (!path.starts_with(folder))
        return std::nullopt;
    path.remove_prefix(folder.size());
    return parseInteger(path.substr(0, path.find('/')));
}

std::optional<std::uint64_t> tickOf(std::string_view path)
{
    if (!segmentOf(path) || !path.ends_with(".txt"))
        return std::nullopt;
    path.remove_prefix(path.find('/', 4) + 1);
    if (!path.starts_with("t/"))
        return std::nullopt;
    return parseInteger(path.substr(2, path.size() - 2 - 4));
}

void addMember(Part& part, Member member, std::uint64_t offset, TickCheck check)
{
    if (!framing::isSafeMemberPath(member.path)) {
        part.lose(
            offset, {}, fmt::format("refused: a member with an unsafe path, {}", framing::escapeField(member.path)));
        return;
    }
    if (isTickPath(member.path)) {
        framing::TickEnd end;
        const auto state = check == TickCheck::Always ? framing::checkTick(member.bytes, end)
                                                      : framing::findTickEnd(member.bytes, end);
        if (state != framing::TickState::Whole) {
            ++part.corruptTicks;
            part.lose(offset, member.path,
                state == framing::TickState::Torn ? "the tick has no end line" : "the tick's checksum disagrees");
            return;
        }
        ++part.wholeTicks;
        member.bytes = end.blocks;
    }
    member.size = std::max<std::uint64_t>(member.size, member.bytes.size());
    part.members.push_back(std::move(member));
}

namespace {

/// Relative, leading nowhere else, printable. Nothing is ever written under these names.
bool isSafeForeignPath(std::string_view path)
{
    constexpr std::size_t longest = 4096; // PATH_MAX
    if (path.empty() || path.size() > longest || path.front() == '/')
        return false;
    if (std::any_of(path.begin(), path.end(), [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F; }))
        return false;
    while (!path.empty()) {
        const auto part = path.substr(0, path.find('/'));
        if (part == "..")
            return false;
        path.remove_prefix(std::min(path.size(), part.size() + 1));
    }
    return true;
}

} // namespace

void addForeignMember(Part& part, Member member, std::uint64_t offset)
{
    if (segmentOf(member.path) || !isSafeForeignPath(member.path)) {
        addMember(part, std::move(member), offset);
        return;
    }
    member.size = std::max<std::uint64_t>(member.size, member.bytes.size());
    part.members.push_back(std::move(member));
}

namespace {

struct ContextDeleter {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// One decompression context per thread, since it holds a window of up to 8 MiB.
ZSTD_DCtx* threadContext()
{
    constexpr int largestWindowLog = 27; // a capture uses 23; more than 128 MiB is hostile
    static thread_local std::unique_ptr<ZSTD_DCtx, ContextDeleter> context;
    if (!context) {
        context.reset(ZSTD_createDCtx());
        if (context)
            ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, largestWindowLog);
    }
    if (context)
        ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
    return context.get();
}

/// Splits a tar stream as its bytes arrive.
class TarSplitter {
public:
    TarSplitter(Part& part, const Limits& limits, std::uint64_t offset)
        : m_part(part)
        , m_limits(limits)
        , m_offset(offset)
    {
    }

    /// One member whose content has arrived in whole.
    struct Entry {
        framing::TarMember header;
        std::size_t begin;
    };

    /// Takes all members that are whole in `stream` (everything decompressed so far). False when the stream is no tar
    /// any more.
    bool take(std::string_view stream)
    {
        while (!m_hasEnded && stream.size() >= m_place + framing::tarBlockSize) {
            framing::TarMember header;
            const auto kind = framing::parseTarHeader(stream.substr(m_place, framing::tarBlockSize), header);
            if (kind == framing::TarHeaderKind::End) {
                m_hasEnded = true;
                break;
            }
            if (kind == framing::TarHeaderKind::Damaged) {
                m_part.lose(m_offset, {}, "a tar header is damaged; the rest of its frame cannot be read");
                return false;
            }
            if (header.size > m_limits.memberBytes) {
                m_part.lose(m_offset, header.path,
                    fmt::format("refused: {} bytes are more than a member may have", header.size));
                return false;
            }
            const std::size_t begin = m_place + framing::tarBlockSize;
            if (stream.size() - begin < header.size)
                break;
            m_entries.push_back({header, begin});
            m_place = begin + static_cast<std::size_t>(header.size + framing::tarPadding(header.size));
        }
        return true;
    }

    bool hasTick() const
    {
        return std::any_of(
            m_entries.begin(), m_entries.end(), [](const Entry& entry) { return isTickPath(entry.header.path); });
    }

    /// Nothing is left over: the stream ended with a whole member.
    bool isAtEnd(std::string_view stream) const { return m_hasEnded || m_place >= stream.size(); }

    void deliver(std::string_view stream, Detail detail, TickCheck check)
    {
        for (Entry& entry : m_entries) {
            if (detail == Detail::Keyframes && m_part.wholeTicks > 0)
                break;
            if (entry.header.type != '0') {
                m_part.lose(m_offset, entry.header.path, "refused: not a regular file");
                continue;
            }
            addMember(m_part,
                {std::move(entry.header.path), stream.substr(entry.begin, static_cast<std::size_t>(entry.header.size)),
                    entry.header.modified},
                m_offset, check);
        }
    }

private:
    Part& m_part;
    const Limits& m_limits;
    std::uint64_t m_offset;
    std::vector<Entry> m_entries;
    std::size_t m_place = 0; ///< of the next header; may lie behind what has arrived
    bool m_hasEnded = false;
};

/// Content_Checksum_flag of the frame header, RFC 8878 §3.1.1.1.1.
bool hasContentChecksum(const InputFile& file, const FrameSpan& span)
{
    char descriptor = 0;
    return file.read(span.offset + 4, &descriptor, 1) == 1 && (descriptor & 0x04) != 0;
}

enum class Decoded { Whole, Cut, Damaged, TooLarge, Enough };

/// Decompresses a frame into `bytes`, handing what has arrived to `splitter` when only its beginning is wanted.
Decoded decompress(const InputFile& file, const FrameSpan& span, Detail detail, const Limits& limits, Bytes& bytes,
    TarSplitter& splitter)
{
    ZSTD_DCtx* context = threadContext();
    const std::uint64_t expected = span.index && detail == Detail::Full ? span.index->rawBytes : 0;
    if (!context)
        throw std::bad_alloc();
    if (!bytes.reserve(static_cast<std::size_t>(std::min(expected, limits.partBytes)) + (1 << 17),
            static_cast<std::size_t>(limits.partBytes)))
        return Decoded::TooLarge;
    // A first look takes little; a full read is one large read.
    const std::size_t inputStep = detail == Detail::Full ? 1 << 20 : 1 << 16;
    std::vector<char> input(static_cast<std::size_t>(std::min<std::uint64_t>(inputStep, span.bytes)));
    std::uint64_t consumed = 0;
    std::size_t outstanding = 1;
    while (consumed < span.bytes) {
        const std::size_t wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), span.bytes - consumed));
        const std::size_t got = file.read(span.offset + consumed, input.data(), wanted);
        if (got == 0)
            return Decoded::Cut;
        consumed += got;
        ZSTD_inBuffer in{input.data(), got, 0};
        for (;;) {
            if (bytes.capacity() - bytes.size() < (1 << 16)
                && !bytes.reserve(bytes.capacity() + (1 << 17), static_cast<std::size_t>(limits.partBytes)))
                return Decoded::TooLarge;
            ZSTD_outBuffer out{bytes.data(), bytes.capacity(), bytes.size()};
            const std::size_t before = out.pos;
            outstanding = ZSTD_decompressStream(context, &out, &in);
            bytes.setSize(out.pos);
            if (ZSTD_isError(outstanding)) {
                if (ZSTD_getErrorCode(outstanding) == ZSTD_error_memory_allocation)
                    throw std::bad_alloc(); // no fault of the file
                return Decoded::Damaged;
            }
            if (outstanding == 0)
                return Decoded::Whole;
            if (in.pos == in.size && (out.pos < out.size || out.pos == before))
                break;
        }
        if (detail == Detail::Keyframes) {
            if (!splitter.take(bytes.view()))
                return Decoded::Damaged;
            if (splitter.hasTick())
                return Decoded::Enough;
        }
    }
    return Decoded::Cut;
}

} // namespace

Part decodeFrame(const InputFile& file, const FrameSpan& span, std::size_t ordinal, Detail detail, const Limits& limits,
    TickCheck check)
{
    Part part;
    part.ordinal = ordinal;
    part.index = span.index;
    part.buffers.emplace_back();
    Bytes& bytes = part.buffers.back();
    TarSplitter splitter(part, limits, span.offset);
    const Decoded decoded = decompress(file, span, detail, limits, bytes, splitter);
    const bool isTar = splitter.take(bytes.view());
    const bool isVerified = decoded == Decoded::Whole && hasContentChecksum(file, span);
    splitter.deliver(bytes.view(), detail, isVerified ? check : TickCheck::Always);
    switch (decoded) {
    case Decoded::Enough:
        break;
    case Decoded::Whole:
        if (isTar && !splitter.isAtEnd(bytes.view()))
            part.lose(span.offset, {}, "the frame ends within a member");
        break;
    case Decoded::Cut:
        part.lose(span.offset, {},
            fmt::format("the capture is cut here: {} whole ticks of this segment were read", part.wholeTicks));
        break;
    case Decoded::Damaged:
        part.lose(span.offset, {},
            fmt::format("a damaged frame: {} whole ticks before the damage were read", part.wholeTicks));
        break;
    case Decoded::TooLarge:
        part.lose(span.offset, {},
            fmt::format("refused: a frame that decompresses to more than {} MiB", limits.partBytes >> 20));
        break;
    }
    return part;
}

} // namespace hindcast::archive
