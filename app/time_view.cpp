#include "time_view.h"

#include <algorithm>
#include <cmath>

namespace hindcast {

namespace {

constexpr double marginShare = 0.02;
constexpr std::size_t historyLength = 100;

Nanoseconds scaledBy(Nanoseconds duration, double factor)
{
    return Nanoseconds{std::llround(static_cast<double>(duration.count()) * factor)};
}

} // namespace

TimeView::TimeView(QObject* parent)
    : QObject(parent)
{
    m_settled.setSingleShot(true);
    m_settled.setInterval(400);
    connect(&m_settled, &QTimer::timeout, this, &TimeView::remember);
}

void TimeView::setBounds(TimeRange bounds, Keep keep)
{
    m_bounds = bounds;
    Q_EMIT boundsChanged();
    if (keep == Keep::Visible) {
        apply(clamped(m_visible));
        return;
    }
    m_settled.stop();
    m_history.clear();
    m_place = 0;
    apply(clamped(m_bounds));
    m_settled.stop();
    remember();
}

void TimeView::setVisible(TimeRange range)
{
    apply(clamped(range));
}

void TimeView::zoom(double factor, Time about)
{
    // The span is limited before the ends are placed, so that `about` stays where it is at the limits too.
    const auto longest = scaledBy(m_bounds.duration(), 1 + 2 * marginShare);
    const auto span = m_visible.duration();
    const auto wanted = std::clamp(scaledBy(span, factor), minimumSpan, std::max(minimumSpan, longest));
    const double place = span.count() > 0
        ? static_cast<double>((about - m_visible.begin).count()) / static_cast<double>(span.count())
        : 0.5;
    const auto begin = about - scaledBy(wanted, place);
    apply(clamped({begin, begin + wanted}));
}

void TimeView::pan(double share)
{
    const auto shift = scaledBy(m_visible.duration(), share);
    apply(clamped({m_visible.begin + shift, m_visible.end + shift}));
}

void TimeView::fit()
{
    apply(clamped(m_bounds));
}

TimeRange TimeView::clamped(TimeRange range) const
{
    if (m_bounds.isEmpty())
        return m_bounds;
    const auto margin = scaledBy(m_bounds.duration(), marginShare);
    const TimeRange allowed{m_bounds.begin - margin, m_bounds.end + margin};
    const auto longest = std::max(allowed.duration(), minimumSpan);
    const auto span = std::clamp(range.duration(), minimumSpan, longest);
    if (span != range.duration()) {
        const auto middle = range.begin + range.duration() / 2;
        range = {middle - span / 2, middle - span / 2 + span};
    }
    if (range.begin < allowed.begin)
        range = {allowed.begin, allowed.begin + span};
    else if (range.end > allowed.end)
        range = {allowed.end - span, allowed.end};
    return range;
}

void TimeView::apply(TimeRange range)
{
    if (range == m_visible)
        return;
    m_visible = range;
    m_settled.start();
    Q_EMIT visibleChanged();
}

void TimeView::remember()
{
    if (m_visible.isEmpty() || (!m_history.empty() && m_history[m_place] == m_visible))
        return;
    if (!m_history.empty())
        m_history.resize(m_place + 1);
    m_history.push_back(m_visible);
    if (m_history.size() > historyLength)
        m_history.erase(m_history.begin());
    m_place = m_history.size() - 1;
    Q_EMIT historyChanged();
}

void TimeView::goBack()
{
    if (m_settled.isActive()) {
        m_settled.stop();
        remember();
    }
    if (!canGoBack())
        return;
    --m_place;
    apply(clamped(m_history[m_place]));
    m_settled.stop();
    Q_EMIT historyChanged();
}

void TimeView::goForward()
{
    if (!canGoForward())
        return;
    ++m_place;
    apply(clamped(m_history[m_place]));
    m_settled.stop();
    Q_EMIT historyChanged();
}

} // namespace hindcast
