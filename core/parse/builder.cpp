#include "parse/builder.h"

#include <algorithm>
#include <cassert>

namespace hindcast::parse {
namespace {

[[maybe_unused]] std::size_t columnsOf(EntityKind kind)
{
    return entityColumns(kind).size();
}

std::uint64_t lineNumber(std::string_view text, std::string_view line)
{
    const bool isInside = line.data() >= text.data() && line.data() <= text.data() + text.size();
    if (text.data() == nullptr || !isInside)
        return 0;
    return 1 + static_cast<std::uint64_t>(std::count(text.data(), line.data(), '\n'));
}

/// Enough of a bad line to recognise it, without its control bytes.
std::string excerpt(std::string_view line)
{
    constexpr std::size_t longest = 80;
    std::string shown(line.substr(0, longest));
    for (char& c : shown)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = '?';
    if (line.size() > longest)
        shown += "…";
    return shown;
}

} // namespace

bool Builder::toRow(Time time)
{
    if (m_row < m_rowTimes.size() && m_rowTimes[m_row] == time)
        return true;
    if (m_row + 1 < m_rowTimes.size() && m_rowTimes[m_row + 1] == time) {
        ++m_row;
        return true;
    }
    if (m_rowTimes.empty() || m_rowTimes.back() < time) {
        m_rowTimes.push_back(time);
        m_row = m_rowTimes.size() - 1;
        return true;
    }
    const auto place = std::lower_bound(m_rowTimes.begin(), m_rowTimes.end(), time);
    if (*place != time) {
        note(NoteSeverity::DataLoss, "a sample older than the one before it was left out");
        return false;
    }
    m_row = static_cast<std::size_t>(place - m_rowTimes.begin());
    return true;
}

SeriesRef Builder::series(std::string_view metric, Labels labels, Unit unit, Kind kind)
{
    std::sort(labels.begin(), labels.end());
    const auto [place, isNew] =
        m_seriesIndex.try_emplace(seriesKey(metric, labels, kind), static_cast<std::uint32_t>(m_series.size()));
    if (isNew)
        m_series.push_back({std::string(metric), std::move(labels), unit, kind, 0, {}});
    return {place->second};
}

void Builder::add(SeriesRef ref, Time time, double value)
{
    assert(ref.isValid());
    if (!toRow(time))
        return;
    BuiltSeries& built = m_series[ref.index];
    const auto row = static_cast<std::uint32_t>(m_row);
    if (built.values.empty())
        built.firstRow = row;
    if (row < built.firstRow) { // of a time that was known before, by setTicks() or by other series
        built.values.insert(built.values.begin(), built.firstRow - row, notMeasured);
        built.firstRow = row;
    }
    const std::size_t place = row - built.firstRow;
    if (place == built.values.size()) {
        built.values.push_back(value);
        return;
    }
    built.values.resize(std::max(built.values.size(), place + 1), notMeasured);
    built.values[place] = value;
}

void Builder::labelAll(std::string_view name, std::string_view value)
{
    for (BuiltSeries& built : m_series) {
        built.labels.push_back({std::string(name), std::string(value)});
        std::sort(built.labels.begin(), built.labels.end());
    }
    m_seriesIndex.clear(); // by the labels as they were
}

EntityRef Builder::entity(EntityKind kind, std::string_view key)
{
    const auto [place, isNew] =
        m_entityIndex.try_emplace(std::string(key), static_cast<std::uint32_t>(m_entities.size()));
    if (isNew) {
        m_entities.emplace_back();
        m_entities.back().kind = kind;
        m_entities.back().key = key;
    }
    return {place->second};
}

void Builder::setAttribute(EntityRef ref, std::string_view name, std::string_view value)
{
    auto& attributes = m_entities[ref.index].attributes;
    const auto place = std::lower_bound(attributes.begin(), attributes.end(), name,
        [](const Label& label, std::string_view wanted) { return label.name < wanted; });
    if (place != attributes.end() && place->name == name)
        place->value = value;
    else
        attributes.insert(place, {std::string(name), std::string(value)});
}

void Builder::markStarted(EntityRef ref)
{
    m_entities[ref.index].hasStarted = true;
}

void Builder::sample(EntityRef ref, Time time, std::span<const double> values)
{
    BuiltEntity& built = m_entities[ref.index];
    assert(values.size() == columnsOf(built.kind));
    if (!toRow(time))
        return;
    const auto row = static_cast<std::uint32_t>(m_row);
    if (!built.rows.empty() && built.rows.back() > row)
        return; // older than what is known already
    if (!built.rows.empty() && built.rows.back() == row)
        built.values.resize(built.values.size() - values.size());
    else
        built.rows.push_back(row);
    built.values.insert(built.values.end(), values.begin(), values.end());
}

void Builder::ended(EntityRef ref, Time time)
{
    if (!toRow(time))
        return;
    m_entities[ref.index].hasEnded = true;
    m_entities[ref.index].endRow = static_cast<std::uint32_t>(m_row);
}

void Builder::table(Table table)
{
    m_tables.push_back(std::move(table));
}

void Builder::event(Event event)
{
    m_events.push_back(std::move(event));
}

void Builder::placeAt(Time start)
{
    if (m_clock == Clock::None) {
        for (Time& time : m_rowTimes)
            time += start.time_since_epoch();
        m_clock = Clock::Wall;
    }
    for (Table& table : m_tables)
        table.time = table.time.value_or(start);
    for (Event& event : m_events)
        if (event.clock == Clock::None) {
            event.time += start.time_since_epoch();
            event.clock = Clock::Wall;
        }
}

void Builder::skipped(std::string_view line, std::string_view why)
{
    ++m_skipped;
    for (ImportNote& known : m_notes)
        if (known.severity == NoteSeverity::DataLoss && known.message.starts_with(why)) {
            ++known.count;
            return;
        }
    m_notes.push_back(
        {"", lineNumber(m_text, line), NoteSeverity::DataLoss, std::string(why) + ": \"" + excerpt(line) + '"', 1});
}

void Builder::note(NoteSeverity severity, std::string_view message, std::uint64_t line)
{
    for (ImportNote& known : m_notes)
        if (known.severity == severity && known.message == message) {
            ++known.count;
            return;
        }
    m_notes.push_back({"", line, severity, std::string(message), 1});
}

std::vector<SeriesRef>& PositionalSeries::at(std::string_view key)
{
    if (m_next < m_entries.size() && m_entries[m_next].key == key)
        return m_entries[m_next++].refs;
    const auto [place, isNew] = m_index.try_emplace(std::string(key), m_entries.size());
    if (isNew)
        m_entries.push_back({std::string(key), {}});
    m_next = place->second + 1;
    return m_entries[place->second].refs;
}

} // namespace hindcast::parse
