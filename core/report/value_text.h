// Values as people read them in plain text reports: "12.3 %", "1.5 MiB/s", "4.2 ms", "–" for what was not measured.
#pragma once

#include "base/unit.h"

#include <string>
#include <string_view>
#include <vector>

namespace hindcast::report {

std::string valueText(double value, Unit unit);
/// 1234567 -> "1 234 567"
std::string groupedNumber(double value);

/// Columns of text, aligned; numbers to the right. Widths count characters, not bytes.
class TextTable {
public:
    enum class Align { Left, Right };
    explicit TextTable(std::vector<Align> columns)
        : m_align(std::move(columns))
    {
    }
    void add(std::vector<std::string> row) { m_rows.push_back(std::move(row)); }
    bool isEmpty() const { return m_rows.empty(); }
    std::string text(std::string_view indent = "  ") const;

private:
    std::vector<Align> m_align;
    std::vector<std::vector<std::string>> m_rows;
};

/// Control bytes and anything else a terminal might obey are shown as \xNN: captures hold names that others chose.
std::string safeText(std::string_view text);

} // namespace hindcast::report
