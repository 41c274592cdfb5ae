// RecordLines: texts of "name : value" lines, such as /proc/crypto or /proc/[pid]/status, where a blank line (or a name
// that comes again) begins the next record: a table with a row per record and a column per name.
#pragma once

#include "parse/builder.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <optional>
#include <string_view>

namespace hindcast::parse {

struct RecordLine {
    std::string_view name, value;
};
/// "cpu MHz\t\t: 2303.998" -> {"cpu MHz", "2303.998"}; nothing without a colon or a name.
std::optional<RecordLine> readRecordLine(std::string_view line);

/// Sets a cell: numbers as such, "12 kB" as bytes, codes ("0022", "0x1f", "3ff") as they stand.
void setRecordCell(TableMaker& table, std::string_view column, std::string_view value);

/// Reads a whole text. `beginsRecord`: the name that begins each record; "" = a blank line ends one.
void readRecords(std::string_view tableName, std::string_view beginsRecord, const Sample& sample,
    std::optional<Time> time, Builder& out);

} // namespace hindcast::parse
