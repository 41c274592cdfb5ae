#include "archive/verify.h"

#include "archive/frame_scan.h"
#include "archive/part_decoder.h"
#include "framing/block.h"

#include <charconv>

#include <algorithm>
#include <fmt/format.h>

namespace hindcast::archive {
namespace {

/// Ticks a segment should hold by its numbers but does not.
std::uint64_t missingTicks(const std::vector<std::uint64_t>& numbers, std::optional<std::uint64_t>& previous)
{
    std::uint64_t missing = 0;
    for (const std::uint64_t number : numbers) {
        if (previous && number > *previous + 1)
            missing += number - *previous - 1;
        previous = number;
    }
    return missing;
}

/// CLOCK_REALTIME of a tick, from its first block.
std::optional<Time> tickTime(std::string_view blocks)
{
    framing::Block block;
    if (framing::nextBlock(blocks, block) != framing::NextBlock::Found)
        return std::nullopt;
    constexpr std::string_view key = "real_ns ";
    const auto place = block.body.find(key);
    if (place == std::string_view::npos)
        return std::nullopt;
    std::int64_t value = 0;
    const char* begin = block.body.data() + place + key.size();
    const auto [end, failure] = std::from_chars(begin, block.body.data() + block.body.size(), value);
    return failure == std::errc{} ? std::optional(timeFromNanoseconds(value)) : std::nullopt;
}

/// Whether the index record's digest is that of the frame's bytes, read piecewise.
bool isDigestRight(const InputFile& file, const FrameSpan& span)
{
    framing::Sha256 hash;
    hash.add({reinterpret_cast<const char*>(span.index->previous.data()), span.index->previous.size()});
    std::vector<char> buffer(1 << 18);
    for (std::uint64_t done = 0; done < span.bytes;) {
        const std::size_t got = file.read(span.offset + done, buffer.data(),
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), span.bytes - done)));
        if (got == 0)
            return false;
        hash.add({buffer.data(), got});
        done += got;
    }
    hash.add(span.index->head);
    return hash.digest() == span.index->sha256;
}

/// Counts ticks part by part, and what is missing between them.
class TickCount {
public:
    void add(const Part& part, FrameVerdict& frame, Verdict& verdict)
    {
        std::vector<std::uint64_t> numbers;
        for (const Member& member : part.members) {
            if (!frame.segment)
                frame.segment = segmentOf(member.path);
            const auto tick = tickOf(member.path);
            if (!tick)
                continue;
            numbers.push_back(*tick);
            verdict.lastGoodTick = *tick;
            if (const auto time = tickTime(member.bytes))
                verdict.lastGoodTime = time;
        }
        if (!numbers.empty() && m_previousTick && numbers.front() <= *m_previousTick)
            m_previousTick.reset(); // captures joined by concatenation: numbers begin anew
        frame.ticks = part.wholeTicks;
        frame.corruptTicks = part.corruptTicks;
        frame.missedTicks = missingTicks(numbers, m_previousTick);
        verdict.ticks += frame.ticks;
        verdict.corruptTicks += frame.corruptTicks;
        verdict.missedTicks += frame.missedTicks;
    }

private:
    std::optional<std::uint64_t> m_previousTick;
};

/// A capture in another packing: whether all its members can be read. Nothing when it holds no segment.
std::optional<Verdict> verifyMembers(const std::filesystem::path& path, const std::stop_token& stop)
{
    auto archive = Archive::open(path);
    if (!archive || archive->overview().form != Form::Tar)
        return std::nullopt;
    Verdict verdict;
    verdict.hasFraming = false;
    verdict.damage = archive->damage();
    bool isCapture = false;
    TickCount ticks;
    while (const auto part = archive->next(Detail::Full, stop)) {
        FrameVerdict frame;
        ticks.add(*part, frame, verdict);
        isCapture = isCapture || frame.segment;
        verdict.members += part->members.size();
        verdict.damage.insert(verdict.damage.end(), part->damage.begin(), part->damage.end());
        for (const Member& member : part->members) // written last by both recorders
            verdict.isFinished = verdict.isFinished || member.path == "end/hindcast/summary";
    }
    if (!isCapture && verdict.damage.empty()) // cut early, it may well be one
        return std::nullopt;
    if (!verdict.isFinished)
        verdict.damage.push_back({archive->overview().bytes, "",
            "no end/hindcast/summary: the recorder was stopped hard, or the file is cut", false});
    verdict.isSound = verdict.damage.empty();
    return verdict;
}

class Verifier {
public:
    explicit Verifier(const InputFile& file)
        : m_file(file)
    {
    }

    Verdict run(const FrameScan& scan, std::stop_token stop)
    {
        m_verdict.damage = scan.damage;
        m_verdict.isFinished = scan.isFinished;
        for (std::size_t i = 0; i < scan.frames.size() && !stop.stop_requested(); ++i)
            judge(scan.frames[i], i);
        if (!scan.isFinished)
            m_verdict.damage.push_back(
                {m_file.size(), "", "no closing frame: the recorder was stopped hard, or the file is cut", false});
        const auto isSoundFrame = [](const FrameVerdict& frame) { return frame.problem.empty(); };
        m_verdict.isSound = m_verdict.isFinished && m_verdict.damage.empty()
            && std::all_of(m_verdict.frames.begin(), m_verdict.frames.end(), isSoundFrame);
        return std::move(m_verdict);
    }

private:
    void judge(const FrameSpan& span, std::size_t ordinal)
    {
        if (span.isRepeated) {
            m_previousDigest = span.index->sha256; // its bytes are judged where they stand first
            return;
        }
        Part part = decodeFrame(m_file, span, ordinal, Detail::Full, {}, TickCheck::Always);
        FrameVerdict frame;
        frame.offset = span.offset;
        frame.bytes = span.bytes;
        frame.isWhole = part.isWhole;
        frame.hasIndex = span.index.has_value();
        m_ticks.add(part, frame, m_verdict);
        if (!part.damage.empty())
            frame.problem = part.damage.front().what;
        judgeIndex(span, frame);
        m_verdict.frames.push_back(std::move(frame));
    }

    void judgeIndex(const FrameSpan& span, FrameVerdict& frame)
    {
        const auto complain = [&frame](std::string what) {
            if (frame.problem.empty())
                frame.problem = std::move(what);
        };
        if (!span.index) {
            m_previousDigest.reset();
            if (!span.isCut)
                complain("no index record behind it");
            return;
        }
        frame.kind = span.index->kind;
        const bool isNewRecording = span.index->sequence == 0 && span.index->previous == framing::Digest{};
        const bool isLinked = isNewRecording || !m_previousDigest || *m_previousDigest == span.index->previous;
        frame.isChained = isLinked && isDigestRight(m_file, span);
        if (!isLinked)
            complain("does not follow the frame before it: a frame was taken out or put in");
        else if (!frame.isChained)
            complain("SHA-256 disagrees: its bytes or its index record were changed");
        m_previousDigest = span.index->sha256;
    }

    const InputFile& m_file;
    Verdict m_verdict;
    TickCount m_ticks;
    std::optional<framing::Digest> m_previousDigest;
};

} // namespace

Result<Verdict> verify(const std::filesystem::path& path, std::stop_token stop)
{
    try {
        std::error_code ignored;
        if (std::filesystem::is_directory(path, ignored))
            return Error{"a folder: nothing to verify, the checksums belong to the file", path.string()};
        auto file = InputFile::open(path);
        if (!file)
            return file.error();
        const FrameScan scan = scanFrames(*file);
        if (!scan.hasIndex) {
            if (auto verdict = verifyMembers(path, stop))
                return *verdict;
            return Error{"not a capture: nothing to verify", path.string()};
        }
        return Verifier(*file).run(scan, stop);
    } catch (const std::bad_alloc&) {
        return Error{"not enough memory to verify it", path.string()};
    }
}

} // namespace hindcast::archive
