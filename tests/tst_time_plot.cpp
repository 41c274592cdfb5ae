// What the lanes draw: no spike lost at any zoom, gaps left open, values read where they are drawn.

#include "plots/envelope_columns.h"
#include "plots/frame_map.h"
#include "plots/plot_colors.h"
#include "plots/time_plot.h"
#include "plots/time_ticks.h"
#include "plots/trace_value.h"
#include "plots/value_ticks.h"
#include "snapshot_maker.h"

#include <QtTest>

#include <cmath>
#include <random>

using namespace hindcast;
using namespace std::chrono_literals;

namespace {

Lane laneOver(const Series& series, bool holdsOverInterval)
{
    Lane lane;
    lane.id = QStringLiteral("lane");
    lane.title = QStringLiteral("Lane");
    lane.unit = series.unit;
    lane.traces.push_back({&series, {}, TraceColor::Blue, holdsOverInterval, false});
    return lane;
}

/// Column of a time, found without any of the code under test.
std::size_t columnOf(Time time, TimeRange visible, std::size_t columns)
{
    const double width = static_cast<double>(visible.duration().count()) / static_cast<double>(columns);
    std::size_t column = 0;
    while (column + 1 < columns
        && visible.begin + Nanoseconds{std::llround(width * static_cast<double>(column + 1))} <= time)
        ++column;
    return column;
}

bool isNear(const QColor& a, const QColor& b, int tolerance)
{
    return std::abs(a.red() - b.red()) <= tolerance && std::abs(a.green() - b.green()) <= tolerance
        && std::abs(a.blue() - b.blue()) <= tolerance;
}

} // namespace

class TstTimePlot : public QObject {
    Q_OBJECT

private:
    /// The plot drawn at 900 x 300 with a light palette.
    static QImage drawn(TimePlot& plot)
    {
        plot.renderNow();
        return plot.grab().toImage();
    }

private Q_SLOTS:
    void everySampleLiesInItsColumn_data()
    {
        QTest::addColumn<unsigned>("seed");
        QTest::addColumn<int>("samples");
        for (unsigned seed = 1; seed <= 12; ++seed)
            QTest::addRow("random data %u", seed) << seed << static_cast<int>(40 + seed * seed * 90);
    }

    void everySampleLiesInItsColumn()
    {
        QFETCH(unsigned, seed);
        QFETCH(int, samples);
        std::mt19937 random(seed);
        std::uniform_real_distribution<double> share(0, 1);
        SnapshotMaker maker(noon(), 1s, static_cast<std::size_t>(samples));
        maker.removeTicks(static_cast<std::size_t>(samples / 3), static_cast<std::size_t>(samples / 3 + samples / 9));
        maker.addGauge("made.up", Unit::None, {}, [&](std::size_t) {
            const double kind = share(random);
            return kind < 0.1 ? notMeasured : kind < 0.12 ? 1e6 * share(random) : share(random) - 0.5;
        });
        const auto snapshot = maker.finish();
        const Series& series = snapshot->series.front();
        const MeanBlocks means(series.values);
        for (int zoom = 0; zoom < 40; ++zoom) {
            const double span = std::pow(share(random), 4) + 1e-6;
            const auto whole = static_cast<double>(snapshot->range.duration().count());
            const Time begin =
                snapshot->range.begin + Nanoseconds{static_cast<std::int64_t>(whole * (share(random) * 1.1 - 0.05))};
            const TimeRange visible{begin, begin + Nanoseconds{static_cast<std::int64_t>(whole * span) + 1000}};
            FrameMap frame;
            frame.begin(visible, 0, 100 + 700 * share(random), 1);
            for (const bool isRate : {false, true}) {
                std::vector<EnvelopeColumn> columns;
                computeColumns(
                    {&series, {}, TraceColor::Blue, isRate, false}, means, frame.index(series.times), columns);
                QCOMPARE(columns.size(), frame.columns());
                std::vector<MinMax> expected(columns.size(), {NAN, NAN});
                for (std::size_t i = 0; i < series.values.size(); ++i) {
                    const double value = series.values.at(i);
                    if (std::isnan(value) || !visible.contains((*series.times)[i]))
                        continue;
                    MinMax& extremes = expected[columnOf((*series.times)[i], visible, columns.size())];
                    extremes.minimum = std::fmin(extremes.minimum, static_cast<float>(value));
                    extremes.maximum = std::fmax(extremes.maximum, static_cast<float>(value));
                }
                for (std::size_t column = 0; column < columns.size(); ++column) {
                    if (std::isnan(expected[column].minimum))
                        continue;
                    QCOMPARE(columns[column].state, ColumnState::Measured);
                    QCOMPARE(columns[column].minimum, expected[column].minimum);
                    QCOMPARE(columns[column].maximum, expected[column].maximum);
                    QVERIFY(columns[column].mean >= columns[column].minimum);
                    QVERIFY(columns[column].mean <= columns[column].maximum);
                }
            }
        }
    }

    void spikeIsVisibleAtEveryZoom()
    {
        constexpr std::size_t ticks = 20000;
        constexpr std::size_t spike = 12345;
        SnapshotMaker maker(noon(), 1s, ticks);
        maker.addGauge("made.up", Unit::None, {}, [](std::size_t tick) { return tick == spike ? 100.0 : 1.0; });
        const auto snapshot = maker.finish();
        TimePlot plot;
        plot.resize(900, 200);
        plot.setLanes({laneOver(snapshot->series.front(), false)}, snapshot);
        const Time at = maker.times()[spike];
        for (const double seconds : {20000.0, 9000.0, 3000.0, 1200.0, 700.0, 300.0, 90.0, 20.0, 5.0}) {
            const auto half = std::chrono::round<Nanoseconds>(std::chrono::duration<double>(seconds / 2));
            plot.setVisibleRange({at - half, at + half});
            const QImage image = drawn(plot);
            const int x = static_cast<int>(plot.xOf(at));
            bool isSeen = false; // well above the rest of the curve
            for (int column = x - 1; column <= x + 1; ++column)
                for (int y = 8; y < 30; ++y)
                    isSeen = isSeen || image.pixelColor(column, y).blue() > image.pixelColor(column, y).red() + 25;
            QVERIFY2(isSeen, qPrintable(QStringLiteral("spike lost at %1 s on screen").arg(seconds)));
        }
    }

    void gapIsHatchedAndNotJoined()
    {
        SnapshotMaker maker(noon(), 1s, 300);
        maker.removeTicks(100, 200);
        maker.addGauge("made.up", Unit::None, {}, [](std::size_t) { return 5.0; });
        const auto snapshot = maker.finish();
        TimePlot plot;
        plot.resize(900, 200);
        plot.setLanes({laneOver(snapshot->series.front(), false)}, snapshot);
        plot.setVisibleRange(snapshot->range);
        const QImage image = drawn(plot);
        const PlotColors colors = PlotColors::forPalette(plot.palette());
        const auto count = [&](double fromShare, double toShare, const QColor& color) {
            const QRect area = plot.plotArea();
            int found = 0;
            for (int x = area.left() + int(area.width() * fromShare); x < area.left() + int(area.width() * toShare);
                 ++x)
                for (int y = 4; y < 76; ++y)
                    found += isNear(image.pixelColor(x, y), color, 12) ? 1 : 0;
            return found;
        };
        const QColor line = colors.trace(TraceColor::Blue);
        QVERIFY(count(0.05, 0.30, line) > 100);
        QVERIFY(count(0.70, 0.95, line) > 100);
        QCOMPARE(count(0.35, 0.65, line), 0);
        QVERIFY(count(0.35, 0.65, colors.hatch) > 200);
        QCOMPARE(count(0.05, 0.30, colors.hatch), 0);
    }

    void gapOfNotMeasuredValuesIsHatchedUnlessNothingHappened_data()
    {
        QTest::addColumn<bool>("isAbsentWhenIdle");
        QTest::addColumn<bool>("isHatched");
        QTest::newRow("not measured") << false << true;
        QTest::newRow("no request to wait for") << true << false;
    }

    void gapOfNotMeasuredValuesIsHatchedUnlessNothingHappened()
    {
        QFETCH(bool, isAbsentWhenIdle);
        QFETCH(bool, isHatched);
        SnapshotMaker maker(noon(), 1s, 300);
        maker.addGauge(
            "made.up", Unit::None, {}, [](std::size_t tick) { return tick > 100 && tick < 200 ? notMeasured : 5.0; });
        const auto snapshot = maker.finish();
        Lane lane = laneOver(snapshot->series.front(), true);
        lane.traces.front().isAbsentWhenIdle = isAbsentWhenIdle;
        TimePlot plot;
        plot.resize(900, 200);
        plot.setLanes({lane}, snapshot);
        plot.setVisibleRange(snapshot->range);
        const QImage image = drawn(plot);
        const QColor hatch = PlotColors::forPalette(plot.palette()).hatch;
        int found = 0;
        const QRect area = plot.plotArea();
        for (int x = area.left() + area.width() * 2 / 5; x < area.left() + area.width() * 3 / 5; ++x)
            for (int y = 4; y < 76; ++y)
                found += isNear(image.pixelColor(x, y), hatch, 12) ? 1 : 0;
        QCOMPARE(found > 200, isHatched);
    }

    void onlyLanesOnScreenExist()
    {
        SnapshotMaker maker(noon(), 1s, 100);
        maker.addGauge("made.up", Unit::None, {}, [](std::size_t tick) { return double(tick); });
        const auto snapshot = maker.finish();
        std::vector<Lane> lanes;
        for (int i = 0; i < 300; ++i) {
            lanes.push_back(laneOver(snapshot->series.front(), false));
            lanes.back().id = QString::number(i);
        }
        TimePlot plot;
        plot.resize(900, 600);
        plot.setLanes(lanes, snapshot);
        plot.setVisibleRange(snapshot->range);
        plot.renderNow();
        QVERIFY(plot.lanesOnScreen() >= 5);
        QVERIFY(plot.lanesOnScreen() <= 10);
        plot.scrollToLane(250);
        plot.renderNow();
        QVERIFY(plot.lanesOnScreen() <= 10);
    }

    void valueIsReadWhereItIsDrawn_data()
    {
        QTest::addColumn<bool>("isRate");
        QTest::addColumn<double>("seconds");
        QTest::addColumn<double>("value");
        // Samples at 0, 1, 2, 10, 11 s have the values 0, 1, 2, 10, 11.
        QTest::newRow("instant: at the sample") << false << 1.0 << 1.0;
        QTest::newRow("instant: after the sample") << false << 1.9 << 1.0;
        QTest::newRow("rate: within its interval") << true << 1.1 << 2.0;
        QTest::newRow("rate: at the end of its interval") << true << 2.0 << 2.0;
        QTest::newRow("gap: instant") << false << 5.0 << double(NAN);
        QTest::newRow("gap: rate") << true << 5.0 << double(NAN);
        QTest::newRow("before the first") << false << -1.0 << double(NAN);
        QTest::newRow("after the last") << false << 12.0 << double(NAN);
    }

    void valueIsReadWhereItIsDrawn()
    {
        QFETCH(bool, isRate);
        QFETCH(double, seconds);
        QFETCH(double, value);
        SnapshotMaker maker(noon(), 1s, 12);
        maker.removeTicks(3, 10);
        maker.addGauge(
            "made.up", Unit::None, {}, [&](std::size_t tick) { return toSeconds(maker.times()[tick] - noon()); });
        const auto snapshot = maker.finish();
        const Trace trace{&snapshot->series.front(), {}, TraceColor::Blue, isRate, false};
        const double read = valueAt(trace, noon() + Nanoseconds{std::llround(seconds * 1e9)}, gapThreshold(1s));
        QVERIFY2(read == value || (std::isnan(read) && std::isnan(value)), qPrintable(QString::number(read)));
    }

    void pileIsDrawnAsItIsReadOut_data()
    {
        QTest::addColumn<bool>("isRate");
        QTest::addColumn<QList<double>>("values"); // every ten seconds
        QTest::newRow("instants") << false << QList<double>{0, 300, 20, 20};
        QTest::newRow("instants, one not measured") << false << QList<double>{5, NAN, 20, 40};
        QTest::newRow("instants, the last not measured") << false << QList<double>{5, 6, 20, NAN};
        QTest::newRow("rates") << true << QList<double>{NAN, 300, 20, 40};
    }

    void pileIsDrawnAsItIsReadOut()
    {
        QFETCH(bool, isRate);
        QFETCH(QList<double>, values);
        SnapshotMaker maker(noon(), 10s, static_cast<std::size_t>(values.size()));
        maker.addGauge("made.up", Unit::Count, {}, [&](std::size_t tick) { return values[qsizetype(tick)]; });
        const auto snapshot = maker.finish();
        const Series& series = snapshot->series.front();
        const Trace trace{&series, {}, TraceColor::Blue, isRate, false};
        FrameMap frame;
        frame.begin({noon(), noon() + 30s}, 0, 300, 1);
        std::vector<EnvelopeColumn> columns;
        computeMeans(trace, MeanBlocks(series.values), frame.index(series.times), columns);
        QCOMPARE(columns.size(), std::size_t{300});
        for (std::size_t column = 1; column < columns.size(); ++column) {
            if (column % 100 == 0)
                continue; // a sample lies in it
            const double read = valueAt(trace, noon() + 100ms * static_cast<int>(column), gapThreshold(10s));
            QCOMPARE(columns[column].state == ColumnState::Measured, !std::isnan(read));
            if (!std::isnan(read))
                QCOMPARE(static_cast<double>(columns[column].mean), read);
        }
    }

    void meansAreThoseOfTheSamples()
    {
        Column column;
        for (int i = 0; i < 5000; ++i)
            column.append(i % 10 == 3 ? notMeasured : double(i));
        column.seal();
        const MeanBlocks means(column);
        QCOMPARE(means.mean(column, 3, 4), notMeasured);
        QCOMPARE(means.mean(column, 0, 5), (0 + 1 + 2 + 4) / 4.0);
        double sum = 0;
        int count = 0;
        for (int i = 1600; i < 3200; ++i)
            if (i % 10 != 3) {
                sum += i;
                ++count;
            }
        QCOMPARE(means.mean(column, 1600, 3200), sum / count); // whole blocks: exact
    }

    void timeTicksAreRoundInTheZone_data()
    {
        QTest::addColumn<QString>("zone");
        QTest::addColumn<int>("spanSeconds");
        QTest::addColumn<QString>("labels");
        QTest::newRow("minutes") << QString() << 300 << QStringLiteral("12:00 12:01 12:02 12:03 12:04");
        QTest::newRow("seconds") << QString() << 20 << QStringLiteral("12:00:00 12:00:05 12:00:10 12:00:15");
        QTest::newRow("half-hour zone") << QStringLiteral("Asia/Kolkata") << 3 * 3600
                                        << QStringLiteral("18:00 19:00 20:00");
        QTest::newRow("hours east") << QStringLiteral("Asia/Seoul") << 10 * 3600
                                    << QStringLiteral("22:00 00:00 02:00 04:00 06:00");
    }

    void timeTicksAreRoundInTheZone()
    {
        QFETCH(QString, zone);
        QFETCH(int, spanSeconds);
        QFETCH(QString, labels);
        Host host;
        host.timezone = zone.toStdString();
        const auto shown = zone.isEmpty() ? text::Zone::utc() : text::Zone::ofServer(host).value();
        QStringList found;
        for (const TimeTick& tick : timeTicks({noon(), noon() + std::chrono::seconds(spanSeconds)}, 600, 104, shown))
            found.append(tick.label);
        QCOMPARE(found.join(u' '), labels);
    }

    void valueTicksAreRound_data()
    {
        QTest::addColumn<int>("unit");
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("end");
        QTest::newRow("percent") << int(Unit::Percent) << 73.0 << 80.0;
        QTest::newRow("bytes") << int(Unit::Bytes) << 23.6 * 1073741824 << 24.0 * 1073741824;
        QTest::newRow("seconds") << int(Unit::Seconds) << 0.0042 << 0.005;
        QTest::newRow("nothing") << int(Unit::Count) << 0.0 << 1.0;
        QTest::newRow("no bytes") << int(Unit::BytesPerSecond) << 0.0 << 1024.0;
        QTest::newRow("not measured") << int(Unit::Count) << double(NAN) << 1.0;
        QTest::newRow("huge") << int(Unit::Count) << 9.1e15 << 1e16;
    }

    void valueTicksAreRound()
    {
        QFETCH(int, unit);
        QFETCH(double, value);
        QFETCH(double, end);
        const double rounded = roundScaleEnd(value, static_cast<Unit>(unit));
        QVERIFY2(std::abs(rounded - end) <= end * 1e-9, qPrintable(QString::number(rounded)));
        const auto ticks = valueTicks(0, rounded, 3, static_cast<Unit>(unit));
        QVERIFY(ticks.size() >= 2);
        QVERIFY(ticks.size() <= 4);
        QCOMPARE(ticks.front(), 0.0);
    }
};

QTEST_MAIN(TstTimePlot)
#include "tst_time_plot.moc"
