// What hindcast-record does instead of recording: --verify, --dry-run, --estimate.
#include "recorder_runs.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace hindcast::test;

class RecorderPreviewTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void verifies_data();
    void verifies();
    void everyFlippedByteIsSeen();
    void everyCutIsWholeAsFarAsItGoes();
    void dryRunTouchesNothing();
    void dryRunNamesWhatWasAskedFor();
    void wrongTriggersAreRefused_data();
    void wrongTriggersAreRefused();
    void estimatesWithoutWriting();

private:
    QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }
    Run verify(const QByteArray& bytes);

    QTemporaryDir m_folder;
    QByteArray m_capture, m_another; ///< of several segments, and of one sample
};

void RecorderPreviewTest::initTestCase()
{
    QVERIFY(m_folder.isValid());
    const Run recording =
        record({"-i", "0.1", "-c", "9", "--segment-ticks", "3", "-o", path("whole.tar.zst"), "--quiet"});
    QVERIFY2(recording.status == 0 || recording.status == 3, recording.err);
    m_capture = contents(path("whole.tar.zst"));
    QVERIFY(readCapture(path("whole.tar.zst")).segments() > 1);
    const Run another = record({"-c", "1", "-o", path("another.tar.zst"), "--quiet"});
    QVERIFY2(another.status == 0 || another.status == 3, another.err);
    m_another = contents(path("another.tar.zst"));
    QVERIFY(m_capture.size() > 4096);
}

Run RecorderPreviewTest::verify(const QByteArray& bytes)
{
    if (!writeFile(path("tried"), bytes))
        return {};
    return record({"--verify", path("tried")});
}

void RecorderPreviewTest::verifies_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("a whole capture") << m_capture << 0 << QByteArray("whole\n");
    const RecordedCapture capture = readCapture(path("whole.tar.zst")); // a busy machine misses samples
    const QByteArray counted = QByteArray::number(capture.segments()) + " segments, "
        + QByteArray::number(static_cast<int>(capture.ticks.size())) + " samples";
    QTest::newRow("its samples are counted") << m_capture << 0 << counted;
    QTest::newRow("the same twice") << m_capture + m_capture << 0 << counted;
    QTest::newRow("two joined ones") << m_capture + m_another << 0
                                     << QByteArray::number(capture.segments() + 1) + " segments, "
            + QByteArray::number(static_cast<int>(capture.ticks.size()) + 1) + " samples";
    QTest::newRow("cut within a segment")
        << m_capture.left(m_capture.size() / 2) << 0 << QByteArray("belong to a segment that was not finished");
    QTest::newRow("a hole") << m_capture.left(m_capture.size() / 3) + m_capture.mid(m_capture.size() / 2) << 4
                            << QByteArray("damaged at byte ");
    QTest::newRow("garbage before it") << QByteArray(700, 'x') + m_capture << 4 << QByteArray("no frame begins here");
    QTest::newRow("garbage behind it") << m_capture + QByteArray(700, 'x') << 4 << QByteArray("no frame begins here");
    QTest::newRow("text") << QByteArray("root:x:0:0:root:/root:/bin/sh\n") << 3 << QByteArray("is not a capture");
    QTest::newRow("an empty file") << QByteArray() << 3 << QByteArray("it is empty");
    QTest::newRow("a frame of nobody's") << QByteArray("\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00\x99\xe9\xd8\x51", 13) << 3
                                         << QByteArray("is not a capture");
}

void RecorderPreviewTest::verifies()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    QFETCH(QByteArray, said);
    const Run run = verify(bytes);
    QVERIFY2((run.out + run.err).contains(said), run.out + run.err);
    QCOMPARE(run.status, status);
}

void RecorderPreviewTest::everyFlippedByteIsSeen()
{
    // The seek table at the very end has no digest: readers do without it.
    const auto closing = m_capture.lastIndexOf("kind=close");
    QVERIFY(closing > 0);
    for (qsizetype place = 13; place < closing; place += m_capture.size() / 60) {
        QByteArray bytes = m_capture;
        bytes[place] = static_cast<char>(bytes[place] ^ 0x10);
        const Run run = verify(bytes);
        QVERIFY2(
            run.status == 4, qPrintable(QString("byte %1: %2").arg(place).arg(QString::fromUtf8(run.out + run.err))));
    }
}

void RecorderPreviewTest::everyCutIsWholeAsFarAsItGoes()
{
    const auto firstSeal = m_capture.indexOf("sha256=") + 72;
    for (qsizetype length = firstSeal; length < m_capture.size(); length += m_capture.size() / 60) {
        const Run run = verify(m_capture.left(length));
        QVERIFY2(
            run.status == 0, qPrintable(QString("%1 bytes: %2").arg(length).arg(QString::fromUtf8(run.out + run.err))));
    }
}

void RecorderPreviewTest::dryRunTouchesNothing()
{
    QTemporaryDir folder;
    const QString file = folder.filePath("planned.tar.zst");
    const Run run = record({"--dry-run", "-o", file});
    QCOMPARE(run.status, 0);
    QVERIFY(run.out.contains(file.toUtf8()));
    QVERIFY(run.out.contains("/proc/stat "));
    QVERIFY(run.out.contains("/proc/<pid>/stat "));
    QVERIFY(QDir(folder.path()).isEmpty());
}

void RecorderPreviewTest::dryRunNamesWhatWasAskedFor()
{
    const Run run = record({"--dry-run", "--packets", "lo:tcp port 9", "--log", "/var/log/shop/access.log", "--ring",
        "10m", "--max-size", "1G", "--cpu", "1.5", "--trigger",
        "log(\"/var/log/shop/error.log\") ~ \"x\" or command(\"pgrep -x shop\") != 0", "-o", path("planned.tar.zst")});
    QCOMPARE(run.status, 0);
    for (const char* const said : {"packets of lo that match tcp port 9", "/var/log/shop/access.log",
             "planned.tar.zst.ring/", "at most 1073741824 bytes", "1.5 % of one core",
             "/var/log/shop/error.log  every tick", "/bin/sh -c 'pgrep -x shop'", "planned-1.tar.zst",
             "oom_score_adj -500", "tcp_diag", "/dev/kmsg ", "statfs of "})
        QVERIFY2(run.out.contains(said), said);
}

void RecorderPreviewTest::wrongTriggersAreRefused_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("said");
    const QByteArray place = "expected a number at column 8";
    QTest::newRow("recording") << QStringList{"-c", "1", "--trigger", "load1 >> 8"} << place;
    QTest::newRow("dry run") << QStringList{"--dry-run", "--trigger", "load1 >> 8"} << place;
    QTest::newRow("estimate") << QStringList{"--estimate", "-i", "0.05", "--trigger", "load1 >> 8"} << place;
    QTest::newRow("commands are off") << QStringList{"--dry-run", "--no-commands", "--trigger",
        "command(\"true\") == 1"} << QByteArray("runs no commands");
    QTest::newRow("sockets are never listed") << QStringList{"--dry-run", "--socket-ticks", "0", "--trigger",
        "tcp.sockets > 8"} << QByteArray("with --socket-ticks 0 none are listed");
}

void RecorderPreviewTest::wrongTriggersAreRefused()
{
    QFETCH(QStringList, options);
    QFETCH(QByteArray, said);
    const Run run = record(options + QStringList{"-o", path("refused.tar.zst")});
    QCOMPARE(run.status, 2);
    QVERIFY2(run.err.contains(said), run.err);
    QVERIFY2(run.out.isEmpty(), run.out);
}

void RecorderPreviewTest::estimatesWithoutWriting()
{
    QTemporaryDir folder;
    const Run run = record({"--estimate", "-i", "0.1", "-d", "1h", "-o", folder.filePath("x.tar.zst")});
    QCOMPARE(run.status, 0);
    for (const char* const said : {"CPU ", "memory ", "a sample: ", "as asked "})
        QVERIFY2(run.out.contains(said), run.out);
    QVERIFY(QDir(folder.path()).isEmpty());
}

QTEST_GUILESS_MAIN(RecorderPreviewTest)
#include "tst_recorder_preview.moc"
