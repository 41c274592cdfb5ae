#include "archive/frame_scan.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <set>

namespace hindcast::archive {
namespace {

using framing::IndexRecord;

constexpr std::size_t largestIndexPayload = 4096;
constexpr std::uint32_t skippableMask = 0xFFFFFFF0U;

/// Small reads through one window, since the walk reads three bytes per block.
class Window {
public:
    explicit Window(const InputFile& file)
        : m_file(file)
    {
    }

    /// `count` bytes at `offset`; empty when the file ends first. Valid until the next call.
    std::string_view at(std::uint64_t offset, std::size_t count)
    {
        if (offset < m_begin || offset + count > m_begin + m_bytes.size()) {
            m_bytes.resize(std::max(count, windowSize));
            m_bytes.resize(m_file.read(offset, m_bytes.data(), m_bytes.size()));
            m_begin = offset;
        }
        if (offset + count > m_begin + m_bytes.size())
            return {};
        return std::string_view(m_bytes).substr(static_cast<std::size_t>(offset - m_begin), count);
    }

private:
    static constexpr std::size_t windowSize = 4096;
    const InputFile& m_file;
    std::string m_bytes;
    std::uint64_t m_begin = 0;
};

std::uint8_t byteAt(std::string_view bytes, std::size_t i)
{
    return static_cast<std::uint8_t>(bytes[i]);
}

enum class Walk { Whole, Cut, Invalid };

Walk walkFrame(Window& window, std::uint64_t offset, std::uint64_t& end)
{
    const auto fixed = window.at(offset, 5);
    if (fixed.empty())
        return Walk::Cut;
    if (framing::readLittleEndian32(fixed.data()) != framing::zstdFrameMagic)
        return Walk::Invalid;
    const unsigned descriptor = byteAt(fixed, 4);
    if (descriptor & 0x08U) // reserved bit
        return Walk::Invalid;
    const bool isSingleSegment = (descriptor & 0x20U) != 0;
    const bool hasChecksum = (descriptor & 0x04U) != 0;
    static constexpr unsigned dictionaryBytes[] = {0, 1, 2, 4};
    static constexpr unsigned contentSizeBytes[] = {0, 2, 4, 8};
    unsigned header = 5 + dictionaryBytes[descriptor & 3U] + contentSizeBytes[descriptor >> 6];
    if (isSingleSegment)
        header += (descriptor >> 6) == 0 ? 1 : 0;
    else
        header += 1;
    std::uint64_t place = offset + header;
    for (;;) {
        const auto block = window.at(place, 3);
        if (block.empty())
            return Walk::Cut;
        const unsigned value =
            byteAt(block, 0) | (unsigned{byteAt(block, 1)} << 8) | (unsigned{byteAt(block, 2)} << 16);
        const unsigned type = (value >> 1) & 3U;
        const unsigned size = value >> 3;
        constexpr unsigned largestBlock = 128 << 10; // Block_Maximum_Size
        if (type == 3 || size > largestBlock)
            return Walk::Invalid;
        place += 3 + (type == 1 ? 1 : size); // an RLE block stores one byte
        if (value & 1U)
            break;
    }
    end = place + (hasChecksum ? 4 : 0);
    return window.at(end - 1, 1).empty() ? Walk::Cut : Walk::Whole;
}

struct Skippable {
    std::uint64_t end = 0;
    std::optional<IndexRecord> index;
    bool isSeekTable = false;
};

std::optional<Skippable> readSkippable(Window& window, const InputFile& file, std::uint64_t offset)
{
    const auto header = window.at(offset, 8);
    if (header.empty())
        return std::nullopt;
    const std::uint32_t magic = framing::readLittleEndian32(header.data());
    if ((magic & skippableMask) != framing::indexFrameMagic)
        return std::nullopt;
    Skippable frame;
    const std::uint64_t size = framing::readLittleEndian32(header.data() + 4);
    frame.end = offset + 8 + size;
    if (frame.end > file.size())
        return std::nullopt;
    frame.isSeekTable = magic == framing::seekTableMagic;
    if (magic == framing::indexFrameMagic && size <= largestIndexPayload)
        frame.index = framing::parseIndexPayload(window.at(offset + 8, static_cast<std::size_t>(size)));
    return frame;
}

/// Finds where a frame or an index record may begin, by their first bytes; reads the file once, however many there are.
class LandmarkSearch {
public:
    explicit LandmarkSearch(const InputFile& file)
        : m_file(file)
    {
    }

    /// The first at or behind `from`.
    std::optional<std::uint64_t> next(std::uint64_t from)
    {
        for (std::uint64_t place = from; place < m_file.size(); place = m_begin + step) {
            if (m_bytes.empty() || place < m_begin || place >= m_begin + step) {
                m_begin = place;
                m_bytes = m_file.read(m_begin, step + overlap);
            }
            const std::string_view bytes = m_bytes;
            for (std::size_t i = static_cast<std::size_t>(place - m_begin); i + 4 <= bytes.size() && i < step; ++i) {
                const std::uint32_t magic = framing::readLittleEndian32(bytes.data() + i);
                const bool isIndex = magic == framing::indexFrameMagic && bytes.substr(i).size() > 8
                    && bytes.substr(i + 8).starts_with(framing::indexTag);
                if (magic == framing::zstdFrameMagic || isIndex)
                    return m_begin + i;
            }
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t step = 1 << 20;
    static constexpr std::size_t overlap = 8 + framing::indexTag.size();
    const InputFile& m_file;
    std::string m_bytes;
    std::uint64_t m_begin = 0;
};

class Scanner {
public:
    explicit Scanner(const InputFile& file)
        : m_file(file)
        , m_window(file)
        , m_landmarks(file)
    {
    }

    FrameScan run()
    {
        std::uint64_t place = 0;
        while (place < m_file.size())
            place = step(place);
        m_scan.isFinished = !m_scan.frames.empty() && m_scan.frames.back().index
            && m_scan.frames.back().index->kind == framing::FrameKind::Close;
        markRepeated();
        return std::move(m_scan);
    }

private:
    /// The digest is of the bytes, the index record, and all that the same recording wrote before. Members at the very
    /// beginning have no before, and are alike in recordings that are not the same.
    void markRepeated()
    {
        std::set<framing::Digest> seen;
        for (FrameSpan& frame : m_scan.frames) {
            const bool isTold = frame.index
                && (frame.index->kind == framing::FrameKind::Segment || frame.index->previous != framing::Digest{});
            frame.isRepeated = isTold && !seen.insert(frame.index->sha256).second;
        }
    }

    /// Takes what begins at `place`; returns where to go on.
    std::uint64_t step(std::uint64_t place)
    {
        std::uint64_t end = 0;
        const Walk walk = walkFrame(m_window, place, end);
        if (walk == Walk::Whole && isBoundary(end))
            return takeFrame(place, end);
        if (walk == Walk::Whole && !hasItsIndexWithin(place, end)) {
            if (const auto next = landmarkNear(end)) {
                m_scan.damage.push_back({end, "", "an index record is damaged", false});
                m_scan.frames.push_back({place, end - place, std::nullopt, false, false, false});
                return *next;
            }
        }
        if (const auto skippable = walk != Walk::Whole ? readSkippable(m_window, m_file, place) : std::nullopt) {
            if (skippable->index)
                return takeOrphanIndex(place, *skippable);
            if (isBoundary(skippable->end)) {
                if (!skippable->isSeekTable)
                    m_scan.damage.push_back({place, "", "an index record is damaged", false});
                return skippable->end;
            }
        }
        return recover(place, walk);
    }

    /// A damaged block header can lead the walk far beyond the frame's end: past the index record that tells its
    /// length.
    bool hasItsIndexWithin(std::uint64_t begin, std::uint64_t end)
    {
        for (auto landmark = m_landmarks.next(begin + 4); landmark && *landmark < end;
             landmark = m_landmarks.next(*landmark + 1)) {
            const auto skippable = readSkippable(m_window, m_file, *landmark);
            if (skippable && skippable->index && skippable->index->frameBytes == *landmark - begin)
                return true;
        }
        return false;
    }

    /// The next sound landmark when it is no further than an index record is long.
    std::optional<std::uint64_t> landmarkNear(std::uint64_t place)
    {
        const auto landmark = m_landmarks.next(place);
        if (landmark && *landmark - place <= largestIndexPayload + 8 && isSound(*landmark))
            return landmark;
        return std::nullopt;
    }

    bool isBoundary(std::uint64_t offset)
    {
        if (offset == m_file.size())
            return true;
        const auto magic = m_window.at(offset, 4);
        if (magic.empty())
            return true; // a tail shorter than any frame: the cut comes right behind this one
        const std::uint32_t value = framing::readLittleEndian32(magic.data());
        return value == framing::zstdFrameMagic || (value & skippableMask) == framing::indexFrameMagic;
    }

    std::uint64_t takeFrame(std::uint64_t begin, std::uint64_t end)
    {
        FrameSpan span{begin, end - begin, std::nullopt, false, false, false};
        const auto behind = readSkippable(m_window, m_file, end);
        const bool isOurs = behind && behind->index && behind->index->frameBytes == span.bytes;
        if (isOurs) {
            span.index = behind->index;
            m_scan.hasIndex = true;
        }
        m_scan.frames.push_back(span);
        return isOurs ? behind->end : end;
    }

    /// An index record that does not stand right behind a frame we walked: the frame's block headers are damaged, but
    /// its place is known.
    std::uint64_t takeOrphanIndex(std::uint64_t place, const Skippable& skippable)
    {
        const IndexRecord& index = *skippable.index;
        const std::uint64_t known =
            m_scan.frames.empty() ? 0 : m_scan.frames.back().offset + m_scan.frames.back().bytes;
        if (index.frameBytes <= place && place - index.frameBytes >= known) {
            m_scan.frames.push_back({place - index.frameBytes, index.frameBytes, index, false, true, false});
        } else {
            lose(place, "an index record that fits no frame was passed over");
        }
        m_scan.hasIndex = true;
        return skippable.end;
    }

    std::uint64_t recover(std::uint64_t place, Walk walk)
    {
        // Damage makes few of them; a file made of nothing else would be walked again from each.
        constexpr std::uint64_t mostFalseLandmarks = 100'000;
        std::uint64_t from = place + 1;
        while (const auto landmark = m_falseLandmarks < mostFalseLandmarks ? m_landmarks.next(from) : std::nullopt) {
            if (isSound(*landmark)) {
                const auto skippable = readSkippable(m_window, m_file, *landmark);
                const bool isFrameKnown =
                    skippable && skippable->index && skippable->index->frameBytes == *landmark - place;
                if (!isFrameKnown) // else the frame in between is taken through its index record
                    lose(place, fmt::format("{} damaged bytes up to byte {}", *landmark - place, *landmark));
                return *landmark;
            }
            from = *landmark + 1;
            ++m_falseLandmarks;
        }
        takeTail(place, walk);
        return m_file.size();
    }

    void takeTail(std::uint64_t place, Walk walk)
    {
        const auto magic = m_window.at(place, 4);
        const bool isFrame = !magic.empty() && framing::readLittleEndian32(magic.data()) == framing::zstdFrameMagic;
        if (isFrame)
            m_scan.frames.push_back({place, m_file.size() - place, std::nullopt, true, walk == Walk::Invalid, false});
        else
            lose(place, fmt::format("the file is cut or damaged in its last {} bytes", m_file.size() - place));
    }

    /// Whether a landmark is more than four bytes that happen to look like one.
    bool isSound(std::uint64_t place)
    {
        if (const auto skippable = readSkippable(m_window, m_file, place))
            return skippable->index.has_value();
        std::uint64_t end = 0;
        const Walk walk = walkFrame(m_window, place, end);
        if (walk != Walk::Whole)
            return false;
        const auto behind = readSkippable(m_window, m_file, end);
        return behind && behind->index && behind->index->frameBytes == end - place;
    }

    void lose(std::uint64_t offset, std::string what) { m_scan.damage.push_back({offset, "", std::move(what), true}); }

    const InputFile& m_file;
    Window m_window;
    LandmarkSearch m_landmarks;
    std::uint64_t m_falseLandmarks = 0;
    FrameScan m_scan;
};

} // namespace

FrameScan scanFrames(const InputFile& file)
{
    return Scanner(file).run();
}

} // namespace hindcast::archive
