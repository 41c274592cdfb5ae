// hindcast-report as scripts see it: exit status, what goes to which stream, and that what it prints is what was
// recorded.
#include "base/time.h"
#include "packet_maker.h"
#include "report/dump.h"
#include "report/json_text.h"
#include "report/time_option.h"
#include "report/value_text.h"
#include "sample_capture.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

using namespace hindcast;

namespace {

struct Run {
    int status = -1;
    QByteArray out, err;
};

Run run(const QStringList& arguments, const QByteArray& input = {})
{
    QProcess process;
    process.start(QString::fromLocal8Bit(qgetenv("HINDCAST_BIN_DIR").isEmpty() ? QByteArray(HINDCAST_BIN_DIR)
                                                                               : qgetenv("HINDCAST_BIN_DIR"))
            + QStringLiteral("/hindcast-report"),
        arguments);
    process.write(input);
    process.closeWriteChannel();
    Run result;
    if (!process.waitForFinished(60000))
        return result;
    result.status = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
    result.out = process.readAllStandardOutput();
    result.err = process.readAllStandardError();
    return result;
}

QList<QJsonObject> jsonLines(const QByteArray& text)
{
    QList<QJsonObject> objects;
    for (const QByteArray& line : text.split('\n')) {
        if (line.isEmpty())
            continue;
        QJsonParseError error;
        const auto document = QJsonDocument::fromJson(line, &error);
        if (error.error != QJsonParseError::NoError)
            qWarning("%s: %s", qPrintable(error.errorString()), line.left(100).constData());
        objects.append(document.object());
    }
    return objects;
}

QJsonObject seriesOf(
    const QList<QJsonObject>& objects, const QString& metric, const QString& kind, const QJsonObject& labels = {})
{
    for (const QJsonObject& object : objects)
        if (object["shape"] == QStringLiteral("series") && object["metric"] == metric && object["kind"] == kind
            && object["labels"].toObject() == labels)
            return object;
    return {};
}

constexpr std::uint64_t second = 1'000'000'000, pcapStart = 1'700'000'000 * second;

/// SYN, SYN-ACK and ACK of one connection.
std::vector<std::string> handshakeFrames()
{
    using namespace test;
    const auto forth = [](const TcpFields& fields) { return ethernetBytes(ipv4Bytes(tcpBytes(fields))); };
    const auto back = [](TcpFields fields) {
        std::swap(fields.from, fields.to);
        return ethernetBytes(ipv4Bytes(tcpBytes(fields), {.from = 2, .to = 1}));
    };
    return {forth({.sequence = 999, .flags = 0x02}), back({.sequence = 4999, .acknowledgment = 1000, .flags = 0x12}),
        forth({.sequence = 1000, .acknowledgment = 5000})};
}

/// The columns of the only row of a TSV, by their names.
QMap<QByteArray, QByteArray> onlyRow(const QByteArray& tsv)
{
    const auto lines = tsv.split('\n');
    const auto names = lines.value(0).split('\t'), values = lines.value(1).split('\t');
    QMap<QByteArray, QByteArray> row;
    for (qsizetype i = 0; i < names.size(); ++i)
        row[names[i]] = values.value(i);
    return row;
}

} // namespace

class TestReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        const auto sample = test::makeSampleCapture();
        m_path = m_folder.filePath(QStringLiteral("sample.hindcast.tar.zst"));
        test::writeFile(m_path.toStdString(), sample.bytes);
        m_cut = m_folder.filePath(QStringLiteral("cut.hindcast.tar.zst"));
        test::writeFile(m_cut.toStdString(), sample.bytes.substr(0, sample.tickEnds[12] + 3));
        std::string flipped = sample.bytes;
        flipped[sample.frameEnds[1] + 30] = static_cast<char>(~flipped[sample.frameEnds[1] + 30]);
        const auto frames = handshakeFrames();
        std::vector<test::CapturedFrame> timed;
        std::string simple = test::sectionBlock() + test::interfaceBlock(1);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            timed.push_back({pcapStart + i * 5'000'000, frames[i]});
            std::string body;
            test::put(body, frames[i].size(), 4, test::ByteOrder::Little);
            simple += test::block(3, body + frames[i]);
        }
        m_timed = m_folder.filePath(QStringLiteral("timed.pcap"));
        test::writeFile(m_timed.toStdString(), test::pcapBytes(timed));
        m_cutPackets = m_folder.filePath(QStringLiteral("cut.pcap"));
        test::writeFile(m_cutPackets.toStdString(), test::pcapBytes(timed).substr(0, 200));
        m_unknownLink = m_folder.filePath(QStringLiteral("unknown.pcap"));
        test::writeFile(m_unknownLink.toStdString(), test::pcapBytes(timed, {.linkType = 195}));
        m_untimed = m_folder.filePath(QStringLiteral("untimed.pcapng"));
        test::writeFile(m_untimed.toStdString(), simple);
        m_flipped = m_folder.filePath(QStringLiteral("flipped.hindcast.tar.zst"));
        test::writeFile(m_flipped.toStdString(), flipped);
    }

    void exitStatus_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("said"); // on standard error
        const auto row = [](const char* name, const QStringList& arguments, int status, const char* said) {
            QTest::newRow(name) << arguments << status << QString::fromLatin1(said);
        };
        row("no arguments", {}, 2, "Usage");
        row("unknown option", {QStringLiteral("dump"), QStringLiteral("--no-such"), m_path}, 2, "--no-such");
        row("no input", {QStringLiteral("summary")}, 2, "INPUT");
        row("bad time", {QStringLiteral("summary"), QStringLiteral("--from"), QStringLiteral("noon"), m_path}, 2,
            "not a time: \"noon\"");
        row("from behind to",
            {QStringLiteral("dump"), QStringLiteral("--from"), QStringLiteral("+9s"), QStringLiteral("--to"),
                QStringLiteral("+3s"), m_path},
            2, "--from is not before --to");
        row("sound capture", {m_path}, 0, "");
        row("absent file", {QStringLiteral("members"), QStringLiteral("/no/such/file")}, 3,
            "hindcast-report: /no/such/file: no such file or directory");
        row("cut capture", {QStringLiteral("dump"), m_cut}, 4, "cut");
        row("cut capture, quiet", {QStringLiteral("dump"), QStringLiteral("--quiet"), m_cut}, 4, "");
        row("flipped capture", {QStringLiteral("summary"), m_flipped}, 4, "damaged frame");
        row("verify a sound capture", {QStringLiteral("verify"), m_path}, 0, "");
        row("verify a flipped capture", {QStringLiteral("verify"), m_flipped}, 4, "");
        row("verify what is no capture", {QStringLiteral("verify"), QStringLiteral("/etc/passwd")}, 3,
            "nothing to verify");
        row("no such source", {QStringLiteral("dump"), QStringLiteral("--source"), QStringLiteral("bogus"), m_path}, 2,
            "no such source");
        row("a source for a capture",
            {QStringLiteral("dump"), QStringLiteral("--source"), QStringLiteral("vmstat"), m_path}, 3,
            "a capture says itself");
        row("no such source of a member",
            {QStringLiteral("dump"), QStringLiteral("--source"), QStringLiteral("a.txt=bogus"), m_path}, 2,
            "no such source");
        row("the sources that are read", {QStringLiteral("sources")}, 0, "");
        row("no such time zone",
            {QStringLiteral("dump"), QStringLiteral("--assume-timezone"), QStringLiteral("Middle/Earth"), m_path}, 2,
            "no such time zone");
        row("a time zone by its distance",
            {QStringLiteral("summary"), QStringLiteral("--assume-timezone"), QStringLiteral("-03:30"), m_path}, 0, "");
        row("a file of /proc", {QStringLiteral("members"), QStringLiteral("/proc/meminfo")}, 0, "");
        row("verify a folder", {QStringLiteral("verify"), QStringLiteral("/etc")}, 3, "nothing to verify");
        row("one of two inputs absent", {QStringLiteral("summary"), m_path, QStringLiteral("/no/such/file")}, 3,
            "/no/such/file");
        row("packets of two inputs", {QStringLiteral("packets"), m_timed, m_untimed}, 2, "packets takes one input");
        row("a cut file is named once", {QStringLiteral("flows"), m_cutPackets}, 4, "/cut.pcap: cut in the middle");
        row("help", {QStringLiteral("--help")}, 0, "");
        row("version", {QStringLiteral("--version")}, 0, "");
    }
    void exitStatus()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, status);
        QFETCH(QString, said);
        const Run result = run(arguments);
        QVERIFY2(result.status == status, qPrintable(QString::number(result.status) + QString::fromUtf8(result.err)));
        if (said.isEmpty())
            QCOMPARE(QString::fromUtf8(result.err), QString());
        else
            QVERIFY2(QString::fromUtf8(result.err).contains(said), result.err.constData());
    }

    void aMemberIsReadAsAsked()
    {
        const QString folder = m_folder.filePath(QStringLiteral("loose"));
        QVERIFY(QDir().mkpath(folder));
        test::writeFile(folder.toStdString() + "/a.txt", "MemTotal: 5 kB\n");
        test::writeFile(folder.toStdString() + "/b.txt", "MemTotal: 100 kB\n");
        const Run asked =
            run({QStringLiteral("members"), QStringLiteral("--source"), QStringLiteral("b.txt=proc_meminfo"),
                QStringLiteral("--source"), QStringLiteral("a.txt=proc_meminfo"), folder});
        QVERIFY2(asked.status == 0, asked.err.constData());
        QCOMPARE(asked.out.count("proc_meminfo"), 2);
        const Run absent = run({QStringLiteral("members"), QStringLiteral("--source"),
            QStringLiteral("a.txt=proc_meminfo"), QStringLiteral("--source"), QStringLiteral("c.txt=vmstat"), folder});
        QCOMPARE(absent.status, 2);
        QVERIFY2(absent.err.contains("c.txt=vmstat: no such member"), absent.err.constData());
    }

    void dumpHoldsWhatWasRecorded()
    {
        const Run result = run({QStringLiteral("dump"), m_path});
        QCOMPARE(result.status, 0);
        const auto objects = jsonLines(result.out);
        QCOMPARE(objects[0]["shape"].toString(), QStringLiteral("host"));
        QCOMPARE(objects[0]["hostname"].toString(), QStringLiteral("sample-host"));
        QCOMPARE(objects[0]["utc_offset_s"].toInt(), 32400);
        const QJsonObject load = seriesOf(objects, QStringLiteral("load.1"), QStringLiteral("gauge"));
        const QJsonArray points = load["points"].toArray();
        QCOMPARE(points.size(), 20);
        QCOMPARE(points[7].toArray()[1].toDouble(), 0.07);
        QVERIFY(std::abs(points[7].toArray()[0].toDouble() - 1'760'000'007.000001) < 1e-6);
        const QJsonObject counter =
            seriesOf(objects, QStringLiteral("system.context_switches"), QStringLiteral("counter"));
        QCOMPARE(counter["points"].toArray()[0].toArray()[1].toDouble(), 7000.0);
        const QJsonObject rate = seriesOf(objects, QStringLiteral("system.context_switches"), QStringLiteral("gauge"));
        QVERIFY(rate["points"].toArray()[0].toArray()[1].isNull());
        QVERIFY(rate["derived"].toBool());
        const QJsonObject process = seriesOf(objects, QStringLiteral("process.cpu"), QStringLiteral("gauge"),
            {{QStringLiteral("comm"), QStringLiteral("a) R (b")}, {QStringLiteral("pid"), QStringLiteral("42")},
                {QStringLiteral("start_ticks"), QStringLiteral("5000250")}});
        QCOMPARE(process["points"].toArray().size(), 5);
        QVERIFY(std::abs(process["points"].toArray()[3].toArray()[1].toDouble() - 20) < 1e-3);
        int members = 0;
        for (const QJsonObject& object : objects)
            if (object["shape"] == QStringLiteral("member") && object["path"] == QStringLiteral("samples/proc/stat")) {
                QCOMPARE(object["samples"].toInt(), 20);
                QCOMPARE(object["source"].toString(), QStringLiteral("proc_stat"));
                ++members;
            }
        QCOMPARE(members, 1);
    }

    void dumpOfARangeAndAMetric()
    {
        const Run result = run({QStringLiteral("dump"), QStringLiteral("--from"), QStringLiteral("+5s"),
            QStringLiteral("--to"), QStringLiteral("+8s"), QStringLiteral("--metric"), QStringLiteral("load.*"),
            QStringLiteral("--metric"), QStringLiteral("process.cpu"), m_path});
        QCOMPARE(result.status, 0);
        const auto objects = jsonLines(result.out);
        int series = 0;
        for (const QJsonObject& object : objects) {
            if (object["shape"] != QStringLiteral("series"))
                continue;
            ++series;
            const QString metric = object["metric"].toString();
            QVERIFY2(metric.startsWith(QStringLiteral("load.")) || metric == QStringLiteral("process.cpu"),
                qPrintable(metric));
            QVERIFY(object["points"].toArray().size() == 3);
        }
        QCOMPARE(series, 5); // load.1, load.5, load.15, two processes
    }

    void standardInputIsAnInput()
    {
        const std::string bytes = test::readFile(m_path.toStdString());
        const Run result = run({QStringLiteral("members"), QStringLiteral("--json"), QStringLiteral("-")},
            QByteArray::fromStdString(bytes));
        QCOMPARE(result.status, 0);
        QVERIFY(QJsonDocument::fromJson(result.out).isArray());
        QVERIFY(QJsonDocument::fromJson(result.out).array().size() >= 5);
        QCOMPARE(run({QStringLiteral("members"), QStringLiteral("-")}).status, 3); // nothing came
    }

    void summaryNamesHostSpanAndWhatIsMissing()
    {
        const Run result =
            run({QStringLiteral("summary"), QStringLiteral("--timezone"), QStringLiteral("host"), m_path});
        const QString text = QString::fromUtf8(result.out);
        for (const char* part : {"sample-host", "Sample Linux 1", "Asia/Seoul", "2025-10-09T17:53:20+09:00", "busy",
                 "/proc/pressure/irq", "2 seen"})
            QVERIFY2(text.contains(QString::fromUtf8(part)),
                qPrintable(QString::fromUtf8(part) + QStringLiteral(" is not in:\n") + text));
    }

    /// An event stands where its own clock says.
    void findingsTellTimesByTheEventsClock()
    {
        QTemporaryDir folder;
        const auto findingsOf = [&](const QByteArray& log) {
            QFile file(folder.filePath("dmesg.txt"));
            if (!file.open(QIODevice::WriteOnly) || file.write(log) != log.size())
                return QByteArray();
            file.close();
            return run({"findings", file.fileName()}).out;
        };
        const QByteArray message = "Out of memory: Killed process 300 (grower) total-vm:9000000kB, anon-rss:7400000kB, "
                                   "file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:15000kB oom_score_adj:0\n";
        const QByteArray sinceBoot = findingsOf("[15906.123456] " + message);
        QVERIFY2(sinceBoot.contains("4 h 25 min after boot") && !sinceBoot.contains("sample"), sinceBoot);
        const QByteArray dated = findingsOf("[Mon Mar  2 12:00:40 2026] " + message);
        QVERIFY2(dated.contains("2026-03-02T12:00:40") && !dated.contains("sample"), dated);
    }

    void aReasonStandsAlone()
    {
        const QByteArray text = run({"findings", HINDCAST_TEST_DATA "/diagnose/tcp-connection-churn/found/input"}).out;
        QVERIFY2(text.contains("waiting    no one, as long as"), text);
    }

    void verifyAsJson()
    {
        const auto flipped =
            QJsonDocument::fromJson(run({QStringLiteral("verify"), QStringLiteral("--json"), m_flipped}).out).object();
        QCOMPARE(flipped["sound"].toBool(true), false);
        QVERIFY(flipped["ticks"].toInt() >= 15);
        const auto sound =
            QJsonDocument::fromJson(run({QStringLiteral("verify"), QStringLiteral("--json"), m_path}).out).object();
        QCOMPARE(sound["sound"].toBool(), true);
        QCOMPARE(sound["frames"].toArray().size(), 6);
    }

    void captureInAnotherPacking()
    {
        // As the script writes it: the same members without Hindcast's frames.
        QProcess shell;
        shell.setWorkingDirectory(m_folder.path());
        shell.start(QStringLiteral("sh"),
            {QStringLiteral("-c"),
                QStringLiteral("mkdir members && zstd -dcq sample.hindcast.tar.zst | tar xf - -C members && cd members "
                               "&& mkdir -p end/hindcast && echo missed_total 0 >end/hindcast/summary && "
                               "tar cf ../whole.tar seg end && gzip -k ../whole.tar && tar cf ../open.tar seg && "
                               "head -c $(($(wc -c <../whole.tar) / 2)) ../whole.tar >../cut.tar")});
        if (!shell.waitForFinished() || shell.exitCode() != 0)
            QSKIP("SKIPPED: no zstd or tar here");
        const Run whole = run({QStringLiteral("verify"), m_folder.filePath(QStringLiteral("whole.tar.gz"))});
        QCOMPARE(whole.status, 0);
        QVERIFY2(whole.out.contains("whole.tar.gz: whole\n") && whole.out.contains(" members read, "), whole.out);
        QVERIFY2(whole.out.contains("no checksums beyond the compressor's"), whole.out);
        const Run cut = run({QStringLiteral("verify"), m_folder.filePath(QStringLiteral("cut.tar"))});
        QCOMPARE(cut.status, 4);
        QVERIFY2(cut.out.contains("NOT FINISHED"), cut.out);
        QCOMPARE(run({QStringLiteral("verify"), m_folder.filePath(QStringLiteral("open.tar"))}).status, 4);
    }

    void flowsEndWithTheirLastPacket()
    {
        const auto row = onlyRow(run({QStringLiteral("flows"), QStringLiteral("--tsv"), m_timed}).out);
        QCOMPARE(row["start"], QByteArray("1700000000.0"));
        QCOMPARE(row["end"], QByteArray("1700000000.01"));
        QCOMPARE(row["duration"], QByteArray("0.010000000"));
        QCOMPARE(row["input"], m_timed.toUtf8());
    }

    void flowsOfTwoInputsAreTold()
    {
        const Run text = run({QStringLiteral("flows"), m_timed, m_untimed});
        QVERIFY2(text.out.startsWith(m_timed.toUtf8() + '\n'), text.out);
        QVERIFY2(text.out.contains("\n\n" + m_untimed.toUtf8() + '\n'), text.out);
        const Run tsv = run({QStringLiteral("flows"), QStringLiteral("--tsv"), m_timed, m_untimed});
        QCOMPARE(tsv.out.count("syn_to_syn_ack"), 1);
        QVERIFY2(tsv.out.endsWith('\t' + m_untimed.toUtf8() + '\n'), tsv.out);
    }

    void packetsWithoutTimes()
    {
        const auto row = onlyRow(run({QStringLiteral("flows"), QStringLiteral("--tsv"), m_untimed}).out);
        QCOMPARE(row["handshake"], QByteArray("complete"));
        for (const char* name :
            {"start", "end", "duration", "syn_to_syn_ack", "syn_ack_to_ack", "rtt_median", "vantage"})
            QVERIFY2(row.contains(name) && row[name].isEmpty(), name);
        const auto flow =
            QJsonDocument::fromJson(run({QStringLiteral("flows"), QStringLiteral("--json"), m_untimed}).out)
                .array()[0]
                .toObject();
        QVERIFY(flow["end"].isNull());
        const auto states = flow["client_states"].toArray();
        QVERIFY(!states.isEmpty() && states[0].toObject()["latest"].isNull());
        const Run summary = run({QStringLiteral("summary"), m_untimed});
        QVERIFY2(!summary.out.contains("1970") && summary.out.contains("times not recorded"), summary.out);
        QVERIFY2(!run({QStringLiteral("dump"), m_untimed}).out.contains("wire."), "rates without a clock");
        QCOMPARE(run({QStringLiteral("flows"), m_untimed}).out.count("its packets have no times"), 1);
        const Run packets = run({QStringLiteral("packets"), m_untimed});
        QCOMPARE(packets.out.split('\n').value(1).split('\t').value(1), QByteArray());
    }

    void packetsOfAnUnknownLinkAreCounted()
    {
        const Run summary = run({QStringLiteral("summary"), m_unknownLink});
        QVERIFY2(summary.out.contains("link type 195 is not read: 3 packets"), summary.out);
        const auto member =
            QJsonDocument::fromJson(run({QStringLiteral("members"), QStringLiteral("--json"), m_unknownLink}).out)
                .array()[0]
                .toObject();
        QCOMPARE(member["skipped"].toInt(), 3);
        QVERIFY(run({QStringLiteral("flows"), m_unknownLink}).out.contains("3 packets could not be read"));
    }

    void whatWasDeniedIsSaid()
    {
        const QString folder = QStringLiteral(HINDCAST_TEST_DATA "/parse/dmesg/boot_time_of_a_manifest/input");
        const Run summary = run({QStringLiteral("summary"), folder});
        QVERIFY2(summary.out.contains("packets/lo (Operation not permitted)"), summary.out);
        const Run flows = run({QStringLiteral("flows"), folder});
        QVERIFY2(flows.out.startsWith("No packets were captured (packets/lo: Operation not permitted)"), flows.out);
    }

    void safeText_data()
    {
        QTest::addColumn<QByteArray>("raw");
        QTest::addColumn<QByteArray>("safe");
        QTest::newRow("plain") << QByteArray("eth0 – 메모리") << QByteArray("eth0 – 메모리");
        QTest::newRow("escape") << QByteArray("\x1b[2J\x7f") << QByteArray("\\x1b[2J\\x7f");
        QTest::newRow("control code point") << QByteArray("a\xc2\x9b"
                                                          "2J")
                                            << QByteArray("a\\x9b2J");
        QTest::newRow("raw control byte") << QByteArray("a\x9b"
                                                        "2J")
                                          << QByteArray("a\\x9b2J");
        QTest::newRow("first above") << QByteArray("\xc2\xa0\xc3\xa9") << QByteArray("\xc2\xa0\xc3\xa9");
        QTest::newRow("cut character") << QByteArray("a\xe2\x80") << QByteArray("a\\xe2\\x80");
    }
    void safeText()
    {
        QFETCH(QByteArray, raw);
        QFETCH(QByteArray, safe);
        QCOMPARE(QByteArray::fromStdString(report::safeText(raw.toStdString())), safe);
    }

    void fullDiskIsNotASuccess()
    {
        QProcess process;
        process.setStandardOutputFile(QStringLiteral("/dev/full"));
        process.start(QStringLiteral(HINDCAST_BIN_DIR "/hindcast-report"), {QStringLiteral("dump"), m_path});
        QVERIFY(process.waitForFinished());
        QVERIFY(process.exitCode() != 0);
        QVERIFY(process.readAllStandardError().contains("could not be written"));
    }

    /// Whatever cannot be had, a thread or memory, ends in an answer: never in waiting for ever.
    void scarceMemoryEndsInAnAnswer()
    {
#ifdef __has_feature // how clang tells
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HINDCAST_IS_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(HINDCAST_IS_SANITIZED)
        QSKIP("SKIPPED: a sanitizer needs more address space than any limit leaves; run it in dev or release");
#endif
        test::SampleCaptureOptions options;
        options.segments = 200;
        const QString path = m_folder.filePath(QStringLiteral("long.hindcast.tar.zst"));
        test::writeFile(path.toStdString(), test::makeSampleCapture(options).bytes);
        bool hasFailed = false, hasSucceeded = false;
        for (const int kibibytes : {60'000, 70'000, 80'000, 100'000, 150'000, 250'000, 4'000'000}) {
            QProcess process;
            process.start(QStringLiteral("/bin/sh"),
                {QStringLiteral("-c"), QStringLiteral("ulimit -v %1 && exec \"$@\"").arg(kibibytes),
                    QStringLiteral("sh"), QStringLiteral(HINDCAST_BIN_DIR "/hindcast-report"), QStringLiteral("--jobs"),
                    QStringLiteral("4"), path});
            QVERIFY2(process.waitForFinished(30000), qPrintable(QStringLiteral("hangs with %1 KiB").arg(kibibytes)));
            QCOMPARE(process.exitStatus(), QProcess::NormalExit);
            if (process.exitCode() == 127)
                continue; // not even the libraries fitted
            QVERIFY2(process.exitCode() == 0 || process.exitCode() == 3, process.readAllStandardError().constData());
            hasFailed = hasFailed || process.exitCode() != 0;
            hasSucceeded = process.exitCode() == 0;
        }
        QVERIFY(hasFailed); // else the limits did not bite
        QVERIFY(hasSucceeded);
    }

    void jsonText_data()
    {
        QTest::addColumn<QByteArray>("raw");
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("plain") << QByteArray("abc") << QByteArray("\"abc\"");
        QTest::newRow("quotes and backslash") << QByteArray("a\"b\\c") << QByteArray("\"a\\\"b\\\\c\"");
        QTest::newRow("control") << QByteArray("a\x1b[2J\n\t\x7f") << QByteArray("\"a\\u001b[2J\\n\\t\\u007f\"");
        QTest::newRow("Korean") << QByteArray("메모리") << QByteArray("\"메모리\"");
        QTest::newRow("not UTF-8") << QByteArray("a\xff\xc3(") << QByteArray("\"a\xEF\xBF\xBD\xEF\xBF\xBD(\"");
        QTest::newRow("overlong and surrogate") << QByteArray(
            "\xC0\x80\xED\xA0\x80") << QByteArray("\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    }
    void jsonText()
    {
        QFETCH(QByteArray, raw);
        QFETCH(QByteArray, json);
        std::string out;
        report::appendJsonText(out, raw.toStdString());
        QCOMPARE(QByteArray::fromStdString(out), json);
    }

    void values_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<int>("unit");
        QTest::addColumn<QString>("text");
        const auto row = [](const char* name, double value, Unit unit, const char* text) {
            QTest::newRow(name) << value << static_cast<int>(unit) << QString::fromUtf8(text);
        };
        row("not measured", std::nan(""), Unit::Percent, "–");
        row("percent", 12.345, Unit::Percent, "12.3 %");
        row("bytes", 1536, Unit::Bytes, "1.50 KiB");
        row("bytes a second", 1048576, Unit::BytesPerSecond, "1 MiB/s");
        row("no bytes", 0, Unit::BytesPerSecond, "0 B/s");
        row("milliseconds", 0.0042, Unit::Seconds, "4.20 ms");
        row("seconds", 12.3456, Unit::Seconds, "12.3 s");
        row("large count", 1234567, Unit::CountPerSecond, "1 234 567 /s");
        row("small", 0.05, Unit::None, "0.05");
    }
    void values()
    {
        QFETCH(double, value);
        QFETCH(int, unit);
        QFETCH(QString, text);
        QCOMPARE(QString::fromStdString(report::valueText(value, static_cast<Unit>(unit))), text);
    }

    void timesAsTyped_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("meant"); // "" = refused; the range is 23:50 to 00:20 UTC, shown at +01:00
        QTest::newRow("from the start") << "+90s"
                                        << "2026-03-01T23:51:30Z";
        QTest::newRow("from the end") << "-5m"
                                      << "2026-03-02T00:15:00Z";
        QTest::newRow("seconds are the default") << "+5"
                                                 << "2026-03-01T23:50:05Z";
        QTest::newRow("time of day in the zone") << "00:55"
                                                 << "2026-03-01T23:55:00Z";
        QTest::newRow("time of day behind midnight UTC") << "01:10:30"
                                                         << "2026-03-02T00:10:30Z";
        QTest::newRow("instant") << "2026-03-01T23:52:00Z"
                                 << "2026-03-01T23:52:00Z";
        QTest::newRow("no such hour") << "25:00"
                                      << "";
        QTest::newRow("no unit of time") << "+5x"
                                         << "";
        QTest::newRow("nothing") << ""
                                 << "";
    }
    void timesAsTyped()
    {
        QFETCH(QString, typed);
        QFETCH(QString, meant);
        const TimeRange range{*parseRfc3339("2026-03-01T23:50:00Z"), *parseRfc3339("2026-03-02T00:20:00Z")};
        const auto time = report::parseTimeOption(typed.toStdString(), range, std::chrono::hours(1));
        QCOMPARE(time ? QString::fromStdString(formatUtc(*time)) : QString(), meant);
    }

    void patterns()
    {
        QVERIFY(report::matchesPattern("disk.*", "disk.await"));
        QVERIFY(report::matchesPattern("*await*", "disk.await"));
        QVERIFY(report::matchesPattern("cpu.???r", "cpu.user"));
        QVERIFY(!report::matchesPattern("cpu.*x", "cpu.user"));
        QVERIFY(!report::matchesPattern("", "cpu.user"));
        QVERIFY(report::matchesPattern("*", ""));
    }

private:
    QTemporaryDir m_folder;
    QString m_path, m_cut, m_flipped, m_timed, m_cutPackets, m_unknownLink, m_untimed;
};

QTEST_GUILESS_MAIN(TestReport)
#include "tst_report.moc"
