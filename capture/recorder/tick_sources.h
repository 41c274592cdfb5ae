// TickSources: the system-wide files read at every tick, kept open between ticks.
#pragma once

#include "root.h"
#include "source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

class TickSources final : public Source {
public:
    explicit TickSources(const Root& root);
    ~TickSources() override;

    const char* name() const override { return "system"; }
    /// Appends a block for each source.
    void sample(const TickContext& context, std::string& blocks) override;
    /// The sources that could not be read at the last attempt.
    void addDenials(std::vector<Denial>& denials) const override;
    /// CPUs in use, counted in the last text of /proc/stat; 0 = not known.
    unsigned cpus() const { return m_cpus; }
    /// "btime" of the last text of /proc/stat; 0 = not known.
    std::int64_t bootTimeSeconds() const { return m_bootTimeSeconds; }

private:
    struct Source {
        const char* path;
        unsigned period;
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
