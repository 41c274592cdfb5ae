// The flight recorder as its users meet it: a ring that keeps to its limits, what a killed recorder leaves, triggers,
// and the bundles they end in. Read back with libzstd, our tar header and hindcast-report.
#include "recorder_runs.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

using namespace hindcast::test;

namespace {

constexpr double nanosecondsPerSecond = 1e9;

QString reportPath()
{
    return qEnvironmentVariable("HINDCAST_BIN_DIR", HINDCAST_BIN_DIR) + "/hindcast-report";
}

Run verify(const QString& path)
{
    return run(reportPath(), {"verify", path});
}

/// Names of a ring's files, oldest first.
QStringList filesIn(const QString& ring)
{
    return QDir(ring).entryList(QDir::Files, QDir::Name);
}

/// What `cat RING/*` makes of it.
QString joined(const QString& ring, const QString& target)
{
    QByteArray all;
    for (const QString& name : filesIn(ring))
        all += contents(ring + '/' + name);
    return writeFile(target, all) ? target : QString();
}

/// Bytes in the ring at one instant, at least: newest first, so that a file which is dropped meanwhile is not counted
/// together with what was written in its place.
std::uint64_t bytesIn(const QString& ring)
{
    std::uint64_t sum = 0;
    QStringList names = filesIn(ring);
    std::reverse(names.begin(), names.end());
    for (const QString& name : names) {
        struct stat status { };
        if (stat(QFile::encodeName(ring + '/' + name), &status) == 0)
            sum += static_cast<std::uint64_t>(status.st_size);
    }
    return sum;
}

/// What no compressor makes much smaller.
QByteArray noise(int lines)
{
    QByteArray text;
    std::uint64_t state = 1;
    for (int i = 0; i < lines; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        text += QByteArray::number(static_cast<quint64>(state >> 32), 36) + '\n';
    }
    return text;
}

quint64 freeBytes(const QString& folder)
{
    struct statvfs status { };
    return statvfs(folder.toLocal8Bit().constData(), &status) == 0 ? quint64{status.f_bavail} * status.f_frsize : 0;
}

/// Until no more than so many bytes are left.
void fill(const QString& folder, quint64 left)
{
    QFile filler(folder + "/filler");
    QVERIFY(filler.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered));
    while (freeBytes(folder) > left)
        QCOMPARE(filler.write(QByteArray(4096, 'x')), 4096);
}

/// In one write, in the same file, as the recorder keeps it open.
void rewrite(const QString& path, const QByteArray& text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(text);
}

/// A made-up machine of a few files.
class FakeHost {
public:
    explicit FakeHost(const QString& folder)
        : m_root(folder + "/root")
    {
        writeFile(m_root + "/proc/stat", "cpu  10 0 10 1000 0 0 0 0 0 0\ncpu0 10 0 10 1000 0 0 0 0 0 0\nbtime 1\n");
        writeFile(m_root + "/proc/sys/kernel/hostname", "pavo\n");
        setLoad(0.5);
    }
    const QString& root() const { return m_root; }
    /// In one write of one length, so that no tick sees half of it; in the same file, as the recorder keeps it open.
    void setLoad(double load)
    {
        QFile file(m_root + "/proc/loadavg");
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.write((QByteArray::number(load, 'f', 2) + " 0.40 0.30 1/100 4000").leftJustified(39) + '\n');
    }

private:
    QString m_root;
};

struct Event {
    std::uint64_t tick = 0;
    std::int64_t monotonic = 0;
    QByteArray kind, line;

    QByteArray field(const QByteArray& key) const
    {
        for (const QByteArray& word : line.split(' '))
            if (word.startsWith(key + '='))
                return word.mid(key.size() + 1);
        return {};
    }
};

std::vector<Event> eventsOf(const RecordedCapture& capture, const QByteArray& kind)
{
    std::vector<Event> events;
    for (const RecordedTick& tick : capture.ticks)
        for (const QByteArray& line : tick.body("hindcast/events").value_or(QByteArray()).split('\n')) {
            const auto words = line.split(' ');
            if (words.size() > 2 && words[2] == kind)
                events.push_back({tick.number, words[1].toLongLong(), kind, line});
        }
    return events;
}

std::int64_t monotonicOf(const RecordedTick& tick)
{
    return tick.value("mono_ns").value_or(0);
}

std::int64_t intervalOf(const RecordedCapture& capture, const RecordedTick& tick)
{
    return capture.manifest(static_cast<int>(tick.segment))["interval_ns"].toInteger();
}

/// Whether numbers rise by one, but for slots that the next tick says were missed.
bool isWithoutHoles(const RecordedCapture& capture)
{
    for (std::size_t i = 1; i < capture.ticks.size(); ++i) {
        const RecordedTick &before = capture.ticks[i - 1], &tick = capture.ticks[i];
        if (tick.number != before.number + 1 + static_cast<std::uint64_t>(tick.value("missed").value_or(0)))
            return false;
    }
    return !capture.ticks.empty();
}

std::size_t wholeTicks(const QString& ring, const QString& scratch)
{
    return readCapture(joined(ring, scratch)).ticks.size();
}

/// To the recorder and its helpers, as `pkill hindcast-record` and service managers do.
void signalAll(qint64 recorder, int number)
{
    const QString process = QString("/proc/%1/").arg(recorder);
    for (const QByteArray& child : contents(process + QString("task/%1/children").arg(recorder)).split(' '))
        if (child.toLongLong() > 0)
            ::kill(static_cast<pid_t>(child.toLongLong()), number);
    ::kill(static_cast<pid_t>(recorder), number);
}

bool isRoot()
{
    return geteuid() == 0;
}

} // namespace

class TestFlightRecorder : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
    }

    void ringNeverExceedsItsSize();
    void ringCoversItsDuration();
    void killedRecorderLeavesACapture();
    void leftRingIsNotTouched();
    void foreignFolderIsRefused();
    void ringTooSmallForATick();
    void tickLargerThanTheRingIsLeftOut();
    void smallRingHasFewSamplesOfEverything();
    void ringMovedHalfway();
    void noRoomForAnotherFile();
    void folderOfAFileSystem();
    void bundleWaitsForTheFloor();
    void historyMakesWayForThePresent();
    void logThatDoesNotFitIsSaid();
    void failedBundleLeavesNothingToTheNext();
    void fewDescriptorsWhileBundling();
    void bundleLargerThanAllowed();
    void expressionFires();
    void signalFires();
    void cooldownAndCount();
    void otherTriggersAreNoted();
    void badExpression_data();
    void badExpression();
    void burstLeavesThePlannedEnd();
    void stopWhileBundling();
    void diskFullWhileBundling();
    void packetsGoIntoTheRing();
    void withoutRingTheSignalDoesNothing();

private:
    QString path(const QString& name) const { return m_folder->filePath(name); }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestFlightRecorder::ringNeverExceedsItsSize()
{
    constexpr std::uint64_t limit = 1 << 20;
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring";
    RunningRecorder recorder({"--cpu", "0", "-i", "0.02", "--ring", "1M", "-o", file});
    std::uint64_t most = 0;
    QVERIFY(waitFor([&] {
        for (int i = 0; i < 50; ++i)
            most = std::max(most, bytesIn(ring));
        const QStringList names = filesIn(ring);
        return most > limit || (names.size() > 2 && names[1] > "seg-000004"); // several were dropped
    }));
    QVERIFY2(most <= limit, qPrintable(QString::number(most)));
    QVERIFY(most > limit / 2);
    struct stat status { };
    QCOMPARE(stat(QFile::encodeName(ring), &status), 0);
    QCOMPARE(status.st_mode & 0777, 0700U);
    recorder.signal(SIGINT);
    const Run result = recorder.result();
    QVERIFY2(result.status == 0 || result.status == 3, result.err.constData());
    QVERIFY(!QDir(ring).exists());
    const RecordedCapture capture = readCapture(file);
    QVERIFY(capture.isFinished);
    QVERIFY(!capture.membersBelow("start").empty());
    QVERIFY(capture.ticks.front().segment > 3);
    QVERIFY(isWithoutHoles(capture));
    const Run sound = verify(file);
    QVERIFY2(sound.status == 0, sound.out.constData());
    QVERIFY(sound.out.contains("sound"));
}

void TestFlightRecorder::ringCoversItsDuration()
{
    const FakeHost host(m_folder->path());
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring";
    RunningRecorder recorder(
        {"--root", host.root(), "--cpu", "0", "-i", "0.05", "--segment-ticks", "8", "--ring", "2s", "-o", file});
    QVERIFY(waitFor([&] { return filesIn(ring).size() > 2 && filesIn(ring)[1] > "seg-000006"; }));
    recorder.signal(SIGKILL);
    recorder.result();
    const RecordedCapture capture = readCapture(joined(ring, path("joined.zst")));
    const double seconds = static_cast<double>(monotonicOf(capture.ticks.back()) - monotonicOf(capture.ticks.front()))
        / nanosecondsPerSecond;
    // The last tick dropped something when its segment began, up to 8 ticks before.
    QVERIFY2(seconds >= 2 - 0.06, qPrintable(QString::number(seconds)));
    // Without its first file it would not cover them.
    const auto second = std::find_if(capture.ticks.begin(), capture.ticks.end(),
        [&](const RecordedTick& tick) { return tick.segment == capture.ticks.front().segment + 1; });
    const auto lastSegment = std::find_if(capture.ticks.begin(), capture.ticks.end(),
        [&](const RecordedTick& tick) { return tick.segment == capture.ticks.back().segment; });
    QVERIFY(second != capture.ticks.end());
    QVERIFY(monotonicOf(*lastSegment) - monotonicOf(*second) < 2'000'000'000);
}

void TestFlightRecorder::killedRecorderLeavesACapture()
{
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring";
    RunningRecorder recorder({"--cpu", "0", "-i", "0.05", "--segment-ticks", "10", "--ring", "1h", "-o", file});
    QVERIFY(waitFor([&] { return filesIn(ring).size() > 3; }));
    const std::size_t before = wholeTicks(ring, path("before.zst"));
    recorder.signal(SIGKILL);
    recorder.result();
    const QString all = joined(ring, path("joined.hindcast.tar.zst"));
    const RecordedCapture capture = readCapture(all);
    QVERIFY(capture.ticks.size() >= before);
    QVERIFY(isWithoutHoles(capture));
    QCOMPARE(capture.ticks.front().number, 0U);
    for (const RecordedTick& tick : capture.ticks)
        QCOMPARE(tick.state, hindcast::framing::TickState::Whole);
    const Run sound = verify(all);
    QVERIFY2(sound.status == 4 && sound.out.contains("NOT FINISHED"), sound.out.constData());
    QVERIFY2(!sound.out.contains("SHA") && !sound.out.contains("does not follow"), sound.out.constData());
    const Run plain = run("sh", {"-c", "zstd -dc \"$1\" 2>/dev/null | tar -tf - 2>/dev/null", "sh", all});
    QVERIFY(plain.out.contains("start/proc/version") && plain.out.contains("seg/2/manifest.json"));
    const Run dump = run(reportPath(), {"dump", all});
    QVERIFY2(dump.status == 4, dump.err.constData());
    QVERIFY(!dump.out.contains("lost before") && !dump.out.contains("samples older"));
}

/// Nothing is written behind what a killed recorder left, and the message says how to save it.
void TestFlightRecorder::leftRingIsNotTouched()
{
    const FakeHost host(m_folder->path());
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring";
    const QStringList arguments{"--root", host.root(), "--cpu", "0", "-i", "0.05", "--ring", "1h", "-o", file};
    RunningRecorder recorder(arguments);
    QVERIFY(waitFor([&] { return filesIn(ring).contains("seg-000000.tar.zst.part"); }));
    const Run busy = record(arguments + QStringList{"--force"});
    QCOMPARE(busy.status, 2);
    QVERIFY2(busy.err.contains("another recording"), busy.err.constData());
    recorder.signal(SIGKILL);
    recorder.result();
    const QByteArray left = contents(ring + "/seg-000000.tar.zst.part");
    Run refused;
    QVERIFY(waitFor([&] { // its helpers end a moment later
        refused = record(arguments);
        return !refused.err.contains("another recording");
    }));
    QCOMPARE(refused.status, 2);
    QVERIFY2(refused.err.contains("cat ") && refused.err.contains("--force"), refused.err.constData());
    QCOMPARE(contents(ring + "/seg-000000.tar.zst.part"), left);
    const Run forced = record(arguments + QStringList{"--force", "-c", "3"});
    QVERIFY2(forced.status == 0 || forced.status == 3, forced.err.constData());
    QCOMPARE(readCapture(file).ticks.front().number, 0U);
    QVERIFY(!QDir(ring).exists());
}

void TestFlightRecorder::foreignFolderIsRefused()
{
    const FakeHost host(m_folder->path());
    const QString ring = path("ring"), file = path("a.hindcast.tar.zst");
    QVERIFY(writeFile(ring + "/letter.txt", "mine"));
    QFile::setPermissions(ring, QFileDevice::Permissions(0x7700));
    const QStringList arguments{"--root", host.root(), "--cpu", "0", "-c", "2", "-i", "0.05", "--ring", "1m",
        "--ring-folder", ring, "--force", "-o", file};
    const Run refused = record(arguments);
    QCOMPARE(refused.status, 2);
    QVERIFY2(refused.err.contains("letter.txt"), refused.err.constData());
    QCOMPARE(contents(ring + "/letter.txt"), QByteArray("mine"));
    QVERIFY(!QFile::exists(file) && !QFile::exists(file + ".part"));
    QFile::remove(ring + "/letter.txt");
    QFile::setPermissions(ring, QFileDevice::Permissions(0x7777));
    QCOMPARE(record(arguments).status, 2); // others could put their files in place of ours
    QFile::setPermissions(ring, QFileDevice::Permissions(0x7700));
    QCOMPARE(record(arguments).status, 0);
    QVERIFY(QDir(ring).exists()); // it was there before
    QVERIFY(filesIn(ring).isEmpty());
}

void TestFlightRecorder::ringTooSmallForATick()
{
    const FakeHost host(m_folder->path());
    QVERIFY(writeFile(host.root() + "/proc/vmstat", noise(300'000)));
    const QString file = path("a.hindcast.tar.zst");
    const Run result =
        record({"--root", host.root(), "--cpu", "0", "-c", "3", "-i", "0.1", "--ring", "1M", "-o", file});
    QCOMPARE(result.status, 5);
    QVERIFY2(result.err.contains("too small"), result.err.constData());
    QVERIFY(!QDir(file + ".ring").exists());
    QVERIFY(!QFile::exists(file) && !QFile::exists(file + ".part"));
}

/// The whole course of an incident: found within two ticks, quick ticks, the time before and after.
/// What is in the ring stays there, and recording goes on when ticks are smaller again.
void TestFlightRecorder::tickLargerThanTheRingIsLeftOut()
{
    const FakeHost host(m_folder->path());
    const QString large = host.root() + "/proc/vmstat";
    QVERIFY(writeFile(large, "nr_free_pages 1\n"));
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring", scratch = path("now.zst");
    RunningRecorder recorder(
        {"--root", host.root(), "--cpu", "0", "-i", "0.1", "--segment-ticks", "5", "--ring", "1M", "-o", file});
    QVERIFY(waitFor([&] { return wholeTicks(ring, scratch) >= 8; }));
    rewrite(large, noise(300'000));
    std::size_t ticks = 0;
    QVERIFY(waitFor([&] { // several in a row
        const std::size_t before = std::exchange(ticks, wholeTicks(ring, scratch));
        QTest::qWait(500);
        return before == ticks && recorder.isRunning();
    }));
    QVERIFY(ticks >= 8);
    rewrite(large, "nr_free_pages 2\n");
    QVERIFY(waitFor([&] { return wholeTicks(ring, scratch) >= ticks + 5; }));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 5);
    QCOMPARE(result.errorLinesWith("too small"), 1);
    QCOMPARE(result.errorLinesWith("larger than the ring"), 1);
    const RecordedCapture capture = readCapture(file);
    QVERIFY(capture.isFinished && isWithoutHoles(capture));
    QCOMPARE(capture.ticks.front().number, 0U);
    QCOMPARE(eventsOf(capture, "ring-full").size(), 1U);
    QCOMPARE(verify(file).status, 0);
}

/// A sample of everything is larger than an eighth of the ring: that is no reason to take no others.
void TestFlightRecorder::smallRingHasFewSamplesOfEverything()
{
    const FakeHost host(m_folder->path());
    QVERIFY(writeFile(host.root() + "/proc/vmstat", noise(4'000)));
    const QString file = path("a.hindcast.tar.zst");
    const Run result = record({"--root", host.root(), "--cpu", "0", "-c", "60", "-i", "0.05", "--ring", "10m",
        "--max-size", "256K", "-o", file});
    QVERIFY2(result.status == 0, result.err.constData());
    QCOMPARE(result.errorLinesWith("a sample of everything takes"), 1);
    const RecordedCapture capture = readCapture(file);
    QVERIFY(isWithoutHoles(capture));
    std::size_t segments = 1;
    for (std::size_t i = 1; i < capture.ticks.size(); ++i)
        segments += capture.ticks[i].segment != capture.ticks[i - 1].segment ? 1 : 0;
    QVERIFY2(capture.ticks.size() >= 8 * (segments - 1) && capture.ticks.size() > 10,
        qPrintable(QString("%1 samples in %2 segments").arg(capture.ticks.size()).arg(segments)));
}

/// Killed when the oldest file was in FILE, and not yet dropped from the ring: it counts once.
void TestFlightRecorder::ringMovedHalfway()
{
    const FakeHost host(m_folder->path());
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring";
    const QStringList arguments{
        "--root", host.root(), "--cpu", "0", "-i", "0.05", "--segment-ticks", "4", "--ring", "1h", "-o", file};
    RunningRecorder recorder(arguments);
    QVERIFY(waitFor([&] { return filesIn(ring).size() > 4; }));
    recorder.signal(SIGKILL);
    recorder.result();
    const QStringList names = filesIn(ring);
    const QByteArray once = contents(joined(ring, path("once.zst")));
    const QByteArray first = contents(ring + '/' + names[0]) + contents(ring + '/' + names[1]);
    rewrite(file + ".part", first);
    QVERIFY(QFile::remove(ring + '/' + names[0]));
    Run refused;
    QVERIFY(waitFor([&] { // its helpers end a moment later
        refused = record(arguments);
        return !refused.err.contains("another recording");
    }));
    QCOMPARE(refused.status, 2);
    const QByteArray command = "cat " + (file + ".part " + ring).toUtf8() + "/* >";
    QVERIFY2(refused.err.contains(command), refused.err.constData());

    const QString all = path("all.zst"), expected = path("expected.zst");
    QVERIFY(writeFile(all, first + contents(joined(ring, path("rest.zst")))));
    QVERIFY(writeFile(expected, once));
    const auto samples = [](const QByteArray& text) { // "… 3 segments, 12 samples, …"
        const auto place = text.indexOf(" segment");
        return text.mid(place - 3, text.indexOf(" sample") - place + 3);
    };
    const Run own = record({"--verify", all}), reference = record({"--verify", expected});
    QVERIFY(!samples(own.out).isEmpty());
    QCOMPARE(samples(own.out), samples(reference.out));
    const Run dumped = run(reportPath(), {"dump", all}), dumpedOnce = run(reportPath(), {"dump", expected});
    QCOMPARE(dumped.out.count("\n"), dumpedOnce.out.count("\n"));
    QVERIFY2(!dumped.out.contains("lost before"), dumped.out.constData());
    const Run whole = verify(all);
    QVERIFY2(!whole.out.contains("does not follow"), whole.out.constData());
    QCOMPARE(whole.out.count("segment"), verify(expected).out.count("segment"));
}

/// Room for bytes, and for no other file: that ends no recording.
void TestFlightRecorder::noRoomForAnotherFile()
{
    if (!isRoot())
        QSKIP("SKIPPED: needs root, to mount a small file system");
    const FakeHost host(m_folder->path());
    const QString small = path("small"), file = small + "/a.hindcast.tar.zst";
    QVERIFY(QDir().mkpath(small));
    QCOMPARE(run("mount", {"-t", "tmpfs", "-o", "size=4m,nr_inodes=9", "hindcast-test", small}).status, 0);
    const auto unmount = qScopeGuard([&] { run("umount", {"-l", small}); });
    const Run result = record({"--root", host.root(), "--cpu", "0", "-i", "0.05", "-c", "40", "--segment-ticks", "2",
        "--ring", "1h", "--min-free", "0", "-o", file});
    QVERIFY2(result.status == 0, result.err.constData());
    QCOMPARE(result.errorLinesWith("no room for another file"), 1);
    const RecordedCapture capture = readCapture(file);
    QVERIFY(capture.isFinished && isWithoutHoles(capture));
    QCOMPARE(capture.ticks.back().number, 39U);
    QCOMPARE(verify(file).status, 0);
}

void TestFlightRecorder::folderOfAFileSystem()
{
    const FakeHost host(m_folder->path());
    const QString ring = path("ring"), file = path("a.hindcast.tar.zst");
    QVERIFY(QDir().mkpath(ring + "/lost+found"));
    QFile::setPermissions(ring, QFileDevice::Permissions(0x7700));
    const Run result = record({"--root", host.root(), "--cpu", "0", "-c", "3", "-i", "0.05", "--ring", "1m",
        "--ring-folder", ring, "-o", file});
    QVERIFY2(result.status == 0, result.err.constData());
    QVERIFY(QDir(ring + "/lost+found").exists());
    QCOMPARE(readCapture(file).ticks.size(), 3U);
}

/// The bundle is due while the ring's file system is full: the end of its segment has no room yet.
void TestFlightRecorder::bundleWaitsForTheFloor()
{
    if (!isRoot())
        QSKIP("SKIPPED: needs root, to mount a small file system");
    const FakeHost host(m_folder->path());
    const QString small = path("small"), ring = small + "/ring", file = path("a.hindcast.tar.zst");
    const QString bundle = path("a-1.hindcast.tar.zst"), filler = small + "/filler";
    QVERIFY(QDir().mkpath(small));
    QCOMPARE(run("mount", {"-t", "tmpfs", "-o", "size=8m", "hindcast-test", small}).status, 0);
    const auto unmount = qScopeGuard([&] { run("umount", {"-l", small}); });
    // Quick ticks are as quick as the others: their segment goes on until the bundle is due.
    RunningRecorder recorder({"--root", host.root(), "--cpu", "0", "-i", "0.1", "--ring", "1h", "--ring-folder", ring,
        "--before", "1s", "--after", "1.5s", "--segment-ticks", "1000", "--min-free", "1M", "-o", file});
    QVERIFY(waitFor([&] { return wholeTicks(ring, path("now.zst")) >= 5; }));
    recorder.signal(SIGUSR1);
    QVERIFY(waitFor([&] { return !eventsOf(readCapture(joined(ring, path("now.zst"))), "trigger").empty(); }));
    QVERIFY(writeFile(filler, QByteArray(7'600'000, 'x')));
    QTest::qWait(2000); // beyond --after
    QVERIFY(!QFile::exists(bundle));
    QVERIFY(QFile::remove(filler));
    QVERIFY(waitFor([&] { return QFile::exists(bundle); }));
    recorder.signal(SIGTERM);
    recorder.result();
    const Run sound = verify(bundle);
    QVERIFY2(sound.status == 0, sound.out.constData());
    QCOMPARE(verify(file).status, 0);
    QCOMPARE(eventsOf(readCapture(bundle), "trigger").size(), 1U);
}

/// Another writer takes what is left: the ring's history makes way as far as that helps, and only then it pauses.
void TestFlightRecorder::historyMakesWayForThePresent()
{
    if (!isRoot())
        QSKIP("SKIPPED: needs root, to mount a small file system");
    const FakeHost host(m_folder->path());
    const QString small = path("small"), ring = small + "/ring", file = path("a.hindcast.tar.zst");
    QVERIFY(QDir().mkpath(small));
    QCOMPARE(run("mount", {"-t", "tmpfs", "-o", "size=8m", "hindcast-test", small}).status, 0);
    const auto unmount = qScopeGuard([&] { run("umount", {"-l", small}); });
    RunningRecorder recorder({"--root", host.root(), "--cpu", "0", "-i", "0.02", "--ring", "1h", "--ring-folder", ring,
        "--segment-ticks", "3", "--min-free", "1M", "-o", file});
    QVERIFY(waitFor([&] { return QDir(ring).entryList(QDir::Files).size() >= 30; }));
    const QString eldest = QDir(ring).entryList(QDir::Files, QDir::Name).at(1); // behind 0-start
    fill(small, 1'050'000);
    QVERIFY(waitFor([&] { return !eventsOf(readCapture(joined(ring, path("now.zst"))), "room-made").empty(); }));
    QVERIFY(!QFile::exists(ring + '/' + eldest));
    const std::size_t before = wholeTicks(ring, path("now.zst"));
    const auto newest = [&] { return readCapture(joined(ring, path("now.zst"))).ticks.back().number; };
    const std::uint64_t tick = newest();
    QVERIFY(waitFor([&] { return newest() > tick + 10; })); // it goes on
    QVERIFY(wholeTicks(ring, path("now.zst")) < before + 10); // in place of older ones
    QVERIFY(eventsOf(readCapture(joined(ring, path("now.zst"))), "pause").empty());
    QVERIFY(freeBytes(small) >= 1'000'000);
    // So little that the whole ring would not help: it is kept.
    fill(small, 100'000);
    QVERIFY(waitFor([&] { return recorder.errors().contains("recording pauses"); }));
    QVERIFY(wholeTicks(ring, path("now.zst")) > 10);
    QVERIFY(QFile::remove(small + "/filler"));
    recorder.signal(SIGTERM);
    recorder.result();
    QCOMPARE(verify(file).status, 0);
}

void TestFlightRecorder::logThatDoesNotFitIsSaid()
{
    const FakeHost host(m_folder->path());
    const QString file = path("a.hindcast.tar.zst"), log = path("x.log");
    QVERIFY(writeFile(log, {}));
    RunningRecorder recorder({"--root", host.root(), "--cpu", "0", "-i", "0.1", "--max-size", "512K", "--ring", "1m",
        "--log", log, "--before", "1s", "--after", "0.2", "-o", file});
    QVERIFY(waitFor([&] { return wholeTicks(file + ".ring", path("now.zst")) >= 3; }));
    rewrite(log, noise(300'000));
    recorder.signal(SIGUSR1);
    QVERIFY(waitFor([&] { return QFile::exists(path("a-1.hindcast.tar.zst")); }));
    QVERIFY(waitFor([&] { return !eventsOf(readCapture(joined(file + ".ring", path("now.zst"))), "bundle").empty(); }));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 4);
    QVERIFY2(result.errorLinesWith("x.log is left out, as --max-size has no room for it") == 1, result.err.constData());
    const RecordedCapture bundle = readCapture(path("a-1.hindcast.tar.zst"));
    QVERIFY(bundle.isFinished && !bundle.ticks.empty());
    const auto left = eventsOf(readCapture(file), "bundle-cap");
    QCOMPARE(left.size(), 1U);
    QVERIFY2(left[0].field("left_out").endsWith("x.log"), left[0].line.constData());
}

/// The disk is full in the middle of the logs: the next file has its own, from their beginning.
void TestFlightRecorder::failedBundleLeavesNothingToTheNext()
{
    if (!isRoot())
        QSKIP("SKIPPED: needs root, to mount a small file system");
    const FakeHost host(m_folder->path());
    const QString small = path("small"), ring = path("ring"), file = small + "/a.hindcast.tar.zst";
    const QString log = path("x.log"), other = path("y.log"), bundle = small + "/a-1.hindcast.tar.zst";
    QVERIFY(QDir().mkpath(small) && writeFile(log, {}) && writeFile(other, {}));
    QCOMPARE(run("mount", {"-t", "tmpfs", "-o", "size=512k", "hindcast-test", small}).status, 0);
    const auto unmount = qScopeGuard([&] { run("umount", {"-l", small}); });
    RunningRecorder recorder({"--root", host.root(), "--cpu", "0", "-i", "0.1", "--segment-ticks", "5", "--ring", "1h",
        "--ring-folder", ring, "--log", log, "--log", other, "--before", "1s", "--after", "0", "--cooldown", "0",
        "--min-free", "0", "-o", file});
    const auto events = [&](const char* kind) {
        return eventsOf(readCapture(joined(ring, path("now.zst"))), kind).size();
    };
    QVERIFY(waitFor([&] { return wholeTicks(ring, path("now.zst")) >= 3; }));
    rewrite(log, noise(300'000));
    recorder.signal(SIGUSR1);
    QVERIFY(waitFor([&] { return events("bundle-failed") == 1; }));
    QCOMPARE(run("mount", {"-o", "remount,size=16m", small}).status, 0);
    rewrite(log, "the second incident\n");
    recorder.signal(SIGUSR1);
    QVERIFY(waitFor([&] { return QFile::exists(bundle); }));
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 5);
    QByteArray logs;
    for (const auto& [name, bytes] : readCapture(bundle).membersBelow("logs"))
        logs += name.toUtf8() + '\n' + bytes;
    QVERIFY2(logs.contains("the second incident"), logs.left(500).constData());
    QCOMPARE(logs.count("y.log.txt\n"), 1);
}

/// More files in the ring than the recorder may have open.
void TestFlightRecorder::fewDescriptorsWhileBundling()
{
    const FakeHost host(m_folder->path());
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring", bundle = path("a-1.hindcast.tar.zst");
    RunningRecorder recorder({"--root", host.root(), "--cpu", "0", "-i", "0.02", "--segment-ticks", "1", "--ring", "1h",
        "--before", "1h", "--after", "0", "-o", file});
    QVERIFY(waitFor([&] { return filesIn(ring).size() > 60; }));
    const rlimit few{50, 50};
    QCOMPARE(prlimit(static_cast<pid_t>(recorder.pid()), RLIMIT_NOFILE, &few, nullptr), 0);
    recorder.signal(SIGUSR1);
    QVERIFY(waitFor([&] { return QFile::exists(bundle) || !recorder.isRunning(); }));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QVERIFY2(result.status == 0, result.err.constData());
    QCOMPARE(verify(bundle).status, 0);
    QVERIFY(readCapture(bundle).ticks.size() >= 60);
}

/// ulimit -f lets the ring's files pass, and not what is made of them.
void TestFlightRecorder::bundleLargerThanAllowed()
{
    const FakeHost host(m_folder->path());
    QVERIFY(writeFile(host.root() + "/proc/vmstat", noise(4'000)));
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring";
    RunningRecorder recorder({"--root", host.root(), "--cpu", "0", "-i", "0.05", "--segment-ticks", "2", "--ring", "1h",
        "--after", "0", "-o", file});
    QVERIFY(waitFor([&] { return bytesIn(ring) > (300U << 10); }));
    const rlimit small{128 << 10, 128 << 10};
    QCOMPARE(prlimit(static_cast<pid_t>(recorder.pid()), RLIMIT_FSIZE, &small, nullptr), 0);
    recorder.signal(SIGUSR1);
    QVERIFY(waitFor([&] { return !eventsOf(readCapture(joined(ring, path("now.zst"))), "bundle-failed").empty(); }));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 5);
    QVERIFY2(result.err.contains("could be made: File too large"), result.err.constData());
    QVERIFY2(!result.err.contains("too small"), result.err.constData());
}

void TestFlightRecorder::expressionFires()
{
    FakeHost host(m_folder->path());
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring";
    const QString bundle = path("a-1.hindcast.tar.zst");
    RunningRecorder recorder({"--root", host.root(), "--cpu", "0", "-i", "0.25", "--segment-ticks", "4", "--trigger",
        "load1 > 8", "--before", "2s", "--after", "4s", "-o", file});
    QVERIFY(waitFor([&] { return filesIn(ring).size() > 2 && filesIn(ring)[1] > "seg-000001"; })); // all of the ring
    host.setLoad(9);
    QVERIFY(waitFor([&] { return QFile::exists(bundle); }));
    host.setLoad(0.5);
    const std::size_t ticks = readCapture(joined(ring, path("now.zst"))).ticks.size();
    QVERIFY(waitFor([&] { return readCapture(joined(ring, path("now.zst"))).ticks.size() >= ticks + 3; }));
    recorder.signal(SIGINT);
    const Run result = recorder.result();
    QVERIFY2(result.status == 0 || result.status == 3, result.err.constData());
    QVERIFY(result.err.contains("triggered by load1 > 8"));

    const RecordedCapture capture = readCapture(bundle);
    QVERIFY(capture.isFinished);
    QCOMPARE(verify(bundle).status, 0);
    const auto triggers = eventsOf(capture, "trigger");
    QCOMPARE(triggers.size(), 1U);
    QCOMPARE(triggers[0].field("expression"), QByteArray("load1%20>%208"));
    QVERIFY(triggers[0].field("reason").contains('9'));
    const auto high = std::find_if(capture.ticks.begin(), capture.ticks.end(),
        [](const RecordedTick& tick) { return tick.body("/proc/loadavg").value_or("").startsWith("9.00"); });
    QVERIFY(high != capture.ticks.end());
    QVERIFY(triggers[0].tick <= high->number + 2 + static_cast<std::uint64_t>(high->value("missed").value_or(0)));
    QVERIFY(triggers[0].monotonic - monotonicOf(capture.ticks.front()) >= 2'000'000'000);
    QVERIFY(monotonicOf(capture.ticks.back()) - triggers[0].monotonic >= 3'500'000'000);
    QVERIFY(isWithoutHoles(capture));
    QVERIFY(!capture.membersBelow("start").empty());

    const std::int64_t quick = 100'000'000;
    std::uint64_t quickTicks = 0, quickMissed = 0;
    for (std::size_t i = 0; i < capture.ticks.size(); ++i) {
        const RecordedTick& tick = capture.ticks[i];
        if (intervalOf(capture, tick) != quick) {
            QCOMPARE(intervalOf(capture, tick), 250'000'000);
            continue;
        }
        ++quickTicks;
        quickMissed += static_cast<std::uint64_t>(tick.value("missed").value_or(0));
        if (quickTicks > 1) { // slots are 0.1 s apart, whatever their numbers
            const auto& before = capture.ticks[i - 1];
            const std::int64_t steps = static_cast<std::int64_t>(tick.number - before.number);
            const std::int64_t late = tick.value("late_ns").value_or(0) - before.value("late_ns").value_or(0);
            const std::int64_t off = monotonicOf(tick) - monotonicOf(before) - late - steps * quick;
            QVERIFY2(std::abs(off) < 2'000'000, qPrintable(QString::number(off)));
        }
    }
    const std::uint64_t expected = 38; // 4 s, less what the first and last may lose
    QVERIFY2(quickTicks + quickMissed >= expected && quickTicks * 10 + quickMissed * 10 >= expected * 8,
        qPrintable(QString("%1 taken, %2 missed").arg(quickTicks).arg(quickMissed)));
    QCOMPARE(eventsOf(capture, "burst-begin").size(), 1U);
    // The bundle itself ends before that can be said; the ring goes on.
    const RecordedCapture rest = readCapture(file);
    QVERIFY(rest.isFinished);
    const auto bundles = eventsOf(rest, "bundle");
    QCOMPARE(bundles.size(), 1U);
    QCOMPARE(bundles[0].field("file"), bundle.toUtf8());
    QCOMPARE(bundles[0].field("bytes").toLongLong(), QFile(bundle).size());
    QCOMPARE(bundles[0].field("ticks").toULongLong(), capture.ticks.size());
    QVERIFY(!QDir(ring).exists());
}

void TestFlightRecorder::signalFires()
{
    const FakeHost host(m_folder->path());
    QVERIFY(QDir(m_folder->path()).mkdir("work"));
    const QString work = path("work");
    QProcess recorder;
    recorder.setWorkingDirectory(work);
    recorder.start(recorderPath(),
        {"--root", host.root(), "--cpu", "0", "-i", "0.1", "--segment-ticks", "5", "--ring", "1m", "--before", "1s",
            "--after", "0.3"});
    const auto rings = [&] { return QDir(work).entryList({"*.ring"}, QDir::Dirs); };
    const bool hasRing = waitFor([&] { return !rings().isEmpty() && filesIn(work + '/' + rings()[0]).size() > 5; });
    ::kill(static_cast<pid_t>(recorder.processId()), SIGUSR1);
    const auto bundles = [&] { return QDir(work).entryList({"*-trigger.hindcast.tar.zst"}, QDir::Files); };
    const bool hasBundle = waitFor([&] { return !bundles().isEmpty(); });
    recorder.terminate();
    QVERIFY(recorder.waitForFinished(patience));
    QVERIFY(hasRing);
    QVERIFY2(hasBundle, recorder.readAllStandardError().constData());
    QCOMPARE(recorder.exitCode(), 0);
    QVERIFY(bundles()[0].startsWith("pavo-20"));
    QCOMPARE(verify(work + '/' + bundles()[0]).status, 0);
    const RecordedCapture capture = readCapture(work + '/' + bundles()[0]);
    const auto triggers = eventsOf(capture, "trigger");
    QCOMPARE(triggers.size(), 1U);
    QCOMPARE(triggers[0].field("expression"), QByteArray("SIGUSR1"));
    QVERIFY(triggers[0].monotonic - monotonicOf(capture.ticks.front()) >= 1'000'000'000);
    QVERIFY(QDir(work).entryList({"pavo-*Z.hindcast.tar.zst"}, QDir::Files).size() == 1);
}

void TestFlightRecorder::cooldownAndCount()
{
    FakeHost host(m_folder->path());
    host.setLoad(9);
    const QString file = path("a.hindcast.tar.zst");
    const Run result = record({"--root", host.root(), "--cpu", "0", "-i", "0.1", "--trigger", "load1 > 8", "--before",
        "1s", "--after", "0.2", "--cooldown", "1s", "--count", "2", "-o", file});
    QVERIFY2(result.status == 0, result.err.constData());
    QVERIFY(QFile::exists(path("a-1.hindcast.tar.zst")));
    const RecordedCapture second = readCapture(path("a-2.hindcast.tar.zst"));
    QVERIFY(second.isFinished);
    QVERIFY(!QFile::exists(path("a-3.hindcast.tar.zst")));
    QVERIFY(!QFile::exists(file) && !QFile::exists(file + ".part") && !QDir(file + ".ring").exists());
    const auto bundles = eventsOf(second, "bundle"); // the first one's, which lies in the second one's time before
    QCOMPARE(bundles.size(), 1U);
    const auto triggers = eventsOf(second, "trigger");
    QVERIFY(triggers.back().monotonic - bundles[0].monotonic >= 1'000'000'000);
}

/// While one is handled, others begin: a note each, at the tick where they do.
void TestFlightRecorder::otherTriggersAreNoted()
{
    FakeHost host(m_folder->path());
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring";
    RunningRecorder recorder({"--root", host.root(), "--cpu", "0", "-i", "0.25", "--trigger", "load1 > 20", "--trigger",
        "load1 > 8", "--before", "1s", "--after", "2s", "--count", "1", "-o", file});
    QVERIFY(waitFor([&] { return QFile::exists(ring + "/seg-000000.tar.zst.part"); }));
    host.setLoad(9);
    QVERIFY(waitFor([&] { return filesIn(ring).contains("seg-000001.tar.zst.part"); })); // of the quick ticks
    host.setLoad(25);
    const Run result = recorder.result();
    QVERIFY2(result.status == 0, result.err.constData());
    const auto triggers = eventsOf(readCapture(path("a-1.hindcast.tar.zst")), "trigger");
    QCOMPARE(triggers.size(), 2U);
    QCOMPARE(triggers[0].field("expression"), QByteArray("load1%20>%208"));
    QVERIFY(triggers[0].field("counted").isEmpty());
    QCOMPARE(triggers[1].field("expression"), QByteArray("load1%20>%2020"));
    QCOMPARE(triggers[1].field("counted"), QByteArray("no"));
}

void TestFlightRecorder::badExpression_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("complaint");
    QTest::newRow("a place in the text") << QStringList{"--trigger", "load1 >> 8"} << QByteArray("column 8");
    QTest::newRow("the second of two") << QStringList{"--trigger", "load1 > 8", "--trigger", "no.such.metric > 1"}
                                       << QByteArray("no.such.metric");
    QTest::newRow("sockets that are never listed") << QStringList{"--trigger", "tcp.sockets{state=CLOSE-WAIT} > 5",
        "--socket-ticks", "0"} << QByteArray("--socket-ticks 0");
    QTest::newRow("a command where none may run")
        << QStringList{"--trigger", "command(\"true\") == 0", "--no-commands"} << QByteArray("command");
}

void TestFlightRecorder::badExpression()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, complaint);
    const Run result = record(arguments + QStringList{"-o", path("a.hindcast.tar.zst")});
    QCOMPARE(result.status, 2);
    QVERIFY2(result.err.contains(complaint), result.err.constData());
    QVERIFY(QDir(m_folder->path()).isEmpty());
}

/// Quick ticks are more of them, not more time: -d ends when it would have without.
void TestFlightRecorder::burstLeavesThePlannedEnd()
{
    FakeHost host(m_folder->path());
    host.setLoad(9);
    const QString file = path("a.hindcast.tar.zst");
    const Run result = record({"--root", host.root(), "--cpu", "0", "-i", "0.5", "-d", "3", "--trigger", "load1 > 8",
        "--before", "1s", "--after", "1s", "--cooldown", "1h", "-o", file});
    QVERIFY2(result.status == 0, result.err.constData());
    const RecordedCapture capture = readCapture(file);
    const std::int64_t length = monotonicOf(capture.ticks.back()) - monotonicOf(capture.ticks.front());
    QVERIFY2(std::abs(length - 3'000'000'000) <= 500'000'000, qPrintable(QString::number(length)));
    QVERIFY(isWithoutHoles(capture));
    QCOMPARE(intervalOf(capture, capture.ticks.back()), 500'000'000);
    QCOMPARE(capture.manifest(0)["config"].toObject()["duration_s"].toDouble(), 3.0);
    for (const RecordedTick& tick : capture.ticks) {
        const QJsonObject config = capture.manifest(static_cast<int>(tick.segment))["config"].toObject();
        QCOMPARE(config["duration_s"].toDouble(), 3.0);
        QCOMPARE(config["interval_s"].toDouble(), 0.5);
    }
    QVERIFY(QFile::exists(path("a-1.hindcast.tar.zst")));
}

/// Whichever comes first: both files are whole, or there is one that has everything.
void TestFlightRecorder::stopWhileBundling()
{
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring", bundle = path("a-1.hindcast.tar.zst");
    RunningRecorder recorder(
        {"--cpu", "0", "-i", "0.05", "--ring", "1h", "--segment-ticks", "10", "--after", "0", "-o", file});
    QVERIFY(waitFor([&] { return filesIn(ring).size() > 5; }));
    signalAll(recorder.pid(), SIGUSR1);
    QVERIFY(waitFor([&] { return QFile::exists(bundle + ".part") || QFile::exists(bundle); }));
    signalAll(recorder.pid(), SIGTERM);
    const Run result = recorder.result();
    QVERIFY2(result.status == 0 || result.status == 3, result.err.constData());
    QVERIFY(!QFile::exists(bundle + ".part"));
    QCOMPARE(verify(bundle).status, 0);
    QCOMPARE(verify(file).status, 0);
    QCOMPARE(eventsOf(readCapture(bundle), "trigger").size(), 1U);
    QCOMPARE(eventsOf(readCapture(file), "trigger").size(), 1U);
}

/// FILE lies on a file system that somebody else has filled: the ring, elsewhere, keeps everything.
void TestFlightRecorder::diskFullWhileBundling()
{
    if (!isRoot())
        QSKIP("SKIPPED: needs root, to mount a small file system");
    const QString small = path("small"), ring = path("ring"), file = small + "/a.hindcast.tar.zst";
    QVERIFY(QDir().mkpath(small));
    QCOMPARE(run("mount", {"-t", "tmpfs", "-o", "size=128k", "hindcast-test", small}).status, 0);
    const auto unmount = qScopeGuard([&] { run("umount", {"-l", small}); }); // helpers may end a moment later
    RunningRecorder recorder({"--cpu", "0", "-i", "0.05", "--ring", "1h", "--segment-ticks", "5", "--ring-folder", ring,
        "--after", "0", "--min-free", "0", "-o", file});
    QVERIFY(waitFor([&] { return bytesIn(ring) > (400U << 10); }));
    recorder.signal(SIGUSR1);
    const std::size_t before = wholeTicks(ring, path("joined.zst"));
    QVERIFY(waitFor([&] { return wholeTicks(ring, path("joined.zst")) > before + 20; })); // it goes on
    QVERIFY(!QFile::exists(small + "/a-1.hindcast.tar.zst"));
    QVERIFY(!QFile::exists(small + "/a-1.hindcast.tar.zst.part"));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 5);
    QVERIFY2(result.err.contains("no file of the trigger could be made: No space"), result.err.constData());
    QVERIFY2(result.err.contains("cat "), result.err.constData());
    // What fitted is in FILE, the rest in the ring: together they are all of it.
    const QString all = path("all.hindcast.tar.zst");
    QVERIFY(writeFile(all, contents(file) + contents(joined(ring, path("joined.zst")))));
    const RecordedCapture capture = readCapture(all);
    QVERIFY(isWithoutHoles(capture));
    QCOMPARE(capture.ticks.front().number, 0U);
    QCOMPARE(eventsOf(capture, "bundle-failed").size(), 1U);
    QVERIFY(!run(reportPath(), {"dump", all}).out.contains("lost before"));
}

void TestFlightRecorder::packetsGoIntoTheRing()
{
    if (!isRoot())
        QSKIP("SKIPPED: needs root, for a network namespace and its packets");
    const QString file = path("a.hindcast.tar.zst"), ring = file + ".ring";
    QProcess recorder; // each program becomes the next, so that the process is the recorder's in the end
    recorder.start("unshare",
        {"-n", "sh", "-c",
            "ip link set lo up; setpriv --pdeathsig KILL ping -i 0.05 127.0.0.1 >/dev/null 2>&1 & exec \"$@\"", "sh",
            recorderPath(), "--cpu", "0", "-i", "0.1", "--ring", "3s", "--segment-ticks", "10", "--packets", "lo:icmp",
            "--packet-seconds", "1", "-o", file});
    const bool wasDropped = waitFor([&] { return filesIn(ring).size() > 2 && filesIn(ring)[1] > "seg-000003"; });
    ::kill(static_cast<pid_t>(recorder.processId()), SIGINT);
    const bool hasEnded = recorder.waitForFinished(patience);
    QVERIFY2(wasDropped, recorder.readAllStandardError().constData());
    QVERIFY(hasEnded);
    const RecordedCapture capture = readCapture(file);
    QVERIFY(capture.isFinished);
    const auto packets = capture.membersBelow("packets/lo");
    QVERIFY(packets.size() >= 4);
    QVERIFY(packets.front().first > "packets/lo/000001"); // the first ones went with their segments
    QCOMPARE(verify(file).status, 0);
    const Run dump = run(reportPath(), {"members", file});
    QVERIFY2(dump.status == 0, dump.err.constData());
}

void TestFlightRecorder::withoutRingTheSignalDoesNothing()
{
    const FakeHost host(m_folder->path());
    const QString file = path("a.hindcast.tar.zst");
    RunningRecorder recorder({"--root", host.root(), "--cpu", "0", "-i", "0.05", "-o", file});
    QVERIFY(waitFor([&] { return QFile(file + ".part").size() > 0; }));
    recorder.signal(SIGUSR1);
    QVERIFY(waitFor([&] { return readCapture(file + ".part").ticks.size() > 5; }));
    recorder.signal(SIGINT);
    QCOMPARE(recorder.result().status, 0);
    QVERIFY(eventsOf(readCapture(file), "trigger").empty());
}

QTEST_GUILESS_MAIN(TestFlightRecorder)
#include "tst_flight_recorder.moc"
