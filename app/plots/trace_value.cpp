#include "plots/trace_value.h"

#include <algorithm>

namespace hindcast {

std::optional<std::size_t> sampleSpeakingFor(const Trace& trace, Time time, Nanoseconds gapThreshold)
{
    const auto& times = *trace.series->times;
    const auto next = std::lower_bound(times.begin(), times.end(), time);
    if (next == times.end())
        return std::nullopt;
    const auto index = static_cast<std::size_t>(next - times.begin());
    if (*next == time)
        return index;
    if (index == 0)
        return std::nullopt;
    if (gapThreshold > Nanoseconds::zero() && times[index] - times[index - 1] > gapThreshold)
        return std::nullopt;
    return trace.holdsOverInterval ? index : index - 1;
}

double valueAt(const Trace& trace, Time time, Nanoseconds gapThreshold)
{
    const auto index = sampleSpeakingFor(trace, time, gapThreshold);
    return index ? trace.series->values.at(*index) : notMeasured;
}

std::optional<Time> nearestSample(const TimeColumn& times, Time time)
{
    return sampleStepsAway(times, time, 0);
}

std::optional<Time> sampleStepsAway(const TimeColumn& times, Time time, std::ptrdiff_t steps)
{
    if (!times || times->empty())
        return std::nullopt;
    const auto after = std::lower_bound(times->begin(), times->end(), time);
    auto index = after - times->begin();
    const auto last = static_cast<std::ptrdiff_t>(times->size()) - 1;
    if (index > last || (index > 0 && time - *(after - 1) < *after - time))
        --index;
    return (*times)[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(index + steps, 0, last))];
}

} // namespace hindcast
