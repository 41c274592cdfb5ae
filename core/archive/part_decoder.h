// part_decoder: one frame of a capture to its members: decompression under limits, tar members with checked paths,
// ticks with checked checksums. What is damaged is left out and said; what came before it is kept.
#pragma once

#include "archive/archive.h"
#include "archive/frame_scan.h"

namespace hindcast::archive {

enum class TickCheck : std::uint8_t {
    Always,
    UnlessFrameIsSound, ///< the frame's own checksum covers the ticks as well; checking both costs a third of the
                        ///< reading time
};

/// Decodes one frame. Never fails as a whole: an unreadable frame is a Part without members and with Damage.
Part decodeFrame(const InputFile& file, const FrameSpan& span, std::size_t ordinal, Detail detail, const Limits& limits,
    TickCheck check = TickCheck::UnlessFrameIsSound);

/// "seg/12/t/000731.txt" -> true.
bool isTickPath(std::string_view path);
/// N of "seg/N/…".
std::optional<std::uint64_t> segmentOf(std::string_view path);
/// Number of "…/t/000731.txt".
std::optional<std::uint64_t> tickOf(std::string_view path);

/// Adds one member to a part: refuses unsafe paths, checks the checksum of a tick.
void addMember(Part& part, Member member, std::uint64_t offset, TickCheck check = TickCheck::Always);

/// The same for members that no recorder of ours named: names may be long and hold backslashes, as those of systemd's
/// units do.
void addForeignMember(Part& part, Member member, std::uint64_t offset);

} // namespace hindcast::archive
