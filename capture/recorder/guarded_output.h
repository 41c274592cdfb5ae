// GuardedOutput: stands between the capture and its output and keeps the file system from filling up. When there is too
// little room the oldest samples of a ring make way; where that is not enough it keeps what is to be written, and no
// ticks are taken until room is there again.
#pragma once

#include "events.h"
#include "framing/capture_writer.h"
#include "options.h"
#include "output.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::recorder {

class GuardedOutput final : public framing::Sink {
public:
    GuardedOutput(Output& output, const FreeFloor& floor, Events& events);

    /// Once the output is open. Only a regular file is guarded; nothing is when the floor is 0.
    void start();
    /// Everything that arrives is a valid capture, up to the end of the last call. Below the floor, and on a full disk,
    /// it is held in memory: 0 all the same.
    int write(std::string_view bytes) override;
    /// Whether there is room for another tick; first, what was held is written. Asked once per tick.
    bool mayTakeTick();
    /// A last attempt to write what is held. ENOSPC: it is given up, and the output ends with what it had.
    int settle();

    bool isPaused() const { return m_isPaused; }
    bool isHolding() const { return !m_held.empty(); }
    std::uint64_t missed() const { return m_missed; } ///< ticks not taken for want of room, in all

private:
    struct Space {
        std::uint64_t freeBytes, floorBytes, blockBytes;
    };
    std::optional<Space> space() const;
    static bool hasRoom(const std::optional<Space>& space, std::uint64_t bytes);
    bool makeRoom(std::optional<Space>& space, std::uint64_t bytes);
    int pass(std::string_view bytes);
    void pause(const char* reason, const std::optional<Space>& space);
    void resume(const std::optional<Space>& space);

    Output& m_output;
    FreeFloor m_floor;
    Events& m_events;
    bool m_isGuarding = false;
    bool m_isPaused = false;
    bool m_isDroppingSaid = false;
    std::string m_held; ///< not written yet, in the order it came
    std::uint64_t m_usualBytes = 0; ///< of a write: the largest lately
    std::uint64_t m_missed = 0, m_missedSincePause = 0;
    int m_failure = 0; ///< met while nobody could be told
};

} // namespace hindcast::recorder
