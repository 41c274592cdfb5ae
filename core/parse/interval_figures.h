// IntervalFigures: where the figures go that iostat and mpstat print again and again, one row per disk or CPU: into
// series when they are of an interval, into a table apart when they are averages since boot.
#pragma once

#include "parse/builder.h"
#include "parse/table_maker.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// What a heading's name means.
struct FigureColumn {
    std::string_view name, metric;
    Unit unit = Unit::None;
    double factor = 1; ///< to our unit; not applied to values that had a unit themselves
    double divisor = 1;
    /// Metrics, separated by blanks, of the columns that count what this is a mean of: a mean of nothing is printed as
    /// 0 and is no measurement.
    std::string_view meanOf = {};
};
const FigureColumn* columnNamed(std::span<const FigureColumn> columns, std::string_view name);

/// One heading of a text, and the series of the rows below it.
class FigureHeading {
public:
    /// `columns`: of the figures, in their order; null for one that is not known.
    FigureHeading(std::string_view text, std::vector<const FigureColumn*> columns);

    std::string_view text() const { return m_text; }
    std::size_t size() const { return m_columns.size(); }
    const FigureColumn* column(std::size_t place) const { return m_columns[place]; }

private:
    friend class IntervalFigures;
    void findCounts();

    std::string m_text;
    std::vector<const FigureColumn*> m_columns; ///< null: not known
    std::vector<std::vector<std::size_t>> m_counts; ///< by column: where that of which it is the mean is counted
    PositionalSeries m_series;
};

class IntervalFigures {
public:
    /// `sinceBoot`: name of the table of averages since boot.
    IntervalFigures(std::string_view sinceBoot, Builder& out)
        : m_sinceBoot(std::string(sinceBoot))
        , m_out(out)
    {
    }
    /// What comes next is of one report. `listedAt`: for the table.
    void begin(Time time, bool isSinceBoot, std::optional<Time> listedAt);
    /// A row: `label` and `name` say what it is of ("device", "sda"; both empty for the whole host), `values` are one a
    /// column, in our units already or NaN.
    void add(FigureHeading& heading, std::string_view label, std::string_view name, std::span<double> values,
        std::uint64_t line, std::string_view metricPrefix = {});
    /// The next row of the heading is again the first.
    static void restart(FigureHeading& heading) { heading.m_series.restart(); }
    void finish();
    bool wasAnySinceBoot() const { return m_wasAnySinceBoot; }

private:
    static void dropMeansOfNothing(const FigureHeading& heading, std::span<double> values);
    void addToTable(const FigureHeading& heading, std::string_view label, std::string_view name,
        std::span<const double> values, std::uint64_t line);

    std::string m_sinceBoot;
    Builder& m_out;
    Time m_time{};
    bool m_isSinceBoot = false;
    std::optional<TableMaker> m_table;
    const FigureHeading* m_tableHeading = nullptr; ///< of the rows in the table
    bool m_wasAnySinceBoot = false;
};

} // namespace hindcast::parse
