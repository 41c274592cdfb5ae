// TimeView: the range of time on screen. Every lane, the overview strip and the keys move this one object; it keeps the
// range near the data and remembers where it was.
#pragma once

#include "base/time.h"

#include <QObject>
#include <QTimer>

#include <vector>

namespace hindcast {

class TimeView : public QObject {
    Q_OBJECT

public:
    /// Nothing shorter than this is shown.
    static constexpr Nanoseconds minimumSpan = std::chrono::milliseconds{1};

    explicit TimeView(QObject* parent = nullptr);

    const TimeRange& bounds() const { return m_bounds; }
    const TimeRange& visible() const { return m_visible; }

    enum class Keep { Nothing, Visible };
    /// The extent of the data. `Keep::Visible` leaves the range on screen as it is (more data of the same capture
    /// came).
    void setBounds(TimeRange bounds, Keep keep);
    /// Clamped to the data and 2 % beyond, and to minimumSpan.
    void setVisible(TimeRange range);
    /// `factor` < 1 zooms in; `about` keeps its place on screen.
    void zoom(double factor, Time about);
    /// By a share of the visible span; negative is earlier.
    void pan(double share);
    void fit();
    bool showsAll() const { return m_visible.begin <= m_bounds.begin && m_visible.end >= m_bounds.end; }

    bool canGoBack() const { return m_place > 0; }
    bool canGoForward() const { return m_place + 1 < m_history.size(); }
    void goBack();
    void goForward();

Q_SIGNALS:
    void boundsChanged();
    void visibleChanged();
    void historyChanged();

private:
    TimeRange clamped(TimeRange range) const;
    void apply(TimeRange range);
    void remember();

    TimeRange m_bounds;
    TimeRange m_visible;
    /// A range enters the history once it has stood still for a moment: a wheel turn is one step, not twenty.
    QTimer m_settled;
    std::vector<TimeRange> m_history;
    std::size_t m_place = 0;
};

} // namespace hindcast
