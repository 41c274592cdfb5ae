// ProcessColumns: what the headings of ps and top mean. The same quantity has the same column name, unit and form in
// both, so that a table of processes is read alike whichever tool printed it.
#pragma once

#include "base/unit.h"
#include "parse/table_maker.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hindcast::parse {

enum class ProcessValue : std::uint8_t {
    Text,
    Number,
    Percent, ///< with or without the sign
    Scaled, ///< a count, by 1000 where it has a letter: "27k"
    Kibibytes, ///< a size, KiB where it has no letter
    CpuTime,
    Date, ///< may be of several words
    State, ///< busybox pads "S <" and "S N" with a blank
    Command, ///< may hold blanks
    Words, ///< a list or an environment: may hold blanks where top cuts it to a width
};

struct ProcessColumn {
    std::string_view heading, name;
    Unit unit = Unit::None;
    ProcessValue value = ProcessValue::Text;
};

/// Null for a heading that is not known.
const ProcessColumn* psColumn(std::string_view heading);
/// Also by the translations of procps; of busybox's top too.
const ProcessColumn* topColumn(std::string_view heading);

/// The columns of one heading in a table: where each value goes and how it is read.
class ProcessCells {
public:
    struct Column {
        ProcessValue value = ProcessValue::Text;
        bool isKnown = false; ///< false: a number where it looks like one
        Unit unit = Unit::None;
        std::size_t place = 0; ///< in the table
    };

    /// Makes the table's columns. A name that two headings share goes to the first of them.
    void begin(std::span<const std::string_view> headings, const ProcessColumn* (*meaningOf)(std::string_view),
        TableMaker& table);
    const std::vector<Column>& columns() const { return m_columns; }
    /// A value that does not have the form of its column is kept as text; "-" is not told.
    void set(std::size_t column, std::string_view value, TableMaker& table) const;

private:
    std::vector<Column> m_columns;
};

} // namespace hindcast::parse
