// SysstatRows: puts the rows of one heading of sar or sadf, already cut into cells, into series and listings.
#pragma once

#include "model/snapshot.h"
#include "parse/builder.h"
#include "parse/sysstat_columns.h"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

struct SysstatCell {
    std::string_view text;
    double value = notMeasured; ///< of Role::Value
    bool isBytes = false; ///< it had a unit of its own: "40.5M" (sar --human)
};
/// "3.50", "3,50", "+0.00", "nan", "85.4%", "40.5M", nothing else. sysstat counts units by 1024 (common.c).
std::optional<SysstatCell> readSysstatNumber(std::string_view text);

/// Of which time the rates and shares of a row are.
enum class Averaged : std::uint8_t {
    Interval,
    SinceBoot, ///< `sar 0`: nothing of the time before says anything about an interval
};

class SysstatRows {
public:
    SysstatRows(SysstatLayout layout, const Host& host, Builder& out);

    const SysstatLayout& layout() const { return m_layout; }
    /// One cell per field of the layout. False when a cell has a unit that its column cannot have: nothing was added.
    bool add(Time time, std::span<const SysstatCell> cells, Averaged averaged = Averaged::Interval);
    /// Hands over the last listing.
    void finish();

private:
    bool isFitting(std::span<const SysstatCell> cells) const;
    std::vector<SeriesRef>& refsOf(std::span<const SysstatCell> cells);
    void makeSeries(std::vector<SeriesRef>& refs, std::span<const SysstatCell> cells);
    bool isOffline(std::span<const SysstatCell> cells) const;
    double valueOf(std::size_t place, std::span<const SysstatCell> cells, Averaged averaged) const;
    void addListed(std::span<const SysstatCell> cells);

    SysstatLayout m_layout;
    Builder* m_out;
    double m_pageBytes = 0; ///< asked for only where a column is in pages
    std::optional<std::size_t> m_key, m_chip, m_requests;
    bool m_isListed = false;
    Time m_time{};
    bool m_hasTime = false;
    PositionalSeries m_known;
    std::string m_name; ///< of the row's item, to look it up
    std::vector<std::vector<std::string>> m_listing, m_lastListing;
};

/// Restarts and comments of an activity file, as events; each once, however many activities it was shown between.
class SysstatRemarks {
public:
    explicit SysstatRemarks(Builder& out)
        : m_out(out)
    {
    }
    /// The machine was started: nothing was measured across that time.
    void restart(Time time, std::optional<unsigned> cpus, std::uint64_t line = 0);
    void comment(Time time, std::string_view text, std::uint64_t line = 0);
    void setClock(Clock clock) { m_clock = clock; }
    bool isEmpty() const { return m_said.empty(); }

private:
    void say(Time time, std::string text, std::string_view kind, std::uint64_t line);

    Builder& m_out;
    Clock m_clock = Clock::Wall;
    std::set<std::pair<Time, std::string>> m_said;
};

} // namespace hindcast::parse
