#include "parse/table_maker.h"

#include <algorithm>
#include <cmath>

namespace hindcast::parse {
namespace {

constexpr std::size_t mostColumns = 256; // names come from the input

bool isFilled(const Table& table, std::size_t column)
{
    return std::any_of(table.rows.begin(), table.rows.end(), [column](const std::vector<Cell>& row) {
        return column < row.size() && !std::holds_alternative<std::monostate>(row[column]);
    });
}

} // namespace

std::size_t TableMaker::column(std::string_view name, Unit unit)
{
    auto& columns = m_table.columns;
    const auto known =
        std::find_if(columns.begin(), columns.end(), [name](const TableColumn& one) { return one.name == name; });
    if (known != columns.end())
        return static_cast<std::size_t>(known - columns.begin());
    columns.push_back({std::string(name), unit});
    return columns.size() - 1;
}

void TableMaker::beginRow(std::uint64_t line)
{
    if (m_table.rows.empty())
        m_table.firstLine = line;
    m_table.rows.emplace_back();
}

void TableMaker::set(std::size_t column, double value)
{
    if (std::isnan(value) || column >= mostColumns || m_table.rows.empty())
        return;
    auto& row = m_table.rows.back();
    row.resize(std::max(row.size(), column + 1));
    row[column] = value;
}

void TableMaker::set(std::size_t column, std::string_view text)
{
    if (text.empty() || column >= mostColumns || m_table.rows.empty())
        return;
    auto& row = m_table.rows.back();
    row.resize(std::max(row.size(), column + 1));
    row[column] = std::string(text);
}

void TableMaker::finish(Builder& out)
{
    Table made;
    std::swap(made.name, m_table.name);
    m_table.name = made.name;
    made.time = m_time;
    made.firstLine = m_table.firstLine;
    made.rows.resize(m_table.rows.size());
    for (std::size_t column = 0; column < m_table.columns.size(); ++column) {
        if (!isFilled(m_table, column))
            continue;
        made.columns.push_back(std::move(m_table.columns[column]));
        for (std::size_t row = 0; row < made.rows.size(); ++row) {
            auto& cells = m_table.rows[row];
            made.rows[row].push_back(column < cells.size() ? std::move(cells[column]) : Cell{});
        }
    }
    m_table.columns.clear();
    m_table.rows.clear();
    m_table.firstLine = 0;
    if (!made.columns.empty())
        out.table(std::move(made));
}

} // namespace hindcast::parse
