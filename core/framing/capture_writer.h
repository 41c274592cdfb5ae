// CaptureWriter turns members and ticks into the bytes of a capture: frames, index records, seek table. It knows the
// format of capture/FORMAT.md and nothing of where the bytes go or what they mean.
#pragma once

#include "framing/checksums.h"
#include "framing/content_checksum.h"
#include "framing/frame_encoder.h"
#include "framing/index_frame.h"
#include "framing/member_filter.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ZSTD_CCtx_s;

namespace hindcast::framing {

/// Where the bytes of a capture go.
class Sink {
public:
    virtual ~Sink() = default;
    /// Takes all of `bytes`: 0, or the errno of the write that failed (how much arrived is then the sink's knowledge).
    virtual int write(std::string_view bytes) = 0;
};

struct WriterSettings {
    int level = 3;
    int windowLog = 23; ///< a keyframe of 1000 processes is about 0.5 MB, so a segment's ticks find each other
    std::uint64_t ticksPerSegment = 60;
    std::uint64_t bytesPerSegment = 64ULL << 20; ///< decompressed
    std::uint64_t mostBytes = 0; ///< of the capture, what closes it included: never one more. 0 = no limit
    std::uint64_t reservedBytes = 0; ///< of these, for the members that are added once beginEnd() was called
};

/// Returned instead of an errno by what would have made the capture larger than WriterSettings::mostBytes: the capture
/// is as if it had not been called, with no segment and no members open, and can be closed.
constexpr int noRoom = -1;

/// The frames of a part, as the close frame and the seek table behind it tell of them.
struct PartIndex {
    struct SeekEntry {
        std::uint32_t compressed;
        std::uint32_t decompressed;
    };
    std::string text; ///< of index.txt
    std::vector<SeekEntry> seekEntries;
    std::int64_t lastRealNanoseconds = 0; ///< of the last tick

    void append(const PartIndex& next);
};

struct TickStamp {
    std::uint64_t number = 0; ///< slot of the schedule
    std::int64_t realNanoseconds = 0;
    std::int64_t monotonicNanoseconds = 0;
};

/// Order of calls: addMember… endMembers, addFrame; then beginSegment, addTick…, endSegment, any number of times;
/// close. All that return int return 0 or an errno; after the first failure nothing more is written and each returns
/// it. The bytes given to the sink up to the return of a successful call are a valid capture. addTick, endMembers and
/// addFrame may also return noRoom, which is no failure: there is always room for endSegment and close.
class CaptureWriter {
public:
    explicit CaptureWriter(Sink& sink, const WriterSettings& settings = {});
    ~CaptureWriter();
    CaptureWriter(const CaptureWriter&) = delete;
    CaptureWriter& operator=(const CaptureWriter&) = delete;

    /// What sees members and ticks before they are written (not the frames of addFrame); null = nothing does.
    void setFilter(MemberFilter* filter) { m_filter = filter; }

    /// A file of its own, outside any segment. errors EINVAL when the path does not fit a tar header or is not safe
    int addMember(std::string_view path, std::string_view bytes, std::int64_t modifiedSeconds);
    /// Ends the frame of the members added since the last one; nothing when there are none.
    int endMembers();
    /// A frame of members that was compressed elsewhere. errors EINVAL while a segment is open
    int addFrame(const EncodedFrame& frame);

    int beginSegment(std::string_view manifest, std::string_view processes, std::int64_t modifiedSeconds);
    /// `blocks` are the tick's blocks; the end line is appended here. Flushed to the sink before it returns.
    /// noRoom: the tick was left out, and the segment ended before it (or never begun).
    int addTick(const TickStamp& stamp, std::string& blocks);
    int endSegment();
    /// From now on at most so many bytes more, as WriterSettings::mostBytes has it. Not within a segment.
    void limit(std::uint64_t bytes) { m_settings.mostBytes = m_bytesWritten + bytes; }
    /// What comes now may fill the room that was reserved for the end.
    void beginEnd() { m_settings.reservedBytes = 0; }
    /// index.txt, the end of the tar archive, the seek table. Ends an open segment first.
    int close();

    /// What follows is a part of its own, which needs none of the others where the sink is a row of files: its chain of
    /// digests begins anew; numbers of segments and ticks go on. Not within a segment or behind an open members frame.
    /// out  the frames since the beginning, or since the last call
    PartIndex beginPart();
    /// The sink has the frames of `part` already: close() tells of them, too. In the order of the file, and before the
    /// first frame of this writer's own.
    void adopt(const PartIndex& part);

    bool isSegmentOpen() const { return m_isSegmentOpen; }
    /// The next tick belongs in a new segment. The size of a tick is not known before it is taken: the largest so far
    /// in the segment stands for it.
    bool isSegmentFull() const;
    std::uint64_t segment() const { return m_segment; } ///< number of the open segment, else of the next
    std::uint64_t ticks() const { return m_ticks; }
    std::uint64_t bytesWritten() const { return m_bytesWritten; }

private:
    struct FreeContext {
        void operator()(ZSTD_CCtx_s* context) const;
    };
    /// What a tick changes, to be taken back when there is no room for it.
    struct Checkpoint {
        Sha256 chain;
        IndexRecord frame;
        ContentChecksum content;
    };

    /// `directive`: a ZSTD_EndDirective; 0 = ZSTD_e_continue.
    int appendFiltered(std::string_view path, std::string_view bytes, std::int64_t modifiedSeconds);
    int appendMember(std::string_view path, std::string_view bytes, std::int64_t modifiedSeconds, int directive = 0);
    bool hasRoom() const;
    std::uint64_t mostClosingBytes() const;
    int leaveTickOut(const Checkpoint& before);
    void forgetFrame();
    int compress(std::string_view bytes, int directive);
    int endFrame(FrameKind kind);
    int sealFrame(FrameKind kind);
    int deliver();
    int fail(int errorNumber);
    std::string seekTable() const;

    Sink& m_sink;
    MemberFilter* m_filter = nullptr;
    WriterSettings m_settings;
    std::unique_ptr<ZSTD_CCtx_s, FreeContext> m_context;
    std::vector<char> m_chunk; ///< what the encoder hands out at a time
    std::string m_pending; ///< compressed, not yet given to the sink
    int m_error = 0;

    ContentChecksum m_content; ///< of the frame being written, kept when there is a limit
    Sha256 m_chain; ///< of the frame being written, begun with the digest of the one before
    IndexRecord m_frame; ///< of the frame being written
    PartIndex m_part; ///< of the frames ended so far
    bool m_hasMembers = false;
    bool m_isSegmentOpen = false;
    std::uint64_t m_segment = 0;
    std::uint64_t m_ticks = 0;
    std::uint64_t m_largestTick = 0;
    std::uint64_t m_bytesWritten = 0;
};

} // namespace hindcast::framing
