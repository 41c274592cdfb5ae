#include "parse/record_lines.h"

#include "base/text_scanner.h"
#include "parse/listing.h"
#include "parse/snake_case.h"

#include <string>

namespace hindcast::parse {

std::optional<RecordLine> readRecordLine(std::string_view line)
{
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const auto name = trimmed(line.substr(0, colon));
    if (name.empty())
        return std::nullopt;
    return RecordLine{name, trimmed(line.substr(colon + 1))};
}

void setRecordCell(TableMaker& table, std::string_view column, std::string_view value)
{
    constexpr std::string_view kibibytes = " kB";
    if (value.ends_with(kibibytes))
        if (const auto number = parseDouble(trimmed(value.substr(0, value.size() - kibibytes.size())))) {
            constexpr double kibibyte = 1024;
            table.set(column, Unit::Bytes, *number * kibibyte);
            return;
        }
    setPlain(table, column, value);
}

void readRecords(std::string_view tableName, std::string_view beginsRecord, const Sample& sample,
    std::optional<Time> time, Builder& out)
{
    out.setText(sample.text);
    TableMaker table{std::string(tableName), time};
    auto rest = sample.text;
    std::uint64_t number = 0;
    bool isOpen = false;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        if (trimmed(line).empty()) {
            isOpen = isOpen && !beginsRecord.empty();
            continue;
        }
        const auto record = readRecordLine(line);
        if (!record) {
            out.skipped(line, "expected a name, a colon and a value");
            continue;
        }
        if (!isOpen || (!beginsRecord.empty() && record->name == beginsRecord))
            table.beginRow(number);
        isOpen = true;
        setRecordCell(table, snakeCase(record->name), record->value);
    }
    table.finish(out);
}

} // namespace hindcast::parse
