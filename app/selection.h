// Selection: what the user has chosen to look at, the one object all views follow: an instant (the cursor), a range of
// time, a process, a TCP conversation, an event. Hovering never changes it.
#pragma once

#include "base/time.h"

#include <QObject>

#include <cstdint>
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

    /// Index into PacketCapture::flows of the snapshot that is shown.
    const std::optional<std::uint32_t>& flow() const { return m_flow; }
    /// Index into PacketCapture::packets.
    const std::optional<std::uint32_t>& packet() const { return m_packet; }

    /// Index into Snapshot::events. Not "event": QObject has a function of that name.
    const std::optional<std::uint32_t>& chosenEvent() const { return m_event; }

    void setCursor(std::optional<Time> cursor);
    /// An empty range clears it.
    void setRange(std::optional<TimeRange> range);
    void setProcess(const std::string& key);
    /// Another flow clears the packet.
    void setFlow(std::optional<std::uint32_t> flow);
    /// Its flow is set apart.
    void setPacket(std::optional<std::uint32_t> packet);
    /// Its time is set apart.
    void setEvent(std::optional<std::uint32_t> event);
    void clear();

Q_SIGNALS:
    void cursorChanged();
    void rangeChanged();
    void processChanged();
    void flowChanged();
    void packetChanged();
    void eventChanged();

private:
    std::optional<Time> m_cursor;
    std::optional<TimeRange> m_range;
    std::string m_process;
    std::optional<std::uint32_t> m_flow, m_packet, m_event;
};

} // namespace hindcast
