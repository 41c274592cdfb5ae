// What the recorder must never read (goal 16 of the design): the files of a process that make the kernel walk its
// memory with the lock held that the process itself needs, its memory, and its environment, which holds secrets. strace
// says what it and its helpers open, with every option that reads something.
#include "recorder_runs.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <unistd.h>
#include <vector>

using namespace hindcast::test;

class TestRecorderReads : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void opensNothingThatWalksMemory_data();
    void opensNothingThatWalksMemory();
    void everyOptionIsTried();
    void cleanupTestCase();

private:
    /// What strace says of all that the recorder and its children named to the kernel.
    QByteArray callsOf(const QStringList& options, Run& result);

    QTemporaryDir m_folder;
    std::vector<std::unique_ptr<QProcess>> m_others; ///< to be recorded
    QStringList m_tried;
};

void TestRecorderReads::initTestCase()
{
    if (QStandardPaths::findExecutable("strace").isEmpty())
        QSKIP("strace is not installed");
    if (run("strace", {"-o", m_folder.filePath("probe"), "true"}).status != 0)
        QSKIP("strace may not trace here");
    for (int number = 0; number < 20; ++number) {
        m_others.push_back(std::make_unique<QProcess>());
        m_others.back()->start("sleep", {"600"});
        QVERIFY(m_others.back()->waitForStarted());
    }
    // One that is hot, so that it is looked at closely.
    m_others.push_back(std::make_unique<QProcess>());
    m_others.back()->start("sh", {"-c", "while :; do :; done"});
    QVERIFY(m_others.back()->waitForStarted());
    QVERIFY(writeFile(m_folder.filePath("access.log"), "127.0.0.1 - - [21/Nov/2026:10:00:00 +0000] \"GET /\" 200 5\n"));
    const Run made = record({"-i", "0.05", "-c", "3", "-o", m_folder.filePath("made.tar.zst"), "--quiet"});
    QVERIFY2(made.status == 0 || made.status == 3, made.err);
}

void TestRecorderReads::cleanupTestCase()
{
    for (const auto& other : m_others) {
        other->kill();
        other->waitForFinished(patience);
    }
}

QByteArray TestRecorderReads::callsOf(const QStringList& options, Run& result)
{
    const QString trace = m_folder.filePath("trace");
    QFile::remove(trace);
    result = run("strace",
        QStringList{
            "-f", "-qq", "-s", "256", "-e", "trace=%file,openat2", "-e", "signal=none", "-o", trace, recorderPath()}
            + options);
    return contents(trace);
}

void TestRecorderReads::opensNothingThatWalksMemory_data()
{
    QTest::addColumn<QStringList>("options");
    const QString log = m_folder.filePath("access.log");
    const QStringList some{"-i", "0.3", "-c", "7", "--quiet"};
    QTest::newRow("as it is") << some;
    QTest::newRow("all that a tick can hold") << some
            + QStringList{"--socket-ticks", "1", "--segment-ticks", "3", "--packets", "lo", "--snaplen", "64",
                "--packet-seconds", "1", "--pid", QString::number(getpid()), "--cpu", "0", "--sync", "tick"};
    QTest::newRow("logs, history, pseudonyms")
        << some + QStringList{"--log", log, "--history", "--redact", "strict", "--small", "--max-size", "50M"};
    QTest::newRow("nothing but files") << some + QStringList{"--no-commands", "--no-jvm", "--min-free", "0"};
    QTest::newRow("flight recorder") << QStringList{"-i", "0.3", "--quiet", "--ring", "10m", "--ring-folder",
        m_folder.filePath("ring"), "--trigger", "load1 >= 0", "--before", "2s", "--after", "1s", "--cooldown", "1s",
        "--count", "1", "--max-time", "20s"};
    QTest::newRow("dry run") << QStringList{"--dry-run"};
    QTest::newRow("estimate") << QStringList{"--estimate", "-i", "2"};
    QTest::newRow("verify") << QStringList{"--verify", m_folder.filePath("made.tar.zst")};
    QTest::newRow("list of sources") << QStringList{"--list-sources"};
}

void TestRecorderReads::opensNothingThatWalksMemory()
{
    QFETCH(QStringList, options);
    m_tried += options;
    if (options.contains("--packets") && geteuid() != 0)
        qInfo("not root: packets are refused, and with them what would be read");
    const bool isRecording = options.contains("-c") || options.contains("--ring");
    if (isRecording)
        options << "-o" << m_folder.filePath("traced.tar.zst") << "--force";
    Run result;
    const QByteArray calls = callsOf(options, result);
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    QVERIFY(calls.contains("execve("));
    if (isRecording) // the recording was seen at work
        QVERIFY(calls.count("/stat\"") > 20 && calls.contains("proc/") && calls.contains("cmdline\""));

    // The last component of any path; a path may be relative to an open folder.
    static const QRegularExpression forbidden(
        "\"(?:[^\"]*/)?(?:smaps|smaps_rollup|maps|numa_maps|environ|mem|pagemap|clear_refs|map_files|auxv)(?:/"
        "[^\"]*)?\"");
    QVERIFY2(forbidden.match("1 openat(7, \"smaps_rollup\", O_RDONLY)").hasMatch(), "the test itself");
    for (const QByteArray& line : calls.split('\n')) {
        const auto found = forbidden.match(QString::fromLocal8Bit(line));
        QVERIFY2(!found.hasMatch(), line);
    }
}

/// An option that is new must be tried above, too.
void TestRecorderReads::everyOptionIsTried()
{
    const QStringList needNothing{
        "--interval", "--duration", "--count", "--output", "--force", "--root", "--quiet", "--version", "--help"};
    const Run help = run(recorderPath(), {"--help"});
    QCOMPARE(help.status, 0);
    static const QRegularExpression option("^ {2,6}(?:-\\w, )?(--[a-z-]+)", QRegularExpression::MultilineOption);
    int seen = 0;
    for (auto found = option.globalMatch(QString::fromLocal8Bit(help.out)); found.hasNext(); ++seen) {
        const QString name = found.next().captured(1);
        QVERIFY2(needNothing.contains(name) || m_tried.contains(name), qPrintable(name));
    }
    QVERIFY(seen > 10);
}

QTEST_GUILESS_MAIN(TestRecorderReads)
#include "tst_recorder_reads.moc"
