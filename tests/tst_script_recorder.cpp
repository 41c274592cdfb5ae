// capture/hindcast-record.sh as its users meet it: under three shells, in three compressions, in a chroot of busybox,
// as nobody, beside the binary recorder whose metrics it must have, and against signals, full disks and other people's
// files.
#include "model/process.h"
#include "parse/load.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <map>
#include <set>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hindcast;

namespace {

constexpr int patience = 60'000; // milliseconds until a test gives up; nothing waits that long unless it is broken
constexpr int ticksOfASegment = 10;

bool isRoot()
{
    return geteuid() == 0;
}

QString script()
{
    return QStringLiteral(HINDCAST_TEST_DATA "/../../capture/hindcast-record.sh");
}

QString recorder()
{
    return qEnvironmentVariable("HINDCAST_BIN_DIR", HINDCAST_BIN_DIR) + "/hindcast-record";
}

struct Run {
    int status = -1;
    QByteArray out, err;
};

Run finished(QProcess& process)
{
    process.waitForFinished(patience);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
        process.readAllStandardError()};
}

Run run(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.start(program, arguments);
    process.closeWriteChannel();
    return finished(process);
}

Run record(const QStringList& arguments, const QString& shell = QStringLiteral("sh"))
{
    return run("env", shell.split(' ') + QStringList{script()} + arguments);
}

bool isThere(const QString& program)
{
    return run("sh", {"-c", "command -v \"$1\"", "sh", program}).status == 0;
}

std::shared_ptr<const Snapshot> load(const QString& path)
{
    auto snapshot = parse::loadPath(path.toStdString());
    return snapshot ? *snapshot : nullptr;
}

/// What was lost or could not be read, one per line.
QByteArray losses(const Snapshot& snapshot)
{
    QByteArray text;
    for (const ImportNote& note : snapshot.notes)
        if (note.severity != NoteSeverity::Info)
            text += QByteArray::fromStdString(note.member + ": " + note.message) + '\n';
    return text;
}

std::uint64_t samplesOf(const Snapshot& snapshot, const std::string& member)
{
    for (const MemberReport& report : snapshot.members)
        if (report.path == member)
            return report.samples;
    return 0;
}

/// "cpu.user{mode=…}": every series of the host that comes from a file of /proc.
/// What capture/sources.txt has the recorder read at every Nth sample only, and the script leaves out.
bool isOfTheProgramOnly(std::string_view member)
{
    static constexpr std::string_view sources[] = {
        "buddyinfo", "key-users", "locks", "net/stat/", "pagetypeinfo", "self/", "slabinfo", "sysvipc/", "zoneinfo"};
    constexpr std::string_view folder = "samples/proc/";
    return member.starts_with(folder)
        && std::any_of(std::begin(sources), std::end(sources),
            [&](std::string_view source) { return member.substr(folder.size()).starts_with(source); });
}

std::map<std::string, const Series*> hostSeries(const Snapshot& snapshot)
{
    std::map<std::string, const Series*> found;
    for (const Series& series : snapshot.series)
        if (series.member.starts_with("samples/proc/net/tcp") || isOfTheProgramOnly(series.member))
            continue; // the recorder asks sock_diag
        else if (series.member.starts_with("samples/proc/") && series.kind != Kind::Gauge)
            found["counter " + series.member + ' ' + seriesKey(series.metric, series.labels, series.kind)] = &series;
        else if (series.member.starts_with("samples/proc/"))
            found["gauge " + series.member + ' ' + seriesKey(series.metric, series.labels, series.kind)] = &series;
    return found;
}

QByteArray difference(const std::map<std::string, const Series*>& a, const std::map<std::string, const Series*>& b)
{
    QByteArray text;
    for (const auto& [key, series] : a)
        if (!b.contains(key))
            text += QByteArray::fromStdString(key) + '\n';
    return text;
}

/// The helpers a recording left behind: their working directory is its private folder.
QStringList processesIn(const QString& folder)
{
    QStringList found;
    for (const QString& pid : QDir("/proc").entryList({"[0-9]*"}, QDir::Dirs)) {
        std::array<char, 4096> target{};
        const QByteArray link = QString("/proc/%1/cwd").arg(pid).toLocal8Bit();
        if (readlink(link.constData(), target.data(), target.size() - 1) > 0
            && QString(target.data()).startsWith(folder))
            found << pid;
    }
    return found;
}

/// A child of ours that does nothing, under a name of at most 15 bytes.
class NamedProcess {
public:
    explicit NamedProcess(const char* name)
    {
        std::array<int, 2> ready{};
        if (pipe(ready.data()) != 0)
            return;
        m_pid = fork();
        if (m_pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            prctl(PR_SET_NAME, name);
            if (write(ready[1], "", 1) == 1)
                for (;;)
                    pause();
            _exit(1);
        }
        char byte = 0;
        m_isReady = read(ready[0], &byte, 1) == 1;
        close(ready[0]);
        close(ready[1]);
    }
    NamedProcess(const NamedProcess&) = delete;
    NamedProcess& operator=(const NamedProcess&) = delete;
    ~NamedProcess()
    {
        if (m_pid > 0) {
            ::kill(m_pid, SIGKILL);
            waitpid(m_pid, nullptr, 0);
        }
    }
    pid_t pid() const { return m_pid; }
    bool isReady() const { return m_isReady; }

private:
    pid_t m_pid = -1;
    bool m_isReady = false;
};

} // namespace

class TestScriptRecorder : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup() { m_folder.reset(); }

    void isSmall();
    void readsWhatTheRecorderReads();
    void runsUnderAnyShell_data();
    void runsUnderAnyShell();
    void hasTheMetricsOfTheRecorder_data();
    void hasTheMetricsOfTheRecorder();
    void runsInAChrootOfBusybox();
    void runsAsNobody();
    void wrongUseIsSaid_data();
    void wrongUseIsSaid();
    void neverOverwrites_data();
    void neverOverwrites();
    void signalsFinishTheFile_data();
    void signalsFinishTheFile();
    void killedHardKeepsWholeSegments();
    void fullDiskKeepsWhatFitted();
    void closedPipeIsAnError();
    void writesToStandardOutput();
    void namesOfProcessesCannotPretend();
    void packetsAreTaken();
    void takesTheTextOfTools();

private:
    QString file(const QString& name = "x.tar.gz") const { return m_folder->filePath(name); }
    /// What identifies the host comes first and alone is some 20 kB: a segment is there when its ticks can be read.
    std::uint64_t ticksSoFar() const
    {
        const auto soFar = QFileInfo::exists(file() + ".part") ? load(file() + ".part") : nullptr;
        return soFar ? samplesOf(*soFar, "samples/proc/stat") : 0;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestScriptRecorder::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void TestScriptRecorder::isSmall()
{
    QVERIFY(QFileInfo(script()).size() > 0);
    QVERIFY(QFileInfo(script()).size() <= 64 << 10);
}

/// The lists in the script and capture/sources.txt are the same, but for what a shell cannot do.
void TestScriptRecorder::readsWhatTheRecorderReads()
{
    const auto sources = [](const QByteArray& text, const QRegularExpression& line) {
        std::set<QString> found;
        for (auto matches = line.globalMatch(text); matches.hasNext();) {
            const auto match = matches.next();
            found.insert(match.captured("cadence") + ' ' + match.captured("path"));
        }
        return found;
    };
    const auto mine = sources(record({"--list-sources"}).out,
        QRegularExpression("^(?<cadence>tick|start) (?<path>/\\S+)$", QRegularExpression::MultilineOption));
    auto theirs = sources(run(recorder(), {"--list-sources"}).out,
        QRegularExpression(
            "^(?<path>/\\S+)\\s+(every )?(?<cadence>tick|start)\\b", QRegularExpression::MultilineOption));
    QVERIFY(theirs.contains("tick /proc/stat"));
    QVERIFY(theirs.contains("start /etc/os-release"));
    theirs.erase("tick /dev/kmsg"); // a shell cannot read on where it stopped: dmesg instead
    theirs.erase("tick /proc/<pid>/wchan"); // may block: a shell has no process to spare for it
    theirs.erase("tick /proc/<pid>/stack");
    for (const QString& source : theirs)
        QVERIFY2(mine.contains(source), qPrintable(source));
    for (const QString& source : mine)
        QVERIFY2(theirs.contains(source), qPrintable(source));
}

void TestScriptRecorder::runsUnderAnyShell_data()
{
    QTest::addColumn<QString>("shell");
    QTest::addColumn<QString>("name");
    for (const QString& shell : {QStringLiteral("dash"), QStringLiteral("bash"), QStringLiteral("busybox sh")})
        for (const QString& name : {QStringLiteral("x.tar.gz"), QStringLiteral("x.tar.zst"), QStringLiteral("x.tar")})
            QTest::addRow("%s, %s", qPrintable(shell), qPrintable(name)) << shell << name;
}

void TestScriptRecorder::runsUnderAnyShell()
{
    QFETCH(QString, shell);
    QFETCH(QString, name);
    if (!isThere(shell.split(' ').first()))
        QSKIP("SKIPPED: this shell is not here");
    constexpr int ticks = 14; // more than a segment
    const Run result = record({"-i", "0.1", "-c", QString::number(ticks), "--no-tools", "-o", file(name)}, shell);
    QCOMPARE(result.status, 0);
    QVERIFY2(result.err.endsWith(" samples\n"), result.err);
    const auto snapshot = load(file(name));
    QVERIFY(snapshot);
    QCOMPARE(losses(*snapshot), QByteArray());
    QVERIFY(!snapshot->isPartial);
    std::uint64_t leftOut = 0;
    if (const auto said = QRegularExpression("(\\d+) samples were left out").match(result.err); said.hasMatch())
        leftOut = said.captured(1).toULongLong();
    QCOMPARE(samplesOf(*snapshot, "samples/proc/stat") + leftOut, std::uint64_t{ticks});
    QVERIFY(!snapshot->entities.empty());
    QVERIFY(!snapshot->host.hostname.empty());
    QVERIFY(snapshot->host.clockTicks && snapshot->host.pageSizeBytes && snapshot->host.cpus);
    QCOMPARE(*snapshot->host.pageSizeBytes, static_cast<double>(sysconf(_SC_PAGESIZE)));
    QCOMPARE(*snapshot->host.clockTicks, static_cast<double>(sysconf(_SC_CLK_TCK)));
    const auto self = std::find_if(snapshot->entities.begin(), snapshot->entities.end(),
        [](const Entity& entity) { return entity.attribute("pid") == std::to_string(getpid()); });
    QVERIFY(self != snapshot->entities.end());
    QVERIFY(self->attribute("command_line").find("tst_script_recorder") != std::string::npos);
    QCOMPARE(std::string(self->attribute("uid")), std::to_string(geteuid()));
    // Plain tools read it too.
    const Run listed = run("tar", {"tf", file(name)});
    QCOMPARE(listed.status, 0);
    QVERIFY(listed.out.contains("seg/1/manifest.json\n"));
    QVERIFY(!QFile::exists(file(name) + ".part"));
}

void TestScriptRecorder::hasTheMetricsOfTheRecorder_data()
{
    QTest::addColumn<QString>("shell");
    QTest::addRow("dash") << "dash";
    QTest::addRow("busybox") << "busybox sh";
}

/// Both at once, at the same whole seconds. A counter must lie between what the recorder read a little before and a
/// little after (the script's clock shows hundredths, busybox's date a fiftieth of a second); a gauge within what it
/// ever saw, and a fifth of that.
void TestScriptRecorder::hasTheMetricsOfTheRecorder()
{
    QFETCH(QString, shell);
    if (!isThere(shell.split(' ').first()))
        QSKIP("SKIPPED: this shell is not here");
    QProcess binary;
    binary.start(recorder(), {"-i", "0.1", "-d", "8", "--cpu", "0", "-o", file("b.hindcast.tar.zst")});
    const Run result = record({"-i", "1", "-d", "5", "--no-tools", "-o", file()}, shell);
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    finished(binary);
    const auto theirs = load(file("b.hindcast.tar.zst")), ours = load(file());
    QVERIFY(theirs && ours);
    const auto reference = hostSeries(*theirs), mine = hostSeries(*ours);
    QVERIFY(reference.size() > 100);
    QCOMPARE(difference(reference, mine), QByteArray());
    QCOMPARE(difference(mine, reference), QByteArray());

    constexpr Nanoseconds doubt = std::chrono::milliseconds(150);
    std::size_t compared = 0;
    for (const auto& [key, series] : mine) {
        const Series& other = *reference.at(key);
        double lowest = HUGE_VAL, highest = -HUGE_VAL;
        for (std::size_t i = 0; i < other.values.size(); ++i)
            if (const double value = other.values.at(i); !std::isnan(value)) {
                lowest = std::min(lowest, value);
                highest = std::max(highest, value);
            }
        for (std::size_t i = 0; i < series->values.size(); ++i) {
            const double value = series->values.at(i);
            if (std::isnan(value) || lowest > highest)
                continue;
            double from = lowest - 0.2 * std::abs(lowest), to = highest + 0.2 * std::abs(highest);
            if (series->kind != Kind::Gauge) {
                for (std::size_t j = 0; j < other.values.size(); ++j) {
                    if ((*other.times)[j] + doubt <= (*series->times)[i])
                        from = other.values.at(j);
                    if ((*other.times)[j] - doubt >= (*series->times)[i]) {
                        to = other.values.at(j);
                        break;
                    }
                }
                if (from > to) // iowait may go down
                    std::swap(from, to);
            }
            const bool isInstant = series->unit == Unit::Count && series->kind == Kind::Gauge; // a queue of the moment
            if (isInstant)
                continue;
            QVERIFY2(value >= from - 0.011 && value <= to + 0.011,
                qPrintable(QString("%1: %2 is not within %3 and %4")
                               .arg(QString::fromStdString(key))
                               .arg(value)
                               .arg(from)
                               .arg(to)));
            ++compared;
        }
    }
    QVERIFY(compared > 500);
    // Processes: the same ones, but for those that came and went.
    const auto pids = [](const Snapshot& snapshot) {
        std::set<std::string> found;
        for (const Entity& entity : snapshot.entities)
            if (entity.lastTick - entity.firstTick > 3)
                found.insert(entity.key);
        return found;
    };
    const auto known = pids(*ours);
    QVERIFY(known.size() > 10);
    const auto all = theirs->entities.size();
    QVERIFY(all > 10);
    for (const std::string& key : known)
        QVERIFY2(std::any_of(theirs->entities.begin(), theirs->entities.end(),
                     [&](const Entity& entity) { return entity.key == key; }),
            key.c_str());
}

void TestScriptRecorder::runsInAChrootOfBusybox()
{
    if (!isRoot())
        QSKIP("SKIPPED: chroot needs root");
    if (!isThere("busybox") || run("ldd", {run("sh", {"-c", "command -v busybox"}).out.trimmed()}).status == 0)
        QSKIP("SKIPPED: no static busybox here");
    QTemporaryDir root;
    const Run result = run("unshare",
        {"-m", "sh", "-c",
            R"sh(set -e; cd "$1"; mkdir proc bin; cp "$(command -v busybox)" bin/busybox
            for name in $(busybox --list); do [ "$name" = busybox ] || ln -s busybox "bin/$name"; done
            cp "$2" record.sh; mount --bind /proc proc
            exec chroot . /bin/sh /record.sh -i 0.2 -c 12 -o /x.tar.gz)sh",
            "sh", root.path(), script()});
    if (result.err.contains("unshare: ") || result.err.contains("mount:"))
        QSKIP("SKIPPED: mounting is not allowed here");
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    QCOMPARE(result.err.count('\n'), result.err.contains("left out") ? 2 : 1);
    const auto snapshot = load(root.filePath("x.tar.gz"));
    QVERIFY(snapshot);
    QCOMPARE(losses(*snapshot), QByteArray());
    QVERIFY(hostSeries(*snapshot).size() > 100);
    QVERIFY(snapshot->host.clockTicks && snapshot->host.pageSizeBytes); // without getconf
    QCOMPARE(QDir(root.path()).entryList(QDir::NoDotAndDotDot | QDir::AllEntries),
        (QStringList{"bin", "proc", "record.sh", "x.tar.gz"}));
}

void TestScriptRecorder::runsAsNobody()
{
    if (!isRoot())
        QSKIP("SKIPPED: becoming another user needs root");
    QFile::setPermissions(m_folder->path(), QFileDevice::Permissions(0x7777));
    const QString copy = file("record.sh");
    QVERIFY(QFile::copy(script(), copy));
    QFile::setPermissions(copy, QFileDevice::Permissions(0x7755));
    const Run result = run("setpriv",
        {"--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "sh", copy, "-i", "0.2", "-c", "12",
            "--packets", "lo", "-o", file()});
    QVERIFY2(result.status == 3, result.err);
    QCOMPARE(result.err.count("--packets: "), 1); // it may not, or there is no tcpdump
    QVERIFY2(!result.err.contains("tcpdump.text"), result.err);
    const auto snapshot = load(file());
    QVERIFY(snapshot);
    QVERIFY(std::any_of(snapshot->members.begin(), snapshot->members.end(),
        [](const MemberReport& member) { return member.path == "packets/lo" && member.errorNumber != 0; }));
    QCOMPARE(losses(*snapshot), QByteArray());
    QVERIFY(std::any_of(snapshot->entities.begin(), snapshot->entities.end(),
        [](const Entity& entity) { return entity.attribute("pid") == "1"; })); // other people's processes too
    QCOMPARE(QFileInfo(file()).permissions() & QFileDevice::Permissions(0x0077), QFileDevice::Permissions());
}

void TestScriptRecorder::wrongUseIsSaid_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("word");
    QTest::addRow("an unknown option") << QStringList{"--nonsense"} << QByteArray("--nonsense");
    QTest::addRow("a word") << QStringList{"10"} << QByteArray("10");
    QTest::addRow("an interval of letters") << QStringList{"-i", "fast"} << QByteArray("fast");
    QTest::addRow("an interval of nothing") << QStringList{"-i", "."} << QByteArray("interval");
    QTest::addRow("an interval too short") << QStringList{"-i", "0.01"} << QByteArray("0.1");
    QTest::addRow("a duration of 0") << QStringList{"-d", "0"} << QByteArray("duration");
    QTest::addRow("a duration of weeks") << QStringList{"--duration=2w"} << QByteArray("2w");
    QTest::addRow("a count below 1") << QStringList{"-c", "0"} << QByteArray("count");
    QTest::addRow("a count and a duration") << QStringList{"-c", "1", "-d", "1"} << QByteArray("not both");
    QTest::addRow("a missing value") << QStringList{"-o"} << QByteArray("-o");
    QTest::addRow("an interface with a path") << QStringList{"--packets", "../x"} << QByteArray("--packets");
    QTest::addRow("an interface that is not there")
        << QStringList{"--packets", "nosuch"} << QByteArray("No such device");
    if (isThere("tcpdump"))
        QTest::addRow("a filter of nonsense") << QStringList{"--packets", "lo:tcp@@"} << QByteArray("syntax error");
    QTest::addRow("an unknown compression") << QStringList{"--compress", "lzma"} << QByteArray("lzma");
}

void TestScriptRecorder::wrongUseIsSaid()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, word);
    for (const QString& shell : {QStringLiteral("dash"), QStringLiteral("bash"), QStringLiteral("busybox sh")}) {
        if (!isThere(shell.split(' ').first()))
            continue;
        const Run result = record(arguments, shell);
        QCOMPARE(result.status, 2);
        QCOMPARE(result.out, QByteArray());
        QVERIFY2(result.err.startsWith("hindcast-record.sh: ") && result.err.contains(word), result.err);
        QCOMPARE(result.err.count('\n'), 1);
    }
}

void TestScriptRecorder::neverOverwrites_data()
{
    QTest::addColumn<QString>("existing");
    QTest::addColumn<bool>("isLink");
    QTest::addRow("the file") << "x.tar.gz" << false;
    QTest::addRow("the unfinished file") << "x.tar.gz.part" << false;
    QTest::addRow("a link in the unfinished file's place") << "x.tar.gz.part" << true;
}

void TestScriptRecorder::neverOverwrites()
{
    QFETCH(QString, existing);
    QFETCH(bool, isLink);
    QFile other(file(isLink ? "victim" : existing));
    QVERIFY(other.open(QIODevice::WriteOnly));
    other.write("precious");
    other.close();
    if (isLink)
        QVERIFY(QFile::link(file("victim"), file(existing)));
    const Run result = record({"-i", "0.1", "-c", "2", "-o", file()});
    QCOMPARE(result.status, 2);
    QVERIFY2(result.err.contains("is already there"), result.err);
    QVERIFY(other.open(QIODevice::ReadOnly));
    QCOMPARE(other.readAll(), QByteArray("precious"));
}

void TestScriptRecorder::signalsFinishTheFile_data()
{
    QTest::addColumn<QString>("shell");
    QTest::addColumn<int>("signal");
    QTest::addColumn<QStringList>("length");
    QTest::addColumn<int>("status");
    QTest::addRow("SIGINT before the end, dash") << "dash" << SIGINT << QStringList{"-d", "1h"} << 6;
    QTest::addRow("SIGTERM before the end, bash") << "bash" << SIGTERM << QStringList{"-c", "5000"} << 6;
    QTest::addRow("SIGHUP before the end, busybox") << "busybox sh" << SIGHUP << QStringList{"-d", "1h"} << 6;
    QTest::addRow("SIGTERM without an end") << "dash" << SIGTERM << QStringList{} << 0;
}

void TestScriptRecorder::signalsFinishTheFile()
{
    QFETCH(QString, shell);
    QFETCH(int, signal);
    QFETCH(QStringList, length);
    QFETCH(int, status);
    if (!isThere(shell.split(' ').first()))
        QSKIP("SKIPPED: this shell is not here");
    QProcess process;
    process.start("env", shell.split(' ') + QStringList{script(), "-i", "0.2", "--no-tools", "-o", file()} + length);
    QTRY_VERIFY_WITH_TIMEOUT(ticksSoFar() >= ticksOfASegment, patience);
    QElapsedTimer timer;
    timer.start();
    ::kill(static_cast<pid_t>(process.processId()), signal);
    const Run result = finished(process);
    QCOMPARE(result.status, status);
    QVERIFY(timer.elapsed() < 10'000);
    const auto snapshot = load(file());
    QVERIFY(snapshot);
    QCOMPARE(losses(*snapshot), QByteArray());
    QVERIFY(samplesOf(*snapshot, "samples/proc/stat") >= ticksOfASegment);
    QVERIFY(!QFile::exists(file() + ".part"));
}

void TestScriptRecorder::killedHardKeepsWholeSegments()
{
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    process.setProcessEnvironment(environment);
    process.start("sh", {script(), "-i", "0.1", "-o", file()});
    QTRY_VERIFY_WITH_TIMEOUT(ticksSoFar() >= ticksOfASegment, patience);
    std::array<char, 4096> target{};
    const QByteArray link = QString("/proc/%1/cwd").arg(process.processId()).toLocal8Bit();
    QVERIFY(readlink(link.constData(), target.data(), target.size() - 1) > 0);
    const QString folder(target.data());
    QVERIFY2(folder.contains("hindcast-record."), qPrintable(folder));
    QVERIFY(processesIn(folder).size() > 1);
    process.kill();
    process.waitForFinished(patience);
    const auto snapshot = load(file() + ".part");
    QVERIFY(snapshot);
    const auto ticks = samplesOf(*snapshot, "samples/proc/stat");
    QVERIFY(ticks >= ticksOfASegment);
    // What ran beside ends, and the private folder goes.
    QTRY_COMPARE_WITH_TIMEOUT(processesIn(folder), QStringList(), patience);
    QTRY_VERIFY_WITH_TIMEOUT(!QFile::exists(folder), patience);
}

void TestScriptRecorder::fullDiskKeepsWhatFitted()
{
    if (!isRoot())
        QSKIP("SKIPPED: mounting a small file system needs root");
    QTemporaryDir mounted;
    const Run result = run("unshare",
        {"-m", "sh", "-c",
            R"sh(mount -t tmpfs -o size=1m none "$1" || exit 99
            sh "$3" -i 0.1 -c 3000 --no-tools -o "$1/x.tar"; status=$?
            cp -a "$1/." "$2"; exit $status)sh",
            "sh", mounted.path(), m_folder->path(), script()});
    if (result.status == 99 || result.err.contains("unshare: "))
        QSKIP("SKIPPED: mounting is not allowed here");
    QVERIFY2(result.status == 5, result.err);
    QVERIFY2(result.err.contains("writing failed"), result.err);
    QVERIFY(!QFile::exists(file("x.tar.part")));
    if (!QFile::exists(file("x.tar")))
        QSKIP("SKIPPED: not even one segment fits here");
    const auto snapshot = load(file("x.tar"));
    QVERIFY(snapshot);
    QCOMPARE(samplesOf(*snapshot, "samples/proc/stat") % ticksOfASegment, std::uint64_t{0});
}

void TestScriptRecorder::closedPipeIsAnError()
{
    const Run result = run("bash",
        {"-c", R"(sh "$1" -i 0.1 -c 300 --no-tools -o - | head -c 100 >/dev/null; exit "${PIPESTATUS[0]}")", "bash",
            script()});
    QCOMPARE(result.status, 5);
    QVERIFY2(result.err.contains("writing failed"), result.err);
}

void TestScriptRecorder::writesToStandardOutput()
{
    const Run result =
        run("bash", {"-c", R"(sh "$1" -i 0.1 -c 12 --no-tools --compress gzip -o - >"$2")", "bash", script(), file()});
    QCOMPARE(result.status, 0);
    const auto snapshot = load(file());
    QVERIFY(snapshot);
    QCOMPARE(losses(*snapshot), QByteArray());
    QVERIFY(samplesOf(*snapshot, "samples/proc/stat") > 0);
}

/// A name may hold newlines, parentheses and what looks like a block's header.
void TestScriptRecorder::namesOfProcessesCannotPretend()
{
    const NamedProcess hostile("\n== /a 1 0 0 -\n"), tricky("a) S 1\n7 (b");
    QVERIFY(hostile.isReady() && tricky.isReady());
    const Run result = record({"-i", "0.1", "-c", "12", "--no-tools", "-o", file()});
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    const auto snapshot = load(file());
    QVERIFY(snapshot);
    QCOMPARE(losses(*snapshot), QByteArray());
    const auto commOf = [&](qint64 pid) {
        for (const Entity& entity : snapshot->entities)
            if (entity.attribute("pid") == std::to_string(pid))
                return QByteArray::fromStdString(std::string(entity.attribute("comm")));
        return QByteArray("absent");
    };
    QCOMPARE(commOf(hostile.pid()), QByteArray("\n== /a 1 0 0 -\n"));
    QCOMPARE(commOf(tricky.pid()), QByteArray("a) S 1\n7 (b"));
    for (const MemberReport& member : snapshot->members)
        QVERIFY2(member.path != "samples/a", "a name became a source");
}

void TestScriptRecorder::packetsAreTaken()
{
    if (!isRoot() || !isThere("tcpdump"))
        QSKIP("SKIPPED: packets need root and tcpdump");
    // In a network of its own, where only our packets are.
    const Run result = run("unshare",
        {"-n", "bash", "-c",
            R"sh(ip link set lo up || exit 99
            (for i in 1 2 3 4 5 6 7 8 9 10; do echo x >/dev/udp/127.0.0.1/9; sleep 0.2; done) &
            sh "$1" -i 0.2 -c 15 --no-tools --packets lo:udp -o "$2"; status=$?; wait; exit $status)sh",
            "bash", script(), file()});
    if (result.status == 99 || result.err.contains("unshare: "))
        QSKIP("SKIPPED: network namespaces are not allowed here");
    QVERIFY2(result.status == 0, result.err);
    const Run packet = run("tar", {"xzOf", file(), "packets/lo/000000.pcap"});
    QVERIFY2(packet.out.size() > 24 + 16, packet.err);
    const std::uint32_t nanosecondMagic = 0xA1B23C4D; // pcap-savefile(5), in the byte order of the machine
    std::uint32_t magic = 0;
    std::copy_n(packet.out.constData(), sizeof magic, reinterpret_cast<char*>(&magic));
    QCOMPARE(magic, nanosecondMagic);
    const Run text = run("tar", {"xzOf", file(), "packets/lo/000000.txt"});
    QVERIFY2(text.out.contains("filter udp\n") && text.out.contains("first_real_ns "), text.out);
    QVERIFY2(text.out.contains("dropped 0\n"), text.out);
}

void TestScriptRecorder::takesTheTextOfTools()
{
    if (!isThere("vmstat"))
        QSKIP("SKIPPED: no vmstat here");
    const Run result = record({"-i", "1", "-d", "4", "-o", file()});
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    const auto snapshot = load(file());
    QVERIFY(snapshot);
    QVERIFY(samplesOf(*snapshot, "tools/000000/vmstat.txt") > 0);
    const auto read = std::any_of(snapshot->series.begin(), snapshot->series.end(),
        [](const Series& series) { return series.source == "vmstat" && series.clock == Clock::Wall; });
    QVERIFY(read);
}

QTEST_GUILESS_MAIN(TestScriptRecorder)
#include "tst_script_recorder.moc"
