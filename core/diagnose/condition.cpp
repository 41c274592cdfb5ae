#include "diagnose/condition.h"

#include "model/series_math.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace hindcast::diagnose {
namespace {

using namespace std::chrono_literals;

constexpr double hysteresis = 0.8;
constexpr Nanoseconds slidingWindow = 10s;
constexpr Nanoseconds mergedAnyway = 5s;
constexpr int quarter = 4;

Nanoseconds times(Nanoseconds duration, double factor)
{
    return Nanoseconds{static_cast<std::int64_t>(static_cast<double>(duration.count()) * factor)};
}

/// The rows of one source: where they pause, and the windows over them.
class Rows {
public:
    explicit Rows(TimeColumn times)
        : m_times(std::move(times))
        , m_interval(usualInterval(m_times).value_or(1s))
        , m_window(windowLength())
    {
    }

    std::size_t size() const { return m_times->size(); }
    Nanoseconds interval() const { return m_interval; }
    Nanoseconds window() const { return m_window; }
    Time at(std::size_t row) const { return (*m_times)[row]; }
    Nanoseconds span() const { return size() < 2 ? Nanoseconds{0} : m_times->back() - m_times->front(); }

    bool isAfterGap(std::size_t row) const
    {
        constexpr double pause = 2.5;
        return row > 0 && at(row) - at(row - 1) > hindcast::diagnose::times(m_interval, pause);
    }

    /// Whether recording paused within the range.
    bool hasGapIn(TimeRange range) const
    {
        auto row = static_cast<std::size_t>(
            std::lower_bound(m_times->begin(), m_times->end(), range.begin) - m_times->begin());
        for (; row < size() && at(row) <= range.end; ++row)
            if (isAfterGap(row))
                return true;
        return row < size() && isAfterGap(row) && row > 0 && at(row - 1) < range.begin;
    }

    /// First row of the window that ends at `row`.
    std::size_t windowBegin(std::size_t row) const
    {
        std::size_t begin = row;
        while (begin > 0 && !isAfterGap(begin) && at(begin - 1) > at(row) - m_window)
            --begin;
        return begin;
    }

private:
    /// Sliding 10 s over fine data; one row where a row is 10 s or more. In a capture too short for that a quarter of
    /// it, but three rows at least.
    Nanoseconds windowLength() const
    {
        if (m_interval >= slidingWindow)
            return m_interval;
        const Nanoseconds some = m_interval * static_cast<std::int64_t>(leastRows(m_interval));
        return std::max(some, std::min(slidingWindow, span() / quarter));
    }

    TimeColumn m_times;
    Nanoseconds m_interval;
    Nanoseconds m_window;
};

/// Mean and median of what was measured in a window; nothing when too little was.
struct Middle {
    double mean = 0, median = 0;
};
std::optional<Middle> middleOf(std::span<const double> window, std::vector<double>& scratch)
{
    scratch.clear();
    for (const double value : window)
        if (!std::isnan(value))
            scratch.push_back(value);
    if (scratch.empty() || scratch.size() * 2 < window.size())
        return std::nullopt;
    Middle middle;
    for (const double value : scratch)
        middle.mean += value;
    middle.mean /= static_cast<double>(scratch.size());
    const auto half = scratch.begin() + static_cast<std::ptrdiff_t>(scratch.size() / 2);
    std::nth_element(scratch.begin(), half, scratch.end());
    middle.median = *half;
    return middle;
}

bool isBeyond(double value, Bound bound, double limit)
{
    return bound == Bound::AtLeast ? value >= limit : value <= limit; // false for NaN
}

/// The limit at which an episode that has begun ends.
double relaxed(const Term& term)
{
    return term.bound == Bound::AtLeast ? term.limit * hysteresis : term.limit / hysteresis;
}

class Search {
public:
    Search(std::span<const Term> terms, Rows rows)
        : m_terms(terms)
        , m_rows(std::move(rows))
    {
        for (const Term& term : terms)
            m_signals.push_back(
                term.signal.times == terms[0].signal.times ? term.signal : onTimes(term.signal, terms[0].signal.times));
    }

    std::vector<Episode> episodes() const
    {
        std::vector<Episode> found;
        std::optional<std::size_t> first;
        for (std::size_t row = 0; row < m_rows.size(); ++row) {
            if (first && (m_rows.isAfterGap(row) || !holds(row, Limit::Relaxed))) {
                add(*first, row, found);
                first.reset();
            }
            if (!first && holds(row, Limit::Strict))
                first = row;
        }
        if (first)
            add(*first, m_rows.size(), found);
        return found;
    }

    /// See Sustained::secondsBeyond.
    double secondsBeyond() const
    {
        constexpr std::size_t twenty = 20;
        std::size_t beyond = 0, stretch = 0, longest = 0;
        for (std::size_t row = 0; row < m_rows.size(); ++row) {
            const bool isRowBeyond = rowHolds(row, Limit::Strict);
            stretch = !isRowBeyond ? 0 : m_rows.isAfterGap(row) ? 1 : stretch + 1;
            beyond += isRowBeyond ? 1 : 0;
            longest = std::max(longest, stretch);
        }
        const bool isWorthSaying = longest >= leastRows(m_rows.interval()) || beyond * twenty > m_rows.size();
        return isWorthSaying ? toSeconds(m_rows.interval()) * static_cast<double>(longest) : 0;
    }

private:
    enum class Limit : std::uint8_t { Strict, Relaxed };

    double limitOf(const Term& term, Limit limit) const { return limit == Limit::Strict ? term.limit : relaxed(term); }

    /// Whether all terms hold over the window that ends at `row`.
    bool holds(std::size_t row, Limit limit) const
    {
        const std::size_t begin = m_rows.windowBegin(row);
        for (std::size_t i = 0; i < m_terms.size(); ++i) {
            const auto middle = middleOf(std::span(m_signals[i].values).subspan(begin, row + 1 - begin), m_scratch);
            const double wanted = limitOf(m_terms[i], limit);
            if (!middle || !isBeyond(middle->mean, m_terms[i].bound, wanted)
                || !isBeyond(middle->median, m_terms[i].bound, wanted))
                return false;
        }
        return true;
    }

    bool rowHolds(std::size_t row, Limit limit) const
    {
        for (std::size_t i = 0; i < m_terms.size(); ++i)
            if (!isBeyond(m_signals[i].values[row], m_terms[i].bound, limitOf(m_terms[i], limit)))
                return false;
        return true;
    }

    /// Windows that hold end at rows [first, end): the samples that made them so.
    void add(std::size_t first, std::size_t end, std::vector<Episode>& found) const
    {
        std::size_t begin = m_rows.windowBegin(first);
        while (begin < first && !rowHolds(begin, Limit::Strict))
            ++begin;
        std::size_t last = end - 1;
        while (last > begin && !rowHolds(last, Limit::Relaxed))
            --last;
        if (last + 1 - begin < leastRows(m_rows.interval()))
            return;
        const bool hasInterval = m_terms[0].signal.isOfInterval && begin > 0 && !m_rows.isAfterGap(begin);
        const Time from = hasInterval ? m_rows.at(begin - 1) : m_rows.at(begin);
        found.push_back({{from, m_rows.at(last) + Nanoseconds{1}}, Episode::Extent::Span});
    }

    std::span<const Term> m_terms;
    Rows m_rows;
    std::vector<Signal> m_signals;
    mutable std::vector<double> m_scratch;
};

} // namespace

bool Signal::isMeasured() const
{
    return std::any_of(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
}

bool signalIsOfInterval(const Series& series)
{
    return series.isDerived || isRate(series.unit) || series.unit == Unit::Percent;
}

Signal signalOf(const Series* series)
{
    if (!series)
        return {};
    Signal signal{series->times, std::vector<double>(series->values.size()), signalIsOfInterval(*series)};
    series->values.copy(0, signal.values.size(), signal.values.data());
    return signal;
}

Signal onTimes(const Signal& signal, const TimeColumn& times)
{
    Signal result{times, std::vector<double>(times->size(), notMeasured), signal.isOfInterval};
    if (!signal.times)
        return result;
    constexpr double stale = 1.5;
    const Nanoseconds newest = hindcast::diagnose::times(usualInterval(signal.times).value_or(1s), stale);
    std::size_t place = 0;
    for (std::size_t row = 0; row < times->size(); ++row) {
        const Time time = (*times)[row];
        while (place < signal.times->size() && (*signal.times)[place] <= time)
            ++place;
        if (place > 0 && time - (*signal.times)[place - 1] <= newest)
            result.values[row] = signal.values[place - 1];
    }
    return result;
}

std::size_t leastRows(Nanoseconds interval)
{
    return interval >= 60s ? 2 : 3;
}

Sustained sustained(std::span<const Term> terms, double seconds)
{
    if (terms.empty()
        || std::any_of(terms.begin(), terms.end(), [](const Term& term) { return !term.signal.isMeasured(); }))
        return {};
    const Rows rows(terms[0].signal.times);
    const double span = toSeconds(rows.span());
    Sustained result;
    double wanted = seconds;
    if (span < 2 * seconds) {
        wanted = std::min(seconds, std::max(toSeconds(rows.window()), span / 2));
    }
    const Nanoseconds mergeGap = std::max(rows.interval() * 2, mergedAnyway);
    const Search search(terms, rows);
    std::vector<Episode> episodes = search.episodes();
    // What lies on either side of a gap in the recording stays apart.
    std::vector<Episode> merged;
    for (const Episode& episode : episodes) {
        if (merged.empty() || episode.range.begin - merged.back().range.end > mergeGap
            || rows.hasGapIn({merged.back().range.end, episode.range.begin}))
            merged.push_back(episode);
        else
            merged.back().range.end = episode.range.end;
    }
    // A window's first row has no interval before it that was measured: half an interval of grace.
    const double grace = toSeconds(rows.interval()) * 1.5;
    for (const Episode& episode : merged)
        if (toSeconds(episode.range.duration()) + grace >= wanted)
            result.episodes.push_back(episode);
    if (result.episodes.empty())
        result.secondsBeyond = search.secondsBeyond();
    // What lasted as long as was asked is no less sure for the capture being short.
    result.isScaled = wanted < seconds
        && std::none_of(result.episodes.begin(), result.episodes.end(),
            [&](const Episode& episode) { return toSeconds(episode.range.duration()) + grace >= seconds; });
    return result;
}

double overlapSeconds(const std::vector<Episode>& episodes, TimeRange range)
{
    double sum = 0;
    for (const Episode& episode : episodes) {
        const TimeRange common{std::max(episode.range.begin, range.begin), std::min(episode.range.end, range.end)};
        if (!common.isEmpty())
            sum += toSeconds(common.duration());
    }
    return sum;
}

double totalSeconds(const std::vector<Episode>& episodes)
{
    double sum = 0;
    for (const Episode& episode : episodes)
        sum += toSeconds(episode.range.duration());
    return sum;
}

std::vector<Episode> united(std::vector<Episode> episodes, Nanoseconds mergeGap)
{
    std::sort(episodes.begin(), episodes.end(), [](const Episode& a, const Episode& b) {
        return std::tie(a.range.begin, a.range.end) < std::tie(b.range.begin, b.range.end);
    });
    std::vector<Episode> result;
    for (const Episode& episode : episodes)
        if (result.empty() || episode.range.begin - result.back().range.end > mergeGap)
            result.push_back(episode);
        else
            result.back().range.end = std::max(result.back().range.end, episode.range.end);
    return result;
}

} // namespace hindcast::diagnose
