#include "parse/interval_figures.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <cmath>

namespace hindcast::parse {

const FigureColumn* columnNamed(std::span<const FigureColumn> columns, std::string_view name)
{
    for (const FigureColumn& column : columns)
        if (column.name == name)
            return &column;
    return nullptr;
}

FigureHeading::FigureHeading(std::string_view text, std::vector<const FigureColumn*> columns)
    : m_text(text)
    , m_columns(std::move(columns))
{
    findCounts();
}

void FigureHeading::findCounts()
{
    m_counts.resize(m_columns.size());
    for (std::size_t place = 0; place < m_columns.size(); ++place) {
        if (!m_columns[place])
            continue;
        const auto counted = fields(m_columns[place]->meanOf);
        for (std::size_t other = 0; other < m_columns.size(); ++other)
            if (m_columns[other]
                && std::find(counted.begin(), counted.end(), m_columns[other]->metric) != counted.end())
                m_counts[place].push_back(other);
    }
}

void IntervalFigures::begin(Time time, bool isSinceBoot, std::optional<Time> listedAt)
{
    finish();
    m_time = time;
    m_isSinceBoot = isSinceBoot;
    if (!isSinceBoot)
        return;
    m_table.emplace(m_sinceBoot, listedAt);
    m_wasAnySinceBoot = true;
}

void IntervalFigures::finish()
{
    if (m_table)
        m_table->finish(m_out);
    m_table.reset();
    m_tableHeading = nullptr;
}

void IntervalFigures::dropMeansOfNothing(const FigureHeading& heading, std::span<double> values)
{
    for (std::size_t place = 0; place < values.size(); ++place) {
        const auto& counts = heading.m_counts[place];
        if (counts.empty() || values[place] != 0)
            continue;
        if (std::all_of(counts.begin(), counts.end(), [values](std::size_t count) { return values[count] == 0; }))
            values[place] = notMeasured;
    }
}

void IntervalFigures::add(FigureHeading& heading, std::string_view label, std::string_view name,
    std::span<double> values, std::uint64_t line, std::string_view metricPrefix)
{
    if (m_isSinceBoot) {
        addToTable(heading, label, name, values, line);
        return;
    }
    dropMeansOfNothing(heading, values);
    auto& refs = heading.m_series.at(name);
    if (refs.empty()) {
        const Labels labels = label.empty() ? Labels{} : Labels{{std::string(label), std::string(name)}};
        for (const FigureColumn* column : heading.m_columns) {
            if (!column) {
                refs.push_back({});
                continue;
            }
            std::string metric(column->metric);
            if (!metricPrefix.empty())
                metric = std::string(metricPrefix) + metric.substr(metric.find('.'));
            refs.push_back(m_out.series(metric, labels, column->unit, Kind::Gauge));
        }
    }
    for (std::size_t place = 0; place < values.size(); ++place)
        if (refs[place].isValid())
            m_out.add(refs[place], m_time, values[place]);
}

void IntervalFigures::addToTable(const FigureHeading& heading, std::string_view label, std::string_view name,
    std::span<const double> values, std::uint64_t line)
{
    // The next block of the same report (reads, writes, … of --pretty) has other columns.
    if (m_tableHeading && m_tableHeading != &heading)
        m_table->finish(m_out);
    m_tableHeading = &heading;
    m_table->beginRow(line);
    if (!label.empty())
        m_table->set(label, name);
    for (std::size_t place = 0; place < values.size(); ++place)
        if (const FigureColumn* column = heading.m_columns[place]) {
            const auto point = column->metric.find('.');
            m_table->set(column->metric.substr(point + 1), column->unit, values[place]);
        }
}

} // namespace hindcast::parse
