// TickSources: the system-wide files read at every tick, kept open between ticks.
#pragma once

#include "denial.h"
#include "read_buffer.h"
#include "root.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

/// A keyframe holds everything; between keyframes only what changed, and what failed is not tried again.
enum class Pass { Keyframe, Changes };

class TickSources {
public:
    explicit TickSources(const Root& root);
    ~TickSources();
    TickSources(const TickSources&) = delete;
    TickSources& operator=(const TickSources&) = delete;

    /// Appends a block for each source.
    void sample(Pass pass, std::uint64_t tick, ReadBuffer& buffer, std::string& blocks);
    /// The sources that could not be read at the last attempt.
    std::vector<Denial> denials() const;
    /// CPUs in use, counted in the last text of /proc/stat; 0 = not known.
    unsigned cpus() const { return m_cpus; }
    /// "btime" of the last text of /proc/stat; 0 = not known.
    std::int64_t bootTimeSeconds() const { return m_bootTimeSeconds; }

private:
    struct Source {
        const char* path;
        int descriptor = -1;
        int errorNumber = 0;
        std::uint64_t failedTick = 0;
    };

    int read(Source& source, ReadBuffer& buffer, std::string_view& text) const;
    void fail(Source& source, int errorNumber, std::uint64_t tick);
    void noteSystem(std::string_view procStat);

    const Root& m_root;
    std::vector<Source> m_sources;
    unsigned m_cpus = 0;
    std::int64_t m_bootTimeSeconds = 0;
};

} // namespace hindcast::recorder
