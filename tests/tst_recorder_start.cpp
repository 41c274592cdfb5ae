// What hindcast-record reads and asks once: settings, the network's configuration, network cards, the files of other
// tools, other programs; at the start, in part at the end.
#include "fake_host.h"

#include <QDateTime>
#include <QRegularExpression>

#include <csignal>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace hindcast;
using namespace hindcast::test;

namespace {

bool isRoot()
{
    return geteuid() == 0;
}

/// Runs a line of shell in a network namespace of its own that the kernel forgets with it; `$1` … are the arguments.
Run inOwnNetwork(const QString& script, const QStringList& arguments)
{
    return run("unshare", QStringList{"--net", "sh", "-e", "-c", script, "sh"} + arguments);
}

/// A program of that name that does `script`, in a folder of its own.
void makeProgram(const QString& path, const QByteArray& script)
{
    QVERIFY(writeFile(path, "#!/bin/sh\n" + script));
    QFile::setPermissions(path, QFileDevice::Permissions(0x7755));
}

/// For a child: a mount namespace of its own, in which the programs of `folder` are those of the system, too.
std::function<void()> asPrograms(const QString& folder)
{
    return [path = folder.toLocal8Bit()] {
        if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
            || mount(path.constData(), "/usr/local/sbin", nullptr, MS_BIND, nullptr) != 0)
            _exit(99);
    };
}

bool canHidePrograms()
{
    return isRoot() && QFileInfo("/usr/local/sbin").isDir();
}

QByteArrayList lines(const QByteArray& text)
{
    QByteArrayList list = text.split('\n');
    list.removeAll(QByteArray());
    return list;
}

QByteArray lineThatBegins(const QByteArray& text, const QByteArray& begin)
{
    for (const QByteArray& line : lines(text))
        if (line.startsWith(begin))
            return line;
    return "no line begins with " + begin;
}

} // namespace

class TestRecorderStart : public QObject {
    Q_OBJECT
private slots:
    void readsAllSettings();
    void readsSettingsOfManyInterfaces();
    void agreesWithSysctl();
    void readsTheNetwork();
    void saysWhatChangedWhileItWasRead_data();
    void saysWhatChangedWhileItWasRead();
    void readsAtTheEndToo();
    void listsHistory();
    void copiesHistory();
    void copiesNoCommandLines_data();
    void copiesNoCommandLines();
    void runsCommands();
    void runsCommandsOfTheSystemOnly_data();
    void runsCommandsOfTheSystemOnly();
    void leavesGraphicsCardsAsleep_data();
    void leavesGraphicsCardsAsleep();
    void runsNoCommands();
    void goesOnWithoutACommandThatHangs();
    void saysWhatNobodyMayRead();
    void saysWhichLogsAndSocketsAreDenied();
    void readsInterfacesOfOddNames();
    void namesItsSources();
};

void TestRecorderStart::readsAllSettings()
{
    const FakeHost host;
    const QByteArrayList kept{
        "/proc/sys/vm/swappiness", "/proc/sys/made/up/deep/setting", "/proc/sys/net/ipv4/tcp_sack"};
    const QByteArrayList left{"/proc/sys/vm/stat_refresh", "/proc/sys/net/ipv4/tcp_fastopen_key",
        "/proc/sys/kernel/random/uuid", "/proc/sys/net/ipv6/conf/all/stable_secret", "/proc/sys/net/ipv4/route/flush",
        "/proc/sys/fs/binfmt_misc/status"};
    for (const QByteArray& path : kept + left)
        host.put(path, "text of " + path + "\n");
    host.put("/proc/sys/vm/compact_memory", "1\n"); // takes, and does not give
    QFile::setPermissions(host.path("/proc/sys/vm/compact_memory"), QFileDevice::WriteOwner);
    const Run run = record(host.arguments({"-c", "1"}));
    QVERIFY2(run.status == 0, run.err);
    const RecordedCapture capture = host.recorded();
    for (const QByteArray& path : kept)
        QCOMPARE(member(capture, "start" + path), "text of " + path + "\n");
    for (const QByteArray& path : left)
        QCOMPARE(member(capture, "start" + path), QByteArray("no such member"));
    QVERIFY(capture.denials(0, "/proc/sys/vm/compact_memory").empty());
    QCOMPARE(member(capture, "start/hindcast/left_out"), QByteArray("no such member"));
    int times = 0;
    for (const auto& [path, bytes] : capture.members)
        times += path == "start/proc/sys/vm/swappiness" ? 1 : 0;
    QCOMPARE(times, 1); // it is also in sources.txt
}

void TestRecorderStart::readsSettingsOfManyInterfaces()
{
    const FakeHost host;
    for (int interface = 0; interface < 40; ++interface)
        host.put(QString("/proc/sys/net/ipv4/conf/veth%1/rp_filter").arg(interface), "2\n");
    host.put("/proc/sys/net/ipv4/conf/wan/rp_filter", "1\n"); // last by its name, but a card
    host.put("/sys/class/net/wan/device/vendor", "0x1af4\n");
    QCOMPARE(record(host.arguments({"-c", "1"})).status, 0);
    const RecordedCapture capture = host.recorded();
    QCOMPARE(capture.membersBelow("start/proc/sys/net/ipv4/conf").size(), std::size_t{16});
    QCOMPARE(member(capture, "start/proc/sys/net/ipv4/conf/wan/rp_filter"), QByteArray("1\n"));
    QCOMPARE(member(capture, "start/hindcast/left_out"), QByteArray("/proc/sys/net/ipv4/conf 25 folders\n"));
}

/// Of a real host: nearly all that sysctl shows is there.
void TestRecorderStart::agreesWithSysctl()
{
    const Run sysctl = run("sysctl", {"-aN"});
    if (sysctl.status < 0 || sysctl.out.isEmpty())
        QSKIP("sysctl is not installed");
    const FakeHost host; // for its folder only
    record({"-o", host.capture(), "-c", "1", "-i", "0.05"});
    const auto found = static_cast<qsizetype>(host.recorded().membersBelow("start/proc/sys").size());
    const qsizetype there = lines(sysctl.out).size();
    QVERIFY2(found > there * 9 / 10, qPrintable(QString("%1 of %2").arg(found).arg(there)));
}

void TestRecorderStart::readsTheNetwork()
{
    if (!isRoot() || run("ip", {"-V"}).status != 0 || run("tc", {"-V"}).status != 0)
        QSKIP("needs root and iproute2");
    const FakeHost host; // for its folder only
    const Run made = inOwnNetwork(
        "ip link set lo up; ip link add here0 type veth peer name there0; ip addr add 10.9.0.1/24 dev here0;"
        "ip link set here0 up; ip link set there0 up; ip link set here0 mtu 1400;"
        "ip route add 10.77.0.0/16 via 10.9.0.7 metric 55; ip rule add from 10.9.0.0/24 table 42 prio 777;"
        "ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev here0 nud permanent;"
        "ip link add idle0 type veth peer name idle1;"
        "tc qdisc add dev here0 root handle 5: tbf rate 1mbit burst 10k latency 10ms;"
        "\"$1\" -o \"$2\" -c 3 -i 0.1 --no-commands || test $? = 3",
        {recorderPath(), host.capture()});
    if (made.err.contains("Operation not supported") || made.err.contains("unshare failed"))
        QSKIP("this kernel has no veth, tbf or network namespaces");
    QVERIFY2(made.status == 0, made.err);
    const RecordedCapture capture = host.recorded();
    for (const char* const moment : {"start", "end"}) {
        const QString folder = QString(moment) + "/hindcast/";
        const QByteArray links = member(capture, folder + "links");
        QVERIFY2(QRegularExpression("^\\d+ here0 veth up \\d+ 1400 1000 tbf - [0-9a-f:]{17} \\d+ \\d+ \\d+ 0",
                     QRegularExpression::MultilineOption)
                     .match(links)
                     .hasMatch(),
            links);
        QCOMPARE(links.split('\n').first().split(' ').size() - 1, // "#" is no field
            lineThatBegins(links, "1 lo ").split(' ').size());
        QVERIFY(member(capture, folder + "addresses").contains("\nhere0 inet 10.9.0.1 24 0 128\n"));
        QVERIFY(member(capture, folder + "routes").contains("\ninet 254 1 10.77.0.0/16 10.9.0.7 here0 55 3 0 - -\n"));
        QVERIFY(member(capture, folder + "rules").contains("\ninet 777 10.9.0.0/24 default 0 - - 42 1\n"));
        QVERIFY(member(capture, folder + "neighbours").contains("\nhere0 inet 10.9.0.7 02:00:00:00:00:07 permanent\n"));
    }
    QVERIFY(member(capture, "start/hindcast/nic/here0.txt").startsWith("driver: veth\n"));
    QVERIFY(member(capture, "start/hindcast/nic/here0.txt").contains("\ntx-checksum-ip-generic: on\n"));
    const auto qdisc = blocksOf(capture, "hindcast/qdisc");
    QVERIFY(!qdisc.empty());
    QVERIFY2(QRegularExpression("\nhere0 tbf 5: root \\d+ \\d+ \\d+ \\d+ \\d+ \\d+ \\d+\n")
                 .match(qdisc.front().second)
                 .hasMatch(),
        qdisc.front().second);
    const auto card = blocksOf(capture, "hindcast/ethtool/here0");
    QVERIFY(!card.empty());
    QVERIFY2(card.front().second.contains("peer_ifindex: "), card.front().second);
    QVERIFY(blocksOf(capture, "hindcast/ethtool/lo").empty());
    QVERIFY(blocksOf(capture, "hindcast/ethtool/idle0").empty()); // nobody uses it: its driver is left alone
}

/// A table that changes all the time cannot be told as it was at one moment, and says so.
void TestRecorderStart::saysWhatChangedWhileItWasRead_data()
{
    QTest::addColumn<QString>("meanwhile");
    QTest::addColumn<bool>("isInconsistent");
    QTest::newRow("nothing") << ":" << false;
    QTest::newRow("addresses come and go")
        << "(while :; do echo 'addr add 10.200.0.1/32 dev here'; echo 'addr del 10.200.0.1/32 dev here'; done"
           " | ip -batch - ) &"
        << true;
}

void TestRecorderStart::saysWhatChangedWhileItWasRead()
{
    QFETCH(QString, meanwhile);
    QFETCH(bool, isInconsistent);
    if (!isRoot() || run("ip", {"-V"}).status != 0)
        QSKIP("SKIPPED: needs root and iproute2");
    const FakeHost host; // for its folder only
    bool isSaid = false;
    for (int attempt = 0; attempt < (isInconsistent ? 10 : 1) && !isSaid; ++attempt) {
        const Run made = run("unshare",
            {"--net", "--pid", "--fork", "--kill-child", "sh", "-c",
                "ip link add here type veth peer name there && ip link set here up || exit 77; for i in $(seq 900); do "
                "echo \"addr add "
                "10.$((i / 250)).$((i % 250)).1/32 dev here\"; done | ip -batch - || exit 77\n"
                    + meanwhile + "\n\"$1\" -o \"$2\" --force -c 2 -i 0.1 --no-commands --cpu 0 || test $? = 3",
                "sh", recorderPath(), host.capture()});
        if (made.status == 77 || made.err.contains("unshare failed"))
            QSKIP("SKIPPED: this kernel has no veth or network namespaces");
        QVERIFY2(made.status == 0, made.err);
        const QByteArray addresses = member(host.recorded(), "start/hindcast/addresses");
        QVERIFY2(addresses.count("\nhere inet 10.") > 800, addresses.left(300));
        isSaid = addresses.endsWith("\n# inconsistent\n");
    }
    QCOMPARE(isSaid, isInconsistent);
}

void TestRecorderStart::readsAtTheEndToo()
{
    const FakeHost host;
    host.put("/proc/vmallocinfo", "0x1-0x2 4096 somebody\n");
    host.put("/sys/devices/system/node/node0/distance", "10 20\n");
    QCOMPARE(record(host.arguments({"-c", "2"})).status, 0);
    const RecordedCapture capture = host.recorded();
    QCOMPARE(member(capture, "end/proc/vmallocinfo"), QByteArray("0x1-0x2 4096 somebody\n"));
    QCOMPARE(member(capture, "start/proc/vmallocinfo"), QByteArray("no such member"));
    QVERIFY(blocksOf(capture, "/proc/vmallocinfo").empty());
    QCOMPARE(member(capture, "start/sys/devices/system/node/node0/distance"), QByteArray("10 20\n"));
    QCOMPARE(member(capture, "end/sys/class/net/lo/operstate"), contents(host.path("/sys/class/net/lo/operstate")));
}

void TestRecorderStart::listsHistory()
{
    const FakeHost host;
    host.put("/var/log/sysstat/sa21", QByteArray(1234, 's'));
    host.put("/var/log/pcp/pmlogger/web1/20261121.0", "p");
    QFile file(host.path("/var/log/sysstat/sa21"));
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.setFileTime(QDateTime::fromSecsSinceEpoch(1'700'000'000), QFileDevice::FileModificationTime));
    file.close();
    QCOMPARE(record(host.arguments({"-c", "1"})).status, 0);
    const QByteArray text = member(host.recorded(), "start/hindcast/history.txt");
    QVERIFY2(text.startsWith("# path bytes modified_s\n/var/log/pcp/pmlogger/web1/20261121.0 1 "), text);
    QVERIFY2(text.endsWith("\n/var/log/sysstat/sa21 1234 1700000000\n"), text);
    QVERIFY(host.recorded().membersBelow("history").empty());
}

void TestRecorderStart::copiesHistory()
{
    const FakeHost host;
    const QByteArray bytes = QByteArray(200'000, 's') + '\0' + QByteArray(5, 'z');
    host.put("/var/log/sa/sa21", bytes);
    host.put("/var/log/sa/sa14", "old");
    host.put("/var/log/atop/atop_20261121", QByteArray(17 << 20, 'a'));
    QFile file(host.path("/var/log/sa/sa14"));
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.setFileTime(QDateTime::currentDateTime().addDays(-3), QFileDevice::FileModificationTime));
    file.close();
    QCOMPARE(record(host.arguments({"-c", "1", "--history", "--redact", "off"})).status, 0);
    const RecordedCapture capture = host.recorded();
    QVERIFY(capture.isFinished);
    QCOMPARE(member(capture, "history/var/log/sa/sa21"), bytes);
    QCOMPARE(capture.membersBelow("history").size(), std::size_t{1});
    const QByteArray said = member(capture, "end/hindcast/history");
    QVERIFY2(said.contains("/var/log/sa/sa21 copied 200006\n"), said);
    QVERIFY2(said.contains("/var/log/atop/atop_20261121 left_out size\n"), said);
    QVERIFY(!said.contains("sa14"));
}

void TestRecorderStart::copiesNoCommandLines_data()
{
    QTest::addColumn<QString>("redaction");
    QTest::addColumn<QStringList>("copied"); // paths
    const QString counters = "/var/log/sysstat/sa21", processes = "/var/log/atop/atop_20261121";
    QTest::newRow("by default") << "default" << QStringList{counters};
    QTest::newRow("strict: they name the host") << "strict" << QStringList{};
    QTest::newRow("when asked for") << "off" << QStringList{counters, processes};
}

void TestRecorderStart::copiesNoCommandLines()
{
    QFETCH(QString, redaction);
    QFETCH(QStringList, copied);
    const FakeHost host;
    host.put("/var/log/sysstat/sa21", "counters");
    host.put("/var/log/atop/atop_20261121", "app --password hunter2");
    QCOMPARE(record(host.arguments({"-c", "1", "--history", "--redact", redaction})).status, 0);
    const RecordedCapture capture = host.recorded();
    QCOMPARE(capture.membersBelow("history").size(), static_cast<std::size_t>(copied.size()));
    const QByteArray said = member(capture, "end/hindcast/history");
    for (const char* const path : {"/var/log/sysstat/sa21", "/var/log/atop/atop_20261121"}) {
        const QByteArray result = copied.contains(path) ? " copied " : " left_out redaction\n";
        QVERIFY2(said.contains(path + result), said);
    }
}

void TestRecorderStart::runsCommands()
{
    const FakeHost host; // for its folders only
    if (!canHidePrograms())
        QSKIP("SKIPPED: putting programs in the place of the system's needs root and /usr/local/sbin");
    makeProgram(host.path("/bin/chronyc"), "echo \"asked $*\"; echo complaint >&2; pwd; /usr/bin/env; exit 3\n");
    qputenv("HINDCAST_TEST_SECRET", "told");
    RunningRecorder recorder({"-o", host.capture(), "-i", "0.05"}, asPrograms(host.path("/bin")));
    qunsetenv("HINDCAST_TEST_SECRET");
    QVERIFY(waitFor([&] { return !blocksOf(host.recorded(), "tools/chronyc").empty(); }));
    recorder.signal(SIGTERM);
    recorder.result();
    const auto blocks = blocksOf(host.recorded(), "tools/chronyc");
    QCOMPARE(blocks.size(), std::size_t{1}); // once, without a trigger
    QByteArrayList said = lines(blocks.front().second);
    QCOMPARE(said.mid(0, 3), (QByteArrayList{"asked -n tracking", "complaint", "/"}));
    for (const char* const ofTheShell : {"PWD=/", "SHLVL=0", "_=/usr/bin/env", "OLDPWD="})
        said.removeAll(ofTheShell);
    QCOMPARE(said.mid(3), QByteArrayList{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"});
}

/// An empty part of PATH means the folder we are started in: neither that nor any other of ours is searched.
void TestRecorderStart::runsCommandsOfTheSystemOnly_data()
{
    QTest::addColumn<QString>("before"); // in PATH
    QTest::newRow("an empty part") << "";
    QTest::newRow("a dot") << ".";
    QTest::newRow("a folder of somebody's") << "FOLDER";
}

void TestRecorderStart::runsCommandsOfTheSystemOnly()
{
    QFETCH(QString, before);
    const FakeHost host; // for its folders only
    const QString folder = host.path("/bin"), trap = host.path("/was_run");
    for (const char* const name : {"chronyc", "last", "nft", "docker", "crictl", "journalctl", "nvidia-smi"})
        makeProgram(folder + '/' + name, "echo run >> " + trap.toLocal8Bit() + "\n");
    const QByteArray path = (before.replace("FOLDER", folder) + ":/usr/bin:/bin").toLocal8Bit();
    const Run run = record({"-o", host.capture(), "-i", "0.05", "-c", "20"}, [&] {
        if (chdir(folder.toLocal8Bit().constData()) != 0 || setenv("PATH", path.constData(), 1) != 0)
            _exit(99);
    });
    QVERIFY2(run.status == 0 || run.status == 3, run.err);
    QVERIFY(!QFile::exists(trap));
    const Run planned = record({"--dry-run"}, [&] { setenv("PATH", path.constData(), 1); });
    for (const QByteArray& line : lines(planned.out)) // each is named by its place
        if (const auto at = line.indexOf("at a trigger:"); line.contains("command, after the start") && at > 0)
            QVERIFY2(line.mid(at + 13).trimmed().startsWith("/usr/") || line.mid(at + 13).trimmed().startsWith("/bin/")
                    || line.mid(at + 13).trimmed().startsWith("/sbin/"),
                line);
}

void TestRecorderStart::leavesGraphicsCardsAsleep_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<bool>("isAsked");
    QTest::newRow("active") << "active" << true;
    QTest::newRow("suspended") << "suspended" << false;
}

void TestRecorderStart::leavesGraphicsCardsAsleep()
{
    QFETCH(QString, state);
    QFETCH(bool, isAsked);
    if (!canHidePrograms() || !QFileInfo("/sys/bus").isDir())
        QSKIP("SKIPPED: a made-up graphics card needs root, /sys/bus and /usr/local/sbin");
    const FakeHost host; // for its folders only
    makeProgram(host.path("/bin/nvidia-smi"), "exit 0\n");
    const Run planned = run("unshare",
        {"--mount", "sh", "-e", "-c",
            "mount --bind \"$2/bin\" /usr/local/sbin; mount -t tmpfs none /sys/bus; mount -t tmpfs none /dev; touch "
            "/dev/nvidiactl; mkdir -p /sys/bus/pci/drivers/nvidia/0000:01:00.0/power; echo \"$3\" > "
            "/sys/bus/pci/drivers/nvidia/0000:01:00.0/power/runtime_status; exec \"$1\" --dry-run",
            "sh", recorderPath(), host.path(), state});
    if (planned.err.contains("unshare failed") || planned.err.contains("mount:"))
        QSKIP("SKIPPED: mount namespaces cannot be made here");
    QVERIFY2(planned.status == 0, planned.err);
    QCOMPARE(planned.out.contains("at a trigger: /usr/local/sbin/nvidia-smi\n"), isAsked);
}

void TestRecorderStart::runsNoCommands()
{
    const FakeHost host; // for its folders only
    if (!canHidePrograms())
        QSKIP("SKIPPED: putting programs in the place of the system's needs root and /usr/local/sbin");
    makeProgram(host.path("/bin/chronyc"), "touch " + host.path("/was_asked").toLocal8Bit() + "\n");
    const Run run =
        record({"-o", host.capture(), "-i", "0.05", "-c", "10", "--no-commands"}, asPrograms(host.path("/bin")));
    QVERIFY2(run.status == 0 || run.status == 3, run.err);
    QVERIFY(blocksOf(host.recorded(), "tools/chronyc").empty());
    QVERIFY(!QFile::exists(host.path("/was_asked")));
}

void TestRecorderStart::goesOnWithoutACommandThatHangs()
{
    const FakeHost host; // for its folders only
    if (!canHidePrograms())
        QSKIP("SKIPPED: putting programs in the place of the system's needs root and /usr/local/sbin");
    makeProgram(host.path("/bin/chronyc"), "exec /bin/sleep 600\n");
    makeProgram(host.path("/bin/last"), "echo it is my turn\n");
    RunningRecorder recorder({"-o", host.capture(), "-i", "0.1"}, asPrograms(host.path("/bin")));
    QVERIFY(waitFor([&] { return hasText(host.recorded(), "tools/last", "it is my turn\n"); }));
    recorder.signal(SIGTERM);
    recorder.result();
    QCOMPARE(blocksOf(host.recorded(), "tools/chronyc").front().first, ETIMEDOUT);
}

/// Everything that is denied to somebody without privileges stands in the manifest.
void TestRecorderStart::saysWhatNobodyMayRead()
{
    if (!isRoot())
        QSKIP("becoming another user needs root");
    QTemporaryDir everybodys;
    QFile::setPermissions(everybodys.path(), QFileDevice::Permissions(0x7777));
    const QString output = everybodys.filePath("x.zst");
    const Run run = recordAsNobody(everybodys.path(), {"-o", output, "-c", "2", "-i", "0.1"});
    QCOMPARE(run.status, 3);
    const RecordedCapture capture = readCapture(output);
    const QByteArray said = lineThatBegins(run.err, "hindcast-record: no permission to read ");
    QVERIFY2(said.count(", ") < 8, said); // a line that somebody reads
    int asked = 0;
    for (const char* const path :
        {"/proc/slabinfo", "/proc/pagetypeinfo", "/proc/vmallocinfo", "/proc/sys/kernel/cad_pid"}) {
        if (!QFile::exists(path) || (QFileInfo(path).permissions() & QFileDevice::ReadOther))
            continue;
        ++asked;
        const auto denials = capture.denials(0, path);
        QVERIFY2(denials.size() == 1, path);
        QCOMPARE(denials.front()["errno"].toInt(), EACCES);
    }
    QVERIFY(asked > 0);
    for (const char* const readable : {"/proc/buddyinfo", "/proc/zoneinfo", "hindcast/netns"})
        QVERIFY2(capture.ticks.front().body(readable), readable);
    QVERIFY(!member(capture, "start/hindcast/links").startsWith("no such"));
}

void TestRecorderStart::saysWhichLogsAndSocketsAreDenied()
{
    if (!isRoot())
        QSKIP("SKIPPED: becoming another user needs root");
    QTemporaryDir folder;
    QFile::setPermissions(folder.path(), QFileDevice::Permissions(0x7777));
    QVERIFY(
        writeFile(folder.filePath("log/kern.log"), "a line\n") && writeFile(folder.filePath("run/docker.sock"), ""));
    for (const char* const file : {"log/kern.log", "run/docker.sock"})
        QVERIFY(QFile::setPermissions(folder.filePath(file), QFileDevice::ReadOwner | QFileDevice::WriteOwner));
    const QString program = folder.filePath("hindcast-record"), output = folder.filePath("x.zst");
    QVERIFY(QFile::copy(recorderPath(), program) && QFile::setPermissions(program, QFileDevice::Permissions(0x7755)));
    const Run result = run("unshare",
        {"--mount", "sh", "-e", "-c",
            "mount --bind \"$1/log\" /var/log; mount --bind \"$1/run\" /run; exec setpriv --reuid=65534 "
            "--regid=65534 --clear-groups --no-new-privs \"$1/hindcast-record\" -o \"$1/x.zst\" -c 3 -i 0.1",
            "sh", folder.path()});
    if (result.err.contains("unshare failed"))
        QSKIP("SKIPPED: mount namespaces cannot be made here");
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    const RecordedCapture capture = readCapture(output);
    const auto socket = capture.denials(0, "/var/run/docker.sock");
    QCOMPARE(socket.size(), std::size_t{1});
    QCOMPARE(socket.front()["errno"].toInt(), EACCES);
    if (capture.denials(0, "/dev/kmsg").empty())
        QSKIP("SKIPPED: everybody may read the kernel's log here, and its files are not asked for");
    const auto log = capture.denials(0, "/var/log/kern.log");
    QCOMPARE(log.size(), std::size_t{1});
    QCOMPARE(log.front()["errno"].toInt(), EACCES);
    QVERIFY(capture.denials(0, "/var/log/messages").empty()); // not there, which is no refusal
}

/// Names of interfaces may hold all bytes but blanks and slashes (dev_valid_name).
void TestRecorderStart::readsInterfacesOfOddNames()
{
    const FakeHost host;
    host.put("/sys/class/net/we\\ird\x01%/mtu", "1400\n");
    host.put("/sys/class/net/plain%20/mtu", "1500\n");
    QCOMPARE(record(host.arguments({"-c", "1"})).status, 0);
    const RecordedCapture capture = host.recorded();
    QCOMPARE(member(capture, "start/sys/class/net/we%5Cird%01%25/mtu"), QByteArray("1400\n"));
    QCOMPARE(member(capture, "start/sys/class/net/plain%20/mtu"), QByteArray("1500\n")); // as it is
}

void TestRecorderStart::namesItsSources()
{
    const QByteArray sources = record({"--list-sources"}).out;
    for (const char* const what : {"control groups", "rtnetlink", "SIOCETHTOOL", "/proc/sys", "every 10 ticks, apart",
             "once, apart", "at a trigger", "every 10 ticks", "chronyc", "/proc/<pid>/net/"})
        QVERIFY2(sources.contains(what), what);
    const QByteArray intentions = record({"--dry-run"}).out;
    for (const char* const what : {"control groups", "RTM_GETQDISC", "RTM_GETLINK", "/proc/sys/**", "/var/log",
             "memory.stat", "/proc/<pid>/ns/net"})
        QVERIFY2(intentions.contains(what), what);
}

QTEST_GUILESS_MAIN(TestRecorderStart)
#include "tst_recorder_start.moc"
