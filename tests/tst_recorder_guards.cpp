// What hindcast-record does not do to a host: fill its file system, exceed the size it was given, go on for ever.
#include "recorder_runs.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <csignal>
#include <memory>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

using namespace hindcast;
using namespace hindcast::test;

namespace {

/// A small file system, gone with the object.
class SmallDisk {
public:
    explicit SmallDisk(const char* options)
    {
        m_isMounted =
            m_folder.isValid() && mount("none", m_folder.path().toLocal8Bit().constData(), "tmpfs", 0, options) == 0;
    }
    ~SmallDisk()
    {
        if (m_isMounted)
            umount2(m_folder.path().toLocal8Bit().constData(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool isMounted() const { return m_isMounted; }
    QString file(const char* name) const { return m_folder.filePath(name); }
    quint64 freeBytes() const
    {
        struct statvfs status { };
        statvfs(m_folder.path().toLocal8Bit().constData(), &status);
        return quint64{status.f_bavail} * status.f_frsize;
    }
    /// Until so many bytes are left.
    void fillUpTo(quint64 left)
    {
        QFile filler(file("filler"));
        if (filler.open(QIODevice::WriteOnly | QIODevice::Append))
            while (freeBytes() > left && filler.write(QByteArray(4096, 'x')) == 4096)
                filler.flush();
    }
    void empty() { QFile::remove(file("filler")); }

private:
    QTemporaryDir m_folder;
    bool m_isMounted = false;
};

/// Lines of hindcast/events of one kind, those of the end included.
QList<QByteArray> eventsOf(const RecordedCapture& capture, const QByteArray& kind)
{
    QList<QByteArray> found;
    const auto add = [&](const QByteArray& text) {
        for (const QByteArray& line : text.split('\n'))
            if (line.split(' ').value(2) == kind)
                found << line;
    };
    for (const RecordedTick& tick : capture.ticks)
        add(tick.body("hindcast/events").value_or(QByteArray()));
    for (const auto& [path, bytes] : capture.members)
        if (path == "end/hindcast/events")
            add(bytes);
    return found;
}

quint64 field(const QByteArray& event, const QByteArray& key)
{
    for (const QByteArray& word : event.split(' '))
        if (word.startsWith(key + '='))
            return word.mid(key.size() + 1).toULongLong();
    return ~quint64{0};
}

std::size_t ticksIn(const QString& path)
{
    return readCapture(path).ticks.size();
}

/// Numbers rise, and each tick counts those left out before it.
bool isScheduleWhole(const RecordedCapture& capture)
{
    quint64 next = 0;
    for (const RecordedTick& tick : capture.ticks) {
        if (tick.state != framing::TickState::Whole || tick.number < next
            || tick.value("missed") != static_cast<std::int64_t>(tick.number - next))
            return false;
        next = tick.number + 1;
    }
    return true;
}

} // namespace

class TestRecorderGuards : public QObject {
    Q_OBJECT
private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void sizeIsKeptToTheByte_data();
    void sizeIsKeptToTheByte();
    void sizeOfAStreamIsKeptToo();
    void longestTimeEndsTheRecording();

    void pausesWhileTheDiskIsNearlyFull();
    void pausesWhileTheDiskIsFull();
    void stoppedWhilePausedKeepsWhatThereIs();
    void waitsForRoomFromTheStart();
    void neverBelowTheFloorByItsOwnDoing();
    void withoutAFloorAFullDiskEndsIt();
    void filesAreForcedToTheDiskByAnother_data();
    void filesAreForcedToTheDiskByAnother();
    void whatTheDiskDoesNotTakeIsSaid();
    void budgetIsKeptOnALargeHost();
    void withoutRoomForProcessesThereAreSystemWideFigures();
    void firstTickOfALargeHostIsBounded();
    void quietHostIsRecordedInFull();

private:
    QString file() const { return m_folder->filePath("x.zst"); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestRecorderGuards::sizeIsKeptToTheByte_data()
{
    QTest::addColumn<QString>("size");
    QTest::addColumn<qint64>("bytes");
    QTest::addColumn<QString>("segmentTicks");
    QTest::addRow("the least there is") << "256K" << qint64{262'144} << "60";
    QTest::addRow("segments of one tick") << "300000" << qint64{300'000} << "1";
    QTest::addRow("an odd number") << "333333" << qint64{333'333} << "7";
    QTest::addRow("half a million") << "500kB" << qint64{500'000} << "30";
    QTest::addRow("a mebibyte") << "1M" << qint64{1'048'576} << "10";
}

void TestRecorderGuards::sizeIsKeptToTheByte()
{
    QFETCH(QString, size);
    QFETCH(qint64, bytes);
    QFETCH(QString, segmentTicks);
    const Run result = record(
        {"-i", "0.01", "--cpu", "0", "--max-size", size, "--segment-ticks", segmentTicks, "-o", file(), "-d", "10m"});
    QCOMPARE(result.status, 4);
    QVERIFY2(result.err.contains("ended at --max-size"), result.err);
    const qint64 length = QFileInfo(file()).size();
    QVERIFY2(length <= bytes, qPrintable(QString::number(length)));
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished);
    QVERIFY(isScheduleWhole(capture));
    QVERIFY(!capture.ticks.empty());
    QVERIFY(!capture.membersBelow("end").empty());
    const auto events = eventsOf(capture, "size-cap");
    QCOMPARE(events.size(), 1);
    QCOMPARE(field(events.front(), "limit_bytes"), static_cast<quint64>(bytes));
    const Run dump = run(QFileInfo(recorderPath()).dir().filePath("hindcast-report"), {"dump", file()});
    QVERIFY2(dump.out.contains("recorder-size-cap"), dump.err);
    const Run verify = run(QFileInfo(recorderPath()).dir().filePath("hindcast-report"), {"verify", file()});
    QVERIFY2(verify.status == 0 && verify.out.contains("sound"), verify.out + verify.err);
}

void TestRecorderGuards::sizeOfAStreamIsKeptToo()
{
    const Run result = record({"-i", "0.01", "--cpu", "0", "--max-size", "300000", "-o", "-"});
    QCOMPARE(result.status, 4);
    QVERIFY(result.out.size() <= 300'000);
    QVERIFY(writeFile(file(), result.out));
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished && !capture.ticks.empty());
}

void TestRecorderGuards::longestTimeEndsTheRecording()
{
    const Run result = record({"-i", "0.1", "-d", "1h", "--max-time", "0.55s", "-o", file()});
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    QCOMPARE(readCapture(file()).ticks.back().number, std::uint64_t{5});
}

void TestRecorderGuards::pausesWhileTheDiskIsNearlyFull()
{
    SmallDisk disk("size=24m");
    if (!disk.isMounted())
        QSKIP("SKIPPED: mounting a small file system is not allowed here");
    const QString output = disk.file("x.zst");
    RunningRecorder recorder({"-i", "0.05", "--cpu", "0", "--min-free", "8M", "-o", output});
    QVERIFY(waitFor([&] { return ticksIn(output + ".part") >= 5; }));
    for (int round = 0; round < 3; ++round) {
        disk.fillUpTo(7 << 20);
        QVERIFY(disk.freeBytes() < 8 << 20);
        qint64 length = -1;
        QVERIFY(waitFor([&] { // it grows no more
            const qint64 before = std::exchange(length, QFileInfo(output + ".part").size());
            QTest::qWait(200); // four slots
            return before == QFileInfo(output + ".part").size();
        }));
        const std::size_t ticks = ticksIn(output + ".part");
        disk.empty();
        QVERIFY(waitFor([&] { return ticksIn(output + ".part") >= ticks + 5; }));
    }
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 5);
    QCOMPARE(result.errorLinesWith("recording pauses"), 3);
    QCOMPARE(result.errorLinesWith("recording goes on"), 3);
    QCOMPARE(result.errorLinesWith("for want of room"), 1);
    const RecordedCapture capture = readCapture(output);
    QVERIFY(capture.isFinished);
    QVERIFY(isScheduleWhole(capture));
    const auto pauses = eventsOf(capture, "pause"), resumes = eventsOf(capture, "resume");
    QCOMPARE(pauses.size(), 3);
    QCOMPARE(resumes.size(), 3);
    for (const QByteArray& pause : pauses) {
        QVERIFY2(pause.contains("reason=floor"), pause);
        QVERIFY2(field(pause, "free_bytes") < 9 << 20, pause);
    }
    quint64 missed = 0;
    for (const QByteArray& resume : resumes)
        missed += field(resume, "missed");
    QVERIFY(missed >= 3 * 3);
    for (const auto& [path, bytes] : capture.members)
        if (path == "end/hindcast/summary")
            QVERIFY2(bytes.contains("missed_room " + QByteArray::number(missed) + '\n'), bytes);
}

/// ENOSPC in the middle of a write. What did not fit is not lost: no slot before the pause is missing.
void TestRecorderGuards::pausesWhileTheDiskIsFull()
{
    SmallDisk disk("size=4m");
    if (!disk.isMounted())
        QSKIP("SKIPPED: mounting a small file system is not allowed here");
    const QString output = disk.file("x.zst");
    // The floor is so low that one write can cross it: the kernel says when it is full.
    RunningRecorder recorder({"-i", "0.05", "--cpu", "0", "--min-free", "1", "-o", output});
    QVERIFY(waitFor([&] { return ticksIn(output + ".part") >= 5; }));
    disk.fillUpTo(0);
    qint64 length = -1;
    QVERIFY(waitFor([&] {
        const qint64 before = std::exchange(length, QFileInfo(output + ".part").size());
        QTest::qWait(200); // four slots
        return before == QFileInfo(output + ".part").size();
    }));
    for (const RecordedTick& tick : readCapture(output + ".part").ticks)
        QCOMPARE(tick.state, framing::TickState::Whole);
    const std::size_t ticks = ticksIn(output + ".part");
    disk.empty();
    QVERIFY(waitFor([&] { return ticksIn(output + ".part") >= ticks + 5; }));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 5);
    const RecordedCapture capture = readCapture(output);
    QVERIFY(capture.isFinished);
    QVERIFY(isScheduleWhole(capture));
    const auto resumes = eventsOf(capture, "resume");
    QCOMPARE(resumes.size(), 1);
    quint64 missed = 0;
    for (const RecordedTick& tick : capture.ticks)
        missed = std::max(missed, static_cast<quint64>(tick.value("missed").value_or(0)));
    QVERIFY2(missed >= field(resumes.front(), "missed"), resumes.front());
}

void TestRecorderGuards::stoppedWhilePausedKeepsWhatThereIs()
{
    SmallDisk disk("size=24m");
    if (!disk.isMounted())
        QSKIP("SKIPPED: mounting a small file system is not allowed here");
    const QString output = disk.file("x.zst");
    RunningRecorder recorder({"-i", "0.05", "--cpu", "0", "--min-free", "8M", "-o", output});
    QVERIFY(waitFor([&] { return ticksIn(output + ".part") >= 5; }));
    disk.fillUpTo(4 << 20);
    qint64 length = -1;
    QVERIFY(waitFor([&] {
        const qint64 before = std::exchange(length, QFileInfo(output + ".part").size());
        QTest::qWait(200); // four slots
        return before == QFileInfo(output + ".part").size();
    }));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 5);
    QVERIFY(QFile::exists(output) && !QFile::exists(output + ".part"));
    QCOMPARE(QFileInfo(output).size(), length); // not a byte more
    const RecordedCapture capture = readCapture(output);
    QVERIFY(capture.ticks.size() >= 5);
    QVERIFY(isScheduleWhole(capture));
}

void TestRecorderGuards::waitsForRoomFromTheStart()
{
    SmallDisk disk("size=24m");
    if (!disk.isMounted())
        QSKIP("SKIPPED: mounting a small file system is not allowed here");
    disk.fillUpTo(4 << 20);
    const QString output = disk.file("x.zst");
    RunningRecorder recorder({"-i", "0.05", "--cpu", "0", "--min-free", "8M", "-o", output});
    QVERIFY(waitFor([&] { return QFile::exists(output + ".part"); }));
    QTest::qWait(300); // six slots
    QCOMPARE(QFileInfo(output + ".part").size(), qint64{0});
    disk.empty();
    QVERIFY(waitFor([&] { return ticksIn(output + ".part") >= 3; }));
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 5);
    const RecordedCapture capture = readCapture(output);
    QVERIFY(capture.isFinished && isScheduleWhole(capture));
    QVERIFY(!capture.membersBelow("start").empty());

    // And when there never is any
    disk.fillUpTo(4 << 20);
    const Run result = record({"-i", "0.05", "-c", "5", "--min-free", "20M", "-o", disk.file("y.zst")});
    QCOMPARE(result.status, 5);
    QVERIFY2(result.err.contains("nothing was kept"), result.err);
    QVERIFY(!QFile::exists(disk.file("y.zst")) && !QFile::exists(disk.file("y.zst.part")));
}

/// Nobody else writes: the recorder alone would cross the floor, and stops before it.
void TestRecorderGuards::neverBelowTheFloorByItsOwnDoing()
{
    SmallDisk disk("size=10m");
    if (!disk.isMounted())
        QSKIP("SKIPPED: mounting a small file system is not allowed here");
    const QString output = disk.file("x.zst");
    RunningRecorder recorder({"-i", "0.01", "--cpu", "0", "--segment-ticks", "1", "--min-free", "9M", "-o", output});
    quint64 least = disk.freeBytes();
    bool isPaused = false;
    qint64 length = -1;
    QVERIFY(waitFor([&] {
        for (int i = 0; i < 30; ++i) {
            least = std::min(least, disk.freeBytes());
            QTest::qWait(10);
        }
        isPaused = length > 0 && length == QFileInfo(output + ".part").size();
        length = QFileInfo(output + ".part").size();
        return isPaused;
    }));
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 5);
    least = std::min(least, disk.freeBytes());
    QVERIFY2(least >= 9 << 20, qPrintable(QString::number(least)));
    QVERIFY(least < (9 << 20) + (800 << 10)); // it came near
    QVERIFY(isScheduleWhole(readCapture(output)));
}

void TestRecorderGuards::withoutAFloorAFullDiskEndsIt()
{
    SmallDisk disk("size=1m");
    if (!disk.isMounted())
        QSKIP("SKIPPED: mounting a small file system is not allowed here");
    const Run result = record(
        {"-i", "0.01", "--cpu", "0", "--segment-ticks", "1", "--min-free", "0", "-o", disk.file("x.zst"), "-d", "10m"});
    QCOMPARE(result.status, 5);
    QVERIFY2(result.err.contains("No space left on device"), result.err);
    QVERIFY(isScheduleWhole(readCapture(disk.file("x.zst"))));
}

void TestRecorderGuards::filesAreForcedToTheDiskByAnother_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<int>("least");
    QTest::addColumn<int>("most");
    QTest::addRow("after every sample") << QStringList{"--sync", "tick"} << 3 << 5;
    QTest::addRow("now and then") << QStringList{} << 1 << 1; // 0.8 s: after the first sample
    QTest::addRow("at the end only") << QStringList{"--sync", "end"} << 0 << 0;
}

void TestRecorderGuards::filesAreForcedToTheDiskByAnother()
{
    QFETCH(QStringList, options);
    QFETCH(int, least);
    QFETCH(int, most);
    const QString trace = m_folder->filePath("trace");
    const Run result = run("strace",
        QStringList{"-f", "-qq", "-e", "trace=fdatasync,renameat2", "-e", "signal=none", "-o", trace, recorderPath(),
            "-i", "0.2", "-c", "5", "--cpu", "0", "-o", file()}
            + options);
    if (result.status != 0 && result.status != 3)
        QSKIP("SKIPPED: strace is needed, and the leave to trace");
    QByteArray own; // who renames the file at the end is the recorder itself
    const auto lines = contents(trace).split('\n');
    for (const QByteArray& line : lines)
        if (line.contains("renameat2("))
            own = line.split(' ').front();
    QVERIFY(!own.isEmpty());
    int byItself = 0, byAnother = 0;
    for (const QByteArray& line : lines)
        if (line.contains("fdatasync("))
            ++(line.startsWith(own + ' ') ? byItself : byAnother);
    QCOMPARE(byItself, 1); // before it gets its name
    QVERIFY2(byAnother >= least && byAnother <= most, qPrintable(QString::number(byAnother)));
}

/// The kernel tells a failure to write back once, to whoever asks first: here the process that forces files to the
/// disk.
void TestRecorderGuards::whatTheDiskDoesNotTakeIsSaid()
{
    const QString trace = m_folder->filePath("trace");
    // The second one: the recorder itself asks once only, in the end.
    const Run result = run("strace",
        {"-f", "-qq", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=2", "-e", "signal=none", "-o",
            trace, recorderPath(), "-i", "0.2", "-c", "8", "--cpu", "0", "--sync", "tick", "-o", file()});
    if (!contents(trace).contains("INJECTED"))
        QSKIP("SKIPPED: strace is needed, and the leave to trace");
    QCOMPARE(result.status, 5);
    QCOMPARE(result.errorLinesWith("the disk did not take what was written"), 1);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished);
    QCOMPARE(eventsOf(capture, "write-failed").size(), 1);
    QVERIFY(capture.segments() >= 2); // what follows can be read without what is lost
}

/// The figures of all processes are more than --max-size takes: the first sample has none of them.
void TestRecorderGuards::withoutRoomForProcessesThereAreSystemWideFigures()
{
    const QString root = m_folder->filePath("root");
    QVERIFY(writeFile(root + "/proc/stat", "cpu  1 2 3 4 5 6 7 8 9 0\ncpu0 1 2 3 4 5 6 7 8 9 0\nbtime 1700000000\n"));
    QVERIFY(writeFile(root + "/proc/sys/kernel/hostname", "web1\n"));
    for (int pid = 100; pid < 6100; ++pid) {
        const QByteArray number = QByteArray::number(pid);
        QByteArray stat = number + " (worker) S 1 " + number + " 1 0 -1 4194304";
        for (int field = 10; field <= 52; ++field) { // man 5 proc_pid_stat: any figures, all different
            const bool isPlain = (field >= 18 && field <= 22) || field >= 38;
            stat +=
                ' ' + (isPlain ? QByteArray("1") : QByteArray::number(quint32(qHash(pid * 64 + field)) * 2654435761U));
        }
        QVERIFY(writeFile(root + "/proc/" + number + "/stat", stat + '\n'));
    }
    const Run result =
        record({"-i", "0.1", "--cpu", "0", "--root", root, "--max-size", "256K", "-o", file(), "-d", "1"});
    QCOMPARE(result.status, 4);
    QVERIFY2(result.err.contains("has no room within --max-size"), result.err);
    QVERIFY(QFileInfo(file()).size() <= 256 << 10);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(isScheduleWhole(capture));
    QVERIFY(capture.ticks.size() > 1);
    QVERIFY(capture.ticks[0].body("/proc/stat"));
    QVERIFY(!capture.ticks[0].body("/proc/100/stat"));
    QVERIFY(capture.ticks[0].body("hindcast/tick")->contains("\nlevel globals-only\n"));
    const QList<QByteArray> events = eventsOf(capture, "size-cap");
    QVERIFY(!events.isEmpty() && events[0].contains("left_out=processes"));
}

/// 10 000 processes: more than the budget allows. What is left out is in the capture, and the rest costs what it may.
void TestRecorderGuards::budgetIsKeptOnALargeHost()
{
    const QString root = m_folder->filePath("root");
    QVERIFY(writeFile(root + "/proc/stat", "cpu  1 2 3 4 5 6 7 8 9 0\ncpu0 1 2 3 4 5 6 7 8 9 0\nbtime 1700000000\n"));
    QVERIFY(writeFile(root + "/proc/sys/kernel/hostname", "web1\n"));
    constexpr int processes = 10'000;
    for (int pid = 100; pid < 100 + processes; ++pid) {
        const QByteArray number = QByteArray::number(pid);
        const QString folder = root + "/proc/" + number + '/';
        QVERIFY(writeFile(folder + "stat",
            number + " (worker) S 1 " + number + " 1 0 -1 4194304 9 0 0 0 7 5 0 0 20 0 1 0 " + number
                + " 10000000 500 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"));
        writeFile(folder + "status", "Name:\tworker\nPid:\t" + number + "\nVmRSS:\t 1000 kB\n");
        writeFile(folder + "schedstat", number + " 5 6\n");
        writeFile(folder + "io", "rchar: 1\nwchar: 2\n");
        writeFile(folder + "cmdline", "/usr/bin/worker");
    }
    const Run result =
        record({"-i", "0.2", "--cpu", "2", "--root", root, "-o", file(), "--max-time", "20s", "-d", "1h"});
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    QVERIFY2(result.err.contains("to keep within 2.0 % of a CPU"), result.err);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(isScheduleWhole(capture));
    QVERIFY(capture.ticks.size() > 10);
    QVERIFY(!eventsOf(capture, "governor").isEmpty());

    // What the process had spent at each tick, by the system's account.
    const auto spent = [](const RecordedTick& tick) {
        std::int64_t microseconds = 0;
        for (const char* key : {"self_user_us", "self_system_us", "helpers_user_us", "helpers_system_us"})
            microseconds += tick.value(key).value_or(0);
        return microseconds;
    };
    constexpr std::int64_t budget = 1'200'000; // 2 % of a minute
    for (std::size_t first = 0, last = 0; last < capture.ticks.size(); ++last) {
        while (*capture.ticks[last].value("mono_ns") - *capture.ticks[first].value("mono_ns") > 60'000'000'000)
            ++first;
        const std::int64_t cost = spent(capture.ticks[last]) - spent(capture.ticks[first]);
        QVERIFY2(cost <= budget, qPrintable(QString::number(cost)));
    }
    QVERIFY(spent(capture.ticks.back()) > budget / 4); // it is not just hiding
    // Once it has settled, a tick costs well below 100 ms.
    for (std::size_t i = capture.ticks.size() / 2; i + 1 < capture.ticks.size(); ++i)
        QVERIFY(spent(capture.ticks[i + 1]) - spent(capture.ticks[i]) <= 100'000);
}

/// A tick whose CPU time is over leaves the rest of the processes to the next ones, and says whom it read.
void TestRecorderGuards::firstTickOfALargeHostIsBounded()
{
    const QString root = m_folder->filePath("root");
    QVERIFY(writeFile(root + "/proc/stat", "cpu  1 2 3 4 5 6 7 8 9 0\ncpu0 1 2 3 4 5 6 7 8 9 0\nbtime 1700000000\n"));
    constexpr int processes = 8000;
    for (int pid = 100; pid < 100 + processes; ++pid)
        QVERIFY(writeFile(root + "/proc/" + QString::number(pid) + "/stat",
            QByteArray::number(pid) + " (worker) S 1 1 1 0 -1 4194304 9 0 0 0 7 5 0 0 20 0 1 0 5 1 5\n"));
    RunningRecorder recorder({"-i", "0.2", "--cpu", "0.5", "--root", root, "-o", file(), "-d", "1h"});
    const auto pidsWithText = [](const RecordedTick& tick) {
        QList<int> pids;
        for (const auto& [header, body] : tick.blocks) {
            const QByteArray path = QByteArray::fromStdString(std::string(header.path));
            if (path.startsWith("/proc/") && path.endsWith("/stat") && path.count('/') == 3)
                pids << path.mid(6, path.size() - 11).toInt();
        }
        return pids;
    };
    const auto isRead = [](const QByteArray& sampled, int pid) {
        for (const QByteArray& line : sampled.split('\n'))
            if (const auto words = line.split(' '); words.size() == 2)
                if (words[0].toInt() <= pid && pid <= words[1].toInt())
                    return true;
        return false;
    };
    QVERIFY(waitFor([&] { return !readCapture(file() + ".part").ticks.empty(); }));
    RecordedCapture capture = readCapture(file() + ".part");
    const RecordedTick& first = capture.ticks.front();
    const auto sampled = first.body("hindcast/sampled");
    QVERIFY(sampled);
    const auto read = pidsWithText(first);
    QVERIFY2(!read.isEmpty() && read.size() < processes, qPrintable(QString::number(read.size())));
    for (int pid = 100; pid < 100 + processes; ++pid)
        QCOMPARE(isRead(*sampled, pid), read.contains(pid));
    // The next ticks go on with those that have no text yet, and with nobody else.
    QVERIFY(waitFor([&] {
        const auto ticks = readCapture(file() + ".part").ticks;
        QSet<int> all;
        qsizetype texts = 0;
        for (const RecordedTick& tick : ticks)
            for (const int pid : pidsWithText(tick)) {
                all << pid;
                ++texts;
            }
        return ticks.size() >= 3 && all.size() > read.size() && all.size() == texts;
    }));
    recorder.signal(SIGTERM);
    const int status = recorder.result().status;
    QVERIFY(status == 6 || status == 0 || status == 3);
}

void TestRecorderGuards::quietHostIsRecordedInFull()
{
    const QString root = m_folder->filePath("root");
    QVERIFY(writeFile(root + "/proc/stat", "cpu  1 2 3 4 5 6 7 8 9 0\ncpu0 1 2 3 4 5 6 7 8 9 0\nbtime 1700000000\n"));
    for (int pid = 100; pid < 170; ++pid)
        QVERIFY(writeFile(root + "/proc/" + QString::number(pid) + "/stat",
            QByteArray::number(pid) + " (worker) S 1 1 1 0 -1 4194304 9 0 0 0 7 5 0 0 20 0 1 0 5 1 5\n"));
    const Run result = record({"-i", "1", "-d", "1h", "--max-time", "8s", "--root", root, "-o", file()});
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(eventsOf(capture, "governor").isEmpty());
    QCOMPARE(capture.ticks.back().number, std::uint64_t{8});
}

QTEST_GUILESS_MAIN(TestRecorderGuards)
#include "tst_recorder_guards.moc"
