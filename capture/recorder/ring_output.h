// RingOutput: the output of a flight recorder. What is recorded goes into the files of a ring; at the end they become
// the file that was asked for.
#pragma once

#include "events.h"
#include "options.h"
#include "output.h"
#include "ring.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::recorder {

class RingOutput final : public Output {
public:
    RingOutput(const Options& options, const std::string& hostname);

    /// Also begins the ring's first file, of what is recorded at the start.
    int open() override;
    int write(std::string_view bytes) override;
    void markValid() override;
    void cutToValid() override;
    std::uint64_t length() const override { return m_length; }
    int descriptor() const override;
    bool isKept() const override { return true; }
    int append(int source, std::uint64_t bytes) override { return m_file->append(source, bytes); }
    void takeOver(std::uint64_t bytes) override { m_file->takeOver(bytes); }
    std::uint64_t droppableBytes() const override;
    int drop(std::uint64_t bytes) override;
    int finish() override;
    void remove() override;
    const std::string& name() const override { return m_file->name(); }

    Ring& ring() { return m_ring; }
    /// What was written last, up to a segment's end and what follows it, becomes a file. 0 or errno.
    int sealFile(framing::CaptureWriter& writer);
    /// The same; then what is too old is dropped, and a file begins for the segment that `writer` begins next. Where no
    /// file can be created, not even in place of the oldest, the last one is written on.
    int turnFile(framing::CaptureWriter& writer, std::int64_t monotonicNow);
    /// Whether the open file waits for its segment.
    bool isFileFresh() const { return m_isFresh; }
    /// The open file is as large as one should be, for the oldest to be dropped in small steps.
    bool isFileLarge() const;
    /// A tick was written that was taken then.
    void noteTick(std::int64_t monotonic);
    /// Whether a frame of members fits beside the segment being written; if not, that is said, and becomes an event.
    bool hasRoomFor(const framing::EncodedFrame& frame, Events& events);
    /// A tick was left out, because the ring would not hold it with all else dropped: an event, and a message, when the
    /// one before it was not.
    void noteLeftOut(Events& events);
    std::uint64_t leftOut() const { return m_leftOut; }
    /// Ticks in the ring, and in what moved from it.
    std::uint64_t ticks() const;
    /// While something is set, the ring covers the time from there on, on CLOCK_MONOTONIC, as far as its size permits.
    void keepFrom(std::optional<std::int64_t> monotonic) { m_keptFrom = monotonic; }
    /// The ring's files move into FILE, one after the other, so that never more than one of them is there twice; what
    /// is written next goes there too. Every file must have been sealed. 0 or an errno, after which those not yet moved
    /// are still in the ring.
    int moveIntoFile();
    /// What moved there.
    const framing::PartIndex& movedIndex() const { return m_movedIndex; }
    const Ring::Span& movedSpan() const { return m_movedSpan; }

private:
    int endFile(framing::CaptureWriter& writer);
    int prepareFile(std::uint64_t segment);
    int stayInFile(framing::CaptureWriter& writer, int why);
    void beginRoom(framing::CaptureWriter& writer);
    std::string tooSmall() const;
    int moveFirst();

    const Options& m_options;
    std::unique_ptr<Output> m_file;
    Ring m_ring;
    bool m_isMoved = false; ///< or as far as that was possible
    int m_moveFailure = 0;
    std::uint64_t m_length = 0, m_validLength = 0; ///< written in all, into whatever file
    Ring::Span m_span; ///< of the open file
    bool m_isFresh = false;
    std::uint64_t m_turnTicks = 0; ///< since the last turn
    std::uint64_t m_turnLength = 0, m_tickLength = 0; ///< m_length at the last turn, and behind the last tick
    std::uint64_t m_wholeBytes = 0, m_tickBytes = 0; ///< of the file's first tick, which is of everything, and the last
    bool m_isLeavingOut = false, m_isStaying = false; ///< which has been said
    bool m_isSizeSaid = false, m_isShortSaid = false;
    std::uint64_t m_leftOut = 0; ///< ticks
    std::optional<std::int64_t> m_keptFrom;
    framing::PartIndex m_movedIndex;
    Ring::Span m_movedSpan;
};

} // namespace hindcast::recorder
