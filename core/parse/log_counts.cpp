#include "parse/log_events.h"

#include <algorithm>
#include <array>
#include <vector>

namespace hindcast::parse {
namespace {

constexpr std::array<std::int64_t, 6> intervals{1, 10, 60, 600, 3600, 86400}; // seconds
constexpr std::size_t mostIntervals = 1500; // a day of minutes fits
constexpr std::size_t mostPrograms = 64;
constexpr std::string_view others = "(other)";

std::int64_t secondsOf(Time time)
{
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::int64_t binOf(std::int64_t seconds, std::int64_t interval)
{
    return seconds >= 0 ? seconds / interval : -((-seconds + interval - 1) / interval);
}

/// Nearly always the last interval or the one behind it.
void addTo(std::map<std::int64_t, std::uint64_t>& bins, std::int64_t bin, std::uint64_t lines)
{
    if (!bins.empty() && bins.rbegin()->first == bin)
        bins.rbegin()->second += lines;
    else
        bins[bin] += lines;
}

} // namespace

LogCounts::ProgramCounts& LogCounts::of(std::string_view program)
{
    if (m_last && m_lastProgram == program)
        return *m_last;
    auto known = m_programs.find(program);
    if (known == m_programs.end())
        known = m_programs.try_emplace(std::string(m_programs.size() < mostPrograms ? program : others)).first;
    m_lastProgram = program;
    m_last = &known->second;
    return *m_last;
}

void LogCounts::add(std::string_view program, Severity severity, Time time, std::uint64_t lines)
{
    const std::int64_t bin = binOf(secondsOf(time), intervals[m_step]);
    ProgramCounts& counts = of(program);
    addTo(counts.lines, bin, lines);
    if (severity == Severity::Error)
        addTo(counts.errors, bin, lines);
    else if (severity == Severity::Warning)
        addTo(counts.warnings, bin, lines);
    addTo(m_all, bin, lines);
    while (m_all.size() > mostIntervals && m_step + 1 < intervals.size())
        coarsen();
}

void LogCounts::coarsen()
{
    const std::int64_t factor = intervals[m_step + 1] / intervals[m_step];
    const auto merge = [factor](Bins& bins) {
        Bins merged;
        for (const auto& [bin, lines] : bins)
            merged[binOf(bin, factor)] += lines;
        bins = std::move(merged);
    };
    merge(m_all);
    for (auto& [name, counts] : m_programs) {
        merge(counts.lines);
        merge(counts.warnings);
        merge(counts.errors);
    }
    ++m_step;
}

void LogCounts::write(Builder& out) const
{
    const std::int64_t interval = intervals[m_step];
    struct Written {
        SeriesRef series;
        const Bins* bins;
    };
    std::vector<Written> all;
    const auto addSeries = [&](std::string_view metric, const std::string& program, const Bins& bins) {
        if (bins.empty())
            return;
        const Labels labels = program.empty() ? Labels{} : Labels{{"program", program}};
        all.push_back({out.series(metric, labels, Unit::CountPerSecond, Kind::Gauge), &bins});
    };
    addSeries("log.lines", "", m_all);
    for (const auto& [name, counts] : m_programs) {
        const std::string shown = name.empty() ? "(none)" : name;
        addSeries("log.lines", shown, counts.lines);
        addSeries("log.warnings", shown, counts.warnings);
        addSeries("log.errors", shown, counts.errors);
    }
    std::optional<std::int64_t> previous;
    for (const auto& [bin, lines] : m_all) {
        if (previous && *previous + 1 < bin) // nothing was logged in between: one row says so
            for (const Written& one : all)
                out.add(one.series, Time{std::chrono::seconds{bin * interval}}, 0);
        previous = bin;
        for (const Written& one : all) {
            const auto place = one.bins->find(bin);
            const double count = place == one.bins->end() ? 0 : static_cast<double>(place->second);
            out.add(
                one.series, Time{std::chrono::seconds{(bin + 1) * interval}}, count / static_cast<double>(interval));
        }
    }
}

} // namespace hindcast::parse
