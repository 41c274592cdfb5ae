#include "parse/access_counts.h"

#include "parse/table_maker.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace hindcast::parse {
namespace {

/// A day of seconds fits.
constexpr std::size_t mostIntervals = 100'000;
constexpr std::size_t mostTotals = 20'000, mostRows = 100;
constexpr std::size_t mostExactTimes = 512;
constexpr double binWidth = 0.01; // of the value
constexpr double shortestTime = 1e-6;
/// What these say, a class does not: the client gave up, and the ways in which an upstream fails.
constexpr std::array<unsigned, 6> tellingStatuses{429, 499, 500, 502, 503, 504};

std::int64_t numberOf(Time time, std::int64_t length)
{
    const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    return seconds >= 0 ? seconds / length : -((-seconds + length - 1) / length);
}

std::size_t classOf(unsigned status)
{
    return status >= 100 && status < 600 ? status / 100 : 0;
}

bool isTelling(unsigned status)
{
    return std::find(tellingStatuses.begin(), tellingStatuses.end(), status) != tellingStatuses.end();
}

} // namespace

void TimeSpread::add(double seconds)
{
    m_longest = std::max(m_longest, seconds);
    ++m_count;
    if (!m_bins.empty())
        addToBins(seconds, 1);
    else if (m_values.size() < mostExactTimes)
        m_values.push_back(static_cast<float>(seconds));
    else {
        toBins();
        addToBins(seconds, 1);
    }
}

void TimeSpread::add(const TimeSpread& other)
{
    if (other.isEmpty())
        return;
    if (m_bins.empty() && m_values.size() + other.m_values.size() > mostExactTimes)
        toBins();
    if (!other.m_bins.empty() && m_bins.empty())
        toBins();
    for (const float value : other.m_values)
        if (m_bins.empty())
            m_values.push_back(value);
        else
            addToBins(static_cast<double>(value), 1);
    for (const auto& [bin, times] : other.m_bins)
        m_bins[bin] += times;
    m_count += other.m_count;
    m_longest = std::max(m_longest, other.m_longest);
}

void TimeSpread::toBins()
{
    m_bins[0]; // so that there are bins
    for (const float value : m_values)
        addToBins(static_cast<double>(value), 1);
    m_values.clear();
    m_values.shrink_to_fit();
}

void TimeSpread::addToBins(double seconds, std::uint64_t times)
{
    const int bin =
        seconds <= shortestTime ? 0 : static_cast<int>(std::log(seconds / shortestTime) / std::log1p(binWidth)) + 1;
    m_bins[bin] += times;
}

double TimeSpread::quantile(double share) const
{
    const auto wanted =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(m_count) - 1e-9)));
    if (m_bins.empty()) {
        auto sorted = m_values;
        const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(wanted - 1);
        std::nth_element(sorted.begin(), place, sorted.end());
        constexpr double perSecond = 1e6; // a float holds seven digits: what the log printed comes back
        return std::round(static_cast<double>(*place) * perSecond) / perSecond;
    }
    std::uint64_t seen = 0;
    for (const auto& [bin, times] : m_bins) {
        seen += times;
        if (seen >= wanted)
            return bin == 0 ? 0 : std::min(m_longest, shortestTime * std::pow(1 + binWidth, bin - 0.5));
    }
    return m_longest;
}

void AccessCounts::Interval::add(const Interval& other)
{
    requests += other.requests;
    for (std::size_t i = 0; i < byClass.size(); ++i)
        byClass[i] += other.byClass[i];
    for (const auto& [status, count] : other.byStatus)
        byStatus[status] += count;
    bytes += other.bytes;
    hasBytes = hasBytes || other.hasBytes;
    requestTime.add(other.requestTime);
    upstreamTime.add(other.upstreamTime);
}

AccessCounts::Interval& AccessCounts::intervalAt(Time time)
{
    const auto number = numberOf(time, m_length);
    if (m_lastNumber != number) {
        if (m_intervals.size() >= mostIntervals && !m_intervals.contains(number)) {
            coarsen();
            return intervalAt(time);
        }
        m_lastNumber = number;
        m_last = &m_intervals[number];
    }
    return *m_last;
}

/// The log is longer than was thought: intervals of 10 s, a minute, 10 minutes, an hour, …
void AccessCounts::coarsen()
{
    const std::int64_t factor = m_length == 10 || m_length == 600 ? 6 : 10;
    std::map<std::int64_t, Interval> merged;
    for (const auto& [number, interval] : m_intervals) {
        const std::int64_t place = number >= 0 ? number / factor : -((-number + factor - 1) / factor);
        merged[place].add(interval);
    }
    m_intervals = std::move(merged);
    m_length *= factor;
    m_lastNumber.reset();
}

/// Names beyond what is remembered make room by dropping those seen least: what is left may have been seen more often.
void AccessCounts::addTotal(Totals& totals, std::string_view key, const AccessRequest& request, bool& isCut)
{
    auto known = totals.find(key);
    if (known == totals.end()) {
        if (totals.size() >= mostTotals) {
            std::vector<std::uint64_t> counts;
            for (const auto& [name, total] : totals)
                counts.push_back(total.requests);
            std::nth_element(counts.begin(), counts.begin() + mostTotals / 2, counts.end());
            const auto least = counts[mostTotals / 2];
            std::erase_if(totals, [least](const auto& one) { return one.second.requests <= least; });
            isCut = true;
        }
        known = totals.emplace(std::string(key), Total{}).first;
    }
    Total& total = known->second;
    ++total.requests;
    total.errors += classOf(request.status) == 5 ? 1 : 0;
    if (!std::isnan(request.bytes))
        total.bytes += request.bytes;
    if (!std::isnan(request.requestSeconds)) {
        total.hasTime = true;
        total.seconds += request.requestSeconds;
        total.longest = std::max(total.longest, request.requestSeconds);
    }
}

void AccessCounts::add(const AccessRequest& request)
{
    ++m_requests;
    Interval& interval = intervalAt(request.time);
    ++interval.requests;
    ++interval.byClass[classOf(request.status)];
    if (isTelling(request.status))
        ++interval.byStatus[request.status];
    if (!std::isnan(request.bytes)) {
        interval.bytes += request.bytes;
        interval.hasBytes = true;
    }
    if (!std::isnan(request.requestSeconds))
        interval.requestTime.add(request.requestSeconds);
    if (!std::isnan(request.upstreamSeconds))
        interval.upstreamTime.add(request.upstreamSeconds);
    ++m_statuses[classOf(request.status) == 0 ? 0 : request.status];
    normalisePath(request.path, m_path);
    addTotal(m_paths, m_path, request, m_arePathsCut);
    if (!request.client.empty()) {
        constexpr std::size_t longest = 80;
        addTotal(m_clients, request.client.substr(0, longest), request, m_areClientsCut);
    }
}

void AccessCounts::writeSeries(Builder& out) const
{
    constexpr std::array<std::string_view, 6> classNames{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    std::array<bool, 6> hasClass{};
    std::map<unsigned, SeriesRef> statuses;
    bool hasBytes = false, hasTime = false, hasUpstream = false;
    for (const auto& [number, interval] : m_intervals) {
        for (std::size_t i = 0; i < hasClass.size(); ++i)
            hasClass[i] = hasClass[i] || interval.byClass[i] > 0;
        for (const auto& [status, count] : interval.byStatus)
            statuses[status] = {};
        hasBytes = hasBytes || interval.hasBytes;
        hasTime = hasTime || !interval.requestTime.isEmpty();
        hasUpstream = hasUpstream || !interval.upstreamTime.isEmpty();
    }
    const auto rate = [&out](std::string_view metric, Labels labels, Unit unit) {
        return out.series(metric, std::move(labels), unit, Kind::Gauge);
    };
    const SeriesRef requests = rate("http.requests", {}, Unit::CountPerSecond);
    std::array<SeriesRef, 6> classes;
    for (std::size_t i = 0; i < classes.size(); ++i)
        if (hasClass[i])
            classes[i] = rate("http.requests", {{"class", std::string(classNames[i])}}, Unit::CountPerSecond);
    for (auto& [status, series] : statuses)
        series = rate("http.requests", {{"status", std::to_string(status)}}, Unit::CountPerSecond);
    const SeriesRef bytes = hasBytes ? rate("http.bytes_sent", {}, Unit::BytesPerSecond) : SeriesRef{};
    constexpr std::array<std::pair<std::string_view, double>, 4> quantiles{
        {{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}, {"max", 1}}};
    using Spread = std::array<SeriesRef, quantiles.size()>;
    const auto spread = [&](std::string_view metric, bool isThere) {
        Spread series;
        for (std::size_t i = 0; isThere && i < quantiles.size(); ++i)
            series[i] = rate(metric, {{"quantile", std::string(quantiles[i].first)}}, Unit::Seconds);
        return series;
    };
    const Spread times = spread("http.request_time", hasTime), upstream = spread("http.upstream_time", hasUpstream);

    const auto addRates = [&](Time time, const Interval& interval, double length) {
        out.add(requests, time, interval.requests / length);
        for (std::size_t i = 0; i < classes.size(); ++i)
            if (hasClass[i])
                out.add(classes[i], time, interval.byClass[i] / length);
        for (const auto& [status, series] : statuses) {
            const auto place = interval.byStatus.find(status);
            out.add(series, time, place == interval.byStatus.end() ? 0 : place->second / length);
        }
        if (hasBytes)
            out.add(bytes, time, interval.bytes / length);
    };
    const auto addSpread = [&](const Spread& series, Time time, const TimeSpread& values) {
        for (std::size_t i = 0; !values.isEmpty() && i < series.size(); ++i)
            out.add(series[i], time, i + 1 == series.size() ? values.longest() : values.quantile(quantiles[i].second));
    };
    const auto timeOf = [this](std::int64_t number) { return Time{std::chrono::seconds{number * m_length}}; };
    std::optional<std::int64_t> previous;
    for (const auto& [number, interval] : m_intervals) {
        // Nothing was asked in between: one row, which ends that stretch, says so.
        if (previous && *previous + 1 < number)
            addRates(timeOf(number), {}, 1);
        previous = number;
        addRates(timeOf(number + 1), interval, static_cast<double>(m_length));
        addSpread(times, timeOf(number + 1), interval.requestTime);
        addSpread(upstream, timeOf(number + 1), interval.upstreamTime);
    }
}

void AccessCounts::writeTotals(Builder& out, std::string_view name, std::string_view column, const Totals& totals)
{
    std::vector<const Totals::value_type*> sorted;
    for (const auto& one : totals)
        sorted.push_back(&one);
    const auto comesFirst = [](const auto* a, const auto* b) {
        return a->second.requests != b->second.requests ? a->second.requests > b->second.requests : a->first < b->first;
    };
    const std::size_t rows = std::min(mostRows, sorted.size());
    std::partial_sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(rows), sorted.end(), comesFirst);
    TableMaker table{std::string(name)};
    const auto key = table.column(column), requests = table.column("requests", Unit::Count),
               errors = table.column("errors", Unit::Count), bytes = table.column("bytes", Unit::Bytes),
               time = table.column("total time", Unit::Seconds), mean = table.column("mean time", Unit::Seconds),
               longest = table.column("longest", Unit::Seconds);
    for (std::size_t i = 0; i < rows; ++i) {
        const Total& total = sorted[i]->second;
        table.beginRow();
        table.set(key, sorted[i]->first);
        table.set(requests, static_cast<double>(total.requests));
        table.set(errors, static_cast<double>(total.errors));
        table.set(bytes, total.bytes);
        if (!total.hasTime)
            continue;
        table.set(time, total.seconds);
        table.set(mean, total.seconds / static_cast<double>(total.requests));
        table.set(longest, total.longest);
    }
    table.finish(out);
}

void AccessCounts::write(Builder& out) const
{
    writeSeries(out);
    writeTotals(out, "http paths", "path", m_paths);
    writeTotals(out, "http clients", "client", m_clients);
    TableMaker statuses{"http statuses"};
    for (const auto& [status, count] : m_statuses) {
        statuses.beginRow();
        statuses.set("status", status == 0 ? std::string("none") : std::to_string(status));
        statuses.set("requests", Unit::Count, static_cast<double>(count));
    }
    statuses.finish(out);
    if (m_arePathsCut || m_areClientsCut)
        out.note(NoteSeverity::Info,
            "more paths or clients than are remembered: those seen rarely were forgotten, so counts in the tables are "
            "at least so many");
    if (m_paths.size() > mostRows || m_clients.size() > mostRows)
        out.note(NoteSeverity::Info, "the tables show the hundred paths and clients with the most requests");
}

} // namespace hindcast::parse
