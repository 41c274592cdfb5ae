#include "text/format.h"

#include <QCoreApplication>
#include <QStringDecoder>

#include <array>
#include <cmath>
#include <cstdlib>

namespace hindcast::text {

namespace {

struct Format {
    Q_DECLARE_TR_FUNCTIONS(hindcast::Format)
};

const QChar noBreakSpace{0x00A0};
const QChar minusSign{0x2212};

enum class Zeros { Keep, Trim };

int decimalsFor(double magnitude)
{
    if (magnitude >= 99.95)
        return 0;
    if (magnitude >= 9.995)
        return 1;
    if (magnitude >= 0.0995)
        return 2;
    if (magnitude >= 0.00995)
        return 3;
    return 4;
}

QString number(double value, Zeros zeros)
{
    const double magnitude = std::abs(value);
    const bool isWhole = magnitude < 9999.5 && std::abs(value - std::round(value)) < 1e-9;
    if (isWhole)
        return QString::number(static_cast<qlonglong>(std::llround(value)));
    QString text = QString::number(value, 'f', decimalsFor(magnitude));
    if (zeros == Zeros::Trim && text.contains(u'.')) {
        while (text.endsWith(u'0'))
            text.chop(1);
        if (text.endsWith(u'.'))
            text.chop(1);
    }
    if (text == QStringLiteral("-0"))
        text = QStringLiteral("0");
    return text;
}

/// Scales by powers of `base` until at most four digits stand before the point.
struct Scaled {
    double value;
    std::size_t step;
};
Scaled scaled(double value, double base, std::size_t steps)
{
    std::size_t step = 0;
    while (std::abs(value) >= base * 0.9995 && step + 1 < steps) {
        value /= base;
        ++step;
    }
    return {value, step};
}

QString bytesText(double value, Zeros zeros, bool isPerSecond)
{
    static constexpr std::array<const char*, 6> names{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    const auto [inUnit, step] = scaled(value, 1024, names.size());
    // A fraction of a byte is an artefact of a rate; a whole number says as much.
    const double shown = step == 0 ? std::round(inUnit) : inUnit;
    const QString amount = number(shown, zeros) + noBreakSpace + QLatin1String(names[step]);
    return isPerSecond ? Format::tr("%1/s", "rate").arg(amount) : amount;
}

QString countText(double value, Zeros zeros, bool isPerSecond)
{
    static constexpr std::array<const char*, 5> names{"", "k", "M", "G", "T"};
    const auto [inUnit, step] = std::abs(value) < 9999.5 ? Scaled{value, 0} : scaled(value, 1000, names.size());
    QString amount = number(inUnit, zeros);
    if (step > 0)
        amount += noBreakSpace + QLatin1String(names[step]);
    return isPerSecond ? Format::tr("%1/s", "rate").arg(amount) : amount;
}

QString secondsText(double value, Zeros zeros)
{
    const double magnitude = std::abs(value);
    const auto with = [&](double scale, const char* unit) {
        return QString(number(value * scale, zeros) + noBreakSpace + QString::fromUtf8(unit));
    };
    if (magnitude == 0)
        return with(1, "s");
    if (magnitude < 0.9995e-3)
        return with(1e6, "µs");
    if (magnitude < 0.9995)
        return with(1e3, "ms");
    if (magnitude < 600)
        return with(1, "s");
    return formatDuration(Nanoseconds{std::llround(value * 1e9)});
}

QString valueText(double value, Unit unit, Zeros zeros)
{
    if (std::isnan(value))
        return notMeasuredText();
    switch (unit) {
    case Unit::None:
        return countText(value, zeros, false);
    case Unit::Count:
    case Unit::Packets:
        return countText(value, zeros, false);
    case Unit::CountPerSecond:
    case Unit::PacketsPerSecond:
        return countText(value, zeros, true);
    case Unit::Ratio:
        return number(value * 100, zeros) + noBreakSpace + u'%';
    case Unit::Percent: {
        // One decimal is what the tick counters of the kernel can carry at one-second intervals.
        const double rounded = std::abs(value) < 99.95 ? std::round(value * 10) / 10 : std::round(value);
        const bool showsDecimal = zeros == Zeros::Keep && std::abs(rounded) < 99.95;
        return (showsDecimal ? QString::number(rounded, 'f', 1) : number(rounded, Zeros::Trim)) + noBreakSpace + u'%';
    }
    case Unit::Seconds:
        return secondsText(value, zeros);
    case Unit::SecondsPerSecond:
        return number(value, zeros) + noBreakSpace + QStringLiteral("s/s");
    case Unit::Bytes:
        return bytesText(value, zeros, false);
    case Unit::BytesPerSecond:
        return bytesText(value, zeros, true);
    case Unit::PerSecondFlag:
        return countText(value, zeros, true);
    }
    return countText(value, zeros, isRate(unit));
}

} // namespace

QString notMeasuredText()
{
    return QStringLiteral("\u2013");
}

QString formatValue(double value, Unit unit)
{
    return valueText(value, unit, Zeros::Keep).replace(u'-', minusSign);
}

QString formatTick(double value, Unit unit)
{
    if (value == 0 && unit != Unit::Percent && unit != Unit::Ratio)
        return QStringLiteral("0");
    return valueText(value, unit, Zeros::Trim).replace(u'-', minusSign);
}

QString formatDelta(double value, Unit unit)
{
    if (std::isnan(value))
        return notMeasuredText();
    const QString text = formatValue(value, unit);
    return value > 0 ? u'+' + text : text;
}

QString formatCount(std::uint64_t count)
{
    QString digits = QString::number(count);
    for (qsizetype place = digits.size() - 3; place > 0; place -= 3)
        digits.insert(place, noBreakSpace);
    return digits;
}

QString unitTitle(Unit unit)
{
    switch (unit) {
    case Unit::None:
    case Unit::Count:
        return {};
    case Unit::Ratio:
    case Unit::Percent:
        return QStringLiteral("%");
    case Unit::Seconds:
        return Format::tr("time");
    case Unit::SecondsPerSecond:
        return Format::tr("s/s");
    case Unit::Bytes:
        return Format::tr("bytes");
    case Unit::BytesPerSecond:
        return Format::tr("bytes/s");
    case Unit::Packets:
        return Format::tr("packets");
    case Unit::PacketsPerSecond:
        return Format::tr("packets/s");
    case Unit::CountPerSecond:
    case Unit::PerSecondFlag:
        return Format::tr("per second");
    }
    return {};
}

QString formatDuration(Nanoseconds duration)
{
    using namespace std::chrono;
    if (duration < Nanoseconds::zero())
        return minusSign + formatDuration(-duration);
    if (duration < 1s) {
        const double milliseconds = toSeconds(duration) * 1e3;
        return milliseconds >= 1 || milliseconds == 0
            ? Format::tr("%1 ms").arg(number(milliseconds, Zeros::Trim))
            : Format::tr("%1 µs").arg(number(milliseconds * 1e3, Zeros::Trim));
    }
    if (duration < 60s)
        return Format::tr("%1 s").arg(number(std::round(toSeconds(duration) * 100) / 100, Zeros::Trim));
    const auto whole = round<seconds>(duration).count();
    if (whole < 3600)
        return Format::tr("%1 min %2 s").arg(whole / 60).arg(whole % 60);
    const auto wholeMinutes = (whole + 30) / 60;
    if (wholeMinutes < 48 * 60)
        return Format::tr("%1 h %2 min").arg(wholeMinutes / 60).arg(wholeMinutes % 60);
    const auto wholeHours = (whole + 1800) / 3600;
    return Format::tr("%1 d %2 h").arg(wholeHours / 24).arg(wholeHours % 24);
}

QString fromBytes(std::string_view bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(QByteArrayView(bytes.data(), static_cast<qsizetype>(bytes.size())));
    if (!decoder.hasError())
        return text;
    return QString::fromLatin1(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

} // namespace hindcast::text
