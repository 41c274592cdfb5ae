#include "model/series_math.h"

#include <algorithm>
#include <cmath>

namespace hindcast {

std::optional<std::size_t> indexAt(const TimeColumn& times, Time time)
{
    const auto after = std::upper_bound(times->begin(), times->end(), time);
    if (after == times->begin())
        return std::nullopt;
    return static_cast<std::size_t>(after - times->begin()) - 1;
}

IndexRange indexRange(const TimeColumn& times, TimeRange range)
{
    const auto first = std::lower_bound(times->begin(), times->end(), range.begin);
    const auto last = std::lower_bound(first, times->end(), range.end);
    return {static_cast<std::size_t>(first - times->begin()), static_cast<std::size_t>(last - times->begin())};
}

std::optional<Nanoseconds> usualInterval(const TimeColumn& times)
{
    if (times->size() < 2)
        return std::nullopt;
    constexpr std::size_t wanted = 1000;
    const std::size_t intervals = times->size() - 1;
    const std::size_t step = std::max<std::size_t>(1, intervals / wanted);
    std::vector<Nanoseconds> distances;
    for (std::size_t i = 0; i < intervals; i += step)
        distances.push_back((*times)[i + 1] - (*times)[i]);
    const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
    std::nth_element(distances.begin(), middle, distances.end());
    return *middle;
}

std::vector<double> rate(const Series& counter)
{
    std::vector<double> values(counter.values.size());
    counter.values.copy(0, values.size(), values.data());
    double previous = notMeasured;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double current = values[i];
        const double delta = current - previous; // NaN when either is
        const double interval = i > 0 ? toSeconds((*counter.times)[i] - (*counter.times)[i - 1]) : 0;
        values[i] = delta >= 0 && interval > 0 ? delta / interval : notMeasured;
        previous = current;
    }
    return values;
}

Statistics statistics(const Series& series, TimeRange range)
{
    Statistics result;
    const auto begin = static_cast<std::size_t>(
        std::lower_bound(series.times->begin(), series.times->end(), range.begin) - series.times->begin());
    const auto end = static_cast<std::size_t>(
        std::upper_bound(series.times->begin(), series.times->end(), range.end) - series.times->begin());
    if (begin >= end)
        return result;
    std::vector<double> values(end - begin);
    series.values.copy(begin, end, values.data());
    double sum = 0;
    std::size_t minimumIndex = 0, maximumIndex = 0, kept = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double value = values[i];
        if (std::isnan(value)) {
            ++result.missing;
            continue;
        }
        if (kept == 0) {
            result.first = result.minimum = result.maximum = value;
            minimumIndex = maximumIndex = i;
        }
        if (value < result.minimum) {
            result.minimum = value;
            minimumIndex = i;
        }
        if (value > result.maximum) {
            result.maximum = value;
            maximumIndex = i;
        }
        result.last = value;
        sum += value;
        values[kept++] = value;
    }
    result.samples = kept;
    if (kept == 0)
        return result;
    result.mean = sum / static_cast<double>(kept);
    result.minimumAt = (*series.times)[begin + minimumIndex];
    result.maximumAt = (*series.times)[begin + maximumIndex];
    values.resize(kept);
    const auto quantile = [&values](double share) {
        // Nearest rank: a value that was measured, never one in between.
        const auto rank = static_cast<std::ptrdiff_t>(std::ceil(share * static_cast<double>(values.size()))) - 1;
        const auto place = values.begin() + std::max<std::ptrdiff_t>(rank, 0);
        std::nth_element(values.begin(), place, values.end());
        return *place;
    };
    result.median = quantile(0.5);
    result.p95 = quantile(0.95);
    return result;
}

} // namespace hindcast
