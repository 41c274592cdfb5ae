// Zone: the time zone in which instants are shown. Core knows UTC only; everything the user reads as a time of day
// passes through here and can say which zone it is in.
#pragma once

#include "base/time.h"
#include "model/snapshot.h"

#include <QString>
#include <QTimeZone>

#include <cstdint>
#include <optional>

namespace hindcast::text {

enum class ZoneKind : std::uint8_t {
    Utc,
    Server, ///< of the recorded machine
    Mine, ///< of the machine the window is on
    Elapsed, ///< the capture has no wall clock: time since its beginning
};

class Zone {
public:
    Zone() = default; ///< UTC
    static Zone utc() { return {}; }
    static Zone mine();
    /// Nothing when the capture does not say where its machine is.
    static std::optional<Zone> ofServer(const Host& host);
    static Zone elapsed();

    ZoneKind kind() const { return m_kind; }
    /// "UTC", "Asia/Seoul (UTC+09:00)"; the offset is the one at `when`.
    QString title(Time when) const;
    /// Short, for an axis: "UTC", "UTC+09:00", "elapsed".
    QString mark(Time when) const;
    std::chrono::seconds offsetAt(Time when) const;

    /// "14:06:12", with 3, 6 or 9 digits behind the second when asked; with Elapsed "0:01:05".
    QString timeOfDay(Time time, int fractionDigits = 0) const;
    /// "2026-03-02"
    QString date(Time time) const;
    /// "2026-03-02 14:06:12"
    QString dateAndTime(Time time, int fractionDigits = 0) const;
    /// "14:02:10 – 14:09:40", with dates where the days differ.
    QString rangeText(TimeRange range) const;

    friend bool operator==(const Zone& a, const Zone& b) { return a.m_kind == b.m_kind && a.m_zone == b.m_zone; }

private:
    ZoneKind m_kind = ZoneKind::Utc;
    QTimeZone m_zone = QTimeZone::utc();
};

/// Digits behind the second that tell two instants `distance` apart from each other.
int fractionDigitsFor(Nanoseconds distance);

} // namespace hindcast::text
