// Builder: the only way for a parser to say what it read. One per source and part; load merges them afterwards.
#pragma once

#include "model/snapshot.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hindcast::parse {

/// A series of this builder; cheap to keep. Hot parsers look a series up once and then add by reference.
struct SeriesRef {
    std::uint32_t index = UINT32_MAX;
    bool isValid() const { return index != UINT32_MAX; }
};
struct EntityRef {
    std::uint32_t index = UINT32_MAX;
    bool isValid() const { return index != UINT32_MAX; }
};

/// Whether the times a builder is given are instants, or what the clock on the host's wall showed.
enum class CivilTimes : std::uint8_t {
    No, ///< instants on the UTC axis: the text named its zone, or the times are of our own recorder
    Local, ///< date and time of the host's zone, written as if they were UTC: the merge moves them
    LocalFromFirst, ///< the same, counted on from the first one by its distance from UTC: a DayClock that was set back
};

class Builder {
public:
    /// Values collected for one series: parallel to rowTimes from firstRow on, NaN where a row has none.
    struct BuiltSeries {
        std::string metric;
        Labels labels;
        Unit unit;
        Kind kind;
        std::uint32_t firstRow = 0;
        std::vector<double> values;
    };
    struct BuiltEntity {
        EntityKind kind;
        std::string key;
        std::vector<Label> attributes;
        std::vector<std::uint32_t> rows; ///< indices into rowTimes, increasing
        std::vector<double> values; ///< row-major, entityColumns(kind).size() per row
        bool hasEnded = false;
        std::uint32_t endRow = 0; ///< the row at which it was found gone
        bool hasStarted = false;
    };

    /// `clock` of the times that are added.
    explicit Builder(Clock clock = Clock::Wall)
        : m_clock(clock)
    {
    }

    // Series
    /// Finds or makes a series. Labels need not be sorted.
    SeriesRef series(std::string_view metric, Labels labels, Unit unit, Kind kind);
    /// One value. Times must not fall within a builder: a value at an earlier time than the latest is dropped and
    /// noted. A second value for the same series and time replaces the first.
    void add(SeriesRef series, Time time, double value);
    void add(std::string_view metric, const Labels& labels, Unit unit, Kind kind, Time time, double value)
    {
        add(series(metric, labels, unit, kind), time, value);
    }

    /// Gives all series made so far one more label: whose they are, which their text does not say.
    void labelAll(std::string_view name, std::string_view value);

    // Entities
    /// All ticks of the part, set before the parser runs: also those at which nothing changed, so that "unchanged" is a
    /// measured zero.
    void setTicks(std::vector<Time> ticks) { m_rowTimes = std::move(ticks); }
    /// Makes `time` a row, for sources that know a tick only from their own samples.
    void tick(Time time) { toRow(time); }
    EntityRef entity(EntityKind kind, std::string_view key);
    void setAttribute(EntityRef entity, std::string_view name, std::string_view value);
    void markStarted(EntityRef entity);
    /// `values`: one per column of the kind.
    void sample(EntityRef entity, Time time, std::span<const double> values);
    void ended(EntityRef entity, Time time);

    // Other shapes
    void table(Table table);
    void event(Event event);
    /// The source knows its own clock (a tool's text with a date): overrides the input's.
    void setClock(Clock clock) { m_clock = clock; }
    /// For a text without a zone; with Clock::Wall only.
    void setCivilTimes(CivilTimes civil) { m_civilTimes = civil; }
    /// What the text itself calls the zone of its civil times: "PDT", "+0530". The host's own zone goes before it.
    void setZoneText(std::string_view zone) { m_zoneText = zone; }
    /// What was read without a clock begins at `start`: rows are moved there, tables and events without a time get it.
    void placeAt(Time start);
    Host& host() { return m_host; } ///< facts about the machine that this source holds (boot time); merged where absent

    // What could not be read
    /// A line that could not be read; reading goes on. `line` should be a view into the text being parsed: its number
    /// is found from setText().
    void skipped(std::string_view line, std::string_view why);
    void note(NoteSeverity severity, std::string_view message, std::uint64_t line = 0);
    /// The text the next skipped() lines are views of; called by load for each sample of single-text sources, and by
    /// parsers that walk several samples.
    void setText(std::string_view text) { m_text = text; }

    // For the merge
    Clock clock() const { return m_clock; }
    CivilTimes civilTimes() const { return m_civilTimes; }
    const std::string& zoneText() const { return m_zoneText; }
    const std::vector<Time>& rowTimes() const { return m_rowTimes; }
    std::vector<BuiltSeries>& builtSeries() { return m_series; }
    std::vector<BuiltEntity>& builtEntities() { return m_entities; }
    std::vector<Table>& tables() { return m_tables; }
    std::vector<Event>& events() { return m_events; }
    const std::vector<ImportNote>& notes() const { return m_notes; }
    std::uint64_t skippedLines() const { return m_skipped; }

private:
    bool toRow(Time time);

    Clock m_clock;
    CivilTimes m_civilTimes = CivilTimes::No;
    std::string m_zoneText;
    std::vector<Time> m_rowTimes;
    std::size_t m_row = 0; ///< the row of the last value
    std::vector<BuiltSeries> m_series;
    std::unordered_map<std::string, std::uint32_t> m_seriesIndex; ///< metric + labels + kind
    std::vector<BuiltEntity> m_entities;
    std::unordered_map<std::string, std::uint32_t> m_entityIndex;
    std::vector<Table> m_tables;
    std::vector<Event> m_events;
    std::vector<ImportNote> m_notes;
    std::uint64_t m_skipped = 0;
    std::string_view m_text;
    Host m_host;
};

/// Remembers the series of a source whose lines come in the same order sample after sample: the n-th call of a sample
/// gets the n-th series when its key is unchanged, without a lookup.
class PositionalSeries {
public:
    /// Begins the next sample.
    void restart() { m_next = 0; }
    /// The refs remembered for `key`; empty (and to be filled by the caller) when the key is new.
    std::vector<SeriesRef>& at(std::string_view key);

private:
    struct Entry {
        std::string key;
        std::vector<SeriesRef> refs;
    };
    std::vector<Entry> m_entries; ///< in the order first met
    std::unordered_map<std::string, std::size_t> m_index;
    std::size_t m_next = 0;
};

} // namespace hindcast::parse
