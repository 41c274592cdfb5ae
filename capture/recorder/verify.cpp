#include "verify.h"

#include "framing/checksums.h"
#include "framing/index_frame.h"
#include "message.h"
#include "options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace hindcast::recorder {
namespace {

constexpr std::size_t skippableHeader = 8; // magic and length (RFC 8878 §3.1.2)
constexpr std::size_t longestIndexPayload = 4096;
constexpr std::size_t pieceSize = 128 << 10;
constexpr int unreadable = 3, damaged = 4; // as hindcast-report has it

class CaptureFile {
public:
    ~CaptureFile()
    {
        if (m_descriptor >= 0)
            close(m_descriptor);
    }
    int open(const char* path)
    {
        struct stat status { };
        m_descriptor = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (m_descriptor < 0 || fstat(m_descriptor, &status) != 0)
            return errno;
        if (!S_ISREG(status.st_mode))
            return S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
        m_size = static_cast<std::uint64_t>(status.st_size);
        return 0;
    }
    std::uint64_t size() const { return m_size; }
    /// How many of the `length` bytes there are. One that cannot be read ends the file here.
    std::size_t read(std::uint64_t offset, char* bytes, std::size_t length) const
    {
        std::size_t done = 0;
        while (done < length) {
            const ssize_t got = pread(m_descriptor, bytes + done, length - done, static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                break;
            done += static_cast<std::size_t>(got);
        }
        return done;
    }
    bool readWhole(std::uint64_t offset, char* bytes, std::size_t length) const
    {
        return read(offset, bytes, length) == length;
    }

private:
    int m_descriptor = -1;
    std::uint64_t m_size = 0;
};

enum class FrameEnd { Found, Cut, Damaged };

/// Walks the block headers of a zstd frame (RFC 8878 §3.1.1). `end` is where it ends, or where it is no more a frame.
FrameEnd findFrameEnd(const CaptureFile& file, std::uint64_t begin, std::uint64_t& end)
{
    std::array<char, 5> head{};
    end = begin;
    if (!file.readWhole(begin, head.data(), head.size()))
        return FrameEnd::Cut;
    const auto descriptor = static_cast<unsigned char>(head[4]);
    const bool isSingleSegment = (descriptor & 0x20U) != 0, hasChecksum = (descriptor & 4U) != 0;
    constexpr std::array<std::uint64_t, 4> dictionarySizes{0, 1, 2, 4};
    constexpr std::array<std::uint64_t, 4> contentSizes{0, 2, 4, 8};
    std::uint64_t at = begin + head.size() + (isSingleSegment ? 0 : 1) + dictionarySizes[descriptor & 3U];
    at += (descriptor >> 6U) == 0 && isSingleSegment ? 1 : contentSizes[descriptor >> 6U];
    for (bool isLast = false; !isLast;) {
        std::array<unsigned char, 3> header{};
        end = at;
        if (!file.readWhole(at, reinterpret_cast<char*>(header.data()), header.size()))
            return FrameEnd::Cut;
        const std::uint32_t value = header[0] | std::uint32_t{header[1]} << 8U | std::uint32_t{header[2]} << 16U;
        const unsigned type = value >> 1U & 3U;
        const std::uint32_t size = value >> 3U;
        if (type == 3 || size > (128U << 10U))
            return FrameEnd::Damaged;
        at += header.size() + (type == 1 ? 1 : size);
        isLast = (value & 1U) != 0;
        if (at > file.size())
            return FrameEnd::Cut;
    }
    at += hasChecksum ? 4 : 0;
    if (at > file.size())
        return FrameEnd::Cut;
    end = at;
    return FrameEnd::Found;
}

std::string utcText(std::int64_t nanoseconds)
{
    const auto seconds = static_cast<std::time_t>(nanoseconds / 1'000'000'000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[40];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
    return text;
}

class Verification {
public:
    explicit Verification(const CaptureFile& file)
        : m_file(file)
    {
    }
    void run();
    int report(const std::string& path) const;

private:
    enum class Digest { Right, Wrong };

    std::uint64_t takeFrame(std::uint64_t begin);
    std::uint64_t takeSkippable(std::uint64_t begin, std::uint32_t magic);
    std::uint64_t resynchronise(std::uint64_t begin);
    std::optional<framing::IndexRecord> readIndex(std::uint64_t begin, std::uint64_t& end) const;
    Digest digestOf(std::uint64_t begin, const framing::IndexRecord& record) const;
    void noteSealed(const framing::IndexRecord& record);
    void noteDamage(std::uint64_t place, const char* what);

    const CaptureFile& m_file;
    std::optional<framing::Digest> m_previous; ///< of the record before; nothing behind damage
    std::set<framing::Digest> m_seen; ///< of sealed frames
    std::uint64_t m_segments = 0, m_ticks = 0, m_frames = 0;
    std::int64_t m_firstReal = 0, m_lastReal = 0;
    std::uint64_t m_unsealedBytes = 0; ///< of a frame at the end that is not finished
    bool m_isFinished = false; ///< the last frame closes the capture
    std::vector<std::string> m_damage; ///< the first ones
    std::uint64_t m_damages = 0;
};

void Verification::run()
{
    for (std::uint64_t at = 0; at < m_file.size();) {
        std::array<char, 4> magicBytes{};
        if (!m_file.readWhole(at, magicBytes.data(), magicBytes.size())) {
            m_unsealedBytes = m_file.size() - at;
            m_isFinished = false;
            return;
        }
        const std::uint32_t magic = framing::readLittleEndian32(magicBytes.data());
        if (magic == framing::zstdFrameMagic) {
            at = takeFrame(at);
        } else if ((magic & 0xFFFFFFF0U) == 0x184D2A50U) {
            at = takeSkippable(at, magic);
        } else {
            noteDamage(at, "no frame begins here");
            at = resynchronise(at);
        }
    }
}

/// Where to go on.
std::uint64_t Verification::takeFrame(std::uint64_t begin)
{
    std::uint64_t end = 0;
    const FrameEnd found = findFrameEnd(m_file, begin, end);
    m_isFinished = false;
    if (found == FrameEnd::Found) {
        std::uint64_t next = 0;
        const auto record = readIndex(end, next);
        if (!record) {
            if (next > m_file.size() || end == m_file.size()) { // the record itself is cut
                m_unsealedBytes = m_file.size() - begin;
                return m_file.size();
            }
            noteDamage(begin, "a frame is broken, or has no index record behind it");
            return resynchronise(begin + 4);
        }
        if (record->frameBytes != end - begin || digestOf(begin, *record) == Digest::Wrong)
            noteDamage(begin, "a frame's bytes are not those that were written");
        else
            noteSealed(*record);
        m_previous = record->sha256;
        return next;
    }
    // A flipped bit in a block header looks like a cut; what follows tells.
    const std::uint64_t next = resynchronise(begin + 4);
    if (next < m_file.size()) {
        noteDamage(begin, "a frame is broken");
        return next;
    }
    if (found == FrameEnd::Damaged)
        noteDamage(end, "a frame is broken, and nothing whole follows it");
    m_unsealedBytes = m_file.size() - begin;
    return m_file.size();
}

std::uint64_t Verification::takeSkippable(std::uint64_t begin, std::uint32_t magic)
{
    std::array<char, skippableHeader> header{};
    if (!m_file.readWhole(begin, header.data(), header.size()))
        return m_file.size();
    const std::uint64_t end = begin + skippableHeader + framing::readLittleEndian32(header.data() + 4);
    if (magic == framing::indexFrameMagic)
        noteDamage(begin, "an index record without its frame");
    else if (end > m_file.size())
        m_isFinished = false; // a seek table that is cut: the capture itself is whole
    return std::min(end, m_file.size());
}

/// Behind the next index record at or after `begin`; the end of the file when there is none.
std::uint64_t Verification::resynchronise(std::uint64_t begin)
{
    m_previous.reset();
    std::vector<char> piece(pieceSize);
    while (begin < m_file.size()) {
        const std::size_t got = m_file.read(begin, piece.data(), piece.size());
        const std::string_view bytes(piece.data(), got);
        const auto tag = bytes.find(framing::indexTag);
        std::uint64_t next = 0;
        if (tag != std::string_view::npos) {
            if (begin + tag >= skippableHeader && readIndex(begin + tag - skippableHeader, next))
                return next;
            begin += tag + 1;
        } else if (got < piece.size()) {
            break;
        } else {
            begin += got - framing::indexTag.size();
        }
    }
    return m_file.size();
}

/// `end` is behind it; beyond the file's end when it is cut.
std::optional<framing::IndexRecord> Verification::readIndex(std::uint64_t begin, std::uint64_t& end) const
{
    std::array<char, skippableHeader> header{};
    end = begin + skippableHeader;
    if (!m_file.readWhole(begin, header.data(), header.size()))
        return std::nullopt;
    const std::uint32_t length = framing::readLittleEndian32(header.data() + 4);
    if (framing::readLittleEndian32(header.data()) != framing::indexFrameMagic || length > longestIndexPayload) {
        end = begin;
        return std::nullopt;
    }
    end += length;
    std::string payload(length, '\0');
    if (!m_file.readWhole(begin + skippableHeader, payload.data(), length))
        return std::nullopt;
    return framing::parseIndexPayload(payload);
}

Verification::Digest Verification::digestOf(std::uint64_t begin, const framing::IndexRecord& record) const
{
    constexpr framing::Digest zeros{};
    if (m_previous && record.previous != *m_previous && record.previous != zeros) // a part that was joined begins anew
        return Digest::Wrong;
    framing::Sha256 hash;
    hash.add({reinterpret_cast<const char*>(record.previous.data()), record.previous.size()});
    std::vector<char> piece(pieceSize);
    for (std::uint64_t left = record.frameBytes; left > 0;) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
        if (!m_file.readWhole(begin + record.frameBytes - left, piece.data(), wanted))
            return Digest::Wrong;
        hash.add({piece.data(), wanted});
        left -= wanted;
    }
    hash.add(record.head);
    return hash.digest() == record.sha256 ? Digest::Right : Digest::Wrong;
}

void Verification::noteSealed(const framing::IndexRecord& record)
{
    m_isFinished = record.kind == framing::FrameKind::Close;
    if (!m_seen.insert(record.sha256).second) // a copy: whoever joined the files had it in two of them
        return;
    ++m_frames;
    if (record.kind != framing::FrameKind::Segment)
        return;
    if (m_segments++ == 0)
        m_firstReal = record.firstRealNanoseconds;
    m_lastReal = record.lastRealNanoseconds;
    m_ticks += record.ticks;
}

void Verification::noteDamage(std::uint64_t place, const char* what)
{
    constexpr std::size_t mostTold = 20;
    m_isFinished = false;
    if (++m_damages > mostTold)
        return;
    char text[160];
    std::snprintf(text, sizeof text, "byte %" PRIu64 ": %s", place, what);
    m_damage.emplace_back(text);
}

int Verification::report(const std::string& path) const
{
    const char* const name = path.c_str();
    if (m_frames == 0) {
        say("%s is not a capture: no frame of it was sealed by a recorder", name);
        return unreadable;
    }
    const char* const state = m_damages > 0 ? "damaged"
        : m_isFinished                      ? "whole"
                                            : "unfinished, and whole as far as it goes";
    std::printf("%s: %s\n", name, state);
    if (m_frames == 1)
        std::printf("  1 frame agrees with its SHA-256\n");
    else
        std::printf("  %" PRIu64 " frames agree with their SHA-256, each linked to the one before\n", m_frames);
    if (m_segments > 0)
        std::printf("  %" PRIu64 " segment%s, %" PRIu64 " sample%s, %s to %s UTC\n", m_segments,
            m_segments == 1 ? "" : "s", m_ticks, m_ticks == 1 ? "" : "s", utcText(m_firstReal).c_str(),
            utcText(m_lastReal).c_str());
    if (m_unsealedBytes > 0)
        std::printf("  %" PRIu64
                    " bytes at the end belong to a segment that was not finished: its samples are readable, "
                    "hindcast-report verify counts them\n",
            m_unsealedBytes);
    for (const std::string& damage : m_damage)
        std::printf("  damaged at %s\n", damage.c_str());
    if (m_damages > m_damage.size())
        std::printf("  … and %" PRIu64 " more\n", m_damages - m_damage.size());
    return m_damages > 0 ? damaged : 0;
}

} // namespace

int verifyCapture(const std::string& path)
{
    CaptureFile file;
    if (const int failure = file.open(path.c_str())) {
        say("%s: %s", path.c_str(), failure == EINVAL ? "not a regular file" : std::strerror(failure));
        return unreadable;
    }
    if (file.size() == 0) {
        say("%s is not a capture: it is empty", path.c_str());
        return unreadable;
    }
    Verification verification(file);
    verification.run();
    const int status = verification.report(path);
    return std::fflush(stdout) == 0 ? status : exit_status::outputFailed;
}

} // namespace hindcast::recorder
