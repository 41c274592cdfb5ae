// What others collected: sosreports, stalks, OSWatcher folders, loops around a tool, as folders and packed in every
// way; archives in archives, several hosts in one, and what hostile people send.
#include "archive/archive.h"
#include "archive/bundle_roots.h"
#include "framing/tar_header.h"
#include "parse/load.h"
#include "parse/stamped_blocks.h"
#include "sample_capture.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

using namespace hindcast;
using SnapshotPointer = std::shared_ptr<const Snapshot>;

namespace {

const std::string bundles = HINDCAST_TEST_DATA "/bundles";
constexpr double threeOClock = 1795230000; // 2026-11-21T03:00:00Z

std::vector<double> valuesOf(const Series* series)
{
    std::vector<double> values(series ? series->values.size() : 0);
    if (series)
        series->values.copy(0, values.size(), values.data());
    return values;
}

std::vector<double> timesOf(const Series* series)
{
    std::vector<double> times;
    if (series)
        for (const Time time : *series->times)
            times.push_back(toSeconds(time));
    return times;
}

std::string tarMember(const std::string& path, const std::string& bytes, char type = '0')
{
    const framing::TarMember member{path, bytes.size(), 1795230007, type};
    const auto header = framing::makeTarHeader(member);
    return std::string(header->data(), header->size()) + bytes + std::string(framing::tarPadding(bytes.size()), '\0');
}

const std::string meminfo = "MemTotal:  100 kB\nMemFree:  50 kB\nBuffers: 1 kB\nCached: 2 kB\n";

bool hasNote(const Snapshot& snapshot, std::string_view part)
{
    return std::any_of(snapshot.notes.begin(), snapshot.notes.end(),
        [&](const ImportNote& note) { return note.message.find(part) != std::string::npos; });
}

std::string allNotes(const Snapshot& snapshot)
{
    std::string text;
    for (const ImportNote& note : snapshot.notes)
        text += note.member + ": " + note.message + "\n";
    return text;
}

/// The source that read it; "-" when it is not even listed.
std::string sourceOf(const Snapshot& snapshot, std::string_view member)
{
    for (const MemberReport& report : snapshot.members)
        if (report.path == member)
            return report.source;
    return "-";
}

std::vector<std::string> lostOf(const Snapshot& snapshot)
{
    std::vector<std::string> lost;
    for (const ImportNote& note : snapshot.notes)
        if (note.severity != NoteSeverity::Info)
            lost.push_back(note.member + ": " + note.message);
    return lost;
}

} // namespace

class TestBundles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        run("cp -r " + bundles + "/. . && chmod -R u+w . && ln -s sos_commands/memory/free " + sos
            + "/free && ln -s "
              "sos_commands/process/ps_aux "
            + sos + "/ps && ln -s ../usr/share/zoneinfo/Asia/Seoul " + sos
            + "/etc/localtime && find . -type f -exec touch -d @1795230005 {} +");
    }

    void sosreport_data()
    {
        QTest::addColumn<QString>("pack"); // shell command that makes `in` of the folder
        QTest::addColumn<QString>("prefix"); // of its members
        const QString folder = QString::fromStdString(sos), root = folder + '/';
        QTest::newRow("folder") << "mv " + folder + " in" << QString();
        QTest::newRow("folder in a folder") << "mkdir in && mv " + folder + " in" << root;
        QTest::newRow("tar") << "tar cf in " + folder << root;
        QTest::newRow("tar.gz") << "tar czf in " + folder << root;
        QTest::newRow("tar.xz") << "tar cJf in " + folder << root;
        QTest::newRow("tar.bz2") << "tar cjf in " + folder << root;
        QTest::newRow("tar.zst") << "tar c " + folder + " | zstd -q > in" << root;
        QTest::newRow("with absolute members left out") << "tar cf in ./" + folder << root;
        QTest::newRow("packed members") << "gzip " + folder + "/proc/meminfo && mv " + folder + "/proc/meminfo.gz "
                + folder + "/proc/meminfo && xz " + folder + "/sos_commands/memory/free && tar cf in "
                + folder << root;
        QTest::newRow("tar in a folder") << "mkdir in && tar cJf in/s.tar.xz " + folder << "s.tar.xz/" + root;
        QTest::newRow("tar in a tar") << "tar cJf s.tar.xz " + folder + " && tar cf in s.tar.xz"
                                      << "s.tar.xz/" + root;
    }
    void sosreport()
    {
        QFETCH(QString, pack);
        QFETCH(QString, prefix);
        QVERIFY(run(pack.toStdString()));
        const SnapshotPointer snapshot = load("in");
        QVERIFY(snapshot);
        const std::string at = prefix.toStdString();
        QCOMPARE(lostOf(*snapshot), std::vector<std::string>());
        QCOMPARE(snapshot->host.hostname, std::string("web1.example.org"));
        QCOMPARE(snapshot->host.distribution, std::string("Example Linux 9.4"));
        QCOMPARE(snapshot->host.kernel, std::string("5.14.0-427.13.1.el9_4.x86_64"));
        QCOMPARE(snapshot->host.timezone, std::string("Asia/Seoul"));
        QVERIFY(snapshot->host.utcOffset == std::chrono::seconds(9 * 3600));
        QCOMPARE(snapshot->host.tool, std::string("sos 4.5.6"));
        QCOMPARE(sourceOf(*snapshot, at + "proc/meminfo"), std::string("proc_meminfo"));
        QCOMPARE(sourceOf(*snapshot, at + "proc/loadavg"), std::string("proc_loadavg"));
        QCOMPARE(sourceOf(*snapshot, at + "etc/sysctl.conf"), std::string()); // what is meant, not what is
        QCOMPARE(sourceOf(*snapshot, at + "sos_commands/networking/notes"), std::string());
        QCOMPARE(sourceOf(*snapshot, at + "free"), std::string("-")); // a link: read under its own name only
        QCOMPARE(snapshot->tables.size(), std::size_t{3}); // ps, df and free once each
        for (const Table& table : snapshot->tables)
            QVERIFY(table.time && toSeconds(*table.time) == threeOClock + 5);
        const Series* total = snapshot->find("memory.total");
        QVERIFY(total);
        QCOMPARE(valuesOf(total).front(), 8052740.0 * 1024);
    }

    void stalk_data()
    {
        QTest::addColumn<QString>("pack");
        QTest::newRow("folder") << "mv stalk in";
        QTest::newRow("tar") << "tar cf in stalk";
        QTest::newRow("its files in a tar") << "cd stalk && tar czf ../in .";
    }
    void stalk()
    {
        QFETCH(QString, pack);
        QVERIFY(run(pack.toStdString()));
        const SnapshotPointer snapshot = load("in");
        QVERIFY(snapshot);
        QCOMPARE(lostOf(*snapshot), std::vector<std::string>());
        QCOMPARE(snapshot->host.hostname, std::string("db1.example.org"));
        QVERIFY(snapshot->host.utcOffset == std::chrono::seconds(9 * 3600)); // seconds and date of one stamp
        const auto reads = timesOf(snapshot->findCounter("disk.reads", {{"device", "vda"}}));
        QCOMPARE(reads.size(), std::size_t{3});
        QVERIFY(qAbs(reads.front() - (threeOClock + 1.004)) < 1e-5);
        QVERIFY(snapshot->findCounter("cpu.user"));
        QVERIFY(snapshot->findCounter("paging.in"));
        // Two stalks of one host are one host over time.
        std::size_t stalks = 0;
        for (const Series& series : snapshot->series)
            stalks += series.metric == "memory.free" && series.source == "proc_meminfo" ? 1 : 0;
        QCOMPARE(stalks, std::size_t{2});
        std::size_t listings = 0;
        for (const Table& table : snapshot->tables)
            if (table.source == "df") {
                QVERIFY(table.time && qAbs(toSeconds(*table.time) - (threeOClock + 1.004 + double(listings))) < 1e-5);
                ++listings;
            }
        QCOMPARE(listings, std::size_t{3});
        // The rows of vmstat have no time: they begin with the stalk, on the host's clock.
        for (const Series& series : snapshot->series)
            if (series.source == "vmstat" && series.metric == "cpu.run_queue") {
                QVERIFY(series.clock == Clock::Wall);
                QCOMPARE(timesOf(&series), (std::vector<double>{threeOClock + 1, threeOClock + 2}));
            }
        QVERIFY2(hasNote(*snapshot, "when the stalk began"), allNotes(*snapshot).c_str());
        QVERIFY(hasNote(*snapshot, "one average over the whole stalk"));
    }

    void oswatcher()
    {
        const SnapshotPointer snapshot = load("oswatcher");
        QVERIFY(snapshot);
        QCOMPARE(lostOf(*snapshot), std::vector<std::string>());
        QCOMPARE(timesOf(snapshot->find("memory.total")),
            (std::vector<double>{threeOClock, threeOClock + 60, threeOClock + 120}));
        std::vector<double> listed;
        for (const Table& table : snapshot->tables)
            if (table.source == "ps")
                listed.push_back(table.time ? toSeconds(*table.time) : 0);
        QCOMPARE(listed, (std::vector<double>{threeOClock, threeOClock + 60, threeOClock + 120}));
        // Each block is a run of vmstat: its first row tells averages since boot, three times.
        const Series* user = nullptr;
        for (const Series& series : snapshot->series)
            if (series.metric == "cpu.user")
                user = &series;
        QCOMPARE(valuesOf(user), (std::vector<double>{10, 11, 12}));
        QCOMPARE(timesOf(user), (std::vector<double>{threeOClock + 1, threeOClock + 61, threeOClock + 121}));
    }

    void loops()
    {
        const SnapshotPointer snapshot = load("loops");
        QVERIFY(snapshot);
        QCOMPARE(lostOf(*snapshot), std::vector<std::string>());
        for (const char* source : {"free", "uptime"}) {
            std::vector<double> listed;
            for (const Table& table : snapshot->tables)
                if (table.source == source)
                    listed.push_back(table.time ? toSeconds(*table.time) : 0);
            // The one names its zone only by a word, KST, and nothing tells how far that is from UTC.
            const double first = threeOClock + (std::string_view(source) == "free" ? 9 * 3600 : 0);
            QCOMPARE(listed, (std::vector<double>{first, first + 60, first + 120}));
        }
    }

    void dateLines_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<double>("time"); // 0 = no date
        QTest::addColumn<bool>("hasZone");
        const auto row = [](const char* line, double time, bool hasZone = true) {
            QTest::newRow(line) << QString::fromUtf8(line) << time << hasZone;
        };
        row("Sat Nov 21 03:00:00 UTC 2026", threeOClock);
        row("Sat Nov 21 03:00:00 AM UTC 2026", threeOClock);
        row("Sat 21 Nov 2026 03:00:00 PM UTC", threeOClock + 12 * 3600);
        row("Sat 21 Nov 2026 12:00:00 AM UTC", threeOClock - 3 * 3600);
        row("Sat Nov 21 12:00:00 KST 2026", threeOClock + 9 * 3600, false);
        row("Sa 21. Nov 04:00:00 CET 2026", threeOClock + 3600, false);
        row("Sat Nov 21 12:00:00 +0900 2026", threeOClock);
        row("2026-11-21T12:00:00+09:00", threeOClock);
        row("2026-11-21T03:00:00Z", threeOClock);
        row("2026-11-21 03:00:00", threeOClock, false);
        row("2026-11-21 12:00:00 +0900", threeOClock);
        row("### 2026-11-21 03:00:00 UTC ###", threeOClock);
        row("=== Sat Nov 21 03:00:00 UTC 2026 ===", threeOClock);
        row("[2026-11-21T03:00:00Z]", threeOClock);
        row("date: Sat Nov 21 03:00:00 UTC 2026", threeOClock);
        row("Nov 21 03:00:00 web1 kernel: something", 0);
        row("Sat Nov 21 03:00:00 UTC 2026 all is well", 0);
        row("top - 03:00:00 up 2 days", 0);
        row("2026-11-21 03:00:00 web1 sshd: hello", 0);
        row("192.0.2.1:80 192.0.2.2:90", 0);
    }
    void dateLines()
    {
        QFETCH(QString, line);
        QFETCH(double, time);
        QFETCH(bool, hasZone);
        const std::string text = line.toStdString();
        const auto read = parse::readDateLine(text);
        QCOMPARE(read.has_value(), time != 0);
        if (read) {
            QCOMPARE(toSeconds(read->time), time);
            QCOMPARE(read->hasZone, hasZone);
        }
    }

    void datesOfOtherTextsAreNoStamps_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("iostat -t")
            << "Linux 5.1 (web1) 11/21/2026 _x86_64_ (2 CPU)\n\n2026-11-21T03:00:00+0000\navg-cpu: "
               "%user\n          1.0\n";
        QTest::newRow("thread dump")
            << "2026-11-21 03:00:00\nFull thread dump OpenJDK 64-Bit Server VM:\n\"x\" prio=1\n";
        QTest::newRow("iostat -dht") << "Linux 5.1 (web1) 11/21/2026 _x86_64_ (2 CPU)\n\n2026-11-21T03:00:00+0000\n  "
                                        "tps kB_read/s Device\n 1.0 2.0k sda\n";
        QTest::newRow("dmesg -T") << "[Sat Nov 21 03:00:00 2026] \n[Sat Nov 21 03:00:01 2026] usb 1-1: gone\n";
        QTest::newRow("jcmd") << "4121\n2026-11-21T03:00:00Z\n21+35\n\n#1 \"main\"\n";
        QTest::newRow("W3C log") << "#Software: x\n#Date: 2026-11-21 03:00:00\n#Fields: time c-ip\n";
        QTest::newRow("a date alone") << "Sat Nov 21 03:00:00 UTC 2026\n";
        QTest::newRow("far below") << QString(200, '\n').replace("\n", "a line of a log, and more\n")
                + "Sat Nov 21 03:00:00 UTC 2026\nx\n";
    }
    void datesOfOtherTextsAreNoStamps()
    {
        QFETCH(QString, text);
        const std::string bytes = text.toStdString();
        QVERIFY(!parse::splitAtStamps(bytes));
    }

    void severalHostsAreOpenedOneByOne_data()
    {
        QTest::addColumn<QString>("pack");
        QTest::addColumn<QStringList>("hosts");
        const QString folder = QString::fromStdString(sos);
        const QString two =
            "mkdir all && mv " + folder + " stalk all && cp -r all/stalk all/db2 && echo hi > all/README";
        const QStringList three{"db2", folder, "stalk"};
        QTest::newRow("folder") << two + " && mv all in" << three;
        QTest::newRow("tar") << two + " && cd all && tar cf ../in *" << three;
        QTest::newRow("a tar for each, in a tar")
            << two + " && cd all && tar czf a.tgz " + folder + " && tar czf b.tgz stalk && tar cf ../in a.tgz b.tgz"
            << QStringList{"a.tgz/" + folder, "b.tgz/stalk"};
        QTest::newRow("a tar for each, in a folder") << two + " && mkdir in && cd all && tar czf ../in/a.tgz " + folder
                + " && tar czf ../in/b.tgz stalk" << QStringList{"a.tgz/" + folder, "b.tgz/stalk"};
    }
    void severalHostsAreOpenedOneByOne()
    {
        QFETCH(QString, pack);
        QFETCH(QStringList, hosts);
        QVERIFY(run(pack.toStdString()));
        std::vector<std::string> found;
        const auto refused = parse::loadPath(at("in"), {}, {}, {}, &found);
        QVERIFY(!refused.hasValue());
        QVERIFY(refused.error().what.find("several hosts") != std::string::npos);
        QStringList names;
        for (const std::string& path : found)
            names << QString::fromStdString(path.substr(at("in").size() + 1));
        QCOMPARE(names, hosts);
        for (const std::string& path : found) {
            const auto snapshot = parse::loadPath(path);
            QVERIFY2(snapshot.hasValue(), snapshot ? "" : snapshot.error().text().c_str());
            QCOMPARE((*snapshot)->path, path);
            const bool isWeb = path.find("sosreport") != std::string::npos;
            QCOMPARE((*snapshot)->host.hostname, std::string(isWeb ? "web1.example.org" : "db1.example.org"));
            QVERIFY(isWeb == (sourceOf(**snapshot, "proc/meminfo") == "proc_meminfo"));
        }
    }

    void captureBesideOtherFiles_data()
    {
        QTest::addColumn<QString>("pack");
        QTest::newRow("file in a folder") << "mkdir in && mv c in/web1.hindcast.tar.zst && cp loops/uptime.log in";
        QTest::newRow("unpacked in a folder")
            << "mkdir -p in/c1 && zstd -dc c | tar xf - -C in/c1 && cp loops/uptime.log in";
        QTest::newRow("file in a tar")
            << "mv c web1.hindcast.tar.zst && tar cf in web1.hindcast.tar.zst loops/uptime.log";
        QTest::newRow("unpacked in a tar")
            << "mkdir c1 && zstd -dc c | tar xf - -C c1 && tar cf in c1/start c1/seg c1/end loops/uptime.log; true";
    }
    void captureBesideOtherFiles()
    {
        QFETCH(QString, pack);
        const auto sample = test::makeSampleCapture();
        test::writeFile(at("c"), sample.bytes);
        QVERIFY(run(pack.toStdString()));
        const SnapshotPointer alone = loadWhole(sample.bytes);
        const SnapshotPointer snapshot = load("in");
        QVERIFY(snapshot && alone);
        bool isCaptureRead = false, isLogRead = false;
        for (const Series& series : snapshot->series) {
            isCaptureRead = isCaptureRead
                || (series.source == "proc_loadavg" && valuesOf(&series) == valuesOf(alone->find("load.1")));
        }
        for (const Table& table : snapshot->tables)
            isLogRead = isLogRead || table.source == "uptime";
        QVERIFY(isLogRead);
        QVERIFY(isCaptureRead);
        QCOMPARE(snapshot->host.hostname, alone->host.hostname);
    }

    void linksStayInTheFolder()
    {
        QVERIFY(run("mkdir in && cp proc-meminfo in 2>/dev/null; cp " + sos
            + "/proc/meminfo in/m && ln -s m in/inside && "
              "ln -s /etc/passwd in/outside && ln -s loop in/loop && ln -s .. in/up && ln -s nowhere in/broken"));
        const SnapshotPointer snapshot = load("in");
        QVERIFY(snapshot);
        QCOMPARE(snapshot->members.size(), std::size_t{1});
        QVERIFY(hasNote(*snapshot, "leads out of the folder"));
        QVERIFY(hasNote(*snapshot, "lead nowhere"));
        QVERIFY(!snapshot->isPartial);
    }

    void hostileTars_data()
    {
        QTest::addColumn<QByteArray>("content"); // between two good members
        QTest::addColumn<QString>("note"); // "" = nothing to complain of
        const auto row = [](const char* name, const std::string& content, const char* note) {
            QTest::newRow(name) << QByteArray::fromStdString(content) << note;
        };
        row("leaves the folder", tarMember("../evil", meminfo), "unsafe path");
        row("leaves it from within", tarMember("a/../../evil", meminfo), "unsafe path");
        row("absolute", tarMember("/etc/passwd", meminfo), "unsafe path");
        row("escape sequence in the name", tarMember("a\x1b[2J", meminfo), "unsafe path");
        row("device", tarMember("null", "", '3'), "no files");
        row("link", tarMember("link", "", '2'), "links were passed over");
        row("not UTF-8", tarMember("caf\xe9", meminfo), "");
        row("the same name twice", tarMember("good1", meminfo), "");
        row("begins like gzip, and is not", tarMember("x.gz", std::string("\x1f\x8b\x08", 3) + std::string(500, 'x')),
            "");
    }
    void hostileTars()
    {
        QFETCH(QByteArray, content);
        QFETCH(QString, note);
        test::writeFile(at("in"),
            tarMember("good1", meminfo) + content.toStdString() + tarMember("good2", meminfo)
                + std::string(1024, '\0'));
        const SnapshotPointer snapshot = load("in");
        QVERIFY(snapshot);
        QCOMPARE(sourceOf(*snapshot, "good1"), std::string("proc_meminfo"));
        QCOMPARE(sourceOf(*snapshot, "good2"), std::string("proc_meminfo"));
        if (note.isEmpty())
            QCOMPARE(snapshot->members.size(), std::size_t{3});
        QVERIFY2(note.isEmpty() || hasNote(*snapshot, note.toStdString()), allNotes(*snapshot).c_str());
    }

    /// Ten gigabytes of zeros are looked at, not unpacked to the end, let alone kept.
    void bombs_data()
    {
        QTest::addColumn<QString>("pack");
        // A gigabyte of zeros in a frame of its own, ten of them behind one another.
        const QString zeros = "head -c 1G /dev/zero | zstd -q > 1.zst && cat 1.zst 1.zst 1.zst 1.zst 1.zst 1.zst 1.zst "
                              "1.zst 1.zst 1.zst > zeros.zst && ";
        QTest::newRow("a member, packed") << zeros + "tar cf in good zeros.zst also";
        QTest::newRow("in a folder") << zeros + "mkdir in && mv zeros.zst good also in";
        QTest::newRow("a member, of a packed tar")
            << zeros + "zstd -q head tail && cat head.zst 1.zst 1.zst 1.zst 1.zst 1.zst 1.zst 1.zst tail.zst > in";
    }
    void bombs()
    {
        QFETCH(QString, pack);
        test::writeFile(at("good"), meminfo);
        test::writeFile(at("also"), meminfo);
        const auto header = framing::makeTarHeader({"zeros", 7ULL << 30, 1795230007, '0'});
        test::writeFile(at("head"), tarMember("good", meminfo) + std::string(header->data(), header->size()));
        test::writeFile(at("tail"), tarMember("also", meminfo) + std::string(1024, '\0'));
        QVERIFY(run(pack.toStdString()));
        const SnapshotPointer snapshot = load("in");
        QVERIFY(snapshot);
        QCOMPARE(sourceOf(*snapshot, "good"), std::string("proc_meminfo"));
        if (qstrcmp(QTest::currentDataTag(), "a member, of a packed tar") == 0)
            QVERIFY2(hasNote(*snapshot, "hundreds of times its size"), allNotes(*snapshot).c_str());
        else
            QCOMPARE(sourceOf(*snapshot, "also"), std::string("proc_meminfo"));
    }

    void archivesTooDeepAreNamed()
    {
        test::writeFile(at("good"), meminfo);
        QVERIFY(run("tar cf a.tar good && tar cf b.tar a.tar good && tar cf in b.tar good"));
        const SnapshotPointer snapshot = load("in");
        QVERIFY(snapshot);
        QCOMPARE(sourceOf(*snapshot, "b.tar/good"), std::string("proc_meminfo"));
        QCOMPARE(sourceOf(*snapshot, "b.tar/a.tar"), std::string());
        QVERIFY(hasNote(*snapshot, "not opened"));
        QVERIFY(!snapshot->isPartial);
    }

    void damageOfOneMemberIsItsOwn()
    {
        std::string text = "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n"
                           " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n";
        for (int i = 0; i < 20000; ++i)
            text += " 1  0  0  " + std::to_string(i * 7919 % 20011) + "  1000 2000  0 0 "
                + std::to_string(i * 10473 % 9973) + "  30  100  200  3  1 95  1  0\n";
        test::writeFile(at("log"), text);
        test::writeFile(at("good"), meminfo);
        QVERIFY(run("gzip log && truncate -s 30000 log.gz && xz -k good && tar cf in log.gz good.xz good"));
        const SnapshotPointer snapshot = load("in");
        QVERIFY(snapshot);
        QVERIFY(snapshot->isPartial);
        QCOMPARE(sourceOf(*snapshot, "log.gz"), std::string("vmstat")); // as far as it goes
        QCOMPARE(sourceOf(*snapshot, "good.xz"), std::string("proc_meminfo"));
        QCOMPARE(sourceOf(*snapshot, "good"), std::string("proc_meminfo"));
    }

    void cutAnywhere()
    {
        QVERIFY(run("tar cf whole " + sos));
        QFile file(QString::fromStdString(at("whole")));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const std::string whole = file.readAll().toStdString();
        for (std::size_t cut = 1; cut < whole.size(); cut += 1499) {
            test::writeFile(at("in"), whole.substr(0, cut));
            const auto loaded = parse::loadPath(at("in")); // an error or what was before the cut, and no crash
            if (loaded)
                QVERIFY((*loaded)->members.size() > 0);
        }
    }

    void manyMembers()
    {
        std::string bytes;
        const std::string one = tarMember("d/000000", "x\n");
        bytes.reserve(one.size() * 100'000);
        for (int i = 0; i < 100'000; ++i)
            bytes += i % 1000 == 0 ? tarMember("d/" + std::to_string(1000000 + i), "x\n") : one;
        bytes += tarMember("good", meminfo) + std::string(1024, '\0');
        test::writeFile(at("in"), bytes);
        const SnapshotPointer snapshot = load("in");
        QVERIFY(snapshot);
        QCOMPARE(snapshot->members.size(), std::size_t{100'001});
        QCOMPARE(sourceOf(*snapshot, "good"), std::string("proc_meminfo"));
    }

    void timesOfFilesReachTheirMembers_data()
    {
        QTest::addColumn<QString>("pack");
        QTest::newRow("tar") << "tar cf in good";
        QTest::newRow("zip") << "TZ=UTC python3 -m zipfile -c in good";
        QTest::newRow("folder") << "mkdir in && cp -p good in";
        QTest::newRow("bare file") << "cp -p good in";
        QTest::newRow("packed in a tar") << "gzip -n good && touch -d @1795230006 good.gz && tar cf in good.gz";
    }
    void timesOfFilesReachTheirMembers()
    {
        QFETCH(QString, pack);
        test::writeFile(at("good"), meminfo);
        QVERIFY(run("touch -d @1795230006 good && " + pack.toStdString()));
        auto archive = archive::Archive::open(at("in"));
        QVERIFY(archive.hasValue());
        archive->setInterest([](std::string_view, std::string_view) { return true; });
        const auto part = archive->next(archive::Detail::Full);
        QVERIFY(part && part->members.size() == 1);
        QCOMPARE(part->members.front().modified, std::int64_t{1795230006});
        QCOMPARE(std::string(part->members.front().bytes), meminfo);
    }

    void rootsOfBundles_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("root"); // "-" = none
        const auto row = [](const char* path, const char* root) { QTest::newRow(path) << path << root; };
        row("sos_commands/date/date", "");
        row("web1/sos_commands/date/date", "web1/");
        row("sosreport-web1-2026-11-21-abc/proc/meminfo", "sosreport-web1-2026-11-21-abc/");
        row("sosreport-web1.tar.xz", "-");
        row("sosreport-web1.tar.xz/sosreport-web1/etc/hosts", "sosreport-web1.tar.xz/sosreport-web1/");
        row("seg/0/manifest.json", "");
        row("c1/seg/12/t/000731.txt", "c1/");
        row("seg/x/manifest.json", "-");
        row("a/2026_11_21_03_00_00-vmstat", "a/");
        row("a/2026_11_21_03_00-vmstat", "-");
        row("db1/archive/oswvmstat/db1_vmstat_26.11.21.0300.dat", "db1/archive/");
        row("logs/vmstat.txt", "-");
    }
    void rootsOfBundles()
    {
        QFETCH(QString, path);
        QFETCH(QString, root);
        const std::string text = path.toStdString();
        const auto found = archive::bundleRootOf(text);
        QCOMPARE(QString::fromStdString(std::string(found.value_or("-"))), root);
    }

private:
    static inline const std::string sos = "sosreport-web1-2026-11-21-qxwzkfa";

    std::string at(const std::string& name) const { return m_folder->path().toStdString() + '/' + name; }

    bool run(const std::string& command)
    {
        QProcess process;
        process.setWorkingDirectory(m_folder->path());
        process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), QString::fromStdString(command)});
        return process.waitForFinished(120000) && process.exitCode() == 0;
    }

    SnapshotPointer load(const std::string& name)
    {
        const auto snapshot = parse::loadPath(at(name));
        if (!snapshot)
            qWarning("%s", snapshot.error().text().c_str());
        return snapshot ? *snapshot : nullptr;
    }

    SnapshotPointer loadWhole(const std::string& bytes)
    {
        test::writeFile(at("alone"), bytes);
        return load("alone");
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestBundles)
#include "tst_bundles.moc"
