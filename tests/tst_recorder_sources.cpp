// System-wide sources of hindcast-record: how often they are written, what comes and goes while it records, control
// groups, other network namespaces, and what happens when one of them does not answer.
#include "fake_host.h"

#include <QJsonArray>

#include <csignal>
#include <fcntl.h>
#include <sys/fanotify.h>
#include <unistd.h>

using namespace hindcast;
using namespace hindcast::test;

namespace {

bool isRoot()
{
    return geteuid() == 0;
}

const char* const mountinfoV2 = "30 1 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
const char* const mountinfoV1 = "30 1 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n"
                                "31 30 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
                                "32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
                                "33 30 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                                "34 30 0:29 /pod /mnt/longer/than/the/other rw - cgroup cgroup rw,memory\n";

/// Opening `path` waits until this is gone (man 7 fanotify); not so for the process that made it.
class Gate {
public:
    explicit Gate(const QString& path)
        : m_descriptor(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY))
    {
        m_isClosed = m_descriptor >= 0
            && fanotify_mark(m_descriptor, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, path.toLocal8Bit().constData()) == 0;
    }
    ~Gate()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    bool isClosed() const { return m_isClosed; }

private:
    int m_descriptor;
    bool m_isClosed = false;
};

/// A process that only waits, started by `before` (unshare, nsenter).
class Sleeper {
public:
    explicit Sleeper(const QStringList& before)
    {
        m_process.start(before.first(), before.mid(1) + QStringList{"sleep", "600"});
        m_process.waitForStarted();
        // Until unshare has become sleep, it is in the old namespace.
        waitFor([this] { return contents(QString("/proc/%1/comm").arg(pid())) == "sleep\n"; });
    }
    ~Sleeper() { end(); }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    void end()
    {
        m_process.kill();
        m_process.waitForFinished(patience);
    }
    qint64 pid() const { return m_process.processId(); }

private:
    QProcess m_process;
};

QByteArray networkNamespace(qint64 pid)
{
    char target[64];
    const ssize_t length = readlink(QString("/proc/%1/ns/net").arg(pid).toLatin1().constData(), target, sizeof target);
    return length < 6 ? QByteArray() : QByteArray(target, static_cast<int>(length)).mid(5).chopped(1);
}

} // namespace

class TestRecorderSources : public QObject {
    Q_OBJECT
private slots:
    void writesInTurn();
    void writesWhatChanged();
    void readsWhatGrowsWithCpusRarely_data();
    void readsWhatGrowsWithCpusRarely();
    void findsDevicesThatComeAndGo();
    void limitsAPattern();
    void leavesOutWhatMattersLeast_data();
    void leavesOutWhatMattersLeast();
    void countsWhatFailsAlike();
    void saysWhatDoesNotAnswer_data();
    void saysWhatDoesNotAnswer();
    void recordsCgroups_data();
    void recordsCgroups();
    void seesCgroupsComeAndGo();
    void saysWhichCgroupFilesFail();
    void recordsRealCgroups();
    void followsCpusThatComeAndGo();
    void recordsNetworkNamespaces();
    void showsANamespaceByAnotherProcess();
    void goesOnWithoutWhatHangs();
};

/// What does not change has one block per segment, in its keyframe; what is read every tick has one in each.
void TestRecorderSources::writesInTurn()
{
    const FakeHost host;
    host.put("/proc/buddyinfo", "Node 0, zone Normal 1 2 3\n");
    host.put("/proc/locks", "");
    const Run run = record(host.arguments({"-c", "25", "--segment-ticks", "12", "--max-time", "1h"}));
    QVERIFY2(run.status == 0, run.err);
    const RecordedCapture capture = host.recorded();
    QVERIFY(capture.segments() >= 2);
    for (const char* const path : {"/proc/buddyinfo", "/proc/locks"}) {
        QCOMPARE(blocksOf(capture, path).size(), static_cast<std::size_t>(capture.segments()));
        std::uint64_t segment = ~0ULL;
        for (const RecordedTick& tick : capture.ticks) {
            QCOMPARE(tick.body(path).has_value(), tick.segment != segment);
            segment = tick.segment;
        }
    }
    QCOMPARE(blocksOf(capture, "/proc/loadavg").size(), capture.ticks.size());
    // Not there: once per segment, with its errno, and in the manifest.
    QCOMPARE(blocksOf(capture, "/proc/zoneinfo").size(), static_cast<std::size_t>(capture.segments()));
    QCOMPARE(blocksOf(capture, "/proc/zoneinfo").front().first, ENOENT);
    QCOMPARE(capture.denials(0, "/proc/zoneinfo").size(), std::size_t{1});
    QVERIFY(blocksOf(capture, "/sys/block/*/inflight").empty());
}

void TestRecorderSources::writesWhatChanged()
{
    const FakeHost host;
    host.put("/proc/zoneinfo", "Node 0, zone DMA\n");
    RunningRecorder recorder(host.arguments());
    QVERIFY(waitFor([&] { return hasText(host.recorded(), "/proc/zoneinfo", "Node 0, zone DMA\n"); }));
    host.put("/proc/zoneinfo", "Node 0, zone DMA32\n");
    QVERIFY(waitFor([&] { return hasText(host.recorded(), "/proc/zoneinfo", "Node 0, zone DMA32\n"); }));
    recorder.signal(SIGTERM);
    recorder.result();
}

void TestRecorderSources::readsWhatGrowsWithCpusRarely_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("interrupts") << "/proc/interrupts" << QByteArray("           CPU0\n");
    QTest::newRow("schedstat") << "/proc/schedstat" << QByteArray("version 15\n");
}

void TestRecorderSources::readsWhatGrowsWithCpusRarely()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, text);
    for (const int cpus : {64, 65}) {
        const FakeHost host;
        QByteArray stat = "cpu  1 2 3 4\n";
        for (int cpu = 0; cpu < cpus; ++cpu)
            stat += "cpu" + QByteArray::number(cpu) + " 1 2 3 4\n";
        host.put("/proc/stat", stat + "btime 1700000000\n");
        host.put(file, text);
        QCOMPARE(record(host.arguments({"-c", "31"})).status, 0);
        const RecordedCapture capture = host.recorded();
        std::size_t turns = 0;
        for (const RecordedTick& tick : capture.ticks)
            turns += cpus <= 64 || tick.number % 5 == 0 || tick.number == 30 ? 1 : 0; // in the last tick all
        QCOMPARE(blocksOf(capture, file.toStdString()).size(), turns);
    }
}

void TestRecorderSources::findsDevicesThatComeAndGo()
{
    const FakeHost host;
    const QByteArray disks = contents(host.path("/proc/diskstats"));
    host.put("/sys/block/vda/inflight", "       1        2\n");
    RunningRecorder recorder(host.arguments({"--segment-ticks", "3600"})); // no keyframe comes to help
    const std::string path = "/sys/block/vdb/inflight";
    QVERIFY(waitFor([&] { return hasText(host.recorded(), "/sys/block/vda/inflight", "       1        2\n"); }));
    QVERIFY(blocksOf(host.recorded(), path).empty());
    host.put("/sys/block/vdb/inflight", "       0        0\n");
    host.put("/proc/diskstats", disks + " 254 16 vdb 0 0 0 0 0 0 0 0 0 0 0\n"); // what tells that there are more
    QVERIFY(waitFor([&] { return hasText(host.recorded(), path, "       0        0\n"); }));
    host.remove("/sys/block/vdb");
    QVERIFY(waitFor([&] {
        const auto blocks = blocksOf(host.recorded(), path);
        return blocks.back().first == ENOENT;
    }));
    const std::size_t ticks = host.recorded().ticks.size();
    QVERIFY(waitFor([&] { return host.recorded().ticks.size() > ticks + 12; })); // more than two turns
    recorder.signal(SIGTERM);
    recorder.result();
    const RecordedCapture capture = host.recorded();
    int farewells = 0;
    for (const auto& [errorNumber, body] : blocksOf(capture, path))
        farewells += errorNumber == ENOENT ? 1 : 0;
    QCOMPARE(farewells, 1);
    QVERIFY(capture.denials(capture.segments() - 1, QString::fromStdString(path)).empty());
}

void TestRecorderSources::limitsAPattern()
{
    const FakeHost host;
    for (int disk = 0; disk < 300; ++disk)
        host.put(QString("/sys/block/sd%1/inflight").arg(disk), "0 0\n");
    QCOMPARE(record(host.arguments({"-c", "2"})).status, 0);
    const RecordedCapture capture = host.recorded();
    int read = 0;
    for (const auto& [header, body] : capture.ticks.front().blocks)
        read += QString::fromStdString(header.path).endsWith("/inflight") ? 1 : 0;
    QCOMPARE(read, 256);
    const auto denials = capture.denials(0, "/sys/block/*/inflight");
    QCOMPARE(denials.size(), std::size_t{1});
    QCOMPARE(denials.front()["errno"].toInt(), E2BIG);
    QCOMPARE(denials.front()["count"].toInt(), 44);
}

void TestRecorderSources::leavesOutWhatMattersLeast_data()
{
    QTest::addColumn<QString>("path"); // with * for what is counted
    QTest::addColumn<QString>("name"); // of those, with a number; or "" = the number
    QTest::addColumn<QString>("card"); // the one with a device
    QTest::addColumn<int>("most");
    QTest::newRow("interfaces of containers") << "/sys/class/net/*/carrier_changes"
                                              << "cali%1"
                                              << "eth0" << 256;
    QTest::newRow("CPUs, asked apart") << "/sys/devices/system/cpu/cpufreq/*/scaling_cur_freq"
                                       << "policy%1"
                                       << "" << 128;
}

/// Of 300: the card first, and then 0, 1, 2 … 9, 10, not 0, 1, 10, 100.
void TestRecorderSources::leavesOutWhatMattersLeast()
{
    QFETCH(QString, path);
    QFETCH(QString, name);
    QFETCH(QString, card);
    QFETCH(int, most);
    const FakeHost host;
    host.remove(path.left(path.indexOf("/*")));
    QStringList names;
    for (int number = 0; number < 300; ++number)
        names.append(name.arg(number));
    if (!card.isEmpty()) {
        names.prepend(card);
        host.put(path.left(path.indexOf('*')) + card + "/device/vendor", "0x1af4\n");
    }
    for (const QString& one : names)
        host.put(QString(path).replace('*', one), "1\n");
    RunningRecorder recorder(host.arguments({"--segment-ticks", "10"}));
    const auto isRead = [&](int index) {
        return !blocksOf(host.recorded(), QString(path).replace('*', names[index]).toStdString()).empty();
    };
    const QString pattern = most == 128 ? QString(path).replace('*', "policy*") : path;
    QVERIFY(waitFor([&] { return isRead(0) && isRead(most - 1); }));
    QVERIFY(waitFor([&] {
        const RecordedCapture capture = host.recorded();
        return capture.segments() > 1 && !capture.denials(capture.segments() - 1, pattern).empty();
    }));
    recorder.signal(SIGTERM);
    recorder.result();
    const RecordedCapture capture = host.recorded();
    QVERIFY(!isRead(most) && !isRead(static_cast<int>(names.size()) - 1));
    const auto denials = capture.denials(capture.segments() - 1, pattern);
    QCOMPARE(denials.size(), std::size_t{1});
    QCOMPARE(denials.front()["errno"].toInt(), E2BIG);
    QCOMPARE(denials.front()["count"].toInt(), static_cast<int>(names.size()) - most);
}

void TestRecorderSources::countsWhatFailsAlike()
{
    const FakeHost host;
    for (int table = 0; table < 500; ++table) // a folder cannot be read as a file
        QDir().mkpath(host.path(QString("/proc/net/rpc/table%1").arg(table)));
    QDir().mkpath(host.path("/sys/block/vda/queue/nr_requests"));
    QCOMPARE(record(host.arguments({"-c", "12", "--segment-ticks", "4"})).status, 0);
    const RecordedCapture capture = host.recorded();
    for (int segment = 0; segment < capture.segments(); ++segment) {
        const auto denials = capture.denials(segment, "/proc/net/rpc/*");
        QCOMPARE(denials.size(), std::size_t{2});
        QCOMPARE(denials[0]["errno"].toInt() + denials[1]["errno"].toInt(), EISDIR + E2BIG);
        QCOMPARE(denials[0]["count"].toInt() + denials[1]["count"].toInt(), 500);
        QVERIFY(capture.denials(segment, "/proc/net/rpc/table7").empty());
        QCOMPARE(capture.denials(segment, "/sys/block/vda/queue/nr_requests").size(), std::size_t{1}); // the only one
        QVERIFY(
            capture.manifest(segment)["denials"].toArray().size() < 256); // most are of files that this host has not
    }
}

void TestRecorderSources::saysWhatDoesNotAnswer_data()
{
    QTest::addColumn<QString>("path"); // of the denial
    QTest::addColumn<int>("errorNumber");
    QTest::newRow("a mount") << "/etc/os-release/here" << ENOTDIR;
    QTest::newRow("another network") << "/proc/<pid>/net/dev" << EISDIR;
}

void TestRecorderSources::saysWhatDoesNotAnswer()
{
    QFETCH(QString, path);
    QFETCH(int, errorNumber);
    const FakeHost host;
    host.put("/etc/os-release", "ID=here\n");
    host.put("/proc/1/mountinfo", "30 1 8:2 / /etc/os-release/here rw - ext4 /dev/sda2 rw\n");
    for (const auto& [pid, inode] : {std::pair("1", "net:[4026531840]"), std::pair("71", "net:[4026532177]")}) {
        QVERIFY(QDir().mkpath(host.path(QString("/proc/%1/ns").arg(pid))));
        QVERIFY(QFile::link(inode, host.path(QString("/proc/%1/ns/net").arg(pid))));
    }
    QVERIFY(QDir().mkpath(host.path("/proc/71/net/dev")));
    RunningRecorder recorder(host.arguments({"--segment-ticks", "10"}));
    QVERIFY(waitFor([&] {
        const RecordedCapture capture = host.recorded();
        return capture.segments() > 1 && !capture.denials(capture.segments() - 1, path).empty();
    }));
    recorder.signal(SIGTERM);
    recorder.result();
    const RecordedCapture capture = host.recorded();
    const auto denials = capture.denials(capture.segments() - 1, path);
    QCOMPARE(denials.size(), std::size_t{1});
    QCOMPARE(denials.front()["errno"].toInt(), errorNumber);
}

void TestRecorderSources::recordsCgroups_data()
{
    QTest::addColumn<QByteArray>("mountinfo");
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("figure");
    QTest::addColumn<QString>("detail");
    QTest::addColumn<QString>("setting");
    QTest::addColumn<QByteArray>("overview");
    const QByteArray columns = "# version controllers mount groups left_out\n";
    QTest::newRow("version 2") << QByteArray(mountinfoV2) << "/sys/fs/cgroup"
                               << "memory.current"
                               << "memory.stat"
                               << "cpu.max" << columns + "2 cpu,io,memory /sys/fs/cgroup 3 0\n";
    QTest::newRow("version 1") << QByteArray(mountinfoV1) << "/sys/fs/cgroup/memory"
                               << "memory.usage_in_bytes"
                               << "memory.stat"
                               << "memory.limit_in_bytes"
                               << columns + "1 cpu,cpuacct /sys/fs/cgroup/cpu,cpuacct 1 0\n"
            + "1 memory /sys/fs/cgroup/memory 3 0\n";
}

void TestRecorderSources::recordsCgroups()
{
    QFETCH(QByteArray, mountinfo);
    QFETCH(QString, folder);
    QFETCH(QString, figure);
    QFETCH(QString, detail);
    QFETCH(QString, setting);
    const FakeHost host;
    host.put("/proc/1/mountinfo", mountinfo);
    if (mountinfo == mountinfoV1)
        QDir().mkpath(host.path("/sys/fs/cgroup/cpu,cpuacct"));
    host.put(folder + "/cgroup.controllers", "cpu io memory\n");
    const QStringList groups{folder, folder + "/a.slice", folder + "/a.slice/web.service"};
    for (const QString& group : groups)
        for (const QString& file : {figure, detail, setting})
            host.put(group + '/' + file, (group + file).toLatin1());
    QCOMPARE(record(host.arguments({"-c", "25", "--segment-ticks", "12"})).status, 0);
    const RecordedCapture capture = host.recorded();
    const auto segments = static_cast<std::size_t>(capture.segments());
    for (const QString& group : groups) {
        for (const QString& file : {figure, detail, setting}) {
            const auto blocks = blocksOf(capture, (group + '/' + file).toStdString());
            QCOMPARE(blocks.size(), segments); // nothing changed
            QCOMPARE(blocks.front().second, (group + file).toLatin1());
            QVERIFY(capture.ticks.front().body((group + '/' + file).toStdString()));
        }
    }
    QTEST(*capture.ticks.front().body("hindcast/cgroups"), "overview");
}

void TestRecorderSources::seesCgroupsComeAndGo()
{
    const FakeHost host;
    host.put("/proc/1/mountinfo", mountinfoV2);
    host.put("/sys/fs/cgroup/a.slice/old.service/memory.current", "1\n");
    host.put("/sys/fs/cgroup/a.slice/memory.current", "7\n");
    RunningRecorder recorder(host.arguments({"--segment-ticks", "3600"}));
    const std::string old = "/sys/fs/cgroup/a.slice/old.service", fresh = "/sys/fs/cgroup/a.slice/fresh.service";
    QVERIFY(waitFor([&] { return hasText(host.recorded(), old + "/memory.current", "1\n"); }));
    host.put("/sys/fs/cgroup/a.slice/memory.current", "8\n"); // of the top: at the next tick
    host.remove("/sys/fs/cgroup/a.slice/old.service");
    host.put("/sys/fs/cgroup/a.slice/fresh.service/memory.current", "2\n"); // as many folders as before
    QVERIFY(waitFor([&] { return hasText(host.recorded(), fresh + "/memory.current", "2\n"); }));
    host.put("/sys/fs/cgroup/a.slice/fresh.service/memory.current", "3\n");
    QVERIFY(waitFor([&] { return hasText(host.recorded(), fresh + "/memory.current", "3\n"); }));
    recorder.signal(SIGTERM);
    recorder.result();
    const RecordedCapture capture = host.recorded();
    QVERIFY(hasText(capture, "/sys/fs/cgroup/a.slice/memory.current", "8\n"));
    const auto farewell = blocksOf(capture, old);
    QCOMPARE(farewell.size(), std::size_t{1});
    QCOMPARE(farewell.front().first, ENOENT);
    QCOMPARE(blocksOf(capture, old + "/memory.current").size(), std::size_t{1});
}

void TestRecorderSources::saysWhichCgroupFilesFail()
{
    const FakeHost host;
    host.put("/proc/1/mountinfo", mountinfoV2);
    for (const char* const group : {"/a", "/b", ""}) // a folder cannot be read as a file
        QDir().mkpath(host.path(QString("/sys/fs/cgroup%1/io.stat").arg(group)));
    QCOMPARE(record(host.arguments({"-c", "3", "--segment-ticks", "1"})).status, 0);
    const RecordedCapture capture = host.recorded();
    const auto denials = capture.denials(0, "/sys/fs/cgroup/*/io.stat");
    QCOMPARE(denials.size(), std::size_t{1});
    QCOMPARE(denials.front()["errno"].toInt(), EISDIR);
    QVERIFY(denials.front()["count"].toInt() >= 3);
    QCOMPARE(*capture.ticks.front().errorNumber("/sys/fs/cgroup/a/io.stat"), EISDIR);
    QVERIFY(capture.denials(0, "/sys/fs/cgroup/*/memory.current").empty()); // not every group has all files
}

void TestRecorderSources::recordsRealCgroups()
{
    if (!contents("/proc/self/mountinfo").contains(" - cgroup"))
        QSKIP("no control groups are mounted here");
    const FakeHost host; // for its folder only
    const Run run = record({"-o", host.capture(), "-c", "2", "-i", "0.05"});
    QVERIFY2(run.status == 0 || run.status == 3, run.err);
    const RecordedCapture capture = host.recorded();
    const auto overview = capture.ticks.front().body("hindcast/cgroups");
    QVERIFY(overview);
    const QList<QByteArray> hierarchy = overview->split('\n').at(1).split(' ');
    int files = 0;
    for (const auto& [header, body] : capture.ticks.front().blocks)
        files += QByteArray::fromStdString(header.path).startsWith(hierarchy.at(2) + '/') ? 1 : 0;
    QVERIFY2(files > 0, *overview);
}

/// A CPU that is switched off has no line in /proc/stat; its interrupts' column is gone, too.
void TestRecorderSources::followsCpusThatComeAndGo()
{
    const FakeHost host;
    const QByteArray both = contents(host.path("/proc/stat"));
    QByteArray one = both;
    const auto begin = one.indexOf("cpu1 ");
    QVERIFY(begin > 0);
    one.remove(begin, one.indexOf('\n', begin) + 1 - begin);
    RunningRecorder recorder(host.arguments());
    for (const QByteArray& text : {both, one, both}) {
        const std::size_t before = host.recorded().ticks.size();
        host.put("/proc/stat", text);
        QVERIFY(waitFor([&] {
            const RecordedCapture capture = host.recorded();
            return capture.ticks.size() > before && capture.ticks.back().body("/proc/stat") == text;
        }));
    }
    recorder.signal(SIGTERM);
    recorder.result();
    const Run report = run(
        qEnvironmentVariable("HINDCAST_BIN_DIR", HINDCAST_BIN_DIR) + "/hindcast-report", {"summary", host.capture()});
    QVERIFY2(report.status == 0, report.err);
    QVERIFY2(!report.err.contains("stat"), report.err);
}

void TestRecorderSources::recordsNetworkNamespaces()
{
    if (!isRoot())
        QSKIP("making a network namespace needs root");
    const FakeHost host; // for its folder only
    Sleeper first({"unshare", "--net"});
    const QByteArray inode = networkNamespace(first.pid());
    Sleeper second({"nsenter", QString("--net=/proc/%1/ns/net").arg(first.pid())});
    if (inode.isEmpty() || inode == networkNamespace(getpid()) || networkNamespace(second.pid()) != inode)
        QSKIP("network namespaces cannot be made here");
    RunningRecorder recorder({"-o", host.capture(), "-i", "0.05"});
    const auto shows = [&](qint64 pid) {
        for (const auto& [errorNumber, body] : blocksOf(host.recorded(), "hindcast/netns"))
            if (body.contains('\n' + inode + ' ' + QByteArray::number(pid) + '\n'))
                return true;
        return false;
    };
    QVERIFY(waitFor([&] { return shows(first.pid()) || shows(second.pid()); }));
    Sleeper& shown = shows(first.pid()) ? first : second;
    Sleeper& other = &shown == &first ? second : first;
    const auto path = [](const Sleeper& process, const char* file) {
        return QString("/proc/%1/net/%2").arg(process.pid()).arg(file).toStdString();
    };
    for (const char* const file : {"dev", "snmp", "netstat", "sockstat"})
        QVERIFY2(!blocksOf(host.recorded(), path(shown, file)).empty(), file);
    const QByteArray dev = blocksOf(host.recorded(), path(shown, "dev")).front().second;
    QCOMPARE(dev, contents(QString::fromStdString(path(shown, "dev")))); // nothing happens in there
    shown.end();
    QVERIFY(waitFor([&] { return shows(other.pid()); }));
    QVERIFY(waitFor([&] { return !blocksOf(host.recorded(), path(other, "dev")).empty(); }));
    recorder.signal(SIGTERM);
    recorder.result();
}

/// Another process of the namespace is known: not every process is looked at for it.
void TestRecorderSources::showsANamespaceByAnotherProcess()
{
    const FakeHost host;
    const auto put = [&](int pid, const char* inode) {
        QVERIFY(QDir().mkpath(host.path(QString("/proc/%1/ns").arg(pid))));
        QVERIFY(QFile::link(QString("net:[%1]").arg(inode), host.path(QString("/proc/%1/ns/net").arg(pid))));
        host.put(QString("/proc/%1/net/dev").arg(pid), QByteArray::number(pid) + "\n");
    };
    put(1, "4026531840");
    put(810, "4026532177");
    put(811, "4026532177");
    RunningRecorder recorder(host.arguments({"-i", "0.2"}));
    const auto lists = [&](const QByteArray& line) {
        for (const auto& [errorNumber, body] : blocksOf(host.recorded(), "hindcast/netns"))
            if (body.contains(line))
                return true;
        return false;
    };
    QVERIFY(waitFor([&] { return lists("4026532177 810\n"); }));
    put(812, "4026532999"); // what a search would find
    host.remove("/proc/810");
    QVERIFY(waitFor([&] { return lists("4026532177 811\n"); }));
    QVERIFY(waitFor([&] { return hasText(host.recorded(), "/proc/811/net/dev", "811\n"); }));
    for (const RecordedTick& tick : host.recorded().ticks) // the next search is at tick 60
        QVERIFY(tick.number >= 60 || !tick.body("hindcast/netns").value_or("").contains("4026532999"));
    host.remove("/proc/811"); // none is known: then there is a search
    QVERIFY(waitFor([&] { return lists("4026532999 812\n"); }));
    recorder.signal(SIGTERM);
    recorder.result();
    QVERIFY(!blocksOf(host.recorded(), "hindcast/netns").back().second.contains("4026532177"));
}

/// A temperature that is not told: the ticks go on, the capture says so, and the files beside it are there.
void TestRecorderSources::goesOnWithoutWhatHangs()
{
    const FakeHost host;
    host.put("/sys/class/thermal/thermal_zone0/temp", "41000\n");
    host.put("/sys/class/thermal/thermal_zone1/temp", "42000\n");
    host.put("/sys/block/vda/queue/scheduler", "[none] mq-deadline\n");
    const Gate temperature(host.path("/sys/class/thermal/thermal_zone1/temp"));
    const Gate scheduler(host.path("/sys/block/vda/queue/scheduler"));
    if (!temperature.isClosed() || !scheduler.isClosed())
        QSKIP("fanotify with permission events needs root and a kernel that has it");
    RunningRecorder recorder(host.arguments({"-i", "0.1"}));
    const std::string path = "/sys/class/thermal/thermal_zone1/temp";
    QVERIFY(waitFor([&] { return !blocksOf(host.recorded(), path).empty(); }));
    const RecordedCapture early = host.recorded();
    QCOMPARE(blocksOf(early, path).front().first, ETIMEDOUT);
    QVERIFY(hasText(early, "/sys/class/thermal/thermal_zone0/temp", "41000\n"));
    QVERIFY(early.ticks.size() >= 5); // taken while the answer was waited for
    QVERIFY(waitFor([&] {
        for (const auto& [errorNumber, body] : blocksOf(host.recorded(), "hindcast/events"))
            if (body.contains("helper-stuck source=slow path=" + QByteArray::fromStdString(path)))
                return true;
        return false;
    }));
    recorder.signal(SIGTERM);
    QVERIFY(recorder.result().status == 0);
    const auto denials = host.recorded().denials(0, "/sys/block/vda/queue/scheduler");
    QCOMPARE(denials.size(), std::size_t{1});
    QCOMPARE(denials.front()["errno"].toInt(), ETIMEDOUT);
}

QTEST_GUILESS_MAIN(TestRecorderSources)
#include "tst_recorder_sources.moc"
