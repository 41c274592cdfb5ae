// The kernel log and the fill of file systems in a capture of hindcast-record: the real ones where they can be asked,
// and made-up ones, among them one that never answers.
#include "recorder_runs.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace hindcast;
using namespace hindcast::test;

namespace {

constexpr const char* logPath = "/dev/kmsg";
constexpr const char* fillPath = "hindcast/filesystems";

/// What all ticks hold of the kernel log, joined.
QByteArray wholeLog(const RecordedCapture& capture)
{
    QByteArray log;
    for (const RecordedTick& tick : capture.ticks)
        log += tick.body(logPath).value_or(QByteArray());
    return log;
}

/// The lines of the first block, each split, without the names.
QList<QList<QByteArray>> fillLines(const RecordedCapture& capture)
{
    for (const RecordedTick& tick : capture.ticks) {
        const auto body = tick.body(fillPath);
        if (!body)
            continue;
        QList<QList<QByteArray>> lines;
        for (const QByteArray& line : body->split('\n').mid(1))
            if (!line.isEmpty())
                lines.push_back(line.split(' '));
        return lines;
    }
    return {};
}

QList<QByteArray> mountsIn(const QList<QList<QByteArray>>& lines)
{
    QList<QByteArray> mounts;
    for (const QList<QByteArray>& line : lines)
        mounts.push_back(line.value(1));
    return mounts;
}

/// A FUSE mount whose server never says a word: who asks it waits until this goes, also when a test fails.
class SilentMount {
public:
    explicit SilentMount(QString place)
        : m_place(std::move(place))
        , m_connection(open("/dev/fuse", O_RDWR | O_CLOEXEC))
    {
        const QByteArray how = "fd=" + QByteArray::number(m_connection) + ",rootmode=40000,user_id=0,group_id=0";
        m_isMounted = m_connection >= 0 && mount("silent", qPrintable(m_place), "fuse", 0, how.constData()) == 0;
    }
    ~SilentMount()
    {
        if (m_connection >= 0)
            close(m_connection);
        if (m_isMounted)
            umount2(qPrintable(m_place), MNT_DETACH);
    }
    SilentMount(const SilentMount&) = delete;
    SilentMount& operator=(const SilentMount&) = delete;
    bool isMounted() const { return m_isMounted; }

private:
    QString m_place;
    int m_connection;
    bool m_isMounted = false;
};

} // namespace

class TestRecorderLog : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY2(QFile::exists(recorderPath()), qPrintable(recorderPath() + " is not built")); }
    void init();

    void newRecordsComeOnce();
    void backlogIsInTheFirstTick();
    void overwrittenRecordsAreCounted();
    void longBacklogKeepsItsNewest();
    void absentLogIsNoRefusal();
    void refusedLogIsSaidOnce();

    void fillIsThatOfStatvfs();
    void madeUpMountTable();
    void hangingFileSystemDelaysNoTick();

private:
    QString file() const { return m_folder->filePath("x.hindcast.tar.zst"); }
    QString part() const { return file() + ".part"; }
    QString root(const QString& inside = {}) const { return m_folder->filePath("root") + inside; }
    QStringList options(const QStringList& more) const { return QStringList{"-i", "0.1", "-o", file()} + more; }
    QStringList inRoot(const QStringList& more) const { return options(more + QStringList{"--root", root()}); }
    bool waitForTicks(std::size_t ticks) const
    {
        return waitFor([&] { return readCapture(part()).ticks.size() >= ticks; });
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestRecorderLog::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(writeFile(root("/proc/stat"), "cpu  1 0 1 1 0 0 0 0 0 0\n"));
}

void TestRecorderLog::newRecordsComeOnce()
{
    // The real log in a made-up root, whose captures are small.
    QVERIFY(QDir().mkpath(root("/dev")));
    const bool hasDevice = mknod(qPrintable(root("/dev/kmsg")), S_IFCHR | 0600, makedev(1, 11)) == 0;
    const int log = hasDevice ? open(qPrintable(root("/dev/kmsg")), O_WRONLY | O_CLOEXEC) : -1;
    if (log < 0)
        QSKIP("SKIPPED: writing to the kernel log needs root");
    const QByteArray mark = "hindcast test " + QByteArray::number(getpid());
    RunningRecorder recorder(inRoot({"--segment-ticks", "3"}));
    QVERIFY(waitForTicks(2));
    const QByteArray line = mark + '\n'; // without its end the kernel would wait for the rest of the line
    const bool isWritten = ::write(log, line.constData(), static_cast<std::size_t>(line.size())) == line.size();
    close(log);
    if (!isWritten)
        QSKIP("SKIPPED: this kernel refuses messages to /dev/kmsg (printk.devkmsg=off), so none can be awaited");
    QVERIFY(waitFor([&] { return wholeLog(readCapture(part())).contains(mark); }));
    const std::size_t ticks = readCapture(part()).ticks.size();
    QVERIFY(waitForTicks(ticks + 4)); // over a keyframe, which repeats nothing
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 0);
    const RecordedCapture capture = readCapture(file());
    QCOMPARE(wholeLog(capture).count(mark), qsizetype{1});
    QVERIFY(!capture.ticks.front().body(logPath).value_or(QByteArray()).contains(mark));
    for (const RecordedTick& tick : capture.ticks) {
        QCOMPARE(tick.value("kmsg_lost").value_or(-1), std::int64_t{0});
        const auto body = tick.body(logPath);
        QVERIFY(!body || body->contains(';')); // no block when there is nothing new
    }
}

void TestRecorderLog::backlogIsInTheFirstTick()
{
    const Run dmesg = run("dmesg", {"-r"});
    if (dmesg.status != 0 || dmesg.out.isEmpty())
        QSKIP("SKIPPED: the kernel log is not to be read here, or is empty");
    const Run result = record(options({"-c", "1"}));
    QVERIFY2(result.status == 0 || result.status == 3, result.err); // 3: other sources may be denied here
    const RecordedCapture capture = readCapture(file());
    const QByteArray log = capture.ticks.at(0).body(logPath).value_or(QByteArray());
    const QByteArray oldest = dmesg.out.split('\n').front();
    QVERIFY(log.size() < (1 << 20)); // else the oldest would rightly be missing
    QVERIFY2(log.split('\n').front().contains(oldest.mid(oldest.indexOf("] ") + 2)), oldest);
}

/// A pipe gives one record at a time, as the kernel's log does, when the next is written after it was read.
void TestRecorderLog::overwrittenRecordsAreCounted()
{
    QVERIFY(QDir().mkpath(root("/dev")));
    QCOMPARE(mkfifo(qPrintable(root("/dev/kmsg")), 0600), 0);
    RunningRecorder recorder(inRoot({}));
    int log = -1;
    QVERIFY(waitFor([&] {
        log = open(qPrintable(root("/dev/kmsg")), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        return log >= 0;
    }));
    const QByteArray records[] = {"6,10,100,-;ten\n SUBSYSTEM=net\n", "6,11,200,-;eleven\n", "4,15,300,-;fifteen\n"};
    for (const QByteArray& text : records) {
        QCOMPARE(::write(log, text.constData(), static_cast<std::size_t>(text.size())), ssize_t{text.size()});
        QVERIFY(waitFor([&] { return wholeLog(readCapture(part())).endsWith(text); }));
    }
    const std::size_t ticks = readCapture(part()).ticks.size();
    QVERIFY(waitForTicks(ticks + 1));
    close(log);
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 0);
    const RecordedCapture capture = readCapture(file());
    QCOMPARE(wholeLog(capture), QByteArray("6,10,100,-;ten\n SUBSYSTEM=net\n6,11,200,-;eleven\n4,15,300,-;fifteen\n"));
    for (const RecordedTick& tick : capture.ticks) {
        const bool isBehindGap = tick.body(logPath).value_or(QByteArray()).contains("fifteen");
        QCOMPARE(tick.value("kmsg_lost").value_or(-1), std::int64_t{isBehindGap ? 3 : 0});
    }
}

void TestRecorderLog::longBacklogKeepsItsNewest()
{
    QByteArray log;
    for (int i = 0; log.size() < (5 << 20); ++i)
        log += "6," + QByteArray::number(i) + ",1,-;" + QByteArray(50 + i % 40, 'x') + "\n DEVICE=b8:0\n";
    QVERIFY(writeFile(root("/dev/kmsg"), log));
    QCOMPARE(record(inRoot({"-c", "2"})).status, 0);
    const RecordedCapture capture = readCapture(file());
    const QByteArray kept = capture.ticks.at(0).body(logPath).value_or(QByteArray());
    QVERIFY(kept.size() <= (1 << 20) && kept.size() > (1 << 20) - 1000);
    QVERIFY(log.endsWith(kept));
    QVERIFY(kept.startsWith("6,")); // a whole record
    for (std::size_t i = 1; i < capture.ticks.size(); ++i)
        QVERIFY(!capture.ticks[i].body(logPath));
}

void TestRecorderLog::absentLogIsNoRefusal()
{
    const Run result = record(inRoot({"-c", "5", "--segment-ticks", "2"}));
    QCOMPARE(result.status, 0);
    const RecordedCapture capture = readCapture(file());
    std::uint64_t segment = 1'000;
    for (const RecordedTick& tick : capture.ticks) {
        QVERIFY(!tick.value("kmsg_lost")); // not 0: nobody looked
        QCOMPARE(tick.errorNumber(logPath), tick.segment != segment ? std::optional(ENOENT) : std::nullopt);
        segment = tick.segment;
    }
    for (int i = 0; i < capture.segments(); ++i)
        QCOMPARE(capture.denials(i, logPath).size(), std::size_t{1});
}

void TestRecorderLog::refusedLogIsSaidOnce()
{
    if (geteuid() != 0)
        QSKIP("SKIPPED: becoming another user needs root");
    if (contents("/proc/sys/kernel/dmesg_restrict").trimmed() != "1")
        QSKIP("SKIPPED: kernel.dmesg_restrict is 0, so nobody is refused the kernel log");
    const Run result = recordAsNobody(m_folder->path(), options({"-c", "5", "--segment-ticks", "2"}));
    QCOMPARE(result.status, 3);
    QCOMPARE(result.errorLinesWith(logPath), 1);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished && !capture.ticks.empty());
    for (int i = 0; i < capture.segments(); ++i) {
        QCOMPARE(capture.denials(i, logPath).size(), std::size_t{1});
        QVERIFY(capture.denials(i, logPath)[0]["errno"].toInt() == EPERM
            || capture.denials(i, logPath)[0]["errno"].toInt() == EACCES);
    }
    QVERIFY(wholeLog(capture).isEmpty());
}

void TestRecorderLog::fillIsThatOfStatvfs()
{
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        QSKIP("SKIPPED: mounting the file systems this is about needs root");
    const QString place = m_folder->filePath("a b%"), again = m_folder->filePath("again-and-longer");
    QVERIFY(QDir().mkpath(place) && QDir().mkpath(again));
    QCOMPARE(mount("made up", qPrintable(place), "tmpfs", 0, "size=10m,nr_inodes=500"), 0);
    QVERIFY(writeFile(place + "/full", QByteArray(3 << 20, 'x')));
    QCOMPARE(mount(qPrintable(place), qPrintable(again), nullptr, MS_BIND, nullptr), 0);
    const Run result = record(options({"-c", "4"}));
    struct statvfs status { };
    QCOMPARE(statvfs(qPrintable(place), &status), 0);
    umount2(qPrintable(again), MNT_DETACH);
    umount2(qPrintable(place), MNT_DETACH);
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    const auto lines = fillLines(readCapture(file()));
    const QByteArray escaped = place.toUtf8().replace("%", "%25").replace(" ", "%20");
    QCOMPARE(mountsIn(lines).count(escaped), qsizetype{1});
    QCOMPARE(mountsIn(lines).count(again.toUtf8()), qsizetype{0}); // the same file system
    const QList<QByteArray> line = lines.at(mountsIn(lines).indexOf(escaped));
    const auto number = [](auto value) { return QByteArray::number(static_cast<qulonglong>(value)); };
    QCOMPARE(line,
        (QList<QByteArray>{"made%20up", escaped, "tmpfs", number(10 << 20), number(7 << 20), number(7 << 20),
            number(status.f_files), number(status.f_ffree)}));
}

void TestRecorderLog::madeUpMountTable()
{
    // Of 8:1 two mounts, the shorter counts; 8:2 is covered by the network's; types of the network and FUSE are not
    // asked.
    QVERIFY(writeFile(root("/proc/1/mountinfo"),
        "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
        "2 1 8:1 /srv /srv/data rw,relatime - ext4 /dev/vda1 rw\n"
        "3 1 8:2 / /mnt/covered rw - xfs /dev/vdb rw\n"
        "4 1 0:50 / /mnt/covered rw - nfs4 server:/x rw\n"
        "5 1 0:51 / /mnt/fuse rw - fuse.sshfs host:/ rw\n"
        "6 1 0:52 / /mnt/odd\\040name rw - btrfs /dev/vdc rw\n"
        "7 1 8:9 / /mnt/gone rw - ext4 /dev/vdd rw\n"
        "not a mount\n"));
    for (const char* folder : {"/srv/data", "/mnt/covered", "/mnt/fuse", "/mnt/odd name"})
        QVERIFY(QDir().mkpath(root(folder)));
    const Run result = record(inRoot({"-c", "4"}));
    QCOMPARE(result.status, 0);
    const auto lines = fillLines(readCapture(file()));
    QCOMPARE(mountsIn(lines), (QList<QByteArray>{"/", "/mnt/odd%20name"}));
    QCOMPARE(lines.at(0).at(0), QByteArray("/dev/vda1"));
    QCOMPARE(lines.at(1).at(2), QByteArray("btrfs"));
}

void TestRecorderLog::hangingFileSystemDelaysNoTick()
{
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        QSKIP("SKIPPED: mounting the file systems this is about needs root");
    QVERIFY(QDir().mkpath(root("/mnt/hangs")) && QDir().mkpath(root("/zz")));
    const SilentMount silent(root("/mnt/hangs"));
    if (!silent.isMounted())
        QSKIP("SKIPPED: there is no FUSE here");
    QVERIFY(writeFile(root("/proc/1/mountinfo"),
        "1 0 8:1 / / rw - ext4 /dev/vda1 rw\n"
        "2 1 8:2 / /mnt/hangs rw - ext4 /dev/vdb rw\n"
        "3 1 8:3 / /zz rw - ext4 /dev/vdc rw\n"));
    RunningRecorder recorder(inRoot({"-i", "0.05"}));
    const auto blocks = [](const RecordedCapture& capture) {
        QList<QByteArray> found;
        for (const RecordedTick& tick : capture.ticks)
            if (const auto body = tick.body(fillPath))
                found.push_back(*body);
        return found;
    };
    QVERIFY(waitFor([&] { return blocks(readCapture(part())).size() >= 2; }));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 0);
    QCOMPARE(result.errorLinesWith("/mnt/hangs"), 1);
    const RecordedCapture capture = readCapture(file());
    const QList<QByteArray> found = blocks(capture);
    QVERIFY(found.at(0).contains("/dev/vda1 / ext4 "));
    QVERIFY(found.at(1).contains("/dev/vda1 / ext4 ") && found.at(1).contains("/dev/vdc /zz ext4 ")); // asked before it
    for (const QByteArray& block : found)
        QVERIFY(!block.contains("hangs"));
    for (std::size_t i = 1; i < capture.ticks.size(); ++i) // a second of hanging would be 20 ticks
        QVERIFY(capture.ticks[i].number - capture.ticks[i - 1].number < 10);
}

QTEST_GUILESS_MAIN(TestRecorderLog)
#include "tst_recorder_log.moc"
