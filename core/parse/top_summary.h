// TopSummary: the lines above the list of tasks of top: load, tasks by state, CPU, memory, swap, as figures with the
// names other sources use. Words are translated in some languages, so where a word is not known its place decides.
// Source: man 1 top, "SUMMARY Display"; procps top/top_nls.c; busybox procps/top.c.
#pragma once

#include "base/unit.h"
#include "model/series.h"
#include "parse/uptime_line.h"

#include <optional>
#include <string_view>
#include <vector>

namespace hindcast::parse {

struct TopFigure {
    std::string_view metric;
    Labels labels;
    Unit unit = Unit::None;
    double value = notMeasured;
    bool isOfInterval = false; ///< a share of the time since the screen before
};

/// "top - 11:24:50 up 2 min, …", or the same with the name of a window for "top".
std::optional<UptimeLine> readTopHead(std::string_view line);

class TopSummary {
public:
    /// Forgets what the lines of the last screen told.
    void beginScreen();
    /// The figures of a line below the head; nothing for a line that is none of the summary. A summary line can be
    /// without figures: a graph.
    std::optional<std::vector<TopFigure>> read(std::string_view line);
    /// The list under this summary is of threads (-H).
    bool isOfThreads() const { return m_isOfThreads; }

private:
    std::vector<TopFigure> readTasks(std::string_view line);
    std::vector<TopFigure> readMemory(std::string_view line);

    bool m_hasMemory = false; ///< the next line of sizes is of swap
    bool m_isUsedFirst = false; ///< procps before 3.3.10: total, used, free; then total, free, used
    bool m_isOfThreads = false;
};

/// Whether the CPU shares of the first screen are means since boot: procps before 3.3.10, told by the form of its
/// lines. Since then top looks twice, a tenth of a second apart, before it prints first.
bool isFirstScreenSinceBoot(std::string_view line);

} // namespace hindcast::parse
