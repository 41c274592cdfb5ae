// What signals and the end of the recorder do to it and to whom it started: those that come before it is ready, those
// that whoever started it had blocked, and the children of a trigger's command.
#include "recorder_runs.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace hindcast::test;

class RecorderSignalsTest : public QObject {
    Q_OBJECT

private slots:
    void blockedOnesAreHeeded_data();
    void blockedOnesAreHeeded();
    void earlyTriggerCounts();
    void earlyTriggerWithoutARingIsHarmless();
    void anotherTriggerIsAnswered();
    void killedItLeavesNoCommandBehind_data();
    void killedItLeavesNoCommandBehind();
};

namespace {

/// In the child, before the program: blocked and waiting already, as a signal that comes in the first instant.
void blockAndSend(int number)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGUSR1})
        sigaddset(&blocked, one);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
    std::signal(number, SIG_DFL); // whatever the tests were started with
    kill(getpid(), number);
}

} // namespace

void RecorderSignalsTest::blockedOnesAreHeeded_data()
{
    QTest::addColumn<int>("number");
    QTest::addRow("SIGINT") << SIGINT;
    QTest::addRow("SIGTERM") << SIGTERM;
    QTest::addRow("SIGHUP") << SIGHUP;
}

void RecorderSignalsTest::blockedOnesAreHeeded()
{
    QFETCH(const int, number);
    const QTemporaryDir folder;
    // The longest time is for a recorder that does not hear it: it would end with another status.
    const Run run = record({"-i", "0.1", "-d", "1h", "--max-time", "15s", "-o", folder.filePath("x.tar.zst")},
        [number] { blockAndSend(number); });
    QVERIFY2(run.status == 1 || run.status == 6, run.err);
    QVERIFY2(run.status == 6 || run.err.contains("stopped before the first sample"), run.err);
}

void RecorderSignalsTest::earlyTriggerCounts()
{
    const QTemporaryDir folder;
    const Run run = record({"-i", "0.1", "-d", "2", "--ring", "10m", "--after", "0", "--min-free", "0", "-o",
                               folder.filePath("x.tar.zst")},
        [] { blockAndSend(SIGUSR1); });
    QVERIFY2(run.status == 0 || run.status == 3, run.err);
    QVERIFY2(run.err.contains("triggered by SIGUSR1"), run.err);
}

void RecorderSignalsTest::earlyTriggerWithoutARingIsHarmless()
{
    const QTemporaryDir folder;
    const QString file = folder.filePath("x.tar.zst");
    const Run run = record({"-i", "0.1", "-c", "3", "-o", file}, [] { blockAndSend(SIGUSR1); });
    QVERIFY2(run.status == 0 || run.status == 3, run.err);
    QCOMPARE(readCapture(file).ticks.size(), 3U);
}

/// The first one stands in the way for an hour.
void RecorderSignalsTest::anotherTriggerIsAnswered()
{
    const QTemporaryDir folder;
    const QString file = folder.filePath("x.tar.zst");
    RunningRecorder recorder(
        {"-i", "0.1", "--ring", "10m", "--after", "1h", "--min-free", "0", "--trigger", "load1 >= 0", "-o", file});
    const auto hasEvent = [&](const char* text) {
        run("sh", {"-c", "cat \"$1\".ring/* > \"$1\".now", "sh", file});
        for (const RecordedTick& tick : readCapture(file + ".now").ticks)
            if (tick.body("hindcast/events").value_or(QByteArray()).contains(text))
                return true;
        return false;
    };
    QVERIFY(waitFor([&] { return hasEvent(" burst-begin "); }));
    recorder.signal(SIGUSR1);
    QVERIFY(waitFor([&] { return hasEvent(" counted=no"); }));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.errorLinesWith("SIGUSR1 counts with it"), 1);
}

void RecorderSignalsTest::killedItLeavesNoCommandBehind_data()
{
    QTest::addColumn<int>("number");
    QTest::addRow("SIGKILL") << SIGKILL;
    QTest::addRow("SIGTERM") << SIGTERM;
}

/// The child of the shell writes down which process it is, and would stay for ever.
void RecorderSignalsTest::killedItLeavesNoCommandBehind()
{
    QFETCH(const int, number);
    const QTemporaryDir folder;
    const QString note = folder.filePath("pid");
    const QString command =
        QStringLiteral("command(\"sh -c 'echo $$ > %1.new; mv %1.new %1; while :; do sleep 1; done' & wait\") == 0 "
                       "every 1h timeout 1h")
            .arg(note);
    RunningRecorder recorder({"-i", "0.1", "--ring", "10m", "--trigger", command, "-o", folder.filePath("x.tar.zst")});
    QVERIFY(waitFor([&] { return QFile::exists(note); }));
    const pid_t left = contents(note).trimmed().toInt();
    QVERIFY(left > 1);
    const auto isThere = [&] {
        const QByteArray stat = contents(QStringLiteral("/proc/%1/stat").arg(left));
        return !stat.isEmpty() && !stat.contains(") Z ") && !stat.contains(") X ");
    };
    QVERIFY(isThere());
    recorder.signal(number);
    const bool isGone = waitFor([&] { return !isThere(); });
    if (!isGone)
        kill(left, SIGKILL);
    QVERIFY(isGone);
    recorder.result();
}

QTEST_GUILESS_MAIN(RecorderSignalsTest)
#include "tst_recorder_signals.moc"
