#include "model/series_math.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <tuple>

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

namespace {

/// Quantiles by nearest rank: values that were measured, never ones in between. Counts values in equal buckets between
/// smallest and largest first, so that only the bucket that holds the rank is ordered: a third of the time of ordering
/// all.
class Quantiles {
public:
    /// `values` must outlive this; not empty, without NaN.
    Quantiles(const std::vector<double>& values, double minimum, double maximum)
        : m_values(values)
        , m_minimum(minimum)
        , m_scale(maximum > minimum ? static_cast<double>(bucketCount - 1) / (maximum - minimum) : 0)
        , m_counts(bucketCount)
    {
        for (const double value : values)
            ++m_counts[bucketOf(value)];
    }

    /// The quantiles at two shares, found in one pass.
    std::pair<double, double> at(double firstShare, double secondShare) const
    {
        const Rank first = rankOf(firstShare), second = rankOf(secondShare);
        std::vector<double> inFirst, inSecond;
        inFirst.reserve(m_counts[first.bucket]);
        inSecond.reserve(m_counts[second.bucket]);
        for (const double value : m_values) {
            const std::size_t bucket = bucketOf(value);
            if (bucket == first.bucket)
                inFirst.push_back(value);
            if (bucket == second.bucket)
                inSecond.push_back(value);
        }
        return {nth(inFirst, first.place), nth(inSecond, second.place)};
    }

private:
    static constexpr std::size_t bucketCount = 1024;

    struct Rank {
        std::size_t bucket = 0;
        std::size_t place = 0; ///< within the bucket
    };

    Rank rankOf(double share) const
    {
        const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(m_values.size())));
        Rank result{0, rank > 0 ? rank - 1 : 0};
        while (result.place >= m_counts[result.bucket])
            result.place -= m_counts[result.bucket++];
        return result;
    }

    static double nth(std::vector<double>& values, std::size_t place)
    {
        const auto at = values.begin() + static_cast<std::ptrdiff_t>(place);
        std::nth_element(values.begin(), at, values.end());
        return *at;
    }

    /// Values never fall below the minimum, so the product is within [0, bucketCount); an infinite span makes it NaN or
    /// 0.
    std::size_t bucketOf(double value) const
    {
        const double place = (value - m_minimum) * m_scale;
        return place > 0 ? static_cast<std::size_t>(std::min(place, static_cast<double>(bucketCount - 1))) : 0;
    }

    const std::vector<double>& m_values;
    double m_minimum;
    double m_scale;
    std::vector<std::uint32_t> m_counts;
};

/// Takes the NaNs out; `places` then holds the former index of each value left, or nothing when all are left.
std::size_t dropUnmeasured(std::vector<double>& values, std::vector<std::uint32_t>& places)
{
    const auto firstGap = std::find_if(values.begin(), values.end(), [](double value) { return std::isnan(value); });
    if (firstGap == values.end())
        return values.size();
    places.reserve(values.size());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(values[i]))
            continue;
        values[kept++] = values[i];
        places.push_back(static_cast<std::uint32_t>(i));
    }
    values.resize(kept);
    return kept;
}

struct Extremes {
    double minimum, maximum, sum;
};

/// Four at a time: one chain of additions would wait for each before the next.
Extremes extremesOf(const std::vector<double>& values)
{
    constexpr std::size_t lanes = 4;
    std::array<double, lanes> minimum, maximum, sum{};
    minimum.fill(values.front());
    maximum.fill(values.front());
    const std::size_t even = values.size() / lanes * lanes;
    for (std::size_t i = 0; i < even; i += lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const double value = values[i + lane];
            minimum[lane] = value < minimum[lane] ? value : minimum[lane];
            maximum[lane] = value > maximum[lane] ? value : maximum[lane];
            sum[lane] += value;
        }
    for (std::size_t i = even; i < values.size(); ++i) {
        minimum[0] = std::min(minimum[0], values[i]);
        maximum[0] = std::max(maximum[0], values[i]);
        sum[0] += values[i];
    }
    return {*std::min_element(minimum.begin(), minimum.end()), *std::max_element(maximum.begin(), maximum.end()),
        sum[0] + sum[1] + sum[2] + sum[3]};
}

} // namespace

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
    const std::size_t all = values.size();
    std::vector<std::uint32_t> places; // of the measured ones, when some are not
    const std::size_t kept = dropUnmeasured(values, places);
    result.samples = kept;
    result.missing = all - kept;
    if (kept == 0)
        return result;
    const Extremes extremes = extremesOf(values);
    const auto timeOf = [&](double extreme) {
        const auto at = static_cast<std::size_t>(std::find(values.begin(), values.end(), extreme) - values.begin());
        return (*series.times)[begin + (places.empty() ? at : places[at])];
    };
    result.first = values.front();
    result.last = values.back();
    result.minimum = extremes.minimum;
    result.maximum = extremes.maximum;
    result.mean = extremes.sum / static_cast<double>(kept);
    result.minimumAt = timeOf(extremes.minimum);
    result.maximumAt = timeOf(extremes.maximum);
    const Quantiles quantiles(values, extremes.minimum, extremes.maximum);
    std::tie(result.median, result.p95) = quantiles.at(0.5, 0.95);
    return result;
}

} // namespace hindcast
