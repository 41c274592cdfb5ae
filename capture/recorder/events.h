// Events: what happened to the recorder itself (a trigger, a pause, a step of the governor, a source that hangs), for
// the block hindcast/events of the next tick.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hindcast::recorder {

class Events {
public:
    using Field = std::pair<std::string_view, std::string_view>; ///< key, value
    /// Now. `kind` is one word: "governor", "trigger", "pause", "resume", "helper-stuck", …
    void add(std::string_view kind, const std::vector<Field>& fields = {});
    /// What no tick has said yet; forgotten too.
    std::string take();
    bool isEmpty() const { return m_text.empty(); }
    /// Appends the block, when there is anything to say, and forgets it.
    void appendTo(std::string& blocks);
    /// The tick that it was appended to last is not written: the next one is to say it.
    void giveBack();

private:
    std::string m_text; ///< "real_ns mono_ns kind key=value …" per line, values with %XX
    std::string m_said; ///< by the last tick
    std::int64_t m_first = 0, m_firstSaid = 0; ///< CLOCK_MONOTONIC
};

} // namespace hindcast::recorder
