#include "parse/table_maker.h"

#include <algorithm>
#include <cmath>

namespace hindcast::parse {
namespace {

constexpr std::size_t mostColumns = 256; // names come from the input

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
    m_table.rows.emplace_back().reserve(m_table.columns.size());
}

Cell* TableMaker::cell(std::size_t column)
{
    if (column >= mostColumns || m_table.rows.empty())
        return nullptr;
    auto& row = m_table.rows.back();
    if (row.size() <= column)
        row.resize(column + 1);
    if (m_isFilled.size() <= column)
        m_isFilled.resize(column + 1);
    m_isFilled[column] = true;
    return &row[column];
}

void TableMaker::dropRow()
{
    if (!m_table.rows.empty())
        m_table.rows.pop_back();
}

void TableMaker::set(std::size_t column, double value)
{
    if (std::isnan(value))
        return;
    if (Cell* place = cell(column))
        *place = value;
}

void TableMaker::set(std::size_t column, std::string_view text)
{
    if (text.empty())
        return;
    if (Cell* place = cell(column))
        place->emplace<std::string>(text);
}

void TableMaker::finish(Builder& out)
{
    Table made;
    std::swap(made, m_table);
    m_table.name = made.name;
    made.time = m_time;
    m_isFilled.resize(made.columns.size());
    const bool isWhole = std::find(m_isFilled.begin(), m_isFilled.end(), false) == m_isFilled.end();
    for (auto& row : made.rows) {
        row.resize(made.columns.size());
        if (isWhole)
            continue;
        std::size_t kept = 0;
        for (std::size_t column = 0; column < row.size(); ++column)
            if (m_isFilled[column] && kept++ != column)
                row[kept - 1] = std::move(row[column]);
        row.resize(kept);
    }
    std::size_t kept = 0;
    for (std::size_t column = 0; column < made.columns.size(); ++column)
        if (m_isFilled[column] && kept++ != column)
            made.columns[kept - 1] = std::move(made.columns[column]);
    made.columns.resize(kept);
    m_isFilled.clear();
    if (!made.columns.empty())
        out.table(std::move(made));
}

void TableMaker::tellEmpty(Builder& out)
{
    Table made;
    std::swap(made, m_table);
    m_table.name = made.name;
    made.time = m_time;
    made.rows.clear();
    m_isFilled.clear();
    out.table(std::move(made));
    out.note(NoteSeverity::Info, "there is a heading and nothing below it: nothing was listed");
}

} // namespace hindcast::parse
