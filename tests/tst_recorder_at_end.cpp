// What hindcast-record fetches beside its ticks, at a trigger and at the end: thread dumps of Java processes, made-up
// and real ones, and what was written to logs meanwhile.
#include "recorder_runs.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <csignal>
#include <grp.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hindcast;
using namespace hindcast::test;

namespace {

constexpr int nobody = 65534;

/// Nothing when there is no such member.
std::optional<QByteArray> member(const RecordedCapture& capture, const QString& path)
{
    for (const auto& [name, bytes] : capture.members)
        if (name == path)
            return bytes;
    return std::nullopt;
}

/// The value of a line "key value".
QByteArray valueOf(const QByteArray& text, const QByteArray& key)
{
    for (const QByteArray& line : text.split('\n'))
        if (line.startsWith(key + ' '))
            return line.mid(key.size() + 1);
    return {};
}

bool appendTo(const QString& path, const QByteArray& text)
{
    QFile file(path);
    return file.open(QIODevice::Append) && file.write(text) == text.size();
}

bool isAlive(qint64 pid)
{
    return kill(static_cast<pid_t>(pid), 0) == 0;
}

/// As it was, when the test is over.
class ChangedVariable {
public:
    ChangedVariable(const char* name, const QByteArray& value)
        : m_name(name)
        , m_before(qgetenv(name))
        , m_wasSet(qEnvironmentVariableIsSet(name))
    {
        qputenv(name, value);
    }
    ~ChangedVariable()
    {
        if (m_wasSet)
            qputenv(m_name, m_before);
        else
            qunsetenv(m_name);
    }
    ChangedVariable(const ChangedVariable&) = delete;
    ChangedVariable& operator=(const ChangedVariable&) = delete;

private:
    const char* m_name;
    QByteArray m_before;
    bool m_wasSet;
};

/// A process of a number of our choice that catches SIGQUIT, and lives until this is gone (man 2 clone: clone3,
/// set_tid).
class Successor {
public:
    explicit Successor(pid_t number)
    {
        clone_args arguments{};
        arguments.exit_signal = SIGCHLD;
        arguments.set_tid = reinterpret_cast<std::uintptr_t>(&number);
        arguments.set_tid_size = 1;
        m_pid = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
        if (m_pid != 0)
            return;
        std::signal(SIGQUIT, [](int) {});
        for (;;)
            pause();
    }
    ~Successor()
    {
        if (m_pid > 0 && kill(m_pid, SIGKILL) == 0)
            waitpid(m_pid, nullptr, 0);
    }
    Successor(const Successor&) = delete;
    Successor& operator=(const Successor&) = delete;
    bool isThere() const { return m_pid > 0; }

private:
    pid_t m_pid = -1;
};

/// A process that is taken for a Java machine, because its program is called java. Beside it lie the tools it is given.
class MadeUpJava {
public:
    /// `inShell`: what it does before it waits; a Java machine catches SIGQUIT.
    MadeUpJava(const QString& folder, const std::function<void()>& inChild = {}, const QString& inShell = "trap : QUIT")
        : m_bin(folder + "/jdk/bin")
    {
        QDir().mkpath(m_bin);
        const QString program = m_bin + "/java";
        const bool isThere = QFile::copy(QFileInfo("/bin/sh").canonicalFilePath(), program)
            && QFile::setPermissions(program, QFile::Permissions(0x7755));
        m_process.setChildProcessModifier(inChild);
        m_process.start(program, {"-c", inShell + "; echo ready; read forever"});
        m_isReady = isThere && m_process.waitForReadyRead(patience);
    }
    ~MadeUpJava() { end(); }
    void end()
    {
        m_process.kill();
        m_process.waitForFinished(patience);
    }
    /// A line, for what `inShell` reads.
    void tell()
    {
        m_process.write("\n");
        m_process.waitForBytesWritten(patience);
    }
    bool isReady() const { return m_isReady; }
    qint64 pid() const { return m_process.processId(); }
    QString file(int number, const char* ending) const
    {
        return QStringLiteral("jvm/%1/%2.%3")
            .arg(pid())
            .arg(number, 3, 10, QLatin1Char('0'))
            .arg(QLatin1String(ending));
    }
    bool addTool(const QString& name, const QByteArray& script) const
    {
        return writeFile(m_bin + '/' + name, "#!/bin/sh\n" + script)
            && QFile::setPermissions(m_bin + '/' + name, QFile::Permissions(0x7755));
    }

private:
    QString m_bin;
    QProcess m_process;
    bool m_isReady = false;
};

} // namespace

class TestRecorderAtEnd : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY2(QFile::exists(recorderPath()), qPrintable(recorderPath() + " is not built")); }
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(QFile::setPermissions(m_folder->path(), QFile::Permissions(0x7755))); // other users act in here
    }

    void logsHoldWhatCameMeanwhile_data();
    void logsHoldWhatCameMeanwhile();
    void logsLoseTheirSecrets_data();
    void logsLoseTheirSecrets();
    void longLogsKeepTheirNewestLines();
    void whatIsNoLogIsRefused_data();
    void whatIsNoLogIsRefused();
    void logOfAnotherIsADenial();

    void dumpsOfAJavaProcess_data();
    void dumpsOfAJavaProcess();
    void threeDumpsEndWithTheRecording();
    void onlyTheProcessThatWasFoundIsAsked_data();
    void onlyTheProcessThatWasFoundIsAsked();
    void noDumpsWhileSomethingIsLeftOut();
    void hangingToolIsEndedWithTheRecording();
    void stoppedRecorderTakesOneDump();
    void dumpsAreTakenAsTheirUser();
    void processOfAnotherNamespaceIsNotAsked();
    void realDeadlockIsSeen();

    void bundleHoldsDumpsAndTheRangeOfItsTicks();

private:
    QString file() const { return m_folder->filePath("x.hindcast.tar.zst"); }
    bool hasTick() const { return !readCapture(file() + ".part").ticks.empty(); }
    QString log() const { return m_folder->filePath("access.log"); }
    QString logMember() const { return "logs" + log(); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestRecorderAtEnd::logsHoldWhatCameMeanwhile_data()
{
    using Change = std::function<bool(const QString&)>;
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<Change>("change");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<int>("files");
    QTest::newRow("appended") << QByteArray("old\n")
                              << Change([](const QString& log) { return appendTo(log, "a\nb\n"); })
                              << QByteArray("a\nb\n") << 1;
    QTest::newRow("nothing came") << QByteArray("old\n") << Change([](const QString&) { return true; }) << QByteArray()
                                  << 1;
    QTest::newRow("rotated, and written to under its old name") << QByteArray(
        "old\n") << Change([](const QString& log) {
        return appendTo(log, "a\n") && QFile::rename(log, log + ".1") && appendTo(log + ".1", "b\n")
            && writeFile(log, "c\n");
    }) << QByteArray("a\nb\nc\n") << 2;
    QTest::newRow("truncated") << QByteArray("old and long\n") << Change([](const QString& log) {
        return QFile::resize(log, 0) && appendTo(log, "a\n");
    }) << QByteArray("a\n") << 2;
    QTest::newRow("not there at first") << QByteArray()
                                        << Change([](const QString& log) { return writeFile(log, "a\n"); })
                                        << QByteArray("a\n") << 1;
    QTest::newRow("a link to it") << QByteArray("old\n")
                                  << Change([](const QString& log) { return appendTo(log, "a\n"); })
                                  << QByteArray("a\n") << 1;
}

void TestRecorderAtEnd::logsHoldWhatCameMeanwhile()
{
    using Change = std::function<bool(const QString&)>;
    QFETCH(QByteArray, before);
    QFETCH(Change, change);
    QFETCH(QByteArray, expected);
    QFETCH(int, files);
    QString real = log();
    if (qstrcmp(QTest::currentDataTag(), "a link to it") == 0) {
        real = m_folder->filePath("real.log");
        QVERIFY(QFile::link(real, log()));
    }
    if (!before.isEmpty())
        QVERIFY(writeFile(real, before));
    RunningRecorder recorder({"-i", "0.1", "-o", file(), "--no-jvm", "--log", log()});
    QVERIFY(waitFor([&] { return QFile::exists(file() + ".part"); })); // by then it knows where the log stands
    QVERIFY(change(real));
    QVERIFY(waitFor([&] { return hasTick(); }));
    recorder.signal(SIGINT);
    const Run result = recorder.result();
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    QCOMPARE(member(capture, logMember()).value_or("none"), expected);
    const QByteArray text = member(capture, logMember() + ".txt").value_or(QByteArray());
    QCOMPARE(valueOf(text, "path"), log().toUtf8());
    QCOMPARE(valueOf(text, "bytes"), QByteArray::number(expected.size()));
    QCOMPARE(valueOf(text, "lines"), QByteArray::number(expected.count('\n')));
    QCOMPARE(text.count("\nfile inode "), files);
    QVERIFY(valueOf(text, "begin_mono_ns").toLongLong() < valueOf(text, "end_mono_ns").toLongLong());
    const bool wasMissing = before.isEmpty();
    const auto denials = capture.denials(0, log());
    QCOMPARE(denials.size(), std::size_t{wasMissing ? 1U : 0U});
    if (wasMissing)
        QCOMPARE(denials[0]["errno"].toInt(), ENOENT);
}

void TestRecorderAtEnd::logsLoseTheirSecrets_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<bool>("isKept");
    QTest::newRow("by default") << QStringList() << false;
    QTest::newRow("kept when asked for") << QStringList{"--redact", "off"} << true;
}

void TestRecorderAtEnd::logsLoseTheirSecrets()
{
    QFETCH(QStringList, options);
    QFETCH(bool, isKept);
    QVERIFY(writeFile(log(), "old\n"));
    RunningRecorder recorder(QStringList{"-i", "0.1", "-o", file(), "--no-jvm", "--log", log()} + options);
    QVERIFY(waitFor([&] { return QFile::exists(file() + ".part"); }));
    QVERIFY(appendTo(log(), "10.0.0.9 - - \"GET /pay?card=4111&token=tYp3wR1ter HTTP/1.1\" 200\n"));
    QVERIFY(waitFor([&] { return hasTick(); }));
    recorder.signal(SIGINT);
    const Run result = recorder.result();
    const QByteArray text = member(readCapture(file()), logMember()).value_or(QByteArray());
    QVERIFY2(text.contains("\"GET /pay"), result.err);
    QCOMPARE(text.contains("tYp3wR1ter"), isKept);
    QCOMPARE(text.contains("4111"), isKept);
}

void TestRecorderAtEnd::longLogsKeepTheirNewestLines()
{
    constexpr int most = 64 << 20, lines = 66'000;
    QVERIFY(writeFile(log(), "old\n"));
    RunningRecorder recorder({"-i", "0.1", "-o", file(), "--no-jvm", "--redact", "off", "--log", log()});
    QVERIFY(waitFor([&] { return QFile::exists(file() + ".part"); }));
    QByteArray text;
    for (int line = 0; line < lines; ++line)
        text += QByteArray::number(line).leftJustified(1023, '.') + '\n';
    QVERIFY(text.size() > most && appendTo(log(), text));
    QVERIFY(waitFor([&] { return hasTick(); }));
    recorder.signal(SIGINT);
    const Run result = recorder.result();
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    const QByteArray kept = member(capture, logMember()).value_or(QByteArray());
    QVERIFY(kept.size() <= most && kept.size() > most - 1024);
    QVERIFY(text.endsWith(kept) && text[text.size() - kept.size() - 1] == '\n'); // whole lines, the newest
    QCOMPARE(valueOf(member(capture, logMember() + ".txt").value_or(QByteArray()), "left_out"),
        QByteArray::number(text.size() - kept.size()));
}

void TestRecorderAtEnd::whatIsNoLogIsRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("word");
    QTest::newRow("FIFO") << "fifo" << QByteArray("a FIFO");
    QTest::newRow("device") << "/dev/null" << QByteArray("a device");
    QTest::newRow("folder") << "/tmp" << QByteArray("a folder");
}

void TestRecorderAtEnd::whatIsNoLogIsRefused()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, word);
    const QString path = name.startsWith('/') ? name : m_folder->filePath(name);
    if (name == "fifo")
        QCOMPARE(mkfifo(path.toLocal8Bit().constData(), 0600), 0);
    const Run result = record({"-i", "0.05", "-c", "1", "-o", file(), "--log", path});
    QCOMPARE(result.status, 2);
    QVERIFY2(result.err.contains(path.toUtf8()) && result.err.contains(word), result.err);
    QVERIFY(!QFile::exists(file()) && !QFile::exists(file() + ".part"));
}

void TestRecorderAtEnd::logOfAnotherIsADenial()
{
    if (geteuid() != 0)
        QSKIP("SKIPPED: becoming another user needs root");
    QVERIFY(writeFile(log(), "secret\n") && QFile::setPermissions(log(), QFile::ReadOwner));
    const Run result =
        recordAsNobody(m_folder->path(), {"-i", "0.05", "-c", "2", "-o", file(), "--no-jvm", "--log", log()});
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    const auto denials = capture.denials(0, log());
    QCOMPARE(denials.size(), std::size_t{1});
    QCOMPARE(denials[0]["errno"].toInt(), EACCES);
    QVERIFY(!member(capture, logMember()));
    QCOMPARE(
        valueOf(member(capture, logMember() + ".txt").value_or(QByteArray()), "errno"), QByteArray::number(EACCES));
    QCOMPARE(result.status, 3);
    QVERIFY(result.err.contains(log().toUtf8()));
}

void TestRecorderAtEnd::dumpsOfAJavaProcess_data()
{
    QTest::addColumn<QString>("tool");
    QTest::addColumn<QByteArray>("script");
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("text"); // with PID for the process; "none" = no such member
    QTest::addColumn<QByteArray>("meta"); // its result; "none" likewise
    const QByteArray printed = "echo \"asked with $*, secret ${HINDCAST_TEST_SECRET-hidden}\"\n";
    const auto row = [](const char* name, const char* tool, const QByteArray& script, const QStringList& options,
                         const char* text, const char* meta) {
        QTest::newRow(name) << QString(tool) << script << options << QByteArray(text) << QByteArray(meta);
    };
    row("by its own jcmd", "jcmd", printed, {}, "asked with PID Thread.print -l, secret hidden\n", "exit 0");
    row("by jstack", "jstack", printed, {}, "asked with -l PID, secret hidden\n", "exit 0");
    row("with what it complains of", "jcmd", "echo no >&2; exit 3\n", {}, "no\n", "exit 3");
    row("not what SIGQUIT would kill", "jcmd", printed, {}, "none",
        "skipped: it does not take the signal that the tools announce themselves with (-Xrs)");
    row("not without a tool", "other", printed, {}, "none", "skipped: there is no jcmd or jstack");
    row("not with --no-jvm", "jcmd", printed, {"--no-jvm"}, "none", "none");
    row("not with --no-commands", "jcmd", printed, {"--no-commands"}, "none", "none");
}

void TestRecorderAtEnd::dumpsOfAJavaProcess()
{
    QFETCH(QString, tool);
    QFETCH(QByteArray, script);
    QFETCH(QStringList, options);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, meta);
    const bool isMortal = meta.contains("-Xrs");
    const MadeUpJava java(m_folder->path(), {}, isMortal ? "trap - QUIT" : "trap : QUIT");
    QVERIFY(java.isReady() && java.addTool(tool, script));
    const ChangedVariable path("PATH", m_folder->path().toUtf8()); // where there is no jcmd
    const ChangedVariable secret("HINDCAST_TEST_SECRET", "told");
    RecordedCapture capture;
    for (int attempt = 0; attempt < 10; ++attempt) { // until a busy machine gave the tool the time it needs
        const Run result = record(QStringList{"-i", "0.5", "-d", "2.5", "-o", file(), "--force"} + options);
        capture = readCapture(file());
        QVERIFY2(capture.isFinished, result.err);
        if (valueOf(member(capture, java.file(0, "meta")).value_or(QByteArray()), "result") != "not waited for")
            break;
    }
    const auto told = member(capture, java.file(0, "meta"));
    QCOMPARE(told ? valueOf(*told, "result") : QByteArray("none"), meta);
    QCOMPARE(member(capture, java.file(0, "txt")).value_or("none"),
        QByteArray(text).replace("PID", QByteArray::number(java.pid())));
    QVERIFY(!member(capture, java.file(1, "meta"))); // there is time for one
    if (told)
        QCOMPARE(valueOf(*told, "uid"), QByteArray::number(geteuid()));
}

void TestRecorderAtEnd::threeDumpsEndWithTheRecording()
{
    const MadeUpJava java(m_folder->path());
    QVERIFY(java.isReady() && java.addTool("jcmd", "echo dump\n"));
    const Run result = record({"-i", "0.5", "-d", "13", "-o", file()});
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    std::vector<qint64> begins;
    for (int number = 0; number < 3; ++number) {
        const QByteArray meta = member(capture, java.file(number, "meta")).value_or(QByteArray());
        QCOMPARE(valueOf(meta, "result"), QByteArray("exit 0"));
        QCOMPARE(member(capture, java.file(number, "txt")).value_or("none"), QByteArray("dump\n"));
        begins.push_back(valueOf(meta, "begin_mono_ns").toLongLong());
    }
    QVERIFY(!member(capture, java.file(3, "meta")));
    constexpr qint64 apart = 4'000'000'000; // five seconds, less what an earlier one was late
    QVERIFY(begins[1] - begins[0] >= apart / 2 && begins[2] - begins[0] >= 2 * apart);
    QVERIFY(begins[2] <= *capture.ticks.back().value("mono_ns"));
}

void TestRecorderAtEnd::onlyTheProcessThatWasFoundIsAsked_data()
{
    QTest::addColumn<QString>("change"); // between the first dump and the second
    QTest::addColumn<QByteArray>("result");
    QTest::newRow("it has ended") << "ends" << QByteArray("skipped: it has ended");
    QTest::newRow("another has its number") << "is replaced" << QByteArray("skipped: it has ended");
    QTest::newRow("it would die of SIGQUIT by now")
        << "is deaf"
        << QByteArray("skipped: it does not take the signal that the tools announce themselves with (-Xrs)");
    QTest::newRow("it lives on") << "" << QByteArray("exit 0");
}

void TestRecorderAtEnd::onlyTheProcessThatWasFoundIsAsked()
{
    QFETCH(QString, change);
    QFETCH(QByteArray, result);
    if (change == "is replaced" && geteuid() != 0)
        QSKIP("SKIPPED: choosing the number of a process needs root");
    MadeUpJava java(m_folder->path(), {}, "trap : QUIT; echo ready; read first; trap - QUIT");
    const QString asked = m_folder->filePath("asked");
    const auto pid = static_cast<pid_t>(java.pid());
    QVERIFY(java.isReady() && java.addTool("jcmd", "echo dump; touch " + asked.toUtf8() + "\n"));
    RunningRecorder recorder({"-i", "0.5", "-d", "8", "-o", file()}); // long enough for two
    QVERIFY(waitFor([&] { return QFile::exists(asked); }));
    std::optional<Successor> successor;
    if (change == "is deaf") {
        java.tell();
        QVERIFY(waitFor([&] {
            const QByteArray status = contents(QString("/proc/%1/status").arg(pid));
            return (valueOf(
                        status.simplified().replace(" SigCgt: ", "\nSigCgt ").replace(" CapInh", "\nCapInh"), "SigCgt")
                               .toULongLong(nullptr, 16)
                           >> (SIGQUIT - 1)
                       & 1U)
                == 0;
        }));
    } else if (!change.isEmpty()) {
        java.end();
        if (change == "is replaced") {
            successor.emplace(pid);
            if (!successor->isThere())
                QSKIP("SKIPPED: this kernel does not let the number of a process be chosen (before Linux 5.5)");
        }
    }
    const Run run = recorder.result();
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, run.err);
    const QString stem = QString("jvm/%1/00").arg(pid);
    QCOMPARE(valueOf(member(capture, stem + "0.meta").value_or(QByteArray()), "result"), QByteArray("exit 0"));
    QCOMPARE(valueOf(member(capture, stem + "1.meta").value_or(QByteArray()), "result"), result);
    QCOMPARE(member(capture, stem + "1.txt").has_value(), change.isEmpty());
}

/// With so little there is a sample every 5 s, so that the second one is in the time of the dumps.
void TestRecorderAtEnd::noDumpsWhileSomethingIsLeftOut()
{
    const MadeUpJava java(m_folder->path());
    QVERIFY(java.isReady() && java.addTool("jcmd", "echo dump\n"));
    const Run result = record({"-i", "0.5", "-d", "8", "--cpu", "0.1", "-o", file()});
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    QCOMPARE(
        valueOf(member(capture, java.file(0, "meta")).value_or(QByteArray()), "result"), QByteArray("skipped: budget"));
    QVERIFY(!member(capture, java.file(0, "txt")) && !member(capture, java.file(1, "meta")));
}

void TestRecorderAtEnd::hangingToolIsEndedWithTheRecording()
{
    const MadeUpJava java(m_folder->path());
    const QString pids = m_folder->filePath("pids");
    QVERIFY(java.isReady()
        && java.addTool("jcmd",
            "echo begun; echo $$ >> " + pids.toUtf8() + "\nsleep 1000 &\necho $! >> " + pids.toUtf8() + "\nwait\n"));
    const Run result = record({"-i", "0.5", "-d", "2.5", "-o", file()});
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    const QByteArray meta = member(capture, java.file(0, "meta")).value_or(QByteArray());
    QCOMPARE(valueOf(meta, "result"), QByteArray("not waited for"));
    QCOMPARE(member(capture, java.file(0, "txt")).value_or("none"), QByteArray("begun\n")); // what had come is kept
    const auto started = contents(pids).trimmed().split('\n');
    QCOMPARE(started.size(), qsizetype{2});
    for (const QByteArray& pid : started) // the tool and what it started
        QVERIFY(waitFor([&] { return !isAlive(pid.toLongLong()); }));
}

void TestRecorderAtEnd::stoppedRecorderTakesOneDump()
{
    const MadeUpJava java(m_folder->path());
    QVERIFY(java.isReady() && java.addTool("jcmd", "echo dump\n"));
    RunningRecorder recorder({"-i", "0.1", "-o", file()});
    QVERIFY(waitFor([&] { return hasTick(); }));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    const QByteArray text = valueOf(member(capture, java.file(0, "meta")).value_or(QByteArray()), "result");
    QVERIFY2(text == "exit 0" || text == "not waited for", text); // which, is a matter of how busy the machine is
    QVERIFY(!member(capture, java.file(1, "meta")));
}

void TestRecorderAtEnd::dumpsAreTakenAsTheirUser()
{
    if (geteuid() != 0)
        QSKIP("SKIPPED: becoming another user needs root");
    const MadeUpJava java(m_folder->path(), [] {
        if (setgroups(0, nullptr) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0)
            _exit(99);
    });
    QVERIFY(java.isReady() && java.addTool("jcmd", "id -u; id -G; pwd; ps -o tty= -p $$ | tr -d ' '\n"));
    RecordedCapture capture;
    for (int attempt = 0; attempt < 10; ++attempt) {
        const Run result = record({"-i", "0.5", "-d", "2.5", "-o", file(), "--force"});
        capture = readCapture(file());
        QVERIFY2(capture.isFinished, result.err);
        if (valueOf(member(capture, java.file(0, "meta")).value_or(QByteArray()), "result") != "not waited for")
            break;
    }
    QCOMPARE(member(capture, java.file(0, "txt")).value_or("none"), QByteArray("65534\n65534\n/\n?\n"));
    QCOMPARE(valueOf(member(capture, java.file(0, "meta")).value_or(QByteArray()), "uid"), QByteArray("65534"));
}

void TestRecorderAtEnd::processOfAnotherNamespaceIsNotAsked()
{
    if (geteuid() != 0)
        QSKIP("SKIPPED: another mount namespace needs root");
    const MadeUpJava java(m_folder->path(), [] {
        if (unshare(CLONE_NEWNS) != 0)
            _exit(99);
    });
    QVERIFY(java.isReady() && java.addTool("jcmd", "echo dump\n"));
    const Run result = record({"-i", "0.5", "-d", "2.5", "-o", file()});
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    QCOMPARE(valueOf(member(capture, java.file(0, "meta")).value_or(QByteArray()), "result"),
        QByteArray("skipped: it is in another mount or PID namespace"));
    QVERIFY(!member(capture, java.file(0, "txt")));
}

void TestRecorderAtEnd::realDeadlockIsSeen()
{
    const QString program = QStandardPaths::findExecutable("java");
    const QString compiler = QStandardPaths::findExecutable("javac");
    if (program.isEmpty() || compiler.isEmpty())
        QSKIP("SKIPPED: there is no JDK here: a real Java machine is not asked");
    QVERIFY(writeFile(m_folder->filePath("Ledger.java"),
        "import java.util.concurrent.CountDownLatch;\n"
        "public class Ledger {\n"
        "  static void both(Object first, Object second, CountDownLatch met) {\n"
        "    synchronized (first) {\n"
        "      met.countDown();\n"
        "      try { met.await(); } catch (InterruptedException e) { return; }\n"
        "      synchronized (second) { System.out.println(\"never\"); }\n"
        "    }\n"
        "  }\n"
        "  public static void main(String[] arguments) throws Exception {\n"
        "    Object page = new Object(), line = new Object();\n"
        "    CountDownLatch met = new CountDownLatch(2);\n"
        "    new Thread(() -> both(page, line, met), \"ledger-writer\").start();\n"
        "    new Thread(() -> both(line, page, met), \"ledger-reader\").start();\n"
        "    met.await();\n"
        "    System.out.println(\"met\");\n"
        "  }\n"
        "}\n"));
    const Run compiled = run(compiler, {"-d", m_folder->path(), m_folder->filePath("Ledger.java")});
    QVERIFY2(compiled.status == 0, compiled.err);
    QProcess java;
    java.start(program, {"-Xmx32m", "-cp", m_folder->path(), "Ledger"});
    QVERIFY(java.waitForStarted(patience));
    QByteArray said;
    while (!said.contains("met") && java.waitForReadyRead(patience))
        said += java.readAllStandardOutput();
    QVERIFY(said.contains("met"));
    QByteArray dump;
    for (int attempt = 0; attempt < 10 && !dump.contains("deadlock"); ++attempt) { // a Java tool takes a while to begin
        const Run result = record({"-i", "0.5", "-d", "2.5", "-o", file(), "--force"});
        QVERIFY2(result.status == 0 || result.status == 3, result.err);
        dump =
            member(readCapture(file()), QStringLiteral("jvm/%1/000.txt").arg(java.processId())).value_or(QByteArray());
    }
    java.kill();
    QVERIFY(java.waitForFinished(patience));
    QVERIFY2(dump.contains("Found one Java-level deadlock"), dump.left(300));
    QVERIFY(dump.contains("\"ledger-writer\"") && dump.contains("\"ledger-reader\""));
}

void TestRecorderAtEnd::bundleHoldsDumpsAndTheRangeOfItsTicks()
{
    const MadeUpJava java(m_folder->path());
    QVERIFY(java.isReady() && java.addTool("jcmd", "echo dump\n") && writeFile(log(), "old\n"));
    RunningRecorder recorder({"-i", "0.2", "-o", file(), "--ring", "1m", "--count", "1", "--after", "1s", "--trigger",
        "load.1 > 100000", "--log", log()});
    const QDir ring(file() + ".ring");
    QVERIFY(waitFor([&] { return ring.exists() && !ring.entryList(QDir::Files).isEmpty(); }));
    QVERIFY(appendTo(log(), "came meanwhile, password=tYp3wR1ter\n"));
    QVERIFY(waitFor([&] {
        qint64 bytes = 0;
        for (const QFileInfo& part : ring.entryInfoList(QDir::Files))
            bytes += part.size();
        return bytes > 20'000; // a tick is in it
    }));
    recorder.signal(SIGUSR1);
    const Run result = recorder.result(); // it leaves after one
    const auto bundles = QDir(m_folder->path()).entryInfoList({"x-*.hindcast.tar.zst"}, QDir::Files);
    QVERIFY2(bundles.size() == 1, result.err);
    const RecordedCapture capture = readCapture(bundles.front().filePath());
    QVERIFY2(capture.isFinished, result.err);
    for (int number = 0; number < 3; ++number)
        QCOMPARE(member(capture, java.file(number, "txt")).value_or("none"), QByteArray("dump\n"));
    const QByteArray text = member(capture, logMember()).value_or("none");
    QVERIFY2(text.startsWith("came meanwhile, password="), text);
    QVERIFY(!text.contains("tYp3wR1ter"));
}

QTEST_GUILESS_MAIN(TestRecorderAtEnd)
#include "tst_recorder_at_end.moc"
