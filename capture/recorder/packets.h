// Packets: what --packets asks for. Takes the packets of all interfaces between the ticks, cuts them into files of some
// seconds, and compresses those slice by slice, so that a whole frame is ready when the capture takes it.
#pragma once

#include "denial.h"
#include "framing/frame_encoder.h"
#include "options.h"
#include "packet_file.h"
#include "packet_source.h"
#include "redact/pseudonyms.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <vector>

namespace hindcast::recorder {

class Packets {
public:
    explicit Packets(const Options& options);
    ~Packets();
    Packets(const Packets&) = delete;
    Packets& operator=(const Packets&) = delete;

    /// For --redact strict, before open(): packets end behind their transport header, and addresses are replaced.
    /// Without it what is behind that header becomes zeros, but with --redact off.
    void setPseudonyms(redact::Pseudonyms* pseudonyms) { m_pseudonyms = pseudonyms; }

    /// Opens the interfaces. An exit status when what was asked for is wrong; that has been said, and so has what is
    /// not permitted, which stops nothing.
    int open();

    /// For poll(), while the next tick is waited for.
    void addDescriptors(std::vector<pollfd>& descriptors) const;
    /// Whether somebody takes the frames now.
    enum class Frames { Taken, Held };
    /// Milliseconds until there is something to do besides; -1 = nothing.
    int pause(Frames frames) const;
    /// A few milliseconds of work: takes packets that wait, cuts files that are due, compresses a slice.
    void tend();
    /// Frames for the capture: about every --packet-seconds, when all that was cut by then is compressed.
    bool hasFrames() const;
    std::vector<framing::EncodedFrame> takeFrames();
    /// The end: waits for the kernel to hand over the last packets, cuts and compresses everything.
    void finish();

    std::vector<Denial> denials() const { return m_denials; }

private:
    class Interface;

    void drain();
    void cutWhenDue();
    void cut(Interface& interface);
    void cutAll();
    void noteFailure(Interface& interface);
    bool isOpen() const;
    bool hasWork() const;
    void compressSlice();

    const Options& m_options;
    redact::Pseudonyms* m_pseudonyms = nullptr;
    std::vector<std::unique_ptr<Interface>> m_interfaces;
    std::vector<Denial> m_denials;
    std::deque<std::string> m_sealed; ///< tar archives waiting for the encoder
    std::unique_ptr<framing::FrameEncoder> m_encoder;
    std::vector<framing::EncodedFrame> m_frames;
    std::size_t m_memory = 0; ///< held by files, archives and frames, against the bound
    std::int64_t m_nextCut = 0; ///< CLOCK_MONOTONIC
    bool m_isRoundCut = false; ///< the period is over: the frames go out as soon as all are compressed
};

} // namespace hindcast::recorder
