// hindcast-record as its users meet it: the real program against a made-up /proc, against the real one, and against
// full disks, signals, pipes and other people's files. The captures are read back with zstd and our tar header only.
#include "framing/block.h"
#include "framing/tar_header.h"

#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <map>
#include <pty.h>
#include <set>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>
#include <zstd.h>

using namespace hindcast;

namespace {

constexpr int patience = 30'000; // milliseconds until a test gives up; nothing waits that long unless it is broken

bool isRoot()
{
    return geteuid() == 0;
}

QString recorderPath()
{
    if (qEnvironmentVariableIsSet("HINDCAST_RECORD"))
        return qEnvironmentVariable("HINDCAST_RECORD");
    return qEnvironmentVariable("HINDCAST_BIN_DIR", HINDCAST_BIN_DIR) + "/hindcast-record";
}

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void write(const QString& path, const QByteArray& text)
{
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(path));
    file.write(text);
}

struct Run {
    int status = -1; ///< exit status; -1 = killed or never started
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

Run record(const QStringList& arguments)
{
    return run(recorderPath(), arguments);
}

/// Until no tick was left out: what a busy machine does to the schedule is the matter of other tests.
Run recordEveryTick(
    const QStringList& arguments, const QString& program = recorderPath(), const QStringList& before = {})
{
    Run result;
    for (int attempt = 0; attempt < 20; ++attempt) {
        result = run(program, before + arguments + QStringList{"--force"});
        if (!result.err.contains("in time"))
            break;
    }
    return result;
}

Run shell(const QString& script, const QStringList& arguments = {})
{
    return run("bash", QStringList{"-c", script, "bash"} + arguments);
}

struct Block {
    framing::BlockHeader header;
    QByteArray body;
};

struct Tick {
    std::uint64_t segment = 0, number = 0;
    framing::TickState state = framing::TickState::Torn;
    std::uint64_t count = 0; ///< of the end line
    std::vector<Block> blocks;

    std::vector<const Block*> named(const std::string& path) const
    {
        std::vector<const Block*> found;
        for (const Block& block : blocks)
            if (block.header.path == path)
                found.push_back(&block);
        return found;
    }
    const Block* first(const std::string& path) const
    {
        const auto found = named(path);
        return found.empty() ? nullptr : found.front();
    }
    QByteArray body(const std::string& path) const
    {
        const Block* block = first(path);
        return block ? block->body : QByteArray("no such block");
    }
    int errorNumber(const std::string& path) const
    {
        const Block* block = first(path);
        return block ? block->header.errorNumber : -1;
    }
    std::int64_t value(const QByteArray& key) const
    {
        const Block* block = first("hindcast/tick");
        if (block)
            for (const QByteArray& line : block->body.split('\n'))
                if (line.startsWith(key + ' '))
                    return line.mid(key.size() + 1).toLongLong();
        return -1;
    }
    std::set<std::string> pids() const ///< with a text in this tick
    {
        static const QRegularExpression statPath("^/proc/(\\d+)/stat$");
        std::set<std::string> found;
        for (const Block& block : blocks)
            if (const auto match = statPath.match(QString::fromStdString(block.header.path));
                match.hasMatch() && block.header.errorNumber == 0)
                found.insert(match.captured(1).toStdString());
        return found;
    }
};

struct Capture {
    std::vector<std::pair<QString, QByteArray>> members; ///< whole ones, in file order
    std::vector<Tick> ticks;
    bool isFinished = false; ///< decodes without complaint up to the end of the tar archive
    bool hasTail = false; ///< the file ends in the middle of a block or of a member

    QByteArray member(const QString& path) const
    {
        for (const auto& [name, bytes] : members)
            if (name == path)
                return bytes;
        return {};
    }
    bool has(const QString& path) const
    {
        return std::any_of(members.begin(), members.end(), [&](const auto& entry) { return entry.first == path; });
    }
    QJsonObject manifest(int segment) const
    {
        return QJsonDocument::fromJson(member(QString("seg/%1/manifest.json").arg(segment))).object();
    }
};

std::string_view view(const QByteArray& bytes)
{
    return {bytes.data(), static_cast<std::size_t>(bytes.size())};
}

std::vector<Block> blocksOf(std::string_view rest)
{
    std::vector<Block> blocks;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        auto header = framing::parseBlockHeader(rest.substr(0, end));
        if (!header || !header->length || rest.size() < end + 1 + *header->length + 1)
            return {};
        const auto length = static_cast<std::size_t>(*header->length);
        blocks.push_back({*header, QByteArray(rest.data() + end + 1, static_cast<qsizetype>(length))});
        rest.remove_prefix(end + 1 + length + 1);
    }
    return blocks;
}

/// Everything that is in there, up to the tear of a torn file. Not by way of the zstd program, which may keep back the
/// last block of an unfinished frame when it ends in the middle of an output buffer (seen with 1.5.4).
QByteArray decompressed(const QByteArray& file, std::size_t& wanted)
{
    QByteArray raw;
    std::vector<char> chunk(ZSTD_DStreamOutSize());
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    ZSTD_inBuffer in{file.constData(), static_cast<std::size_t>(file.size()), 0};
    for (;;) {
        ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
        const std::size_t left = ZSTD_decompressStream(context.get(), &out, &in);
        raw.append(chunk.data(), static_cast<qsizetype>(out.pos));
        wanted = left;
        if (ZSTD_isError(left) || (in.pos == in.size && out.pos < out.size))
            return raw;
    }
}

Capture read(const QByteArray& file)
{
    std::size_t wanted = 0; // bytes that libzstd would like to see next: 0 between frames, 3 between blocks
    const QByteArray tar = decompressed(file, wanted);
    Capture capture;
    std::string_view rest = view(tar);
    while (rest.size() >= framing::tarBlockSize) {
        framing::TarMember header;
        const auto kind = framing::parseTarHeader(rest.substr(0, framing::tarBlockSize), header);
        if (kind != framing::TarHeaderKind::Member) {
            capture.isFinished = kind == framing::TarHeaderKind::End && wanted == 0;
            break;
        }
        rest.remove_prefix(framing::tarBlockSize);
        const auto size = static_cast<std::size_t>(header.size);
        if (rest.size() < size)
            break;
        const QString path = QString::fromStdString(header.path);
        capture.members.emplace_back(path, QByteArray(rest.data(), static_cast<qsizetype>(size)));
        static const QRegularExpression tickPath("^seg/(\\d+)/t/(\\d{6,})\\.txt$");
        if (const auto match = tickPath.match(path); match.hasMatch()) {
            Tick tick;
            tick.segment = match.captured(1).toULongLong();
            tick.number = match.captured(2).toULongLong();
            framing::TickEnd end;
            tick.state = framing::checkTick(rest.substr(0, size), end);
            tick.count = end.ticks;
            tick.blocks = blocksOf(end.blocks);
            capture.ticks.push_back(std::move(tick));
        }
        rest.remove_prefix(std::min(rest.size(), size + static_cast<std::size_t>(framing::tarPadding(size))));
    }
    capture.hasTail = !capture.isFinished && (!rest.empty() || (wanted != 0 && wanted != 3));
    return capture;
}

Capture readFile(const QString& path)
{
    return read(contents(path));
}

/// A copy of tests/data/fake_root that a test may change.
class FakeRoot {
public:
    FakeRoot()
    {
        QProcess::execute("cp", {"-r", HINDCAST_TEST_DATA "/fake_root/.", m_folder.path()});
        QProcess::execute("chmod", {"-R", "a+rX,u+w", m_folder.path()});
    }
    QString path(const QString& inside = {}) const { return m_folder.path() + inside; }

private:
    QTemporaryDir m_folder;
};

/// A recorder that is running: to wait for what it writes, and to send signals to.
class Running {
public:
    explicit Running(const QStringList& arguments)
    {
        m_process.start(recorderPath(), arguments);
        m_process.waitForStarted();
    }
    ~Running()
    {
        if (m_process.state() != QProcess::NotRunning)
            m_process.kill();
        m_process.waitForFinished(patience);
    }
    void signal(int number) { ::kill(static_cast<pid_t>(m_process.processId()), number); }
    bool isRunning() { return m_process.state() != QProcess::NotRunning; }
    /// Until `file` holds that many whole ticks.
    bool waitForTicks(const QString& file, std::size_t ticks)
    {
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < patience && m_process.state() != QProcess::NotRunning) {
            if (readFile(file).ticks.size() >= ticks)
                return true;
            QTest::qWait(10);
        }
        return false;
    }
    Run result() { return finished(m_process); }

private:
    QProcess m_process;
};

/// Makes openat2 fail with ENOSYS, as a kernel before 5.6 does, in this process and what it executes.
void pretendNoOpenat2()
{
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(99); // a test with openat2 would be the other one
}

const char* const statTail = " S 1 1 1 0 -1 4194304 0 0 0 0 1 1 0 0 20 0 1 0 ";

} // namespace

class TestRecorder : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void fakeHostIsRecordedByteForByte();
    void hostileNamesStayInTheirFields();
    void absentSourcesAreSaidOncePerSegment();
    void deniedSourcesAreNamedOnce();
    void unchangedProcessesAreInKeyframesOnly();
    void processesComeChangeAndGo();
    void longCommandLinesAreCut();
    void denialHasTheTickThatMetIt();
    void linksStayInsideTheRoot_data();
    void linksStayInsideTheRoot();
    void zoneThatIsNotInTheRootHasNoOffset();

    void ownProcessIsFoundOnThisMachine();
    void processesBeyondTheDescriptorLimitAreReadToo();
    void reusedPidIsANewProcess();

    void ticksKeepTheirSchedule();
    void durationTakesBothEnds_data();
    void durationTakesBothEnds();
    void lateTicksAreLeftOutAndCounted();
    void ticksLostToAnUnreadPipeAreCounted_data();
    void ticksLostToAnUnreadPipeAreCounted();

    void signalFinishesTheFile_data();
    void signalFinishesTheFile();
    void timeoutFinishesTheFile();
    void signalBeforeTheFirstSampleLeavesNothing();
    void secondSignalKills();
    void killedRecorderLeavesEveryTick();

    void streamsToAPipe();
    void closedPipeIsSaid();
    void terminalIsRefused();
    void fullDeviceIsSaid();

    void existingFileIsRefused();
    void existingPartIsRefused();
    void forceReplacesBoth();
    void forceSparesARecordingInProgress();
    void forceSparesWhatIsNoFile();
    void fileThatAppearsMeanwhileIsKept();
    void defaultNameIsHostAndTime();
    void outputIsPrivate();
    void folderThatCannotBeWritten_data();
    void folderThatCannotBeWritten();
    void fullDiskKeepsWhatFitted_data();
    void fullDiskKeepsWhatFitted();

    void wrongUse_data();
    void wrongUse();
    void helpVersionAndSources();

    void runsWithoutEnvironment();
    void runsAsNobody();
    void runsInAChrootWithOnlyProc();
    void saysWhenThereIsNoProc();
    void isStatic();

private:
    QString file(const char* name = "x.hindcast.tar.zst") const { return m_folder->filePath(name); }
    QStringList quick(const QString& output, const QStringList& more = {}) const
    {
        return QStringList{"-i", "0.05", "--cpu", "0", "-o", output} + more;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestRecorder::initTestCase()
{
    QVERIFY2(QFile::exists(recorderPath()), qPrintable(recorderPath() + " is not built"));
    std::signal(SIGPIPE, SIG_IGN);
}

void TestRecorder::fakeHostIsRecordedByteForByte()
{
    FakeRoot root;
    const Run result = recordEveryTick(quick(file(), {"-c", "3", "--root", root.path()}));
    QCOMPARE(result.status, 0);
    QCOMPARE(result.out, QByteArray());
    QVERIFY2(QRegularExpression("^hindcast-record: wrote .*: 3 samples, 0\\.1 s, 4 processes, \\d+ KiB\n$")
                 .match(result.err)
                 .hasMatch(),
        result.err);
    QVERIFY(!QFile::exists(file("x.hindcast.tar.zst.part")));

    const Capture capture = readFile(file());
    QVERIFY(capture.isFinished);
    QCOMPARE(capture.ticks.size(), std::size_t{3});
    for (std::size_t i = 0; i < capture.ticks.size(); ++i) {
        const Tick& tick = capture.ticks[i];
        QCOMPARE(tick.state, framing::TickState::Whole);
        QCOMPARE(tick.number, std::uint64_t{i});
        QCOMPARE(tick.count, std::uint64_t{i + 1});
        QVERIFY(!tick.blocks.empty() && tick.blocks.front().header.path == "hindcast/tick");
        for (const char* source : {"/proc/stat", "/proc/meminfo", "/proc/diskstats", "/proc/net/dev", "/proc/net/snmp",
                 "/proc/pressure/cpu", "/proc/sys/fs/file-nr"}) {
            QCOMPARE(tick.named(source).size(), std::size_t{1});
            QCOMPARE(tick.body(source), contents(root.path(source)));
        }
    }
    QCOMPARE(capture.member("start/etc/os-release"), contents(root.path("/etc/os-release")));
    QCOMPARE(capture.member("start/sys/class/net/eth0/mtu"), QByteArray("1500\n"));
    QCOMPARE(capture.member("start/sys/class/net/lo/mtu"), QByteArray("65536\n"));
    QCOMPARE(capture.member("start/sys/block/vda/queue/scheduler"), QByteArray("[mq-deadline] none\n"));
    QCOMPARE(capture.member("end/proc/mounts"), contents(root.path("/proc/mounts")));
    QVERIFY(capture.has("start/hindcast/uname") && capture.has("start/hindcast/sysconf"));
    QCOMPARE(capture.member("start/hindcast/timezone"),
        QByteArray("name Asia/Seoul\nabbreviation KST\nutc_offset_s 32400\n"));
    QCOMPARE(capture.members.back().first, QString("index.txt"));

    const QJsonObject manifest = capture.manifest(0);
    QCOMPARE(manifest["format"].toString(), QString("hindcast"));
    QCOMPARE(manifest["schema"].toInt(), 1);
    QCOMPARE(manifest["hostname"].toString(), QString("willow"));
    QCOMPARE(manifest["kernel"].toString(), QString("5.10.0-made"));
    QCOMPARE(manifest["boot_id"].toString(), QString("0f9b5ae2-3d1c-4a6e-9a51-6f2b8c7d1e03"));
    QCOMPARE(manifest["boot_time_s"].toInt(), 1700000000);
    QCOMPARE(manifest["cpus"].toInt(), 2);
    QCOMPARE(manifest["timezone"].toString(), QString("Asia/Seoul"));
    QCOMPARE(manifest["utc_offset_s"].toInt(), 32400);
    QCOMPARE(manifest["interval_ns"].toInt(), 50'000'000);
    QCOMPARE(manifest["config"].toObject()["interval_s"].toDouble(), 0.05);
    QCOMPARE(manifest["config"].toObject()["duration_s"].toDouble(), 0.1);
    QCOMPARE(manifest["clock_ticks"].toInt(), static_cast<int>(sysconf(_SC_CLK_TCK)));
}

void TestRecorder::hostileNamesStayInTheirFields()
{
    FakeRoot root;
    QDir().mkdir(root.path("/proc/99"));
    write(root.path("/proc/99/stat"), QByteArray("99 (x\n== end ticks=1 crc32c=00000000)") + statTail + "777 0 0\n");
    write(root.path("/proc/99/cmdline"), "-");
    QDir().mkdir(root.path("/proc/98"));
    write(root.path("/proc/98/stat"), "98 (not a stat line");
    QCOMPARE(recordEveryTick(quick(file(), {"-c", "2", "--root", root.path()})).status, 0);
    const Capture capture = readFile(file());
    const Tick& tick = capture.ticks.at(0);
    for (const char* source : {"/proc/71/stat", "/proc/71/cmdline", "/proc/99/stat", "/proc/98/stat"})
        QCOMPARE(tick.body(source), contents(root.path(source)));
    QVERIFY(!tick.first("/proc/2/cmdline")); // a kernel thread has none, and is not asked
    QCOMPARE(capture.member("seg/0/pids.txt"),
        QString("1 5 %1 init /sbin/init%00\n"
                "2 5 %1 kthreadd \n"
                "71 1234 %1 a%20b)%20(c%0A a%20b)%20(c%00--name%00two%0Alines%00100%25%00\n"
                "99 777 %1 x%0A==%20end%20ticks=1%20crc32c=00000000 %2D\n"
                "4242 99887 %1 java java%00-Xmx2g%00-jar%00/srv/shop/shop.jar%00\n")
            .replace("%1", QString::number(geteuid()))
            .toLatin1());
}

void TestRecorder::absentSourcesAreSaidOncePerSegment()
{
    FakeRoot root;
    QFile::remove(root.path("/proc/uptime"));
    QDir().mkdir(root.path("/proc/uptime")); // reading a folder fails with EISDIR, whoever asks
    QCOMPARE(recordEveryTick(quick(file(), {"-c", "5", "--segment-ticks", "3", "--root", root.path()})).status, 0);
    const Capture capture = readFile(file());
    QCOMPARE(capture.ticks.size(), std::size_t{5});
    for (const auto& [path, errorNumber] : {std::pair("/proc/schedstat", ENOENT), std::pair("/proc/uptime", EISDIR)})
        for (const Tick& tick : capture.ticks) {
            const bool isKeyframe = tick.number == 0 || tick.number == 3;
            QCOMPARE(tick.named(path).size(), std::size_t{isKeyframe ? 1U : 0U});
            if (isKeyframe) {
                QCOMPARE(tick.errorNumber(path), errorNumber);
                QCOMPARE(tick.body(path), QByteArray());
            }
        }
    for (const int segment : {0, 1}) {
        std::map<QString, QJsonObject> denials;
        for (const auto& denial : capture.manifest(segment)["denials"].toArray())
            denials[denial.toObject()["path"].toString()] = denial.toObject();
        QCOMPARE(denials["/proc/schedstat"]["errno"].toInt(), ENOENT);
        QCOMPARE(denials["/proc/uptime"]["errno"].toInt(), EISDIR);
        QCOMPARE(denials["/proc/uptime"]["error"].toString(), QString("Is a directory"));
        QCOMPARE(denials["/proc/uptime"]["tick"].toInt(-1), 0);
        QCOMPARE(denials["/proc/modules"]["errno"].toInt(), ENOENT);
        QVERIFY(denials["/proc/modules"]["tick"].isNull()); // read before the first tick
        QVERIFY(!denials.count("/proc/stat"));
    }
}

void TestRecorder::deniedSourcesAreNamedOnce()
{
    FakeRoot root;
    for (const char* source : {"/proc/meminfo", "/etc/os-release", "/proc/4242/stat"})
        QFile::setPermissions(root.path(source), {});
    QTemporaryDir everybodys;
    QFile::setPermissions(everybodys.path(), QFileDevice::Permissions(0x7777));
    QFile::setPermissions(root.path(), QFileDevice::Permissions(0x7755));
    const QString output = everybodys.filePath("x.zst"), program = everybodys.filePath("hindcast-record");
    QVERIFY(QFile::copy(recorderPath(), program)); // the build folder may be closed to others
    QFile::setPermissions(program, QFileDevice::Permissions(0x7755));
    const QStringList arguments = quick(output, {"-c", "4", "--segment-ticks", "2", "--quiet", "--root", root.path()});
    const Run result = isRoot()
        ? recordEveryTick(arguments, "setpriv", {"--reuid=65534", "--regid=65534", "--clear-groups", program})
        : recordEveryTick(arguments, program);
    QCOMPARE(result.err,
        QByteArray("hindcast-record: no permission to read /proc/<pid>/stat, /etc/os-release, /proc/meminfo\n"));
    QCOMPARE(result.status, 3);
    const Capture capture = readFile(output);
    QVERIFY(capture.isFinished);
    QVERIFY(!capture.has("start/etc/os-release"));
    for (const Tick& tick : capture.ticks)
        for (const char* source : {"/proc/meminfo", "/proc/4242/stat"}) {
            const bool isKeyframe = tick.number % 2 == 0;
            QCOMPARE(tick.named(source).size(), std::size_t{isKeyframe ? 1U : 0U});
            if (isKeyframe)
                QCOMPARE(tick.errorNumber(source), EACCES);
        }
    bool isListed = false;
    for (const auto& denial : capture.manifest(1)["denials"].toArray())
        isListed = isListed || denial.toObject()["path"].toString() == "/proc/meminfo";
    QVERIFY(isListed);
}

void TestRecorder::unchangedProcessesAreInKeyframesOnly()
{
    FakeRoot root;
    QCOMPARE(recordEveryTick(quick(file(), {"-c", "7", "--segment-ticks", "3", "--root", root.path()})).status, 0);
    const Capture capture = readFile(file());
    QCOMPARE(capture.ticks.size(), std::size_t{7});
    const std::set<std::string> everybody = {"1", "2", "71", "4242"};
    for (const Tick& tick : capture.ticks) {
        QCOMPARE(tick.segment, tick.number / 3);
        QVERIFY(tick.pids() == (tick.number % 3 == 0 ? everybody : std::set<std::string>()));
        QCOMPARE(tick.named("/proc/1/cmdline").size(), std::size_t{tick.number == 0 ? 1U : 0U});
    }
    for (const char* segment : {"seg/1/pids.txt", "seg/2/pids.txt"})
        QCOMPARE(capture.member(segment), capture.member("seg/0/pids.txt"));
    QCOMPARE(capture.member("index.txt").count('\n'), 3);
}

void TestRecorder::processesComeChangeAndGo()
{
    FakeRoot root;
    const QString part = file() + ".part";
    Running recorder(quick(file(), {"--segment-ticks", "3600", "--root", root.path()})); // one keyframe
    QVERIFY(recorder.waitForTicks(part, 2));

    QVERIFY(QDir(root.path("/proc/4242")).removeRecursively()); // one ends
    const QString prepared = root.path("/proc/being-made"); // one begins, all at once
    QDir().mkdir(prepared);
    write(prepared + "/stat", QByteArray("5000 (sh)") + statTail + "12345 0 0\n");
    write(prepared + "/cmdline", QByteArray("sh\0-c\0make\0", 11));
    QVERIFY(QDir().rename(prepared, root.path("/proc/5000")));
    QVERIFY(recorder.waitForTicks(part, readFile(part).ticks.size() + 2));

    // … and executes another program: same number and start time, another name. In place and of the same length, as
    // the recorder keeps the file open and must not meet a half-written one.
    write(root.path("/proc/5000/cmdline"), QByteArray("cc\0-O2\0", 7));
    QFile stat(root.path("/proc/5000/stat"));
    QVERIFY(stat.open(QIODevice::ReadWrite | QIODevice::Unbuffered));
    stat.write("5000 (cc)");
    stat.close();
    QVERIFY(recorder.waitForTicks(part, readFile(part).ticks.size() + 2));
    recorder.signal(SIGINT);
    QCOMPARE(recorder.result().status, 0);

    const Capture capture = readFile(file());
    std::vector<const Block*> ended, began, commandLines;
    for (const Tick& tick : capture.ticks) {
        for (const Block* block : tick.named("/proc/4242/stat"))
            ended.push_back(block);
        for (const Block* block : tick.named("/proc/5000/stat"))
            began.push_back(block);
        for (const Block* block : tick.named("/proc/5000/cmdline"))
            commandLines.push_back(block);
    }
    QCOMPARE(ended.size(), std::size_t{2}); // its text once, its end once
    QCOMPARE(ended[0]->header.errorNumber, 0);
    QCOMPARE(ended[1]->header.errorNumber, ESRCH);
    QCOMPARE(began.size(), std::size_t{2});
    QVERIFY(began[0]->body.startsWith("5000 (sh)"));
    QVERIFY(began[1]->body.startsWith("5000 (cc)"));
    QCOMPARE(commandLines.size(), std::size_t{2});
    QCOMPARE(commandLines[0]->body, QByteArray("sh\0-c\0make\0", 11));
    QCOMPARE(commandLines[1]->body, QByteArray("cc\0-O2\0", 7));
}

void TestRecorder::longCommandLinesAreCut()
{
    FakeRoot root;
    const QByteArray longLine = "java" + QByteArray(1, '\0') + QByteArray(100'000, 'c');
    write(root.path("/proc/4242/cmdline"), longLine);
    QCOMPARE(record(quick(file(), {"-c", "1", "--root", root.path()})).status, 0);
    QCOMPARE(readFile(file()).ticks.at(0).body("/proc/4242/cmdline"), longLine.left(16 << 10));
}

void TestRecorder::denialHasTheTickThatMetIt()
{
    FakeRoot root;
    // Read before the others' and gone at once: no denial. A folder cannot be read, whoever asks.
    QFile::remove(root.path("/proc/4242/cmdline"));
    Running recorder(quick(file(), {"--segment-ticks", "3", "--root", root.path()}));
    QVERIFY(recorder.waitForTicks(file() + ".part", 2));
    QVERIFY(QDir().mkdir(root.path("/proc/5000")) && QDir().mkdir(root.path("/proc/5000/cmdline")));
    write(root.path("/proc/5000/stat"), QByteArray("5000 (late)") + statTail + "500 0\n");
    QVERIFY(recorder.waitForTicks(file() + ".part", readFile(file() + ".part").ticks.size() + 5));
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 0);
    const Capture capture = readFile(file());
    const auto met = std::find_if(capture.ticks.begin(), capture.ticks.end(),
        [](const Tick& tick) { return tick.errorNumber("/proc/5000/cmdline") == EISDIR; });
    QVERIFY(met != capture.ticks.end());
    QVERIFY(met->number > 0);
    int found = 0;
    for (const auto& [path, text] : capture.members)
        if (path.endsWith("/manifest.json"))
            for (const auto& denial : QJsonDocument::fromJson(text).object()["denials"].toArray())
                if (denial.toObject()["path"].toString() == "/proc/<pid>/cmdline") {
                    QCOMPARE(denial.toObject()["tick"].toInt(-1), static_cast<int>(met->number));
                    ++found;
                }
    QVERIFY(found > 0);
}

void TestRecorder::linksStayInsideTheRoot_data()
{
    QTest::addColumn<bool>("hasOpenat2");
    QTest::addRow("by the kernel") << true;
    QTest::addRow("by the walk for kernels before 5.6") << false;
}

void TestRecorder::linksStayInsideTheRoot()
{
    QFETCH(bool, hasOpenat2);
    FakeRoot root;
    const auto link = [&root](const QByteArray& target, const char* path) {
        QFile::remove(root.path(path));
        QCOMPARE(symlink(target.constData(), qPrintable(root.path(path))), 0);
    };
    const QByteArray meminfo = contents(root.path("/proc/meminfo")), vmstat = contents(root.path("/proc/vmstat"));
    // Outside: a file by its full path, by climbing, and by way of a folder.
    write(m_folder->filePath("secret"), "outside\n");
    link(m_folder->filePath("secret").toUtf8(), "/etc/os-release");
    link(QByteArray("../").repeated(40) + m_folder->filePath("secret").mid(1).toUtf8(), "/proc/uptime");
    link(m_folder->path().toUtf8(), "/proc/out");
    link("out/secret", "/proc/version");
    link("loadavg", "/proc/loadavg");
    // Inside: what an absolute path means to that host, climbing past its top, a chain, and a folder.
    QVERIFY(QFile::rename(root.path("/proc/meminfo"), root.path("/usr/meminfo")));
    link("/usr/meminfo", "/proc/meminfo");
    QVERIFY(QFile::rename(root.path("/proc/vmstat"), root.path("/usr/vmstat")));
    link("/../../usr/./share/../vmstat", "/proc/first");
    link("first", "/proc/vmstat");
    QVERIFY(QDir().rename(root.path("/proc/net"), root.path("/usr/net")));
    link("../usr//net/", "/proc/net");
    link("/usr/share/zoneinfo/Asia/Seoul", "/etc/localtime");

    QProcess process;
    if (!hasOpenat2)
        process.setChildProcessModifier([] { pretendNoOpenat2(); });
    process.start(recorderPath(), quick(file(), {"-c", "1", "--root", root.path()}));
    const Run result = finished(process);
    QVERIFY2(result.status == 0, result.err);
    const Capture capture = readFile(file());
    QCOMPARE(capture.ticks.size(), std::size_t{1});
    const Tick& tick = capture.ticks.front();
    QCOMPARE(tick.body("/proc/meminfo"), meminfo);
    QCOMPARE(tick.body("/proc/vmstat"), vmstat);
    QCOMPARE(tick.body("/proc/net/dev"), contents(root.path("/usr/net/dev")));
    QCOMPARE(tick.errorNumber("/proc/uptime"), ENOENT);
    QCOMPARE(tick.errorNumber("/proc/loadavg"), ELOOP);
    std::map<QString, int> denials;
    for (const auto& denial : capture.manifest(0)["denials"].toArray())
        denials[denial.toObject()["path"].toString()] = denial.toObject()["errno"].toInt();
    for (const char* path : {"/etc/os-release", "/proc/version"}) {
        QVERIFY(!capture.has(QString("start") + path));
        QCOMPARE(denials[path], ENOENT);
    }
    QCOMPARE(capture.member("start/sys/class/net/eth0/mtu"), QByteArray("1500\n"));
    QCOMPARE(capture.member("start/hindcast/timezone"),
        QByteArray("name Asia/Seoul\nabbreviation KST\nutc_offset_s 32400\n"));
    QCOMPARE(capture.manifest(0)["utc_offset_s"].toInt(), 32400);
}

void TestRecorder::zoneThatIsNotInTheRootHasNoOffset()
{
    FakeRoot root; // as a container sees it that was given only /etc of its host
    QVERIFY(QDir(root.path("/usr/share/zoneinfo")).removeRecursively());
    QCOMPARE(recordEveryTick(quick(file(), {"-c", "1", "--root", root.path()})).status, 0);
    const Capture capture = readFile(file());
    QCOMPARE(capture.manifest(0)["timezone"].toString(), QString("Asia/Seoul"));
    QVERIFY(capture.manifest(0)["utc_offset_s"].isNull());
    QCOMPARE(capture.member("start/hindcast/timezone"), QByteArray("name Asia/Seoul\n"));
}

void TestRecorder::ownProcessIsFoundOnThisMachine()
{
    const Run result = recordEveryTick(quick(file(), {"-d", "0.2"}));
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    const Run listing = shell("set -o pipefail; zstd -dc \"$1\" | tar tf -", {file()});
    QCOMPARE(listing.status, 0);
    QCOMPARE(listing.err, QByteArray());
    QVERIFY(listing.out.contains("seg/0/t/000004.txt\n"));

    const Capture capture = readFile(file());
    const Tick& tick = capture.ticks.at(0);
    const std::string self = std::to_string(getpid());
    QCOMPARE(tick.body("/proc/" + self + "/cmdline"), contents("/proc/self/cmdline"));
    QVERIFY(tick.body("/proc/" + self + "/stat").startsWith(QByteArray::number(getpid()) + " ("));
    QVERIFY(tick.body("/proc/stat").startsWith("cpu  "));
    QVERIFY(tick.body("/proc/meminfo").startsWith("MemTotal:"));
    QVERIFY(tick.pids().size() > 1);
    QCOMPARE(capture.member("start/proc/version"), contents("/proc/version"));
    QCOMPARE(
        capture.manifest(0)["boot_id"].toString().toLatin1(), contents("/proc/sys/kernel/random/boot_id").trimmed());
    QVERIFY(tick.value("self_rss_bytes") > 0);
    QVERIFY(capture.ticks.back().value("written_bytes") > tick.value("written_bytes"));
    // "never": not even our own
    QVERIFY(std::none_of(tick.blocks.begin(), tick.blocks.end(),
        [](const Block& block) { return block.header.path.ends_with("environ"); }));
}

/// Without descriptors to keep, processes are opened and closed at each tick; none may be lost to EMFILE.
void TestRecorder::processesBeyondTheDescriptorLimitAreReadToo()
{
    const Run result = recordEveryTick(quick(file(), {"-c", "4", "--segment-ticks", "2"}), "bash",
        {"-c", "ulimit -n 60; exec \"$@\"", "bash", recorderPath()});
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    const Capture capture = readFile(file());
    QCOMPARE(capture.ticks.size(), std::size_t{4});
    for (const Tick& tick : capture.ticks)
        for (const Block& block : tick.blocks)
            QVERIFY2(block.header.errorNumber != EMFILE, block.header.path.c_str());
    for (const std::size_t keyframe : {0U, 2U})
        QVERIFY(capture.ticks[keyframe].pids().count(std::to_string(getpid())));
}

/// A kept descriptor of an ended process must not hide the process that got its number.
void TestRecorder::reusedPidIsANewProcess()
{
    if (!isRoot())
        QSKIP("choosing the number of the next process needs root");
    // In a namespace of its own: a process with number 400 ends, and between two ticks another gets the number.
    const QString script = R"sh(
        set -e
        echo 399 > /proc/sys/kernel/ns_last_pid; sleep 1000 & first=$!
        "$1" -i 0.3 --cpu 0 --quiet -o "$2" & recorder=$!
        until [ "$(zstd -dc "$2.part" 2>/dev/null | grep -ac '^== end ticks=')" -ge 2 ]; do sleep 0.01; done
        kill -9 $first; { wait $first; } 2>/dev/null || true
        echo 399 > /proc/sys/kernel/ns_last_pid; tail -f /dev/null & second=$!
        until zstd -dc "$2.part" 2>/dev/null | grep -aq '^400 (tail)'; do sleep 0.01; done
        kill -INT $recorder; wait $recorder; kill $second
        echo $first $second)sh";
    const Run result = run(
        "timeout", {"60", "unshare", "-pmuf", "--mount-proc", "bash", "-c", script, "bash", recorderPath(), file()});
    if (result.err.contains("unshare: ") || result.err.contains("ns_last_pid"))
        QSKIP("SKIPPED: no namespaces of processes here");
    QVERIFY2(result.err.isEmpty() || result.err.contains("in time"), result.err);
    QCOMPARE(result.out, QByteArray("400 400\n"));
    std::vector<QByteArray> commandLines;
    QByteArray lastText;
    for (const Tick& tick : readFile(file()).ticks) {
        for (const Block* block : tick.named("/proc/400/cmdline"))
            commandLines.push_back(block->body);
        if (const Block* stat = tick.first("/proc/400/stat"); stat && stat->header.errorNumber == 0)
            lastText = stat->body;
    }
    QVERIFY(commandLines.size() >= 2);
    QCOMPARE(commandLines.front(), QByteArray("sleep\0001000\0", 11));
    QCOMPARE(commandLines.back(), QByteArray("tail\0-f\0/dev/null\0", 18));
    QVERIFY(lastText.startsWith("400 (tail)"));
}

/// Ticks lie on slots k * interval after the first, which lies on a multiple of the interval on the wall clock;
/// lateness may come and go with the load of the machine, but it must not add up.
void TestRecorder::ticksKeepTheirSchedule()
{
    FakeRoot root;
    constexpr std::int64_t interval = 50'000'000;
    QCOMPARE(record(quick(file(), {"-c", "60", "--quiet", "--root", root.path()})).status, 0);
    const Capture capture = readFile(file());
    QVERIFY(capture.ticks.size() >= 20);
    std::vector<std::int64_t> origins; // where slot 0 lay, as each tick has it; a little later when it was held up
    std::vector<std::int64_t> offsets; // from the wall clock's grid
    std::uint64_t next = 0;
    for (const Tick& tick : capture.ticks) {
        const auto number = static_cast<std::int64_t>(tick.number);
        QCOMPARE(tick.value("tick"), number);
        QCOMPARE(tick.value("missed"), static_cast<std::int64_t>(tick.number - next));
        next = tick.number + 1;
        const std::int64_t late = tick.value("late_ns");
        const std::int64_t latest = tick.number == 59 ? interval : interval / 2;
        QVERIFY2(late >= 0 && late <= latest, qPrintable(QString::number(late)));
        origins.push_back(tick.value("mono_ns") - late - number * interval);
        // Half an interval is added so that a wall clock a microsecond before the grid is not a whole interval after
        // it.
        offsets.push_back((tick.value("real_ns") - late + interval / 2) % interval - interval / 2);
    }
    const auto third = static_cast<std::ptrdiff_t>(origins.size() / 3);
    const auto drift = [third](const std::vector<std::int64_t>& values) {
        return std::abs(*std::min_element(values.end() - third, values.end())
            - *std::min_element(values.begin(), values.begin() + third));
    };
    QVERIFY2(drift(origins) < interval / 10, qPrintable(QString::number(drift(origins))));
    QVERIFY2(drift(offsets) < interval / 10, qPrintable(QString::number(drift(offsets))));
    // On the grid itself, and not just always as far from it.
    const std::int64_t nearest = *std::min_element(offsets.begin(), offsets.end());
    QVERIFY2(std::abs(nearest) < interval / 10, qPrintable(QString::number(nearest)));
}

void TestRecorder::durationTakesBothEnds_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<quint64>("slotCount");
    QTest::addRow("ten intervals are eleven samples") << QStringList{"-i", "0.02", "-d", "0.2"} << quint64{11};
    QTest::addRow("a part of an interval is none") << QStringList{"-i", "0.1", "-d", "0.29s"} << quint64{3};
    QTest::addRow("no duration is one sample") << QStringList{"-d", "0"} << quint64{1};
    QTest::addRow("a count counts samples") << QStringList{"-i", "0.02", "-c", "5"} << quint64{5};
}

void TestRecorder::durationTakesBothEnds()
{
    QFETCH(QStringList, arguments);
    QFETCH(quint64, slotCount);
    FakeRoot root;
    QCOMPARE(recordEveryTick(arguments + QStringList{"-o", file(), "--quiet", "--root", root.path()}).status, 0);
    const Capture capture = readFile(file());
    QCOMPARE(quint64{capture.ticks.size()}, slotCount);
    QCOMPARE(quint64{capture.ticks.back().number}, slotCount - 1);
}

void TestRecorder::lateTicksAreLeftOutAndCounted()
{
    FakeRoot root;
    Running recorder(quick(file(), {"--root", root.path()}));
    QVERIFY(recorder.waitForTicks(file() + ".part", 2));
    for (int i = 0; i < 6; ++i) { // woken at different places between two slots
        recorder.signal(SIGSTOP);
        QTest::qWait(110 + 8 * i); // the time itself is the matter: two slots pass
        recorder.signal(SIGCONT);
        QVERIFY(recorder.waitForTicks(file() + ".part", readFile(file() + ".part").ticks.size() + 2));
    }
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 0);
    std::uint64_t next = 0, missed = 0;
    const Capture capture = readFile(file());
    for (const Tick& tick : capture.ticks) {
        QCOMPARE(static_cast<std::uint64_t>(tick.value("missed")), tick.number - next);
        missed += tick.number - next;
        next = tick.number + 1;
    }
    QVERIFY2(missed >= 6, qPrintable(QString::number(missed)));
    QVERIFY2(result.err.contains(" samples could not be taken in time"), result.err);
    for (const Tick& tick : capture.ticks) // never bunched: what is more than half an interval late is left out
        QVERIFY(tick.value("late_ns") <= 25'000'000);
}

void TestRecorder::ticksLostToAnUnreadPipeAreCounted_data()
{
    QTest::addColumn<int>("pipeFlags");
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<int>("status");
    QTest::addRow("blocking") << O_CLOEXEC << QStringList() << 0;
    QTest::addRow("not blocking") << (O_CLOEXEC | O_NONBLOCK) << QStringList() << 0;
    QTest::addRow("blocking, with a count") << O_CLOEXEC << QStringList{"-c", "100000"} << 6;
}

void TestRecorder::ticksLostToAnUnreadPipeAreCounted()
{
    QFETCH(int, pipeFlags);
    QFETCH(QStringList, more);
    QFETCH(int, status);
    FakeRoot root;
    int pipeEnds[2];
    QCOMPARE(pipe2(pipeEnds, pipeFlags), 0);
    QVERIFY(fcntl(pipeEnds[1], F_SETPIPE_SZ, 4096) >= 0);
    QProcess process;
    process.setChildProcessModifier([&] { dup2(pipeEnds[1], STDOUT_FILENO); });
    process.setProcessChannelMode(QProcess::ForwardedOutputChannel);
    process.start(recorderPath(), QStringList{"-i", "0.01", "--cpu", "0", "-o", "-", "--root", root.path()} + more);
    QVERIFY(process.waitForStarted());
    close(pipeEnds[1]);
    const auto inPipe = [&] {
        int bytes = 0;
        ioctl(pipeEnds[0], FIONREAD, &bytes);
        return bytes;
    };
    QElapsedTimer timer;
    timer.start();
    int before = -1; // full: nothing came in for as long as many samples take
    for (int still = 0; still < 20 && timer.elapsed() < patience; QTest::qWait(10)) {
        const int now = inPipe();
        still = now > 0 && now == before ? still + 1 : 0;
        before = now;
    }
    QTest::qWait(500); // the time itself is the matter: fifty slots pass
    ::kill(static_cast<pid_t>(process.processId()), SIGTERM);
    fcntl(pipeEnds[0], F_SETFL, 0);
    QByteArray out;
    char chunk[4096];
    for (ssize_t got = 0; (got = ::read(pipeEnds[0], chunk, sizeof chunk)) > 0;)
        out.append(chunk, static_cast<qsizetype>(got));
    close(pipeEnds[0]);
    const Run result = finished(process);
    QVERIFY2(result.status == status, result.err);

    const Capture capture = read(out);
    QVERIFY(capture.isFinished);
    const auto said = QRegularExpression("(\\d+) samples could not be taken in time").match(result.err);
    QVERIFY2(said.hasMatch(), result.err);
    const auto missed = said.captured(1).toULongLong();
    QVERIFY2(missed >= 50, result.err);
    QCOMPARE(capture.member("end/hindcast/summary"),
        QByteArray("missed_total " + QByteArray::number(missed) + "\nlast_slot "
            + QByteArray::number(missed + capture.ticks.size() - 1) + "\n"));
}

void TestRecorder::signalFinishesTheFile_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<int>("status");
    QTest::addRow("SIGINT is how an open-ended recording ends") << SIGINT << QStringList() << 0;
    QTest::addRow("SIGTERM too") << SIGTERM << QStringList() << 0;
    QTest::addRow("SIGHUP too") << SIGHUP << QStringList() << 0;
    QTest::addRow("SIGINT before the duration is over") << SIGINT << QStringList{"-d", "1h"} << 6;
    QTest::addRow("SIGTERM before the count is reached") << SIGTERM << QStringList{"-c", "100000"} << 6;
}

void TestRecorder::signalFinishesTheFile()
{
    QFETCH(int, number);
    QFETCH(QStringList, more);
    QFETCH(int, status);
    FakeRoot root;
    Running recorder(quick(file(), more + QStringList{"--root", root.path()}));
    QVERIFY(recorder.waitForTicks(file() + ".part", 3));
    recorder.signal(number);
    const Run result = recorder.result();
    QCOMPARE(result.status, status);
    QVERIFY2(result.err.contains("wrote "), result.err);
    QVERIFY(!QFile::exists(file() + ".part"));
    const Capture capture = readFile(file());
    QVERIFY(capture.isFinished);
    QVERIFY(capture.has("index.txt") && capture.has("end/proc/mounts"));
    QVERIFY(capture.ticks.size() >= 3);
}

/// timeout(1) signals the recorder and then its whole group.
void TestRecorder::timeoutFinishesTheFile()
{
    FakeRoot root;
    const Run result = run("timeout", QStringList{"1", recorderPath()} + quick(file(), {"--root", root.path()}));
    QCOMPARE(result.status, 124);
    QVERIFY2(result.err.contains("wrote "), result.err);
    QVERIFY(readFile(file()).isFinished);
}

void TestRecorder::signalBeforeTheFirstSampleLeavesNothing()
{
    FakeRoot root;
    // A pipe for /proc/loadavg would be met at a tick; with so short an interval the first sample lies on its next
    // whole multiple, up to 0.2 s away.
    for (int attempt = 0; attempt < 20; ++attempt) {
        QFile::remove(file());
        Running recorder({"-i", "0.2", "-o", file(), "--root", root.path()});
        QElapsedTimer timer;
        timer.start();
        while (!QFile::exists(file() + ".part") && recorder.isRunning() && timer.elapsed() < patience)
            QTest::qWait(1);
        recorder.signal(SIGTERM);
        const Run result = recorder.result();
        QVERIFY(!QFile::exists(file() + ".part"));
        if (result.status == 0)
            continue; // the interval began just then, and the sample was taken: try again
        QCOMPARE(result.status, 1);
        QCOMPARE(result.err, QByteArray("hindcast-record: stopped before the first sample; nothing was recorded\n"));
        QVERIFY(!QFile::exists(file()));
        return;
    }
    QFAIL("a sample was always there before the signal");
}

void TestRecorder::secondSignalKills()
{
    // A pipe that nobody reads: the first signal cannot finish, the second must end it.
    int pipeEnds[2];
    QCOMPARE(pipe2(pipeEnds, O_CLOEXEC), 0);
    QProcess process;
    process.setChildProcessModifier([&] { dup2(pipeEnds[1], STDOUT_FILENO); });
    process.setProcessChannelMode(QProcess::ForwardedOutputChannel);
    process.start(recorderPath(), {"-i", "0.01", "--cpu", "0", "-o", "-", "--segment-ticks", "1"});
    QVERIFY(process.waitForStarted());
    const auto pid = static_cast<pid_t>(process.processId());
    const QString state = QString("/proc/%1/wchan").arg(pid);
    QElapsedTimer timer;
    timer.start();
    const auto isBlockedInPipe = [&] {
        const QByteArray syscallText = contents(QString("/proc/%1/syscall").arg(pid));
        return syscallText.startsWith("1 0x1 ") || contents(state).contains("pipe_write");
    };
    while (!isBlockedInPipe() && timer.elapsed() < patience && process.state() == QProcess::Running)
        QTest::qWait(10);
    if (!isBlockedInPipe())
        QSKIP("cannot see here where a process waits");
    // What follows within 0.3 s is the same wish; then one more kills.
    timer.restart();
    do
        ::kill(pid, SIGTERM);
    while (!process.waitForFinished(50) && timer.elapsed() < patience);
    close(pipeEnds[0]);
    close(pipeEnds[1]);
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);
    QCOMPARE(process.exitCode(), SIGTERM);
    QVERIFY(timer.elapsed() >= 300);
}

void TestRecorder::killedRecorderLeavesEveryTick()
{
    FakeRoot root;
    const QString part = file() + ".part";
    for (const std::size_t ticks : {1U, 4U, 9U}) {
        QFile::remove(part);
        Running recorder(quick(file(), {"--segment-ticks", "3", "--root", root.path()}));
        QVERIFY(recorder.waitForTicks(part, ticks));
        recorder.signal(SIGKILL);
        QCOMPARE(recorder.result().status, -1);
        QVERIFY(!QFile::exists(file()));
        const Capture capture = readFile(part);
        QVERIFY(!capture.isFinished);
        QVERIFY(capture.ticks.size() >= ticks);
        for (const Tick& tick : capture.ticks)
            QCOMPARE(tick.state, framing::TickState::Whole);
        const Run plain = shell("zstd -dc \"$1\" 2>/dev/null | grep -ac '^== end ticks='", {part});
        QVERIFY2(plain.out.toULongLong() + 1 >= capture.ticks.size(), plain.out);
    }
}

void TestRecorder::streamsToAPipe()
{
    FakeRoot root;
    const Run result = recordEveryTick(quick("-", {"-c", "4", "--root", root.path()}));
    QCOMPARE(result.status, 0);
    QVERIFY2(result.err.contains("wrote standard output: 4 samples"), result.err);
    const Capture capture = read(result.out);
    QVERIFY(capture.isFinished);
    QCOMPARE(capture.ticks.size(), std::size_t{4});
}

void TestRecorder::closedPipeIsSaid()
{
    FakeRoot root;
    QProcess process;
    process.start(recorderPath(), quick("-", {"--segment-ticks", "1", "--root", root.path()}));
    QByteArray out;
    while (read(out).ticks.size() < 2 && process.waitForReadyRead(patience))
        out += process.readAllStandardOutput();
    process.kill();
    process.waitForFinished(patience);
    QVERIFY(out.size() > 0);
    const Run result = shell("set -o pipefail; size=$1; shift; \"$@\" | head -c \"$size\" > /dev/null",
        QStringList{QString::number(out.size()), recorderPath()}
            + quick("-", {"--segment-ticks", "1", "--root", root.path()}));
    QCOMPARE(result.status, 5);
    QVERIFY2(
        QRegularExpression("^hindcast-record: standard output: Broken pipe; \\d+ samples? had been written to it\n$")
            .match(result.err)
            .hasMatch(),
        result.err);
}

void TestRecorder::terminalIsRefused()
{
    int leader = -1, follower = -1;
    if (openpty(&leader, &follower, nullptr, nullptr, nullptr) != 0)
        QSKIP("no pseudo terminals here");
    QProcess process;
    process.setChildProcessModifier([&] { dup2(follower, STDOUT_FILENO); });
    process.setProcessChannelMode(QProcess::ForwardedOutputChannel);
    process.start(recorderPath(), {"-d", "1", "-o", "-"});
    const Run result = finished(process);
    close(leader);
    close(follower);
    QCOMPARE(result.status, 2);
    QVERIFY2(result.err.contains("not for a terminal"), result.err);
}

void TestRecorder::fullDeviceIsSaid()
{
    FakeRoot root;
    const Run result = shell("\"$@\" > /dev/full", QStringList{recorderPath()} + quick("-", {"--root", root.path()}));
    QCOMPARE(result.status, 5);
    QCOMPARE(result.err,
        QByteArray(
            "hindcast-record: standard output: No space left on device before the first sample; nothing was kept\n"));
    QCOMPARE(shell("\"$@\" > /dev/full", {recorderPath(), "--help"}).status, 5);
}

void TestRecorder::existingFileIsRefused()
{
    write(file(), "precious");
    const Run result = record(quick(file(), {"-c", "1"}));
    QCOMPARE(result.status, 2);
    QCOMPARE(result.err, "hindcast-record: " + file().toLocal8Bit() + " is already there (--force replaces it)\n");
    QCOMPARE(contents(file()), QByteArray("precious"));
    QVERIFY(!QFile::exists(file() + ".part"));
    // A link counts as a file that is there, even one that leads nowhere.
    QVERIFY(QFile::link("/nonexistent", file("link")));
    QCOMPARE(record(quick(file("link"), {"-c", "1"})).status, 2);
    QVERIFY(QFile::link("/nonexistent", file("other.part")));
    QCOMPARE(record(quick(file("other"), {"-c", "1"})).status, 2);
}

void TestRecorder::existingPartIsRefused()
{
    write(file() + ".part", "what a killed recorder left");
    const Run result = record(quick(file(), {"-c", "1"}));
    QCOMPARE(result.status, 2);
    QVERIFY2(result.err.contains(".part is there"), result.err);
    QCOMPARE(contents(file() + ".part"), QByteArray("what a killed recorder left"));
    QVERIFY(!QFile::exists(file()));
}

void TestRecorder::forceReplacesBoth()
{
    FakeRoot root;
    write(file(), "old");
    write(file() + ".part", "older");
    QCOMPARE(recordEveryTick(quick(file(), {"-c", "2", "--root", root.path()})).status, 0);
    QVERIFY(!QFile::exists(file() + ".part"));
    QCOMPARE(readFile(file()).ticks.size(), std::size_t{2});
}

void TestRecorder::forceSparesARecordingInProgress()
{
    FakeRoot root;
    Running first(quick(file(), {"--root", root.path()}));
    QVERIFY(first.waitForTicks(file() + ".part", 1));
    const Run second = record(quick(file(), {"-c", "1", "--force", "--root", root.path()}));
    QCOMPARE(second.status, 2);
    QVERIFY2(second.err.contains("is being written by another recording"), second.err);
    first.signal(SIGINT);
    QCOMPARE(first.result().status, 0);
    QVERIFY(readFile(file()).isFinished);
}

void TestRecorder::forceSparesWhatIsNoFile()
{
    QVERIFY(QDir().mkdir(file("folder")));
    QVERIFY(QFile::link("/dev/null", file("link")));
    for (const char* name : {"folder", "link"}) {
        const Run result = record(quick(file(name), {"-c", "1", "--force"}));
        QCOMPARE(result.status, 2);
        QVERIFY2(result.err.contains("not a regular file"), result.err);
    }
    QVERIFY(QFileInfo(file("link")).isSymLink());
}

void TestRecorder::fileThatAppearsMeanwhileIsKept()
{
    FakeRoot root;
    Running recorder(quick(file(), {"--root", root.path()}));
    QVERIFY(recorder.waitForTicks(file() + ".part", 1));
    write(file(), "somebody else's");
    recorder.signal(SIGINT);
    const Run result = recorder.result();
    QCOMPARE(result.status, 1);
    QVERIFY2(result.err.contains("the capture stays in ") && result.err.contains("File exists"), result.err);
    QCOMPARE(contents(file()), QByteArray("somebody else's"));
    QVERIFY(readFile(file() + ".part").isFinished);
}

void TestRecorder::defaultNameIsHostAndTime()
{
    FakeRoot root;
    write(root.path("/proc/sys/kernel/hostname"), "../we b.example\n");
    QProcess process;
    process.setWorkingDirectory(m_folder->path());
    process.start(recorderPath(), {"-i", "0.05", "-c", "1", "--quiet", "--root", root.path()});
    const Run result = finished(process);
    QCOMPARE(result.status, 0);
    QCOMPARE(result.err, QByteArray());
    const QStringList files = QDir(m_folder->path()).entryList(QDir::Files);
    QCOMPARE(files.size(), 1);
    QVERIFY2(
        QRegularExpression("^_\\._we_b\\.example-\\d{8}T\\d{6}Z\\.hindcast\\.tar\\.zst$").match(files[0]).hasMatch(),
        qPrintable(files[0]));
}

void TestRecorder::outputIsPrivate()
{
    FakeRoot root;
    const Run result = shell(
        "umask 000; exec \"$@\"", QStringList{recorderPath()} + quick(file(), {"-c", "1", "--root", root.path()}));
    QCOMPARE(result.status, 0);
    struct stat status { };
    QCOMPARE(stat(file().toLocal8Bit(), &status), 0);
    QCOMPARE(status.st_mode & 07777U, 0600U);
}

void TestRecorder::folderThatCannotBeWritten_data()
{
    QTest::addColumn<QString>("output");
    QTest::addColumn<QByteArray>("why");
    QTest::addRow("no such folder") << "/nonexistent/x.zst" << QByteArray("No such file or directory");
    QTest::addRow("a file for a folder") << "/proc/version/x.zst" << QByteArray("Not a directory");
    QTest::addRow("a folder closed to us") << "closed/x.zst" << QByteArray("Permission denied");
}

void TestRecorder::folderThatCannotBeWritten()
{
    QFETCH(QString, output);
    QFETCH(QByteArray, why);
    QString program = recorderPath();
    QStringList prefix;
    if (output.startsWith("closed")) {
        QFile::setPermissions(m_folder->path(), QFileDevice::Permissions(0x7755));
        QVERIFY(QDir().mkdir(file("closed")));
        QFile::setPermissions(file("closed"), QFileDevice::Permissions(0x5555));
        output = file("closed/x.zst");
        if (isRoot()) {
            QVERIFY(QFile::copy(program, file("hindcast-record")));
            QFile::setPermissions(file("hindcast-record"), QFileDevice::Permissions(0x7755));
            prefix = QStringList{"--reuid=65534", "--regid=65534", "--clear-groups", file("hindcast-record")};
            program = "setpriv";
        }
    }
    const Run result = run(program, prefix + quick(output, {"-c", "1"}));
    QCOMPARE(result.status, 1);
    QCOMPARE(result.err, "hindcast-record: cannot create " + output.toLocal8Bit() + ".part: " + why + "\n");
}

void TestRecorder::fullDiskKeepsWhatFitted_data()
{
    QTest::addColumn<QString>("script"); // $1 = folder; the rest is the recorder and its arguments
    QTest::addColumn<QByteArray>("why");
    QTest::addColumn<bool>("hasTicks");
    const QString tmpfs = R"sh(set -e; mount -t tmpfs -o size=%1 none "$1"; shift; "$@" || status=$?
        cp -a "$MOUNTED/." "$KEPT"; exit $status)sh";
    QTest::addRow("a file size limit") << R"(shift; ulimit -f 512; exec "$@")" << QByteArray("File too large") << true;
    QTest::addRow("a file size limit below the start")
        << R"(shift; ulimit -f 1; exec "$@")" << QByteArray("File too large") << false;
    QTest::addRow("a tmpfs of 512 KiB") << tmpfs.arg("512k") << QByteArray("No space left on device") << true;
    QTest::addRow("a tmpfs of 4 KiB") << tmpfs.arg("4k") << QByteArray("No space left on device") << false;
}

void TestRecorder::fullDiskKeepsWhatFitted()
{
    QFETCH(QString, script);
    QFETCH(QByteArray, why);
    QFETCH(bool, hasTicks);
    const bool needsMount = script.contains("mount");
    if (needsMount && !isRoot())
        QSKIP("mounting a small file system needs root");
    QTemporaryDir mounted, kept;
    const QString folder = needsMount ? mounted.path() : kept.path();
    const QString output = folder + "/x.zst";
    // The real /proc, whose texts change, so that the file grows.
    QStringList arguments = {"-c", script, "bash", folder, recorderPath(), "-i", "0.02", "--cpu", "0",
        "--segment-ticks", "20", "--min-free", "0", "-o", output};
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("MOUNTED", mounted.path());
    environment.insert("KEPT", kept.path());
    process.setProcessEnvironment(environment);
    if (needsMount)
        process.start("unshare", QStringList{"-m", "bash"} + arguments);
    else
        process.start("bash", arguments);
    const Run result = finished(process);
    if (result.err.contains("unshare: ") || result.err.contains("mount:"))
        QSKIP("SKIPPED: mounting is not allowed here");
    QCOMPARE(result.status, 5);
    QCOMPARE(result.err.count('\n'), 1);
    QVERIFY2(result.err.startsWith("hindcast-record: " + output.toLocal8Bit() + ": " + why), result.err);
    QVERIFY(!QFile::exists(kept.filePath("x.zst.part")));
    QCOMPARE(QFile::exists(kept.filePath("x.zst")), hasTicks);
    if (!hasTicks) {
        QVERIFY2(result.err.contains("nothing was kept"), result.err);
        return;
    }
    const auto said = QRegularExpression("the (\\d+) samples taken before are kept there").match(result.err);
    QVERIFY2(said.hasMatch(), result.err);
    const Capture capture = readFile(kept.filePath("x.zst"));
    QCOMPARE(quint64{capture.ticks.size()}, said.captured(1).toULongLong());
    QVERIFY(!capture.hasTail); // cut behind the last tick, not in the middle of the next
    for (const Tick& tick : capture.ticks)
        QCOMPARE(tick.state, framing::TickState::Whole);
}

void TestRecorder::wrongUse_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("complaint");
    QTest::addRow("interval is no number")
        << QStringList{"-i", "fast"} << QByteArray("interval must be 0.01 to 3600 seconds, not fast");
    QTest::addRow("interval 0") << QStringList{"-i", "0"} << QByteArray("interval must be");
    QTest::addRow("interval negative") << QStringList{"-i", "-1"} << QByteArray("interval must be");
    QTest::addRow("interval infinite") << QStringList{"-i", "inf"} << QByteArray("interval must be");
    QTest::addRow("interval hexadecimal") << QStringList{"-i", "0x1"} << QByteArray("interval must be");
    QTest::addRow("interval of two points") << QStringList{"-i", "1.2.3"} << QByteArray("interval must be");
    QTest::addRow("interval of an hour and more") << QStringList{"-i", "3601"} << QByteArray("interval must be");
    QTest::addRow("duration of unknown unit") << QStringList{"-d", "10x"} << QByteArray("duration must be");
    QTest::addRow("duration empty") << QStringList{"-d", ""} << QByteArray("duration must be");
    QTest::addRow("duration of centuries") << QStringList{"-d", "99999d"} << QByteArray("duration must be");
    QTest::addRow("count 0") << QStringList{"-c", "0"} << QByteArray("count must be");
    QTest::addRow("count fractional") << QStringList{"--count", "1.5"} << QByteArray("count must be");
    QTest::addRow("count and duration") << QStringList{"-c", "1", "-d", "1"} << QByteArray("not both");
    QTest::addRow("before, without a ring")
        << QStringList{"--before", "1m"} << QByteArray("without --ring or --trigger nothing comes of --before");
    QTest::addRow("cooldown, without a ring")
        << QStringList{"--cooldown", "1m"} << QByteArray("nothing comes of --cooldown");
    QTest::addRow("folder of no ring") << QStringList{"--ring-folder", "r"} << QByteArray("comes of --ring-folder");
    QTest::addRow("a ring shorter than wanted")
        << QStringList{"--ring", "2s", "--before", "10m"} << QByteArray("keeps less than --before");
    QTest::addRow("unknown long option") << QStringList{"--frobnicate"} << QByteArray("unknown option --frobnicate");
    QTest::addRow("unknown short option") << QStringList{"-z"} << QByteArray("unknown option -z");
    QTest::addRow("value missing") << QStringList{"-i"} << QByteArray("a value is missing after -i");
    QTest::addRow("argument") << QStringList{"1", "10"} << QByteArray("unexpected argument 1");
    QTest::addRow("segment of nothing") << QStringList{"--segment-ticks", "0"} << QByteArray("a segment must have");
    QTest::addRow("empty output") << QStringList{"-o", ""} << QByteArray("the output has no name");
    QTest::addRow("control bytes") << QStringList{"--\x1b[2J\nx"} << QByteArray("unknown option --?[2J?x");
}

void TestRecorder::wrongUse()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, complaint);
    QProcess process;
    process.setWorkingDirectory(m_folder->path());
    process.start(recorderPath(), arguments);
    const Run result = finished(process);
    QCOMPARE(result.status, 2);
    QCOMPARE(result.out, QByteArray());
    QVERIFY2(result.err.startsWith("hindcast-record: ") && result.err.contains(complaint), result.err);
    QCOMPARE(result.err.count('\n'), 1);
    QVERIFY(QDir(m_folder->path()).isEmpty());
}

void TestRecorder::helpVersionAndSources()
{
    const Run help = record({"--help"});
    QCOMPARE(help.status, 0);
    QCOMPARE(help.err, QByteArray());
    for (const QByteArray& line : help.out.split('\n'))
        QVERIFY2(line.size() <= 90, line);
    // FORMAT.md lists every option that --help knows.
    const QByteArray format = contents(HINDCAST_TEST_DATA "/../../capture/FORMAT.md");
    QVERIFY(!format.isEmpty());
    auto option = QRegularExpression("--[a-z-]+").globalMatch(QString::fromUtf8(help.out));
    int options = 0;
    for (; option.hasNext(); ++options)
        QVERIFY2(format.contains(option.next().captured().toLatin1()), help.out);
    QVERIFY(options >= 10);
    QVERIFY(QRegularExpression("^hindcast-record \\d+\\.\\d+\\.\\d+\n$").match(record({"--version"}).out).hasMatch());

    const QByteArray sources = record({"--list-sources"}).out;
    for (const QByteArray& line : contents(HINDCAST_TEST_DATA "/../../capture/sources.txt").split('\n'))
        if (!line.trimmed().isEmpty() && !line.startsWith('#'))
            QVERIFY2(sources.contains(line.simplified().split(' ').at(1)), line);
    for (const char* asked : {"sock_diag", "/dev/kmsg", "statfs"})
        QVERIFY2(sources.contains(asked), asked);
}

void TestRecorder::runsWithoutEnvironment()
{
    const Run result = run("env", QStringList{"-i", recorderPath()} + quick(file(), {"-c", "2"}));
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    QVERIFY(readFile(file()).isFinished);
}

void TestRecorder::runsAsNobody()
{
    if (!isRoot())
        QSKIP("becoming another user needs root");
    QTemporaryDir everybodys;
    QFile::setPermissions(everybodys.path(), QFileDevice::Permissions(0x7777));
    const QString program = everybodys.filePath("hindcast-record"), output = everybodys.filePath("x.zst");
    QVERIFY(QFile::copy(recorderPath(), program));
    QFile::setPermissions(program, QFileDevice::Permissions(0x7755));
    const Run result = run("setpriv",
        QStringList{"--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", program}
            + quick(output, {"-c", "2"}));
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    const Capture capture = readFile(output);
    QVERIFY(capture.isFinished);
    QVERIFY(capture.ticks.at(0).pids().count("1")); // other people's processes too
    QCOMPARE(capture.manifest(0)["uid"].toInt(), 65534);
}

void TestRecorder::runsInAChrootWithOnlyProc()
{
    if (!isRoot())
        QSKIP("chroot needs root");
    QTemporaryDir root;
    QVERIFY(QDir().mkdir(root.filePath("proc")));
    QVERIFY(QFile::copy(recorderPath(), root.filePath("hindcast-record")));
    const Run result = run("unshare",
        {"-m", "bash", "-c",
            "mount --bind /proc \"$1/proc\" && exec chroot \"$1\" /hindcast-record -i 0.05 -c 2 -o /x.zst", "bash",
            root.path()});
    if (result.err.contains("unshare: ") || result.err.contains("mount:"))
        QSKIP("SKIPPED: mounting is not allowed here");
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    const Capture capture = readFile(root.filePath("x.zst"));
    QVERIFY(capture.isFinished);
    QVERIFY(capture.ticks.at(0).pids().size() > 1);
    QCOMPARE(capture.manifest(0)["timezone"].toString(), QString("UTC"));
}

void TestRecorder::saysWhenThereIsNoProc()
{
    QTemporaryDir empty;
    const Run result = record(quick(file(), {"-c", "1", "--root", empty.path()}));
    QCOMPARE(result.status, 1);
    QCOMPARE(
        result.err, "hindcast-record: there is no /proc in " + empty.path().toLocal8Bit() + "; nothing was recorded\n");
    QVERIFY(QDir(m_folder->path()).isEmpty());
    QCOMPARE(record(quick(file(), {"-c", "1", "--root", "/nonexistent"})).err,
        QByteArray("hindcast-record: cannot open /nonexistent: No such file or directory\n"));
}

/// It must run where nothing is installed: no interpreter, no library, and small enough to carry.
void TestRecorder::isStatic()
{
    const Run result = run("readelf", {"-ld", recorderPath()});
    if (result.status == -1)
        QSKIP("readelf is not installed");
    QVERIFY2(result.out.contains("LOAD"), result.out);
    QVERIFY2(!result.out.contains("INTERP"), result.out);
    QVERIFY2(!result.out.contains("NEEDED"), result.out);
    if (contents(recorderPath()).contains(".symtab"))
        return; // not stripped: .ci/run measures one that is
    QVERIFY2(QFileInfo(recorderPath()).size() <= 2'000'000, "over 2 MB");
}

QTEST_GUILESS_MAIN(TestRecorder)
#include "tst_recorder.moc"
