// What a file is taken for: encodings, banners and colours in front of a known text; files that are none; what the user
// says instead; and where texts without a clock come to lie in a bundle.
#include "parse/load.h"
#include "parse/plain_text.h"
#include "parse/recognition.h"
#include "sample_capture.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

using namespace hindcast;
using namespace std::chrono_literals;

namespace {

const std::string vmstatText = "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n"
                               " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n"
                               " 1  0      0   1000    100   2000    0    0     1     2  100  200  3  4 93  0  0\n"
                               " 2  1      0   1004    100   2000    0    0     5     6  110  210  5  6 89  0  0\n"
                               " 3  0      0   1008    100   2000    0    0     7     8  120  220  7  8 85  0  0\n";
const std::string datedText = "[Wed Jul  1 12:59:00 2026] usb 1-1: new device\n"
                              "[Wed Jul  1 12:59:30 2026] usb 1-1: gone\n";

std::string utf16(const std::string& text, bool isBig, bool hasMark)
{
    std::string out = !hasMark ? "" : isBig ? "\xFE\xFF" : "\xFF\xFE";
    for (const char c : text) {
        out += isBig ? '\0' : c;
        out += isBig ? c : '\0';
    }
    return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& by)
{
    for (std::size_t place = 0; (place = text.find(what, place)) != std::string::npos; place += by.size())
        text.replace(place, what.size(), by);
    return text;
}

std::vector<double> valuesOf(const Series* series)
{
    std::vector<double> values(series ? series->values.size() : 0);
    if (series)
        series->values.copy(0, values.size(), values.data());
    return values;
}

bool hasNote(const Snapshot& snapshot, std::string_view part)
{
    return std::any_of(snapshot.notes.begin(), snapshot.notes.end(),
        [&](const ImportNote& note) { return note.message.find(part) != std::string::npos; });
}

} // namespace

class TestRecognition : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knownTextInAnyDress_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto add = [](const char* name, const std::string& text) {
            QTest::newRow(name) << QByteArray::fromStdString(text);
        };
        add("plain", vmstatText);
        add("UTF-8 with a mark", "\xEF\xBB\xBF" + vmstatText);
        add("UTF-16, little endian", utf16(vmstatText, false, true));
        add("UTF-16, big endian", utf16(vmstatText, true, true));
        add("UTF-16, little endian without a mark", utf16(vmstatText, false, false));
        add("UTF-16, big endian without a mark", utf16(vmstatText, true, false));
        add("CRLF", replaced(vmstatText, "\n", "\r\n"));
        add("two returns", replaced(vmstatText, "\n", "\r\r\n"));
        add("returns only", replaced(vmstatText, "\n", "\r"));
        add("colours", replaced(vmstatText, " 1  0", "\x1B[01;31m 1\x1B[m\x1B[K  0"));
        add("a title of the terminal", "\x1B]0;me@made-up\a" + vmstatText);
        add("blank lines in front", "\n\n   \n" + vmstatText);
        std::string banner;
        for (int i = 0; i < 60; ++i)
            banner += "* authorised use only, line " + std::to_string(i) + " *\n";
        add("a long banner in front", banner + vmstatText);
    }
    void knownTextInAnyDress()
    {
        QFETCH(QByteArray, bytes);
        const auto snapshot = parse::loadPath(write("file", bytes.toStdString()));
        QVERIFY2(snapshot.hasValue(), snapshot ? "" : snapshot.error().what.c_str());
        QCOMPARE((*snapshot)->members.front().source, std::string("vmstat"));
        QCOMPARE(valuesOf((*snapshot)->find("cpu.run_queue")), (std::vector<double>{2, 3}));
    }

    void whatIsNothingIsSaid_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("what");
        QTest::newRow("empty") << QByteArray() << "empty file";
        QTest::newRow("blanks") << QByteArray("  \n\t\n\r\n   ") << "nothing but blanks";
        QTest::newRow("ELF") << QByteArray("\x7f"
                                           "ELF\2\1\1\0\0\0\0\0\0\0\0\0 r  b   swpd   free\n",
            36) << "ELF program";
        QTest::newRow("PNG") << QByteArray("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", 20) << "PNG picture";
        QTest::newRow("noise") << noise() << "no text";
        QTest::newRow("prose") << QByteArray("Dear diary,\nnothing happened today.\n") << "not recognised";
    }
    void whatIsNothingIsSaid()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, what);
        const auto snapshot = parse::loadPath(write("file", bytes.toStdString()));
        QVERIFY(!snapshot.hasValue());
        QVERIFY2(QString::fromStdString(snapshot.error().what).contains(what), snapshot.error().what.c_str());
    }

    void whatIsNoFileIsSaid()
    {
        const auto device = parse::loadPath("/dev/null");
        QVERIFY(!device.hasValue());
        QVERIFY2(device.error().what.find("regular file") != std::string::npos, device.error().what.c_str());
        const std::string empty = m_folder.filePath(QStringLiteral("empty")).toStdString();
        QVERIFY(QDir().mkpath(QString::fromStdString(empty)));
        const auto folder = parse::loadPath(empty);
        QVERIFY(!folder.hasValue());
        QVERIFY2(folder.error().what.find("empty folder") != std::string::npos, folder.error().what.c_str());
        QVERIFY(!parse::loadPath(empty + "/absent").hasValue());
    }

    void doubtIsSaid()
    {
        parse::Recognition recognition;
        QCOMPARE(recognition.note(), std::string());
        const auto parsers = parse::allParsers();
        recognition.considered = {&parsers[3], &parsers[4]};
        const std::string ids = std::string(parsers[3].id) + " or " + std::string(parsers[4].id);
        QVERIFY(recognition.note().find("may be " + ids) != std::string::npos);
        recognition.parser = &parsers[5];
        QVERIFY(recognition.note().find(std::string(parsers[3].id) + " and ") != std::string::npos);
        QVERIFY(recognition.note().find("were considered") != std::string::npos);
        recognition.considered.pop_back();
        QVERIFY(recognition.note().find("was considered") != std::string::npos);
    }

    void aMemberIsReadAsTheUserSays()
    {
        const QString folder = freshFolder();
        write(folder + "/a.txt", vmstatText);
        write(folder + "/b.txt", "MemTotal:  100 kB\n");
        parse::LoadOptions options;
        options.memberSources["b.txt"] = "proc_meminfo";
        const auto snapshot = parse::loadPath(folder.toStdString(), options);
        QVERIFY(snapshot.hasValue());
        QVERIFY((*snapshot)->member("a.txt") && (*snapshot)->member("a.txt")->source == "vmstat");
        QVERIFY((*snapshot)->member("b.txt")->source == "proc_meminfo");
        QCOMPARE(valuesOf((*snapshot)->find("memory.total")), (std::vector<double>{102400}));
        QVERIFY(!(*snapshot)->member("c.txt"));
        options.memberSources.clear();
        options.source = "vmstat";
        const auto refused = parse::loadPath(folder.toStdString(), options);
        QVERIFY(!refused.hasValue());
        QVERIFY2(refused.error().what.find("MEMBER=vmstat") != std::string::npos, refused.error().what.c_str());
        options.source.clear();
        options.assumedZone = "Middle/Earth";
        QVERIFY(!parse::loadPath(folder.toStdString(), options).hasValue());
    }

    void membersOfABundleAreDecodedToo()
    {
        const QString folder = freshFolder();
        std::string rows;
        for (int i = 0; i < 400; ++i) // more than is looked at before a member is read as a whole
            rows += " 2  1      0   1004    100   2000    0    0     5     6  110  210  5  6 89  0  0\n";
        write(folder + "/a.txt", utf16(vmstatText + rows, false, true));
        write(folder + "/picture", std::string("\x89PNG\r\n\x1a\n r  b   swpd   free\n"));
        const auto snapshot = parse::loadPath(folder.toStdString());
        QVERIFY(snapshot.hasValue());
        QCOMPARE((*snapshot)->member("a.txt")->source, std::string("vmstat"));
        QCOMPARE(valuesOf((*snapshot)->find("cpu.run_queue")).size(), std::size_t{402});
        QCOMPARE((*snapshot)->member("picture")->source, std::string());
    }

    void textsWithoutAClockLieWhereTheyWereWritten()
    {
        const auto snapshot = bundle(
            {{"vmstat.txt", "2026-07-01 13:00:10Z", vmstatText}, {"dmesg.txt", "2026-07-01 13:00:00Z", datedText}});
        QVERIFY(snapshot);
        const Series* queue = snapshot->find("cpu.run_queue");
        QVERIFY(queue && queue->clock == Clock::Wall);
        QVERIFY(queue->times->back() == *parseRfc3339("2026-07-01T13:00:10Z"));
        QVERIFY(queue->times->front() == *parseRfc3339("2026-07-01T13:00:09Z"));
        QVERIFY(snapshot->member("vmstat.txt")->isTimeInferred);
        QVERIFY(!snapshot->member("dmesg.txt")->isTimeInferred);
        QVERIFY(hasNote(*snapshot, "inferred from when its file was written, 2026-07-01T13:00:10Z"));
        QVERIFY(snapshot->clock == Clock::Wall);
    }

    void textsWithoutAClockStayWhereNothingDatesThem()
    {
        const auto alone = bundle({{"vmstat.txt", "2026-07-01 13:00:10Z", vmstatText}});
        QVERIFY(alone && alone->find("cpu.run_queue")->clock == Clock::None);
        const auto copied = bundle(
            {{"vmstat.txt", "2026-11-01 13:00:10Z", vmstatText}, {"dmesg.txt", "2026-11-01 13:00:00Z", datedText}});
        QVERIFY(copied && copied->find("cpu.run_queue")->clock == Clock::None);
        QVERIFY(!copied->member("vmstat.txt")->isTimeInferred);
    }

    void skippedLinesAreCountedWithTheirFirst()
    {
        std::string text = vmstatText;
        text += "bash: line 3: oops\n 1  0 broken\nbash: line 4: oops again\n";
        const auto snapshot = parse::loadPath(write("file", text));
        QVERIFY(snapshot.hasValue());
        const MemberReport& report = (*snapshot)->members.front();
        QCOMPARE(report.skipped, std::uint64_t{3});
        QVERIFY2(report.firstProblem.find("line 6: ") == 0, report.firstProblem.c_str());
        QVERIFY2(report.firstProblem.find("bash: line 3: oops") != std::string::npos, report.firstProblem.c_str());
    }

private:
    struct Packed {
        const char* name;
        const char* modified;
        std::string text;
    };

    static QByteArray noise()
    {
        QByteArray bytes;
        std::uint32_t state = 7;
        for (int i = 0; i < 4000; ++i)
            bytes += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
        return bytes;
    }

    std::string write(const QString& name, const std::string& bytes)
    {
        const std::string path = (QDir::isAbsolutePath(name) ? name : m_folder.filePath(name)).toStdString();
        test::writeFile(path, bytes);
        return path;
    }

    QString freshFolder()
    {
        const QString folder = m_folder.filePath(QString::number(++m_folders));
        QDir().mkpath(folder);
        return folder;
    }

    std::shared_ptr<const Snapshot> bundle(const std::vector<Packed>& files)
    {
        const QString folder = freshFolder(), path = folder + QStringLiteral(".tar");
        for (const Packed& file : files) {
            write(folder + '/' + QLatin1String(file.name), file.text);
            QProcess::execute(QStringLiteral("touch"),
                {QStringLiteral("-d"), QLatin1String(file.modified), folder + '/' + QLatin1String(file.name)});
        }
        QProcess::execute(
            QStringLiteral("tar"), {QStringLiteral("-C"), folder, QStringLiteral("-cf"), path, QStringLiteral(".")});
        const auto snapshot = parse::loadPath(path.toStdString());
        return snapshot ? *snapshot : nullptr;
    }

    QTemporaryDir m_folder;
    int m_folders = 0;
};

QTEST_GUILESS_MAIN(TestRecognition)
#include "tst_recognition.moc"
