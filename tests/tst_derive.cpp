// Derived metrics and process figures where a table of numbers says more than a recorded file: shares that add up,
// gaps, a whole day's worth of values.
#include "model/derive.h"
#include "model/metrics.h"
#include "model/process.h"

#include <QtTest>

#include <array>
#include <cmath>
#include <limits>
#include <set>

using namespace hindcast;

namespace {

using Values = std::vector<double>;

TimeColumn everySecond(std::size_t count, double seconds = 1)
{
    auto times = std::make_shared<std::vector<Time>>();
    for (std::size_t i = 0; i < count; ++i)
        times->push_back(timeFromSeconds(1'700'000'000 + seconds * static_cast<double>(i)));
    return times;
}

Series recorded(
    const TimeColumn& times, std::string_view metric, Labels labels, Unit unit, Kind kind, const Values& values)
{
    Series series;
    series.metric = metric;
    series.labels = std::move(labels);
    series.unit = unit;
    series.kind = kind;
    series.source = "test";
    series.member = "test";
    series.times = times;
    series.values.append(values.data(), values.size());
    series.values.seal();
    return series;
}

Series counter(
    const TimeColumn& times, std::string_view metric, const Values& values, Unit unit = Unit::Count, Labels labels = {})
{
    return recorded(times, metric, std::move(labels), unit, Kind::Counter, values);
}

const Series* derivedSeries(const Snapshot& snapshot, std::string_view metric, const Labels& labels = {})
{
    for (const Series& series : snapshot.series)
        if (series.isDerived && series.metric == metric && series.labels == labels)
            return &series;
    return nullptr;
}

/// "- 10 2.5": comparable, and readable in a failure.
QString text(const Series* series)
{
    if (!series)
        return QStringLiteral("absent");
    QStringList values;
    for (std::size_t i = 0; i < series->values.size(); ++i) {
        const double value = series->values.at(i);
        values << (std::isnan(value) ? QStringLiteral("-") : QString::number(value, 'g', 6));
    }
    return values.join(' ');
}

constexpr std::array<std::string_view, 10> modes{"cpu.user", "cpu.nice", "cpu.system", "cpu.idle", "cpu.iowait",
    "cpu.irq", "cpu.softirq", "cpu.steal", "cpu.guest", "cpu.guest_nice"};

Entity process(
    const TimeColumn& times, std::vector<std::uint32_t> ticks, const Values& userTime, const Values& resident)
{
    Entity entity;
    entity.key = "boot/1/1";
    entity.attributes = {{"pid", "1"}};
    entity.times = times;
    entity.firstTick = ticks.front();
    entity.lastTick = static_cast<std::uint32_t>(times->size() - 1);
    entity.ticks = std::move(ticks);
    entity.columns.resize(static_cast<std::size_t>(ProcessColumn::Count));
    for (std::size_t i = 0; i < entity.ticks.size(); ++i)
        for (std::size_t column = 0; column < entity.columns.size(); ++column) {
            const auto meaning = static_cast<ProcessColumn>(column);
            entity.columns[column].append(meaning == ProcessColumn::UserTime ? userTime[i]
                    : meaning == ProcessColumn::ResidentBytes                ? resident[i]
                    : meaning == ProcessColumn::State                        ? double('S')
                                                                             : 0.0);
        }
    for (Column& column : entity.columns)
        column.seal();
    return entity;
}

QString number(double value)
{
    return std::isnan(value) ? QStringLiteral("-") : QString::number(value, 'g', 6);
}

} // namespace

class TestDerive : public QObject {
    Q_OBJECT

private slots:
    void rateOfACounter_data();
    void rateOfACounter();
    void sharesOfACpuAddUp_data();
    void sharesOfACpuAddUp();
    void aModeTheKernelDoesNotPrintIsNotInvented();
    void nothingWaitedIsNoAwait();
    void requestsApartMakeAWhole();
    void utilisationIsNotCapped();
    void sourcesAreNotMixed();
    void percentOfStallComesFromTheTotal();
    void derivedValuesShareTheTimesAndHavePyramids();
    void aDayIsDerivedInTime();
    void columnsOfProcessesAreDescribed();
    void processFiguresAtATick();
    void processFiguresOverARange();
    void aProcessThatBeganCountsFromZero();
    void aProcessSeenLateHasNoShareAtFirst();
};

void TestDerive::rateOfACounter_data()
{
    QTest::addColumn<QList<double>>("values");
    QTest::addColumn<QString>("rates");
    const double none = notMeasured;
    QTest::newRow("steady") << QList<double>{0, 10, 20} << "- 5 5"; // two seconds apart
    QTest::newRow("unchanged is zero") << QList<double>{7, 7, 7} << "- 0 0";
    QTest::newRow("a reset is a gap") << QList<double>{100, 110, 3, 13} << "- 5 - 5";
    QTest::newRow("a missing sample is a gap on both sides") << QList<double>{0, none, 20, 30} << "- - - 5";
    QTest::newRow("missing at first") << QList<double>{none, 10, 30} << "- - 10";
    QTest::newRow("one sample") << QList<double>{5} << "-";
}

void TestDerive::rateOfACounter()
{
    QFETCH(QList<double>, values);
    QFETCH(QString, rates);
    Snapshot snapshot;
    snapshot.series.push_back(counter(everySecond(static_cast<std::size_t>(values.size()), 2), "net.rx.bytes",
        {values.begin(), values.end()}, Unit::Bytes, {{"interface", "eth0"}}));
    deriveMetrics(snapshot);
    const Series* rate = derivedSeries(snapshot, "net.rx.bytes", {{"interface", "eth0"}});
    QCOMPARE(text(rate), rates);
    QCOMPARE(rate->unit, Unit::BytesPerSecond);
}

void TestDerive::sharesOfACpuAddUp_data()
{
    QTest::addColumn<QList<double>>("before");
    QTest::addColumn<QList<double>>("after");
    QTest::addColumn<QString>("shares"); // user nice system idle iowait irq softirq steal guest guest_nice busy
    QTest::newRow("plain") << QList<double>{1, 0, 1, 8, 0, 0, 0, 0, 0, 0}
                           << QList<double>{1.5, 0, 1.1, 8.3, 0.1, 0, 0, 0, 0, 0} << "50 0 10 30 10 0 0 0 0 0 60";
    QTest::newRow("guest is taken out of user")
        << QList<double>{1, 1, 0, 0, 0, 0, 0, 0, 1, 1} << QList<double>{1.6, 1.4, 0, 0, 0, 0, 0, 0, 1.2, 1.1}
        << "40 30 0 0 0 0 0 0 20 10 100";
    QTest::newRow("iowait went down: the rest stays right")
        << QList<double>{1, 0, 0, 1, 5, 0, 0, 0, 0, 0} << QList<double>{1.5, 0, 0, 1.5, 4, 0, 0, 0, 0, 0}
        << "50 0 0 50 - 0 0 0 0 0 50";
    QTest::newRow("idle went down: a CPU came back")
        << QList<double>{1, 0, 0, 9, 0, 0, 0, 0, 0, 0} << QList<double>{1.5, 0, 0, 1, 0, 0, 0, 0, 0, 0}
        << "- - - - - - - - - - -";
    QTest::newRow("nothing booked at all: asleep")
        << QList<double>{1, 0, 0, 9, 0, 0, 0, 0, 0, 0} << QList<double>{1, 0, 0, 9, 0, 0, 0, 0, 0, 0}
        << "0 0 0 100 0 0 0 0 0 0 0";
    QTest::newRow("one tick booked: asleep but for that")
        << QList<double>{1, 0, 0, 9, 0, 0, 0, 0, 0, 0} << QList<double>{1, 0, 0.01, 9, 0, 0, 0, 0, 0, 0}
        << "0 0 1 99 0 0 0 0 0 0 1";
    QTest::newRow("a mode not measured") << QList<double>{1, 0, 0, notMeasured, 0, 0, 0, 0, 0, 0}
                                         << QList<double>{1.5, 0, 0, 9, 0, 0, 0, 0, 0, 0} << "- - - - - - - - - - -";
}

void TestDerive::sharesOfACpuAddUp()
{
    QFETCH(QList<double>, before);
    QFETCH(QList<double>, after);
    QFETCH(QString, shares);
    const Labels cpu{{"cpu", "3"}};
    const TimeColumn times = everySecond(2);
    Snapshot snapshot;
    for (std::size_t mode = 0; mode < modes.size(); ++mode) {
        const auto place = static_cast<qsizetype>(mode);
        snapshot.series.push_back(counter(times, modes[mode], {before[place], after[place]}, Unit::Seconds, cpu));
    }
    deriveMetrics(snapshot);
    QStringList found;
    double sum = 0;
    for (const auto mode : modes) {
        const Series* share = derivedSeries(snapshot, mode, cpu);
        QVERIFY(share);
        QCOMPARE(share->unit, Unit::Percent);
        QVERIFY(std::isnan(share->values.at(0)));
        found << number(share->values.at(1));
        sum += std::isnan(share->values.at(1)) ? 0 : share->values.at(1);
    }
    found << number(derivedSeries(snapshot, "cpu.busy", cpu)->values.at(1));
    QCOMPARE(found.join(' '), shares);
    if (!shares.startsWith('-'))
        QVERIFY2(std::abs(sum - 100) < 1e-3, qPrintable(number(sum)));
}

void TestDerive::aModeTheKernelDoesNotPrintIsNotInvented()
{
    const TimeColumn times = everySecond(2);
    Snapshot snapshot;
    for (std::size_t mode = 0; mode < 4; ++mode) // Linux 2.4
        snapshot.series.push_back(counter(times, modes[mode], {1, 1.25}, Unit::Seconds));
    deriveMetrics(snapshot);
    QCOMPARE(text(derivedSeries(snapshot, "cpu.user")), "- 25");
    QCOMPARE(text(derivedSeries(snapshot, "cpu.busy")), "- 75");
    QVERIFY(!derivedSeries(snapshot, "cpu.iowait"));
    QVERIFY(!derivedSeries(snapshot, "cpu.steal"));
}

void TestDerive::nothingWaitedIsNoAwait()
{
    const TimeColumn times = everySecond(3);
    const Labels sda{{"device", "sda"}};
    Snapshot snapshot;
    snapshot.series.push_back(counter(times, "disk.reads", {0, 4, 4}, Unit::Count, sda));
    snapshot.series.push_back(counter(times, "disk.read_time", {0, 0.02, 0.02}, Unit::Seconds, sda));
    snapshot.series.push_back(counter(times, "disk.writes", {0, 0, 0}, Unit::Count, sda));
    snapshot.series.push_back(counter(times, "disk.write_time", {0, 0, 0}, Unit::Seconds, sda));
    deriveMetrics(snapshot);
    QCOMPARE(text(derivedSeries(snapshot, "disk.read_await", sda)), "- 0.005 -");
    QCOMPARE(text(derivedSeries(snapshot, "disk.write_await", sda)), "- - -");
    QCOMPARE(text(derivedSeries(snapshot, "disk.await", sda)), "- 0.005 -");
    QCOMPARE(text(derivedSeries(snapshot, "disk.requests", sda)), "- 4 0");
    QVERIFY(!derivedSeries(snapshot, "disk.request_size", sda)); // the bytes were not recorded
}

/// iostat -x prints reads and writes apart; together they are weighted by their number.
void TestDerive::requestsApartMakeAWhole()
{
    const auto times = everySecond(3);
    const Labels sda{{"device", "sda"}};
    const auto gauge = [&](std::string_view metric, Unit unit, const Values& values) {
        return recorded(times, metric, sda, unit, Kind::Gauge, values);
    };
    constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
    Snapshot snapshot;
    snapshot.series.push_back(gauge("disk.reads", Unit::CountPerSecond, {3, 0, 0}));
    snapshot.series.push_back(gauge("disk.writes", Unit::CountPerSecond, {1, 4, 0}));
    snapshot.series.push_back(gauge("disk.read_await", Unit::Seconds, {0.25, nothing, nothing}));
    snapshot.series.push_back(gauge("disk.write_await", Unit::Seconds, {0.5, 0.125, nothing}));
    deriveMetrics(snapshot);
    const Series* requests = derivedSeries(snapshot, "disk.requests", sda);
    const Series* await = derivedSeries(snapshot, "disk.await", sda);
    QVERIFY(requests && await);
    QCOMPARE(requests->values.at(0), 4.0);
    QCOMPARE(requests->values.at(2), 0.0);
    QCOMPARE(await->values.at(0), 0.3125);
    QCOMPARE(await->values.at(1), 0.125);
    QVERIFY(std::isnan(await->values.at(2)));
    QVERIFY(!derivedSeries(snapshot, "disk.request_size", sda)); // its parts were not printed
}

void TestDerive::utilisationIsNotCapped()
{
    const TimeColumn times = everySecond(3);
    Snapshot snapshot;
    snapshot.series.push_back(counter(times, "disk.reads", {0, 1, 2}));
    snapshot.series.push_back(counter(times, "disk.io_time", {0, 1.004, 1.5}, Unit::Seconds));
    snapshot.series.push_back(counter(times, "disk.weighted_io_time", {0, 8, 8}, Unit::Seconds));
    deriveMetrics(snapshot);
    QCOMPARE(text(derivedSeries(snapshot, "disk.util")), "- 100.4 49.6");
    QCOMPARE(text(derivedSeries(snapshot, "disk.queue")), "- 8 0");
}

/// Two hosts' worth of the same metrics, or two files of one: counters of one are never divided by those of another.
void TestDerive::sourcesAreNotMixed()
{
    Snapshot snapshot;
    Series first = counter(everySecond(2), "tcp.retransmitted_segments", {0, 5});
    Series second = counter(everySecond(2), "tcp.segments_out", {0, 10});
    second.member = "another";
    snapshot.series.push_back(std::move(first));
    snapshot.series.push_back(std::move(second));
    deriveMetrics(snapshot);
    QVERIFY(!derivedSeries(snapshot, "tcp.retransmission_ratio"));
    QCOMPARE(snapshot.series.size(), std::size_t{4});
}

void TestDerive::percentOfStallComesFromTheTotal()
{
    Snapshot snapshot;
    snapshot.series.push_back(counter(everySecond(3, 2), "pressure.io.some", {1, 1.5, 1.5}, Unit::Seconds));
    deriveMetrics(snapshot);
    const Series* share = derivedSeries(snapshot, "pressure.io.some");
    QCOMPARE(text(share), "- 25 0");
    QCOMPARE(share->unit, Unit::Percent);
}

void TestDerive::derivedValuesShareTheTimesAndHavePyramids()
{
    constexpr std::size_t samples = 5000;
    Values values(samples);
    for (std::size_t i = 0; i < samples; ++i)
        values[i] = static_cast<double>(i * i);
    Snapshot snapshot;
    snapshot.series.push_back(counter(everySecond(samples), "system.forks", values));
    deriveMetrics(snapshot);
    const Series* rate = derivedSeries(snapshot, "system.forks");
    QVERIFY(rate);
    QCOMPARE(rate->times.get(), snapshot.series.front().times.get());
    QCOMPARE(rate->values.size(), samples);
    const MinMax extremes = rate->pyramid.range(rate->values, 0, samples);
    QCOMPARE(extremes.minimum, 1.0F);
    QCOMPARE(extremes.maximum, 9997.0F); // 4999² - 4998²
    QVERIFY(rate->pyramid.memoryBytes() > 0);
}

/// Not a benchmark: a guard against an accident of complexity. A day of 300 counters takes well under a second on one
/// core.
void TestDerive::aDayIsDerivedInTime()
{
    constexpr std::size_t samples = 86'400;
    const TimeColumn times = everySecond(samples);
    Values values(samples);
    double sum = 0;
    for (std::size_t i = 0; i < samples; ++i)
        values[i] = sum += static_cast<double>(i * 7919 % 1009);
    Snapshot snapshot;
    for (int i = 0; i < 300; ++i)
        snapshot.series.push_back(counter(times, "vm.counter_" + std::to_string(i), values));
    QElapsedTimer timer;
    timer.start();
    deriveMetrics(snapshot);
    qInfo("300 counters of 86400 samples: %lld ms", static_cast<long long>(timer.elapsed()));
    QCOMPARE(snapshot.series.size(), std::size_t{600});
}

void TestDerive::columnsOfProcessesAreDescribed()
{
    for (const EntityColumn& column : processColumns())
        QVERIFY2(metricInfo(column.metric), column.metric.c_str());
}

void TestDerive::processFiguresAtATick()
{
    const TimeColumn times = everySecond(6, 2);
    Snapshot snapshot;
    snapshot.entities.push_back(process(times, {0, 2, 3}, {10, 11, 11.5}, {4096, 8192, 8192}));
    const auto cpu = [&](std::uint32_t tick) { return number(processesAt(snapshot, tick).at(0).cpuPercent); };
    QCOMPARE(cpu(0), "-"); // nothing before it
    QCOMPARE(cpu(1), "0"); // unchanged is a measured zero
    QCOMPARE(cpu(2), "50");
    QCOMPARE(cpu(3), "25");
    QCOMPARE(cpu(5), "0");
    QCOMPARE(processesAt(snapshot, 1).at(0).residentBytes, 4096.0);
    QCOMPARE(processesAt(snapshot, 5).at(0).residentBytes, 8192.0);
    QCOMPARE(processesAt(snapshot, 5).at(0).state, 'S');
    QVERIFY(processesAt(snapshot, 6).empty());
    const std::vector<double> all = processCpuPercent(snapshot.entities.front());
    QStringList shares;
    for (const double share : all)
        shares << number(share);
    QCOMPARE(shares.join(' '), "- 0 50 25 0 0");
    QCOMPARE(*processTickAt(snapshot, times->at(3) + std::chrono::milliseconds(1)), 3U);
    QVERIFY(!processTickAt(snapshot, times->at(0) - std::chrono::milliseconds(1)));
    QVERIFY(!processTimes(Snapshot{}));
}

void TestDerive::processFiguresOverARange()
{
    const TimeColumn times = everySecond(6, 2);
    Snapshot snapshot;
    snapshot.entities.push_back(process(times, {0, 2, 3}, {10, 11, 11.5}, {8192, 20480, 4096}));
    const ProcessFigures whole = processesOver(snapshot, 0, 5).at(0);
    QCOMPARE(number(whole.cpuPercent), "15"); // 1.5 s of 10
    QCOMPARE(number(whole.maximumCpuPercent), "50");
    QCOMPARE(whole.maximumResidentBytes, 20480.0);
    QCOMPARE(whole.residentDelta, -4096.0);
    const ProcessFigures end = processesOver(snapshot, 3, 5).at(0);
    QCOMPARE(number(end.cpuPercent), "0");
    QCOMPARE(number(end.maximumCpuPercent), "0");
    QCOMPARE(end.maximumResidentBytes, 4096.0);
    const ProcessFigures busy = processesOver(snapshot, 1, 2).at(0);
    QCOMPARE(number(busy.cpuPercent), "50");
    QCOMPARE(number(busy.maximumCpuPercent), "50");
    QVERIFY(processesOver(snapshot, 2, 2).empty());
    snapshot.entities.front().lastTick = 3;
    QVERIFY(processesOver(snapshot, 3, 5).empty()); // it ended before the range began
    QCOMPARE(number(processesOver(snapshot, 2, 5).at(0).cpuPercent), number(100 * 0.5 / 6));
}

void TestDerive::aProcessThatBeganCountsFromZero()
{
    const TimeColumn times = everySecond(5);
    Snapshot snapshot;
    snapshot.entities.push_back(process(times, {2, 4}, {0.4, 1.0}, {4096, 8192}));
    snapshot.entities.front().hasStarted = true;
    QVERIFY(processesAt(snapshot, 1).empty());
    QCOMPARE(number(processesAt(snapshot, 2).at(0).cpuPercent), "40");
    const ProcessFigures whole = processesOver(snapshot, 0, 4).at(0);
    QCOMPARE(number(whole.cpuPercent), "25"); // 1 s of the 4, as for every other process
    QCOMPARE(whole.residentDelta, 8192.0);
    QCOMPARE(number(whole.maximumCpuPercent), "60");
}

void TestDerive::aProcessSeenLateHasNoShareAtFirst()
{
    const TimeColumn times = everySecond(5);
    Snapshot snapshot;
    snapshot.entities.push_back(process(times, {2, 4}, {5000, 5001}, {4096, 8192}));
    QCOMPARE(number(processesAt(snapshot, 2).at(0).cpuPercent), "-");
    QCOMPARE(number(processesOver(snapshot, 0, 2).at(0).cpuPercent), "-");
    QCOMPARE(number(processesOver(snapshot, 0, 4).at(0).cpuPercent), "50"); // 1 s of the 2 that were measured
}

QTEST_GUILESS_MAIN(TestDerive)
#include "tst_derive.moc"
