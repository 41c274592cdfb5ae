// Places the recorder is carried to: no environment, no files but its own, /proc as a careful host mounts it, folders
// where nothing may be started, few descriptors, little memory. It records what there is, or says in a line what is
// missing.
#include "recorder_runs.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cerrno>
#include <set>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hindcast;
using namespace hindcast::test;

namespace {

/// How many ticks there are depends on how busy this machine is: those that would come too late are left out.
int wholeTicks(const RecordedCapture& capture)
{
    return static_cast<int>(std::count_if(capture.ticks.begin(), capture.ticks.end(),
        [](const RecordedTick& tick) { return tick.state == framing::TickState::Whole; }));
}

bool isComplete(const Run& result)
{
    return result.status == 0 || result.status == 3;
}

/// Paths of the ticks, with every process's number as <pid>, that were read at least once.
std::set<QString> readPaths(const RecordedCapture& capture)
{
    std::set<QString> paths;
    for (const RecordedTick& tick : capture.ticks)
        for (const auto& [header, body] : tick.blocks)
            if (header.errorNumber == 0)
                paths.insert(
                    QString::fromStdString(header.path).replace(QRegularExpression("^/proc/\\d+/"), "/proc/<pid>/"));
    return paths;
}

std::function<void()> withLimit(int resource, rlim_t limit)
{
    return [=] {
        const rlimit both{limit, limit};
        setrlimit(static_cast<__rlimit_resource_t>(resource), &both);
    };
}

} // namespace

class TestRecorderPlaces : public QObject {
    Q_OBJECT
private slots:
    void init();
    void needsNoEnvironment();
    void saysThatAnEmptyRootHasNothing();
    void needsNoFileButProc();
    void recordsAsNobodyWhatNobodyMayRead();
    void isStartedFromWhereNothingMayBe_data();
    void isStartedFromWhereNothingMayBe();
    void recordsWhatAMountOfProcShows_data();
    void recordsWhatAMountOfProcShows();
    void leavesAReadOnlyRootAlone();
    void saysThatTheFolderTakesNoFile();
    void makesDoWithFewDescriptors_data();
    void makesDoWithFewDescriptors();
    void makesDoWithLittleMemory_data();
    void makesDoWithLittleMemory();
    void keepsMessagesOutOfTheCapture_data();
    void keepsMessagesOutOfTheCapture();

private:
    QString path(const QString& name) const { return m_folder->filePath(name); }
    QString file() const { return path("out/a.tar.zst"); }
    QStringList quick(int samples = 3) const { return {"-i", "0.1", "-c", QString::number(samples), "-o", file()}; }
    /// Mounts made in it end with it. $1 is the folder of the test, $2 the recorder.
    Run inOwnMounts(const QString& script, const QStringList& options = {}) const
    {
        return run("unshare",
            QStringList{"--mount", "--pid", "--fork", "--kill-child"} + options
                + QStringList{"sh", "-c", "set -e\n" + script, "sh", m_folder->path(), recorderPath()});
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

#define NEEDS_ROOT()                                                                                                   \
    if (geteuid() != 0)                                                                                                \
    QSKIP("needs root, to make the place")
#define NEEDS_MOUNTS()                                                                                                 \
    NEEDS_ROOT();                                                                                                      \
    if (run("unshare", {"--mount", "--pid", "--fork", "true"}).status != 0)                                            \
    QSKIP("needs namespaces, which cannot be had here")

void TestRecorderPlaces::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid() && QDir(m_folder->path()).mkdir("out"));
    chmod(m_folder->path().toLocal8Bit().constData(), 0755);
}

void TestRecorderPlaces::needsNoEnvironment()
{
    const Run result = run("env", QStringList{"-i", recorderPath()} + quick());
    QVERIFY2(isComplete(result), result.err);
    QVERIFY(wholeTicks(readCapture(file())) >= 1);
}

void TestRecorderPlaces::saysThatAnEmptyRootHasNothing()
{
    NEEDS_ROOT();
    QVERIFY(QFile::copy(recorderPath(), path("out/hindcast-record")));
    const Run result = run("chroot", {path("out"), "/hindcast-record", "-i", "0.1", "-c", "3", "-o", "/a.tar.zst"});
    QCOMPARE(result.status, 1);
    QVERIFY2(result.err.startsWith("hindcast-record: there is no /proc"), result.err);
    QCOMPARE(result.err.count('\n'), 1);
    QCOMPARE(QDir(path("out")).entryList(QDir::Files), QStringList{"hindcast-record"});
}

void TestRecorderPlaces::needsNoFileButProc()
{
    NEEDS_MOUNTS();
    const Run result = inOwnMounts("mkdir $1/out/proc; cp $2 $1/out/hindcast-record; mount -t proc proc $1/out/proc\n"
                                   "chroot $1/out /hindcast-record -i 0.1 -c 3 -o /a.tar.zst");
    QVERIFY2(isComplete(result), result.err);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(wholeTicks(capture) >= 1);
    QVERIFY(capture.isFinished);
    QVERIFY(!capture.ticks[0].body("/proc/stat").value_or(QByteArray()).isEmpty());
    QVERIFY(!capture.denials(0, "/etc/os-release").empty()); // what was not there is named
}

/// Goal 21 of the design: what is missing then is little, and all of it is named with the reason.
void TestRecorderPlaces::recordsAsNobodyWhatNobodyMayRead()
{
    NEEDS_ROOT();
    const QStringList both{"-i", "0.1", "-c", "12", "--segment-ticks", "4", "--quiet", "-o"};
    const Run privileged = record(both + QStringList{path("root.tar.zst")});
    QVERIFY2(isComplete(privileged), privileged.err);
    chmod(path("out").toLocal8Bit().constData(), 0777);
    const Run result = recordAsNobody(path("out"), both + QStringList{file()});
    QVERIFY2(isComplete(result), result.err);
    const RecordedCapture all = readCapture(path("root.tar.zst")), capture = readCapture(file());
    QVERIFY(capture.isFinished);

    std::set<QString> named;
    for (const auto& denial : capture.manifest(capture.segments() - 1)["denials"].toArray())
        named.insert(denial.toObject()["path"].toString());
    int refusals = 0;
    for (const RecordedTick& tick : capture.ticks)
        for (const auto& [header, body] : tick.blocks) {
            if (tick.segment + 1 == static_cast<std::uint64_t>(capture.segments())
                || (header.errorNumber != EACCES && header.errorNumber != EPERM))
                continue;
            ++refusals;
            const QString exact = QString::fromStdString(header.path);
            const QString kind = QString(exact).replace(QRegularExpression("^/proc/\\d+/"), "/proc/<pid>/");
            QVERIFY2(named.contains(exact) || named.contains(kind), qPrintable(exact));
        }
    const std::set<QString> forRoot = readPaths(all), forNobody = readPaths(capture);
    std::set<QString> lost;
    // These depend on what processes there are at the moment, and what they do.
    static const QRegularExpression passing("^/proc/<pid>/(task|net|stack|wchan)\\b|cgroup");
    for (const QString& one : forRoot)
        if (!forNobody.contains(one) && !passing.match(one).hasMatch())
            lost.insert(one);
    QStringList lostNames(lost.begin(), lost.end());
    qInfo("%d of %d kinds of files cannot be read as nobody: %s (%d refusals)", static_cast<int>(lost.size()),
        static_cast<int>(forRoot.size()), qPrintable(lostNames.join(' ')), refusals);
    // capture.md §1: of other users' processes what ptrace guards, the allocator's statistics, the kernel log
    static const QRegularExpression documented(
        "^(/proc/<pid>/(io|syscall|exe|cwd|ns|fd|fdinfo)|/proc/slabinfo|"
        "/proc/pagetypeinfo|/proc/vmallocinfo|/proc/timer_list|/dev/kmsg|hindcast/.*)");
    for (const QString& one : lostNames) {
        QVERIFY2(documented.match(one).hasMatch(), qPrintable(one));
        QVERIFY2(one.startsWith("hindcast/") || named.contains(one), qPrintable(one + " is not among the denials"));
    }
    QVERIFY(lost.size() * 10 <= forRoot.size());
    for (const char* one : {"/proc/stat", "/proc/meminfo", "/proc/diskstats", "/proc/net/dev", "/proc/<pid>/stat"})
        QVERIFY2(forNobody.contains(one), one);
}

void TestRecorderPlaces::isStartedFromWhereNothingMayBe_data()
{
    QTest::addColumn<QString>("interpreter");
    QTest::addColumn<QString>("command");
    // As in capture/FORMAT.md.
    QTest::newRow("perl") << "perl"
                          << R"(perl -e '$r = shift; $f = syscall(qx(uname -m) =~ /x86/ ? 319 : 279, $n = "record", 1);
open $i, "<", $r; open $o, ">&=", $f; binmode $o; syswrite $o, $b while sysread $i, $b, 65536;
exec { "/proc/self/fd/$f" } $r, @ARGV or die $!' $1/noexec/hindcast-record)";
    QTest::newRow("python") << "python3"
                            << R"(python3 -c 'import os, sys
f = os.memfd_create("record"); os.write(f, open(sys.argv[1], "rb").read())
os.execv("/proc/self/fd/%d" % f, sys.argv[1:])' $1/noexec/hindcast-record)";
}

void TestRecorderPlaces::isStartedFromWhereNothingMayBe()
{
    QFETCH(const QString, interpreter);
    QFETCH(const QString, command);
    NEEDS_MOUNTS();
    if (QStandardPaths::findExecutable(interpreter).isEmpty())
        QSKIP("the interpreter is not installed");
    const QString there = "mkdir $1/noexec; mount -t tmpfs -o noexec,nosuid,nodev tmpfs $1/noexec\n"
                          "cp $2 $1/noexec/hindcast-record\n";
    QCOMPARE(inOwnMounts(there + "exec $1/noexec/hindcast-record --version").status, 126);
    QDir(m_folder->path()).rmdir("noexec");
    const Run result = inOwnMounts(there + command + " -i 0.1 -c 3 -o $1/out/a.tar.zst");
    QVERIFY2(isComplete(result), result.err);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished);
    QVERIFY(wholeTicks(capture) >= 1);
}

void TestRecorderPlaces::recordsWhatAMountOfProcShows_data()
{
    QTest::addColumn<QString>("options");
    QTest::addColumn<bool>("hasGlobals");
    QTest::newRow("hidepid=2") << "hidepid=2" << true;
    QTest::newRow("hidepid=1") << "hidepid=1" << true;
    QTest::newRow("subset=pid") << "subset=pid" << false;
}

/// As nobody, beside a process of root.
void TestRecorderPlaces::recordsWhatAMountOfProcShows()
{
    QFETCH(const QString, options);
    QFETCH(const bool, hasGlobals);
    NEEDS_MOUNTS();
    chmod(path("out").toLocal8Bit().constData(), 0777);
    if (inOwnMounts("mount -t proc -o " + options + " proc /proc").status != 0)
        QSKIP("this kernel has no such mount of /proc");
    const Run result = inOwnMounts("mount -t proc -o " + options
        + " proc /proc; cp $2 $1/out/hindcast-record; chmod 755 $1/out/hindcast-record\n"
          "setpriv --reuid=65534 --regid=65534 --clear-groups $1/out/hindcast-record -i 0.1 -c 3 -o $1/out/a.tar.zst");
    if (!hasGlobals && result.status == 1) { // nothing of the machine is there: it must be said, and no file left
        QCOMPARE(result.errorLinesWith("hindcast-record: "), 1);
        QVERIFY2(result.err.contains("/proc"), result.err);
        QVERIFY(QDir(path("out")).entryList({"*.tar.zst*"}, QDir::Files).isEmpty());
        return;
    }
    QVERIFY2(isComplete(result), result.err);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished);
    QVERIFY(wholeTicks(capture) >= 1);
    QCOMPARE(!capture.ticks[0].body("/proc/stat").value_or(QByteArray()).isEmpty(), hasGlobals);
}

void TestRecorderPlaces::leavesAReadOnlyRootAlone()
{
    NEEDS_MOUNTS();
    const Run result = inOwnMounts("mkdir $1/in; cp $2 $1/in/hindcast-record; mount -t tmpfs tmpfs $1/out\n"
                                   "mount -o remount,bind,ro /; cd $1/in\n"
                                   "status=0; ./hindcast-record -i 0.1 -c 3 -o $1/out/a.tar.zst || status=$?\n"
                                   "[ $status -eq 0 ] || [ $status -eq 3 ]; cat $1/out/a.tar.zst\n"
                                   "status=0; ./hindcast-record -c 1 || status=$?; [ $status -eq 1 ]");
    QCOMPARE(result.status, 0);
    QVERIFY2(result.err.contains("Read-only file system"), result.err);
    QVERIFY(writeFile(file(), result.out));
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished);
    QVERIFY(wholeTicks(capture) >= 1);
}

void TestRecorderPlaces::saysThatTheFolderTakesNoFile()
{
    NEEDS_ROOT();
    chmod(path("out").toLocal8Bit().constData(), 0555);
    QVERIFY(QFile::copy(recorderPath(), path("hindcast-record")));
    const Run result = run("setpriv",
        {"--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c",
            "cd " + path("out") + " && " + path("hindcast-record") + " -c 1"});
    QCOMPARE(result.status, 1);
    QCOMPARE(result.err.count('\n'), 1);
    QVERIFY2(result.err.contains("Permission denied"), result.err);
}

void TestRecorderPlaces::makesDoWithFewDescriptors_data()
{
    QTest::addColumn<int>("limit");
    QTest::addColumn<bool>("isEnough");
    for (const int limit : {256, 64})
        QTest::newRow(QByteArray::number(limit)) << limit << true;
    for (const int limit : {40, 24, 12, 8, 5})
        QTest::newRow(QByteArray::number(limit)) << limit << false;
}

void TestRecorderPlaces::makesDoWithFewDescriptors()
{
    QFETCH(const int, limit);
    QFETCH(const bool, isEnough);
    const Run result = record(quick(4), withLimit(RLIMIT_NOFILE, static_cast<rlim_t>(limit)));
    QVERIFY2(result.status >= 0, "killed by a signal");
    if (!isEnough && !isComplete(result)) {
        QVERIFY2(result.err.startsWith("hindcast-record: ") && result.err.count('\n') <= 2, result.err);
        return;
    }
    QVERIFY2(isComplete(result), result.err);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished);
    QVERIFY(wholeTicks(capture) >= 1);
    if (!isEnough && capture.ticks[0].errorNumber("/proc/stat") == EMFILE)
        return; // what could not be had has its reason beside it
    for (const RecordedTick& tick : capture.ticks)
        QVERIFY(!tick.body("/proc/stat").value_or(QByteArray()).isEmpty());
}

void TestRecorderPlaces::makesDoWithLittleMemory_data()
{
    QTest::addColumn<int>("mebibytes");
    for (const int mebibytes : {256, 64, 24, 12, 8, 6, 4})
        QTest::newRow(QByteArray::number(mebibytes)) << mebibytes;
}

/// Enough: a whole capture. Too little: a line that says so, and what was taken before stays readable.
void TestRecorderPlaces::makesDoWithLittleMemory()
{
    QFETCH(const int, mebibytes);
    const Run result = record(quick(4), withLimit(RLIMIT_AS, static_cast<rlim_t>(mebibytes) << 20));
    if (mebibytes >= 64)
        QVERIFY2(isComplete(result), result.err);
    if (isComplete(result)) {
        QVERIFY(wholeTicks(readCapture(file())) >= 1);
        return;
    }
    if (result.status == -1 && result.err.isEmpty())
        QSKIP("the kernel could not even start it");
    QVERIFY2(result.err.contains("memory"), result.err);
}

void TestRecorderPlaces::keepsMessagesOutOfTheCapture_data()
{
    QTest::addColumn<QString>("closed");
    QTest::newRow("standard input") << "<&-";
    QTest::newRow("standard output") << ">&-";
    QTest::newRow("standard error") << "2>&-";
    QTest::newRow("all three") << "<&- >&- 2>&-";
}

/// A file opened then gets the number of a closed stream, and every message would go into it.
void TestRecorderPlaces::keepsMessagesOutOfTheCapture()
{
    QFETCH(const QString, closed);
    const QString command = QString("exec \"$0\" \"$@\" ") + closed;
    const Run result = run("sh", QStringList{"-c", command, recorderPath()} + quick());
    QVERIFY2(isComplete(result), result.err);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished);
    QVERIFY(wholeTicks(capture) >= 1);
    QVERIFY(!contents(file()).contains("hindcast-record: "));
}

QTEST_GUILESS_MAIN(TestRecorderPlaces)
#include "tst_recorder_places.moc"
