// What hindcast-record says about processes and threads: real ones, made here to be in a known state, one whose command
// line never answers among them; read back from the capture, and by hindcast-report.
#include "recorder_runs.h"
#include "stalled_file.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <pthread.h>
#include <set>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hindcast;
using namespace hindcast::test;

namespace {

/// A process that does `work` and says a number when it is where it should be; it ends with this object.
class Child {
public:
    explicit Child(const std::function<void(int)>& work)
    {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            return;
        m_pid = fork();
        if (m_pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(ends[0]);
            work(ends[1]);
            for (;;)
                pause();
        }
        close(ends[1]);
        m_hasSaid = read(ends[0], &m_said, sizeof m_said) == sizeof m_said;
        close(ends[0]);
    }
    ~Child() { end(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void end()
    {
        if (m_pid > 0) {
            kill(m_pid, SIGKILL);
            waitpid(m_pid, nullptr, 0);
        }
        m_pid = -1;
    }
    bool isReady() const { return m_hasSaid; }
    pid_t pid() const { return m_pid; }
    long said() const { return m_said; }
    std::string path(const char* file) const { return "/proc/" + std::to_string(m_pid) + '/' + file; }
    std::string threadPath(long tid, const char* file) const
    {
        return "/proc/" + std::to_string(m_pid) + "/task/" + std::to_string(tid) + '/' + file;
    }

private:
    pid_t m_pid = -1;
    bool m_hasSaid = false;
    long m_said = 0;
};

void say(int pipe, long number)
{
    [[maybe_unused]] const ssize_t written = write(pipe, &number, sizeof number);
}

/// All texts with that path, in the order of the ticks; "errno N" for those that could not be read.
std::vector<QByteArray> textsOf(const RecordedCapture& capture, const std::string& path)
{
    std::vector<QByteArray> texts;
    for (const RecordedTick& tick : capture.ticks)
        for (const auto& [header, text] : tick.blocks)
            if (header.path == path)
                texts.push_back(header.errorNumber ? "errno " + QByteArray::number(header.errorNumber) : text);
    return texts;
}

std::vector<QByteArray> linesOf(const RecordedTick& tick, const std::string& block)
{
    std::vector<QByteArray> lines;
    for (const QByteArray& line : tick.body(block).value_or(QByteArray()).split('\n'))
        if (!line.isEmpty())
            lines.push_back(line);
    return lines;
}

bool hasText(const std::vector<QByteArray>& texts, const QByteArray& part)
{
    return std::any_of(texts.begin(), texts.end(), [&](const QByteArray& text) { return text.contains(part); });
}

} // namespace

class TestRecorderProcesses : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup();
    void commandLineThatNeverAnswers();
    void pinnedProcessIsLookedAtClosely();
    void threadsComeAndGo();
    void leaderEndsBeforeItsThreads();
    void blockedProcessSaysWhere();
    void oddNamesAreReadBack();
    void execIsAskedAgain();
    void othersAreRefusedOnce();
    void hiddenProcessesAreNoDenial();
    void vanishedProcessesAreNoDenial();
    void numberTakenOverWithinATick();
    void ticksSayWhomTheyRead();

private:
    QString file() const { return m_folder->filePath("x.hindcast.tar.zst"); }
    /// Records this machine quickly; the processes named are looked at closely.
    RecordedCapture recordThis(int ticks, const std::vector<const Child*>& pinned, const QStringList& more = {});

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestRecorderProcesses::initTestCase()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestRecorderProcesses::cleanup()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

RecordedCapture TestRecorderProcesses::recordThis(
    int ticks, const std::vector<const Child*>& pinned, const QStringList& more)
{
    QStringList arguments{"-i", "0.1", "-c", QString::number(ticks), "-o", file(), "--force", "--quiet",
        "--socket-ticks", "0", "--cpu", "0"};
    for (const Child* child : pinned)
        arguments << "--pid" << QString::number(child->pid());
    const Run result = record(arguments + more);
    return result.status == 0 || result.status == 3 ? readCapture(file()) : RecordedCapture();
}

/// The recorder goes on while it waits, says so, and all the others are asked.
void TestRecorderProcesses::commandLineThatNeverAnswers()
{
    StalledFile stalled;
    if (!stalled.isMade())
        QSKIP(qPrintable("SKIPPED: " + stalled.why()));
    RunningRecorder recorder(
        {"-i", "0.1", "-o", file(), "--quiet", "--segment-ticks", "5", "--socket-ticks", "0", "--cpu", "0"});
    const std::string path = "/proc/" + std::to_string(stalled.pid()) + "/cmdline";
    const auto isGivenUp = [&] { return !textsOf(readCapture(file() + ".part"), path).empty(); };
    QVERIFY(waitFor(isGivenUp));
    const Child late([](int pipe) { say(pipe, 1); });
    QVERIFY(waitFor([&] { return !textsOf(readCapture(file() + ".part"), late.path("cmdline")).empty(); }));
    const std::size_t ticks = readCapture(file() + ".part").ticks.size();
    QVERIFY(waitFor([&] { return readCapture(file() + ".part").ticks.size() > ticks + 6; })); // another keyframe
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    QVERIFY2(result.err.contains(path.c_str()), result.err);

    const RecordedCapture capture = readCapture(file());
    QCOMPARE(textsOf(capture, path), std::vector<QByteArray>{"errno 110"}); // once
    std::size_t gaveUp = 0;
    while (!capture.ticks[gaveUp].errorNumber(path))
        ++gaveUp;
    // A recorder that waits for it takes no tick until the file answers, which it never does.
    QVERIFY2(gaveUp >= 2, qPrintable(QString::number(gaveUp)));
    const QByteArray events = capture.ticks[gaveUp].body("hindcast/events").value_or(QByteArray());
    QVERIFY2(events.contains("helper-stuck") && events.contains(path.c_str()), events);
    const std::string own = "/proc/" + std::to_string(getpid()) + "/cmdline";
    QCOMPARE(textsOf(capture, own).size(), std::size_t{1});
    QVERIFY(textsOf(capture, own).front().contains("tst_recorder_processes"));
    QVERIFY(hasText(textsOf(capture, "/proc/" + std::to_string(stalled.pid()) + "/stat"), "(stalled)"));
    const auto denials = capture.denials(capture.segments() - 1, "/proc/<pid>/cmdline");
    QVERIFY(std::any_of(
        denials.begin(), denials.end(), [](const QJsonObject& denial) { return denial["errno"].toInt() == 110; }));
}

void TestRecorderProcesses::pinnedProcessIsLookedAtClosely()
{
    const QString written = m_folder->filePath("written");
    const Child child([&](int pipe) {
        for (int number = 0; number < 25; ++number)
            [[maybe_unused]] const int kept = open("/dev/null", O_RDONLY);
        const int out = open(qPrintable(written), O_WRONLY | O_CREAT, 0600);
        say(pipe, 1);
        for (;;) {
            [[maybe_unused]] const ssize_t done = ::write(out, "0123456789", 10);
            usleep(20'000);
        }
    });
    QVERIFY(child.isReady());
    const RecordedCapture capture = recordThis(8, {&child}, {"--segment-ticks", "100"});
    QVERIFY(capture.ticks.size() >= 3);
    const QByteArray pid = QByteArray::number(child.pid());
    const auto hot = linesOf(capture.ticks.front(), "hindcast/hot");
    QVERIFY(std::count(hot.begin(), hot.end(), pid + " pinned") == 1);
    for (const char* name : {"status", "io", "limits", "cgroup", "exe", "cwd", "ns"})
        QVERIFY2(!textsOf(capture, child.path(name)).empty(), name);
    QVERIFY(textsOf(capture, child.path("status")).front().contains("\nPid:\t" + pid));
    QCOMPARE(textsOf(capture, child.path("exe")).front(), QFile::encodeName(QFile::symLinkTarget("/proc/self/exe")));
    QVERIFY(textsOf(capture, child.path("ns")).front().contains("pid:["));
    // What changes at every tick is there at every tick; what does not, once.
    std::set<QByteArray> written10;
    for (const QByteArray& text : textsOf(capture, child.path("io")))
        written10.insert(text.mid(text.indexOf("wchar:")));
    QVERIFY2(written10.size() >= capture.ticks.size() - 1, qPrintable(QString::number(written10.size())));
    QCOMPARE(textsOf(capture, child.path("limits")).size(), std::size_t{1});
    // 25 and the file, beside those it was born with.
    const QByteArray descriptors = QByteArray::number(
        QDir("/proc/" + pid + "/fd").entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot).size());
    const auto counts = linesOf(capture.ticks.front(), "hindcast/fds");
    QVERIFY2(std::count(counts.begin(), counts.end(), pid + ' ' + descriptors) == 1, descriptors);
    QVERIFY(descriptors.toInt() > 25);
}

namespace {

void* runNamed(void* name)
{
    prctl(PR_SET_NAME, static_cast<const char*>(name));
    for (;;)
        usleep(5'000);
}

/// Tells its number, and lives until something can be read from `descriptor`.
void* runUntil(void* descriptor)
{
    prctl(PR_SET_NAME, "brief");
    const int* const ends = static_cast<const int*>(descriptor);
    say(ends[1], syscall(SYS_gettid));
    char byte = 0;
    [[maybe_unused]] const ssize_t got = read(ends[0], &byte, 1);
    return nullptr;
}

} // namespace

void TestRecorderProcesses::threadsComeAndGo()
{
    int gate[2];
    QCOMPARE(pipe2(gate, O_CLOEXEC), 0);
    const Child child([&](int pipe) {
        close(gate[1]);
        pthread_t thread;
        static char worker[] = "worker (1)";
        pthread_create(&thread, nullptr, runNamed, worker);
        static int ends[2];
        ends[0] = gate[0];
        ends[1] = pipe;
        pthread_create(&thread, nullptr, runUntil, ends);
    });
    QVERIFY(child.isReady());
    close(gate[0]);
    RunningRecorder recorder({"-i", "0.1", "-o", file(), "--quiet", "--socket-ticks", "0", "--cpu", "0", "--pid",
        QString::number(child.pid())});
    const std::string brief = child.threadPath(child.said(), "stat");
    QVERIFY(waitFor([&] { return !textsOf(readCapture(file() + ".part"), brief).empty(); }));
    const std::size_t before = readCapture(file() + ".part").ticks.size();
    QVERIFY(waitFor([&] { return readCapture(file() + ".part").ticks.size() > before + 2; }));
    close(gate[1]); // the brief one ends
    QVERIFY(waitFor([&] { return textsOf(readCapture(file() + ".part"), brief).back() == "errno 3"; }));
    recorder.signal(SIGTERM);
    QVERIFY(recorder.result().status >= 0);

    const RecordedCapture capture = readCapture(file());
    const auto texts = textsOf(capture, brief);
    QVERIFY(texts.front().startsWith(QByteArray::number(static_cast<qlonglong>(child.said())) + " (brief) "));
    QCOMPARE(std::count(texts.begin(), texts.end(), QByteArray("errno 3")), 1);
    QCOMPARE(texts.back(), QByteArray("errno 3"));
    std::set<std::string> workers;
    for (const RecordedTick& tick : capture.ticks)
        for (const auto& [header, text] : tick.blocks)
            if (text.contains("(worker (1)) ") && header.path.starts_with(child.path("task/")))
                workers.insert(header.path);
    QCOMPARE(workers.size(), std::size_t{1});
    std::string schedstat = *workers.begin();
    schedstat.replace(schedstat.rfind("stat"), 4, "schedstat");
    QVERIFY(textsOf(capture, schedstat).size() >= 2); // it runs now and then
    QVERIFY(!hasText(textsOf(capture, child.path("stat")), "errno")); // the process itself has not ended
}

/// The kernel keeps the leader as a zombie until the last of its threads has ended.
void TestRecorderProcesses::leaderEndsBeforeItsThreads()
{
    const Child child([](int pipe) {
        pthread_t thread;
        static char survivor[] = "survivor";
        pthread_create(&thread, nullptr, runNamed, survivor);
        say(pipe, 1);
        syscall(SYS_exit, 0); // of this thread alone
    });
    QVERIFY(child.isReady());
    QVERIFY(waitFor([&] { return contents(QString::fromStdString(child.path("stat"))).contains(") Z "); }));
    const RecordedCapture capture = recordThis(5, {&child});
    QVERIFY(capture.ticks.size() >= 2);
    QVERIFY(hasText(textsOf(capture, child.path("stat")), ") Z "));
    QVERIFY(!hasText(textsOf(capture, child.path("stat")), "errno"));
    bool hasSurvivor = false;
    for (const auto& [header, text] : capture.ticks.front().blocks)
        hasSurvivor = hasSurvivor || (header.path.starts_with(child.path("task/")) && text.contains("(survivor) "));
    QVERIFY(hasSurvivor);
}

/// A parent waits uninterruptibly for a vforked child that has not executed anything yet (kernel/fork.c).
void TestRecorderProcesses::blockedProcessSaysWhere()
{
    const Child child([](int pipe) {
        say(pipe, 1);
        const pid_t inner = vfork();
        if (inner == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;)
                pause();
        }
    });
    QVERIFY(child.isReady());
    QVERIFY(waitFor([&] { return contents(QString::fromStdString(child.path("stat"))).contains(") D "); }));
    const RecordedCapture capture = recordThis(4, {});
    QVERIFY(!capture.ticks.empty());
    QVERIFY(hasText(linesOf(capture.ticks.front(), "hindcast/hot"), QByteArray::number(child.pid()) + " blocked"));
    if (geteuid() != 0)
        QSKIP("SKIPPED: where other processes wait is for root only");
    QVERIFY2(hasText(textsOf(capture, child.path("wchan")), "vfork")
            || hasText(textsOf(capture, child.path("wchan")), "clone"),
        textsOf(capture, child.path("wchan")).empty() ? "none" : textsOf(capture, child.path("wchan")).front());
    if (QFile::exists(QString::fromStdString(child.path("stack"))))
        QVERIFY(hasText(textsOf(capture, child.path("stack")), "fork")
            || hasText(textsOf(capture, child.path("stack")), "clone"));
}

void TestRecorderProcesses::oddNamesAreReadBack()
{
    const Child child([](int pipe) {
        prctl(PR_SET_NAME, "a) R 1\n(b == ");
        say(pipe, 1);
    });
    QVERIFY(child.isReady());
    QVERIFY(!recordThis(3, {}).ticks.empty());
    const Run dump = run(QFileInfo(recorderPath()).path() + "/hindcast-report", {"dump", file()});
    QCOMPARE(dump.status, 0);
    QVERIFY(dump.out.contains("\"a) R 1\\n(b == \""));
}

void TestRecorderProcesses::execIsAskedAgain()
{
    int gate[2];
    QCOMPARE(pipe2(gate, O_CLOEXEC), 0);
    const Child child([&](int pipe) {
        say(pipe, 1);
        char byte = 0;
        [[maybe_unused]] const ssize_t got = read(gate[0], &byte, 1);
        execlp("sleep", "sleep", "1000", nullptr);
    });
    QVERIFY(child.isReady());
    RunningRecorder recorder({"-i", "0.1", "-o", file(), "--quiet", "--socket-ticks", "0", "--cpu", "0"});
    const auto texts = [&](const char* name) { return textsOf(readCapture(file() + ".part"), child.path(name)); };
    QVERIFY(waitFor([&] { return texts("exe").size() == 1 && texts("cmdline").size() == 1; }));
    QCOMPARE(::write(gate[1], "x", 1), ssize_t{1});
    QVERIFY(waitFor([&] { return texts("exe").size() == 2 && texts("cmdline").size() == 2; }));
    recorder.signal(SIGTERM);
    QVERIFY(recorder.result().status >= 0);
    const RecordedCapture capture = readCapture(file());
    QCOMPARE(textsOf(capture, child.path("cmdline")).back(), QByteArray("sleep\0001000\0", 11));
    QVERIFY(textsOf(capture, child.path("exe")).back() != textsOf(capture, child.path("exe")).front());
    close(gate[0]);
    close(gate[1]);
}

/// Who is not root is refused what belongs to others: counted in the manifest, not repeated a hundred times.
void TestRecorderProcesses::othersAreRefusedOnce()
{
    if (geteuid() != 0)
        QSKIP("SKIPPED: becoming nobody needs root");
    const Run result = recordAsNobody(
        m_folder->path(), {"-i", "0.1", "-c", "12", "-o", file(), "--quiet", "--socket-ticks", "0", "--cpu", "0"});
    QCOMPARE(result.status, 3);
    QVERIFY(result.err.contains("/proc/<pid>/io"));
    QCOMPARE(result.err.count("/proc/<pid>/io"), 1);
    const RecordedCapture capture = readCapture(file());
    std::set<std::string> io, status;
    for (const RecordedTick& tick : capture.ticks)
        for (const auto& [header, text] : tick.blocks) {
            if (header.path.starts_with("/proc/") && header.path.ends_with("/io")) {
                QCOMPARE(header.errorNumber, 0);
                io.insert(header.path);
            }
            if (header.path.starts_with("/proc/") && header.path.ends_with("/status"))
                status.insert(header.path);
        }
    QVERIFY(status.size() > io.size()); // of the own processes only
    QVERIFY(status.contains("/proc/" + std::to_string(getpid()) + "/status"));
    QVERIFY(!io.contains("/proc/" + std::to_string(getpid()) + "/io"));
}

void TestRecorderProcesses::hiddenProcessesAreNoDenial()
{
    if (geteuid() != 0)
        QSKIP("SKIPPED: a /proc of its own needs root");
    const QString program = m_folder->filePath("hindcast-record");
    QVERIFY(QFile::copy(recorderPath(), program));
    QFile::setPermissions(m_folder->path(), QFileDevice::Permissions(0x7777));
    const QString script = "mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid=65534 --regid=65534"
                           " --clear-groups \"$@\"";
    const Run result = run("unshare",
        {"-m", "bash", "-c", script, "bash", program, "-i", "0.1", "-c", "4", "-o", file(), "--quiet", "--socket-ticks",
            "0", "--cpu", "0"});
    if (result.err.contains("mount: ") || result.err.contains("unshare: "))
        QSKIP("SKIPPED: no mount with hidepid here");
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(!capture.ticks.empty(), result.err);
    QVERIFY(!capture.ticks.front().body("/proc/" + std::to_string(getpid()) + "/stat"));
    for (const char* path : {"/proc", "/proc/<pid>/stat", "/proc/<pid>/cmdline"})
        QVERIFY2(capture.denials(0, path).empty(), path);
    const auto pids = capture.membersBelow("seg/0");
    QVERIFY(std::any_of(pids.begin(), pids.end(), [](const auto& member) {
        return member.first.endsWith("pids.txt") && member.second.contains(" hindcast-record ");
    }));
}

/// Listed, and gone when it is read: as if it had never been.
void TestRecorderProcesses::vanishedProcessesAreNoDenial()
{
    const QString root = m_folder->filePath("root");
    QVERIFY(writeFile(root + "/proc/stat", "cpu 1 1 1 1\nbtime 1\n"));
    QVERIFY(QDir().mkpath(root + "/proc/77"));
    const QByteArray rest = " S 1 1 1 0 -1 4194304 10 0 0 0 5 5 0 0 20 0 1 0 100 4096000 100 0\n";
    QVERIFY(writeFile(root + "/proc/78/stat", "78 (there)" + rest));
    QVERIFY(writeFile(root + "/proc/78/cmdline", "there"));
    const Run result =
        record({"-i", "0.05", "-c", "3", "-o", file(), "--quiet", "--root", root, "--socket-ticks", "0"});
    QVERIFY2(result.status == 0, result.err);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(!capture.ticks.empty());
    for (const RecordedTick& tick : capture.ticks)
        for (const auto& [header, text] : tick.blocks)
            QVERIFY2(!header.path.starts_with("/proc/77"), header.path.c_str());
    QCOMPARE(textsOf(capture, "/proc/78/cmdline"), std::vector<QByteArray>{"there"});
    for (const char* path : {"/proc/<pid>/stat", "/proc/<pid>/cmdline", "/proc/<pid>/status"})
        QVERIFY2(capture.denials(0, path).empty(), path);
}

/// A number that goes round within one tick is two processes, each with what was read of it.
void TestRecorderProcesses::numberTakenOverWithinATick()
{
    if (geteuid() != 0)
        QSKIP("SKIPPED: choosing the number of the next process needs root");
    const QString script = R"sh(
        set -e
        echo 399 > /proc/sys/kernel/ns_last_pid; sleep 1000 & first=$!
        "$1" -i 1 --quiet --socket-ticks 0 -o "$2" & recorder=$!
        until [ "$(zstd -dc "$2.part" 2>/dev/null | grep -ac '^== end ticks=')" -ge 2 ]; do sleep 0.02; done
        kill -9 $first; { wait $first; } 2>/dev/null || true
        echo 399 > /proc/sys/kernel/ns_last_pid; tail -f /dev/null & second=$!
        until zstd -dc "$2.part" 2>/dev/null | grep -aq '^/[^ ]*tail$'; do sleep 0.02; done
        kill -INT $recorder; wait $recorder; kill $second
        echo $first $second)sh";
    const Run result = run(
        "timeout", {"60", "unshare", "-pmuf", "--mount-proc", "bash", "-c", script, "bash", recorderPath(), file()});
    if (result.err.contains("unshare: ") || result.err.contains("ns_last_pid"))
        QSKIP("SKIPPED: no namespaces of processes here");
    QCOMPARE(result.out, QByteArray("400 400\n"));
    const RecordedCapture capture = readCapture(file());
    const auto status = textsOf(capture, "/proc/400/status");
    QVERIFY(status.front().startsWith("Name:\tsleep\n"));
    QVERIFY(status.back().startsWith("Name:\ttail\n"));
    QCOMPARE(textsOf(capture, "/proc/400/exe").size(), std::size_t{2});
    QVERIFY(textsOf(capture, "/proc/400/exe").back().endsWith("tail"));
    const Run dump = run(QFileInfo(recorderPath()).path() + "/hindcast-report", {"dump", file()});
    QCOMPARE(dump.status, 0);
    static const QRegularExpression identity("\"pid\":\"400\",\"start_ticks\":\"\\d+\"");
    std::set<QString> identities;
    for (auto found = identity.globalMatch(QString::fromUtf8(dump.out)); found.hasNext();)
        identities.insert(found.next().captured());
    QCOMPARE(identities.size(), std::size_t{2});
}

/// Short of CPU time not all processes are read: a text stands within the ranges named, or is as old as it says.
void TestRecorderProcesses::ticksSayWhomTheyRead()
{
    std::vector<std::unique_ptr<Child>> many;
    for (int number = 0; number < 200; ++number)
        many.push_back(std::make_unique<Child>([](int pipe) { say(pipe, 1); }));
    RunningRecorder recorder(
        {"-i", "0.1", "-o", file(), "--quiet", "--segment-ticks", "2", "--socket-ticks", "0", "--cpu", "0.5"});
    const auto sampled = [](const RecordedTick& tick) { return tick.body("hindcast/sampled"); };
    const auto keyframes = [&](const RecordedCapture& capture) {
        std::set<std::uint64_t> segments;
        return std::count_if(capture.ticks.begin(), capture.ticks.end(),
            [&](const RecordedTick& tick) { return segments.insert(tick.segment).second && sampled(tick); });
    };
    QVERIFY(waitFor([&] { return keyframes(readCapture(file() + ".part")) >= 1; }));
    recorder.signal(SIGTERM);
    QVERIFY(recorder.result().status >= 0);

    std::size_t old = 0;
    for (const RecordedTick& tick : readCapture(file()).ticks) {
        if (!sampled(tick))
            continue;
        std::vector<std::pair<long, long>> ranges;
        for (const QByteArray& line : linesOf(tick, "hindcast/sampled"))
            ranges.emplace_back(line.split(' ').value(0).toLong(), line.split(' ').value(1).toLong());
        constexpr std::int64_t millisecond = 1'000'000;
        const std::int64_t begin = tick.value("mono_ns").value_or(0) - millisecond; // times of processes are rounded
        static const QRegularExpression statPath("^/proc/(\\d+)/stat$");
        for (const auto& [header, text] : tick.blocks) {
            const auto path = statPath.match(QString::fromStdString(header.path));
            if (!path.hasMatch() || header.errorNumber == ESRCH)
                continue;
            const long pid = path.captured(1).toLong();
            const bool isRead = std::any_of(ranges.begin(), ranges.end(),
                [pid](const auto& range) { return range.first <= pid && pid <= range.second; });
            QVERIFY2(isRead == (header.startNanoseconds >= begin), header.path.c_str());
            old += isRead ? 0 : 1;
        }
    }
    QVERIFY(old > 0);
}

QTEST_GUILESS_MAIN(TestRecorderProcesses)
#include "tst_recorder_processes.moc"
