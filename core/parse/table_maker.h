// TableMaker: a Table filled row by row and cell by cell, by column name. Columns appear when they are first named,
// cells that no row names stay "not measured", and columns that no row fills are left out.
#pragma once

#include "model/snapshot.h"
#include "parse/builder.h"
#include "parse/parser.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// When a text was printed; nothing when it has no clock.
inline std::optional<Time> listedAt(const Input& input, const Sample& sample)
{
    return input.clock == Clock::Wall ? std::optional(sample.time) : std::nullopt;
}

class TableMaker {
public:
    /// `time`: when it was listed, by listedAt().
    explicit TableMaker(std::string name, std::optional<Time> time = {})
        : m_time(time)
    {
        m_table.name = std::move(name);
    }

    /// Fixes the place of a column; the same name again is the same column.
    std::size_t column(std::string_view name, Unit unit = Unit::None);

    /// Begins a row; `line` is its number in the member (0 = not known).
    void beginRow(std::uint64_t line = 0);
    /// Takes the row begun last back: what was read proved to be none.
    void dropRow();
    /// Cells of the row begun last. NaN and "" stay "not measured".
    void set(std::size_t column, double value);
    void set(std::size_t column, std::string_view text);
    void set(std::string_view name, Unit unit, double value) { set(column(name, unit), value); }
    void set(std::string_view name, std::string_view text) { set(column(name), text); }

    bool hasRows() const { return !m_table.rows.empty(); }
    std::size_t rows() const { return m_table.rows.size(); }
    /// Hands the table to `out` when it has rows, and is empty again.
    void finish(Builder& out);
    /// For a listing that was printed and names nothing: the table without rows.
    void tellEmpty(Builder& out);

private:
    /// Where a cell of the row begun last is to go; null when there is none.
    Cell* cell(std::size_t column);

    std::optional<Time> m_time;
    Table m_table;
    std::vector<bool> m_isFilled; ///< by column: some row has a cell
};

} // namespace hindcast::parse
