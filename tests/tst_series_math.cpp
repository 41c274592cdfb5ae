// Columns, pyramids and the arithmetic on series, against plain loops over plain vectors.
#include "model/series_math.h"

#include <QtTest>
#include <cmath>
#include <random>

using namespace hindcast;

namespace {

using Values = std::vector<double>;

Column columnOf(const Values& values)
{
    Column column;
    column.append(values.data(), values.size());
    return column;
}

bool isSame(double a, double b)
{
    return a == b || (std::isnan(a) && std::isnan(b));
}

TimeColumn timesOf(const std::vector<double>& seconds)
{
    auto times = std::make_shared<std::vector<Time>>();
    for (const double second : seconds)
        times->push_back(timeFromSeconds(second));
    return times;
}

/// Values of every packing, with gaps, of any length around the chunk size.
Values randomValues(std::mt19937& random, std::size_t size)
{
    const unsigned style = random() % 8;
    Values values(size);
    double counter = static_cast<double>(random() % 1000000) * 1000;
    for (double& value : values) {
        counter += static_cast<double>(random() % 5000);
        switch (style) {
        case 0:
            value = static_cast<double>(random() % 200);
            break;
        case 1:
            value = counter;
            break;
        case 2:
            value = counter * 4096;
            break;
        case 3:
            value = counter / 100;
            break;
        case 4:
            value = static_cast<double>(static_cast<float>(random()) / 7.0F);
            break;
        case 5:
            value = static_cast<double>(random()) / 3.0;
            break;
        case 6:
            value = 42;
            break;
        default:
            value = -counter * 1024;
            break;
        }
        if (style != 6 && random() % 50 == 0)
            value = notMeasured;
    }
    return values;
}

} // namespace

class TestSeriesMath : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void columnKeepsEveryValue_data()
    {
        QTest::addColumn<Values>("values");
        QTest::newRow("nothing") << Values{};
        QTest::newRow("one value") << Values{3.25};
        QTest::newRow("all not measured") << Values(3000, notMeasured);
        QTest::newRow("largest integer of a byte stays a value") << Values{0, 254, 255, 256, notMeasured};
        QTest::newRow("largest of 32 bits") << Values{0, 4294967294.0, 4294967295.0, notMeasured};
        QTest::newRow("counters near 2^53") << Values{9007199254740991.0, 9007199254740990.0, notMeasured};
        QTest::newRow("negative and fractional") << Values{-1, -0.01, 0.07, 1e-300, 1e300};
        QTest::newRow("infinite") << Values{std::numeric_limits<double>::infinity(), 1};
    }
    void columnKeepsEveryValue()
    {
        QFETCH(Values, values);
        checkColumn(values);
    }
    void columnKeepsRandomValues()
    {
        std::mt19937 random(7);
        for (int round = 0; round < 300; ++round)
            checkColumn(randomValues(random, random() % 3000));
    }
    void columnPacksWhatPeopleRecord()
    {
        // A day of a counter that grows by less than 4 GiB a quarter of an hour: half of 8 bytes or less.
        Column column;
        double counter = 1e12;
        for (int i = 0; i < 86400; ++i)
            column.append(counter += 100'000 + i % 977);
        column.seal();
        QVERIFY2(column.memoryBytes() < 86400 * 5, qPrintable(QString::number(column.memoryBytes())));
        Column constant;
        for (int i = 0; i < 86400; ++i)
            constant.append(17);
        constant.seal();
        QVERIFY(constant.memoryBytes() < 8192);
        QVERIFY(constant.isConstant());
    }

    void pyramidFindsEveryExtreme()
    {
        std::mt19937 random(11);
        for (int round = 0; round < 200; ++round) {
            const Values values = randomValues(random, 1 + random() % 5000);
            Column column = columnOf(values);
            column.seal();
            const Pyramid pyramid(column);
            for (int query = 0; query < 50; ++query) {
                const std::size_t begin = random() % values.size();
                const std::size_t end = begin + random() % (values.size() - begin + 1);
                float minimum = std::numeric_limits<float>::quiet_NaN(), maximum = minimum;
                for (std::size_t i = begin; i < end; ++i) {
                    minimum = std::fmin(minimum, static_cast<float>(values[i]));
                    maximum = std::fmax(maximum, static_cast<float>(values[i]));
                }
                const MinMax found = pyramid.range(column, begin, end);
                const auto same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
                QVERIFY2(same(found.minimum, minimum) && same(found.maximum, maximum),
                    qPrintable(QStringLiteral("[%1, %2) of %3: %4…%5, not %6…%7")
                                   .arg(begin)
                                   .arg(end)
                                   .arg(values.size())
                                   .arg(found.minimum)
                                   .arg(found.maximum)
                                   .arg(minimum)
                                   .arg(maximum)));
            }
        }
    }

    void statisticsOfRange()
    {
        Series series;
        series.times = timesOf({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
        series.values = columnOf({5, notMeasured, 1, 9, 3, 3, 2, notMeasured, 8, 100});
        const Statistics s = statistics(series, {timeFromSeconds(1), timeFromSeconds(8)});
        QCOMPARE(s.samples, std::size_t{6});
        QCOMPARE(s.missing, std::size_t{2});
        QCOMPARE(s.minimum, 1.0);
        QCOMPARE(s.maximum, 9.0);
        QCOMPARE(s.mean, 26.0 / 6);
        QCOMPARE(s.median, 3.0);
        QCOMPARE(s.p95, 9.0);
        QCOMPARE(s.first, 1.0);
        QCOMPARE(s.last, 8.0);
        QVERIFY(s.minimumAt == timeFromSeconds(2));
        QVERIFY(s.maximumAt == timeFromSeconds(3));
        const Statistics none = statistics(series, {timeFromSeconds(1), timeFromSeconds(1)});
        QCOMPARE(none.samples, std::size_t{0});
        QVERIFY(std::isnan(none.mean));
        const Statistics outside = statistics(series, {timeFromSeconds(20), timeFromSeconds(30)});
        QCOMPARE(outside.samples, std::size_t{0});
        QCOMPARE(outside.missing, std::size_t{0});
    }

    void statisticsOfRandomValues()
    {
        std::mt19937 random(13);
        for (int round = 0; round < 200; ++round) {
            const Values values = randomValues(random, 1 + random() % 3000);
            Series series;
            auto times = std::make_shared<std::vector<Time>>();
            for (std::size_t i = 0; i < values.size(); ++i)
                times->push_back(Time{std::chrono::seconds(i)});
            series.times = times;
            series.values = columnOf(values);
            const Statistics found = statistics(series, {times->front(), times->back()});
            Values sorted;
            std::copy_if(
                values.begin(), values.end(), std::back_inserter(sorted), [](double v) { return !std::isnan(v); });
            std::sort(sorted.begin(), sorted.end());
            QCOMPARE(found.samples, sorted.size());
            QCOMPARE(found.missing, values.size() - sorted.size());
            if (sorted.empty())
                continue;
            const auto rank = [&](double share) {
                return sorted[static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size()))) - 1];
            };
            QCOMPARE(found.minimum, sorted.front());
            QCOMPARE(found.maximum, sorted.back());
            QCOMPARE(found.median, rank(0.5));
            QCOMPARE(found.p95, rank(0.95));
        }
    }

    void indicesAndIntervals()
    {
        const TimeColumn times = timesOf({10, 11, 12, 20, 21});
        QVERIFY(!indexAt(times, timeFromSeconds(9.999)));
        QCOMPARE(*indexAt(times, timeFromSeconds(10)), std::size_t{0});
        QCOMPARE(*indexAt(times, timeFromSeconds(15)), std::size_t{2});
        QCOMPARE(*indexAt(times, timeFromSeconds(99)), std::size_t{4});
        const IndexRange range = indexRange(times, {timeFromSeconds(11), timeFromSeconds(20)});
        QCOMPARE(range.begin, std::size_t{1});
        QCOMPARE(range.end, std::size_t{3});
        QVERIFY(usualInterval(times) == std::chrono::seconds(1));
        QVERIFY(!usualInterval(timesOf({3})));
    }

    void timesReadAndPrinted_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("printed"); // "" = not a time
        QTest::newRow("UTC") << "2026-11-21T11:30:27Z"
                             << "2026-11-21T11:30:27.000Z";
        QTest::newRow("offset") << "2026-11-21T20:30:27.25+09:00"
                                << "2026-11-21T11:30:27.250Z";
        QTest::newRow("west, blank, no colon") << "2026-02-28 23:30:00-0130"
                                               << "2026-03-01T01:00:00.000Z";
        QTest::newRow("before 1970") << "1969-12-31T23:59:59.5Z"
                                     << "1969-12-31T23:59:59.500Z";
        QTest::newRow("day that is none") << "2026-02-30T00:00:00Z"
                                          << "";
        QTest::newRow("no zone") << "2026-02-03T00:00:00"
                                 << "";
        QTest::newRow("rest") << "2026-02-03T00:00:00Zx"
                              << "";
        QTest::newRow("nothing") << ""
                                 << "";
    }
    void timesReadAndPrinted()
    {
        QFETCH(QString, text);
        QFETCH(QString, printed);
        const auto time = parseRfc3339(text.toStdString());
        QCOMPARE(time ? QString::fromStdString(formatUtc(*time, 3)) : QString(), printed);
    }

private:
    static void checkColumn(const Values& values)
    {
        Column column = columnOf(values);
        QCOMPARE(column.size(), values.size());
        for (const bool isSealed : {false, true}) {
            if (isSealed)
                column.seal();
            Values copied(values.size());
            column.copy(0, values.size(), copied.data());
            for (std::size_t i = 0; i < values.size(); ++i)
                QVERIFY2(isSame(copied[i], values[i]) && isSame(column.at(i), values[i]),
                    qPrintable(QStringLiteral("%1: %2").arg(i).arg(values[i], 0, 'g', 17)));
            if (values.size() > 10) {
                const std::size_t begin = values.size() / 3, end = values.size() * 2 / 3;
                column.copy(begin, end, copied.data());
                for (std::size_t i = begin; i < end; ++i)
                    QVERIFY(isSame(copied[i - begin], values[i]));
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestSeriesMath)
#include "tst_series_math.moc"
