#include "text/zone.h"

#include "text/format.h"

#include <QCoreApplication>
#include <QDateTime>

#include <array>

namespace hindcast::text {

namespace {

struct ZoneText {
    Q_DECLARE_TR_FUNCTIONS(hindcast::Zone)
};

QString offsetText(std::chrono::seconds offset)
{
    if (offset.count() == 0)
        return QStringLiteral("UTC");
    const auto minutes = std::abs(offset.count()) / 60;
    return QStringLiteral("UTC%1%2:%3")
        .arg(offset.count() < 0 ? QChar(0x2212) : QChar(u'+'))
        .arg(minutes / 60, 2, 10, QLatin1Char('0'))
        .arg(minutes % 60, 2, 10, QLatin1Char('0'));
}

} // namespace

Zone Zone::mine()
{
    Zone zone;
    zone.m_kind = ZoneKind::Mine;
    zone.m_zone = QTimeZone::systemTimeZone();
    if (!zone.m_zone.isValid())
        zone.m_zone = QTimeZone::utc();
    return zone;
}

std::optional<Zone> Zone::ofServer(const Host& host)
{
    Zone zone;
    zone.m_kind = ZoneKind::Server;
    if (!host.timezone.empty()) {
        // The name knows about daylight saving; an offset alone is the next best.
        const QTimeZone named(QByteArray::fromStdString(host.timezone));
        if (named.isValid()) {
            zone.m_zone = named;
            return zone;
        }
    }
    if (!host.utcOffset)
        return std::nullopt;
    const QTimeZone fixed(static_cast<int>(host.utcOffset->count()));
    if (!fixed.isValid())
        return std::nullopt;
    zone.m_zone = fixed;
    return zone;
}

Zone Zone::elapsed()
{
    Zone zone;
    zone.m_kind = ZoneKind::Elapsed;
    return zone;
}

std::chrono::seconds Zone::offsetAt(Time when) const
{
    if (m_kind == ZoneKind::Utc || m_kind == ZoneKind::Elapsed)
        return std::chrono::seconds{0};
    const auto sinceEpoch = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
    return std::chrono::seconds{m_zone.offsetFromUtc(QDateTime::fromSecsSinceEpoch(sinceEpoch, Qt::UTC))};
}

QString Zone::mark(Time when) const
{
    return m_kind == ZoneKind::Elapsed ? ZoneText::tr("elapsed") : offsetText(offsetAt(when));
}

QString Zone::title(Time when) const
{
    if (m_kind == ZoneKind::Elapsed)
        return ZoneText::tr("Time since the beginning");
    const QString offset = mark(when);
    const QString name = QString::fromUtf8(m_zone.id());
    if (m_kind == ZoneKind::Utc || name.startsWith(QStringLiteral("UTC")))
        return offset;
    return ZoneText::tr("%1 (%2)", "zone name (offset)").arg(name, offset);
}

QString Zone::timeOfDay(Time time, int fractionDigits) const
{
    using namespace std::chrono;
    const auto local = time.time_since_epoch() + offsetAt(time);
    const auto days = floor<std::chrono::days>(local);
    const auto sinceMidnight = m_kind == ZoneKind::Elapsed ? local : local - days;
    const auto whole = floor<seconds>(sinceMidnight);
    QString text = QStringLiteral("%1:%2:%3")
                       .arg(whole.count() / 3600, m_kind == ZoneKind::Elapsed ? 1 : 2, 10, QLatin1Char('0'))
                       .arg(whole.count() / 60 % 60, 2, 10, QLatin1Char('0'))
                       .arg(whole.count() % 60, 2, 10, QLatin1Char('0'));
    if (fractionDigits > 0) {
        const auto nanoseconds = (sinceMidnight - whole).count();
        text += u'.' + QStringLiteral("%1").arg(nanoseconds, 9, 10, QLatin1Char('0')).left(fractionDigits);
    }
    return text;
}

QString Zone::date(Time time) const
{
    if (m_kind == ZoneKind::Elapsed)
        return {};
    const auto local = floor<std::chrono::days>(time + offsetAt(time));
    const std::chrono::year_month_day day{std::chrono::sys_days{local}};
    return QStringLiteral("%1-%2-%3")
        .arg(static_cast<int>(day.year()), 4, 10, QLatin1Char('0'))
        .arg(static_cast<unsigned>(day.month()), 2, 10, QLatin1Char('0'))
        .arg(static_cast<unsigned>(day.day()), 2, 10, QLatin1Char('0'));
}

QString Zone::dateAndTime(Time time, int fractionDigits) const
{
    if (m_kind == ZoneKind::Elapsed)
        return timeOfDay(time, fractionDigits);
    return date(time) + u' ' + timeOfDay(time, fractionDigits);
}

QString Zone::rangeText(TimeRange range) const
{
    const int digits = fractionDigitsFor(range.duration() / 100);
    const bool isSameDay = date(range.begin) == date(range.end);
    const auto end = isSameDay ? timeOfDay(range.end, digits) : dateAndTime(range.end, digits);
    const auto begin = isSameDay ? timeOfDay(range.begin, digits) : dateAndTime(range.begin, digits);
    return QStringLiteral("%1 \u2013 %2").arg(begin, end);
}

int fractionDigitsFor(Nanoseconds distance)
{
    using namespace std::chrono_literals;
    if (distance >= 1s)
        return 0;
    if (distance >= 1ms)
        return 3;
    return distance >= 1us ? 6 : 9;
}

} // namespace hindcast::text
