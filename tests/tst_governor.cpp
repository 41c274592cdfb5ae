// The governor against simulated hosts: whatever ticks cost, no minute costs more than the budget, and as much is
// recorded as the budget allows.
#include "governor.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <random>
#include <utility>
#include <vector>

using namespace hindcast::recorder;

namespace {

constexpr std::int64_t second = 1'000'000'000, millisecond = 1'000'000;

/// What a tick would cost on a host, milliseconds.
struct Host {
    double processes = 100, threads = 500, sockets = 100;

    double cost(Degradation level, Governor::Kind kind, std::uint64_t tick) const
    {
        double milliseconds = 0.8; // of system-wide files
        if (level < Degradation::GlobalsOnly)
            milliseconds += processes * 0.004 * (level >= Degradation::Processes ? 0.15 : 1);
        if (level < Degradation::ProcessDetails)
            milliseconds += processes * 0.008 / 5;
        if (level < Degradation::Threads)
            milliseconds += threads * 0.0008;
        if (level < Degradation::Sockets && tick % 10 == 0)
            milliseconds += sockets * 0.004;
        if (level < Degradation::CgroupLeaves)
            milliseconds += 0.5;
        return kind == Governor::Kind::Keyframe ? 3 * milliseconds : milliseconds;
    }
};

struct Simulation {
    unsigned permille = 20;
    std::int64_t interval = second;
    std::uint64_t slotCount = 600;
    std::optional<std::uint64_t> lastSlot;
    std::function<Host(std::uint64_t)> host;
    bool isMeasured = true; ///< by source, which says what other levels would have cost
    /// What a source does before it looks whether the tick's allowance is spent.
    std::int64_t granularity = 2 * millisecond;

    struct Spent {
        std::int64_t time, nanoseconds;
    };
    std::vector<Spent> spent;
    std::vector<Degradation> levels; ///< of the ticks taken
    std::vector<std::uint64_t> taken; ///< slots
    std::vector<Governor::Step> steps;
    std::uint64_t leftOut = 0;

    void run()
    {
        std::mt19937 random(7);
        Governor governor(permille, interval, 60, lastSlot);
        std::int64_t total = 60 * millisecond; // the start
        spent.push_back({0, total});
        std::uint64_t ticksInSegment = 0;
        for (std::uint64_t slot = 0; slot < slotCount; ++slot) {
            const std::int64_t now = second + static_cast<std::int64_t>(slot) * interval;
            const auto kind = ticksInSegment == 0 ? Governor::Kind::Keyframe : Governor::Kind::Ordinary;
            const bool mayTake = governor.mayTake(now, total, kind);
            while (const auto step = governor.takeStep())
                steps.push_back(*step);
            if (!mayTake)
                continue;
            const double noise = 0.9 + 0.2 * static_cast<double>(random() % 1000) / 1000;
            const auto costAt = [&](Degradation level) { return host(slot).cost(level, kind, slot) * noise * 1e6; };
            const Degradation level = governor.tickDegradation();
            const double full = costAt(level);
            // Without a budget the allowance is all there is of a number.
            const double most = static_cast<double>(governor.allowance()) + static_cast<double>(granularity);
            const auto cost = static_cast<std::int64_t>(std::min(full, most));
            total += cost;
            spent.push_back({now, cost});
            LevelCosts costs{};
            for (auto i = static_cast<std::size_t>(level); isMeasured && i < costs.size(); ++i)
                costs[i] =
                    static_cast<std::int64_t>(static_cast<double>(cost) * costAt(static_cast<Degradation>(i)) / full);
            governor.taken(now + cost, total, costs);
            levels.push_back(level);
            taken.push_back(slot);
            ticksInSegment = (ticksInSegment + 1) % 60;
        }
        leftOut = governor.leftOut();
    }

    /// Of all minutes, the dearest: permille of a core.
    double dearestMinute() const
    {
        std::int64_t most = 0, sum = 0;
        std::size_t first = 0;
        for (const Spent& last : spent) {
            sum += last.nanoseconds;
            while (spent[first].time <= last.time - 60 * second)
                sum -= spent[first++].nanoseconds;
            most = std::max(most, sum);
        }
        return static_cast<double>(most) / 60e6;
    }
};

Host grown(double factor)
{
    return {100 * factor, 500 * factor, 100 * factor};
}

} // namespace

class TestGovernor : public QObject {
    Q_OBJECT
private slots:
    void noMinuteExceedsTheBudget_data();
    void noMinuteExceedsTheBudget();
    void quietHostIsRecordedInFull_data();
    void quietHostIsRecordedInFull();
    void isNeverBlindForLong();
    void largeHostSettles();
    void heavyHostKeepsItsProcesses_data();
    void heavyHostKeepsItsProcesses();
    void severalLevelsAtOnce();
    void largestTickIsAPartOfTheMinute();
    void recoversWhenTheLoadIsGone();
    void shortLoadIsPaidFromTheMinute();
    void shortRecordingMaySpendTheMinute();
    void dearBeginningIsNoReason();
    void stepsAreTold();
    void zeroIsNoLimit();
    void quickTicksCountButDoNotDegrade();
    void quickTicksRatherCheapThanNone_data();
    void quickTicksRatherCheapThanNone();
    void minuteForgets();
};

void TestGovernor::noMinuteExceedsTheBudget_data()
{
    QTest::addColumn<unsigned>("permille");
    QTest::addColumn<std::int64_t>("interval");
    QTest::addColumn<std::uint64_t>("slotCount");
    QTest::addColumn<std::function<Host(std::uint64_t)>>("host");
    const auto always = [](const Host& host) { return [host](std::uint64_t) { return host; }; };
    const Host large{10'000, 100'000, 20'000};
    const auto row = [&](const char* name, unsigned permille, std::int64_t interval, std::uint64_t slotCount,
                         const std::function<Host(std::uint64_t)>& host) {
        QTest::addRow("%s", name) << permille << interval << slotCount << host;
    };
    row("1000 processes", 20, second, 1000, always({1000, 2000, 100}));
    row("10 000 processes, 100 000 threads", 20, second, 2000, always(large));
    row("the same at a tenth of a percent", 1, second, 2000, always(large));
    row("the same at 10 ms", 20, 10 * millisecond, 60'000, always(large));
    row("the same at 10 s", 20, 10 * second, 500, always(large));
    row("a small host at 10 ms", 20, 10 * millisecond, 60'000, always({}));
    row("a small host at 50 ms and half a percent", 5, 50 * millisecond, 20'000, always({}));
    row("sudden growth by 50", 20, second, 1000, [](std::uint64_t slot) { return slot < 200 ? grown(1) : grown(50); });
    row("growth by 50 again and again", 20, second, 3000,
        [](std::uint64_t slot) { return slot / 100 % 2 == 0 ? grown(1) : grown(50); });
    row("growth by 50 every seventh tick", 20, second, 3000,
        [](std::uint64_t slot) { return slot % 7 == 0 ? grown(50) : grown(2); });
    row("slow growth", 20, second, 3000, [](std::uint64_t slot) { return grown(1 + static_cast<double>(slot) / 20); });
    row("anything", 20, 100 * millisecond, 30'000, [](std::uint64_t slot) {
        std::mt19937 random(static_cast<unsigned>(slot / 50));
        return grown(std::exp2(random() % 9));
    });
}

void TestGovernor::noMinuteExceedsTheBudget()
{
    QFETCH(unsigned, permille);
    QFETCH(std::int64_t, interval);
    QFETCH(std::uint64_t, slotCount);
    QFETCH(std::function<Host(std::uint64_t)>, host);
    Simulation simulation;
    simulation.permille = permille;
    simulation.interval = interval;
    simulation.slotCount = slotCount;
    simulation.host = host;
    simulation.run();
    const double dearest = simulation.dearestMinute();
    qInfo("dearest minute %.2f permille of %u; %zu of %llu ticks taken, %zu steps, at the end %s", dearest, permille,
        simulation.taken.size(), static_cast<unsigned long long>(slotCount), simulation.steps.size(),
        nameOf(simulation.levels.back()));
    // The start alone is a permille; then there are the samples without processes that come every 5 s all the same.
    QVERIFY(dearest <= std::max<double>(permille, 1.25));
    // Something is recorded all the time: at no time nothing for long.
    std::uint64_t longest = 0;
    for (std::size_t i = 1; i < simulation.taken.size(); ++i)
        longest = std::max(longest, simulation.taken[i] - simulation.taken[i - 1]);
    const std::int64_t hole = static_cast<std::int64_t>(longest) * interval;
    QVERIFY2(hole <= 20 * second + interval, qPrintable(QString::number(static_cast<double>(hole) / 1e9)));
    QCOMPARE(simulation.leftOut + simulation.taken.size(), slotCount);
}

void TestGovernor::quietHostIsRecordedInFull_data()
{
    QTest::addColumn<double>("processes");
    QTest::addRow("70 processes") << 70.0;
    QTest::addRow("1000 processes") << 1000.0;
}

void TestGovernor::quietHostIsRecordedInFull()
{
    QFETCH(double, processes);
    Simulation simulation;
    simulation.host = [processes](std::uint64_t) { return Host{processes, 3 * processes, 100}; };
    simulation.run();
    QCOMPARE(simulation.steps.size(), std::size_t{0});
    QCOMPARE(simulation.taken.size(), std::size_t{600});
}

/// Half a minute of CPU time that nobody foresaw: the account is overdrawn, and there are samples all the same.
void TestGovernor::isNeverBlindForLong()
{
    Governor governor(20, second, 60, std::nullopt);
    std::int64_t total = 0;
    std::vector<std::int64_t> taken;
    for (std::int64_t slot = 0; slot < 50; ++slot) {
        const std::int64_t now = (slot + 1) * second;
        if (slot == 5)
            total += 30 * second;
        if (!governor.mayTake(now, total, slot == 0 ? Governor::Kind::Keyframe : Governor::Kind::Ordinary))
            continue;
        if (slot >= 5)
            QCOMPARE(governor.tickDegradation(), Degradation::GlobalsOnly);
        total += millisecond;
        governor.taken(now, total);
        taken.push_back(slot);
    }
    QVERIFY(taken.size() > 5);
    for (std::size_t i = 1; i < taken.size(); ++i)
        QVERIFY2(taken[i] - taken[i - 1] <= 5, qPrintable(QString::number(taken[i])));
    QVERIFY(taken.back() >= 45);
    QCOMPARE(taken.size(), std::size_t{5 + 9}); // no more than those
}

void TestGovernor::largeHostSettles()
{
    Simulation simulation;
    simulation.slotCount = 3600;
    simulation.host = [](std::uint64_t) { return Host{10'000, 100'000, 20'000}; };
    simulation.run();
    // Most of the second half at one level: it does not swing.
    std::array<std::size_t, degradations> counts{};
    for (std::size_t i = simulation.levels.size() / 2; i < simulation.levels.size(); ++i)
        ++counts[static_cast<std::size_t>(simulation.levels[i])];
    const auto most = *std::max_element(counts.begin(), counts.end());
    QVERIFY2(most * 10 >= 8 * (simulation.levels.size() / 2), qPrintable(QString::number(most)));
    // And much of the budget is used: it does not hide at the bottom.
    const auto level = std::max_element(counts.begin(), counts.end()) - counts.begin();
    QVERIFY2(level < static_cast<int>(Degradation::GlobalsOnly), nameOf(static_cast<Degradation>(level)));
}

void TestGovernor::heavyHostKeepsItsProcesses_data()
{
    QTest::addColumn<double>("processes");
    QTest::addColumn<bool>("isMeasured");
    for (const double processes : {3000.0, 10'000.0, 20'000.0, 40'000.0})
        for (const bool isMeasured : {true, false})
            QTest::addRow("%.0f processes%s", processes, isMeasured ? "" : ", costs of parts unknown")
                << processes << isMeasured;
}

/// Some of the processes are in most ticks, from the first minute on, and never for a minute in none.
void TestGovernor::heavyHostKeepsItsProcesses()
{
    QFETCH(double, processes);
    QFETCH(bool, isMeasured);
    Simulation simulation;
    simulation.slotCount = 900;
    simulation.isMeasured = isMeasured;
    simulation.host = [processes](std::uint64_t) { return Host{processes, 10 * processes, 2 * processes}; };
    simulation.run();
    QVERIFY(simulation.dearestMinute() <= 20);
    std::size_t with = 0;
    std::uint64_t last = 0, longest = 0;
    for (std::size_t i = 0; i < simulation.taken.size(); ++i)
        if (simulation.levels[i] < Degradation::GlobalsOnly) {
            ++with;
            longest = std::max(longest, simulation.taken[i] - std::exchange(last, simulation.taken[i]));
        }
    longest = std::max(longest, simulation.slotCount - last);
    qInfo("%zu of %zu ticks with processes, the longest time without: %llu s; dearest minute %.2f permille", with,
        simulation.taken.size(), static_cast<unsigned long long>(longest), simulation.dearestMinute());
    QVERIFY2(with * 10 >= 9 * simulation.taken.size(), qPrintable(QString::number(with)));
    QVERIFY2(longest <= 20, qPrintable(QString::number(longest)));
    for (const Governor::Step& step : simulation.steps)
        QVERIFY(step.to != Degradation::GlobalsOnly);
}

/// Where the single sockets and the threads cost nothing, leaving them out is not tried.
void TestGovernor::severalLevelsAtOnce()
{
    Governor governor(20, second, 60, std::nullopt);
    std::int64_t total = 60 * millisecond, now = second;
    LevelCosts costs{};
    costs.fill(50 * millisecond);
    costs[static_cast<std::size_t>(Degradation::Processes)] = 8 * millisecond;
    costs[static_cast<std::size_t>(Degradation::Slow)] = 8 * millisecond;
    costs[static_cast<std::size_t>(Degradation::GlobalsOnly)] = millisecond;
    std::vector<Governor::Step> steps;
    for (int i = 0; i < 20; ++i, now += second) {
        QVERIFY(governor.mayTake(now, total, i == 0 ? Governor::Kind::Keyframe : Governor::Kind::Ordinary));
        while (const auto step = governor.takeStep())
            steps.push_back(*step);
        LevelCosts here{};
        const auto level = static_cast<std::size_t>(governor.tickDegradation());
        std::copy(costs.begin() + static_cast<std::ptrdiff_t>(level), costs.end(),
            here.begin() + static_cast<std::ptrdiff_t>(level));
        total += costs[level];
        governor.taken(now, total, here);
    }
    QCOMPARE(steps.size(), std::size_t{1});
    QCOMPARE(steps.front().from, Degradation::None);
    QCOMPARE(steps.front().to, Degradation::Processes);
}

void TestGovernor::largestTickIsAPartOfTheMinute()
{
    Governor governor(20, second, 60, std::nullopt);
    QVERIFY(governor.mayTake(second, 0, Governor::Kind::Keyframe));
    QCOMPARE(governor.allowance(), std::int64_t{120} * millisecond);
    Governor brief(20, second, 60, 2); // three ticks may spend it all
    QVERIFY(brief.mayTake(second, 0, Governor::Kind::Keyframe));
    QVERIFY(brief.allowance() >= 350 * millisecond);
}

void TestGovernor::recoversWhenTheLoadIsGone()
{
    Simulation simulation;
    simulation.slotCount = 3600;
    simulation.host = [](std::uint64_t slot) { return slot >= 100 && slot < 700 ? grown(100) : grown(1); };
    simulation.run();
    QCOMPARE(simulation.levels.front(), Degradation::None);
    QVERIFY(*std::max_element(simulation.levels.begin(), simulation.levels.end()) >= Degradation::Processes);
    QCOMPARE(simulation.levels.back(), Degradation::None);
    const auto isCalm = [](const Governor::Step& step) { return QByteArray(step.reason) == "calm"; };
    QVERIFY(std::any_of(simulation.steps.begin(), simulation.steps.end(), isCalm));
}

/// A few dear ticks are what the minute is for: nothing is left out for them.
void TestGovernor::shortLoadIsPaidFromTheMinute()
{
    Simulation simulation;
    simulation.host = [](std::uint64_t slot) { return slot % 120 == 50 ? grown(30) : grown(1); };
    simulation.run();
    QCOMPARE(simulation.steps.size(), std::size_t{0});
    QCOMPARE(simulation.leftOut, std::uint64_t{0});
}

/// Of a hundred ticks in ten seconds, all are there; of as quick ones without an end, not.
void TestGovernor::shortRecordingMaySpendTheMinute()
{
    Simulation simulation;
    simulation.interval = 100 * millisecond;
    simulation.slotCount = 100;
    simulation.lastSlot = 99;
    simulation.host = [](std::uint64_t) { return Host{500, 1000, 100}; };
    simulation.run();
    QCOMPARE(simulation.steps.size(), std::size_t{0});
    QCOMPARE(simulation.leftOut, std::uint64_t{0});
    QVERIFY(simulation.dearestMinute() <= 20);
    simulation = {};
    simulation.interval = 100 * millisecond;
    simulation.slotCount = 100;
    simulation.host = [](std::uint64_t) { return Host{500, 1000, 100}; };
    simulation.run();
    QVERIFY(!simulation.steps.empty());
    // Nor does a known end make any minute dearer.
    simulation = {};
    simulation.interval = 100 * millisecond;
    simulation.slotCount = 3000;
    simulation.lastSlot = 2999;
    simulation.host = [](std::uint64_t) { return Host{500, 1000, 100}; };
    simulation.run();
    QVERIFY(simulation.dearestMinute() <= 20);
}

/// The first ticks of a host of 1000 processes cost many times what the others do.
void TestGovernor::dearBeginningIsNoReason()
{
    Governor governor(20, second, 60, std::nullopt);
    std::int64_t total = 60 * millisecond, now = second;
    for (const int milliseconds : {90, 78, 79, 21, 16, 11, 10, 12, 9, 13, 8, 11, 9, 9, 10, 10, 9}) {
        QVERIFY(governor.mayTake(
            now, total, total == 60 * millisecond ? Governor::Kind::Keyframe : Governor::Kind::Ordinary));
        total += milliseconds * millisecond;
        governor.taken(now, total);
        now += second;
    }
    QCOMPARE(governor.degradation(), Degradation::None);
}

void TestGovernor::stepsAreTold()
{
    Simulation simulation;
    simulation.slotCount = 3000;
    simulation.host = [](std::uint64_t slot) { return slot < 200 || slot > 900 ? grown(1) : grown(50); };
    simulation.run();
    QVERIFY(!simulation.steps.empty());
    Degradation level = Degradation::None;
    for (const Governor::Step& step : simulation.steps) { // each begins where the one before ended
        QCOMPARE(step.from, level);
        QVERIFY(step.to != step.from);
        QVERIFY(QByteArray(step.reason) == (step.to > step.from ? "budget" : step.reason));
        QVERIFY(step.cpuPermille <= 20);
        level = step.to;
    }
    QCOMPARE(level, simulation.levels.back());
}

void TestGovernor::zeroIsNoLimit()
{
    Simulation simulation;
    simulation.permille = 0;
    simulation.host = [](std::uint64_t) { return grown(1000); };
    simulation.run();
    QCOMPARE(simulation.taken.size(), std::size_t{600});
    QCOMPARE(simulation.levels.back(), Degradation::None);
}

/// A hundred quick ticks after a trigger: within the budget, and no reason to leave anything out of the others.
void TestGovernor::quickTicksCountButDoNotDegrade()
{
    Governor governor(20, second, 60, std::nullopt);
    std::int64_t total = 0, now = second;
    std::uint64_t refused = 0;
    const auto tick = [&](Governor::Kind kind, std::int64_t cost) {
        if (!governor.mayTake(now, total, kind)) {
            ++refused;
            return;
        }
        total += cost;
        governor.taken(now, total);
    };
    for (int i = 0; i < 60; ++i, now += second)
        tick(Governor::Kind::Ordinary, 3 * millisecond);
    for (int i = 0; i < 100; ++i, now += second / 10)
        tick(Governor::Kind::Burst, 5 * millisecond);
    for (int i = 0; i < 60; ++i, now += second)
        tick(Governor::Kind::Ordinary, 3 * millisecond);
    QCOMPARE(refused, std::uint64_t{0});
    QCOMPARE(governor.degradation(), Degradation::None);
    // Far too many of them are refused.
    for (int i = 0; i < 10'000; ++i, now += second / 100)
        tick(Governor::Kind::Burst, 5 * millisecond);
    QVERIFY(refused > 9000);
}

void TestGovernor::quickTicksRatherCheapThanNone_data()
{
    QTest::addColumn<int>("ordinary"); // microseconds
    QTest::addColumn<int>("full");
    QTest::addColumn<int>("inTurn");
    QTest::addColumn<int>("leastInTurn"); // of 100
    QTest::addRow("all processes in each") << 6'000 << 3'000 << 800 << 0;
    QTest::addRow("some processes in each") << 12'000 << 8'000 << 1'600 << 95;
    QTest::addRow("some processes in some") << 15'000 << 15'000 << 5'000 << 35;
}

/// When not all of them can hold all processes, some hold those in turn, others none, and none is missing.
void TestGovernor::quickTicksRatherCheapThanNone()
{
    QFETCH(int, ordinary);
    QFETCH(int, full);
    QFETCH(int, inTurn);
    QFETCH(int, leastInTurn);
    constexpr int globals = 500;
    Simulation simulation; // for its sums only
    Governor governor(20, second, 60, std::nullopt);
    std::int64_t total = 0, now = second;
    int counts[degradations]{};
    const auto tick = [&](Governor::Kind kind, std::uint64_t quickTicks) {
        if (!governor.mayTake(now, total, kind, quickTicks))
            return false;
        const Degradation level = governor.tickDegradation();
        const auto costAt = [&](Degradation which) {
            return 1000
                * std::int64_t{which >= Degradation::GlobalsOnly ? globals
                        : which >= Degradation::Processes        ? inTurn
                        : kind == Governor::Kind::Burst          ? full
                                                                 : ordinary};
        };
        const std::int64_t cost = std::min(costAt(level), governor.allowance());
        total += cost;
        simulation.spent.push_back({now, cost});
        LevelCosts costs{};
        for (auto i = static_cast<std::size_t>(level); i < costs.size(); ++i)
            costs[i] = costAt(static_cast<Degradation>(i));
        governor.taken(now, total, costs);
        if (kind == Governor::Kind::Burst)
            ++counts[static_cast<std::size_t>(level)];
        return true;
    };
    for (int i = 0; i < 120; ++i, now += second)
        QVERIFY(tick(Governor::Kind::Ordinary, 0));
    QVERIFY(tick(Governor::Kind::Whole, 100));
    int taken = 0;
    for (std::uint64_t left = 100; left > 0; --left, now += second / 10)
        taken += tick(Governor::Kind::Burst, left) ? 1 : 0;
    QCOMPARE(taken, 100);
    QVERIFY2(simulation.dearestMinute() <= 20, qPrintable(QString::number(simulation.dearestMinute())));
    const int some = counts[static_cast<int>(Degradation::None)] + counts[static_cast<int>(Degradation::Processes)];
    qInfo("%d with all processes, %d in turn, %d without", counts[0], counts[static_cast<int>(Degradation::Processes)],
        counts[static_cast<int>(Degradation::GlobalsOnly)]);
    QVERIFY(some >= leastInTurn);
    if (leastInTurn == 0)
        QCOMPARE(counts[0], 100);
}

void TestGovernor::minuteForgets()
{
    SpentMinute minute(1'200 * millisecond);
    minute.add(10 * second, 600 * millisecond);
    QCOMPARE(minute.left(), std::int64_t{600} * millisecond);
    QVERIFY(minute.sustainableRate(60 * second) > 9.9e6
        && minute.sustainableRate(60 * second) < 10.2e6); // until the 600 ms leave
    minute.add(69 * second, 0);
    QCOMPARE(minute.spent(), std::int64_t{600} * millisecond);
    minute.add(71 * second, 0);
    QCOMPARE(minute.spent(), std::int64_t{0});
    minute.add(72 * second, 100 * millisecond);
    minute.add(4000 * second, 1);
    QCOMPARE(minute.spent(), std::int64_t{1});
}

QTEST_GUILESS_MAIN(TestGovernor)
#include "tst_governor.moc"
