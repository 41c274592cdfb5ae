// Opening captures in every form and every state: finished, cut at any byte, with any byte flipped, unpacked, repacked,
// hostile.
#include "archive/archive.h"
#include "archive/part_decoder.h"
#include "archive/verify.h"
#include "framing/tar_header.h"
#include "sample_capture.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

using namespace hindcast;
using archive::Archive;
using archive::Detail;

namespace {

struct Read {
    std::vector<std::uint64_t> ticks; ///< numbers, in the order they came
    std::vector<std::string> tickBytes;
    std::vector<std::string> paths;
    std::vector<archive::Damage> damage;
    bool hasLoss() const
    {
        return std::any_of(damage.begin(), damage.end(), [](const archive::Damage& one) { return one.isLoss; });
    }
};

Read readAll(Archive& archive, Detail detail = Detail::Full)
{
    Read read;
    read.damage = archive.damage();
    while (auto part = archive.next(detail)) {
        for (const archive::Member& member : part->members) {
            read.paths.push_back(member.path);
            if (const auto tick = archive::tickOf(member.path)) {
                read.ticks.push_back(*tick);
                read.tickBytes.emplace_back(member.bytes);
            }
        }
        read.damage.insert(read.damage.end(), part->damage.begin(), part->damage.end());
    }
    return read;
}

std::vector<std::uint64_t> countTo(std::uint64_t count)
{
    std::vector<std::uint64_t> numbers(count);
    for (std::uint64_t i = 0; i < count; ++i)
        numbers[i] = i;
    return numbers;
}

std::string shell(const std::string& command)
{
    QProcess process;
    process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), QString::fromStdString(command)});
    process.waitForFinished(60000);
    return process.readAllStandardOutput().toStdString();
}

std::string tarMember(const std::string& path, const std::string& bytes, char type = '0')
{
    framing::TarMember member{path, bytes.size(), 0, type};
    const auto header = framing::makeTarHeader(member);
    std::string text(header->data(), header->size());
    return text + bytes + std::string(framing::tarPadding(bytes.size()), '\0');
}

std::string zstdFrame(const std::string& bytes)
{
    std::string frame(ZSTD_compressBound(bytes.size()), '\0');
    frame.resize(ZSTD_compress(frame.data(), frame.size(), bytes.data(), bytes.size(), 3));
    return frame;
}

/// A frame with its index record: what a hostile writer would produce.
std::string indexedFrame(const std::string& content)
{
    const std::string frame = zstdFrame(content);
    framing::IndexRecord record;
    record.kind = framing::FrameKind::Members;
    record.rawBytes = content.size();
    record.frameBytes = frame.size();
    record.sha256 = framing::chainDigest(record.previous, frame, framing::indexPayloadHead(record));
    return frame + framing::encodeIndexFrame(record);
}

} // namespace

class TestArchive : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_sample = test::makeSampleCapture();
        QVERIFY(m_folder.isValid());
    }

    void formsHoldTheSameTicks_data()
    {
        QTest::addColumn<QString>("command"); // from sample.zst in the folder to `out`
        QTest::newRow("as written") << "cp sample.zst out";
        QTest::newRow("unpacked folder") << "mkdir out && zstd -dcq sample.zst | tar -x -C out";
        QTest::newRow("recompressed with gzip") << "zstd -dcq sample.zst | gzip > out";
        QTest::newRow("recompressed with xz") << "zstd -dcq sample.zst | xz > out";
        QTest::newRow("plain tar") << "zstd -dcq sample.zst > out";
        QTest::newRow("recompressed by zstd, no index") << "zstd -dcq sample.zst | zstd -q > out";
        QTest::newRow("packed again by tar")
            << "mkdir x && zstd -dcq sample.zst | tar -x -C x && tar -C x -czf out . && rm -r x";
    }
    void formsHoldTheSameTicks()
    {
        QFETCH(QString, command);
        const std::string folder = m_folder.path().toStdString();
        test::writeFile(folder + "/sample.zst", m_sample.bytes);
        shell("cd " + folder + " && rm -rf out && " + command.toStdString());
        auto archive = Archive::open(folder + "/out");
        QVERIFY2(archive.hasValue(), archive ? "" : archive.error().text().c_str());
        Read read = readAll(*archive);
        if (command.contains("tar -C x")) // by folder, in no order: load puts the segments right, see tst_load
            std::sort(read.ticks.begin(), read.ticks.end());
        QCOMPARE(read.ticks, countTo(m_sample.ticks));
        QVERIFY2(read.damage.empty(), read.damage.empty() ? "" : read.damage.front().what.c_str());
        QVERIFY(std::count(read.paths.begin(), read.paths.end(), "start/etc/os-release") == 1);
        archive->rewind();
        QCOMPARE(readAll(*archive).ticks.size(), std::size_t{m_sample.ticks});
        archive->rewind();
        Read keyframes = readAll(*archive, Detail::Keyframes);
        std::sort(keyframes.ticks.begin(), keyframes.ticks.end());
        QCOMPARE(keyframes.ticks, (std::vector<std::uint64_t>{0, 5, 10, 15}));
        QVERIFY(keyframes.damage.empty());
    }

    void overviewIsKnownAtOnce()
    {
        auto archive = open(m_sample.bytes);
        QVERIFY(archive.hasValue());
        QVERIFY(archive->overview().form == archive::Form::Capture);
        QVERIFY(archive->overview().isFinished);
        QCOMPARE(archive->overview().parts, std::size_t{6}); // start, four segments, close
        QVERIFY(archive->overview().range->duration() == std::chrono::seconds(m_sample.ticks - 1));
    }

    void cutAnywhereKeepsEveryFlushedTick()
    {
        std::mt19937 random(3);
        std::vector<std::size_t> cuts;
        for (std::size_t near : m_sample.tickEnds) // right at, before and behind each flush
            for (const int offset : {-1, 0, 1})
                cuts.push_back(near + static_cast<std::size_t>(offset));
        for (int i = 0; i < 200; ++i)
            cuts.push_back(1 + random() % (m_sample.bytes.size() - 1));
        for (const std::size_t cut : cuts) {
            const auto flushed = static_cast<std::size_t>(std::count_if(
                m_sample.tickEnds.begin(), m_sample.tickEnds.end(), [&](std::uint64_t end) { return end <= cut; }));
            auto archive = open(m_sample.bytes.substr(0, cut));
            if (!archive) {
                QCOMPARE(flushed, std::size_t{0});
                QVERIFY(!archive.error().what.empty());
                continue;
            }
            const Read read = readAll(*archive);
            // The last flush of a tick carries a byte of padding only: the tick can be read a moment before it ends.
            constexpr std::size_t lastFlush = 16;
            const bool isNextReadable = flushed < m_sample.tickEnds.size() && read.ticks.size() > flushed
                && cut + lastFlush >= m_sample.tickEnds[flushed];
            QVERIFY2(read.ticks == countTo(flushed + (isNextReadable ? 1 : 0)),
                qPrintable(
                    QStringLiteral("cut at %1: %2 ticks instead of %3").arg(cut).arg(read.ticks.size()).arg(flushed)));
            QVERIFY2(!read.damage.empty() || cut >= m_sample.bytes.size() - 2000,
                qPrintable(QStringLiteral("cut at %1 is not said").arg(cut)));
        }
    }

    void flippedByteCostsAtMostItsSegment()
    {
        auto whole = open(m_sample.bytes);
        const Read truth = readAll(*whole);
        std::mt19937 random(5);
        for (int i = 0; i < 2000; ++i) {
            const std::size_t place = random() % m_sample.bytes.size();
            std::string bytes = m_sample.bytes;
            bytes[place] = static_cast<char>(static_cast<unsigned char>(bytes[place]) ^ (1U << (random() % 8)));
            auto archive = open(bytes);
            QVERIFY2(archive.hasValue(), qPrintable(QStringLiteral("byte %1").arg(place)));
            const Read read = readAll(*archive);
            std::vector<std::uint64_t> lost;
            std::size_t next = 0;
            for (const std::uint64_t tick : truth.ticks) {
                if (next < read.ticks.size() && read.ticks[next] == tick) {
                    QVERIFY2(read.tickBytes[next] == truth.tickBytes[tick],
                        qPrintable(QStringLiteral("byte %1 changed tick %2").arg(place).arg(tick)));
                    ++next;
                } else {
                    lost.push_back(tick / 5);
                }
            }
            QVERIFY2(next == read.ticks.size(), "ticks out of order or twice");
            if (lost.empty())
                continue;
            QVERIFY2(
                lost.front() == lost.back(), qPrintable(QStringLiteral("byte %1 cost more than a segment").arg(place)));
            QVERIFY2(read.hasLoss(), qPrintable(QStringLiteral("byte %1: the loss is not said").arg(place)));
        }
    }

    void verifyTellsSoundFromChanged()
    {
        const std::string path = write(m_sample.bytes);
        auto sound = archive::verify(path);
        QVERIFY(sound.hasValue());
        QVERIFY(sound->isSound);
        QCOMPARE(sound->ticks, std::uint64_t{m_sample.ticks});
        QCOMPARE(*sound->lastGoodTick, std::uint64_t{m_sample.ticks} - 1);
        for (std::size_t place = 10; place < m_sample.bytes.size(); place += 97) {
            std::string bytes = m_sample.bytes;
            bytes[place] = static_cast<char>(bytes[place] ^ 0x10);
            const bool isInSeekTable =
                place + 8 + 9 + 12 * 8 > bytes.size(); // an aid for others: nothing of ours rests on it
            auto verdict = archive::verify(write(bytes));
            if (verdict.hasValue() && !isInSeekTable)
                QVERIFY2(!verdict->isSound, qPrintable(QStringLiteral("byte %1").arg(place)));
        }
        // A whole segment taken out: every remaining frame is intact, the chain is not.
        const std::string removed =
            m_sample.bytes.substr(0, m_sample.frameEnds[1]) + m_sample.bytes.substr(m_sample.frameEnds[2]);
        auto verdict = archive::verify(write(removed));
        QVERIFY(verdict.hasValue() && !verdict->isSound);
        QCOMPARE(verdict->missedTicks, std::uint64_t{5});
    }

    void segmentsByConcatenationAreACapture()
    {
        // What `cat` of a ring's segments gives: no start, no close.
        const std::string ring =
            m_sample.bytes.substr(m_sample.frameEnds[1], m_sample.frameEnds[3] - m_sample.frameEnds[1]);
        auto archive = open(ring);
        QVERIFY(archive.hasValue());
        const Read read = readAll(*archive);
        QCOMPARE(read.ticks, (std::vector<std::uint64_t>{5, 6, 7, 8, 9, 10, 11, 12, 13, 14}));
        QVERIFY(!read.hasLoss());
    }

    void hostileMembersAreRefused_data()
    {
        QTest::addColumn<QByteArray>("content");
        const auto row = [](const char* name, const std::string& content) {
            QTest::newRow(name) << QByteArray::fromStdString(content);
        };
        row("leaves the folder", tarMember("../evil", "x"));
        row("absolute", tarMember("/etc/passwd", "x"));
        row("hidden dots", tarMember("seg/0/../../x", "x"));
        row("escape sequence in the name", tarMember("a\x1b[2J", "x"));
        row("symbolic link", tarMember("link", "", '2'));
        row("device", tarMember("device", "", '3'));
        std::string huge = tarMember("huge", "");
        std::memcpy(huge.data() + 124, "77777777777", 11); // 8 GiB
        std::memset(huge.data() + 148, ' ', 8);
        unsigned sum = 0;
        for (int i = 0; i < 512; ++i)
            sum += static_cast<unsigned char>(huge[static_cast<std::size_t>(i)]);
        std::snprintf(huge.data() + 148, 8, "%06o", sum);
        row("claims 8 GiB", huge);
        row("garbage for a header", std::string(1024, 'g'));
        row("tick without its end line", tarMember("seg/0/t/000000.txt", "== hindcast/tick 0 0 0 3\nabc\n"));
        row("decompresses to more than its limit", tarMember("bomb", std::string(3 << 20, 'b')));
    }
    void hostileMembersAreRefused()
    {
        QFETCH(QByteArray, content);
        archive::Limits limits;
        limits.partBytes = 2 << 20;
        limits.memberBytes = 1 << 20;
        const std::string good = tarMember("start/good", "good");
        const std::string path = write(indexedFrame(good) + indexedFrame(content.toStdString()) + indexedFrame(good));
        auto archive = Archive::open(path, limits);
        QVERIFY(archive.hasValue());
        const Read read = readAll(*archive);
        QCOMPARE(read.paths, (std::vector<std::string>{"start/good", "start/good"}));
        QVERIFY(read.hasLoss());
    }

    void whatCannotBeOpenedIsSaid_data()
    {
        QTest::addColumn<QString>("make"); // shell commands that make `in`
        QTest::addColumn<QString>("what");
        QTest::newRow("absent") << "true"
                                << "no such file or directory";
        QTest::newRow("empty file") << ": > in"
                                    << "empty file";
        QTest::newRow("empty folder") << "mkdir in"
                                      << "an empty folder";
        QTest::newRow("pipe") << "mkfifo in"
                              << "not a regular file; pipe it in with - instead";
    }
    void whatCannotBeOpenedIsSaid()
    {
        QFETCH(QString, make);
        QFETCH(QString, what);
        const std::string folder = m_folder.path().toStdString();
        shell("cd " + folder + " && rm -rf in && " + make.toStdString());
        auto archive = Archive::open(folder + "/in");
        QVERIFY(!archive.hasValue());
        QCOMPARE(QString::fromStdString(archive.error().what), what);
        QCOMPARE(archive.error().where, folder + "/in");
    }

    void permissionDeniedIsSaid()
    {
        if (::geteuid() == 0)
            QSKIP("root may read everything: run as another user to check this");
        const std::string path = write("x");
        ::chmod(path.c_str(), 0);
        auto archive = Archive::open(path);
        ::chmod(path.c_str(), 0600);
        QVERIFY(!archive.hasValue());
        QCOMPARE(QString::fromStdString(archive.error().what), QStringLiteral("permission denied"));
    }

    void symbolicLinksInFoldersAreNotFollowed()
    {
        const std::string folder = m_folder.path().toStdString();
        shell("cd " + folder + " && rm -rf in && mkdir in && echo x > in/a && ln -s /etc/passwd in/b && ln -s / in/c");
        auto archive = Archive::open(folder + "/in");
        QVERIFY(archive.hasValue());
        const Read read = readAll(*archive);
        QCOMPARE(read.paths, (std::vector<std::string>{"a"}));
        QCOMPARE(read.damage.size(), std::size_t{2});
    }

    void randomBytesNeverCrash()
    {
        std::mt19937 random(17);
        for (int round = 0; round < 300; ++round) {
            std::string bytes(random() % 5000, '\0');
            for (char& c : bytes)
                c = static_cast<char>(random());
            if (round % 3 == 0) // begins like one of ours
                bytes = m_sample.bytes.substr(0, random() % m_sample.bytes.size()) + bytes;
            if (round % 3 == 1) // holds an index record and then garbage
                bytes = m_sample.bytes.substr(0, m_sample.frameEnds[0]) + bytes
                    + m_sample.bytes.substr(m_sample.frameEnds[0]);
            auto archive = open(bytes);
            if (archive)
                readAll(*archive);
        }
    }

private:
    std::string write(const std::string& bytes)
    {
        const std::string path = m_folder.path().toStdString() + "/capture.zst";
        test::writeFile(path, bytes);
        return path;
    }
    Result<Archive> open(const std::string& bytes) { return Archive::open(write(bytes)); }

    QTemporaryDir m_folder;
    test::SampleCapture m_sample;
};

QTEST_GUILESS_MAIN(TestArchive)
#include "tst_archive.moc"
