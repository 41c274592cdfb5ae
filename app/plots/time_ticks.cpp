#include "plots/time_ticks.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hindcast {

namespace {

using namespace std::chrono_literals;

constexpr std::array<Nanoseconds, 39> steps{10us, 20us, 50us, 100us, 200us, 500us, 1ms, 2ms, 5ms, 10ms, 20ms, 50ms,
    100ms, 200ms, 500ms, 1s, 2s, 5s, 10s, 15s, 30s, 1min, 2min, 5min, 10min, 15min, 30min, 1h, 2h, 3h, 6h, 12h, 24h,
    48h, 24h * 7, 24h * 14, 24h * 28, 24h * 91, 24h * 365};

Nanoseconds stepFor(Nanoseconds atLeast)
{
    const auto found = std::lower_bound(steps.begin(), steps.end(), atLeast);
    return found == steps.end() ? steps.back() : *found;
}

QString labelFor(Time time, Nanoseconds step, const text::Zone& zone)
{
    if (step >= 24h && zone.kind() != text::ZoneKind::Elapsed)
        return zone.date(time);
    const QString text = zone.timeOfDay(time, text::fractionDigitsFor(step));
    const bool isWholeMinutes = step >= 1min && zone.kind() != text::ZoneKind::Elapsed;
    return isWholeMinutes ? text.left(5) : text;
}

} // namespace

std::vector<TimeTick> timeTicks(TimeRange visible, double pixels, double pixelsPerLabel, const text::Zone& zone)
{
    std::vector<TimeTick> ticks;
    if (visible.isEmpty() || pixels < 1)
        return ticks;
    const auto wanted = static_cast<double>(visible.duration().count()) * pixelsPerLabel / pixels;
    const Nanoseconds step = stepFor(Nanoseconds{std::llround(std::min(wanted, 3e17))});
    // Rounded in local time: with a zone of +05:30, whole hours there are not whole hours of UTC.
    const Nanoseconds offset = zone.offsetAt(visible.begin);
    const Nanoseconds begin = visible.begin.time_since_epoch() + offset;
    auto count = begin / step;
    if (count * step < begin)
        ++count;
    QString previousDate = zone.date(visible.begin);
    for (Time time{count * step - offset}; time < visible.end; time += step) {
        TimeTick tick{time, labelFor(time, step, zone), {}};
        if (const QString date = zone.date(time); step < 24h && date != previousDate) {
            tick.date = date;
            previousDate = date;
        }
        ticks.push_back(std::move(tick));
    }
    return ticks;
}

} // namespace hindcast
