// Selection: what the user has chosen to look at, the one object all views follow: an instant (the cursor), a range of
// time, a process. Hovering never changes it.
#pragma once

#include "base/time.h"

#include <QObject>

#include <optional>
#include <string>

namespace hindcast {

class Selection : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    const std::optional<Time>& cursor() const { return m_cursor; }
    const std::optional<TimeRange>& range() const { return m_range; }
    /// Key of the process Entity; empty when none is selected.
    const std::string& process() const { return m_process; }

    void setCursor(std::optional<Time> cursor);
    /// An empty range clears it.
    void setRange(std::optional<TimeRange> range);
    void setProcess(const std::string& key);
    void clear();

Q_SIGNALS:
    void cursorChanged();
    void rangeChanged();
    void processChanged();

private:
    std::optional<Time> m_cursor;
    std::optional<TimeRange> m_range;
    std::string m_process;
};

} // namespace hindcast
