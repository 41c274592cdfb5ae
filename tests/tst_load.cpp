// From a file to a Snapshot: values, processes, clocks, gaps, damage, progress and cancelling.
#include "model/process.h"
#include "model/series_math.h"
#include "parse/load.h"
#include "sample_capture.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <mutex>

using namespace hindcast;
using SnapshotPointer = std::shared_ptr<const Snapshot>;

namespace {

std::vector<double> valuesOf(const Series* series)
{
    std::vector<double> values(series ? series->values.size() : 0);
    if (series)
        series->values.copy(0, values.size(), values.data());
    return values;
}

const Entity* processOf(const Snapshot& snapshot, std::string_view pid)
{
    for (const Entity& entity : snapshot.entities)
        if (entity.attribute("pid") == pid)
            return &entity;
    return nullptr;
}

bool hasNote(const Snapshot& snapshot, std::string_view part)
{
    return std::any_of(snapshot.notes.begin(), snapshot.notes.end(),
        [&](const ImportNote& note) { return note.message.find(part) != std::string::npos; });
}

std::string allNotes(const Snapshot& snapshot)
{
    std::string text;
    for (const ImportNote& note : snapshot.notes)
        text += note.member + ": " + note.message + "\n";
    return text;
}

} // namespace

class TestLoad : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    void valuesAreThoseRecorded()
    {
        const auto sample = test::makeSampleCapture();
        for (const unsigned jobs : {1U, 2U, 7U}) {
            const SnapshotPointer snapshot = loadBytes(sample.bytes, jobs);
            QVERIFY(snapshot);
            QVERIFY2(!snapshot->isPartial, allNotes(*snapshot).c_str());
            QVERIFY(snapshot->isFinished);
            QCOMPARE(snapshot->host.hostname, std::string("sample-host"));
            QCOMPARE(snapshot->host.distribution, std::string("Sample Linux 1"));
            const Series* load = snapshot->find("load.1");
            QVERIFY(load);
            const auto loads = valuesOf(load);
            QCOMPARE(loads.size(), std::size_t{sample.ticks});
            for (std::size_t i = 0; i < loads.size(); ++i)
                QCOMPARE(loads[i], static_cast<double>(i) / 100);
            // 10 of 100 clock ticks a second are user time, all the rest idle: 10 % and 90 %, from the second sample
            // on.
            const auto user = valuesOf(snapshot->find("cpu.user", {{"cpu", "0"}}));
            QCOMPARE(user.size(), std::size_t{sample.ticks});
            QVERIFY(std::isnan(user[0]));
            for (std::size_t i = 1; i < user.size(); ++i)
                QVERIFY2(std::abs(user[i] - 10) < 1e-4, qPrintable(QString::number(user[i])));
            const auto switches = valuesOf(snapshot->find("system.context_switches"));
            QVERIFY(switches.size() > 2 && std::abs(switches[2] - 100) < 1e-3);
            QVERIFY(snapshot->range.begin == timeFromNanoseconds(1'760'000'000'000'000'000));
            QVERIFY(snapshot->range.duration() < std::chrono::seconds(19) + std::chrono::milliseconds(1));
            QVERIFY(snapshot->gaps.empty());
        }
    }

    void processesLiveAndDie()
    {
        const SnapshotPointer snapshot = loadBytes(test::makeSampleCapture().bytes);
        QVERIFY(snapshot);
        QCOMPARE(snapshot->entities.size(), std::size_t{2});
        const Entity* init = processOf(*snapshot, "1");
        QVERIFY(init);
        QCOMPARE(init->attribute("command_line"), std::string_view("/sbin/init"));
        QCOMPARE(init->attribute("uid"), std::string_view("0"));
        QCOMPARE(init->lastTick, 19U);
        QVERIFY(!init->hasEnded);
        const Entity* visitor = processOf(*snapshot, "42");
        QVERIFY(visitor);
        QCOMPARE(visitor->attribute("comm"), std::string_view("a) R (b"));
        QCOMPARE(visitor->attribute("command_line"), std::string_view("/usr/bin/visitor --now"));
        QCOMPARE(visitor->firstTick, 3U);
        QCOMPARE(visitor->lastTick, 7U);
        QVERIFY(visitor->hasEnded);
        QVERIFY(visitor->hasStarted);
        // 20 clock ticks of CPU a second, across the border of two segments.
        const auto share = processCpuPercent(*visitor);
        QCOMPARE(share.size(), std::size_t{5});
        for (std::size_t i = 1; i < share.size(); ++i)
            QVERIFY2(std::abs(share[i] - 20) < 1e-3, qPrintable(QString::number(share[i])));
        // Process 1: one clock tick every third second, a measured zero in between.
        const auto idle = processCpuPercent(*init);
        QCOMPARE(idle.size(), std::size_t{20});
        QVERIFY(std::isnan(idle[0]));
        QVERIFY(std::abs(idle[3] - 1) < 1e-3);
        QCOMPARE(idle[4], 0.0);
    }

    void keyframesAreAFirstLook()
    {
        const auto sample = test::makeSampleCapture();
        parse::LoadOptions options;
        options.detail = archive::Detail::Keyframes;
        const auto snapshot = parse::loadPath(write(sample.bytes), options);
        QVERIFY(snapshot.hasValue());
        QVERIFY((*snapshot)->isCoarse);
        const auto loads = valuesOf((*snapshot)->find("load.1"));
        QCOMPARE(loads, (std::vector<double>{0, 0.05, 0.10, 0.15}));
        const auto user = valuesOf((*snapshot)->find("cpu.user", {{"cpu", "0"}}));
        QVERIFY(std::abs(user[1] - 10) < 1e-4);
        QVERIFY((*snapshot)->gaps.empty());
    }

    void lostSegmentIsAGap()
    {
        const auto sample = test::makeSampleCapture();
        std::string bytes = sample.bytes;
        for (std::size_t i = sample.frameEnds[1] + 40; i < sample.frameEnds[1] + 60; ++i)
            bytes[i] = static_cast<char>(~bytes[i]);
        const SnapshotPointer snapshot = loadBytes(bytes);
        QVERIFY(snapshot);
        QVERIFY(snapshot->isPartial);
        QVERIFY(hasNote(*snapshot, "damaged frame"));
        const Series* load = snapshot->find("load.1");
        const auto loads = valuesOf(load);
        QVERIFY(loads.size() >= 15 && loads.size() < 20);
        QCOMPARE(loads.back(), 0.19);
        QCOMPARE(snapshot->gaps.size(), std::size_t{1});
        QVERIFY(snapshot->gaps[0].range.duration() >= std::chrono::seconds(2));
        // The rate over the hole is the true mean over it, since counters are cumulative.
        for (const double user : valuesOf(snapshot->find("cpu.user")))
            QVERIFY(std::isnan(user) || std::abs(user - 10) < 1e-3);
    }

    void missedTicksAreSaid()
    {
        test::SampleCaptureOptions options;
        options.skippedTicks = {7, 8, 10};
        const SnapshotPointer snapshot = loadBytes(test::makeSampleCapture(options).bytes);
        QVERIFY(snapshot);
        QCOMPARE(snapshot->gaps.size(), std::size_t{2});
        QVERIFY(snapshot->gaps[0].reason.find("2 ticks") != std::string::npos);
        QVERIFY(snapshot->gaps[0].range.duration() == std::chrono::seconds(3));
        QVERIFY(snapshot->gaps[1].reason.find("1 tick") != std::string::npos);
        QCOMPARE(valuesOf(snapshot->find("load.1")).size(), std::size_t{17});
    }

    void clockStepsLeaveTheAxisWhole_data()
    {
        QTest::addColumn<unsigned>("tick");
        QTest::addColumn<qint64>("step");
        QTest::newRow("forward within a segment") << 7U << qint64{3'600'000'000'000};
        QTest::newRow("back within a segment") << 7U << qint64{-90'000'000'000};
        QTest::newRow("forward between segments") << 10U << qint64{5'000'000'000};
        QTest::newRow("back between segments") << 10U << qint64{-5'000'000'000};
    }
    void clockStepsLeaveTheAxisWhole()
    {
        QFETCH(unsigned, tick);
        QFETCH(qint64, step);
        test::SampleCaptureOptions options;
        options.stepAtTick = tick;
        options.stepNanoseconds = step;
        const SnapshotPointer snapshot = loadBytes(test::makeSampleCapture(options).bytes);
        QVERIFY(snapshot);
        const Series* load = snapshot->find("load.1");
        QCOMPARE(load->times->size(), std::size_t{20});
        for (std::size_t i = 1; i < load->times->size(); ++i)
            QVERIFY((*load->times)[i] - (*load->times)[i - 1] == std::chrono::seconds(1));
        QCOMPARE(snapshot->events.size(), std::size_t{1});
        QCOMPARE(snapshot->events[0].source, std::string("hindcast_tick"));
        QVERIFY(snapshot->events[0].time == snapshot->range.begin + std::chrono::seconds(tick));
        QVERIFY(snapshot->events[0].text.find(step > 0 ? "forward" : "back") != std::string::npos);
        QVERIFY2(!snapshot->isPartial, allNotes(*snapshot).c_str());
    }

    void segmentsInAnyOrder()
    {
        const std::string folder = m_folder.path().toStdString();
        test::writeFile(folder + "/s.zst", test::makeSampleCapture().bytes);
        QProcess::execute(QStringLiteral("/bin/sh"),
            {QStringLiteral("-c"),
                QString::fromStdString("cd " + folder
                    + " && rm -rf x && mkdir x && zstd -dcq s.zst | tar -x -C x && tar -C x -cf t.tar seg/2 seg/0 "
                      "seg/3 seg/1 start")});
        const auto snapshot = parse::loadPath(folder + "/t.tar");
        QVERIFY(snapshot.hasValue());
        const auto loads = valuesOf((*snapshot)->find("load.1"));
        QCOMPARE(loads.size(), std::size_t{20});
        for (std::size_t i = 0; i < loads.size(); ++i)
            QCOMPARE(loads[i], static_cast<double>(i) / 100);
        QVERIFY2(!(*snapshot)->isPartial, allNotes(**snapshot).c_str());
    }

    void joinedCaptures_data()
    {
        QTest::addColumn<qint64>("realStart"); // of the second, seconds after the first's
        QTest::addColumn<qint64>("bootStart"); // boot clock at the second's start
        QTest::addColumn<QString>("bootId");
        QTest::addColumn<bool>("isSecondFirst");
        QTest::addColumn<QString>("reason");
        const qint64 hour = 3600;
        QTest::newRow("same boot, an hour later")
            << hour << 50000 + hour << "0f0f" << false << "between two recordings";
        QTest::newRow("same boot, joined the wrong way round")
            << hour << 50000 + hour << "0f0f" << true << "between two recordings";
        QTest::newRow("restarted in between") << hour << qint64{120} << "beef" << false << "restarted";
        QTest::newRow("restarted, joined the wrong way round") << hour << qint64{120} << "beef" << true << "restarted";
    }
    /// `cat` of two captures is a capture of both, and what lies between them is a gap.
    void joinedCaptures()
    {
        QFETCH(qint64, realStart);
        QFETCH(qint64, bootStart);
        QFETCH(QString, bootId);
        QFETCH(bool, isSecondFirst);
        QFETCH(QString, reason);
        test::SampleCaptureOptions second;
        second.firstRealNanoseconds += realStart * 1'000'000'000;
        second.sinceBootNanoseconds = bootStart * 1'000'000'000;
        second.bootId = bootId.toStdString();
        const std::string a = test::makeSampleCapture().bytes, b = test::makeSampleCapture(second).bytes;
        const SnapshotPointer snapshot = loadBytes(isSecondFirst ? b + a : a + b);
        QVERIFY(snapshot);
        QVERIFY2(!snapshot->isPartial, allNotes(*snapshot).c_str());
        const Series* load = snapshot->find("load.1");
        QCOMPARE(load->times->size(), std::size_t{40});
        QVERIFY((*load->times)[20] - (*load->times)[0] == std::chrono::seconds(realStart));
        QCOMPARE(snapshot->gaps.size(), std::size_t{1});
        QVERIFY2(QString::fromStdString(snapshot->gaps[0].reason).contains(reason), snapshot->gaps[0].reason.c_str());
        QCOMPARE(snapshot->events.size(), std::size_t(reason == "restarted" ? 1 : 0));
    }

    void ticksTakenOutAreSaid_data()
    {
        QTest::addColumn<QString>("removed"); // below seg/
        QTest::addColumn<QString>("said");
        QTest::newRow("in a segment") << "1/t/000007.txt 1/t/000008.txt"
                                      << "2 ticks lost";
        QTest::newRow("a segment's first") << "2/t/000010.txt"
                                           << "1 tick lost";
        QTest::newRow("a manifest") << "2/manifest.json"
                                    << "missing";
        QTest::newRow("a whole segment") << "2"
                                         << "5 ticks lost";
    }
    void ticksTakenOutAreSaid()
    {
        QFETCH(QString, removed);
        QFETCH(QString, said);
        const std::string folder = m_folder.path().toStdString();
        test::writeFile(folder + "/s.zst", test::makeSampleCapture().bytes);
        QProcess::execute(QStringLiteral("/bin/sh"),
            {QStringLiteral("-c"),
                QString::fromStdString(
                    "cd " + folder + " && rm -rf x && mkdir x && zstd -dcq s.zst | tar -x -C x && cd x/seg && rm -r ")
                    + removed});
        const auto snapshot = parse::loadPath(folder + "/x");
        QVERIFY(snapshot.hasValue());
        QVERIFY((*snapshot)->isPartial);
        QVERIFY2(hasNote(**snapshot, said.toStdString()), allNotes(**snapshot).c_str());
        const Entity* init = processOf(**snapshot, "1"); // idle, and listed whole only in first ticks
        QVERIFY(init && !init->hasEnded);
        QCOMPARE(init->lastTick, static_cast<std::uint32_t>(init->times->size() - 1));
    }

    void suspensionIsAGapAndAnEvent_data()
    {
        QTest::addColumn<unsigned>("tick");
        QTest::newRow("within a segment") << 7U;
        QTest::newRow("between segments") << 10U;
    }
    void suspensionIsAGapAndAnEvent()
    {
        QFETCH(unsigned, tick);
        test::SampleCaptureOptions options;
        options.suspendedBeforeTick = tick;
        options.suspendedNanoseconds = 8 * 3600 * 1'000'000'000LL;
        const SnapshotPointer snapshot = loadBytes(test::makeSampleCapture(options).bytes);
        QVERIFY(snapshot);
        QCOMPARE(snapshot->events.size(), std::size_t{1}); // and no step of the wall clock
        QCOMPARE(labelValue(snapshot->events[0].labels, "kind"), std::string_view("suspend"));
        QVERIFY(snapshot->events[0].time == snapshot->gaps.at(0).range.end);
        QCOMPARE(snapshot->gaps.size(), std::size_t{1});
        QVERIFY(snapshot->gaps[0].range.duration() == std::chrono::hours(8) + std::chrono::seconds(1));
        QVERIFY(snapshot->gaps[0].reason.find("suspended for 8 h") != std::string::npos);
    }

    void unreadableTextIsNoSuccess()
    {
        const auto nothing =
            parse::loadPath(write("procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n"
                                  " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n"
                                  " x  y   z\n"));
        QVERIFY(!nothing.hasValue());
        const auto some = parse::loadPath(write("MemTotal:  100 kB\nMemFree:  lots\n"));
        QVERIFY(some.hasValue());
        QVERIFY((*some)->isPartial);
    }

    /// What no parser knows is listed with its size, not taken into memory.
    void folderOfAnything()
    {
        const QString folder = m_folder.filePath(QStringLiteral("any"));
        QVERIFY(QDir().mkpath(folder));
        QFile big(folder + QStringLiteral("/big.bin"));
        QVERIFY(big.open(QIODevice::WriteOnly) && big.resize(900LL << 20)); // sparse
        test::writeFile(folder.toStdString() + "/meminfo.txt", "MemTotal:  100 kB\nMemFree:  50 kB\nBuffers: 1 kB\n");
        const auto snapshot = parse::loadPath(folder.toStdString());
        QVERIFY2(snapshot.hasValue(), snapshot ? "" : snapshot.error().what.c_str());
        QVERIFY((*snapshot)->find("memory.total"));
        QCOMPARE((*snapshot)->members.front().path, std::string("big.bin"));
        QCOMPARE((*snapshot)->members.front().bytes, std::uint64_t{900} << 20);
        QCOMPARE((*snapshot)->members.front().source, std::string());
    }

    /// Every part of a loose folder is read with the facts of its manifest.json, whichever thread reads it.
    void looseFolderKnowsItsHost()
    {
        const QString folder = m_folder.filePath(QStringLiteral("loose"));
        for (int round = 0; round < 20; ++round) {
            QDir(folder).removeRecursively();
            QVERIFY(QDir().mkpath(folder + QStringLiteral("/samples/proc")));
            test::writeFile(
                folder.toStdString() + "/manifest.json", R"({"clock_ticks":250,"page_size":16384,"cpus":1})");
            test::writeFile(folder.toStdString() + "/samples/proc/stat", "cpu  500 0 0 0 0 0 0 0 0 0\nbtime 5\n");
            test::writeFile(folder.toStdString() + "/samples/proc/vmstat", "pswpin 1\n");
            parse::LoadOptions options;
            options.jobs = 4;
            const auto snapshot = parse::loadPath(folder.toStdString(), options);
            QVERIFY(snapshot.hasValue());
            QCOMPARE(valuesOf((*snapshot)->findCounter("cpu.user")), (std::vector<double>{2}));
            QCOMPARE(valuesOf((*snapshot)->findCounter("swap.in")), (std::vector<double>{16384}));
        }
    }

    void progressNeverFalls()
    {
        test::SampleCaptureOptions options;
        options.segments = 60;
        const std::string path = write(test::makeSampleCapture(options).bytes);
        std::vector<parse::LoadOptions> both(2);
        both[1].detail = archive::Detail::Keyframes;
        for (const parse::LoadOptions& loadOptions : both) {
            std::uint64_t last = 0, total = 0;
            std::size_t calls = 0;
            const auto snapshot = parse::loadPath(path, loadOptions, [&](const ProgressReport& report) {
                QVERIFY(report.bytesDone >= last);
                QVERIFY(report.bytesDone <= report.bytesTotal);
                last = report.bytesDone;
                total = report.bytesTotal;
                ++calls;
            });
            QVERIFY(snapshot.hasValue());
            QVERIFY(calls >= 60);
            QVERIFY(last > total / 2);
        }
    }

    void cancelReturnsNothingAndSaysNothing()
    {
        test::SampleCaptureOptions options;
        options.segments = 200;
        const std::string path = write(test::makeSampleCapture(options).bytes);
        std::stop_source stop;
        std::size_t calls = 0;
        const auto snapshot = parse::loadPath(
            path, {},
            [&](const ProgressReport&) {
                if (++calls == 3)
                    stop.request_stop();
            },
            stop.get_token());
        QVERIFY(snapshot.hasValue());
        QVERIFY(!*snapshot);
        QVERIFY2(calls < 20, "it went on after the stop");
        std::stop_source stopped;
        stopped.request_stop();
        const auto none = parse::loadPath(path, {}, {}, stopped.get_token());
        QVERIFY(none.hasValue() && !*none);
    }

    void killedRecorderLosesNothingFlushed()
    {
        test::SampleCaptureOptions options;
        options.isClosed = false;
        const SnapshotPointer snapshot = loadBytes(test::makeSampleCapture(options).bytes);
        QVERIFY(snapshot);
        QVERIFY(!snapshot->isFinished);
        QCOMPARE(valuesOf(snapshot->find("load.1")).size(), std::size_t{20});
        QVERIFY(hasNote(*snapshot, "no closing frame"));
    }

    void whatIsNoCaptureIsSaid_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("what");
        QTest::newRow("prose") << QByteArray("Dear diary, nothing happened today.\n") << "not recognised";
        QTest::newRow("binary") << QByteArray("\x7f"
                                              "ELF\x02\x01\x01\0\0\0\0\0\0\0",
            14) << "not recognised";
        QTest::newRow("one byte") << QByteArray("x") << "not recognised";
        QTest::newRow("zstd of prose") << QByteArray::fromHex("28b52ffd04580900"
                                                              "0068656c6c6f")
                                       << "";
    }
    void whatIsNoCaptureIsSaid()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, what);
        const auto snapshot = parse::loadPath(write(bytes.toStdString()));
        QVERIFY(!snapshot.hasValue());
        QVERIFY2(QString::fromStdString(snapshot.error().what).contains(what), snapshot.error().what.c_str());
        QVERIFY(!snapshot.error().what.empty() && !snapshot.error().where.empty());
    }

    void forcedSource()
    {
        const std::string path = write("MemTotal:  100 kB\n");
        parse::LoadOptions options;
        options.source = "proc_meminfo";
        const auto snapshot = parse::loadPath(path, options);
        QVERIFY2(snapshot.hasValue(), snapshot ? "" : snapshot.error().what.c_str());
        QVERIFY((*snapshot)->clock == Clock::None);
        QCOMPARE(valuesOf((*snapshot)->find("memory.total")), (std::vector<double>{102400}));
        options.source = "no_such";
        const auto refused = parse::loadPath(path, options);
        QVERIFY(!refused.hasValue());
        QVERIFY(refused.error().what.find("no such source") != std::string::npos);
    }

private:
    std::string write(const std::string& bytes)
    {
        const std::string path = m_folder.path().toStdString() + "/capture";
        test::writeFile(path, bytes);
        return path;
    }
    SnapshotPointer loadBytes(const std::string& bytes, unsigned jobs = 0)
    {
        parse::LoadOptions options;
        options.jobs = jobs;
        auto snapshot = parse::loadPath(write(bytes), options);
        if (!snapshot)
            qWarning("%s", snapshot.error().what.c_str());
        return snapshot ? *snapshot : nullptr;
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestLoad)
#include "tst_load.moc"
