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

void Selection::setFlow(std::optional<std::uint32_t> flow)
{
    if (flow == m_flow)
        return;
    m_flow = flow;
    setPacket(std::nullopt);
    Q_EMIT flowChanged();
}

void Selection::setPacket(std::optional<std::uint32_t> packet)
{
    if (packet == m_packet)
        return;
    m_packet = packet;
    Q_EMIT packetChanged();
}

void Selection::setEvent(std::optional<std::uint32_t> event)
{
    if (event == m_event)
        return;
    m_event = event;
    Q_EMIT eventChanged();
}

void Selection::clear()
{
    setEvent(std::nullopt);
    setFlow(std::nullopt);
    setRange(std::nullopt);
    setCursor(std::nullopt);
    setProcess({});
}

} // namespace hindcast
