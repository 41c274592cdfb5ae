#include "selection.h"

namespace hindcast {

void Selection::setCursor(std::optional<Time> cursor)
{
    if (cursor == m_cursor)
        return;
    m_cursor = cursor;
    Q_EMIT cursorChanged();
}

void Selection::setRange(std::optional<TimeRange> range)
{
    if (range && range->isEmpty())
        range.reset();
    if (range == m_range)
        return;
    m_range = range;
    Q_EMIT rangeChanged();
}

void Selection::setProcess(const std::string& key)
{
    if (key == m_process)
        return;
    m_process = key;
    Q_EMIT processChanged();
}

void Selection::clear()
{
    setRange(std::nullopt);
    setCursor(std::nullopt);
    setProcess({});
}

} // namespace hindcast
