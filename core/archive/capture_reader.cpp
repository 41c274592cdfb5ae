// Our own captures: frames found by frame_scan, decoded by whichever thread asks next.
#include "archive/frame_scan.h"
#include "archive/part_decoder.h"
#include "archive/reader.h"

#include <algorithm>

namespace hindcast::archive {
namespace {

class CaptureReader : public Reader {
public:
    CaptureReader(std::filesystem::path path, InputFile file, FrameScan scan, const Limits& limits)
        : Reader(std::move(path))
        , m_file(std::move(file))
        , m_frames(std::move(scan.frames))
        , m_limits(limits)
    {
        m_damage = std::move(scan.damage);
        std::erase_if(m_frames, [](const FrameSpan& frame) { return frame.isRepeated; });
        m_overview.form = Form::Capture;
        m_overview.bytes = m_file.size();
        m_overview.parts = m_frames.size();
        m_overview.isFinished = scan.isFinished;
        m_overview.range = indexedRange();
        if (!scan.isFinished)
            m_damage.push_back({m_file.size(), "",
                "the capture has no closing frame: the recorder was stopped hard, or the file is cut", false});
    }

    std::optional<Part> next(Detail detail, std::stop_token stop) override
    {
        if (stop.stop_requested())
            return std::nullopt;
        const std::size_t mine = m_next.fetch_add(1, std::memory_order_relaxed);
        if (mine >= m_frames.size())
            return std::nullopt;
        Part part = decodeFrame(m_file, m_frames[mine], mine, detail, m_limits);
        m_bytesDone.fetch_add(m_frames[mine].bytes, std::memory_order_relaxed);
        return part;
    }

    void rewind() override
    {
        m_next = 0;
        m_bytesDone = 0;
    }

private:
    std::optional<TimeRange> indexedRange() const
    {
        std::optional<TimeRange> range;
        for (const FrameSpan& frame : m_frames) {
            if (!frame.index || frame.index->kind != framing::FrameKind::Segment)
                continue;
            const Time first = timeFromNanoseconds(frame.index->firstRealNanoseconds);
            const Time last = timeFromNanoseconds(frame.index->lastRealNanoseconds);
            if (!range)
                range = TimeRange{first, last};
            range->begin = std::min(range->begin, first);
            range->end = std::max(range->end, last);
        }
        return range;
    }

    InputFile m_file;
    std::vector<FrameSpan> m_frames;
    Limits m_limits;
    std::atomic<std::size_t> m_next{0};
};

} // namespace

Result<std::unique_ptr<Reader>> makeCaptureReader(
    std::filesystem::path path, InputFile file, FrameScan scan, const Limits& limits)
{
    return std::unique_ptr<Reader>(
        std::make_unique<CaptureReader>(std::move(path), std::move(file), std::move(scan), limits));
}

} // namespace hindcast::archive
