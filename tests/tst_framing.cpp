// The framing of a capture: checksums, tar headers, blocks, tick ends, index records, and the writer that joins them.
#include "framing/block.h"
#include "framing/capture_writer.h"
#include "framing/checksums.h"
#include "framing/index_frame.h"
#include "framing/tar_header.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <vector>

using namespace hindcast::framing;

namespace {

std::string_view view(const QByteArray& bytes)
{
    return {bytes.data(), static_cast<std::size_t>(bytes.size())};
}
QByteArray bytes(std::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

struct MemorySink final : Sink {
    int write(std::string_view part) override
    {
        if (taken.size() + part.size() > room) {
            taken += part.substr(0, room - taken.size());
            return ENOSPC;
        }
        taken += part;
        return 0;
    }
    std::string taken;
    std::size_t room = SIZE_MAX;
};

/// What `zstd -dc` makes of it; `isWhole` tells whether it was content.
QByteArray decompressed(std::string_view frames, bool& isWhole)
{
    QProcess zstd;
    zstd.start("zstd", {"-dc"});
    zstd.write(bytes(frames));
    zstd.closeWriteChannel();
    zstd.waitForFinished();
    isWhole = zstd.exitStatus() == QProcess::NormalExit && zstd.exitCode() == 0;
    return zstd.readAllStandardOutput();
}

struct Member {
    TarMember header;
    std::string body;
};
std::vector<Member> members(const QByteArray& tar, bool& hasEnd)
{
    std::vector<Member> found;
    std::string_view rest = view(tar);
    hasEnd = false;
    while (rest.size() >= tarBlockSize) {
        Member member;
        const auto kind = parseTarHeader(rest.substr(0, tarBlockSize), member.header);
        if (kind != TarHeaderKind::Member) {
            hasEnd = kind == TarHeaderKind::End;
            break;
        }
        const auto size = static_cast<std::size_t>(member.header.size);
        if (rest.size() < tarBlockSize + size)
            break;
        member.body = rest.substr(tarBlockSize, size);
        rest.remove_prefix(std::min(rest.size(), tarBlockSize + size + static_cast<std::size_t>(tarPadding(size))));
        found.push_back(std::move(member));
    }
    return found;
}

std::string oneBlock(std::string_view path, std::string_view body)
{
    std::string text;
    appendBlock(text, path, 17, 3, 0, body);
    return text;
}

/// Members, two segments (of two ticks and one), closed.
int writeSmallCapture(CaptureWriter& writer)
{
    writer.addMember("start/proc/version", "Linux made up\n", 1700000000);
    if (const int failure = writer.endMembers())
        return failure;
    for (const std::uint64_t tick : {0U, 1U, 3U}) {
        if (!writer.isSegmentOpen())
            if (const int failure = writer.beginSegment("{}\n", "1 5 0 init \n", 1700000000))
                return failure;
        std::string blocks = oneBlock("/proc/loadavg", "0.1 " + std::to_string(tick) + "\n");
        const auto second = static_cast<std::int64_t>(tick);
        if (const int failure =
                writer.addTick({tick, (1700000000 + second) * 1'000'000'000, (50 + second) * 1'000'000'000}, blocks))
            return failure;
        if (writer.isSegmentFull())
            if (const int failure = writer.endSegment())
                return failure;
    }
    return writer.close();
}

WriterSettings smallSegments()
{
    WriterSettings settings;
    settings.ticksPerSegment = 2;
    return settings;
}

} // namespace

class TestFraming : public QObject {
    Q_OBJECT

private slots:
    void crc_data();
    void crc();
    void crcGoesOnPieceByPiece();
    void sha_data();
    void sha();
    void shaIsTheSameHoweverItIsFed();
    void hexIsRefusedWhenItIsNotADigest();

    void tarHeaderIsReadBack_data();
    void tarHeaderIsReadBack();
    void tarListsOurHeaders();
    void tarHeaderRefusesWhatDoesNotFit();
    void damagedTarHeaderIsKnown();
    void memberPaths_data();
    void memberPaths();

    void escaping_data();
    void escaping();
    void loosePercentStandsForItself();
    void blockHeaderIsReadBack_data();
    void blockHeaderIsReadBack();
    void notABlockHeader_data();
    void notABlockHeader();
    void bodyMayLookLikeBlocks();

    void tickEnd();
    void everyCutOfATickIsTornOrCorrupt();
    void everyChangedByteOfATickIsSeen();

    void indexFrameIsReadBack();
    void indexPayloadOfALaterVersion();
    void notAnIndexPayload_data();
    void notAnIndexPayload();

    void captureIsReadByPlainTools();
    void captureIsValidAfterEveryTick();
    void indexFramesChainTheFrames();
    void seekTableCoversTheFile();
    void segmentIsFullByBytes();
    void writerStopsAtTheFirstError();
    void writerRefusesUnsafePaths();
};

void TestFraming::crc_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<quint32>("expected");
    QByteArray rising, falling;
    for (int i = 0; i < 32; ++i) {
        rising += static_cast<char>(i);
        falling += static_cast<char>(31 - i);
    }
    // RFC 3720 B.4, and the check value everybody quotes.
    QTest::addRow("32 zeros") << QByteArray(32, '\0') << 0x8A9136AAU;
    QTest::addRow("32 ones") << QByteArray(32, '\xFF') << 0x62A8AB43U;
    QTest::addRow("rising") << rising << 0x46DD794EU;
    QTest::addRow("falling") << falling << 0x113FDB5CU;
    QTest::addRow("123456789") << QByteArray("123456789") << 0xE3069283U;
    QTest::addRow("nothing") << QByteArray() << 0U;
}

void TestFraming::crc()
{
    QFETCH(QByteArray, text);
    QFETCH(quint32, expected);
    QCOMPARE(crc32c(view(text)), expected);
}

void TestFraming::crcGoesOnPieceByPiece()
{
    const std::string text = "the quick brown fox jumps over the lazy dog";
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
        QCOMPARE(crc32c(text.substr(cut), crc32c(text.substr(0, cut))), crc32c(text));
}

void TestFraming::sha_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    // FIPS 180-4 examples.
    QTest::addRow("nothing") << QByteArray()
                             << QByteArray("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    QTest::addRow("abc") << QByteArray("abc")
                         << QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    QTest::addRow("448 bits") << QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                              << QByteArray("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    QTest::addRow("a million a") << QByteArray(1'000'000, 'a')
                                 << QByteArray("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

void TestFraming::sha()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    Sha256 hash;
    hash.add(view(text));
    const Digest digest = hash.digest();
    QCOMPARE(bytes(toHex(digest)), expected);
    Digest readBack{};
    QVERIFY(fromHex(view(expected), readBack));
    QVERIFY(readBack == digest);
}

void TestFraming::shaIsTheSameHoweverItIsFed()
{
    for (std::size_t length : {0U, 1U, 55U, 56U, 63U, 64U, 65U, 127U, 128U, 200U}) {
        const std::string text(length, 'x');
        Sha256 whole;
        whole.add(text);
        const Digest expected = whole.digest();
        for (std::size_t cut = 0; cut <= length; ++cut) {
            Sha256 pieces;
            pieces.add(text.substr(0, cut));
            pieces.add(text.substr(cut));
            QVERIFY(pieces.digest() == expected);
        }
    }
}

void TestFraming::hexIsRefusedWhenItIsNotADigest()
{
    Digest digest{};
    QVERIFY(!fromHex("", digest));
    QVERIFY(!fromHex(std::string(63, 'a'), digest));
    QVERIFY(!fromHex(std::string(63, 'a') + "g", digest));
    QVERIFY(fromHex(std::string(64, 'A'), digest));
}

void TestFraming::tarHeaderIsReadBack_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<quint64>("size");
    QTest::addColumn<qint64>("modified");
    QTest::addRow("a tick") << "seg/0/t/000123.txt" << quint64{4711} << qint64{1700000000};
    QTest::addRow("empty, long ago") << "start/proc/swaps" << quint64{0} << qint64{0};
    QTest::addRow("100 bytes of name") << QString(100, 'n') << quint64{1} << qint64{1};
    QTest::addRow("prefix and name") << QString(120, 'p') + "/" + QString(100, 'n') << quint64{1} << qint64{1};
    QTest::addRow("the longest") << QString(155, 'p') + "/" + QString(100, 'n') << quint64{1} << qint64{1};
    QTest::addRow("largest size") << "big" << (quint64{1} << 33) - 1 << qint64{8589934591};
}

void TestFraming::tarHeaderIsReadBack()
{
    QFETCH(QString, path);
    QFETCH(quint64, size);
    QFETCH(qint64, modified);
    const auto block = makeTarHeader({path.toStdString(), size, modified});
    QVERIFY(block);
    TarMember member;
    QCOMPARE(parseTarHeader({block->data(), block->size()}, member), TarHeaderKind::Member);
    QCOMPARE(QString::fromStdString(member.path), path);
    QCOMPARE(quint64{member.size}, size);
    QCOMPARE(qint64{member.modified}, modified);
    QCOMPARE(member.type, '0');
}

void TestFraming::tarListsOurHeaders()
{
    const QString longPath = QString(130, 'p') + "/" + QString(90, 'n');
    QByteArray archive;
    const auto add = [&](const QString& path, const QByteArray& body) {
        const auto block = makeTarHeader({path.toStdString(), static_cast<std::uint64_t>(body.size()), 1700000000});
        QVERIFY(block);
        archive += QByteArray(block->data(), tarBlockSize) + body;
        archive += QByteArray(static_cast<qsizetype>(tarPadding(static_cast<std::uint64_t>(body.size()))), '\0');
    };
    add("a/b.txt", "hello\n");
    add(longPath, QByteArray(512, 'x'));
    add("empty", "");
    archive += QByteArray(2 * tarBlockSize, '\0');
    QProcess tar;
    tar.start("tar", {"--utc", "-tvf", "-"});
    tar.write(archive);
    tar.closeWriteChannel();
    QVERIFY(tar.waitForFinished());
    QCOMPARE(tar.readAllStandardError(), QByteArray());
    QCOMPARE(tar.exitCode(), 0);
    const QList<QByteArray> lines = tar.readAllStandardOutput().trimmed().split('\n');
    QCOMPARE(lines.size(), 3);
    QCOMPARE(lines[0].simplified(), QByteArray("-rw------- 0/0 6 2023-11-14 22:13 a/b.txt"));
    QCOMPARE(lines[1].simplified(), "-rw------- 0/0 512 2023-11-14 22:13 " + longPath.toLatin1());
    QCOMPARE(lines[2].simplified(), QByteArray("-rw------- 0/0 0 2023-11-14 22:13 empty"));
}

void TestFraming::tarHeaderRefusesWhatDoesNotFit()
{
    QVERIFY(!makeTarHeader({std::string(101, 'n'), 0, 0}));
    QVERIFY(!makeTarHeader({std::string(156, 'p') + "/" + std::string(100, 'n'), 0, 0}));
    QVERIFY(!makeTarHeader({std::string(100, 'p') + "/" + std::string(101, 'n'), 0, 0}));
    QVERIFY(!makeTarHeader({"", 0, 0}));
    QVERIFY(!makeTarHeader({"big", std::uint64_t{1} << 33, 0}));
}

void TestFraming::damagedTarHeaderIsKnown()
{
    const auto block = makeTarHeader({"seg/0/pids.txt", 77, 1700000000});
    QVERIFY(block);
    TarMember member;
    for (std::size_t i = 0; i < tarBlockSize; ++i) {
        TarBlock changed = *block;
        changed[i] = static_cast<char>(changed[i] ^ 0x01);
        // The NUL behind the checksum's digits is read as their end whatever it is; every other byte counts.
        const auto kind = parseTarHeader({changed.data(), changed.size()}, member);
        QVERIFY2(kind == TarHeaderKind::Damaged || i == 154 || i == 155, qPrintable(QString::number(i)));
    }
    QCOMPARE(parseTarHeader("short", member), TarHeaderKind::Damaged);
    QCOMPARE(parseTarHeader(std::string(tarBlockSize, '\0'), member), TarHeaderKind::End);
}

void TestFraming::memberPaths_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<bool>("isSafe");
    QTest::addRow("a tick") << QByteArray("seg/0/t/000000.txt") << true;
    QTest::addRow("dots within a name") << QByteArray("start/..data/a..b") << true;
    QTest::addRow("UTF-8") << QByteArray("start/\xEC\x84\x9C") << true;
    QTest::addRow("absolute") << QByteArray("/etc/passwd") << false;
    QTest::addRow("upwards") << QByteArray("seg/../../x") << false;
    QTest::addRow("upwards at the end") << QByteArray("seg/..") << false;
    QTest::addRow("a dot") << QByteArray("./x") << false;
    QTest::addRow("empty part") << QByteArray("a//b") << false;
    QTest::addRow("trailing slash") << QByteArray("a/") << false;
    QTest::addRow("empty") << QByteArray("") << false;
    QTest::addRow("newline") << QByteArray("a\nb") << false;
    QTest::addRow("escape") << QByteArray("a\x1b[2Jb") << false;
    QTest::addRow("backslash") << QByteArray("a\\b") << false;
    QTest::addRow("too long") << QByteArray(256, 'a') << false;
}

void TestFraming::memberPaths()
{
    QFETCH(QByteArray, path);
    QFETCH(bool, isSafe);
    QCOMPARE(isSafeMemberPath(view(path)), isSafe);
}

void TestFraming::escaping_data()
{
    QTest::addColumn<QByteArray>("plain");
    QTest::addColumn<QByteArray>("escaped");
    QTest::addRow("nothing to do") << QByteArray("/proc/net/dev") << QByteArray("/proc/net/dev");
    QTest::addRow("blank, newline, percent") << QByteArray("a b\n100%") << QByteArray("a%20b%0A100%25");
    QTest::addRow("NUL, delete") << QByteArray("x\0y\x7F", 4) << QByteArray("x%00y%7F");
    QTest::addRow("UTF-8 stays") << QByteArray("\xEC\x84\x9C") << QByteArray("\xEC\x84\x9C");
    QTest::addRow("nothing") << QByteArray("") << QByteArray("");
}

void TestFraming::escaping()
{
    QFETCH(QByteArray, plain);
    QFETCH(QByteArray, escaped);
    QCOMPARE(bytes(escapeField(view(plain))), escaped);
    QCOMPARE(bytes(unescapeField(view(escaped))), plain);
}

void TestFraming::loosePercentStandsForItself()
{
    QCOMPARE(bytes(unescapeField("100%")), QByteArray("100%"));
    QCOMPARE(bytes(unescapeField("%2")), QByteArray("%2"));
    QCOMPARE(bytes(unescapeField("%zz%41")), QByteArray("%zzA"));
    QCOMPARE(bytes(unescapeField("%0a")), QByteArray("\n"));
}

void TestFraming::blockHeaderIsReadBack_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<qint64>("start");
    QTest::addColumn<int>("errorNumber");
    QTest::addColumn<qint64>("length"); // -1 = "-"
    QTest::addRow("a source") << QByteArray("/proc/stat") << qint64{2671096583458} << 0 << qint64{1138};
    QTest::addRow("denied") << QByteArray("/proc/slabinfo") << qint64{1} << EACCES << qint64{0};
    QTest::addRow("length unknown") << QByteArray("/proc/stat") << qint64{1} << 0 << qint64{-1};
    QTest::addRow("a path of blanks and newlines") << QByteArray("/a b\n== /c 1 2 3 4") << qint64{1} << 0 << qint64{4};
    QTest::addRow("a path that looks like the end") << QByteArray("end ticks=1") << qint64{1} << 0 << qint64{4};
    QTest::addRow("before the epoch") << QByteArray("x") << qint64{-5} << 0 << qint64{4};
}

void TestFraming::blockHeaderIsReadBack()
{
    QFETCH(QByteArray, path);
    QFETCH(qint64, start);
    QFETCH(int, errorNumber);
    QFETCH(qint64, length);
    BlockHeader header;
    header.path = view(path);
    header.startNanoseconds = start;
    header.durationMicroseconds = 12;
    header.errorNumber = errorNumber;
    header.length = length < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(length));
    std::string text;
    appendBlockHeader(text, header);
    QCOMPARE(std::count(text.begin(), text.end(), '\n'), 1);
    QCOMPARE(text.back(), '\n');
    text.pop_back();
    const auto readBack = parseBlockHeader(text);
    QVERIFY(readBack);
    QCOMPARE(bytes(readBack->path), path);
    QCOMPARE(qint64{readBack->startNanoseconds}, start);
    QCOMPARE(readBack->durationMicroseconds, 12);
    QCOMPARE(readBack->errorNumber, errorNumber);
    QVERIFY(readBack->length == header.length);
}

void TestFraming::notABlockHeader_data()
{
    QTest::addColumn<QByteArray>("line");
    for (const char* line : {"", "==", "== ", "== /proc/stat", "== /proc/stat 1 2 0", "== /proc/stat 1 2 0 x",
             "== /proc/stat 1 2 0 3 4", "== /proc/stat 1 2 0 3 ", "== /proc/stat a 2 0 3", "== /proc/stat 1 2 0 -3",
             "== /proc/stat 1  2 0 3", "==  1 2 0 3", " == /proc/stat 1 2 0 3", "== end ticks=3 crc32c=0123abcd",
             "== /proc/stat 99999999999999999999 2 0 3", "cpu 1 2 3"})
        QTest::addRow("%s", line) << QByteArray(line);
}

void TestFraming::notABlockHeader()
{
    QFETCH(QByteArray, line);
    QVERIFY(!parseBlockHeader(view(line)));
}

/// A process may call itself "== /proc/stat …" or "== end …": lengths, not lines, delimit.
void TestFraming::bodyMayLookLikeBlocks()
{
    const std::string hostile = "== /proc/stat 1 1 0 4\nfake\n== end ticks=9 crc32c=00000000\n";
    std::string tick = oneBlock("/proc/7/stat", hostile);
    tick += oneBlock("/proc/8/stat", "");
    appendTickEnd(tick, 1);
    TickEnd end;
    QCOMPARE(checkTick(tick, end), TickState::Whole);
    std::string_view rest = end.blocks;
    std::vector<std::pair<std::string, std::string>> found;
    while (!rest.empty()) {
        const auto lineEnd = rest.find('\n');
        const auto header = parseBlockHeader(rest.substr(0, lineEnd));
        QVERIFY(header && header->length);
        found.emplace_back(header->path, rest.substr(lineEnd + 1, *header->length));
        rest.remove_prefix(lineEnd + 1 + *header->length + 1);
    }
    QCOMPARE(found.size(), std::size_t{2});
    QCOMPARE(found[0].second, hostile);
    QCOMPARE(found[1].second, std::string());
}

void TestFraming::tickEnd()
{
    std::string tick = oneBlock("/proc/loadavg", "0.00 0.01 0.05 1/87 14884\n");
    const std::string blocks = tick;
    appendTickEnd(tick, 42);
    TickEnd end;
    QCOMPARE(checkTick(tick, end), TickState::Whole);
    QCOMPARE(end.ticks, std::uint64_t{42});
    QVERIFY(end.blocks == blocks);
    std::string empty;
    appendTickEnd(empty, 1);
    QCOMPARE(empty, std::string("== end ticks=1 crc32c=00000000\n"));
    QCOMPARE(checkTick(empty, end), TickState::Whole);
}

void TestFraming::everyCutOfATickIsTornOrCorrupt()
{
    std::string tick = oneBlock("/proc/loadavg", "0.00\n") + oneBlock("/proc/uptime", "1 2\n");
    appendTickEnd(tick, 3);
    TickEnd end;
    for (std::size_t length = 0; length < tick.size(); ++length)
        QVERIFY2(checkTick(std::string_view(tick).substr(0, length), end) != TickState::Whole,
            qPrintable(QString::number(length)));
}

void TestFraming::everyChangedByteOfATickIsSeen()
{
    std::string tick = oneBlock("/proc/loadavg", "0.00\n");
    const std::size_t protectedBytes = tick.size(); // the number of ticks in the end line is not under the checksum
    appendTickEnd(tick, 3);
    TickEnd end;
    for (std::size_t i = 0; i < protectedBytes; ++i)
        for (const int bit : {0, 3, 7}) {
            std::string changed = tick;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            QVERIFY(checkTick(changed, end) != TickState::Whole);
        }
}

void TestFraming::indexFrameIsReadBack()
{
    IndexRecord record;
    record.sequence = 7;
    record.segment = 6;
    record.firstTick = 360;
    record.lastTick = 419;
    record.ticks = 59;
    record.firstRealNanoseconds = 1700000000123456789;
    record.lastRealNanoseconds = 1700000059123456789;
    record.firstMonotonicNanoseconds = 5;
    record.lastMonotonicNanoseconds = 6;
    record.rawBytes = 1ULL << 25;
    record.frameBytes = 4711;
    record.previous = chainDigest({}, "frame before", {});
    record.sha256 = chainDigest(record.previous, "frame", indexPayloadHead(record));
    const std::string frame = encodeIndexFrame(record);
    QCOMPARE(readLittleEndian32(frame.data()), indexFrameMagic);
    QCOMPARE(std::size_t{readLittleEndian32(frame.data() + 4)}, frame.size() - 8);
    const auto readBack = parseIndexPayload(std::string_view(frame).substr(8));
    QVERIFY(readBack);
    QCOMPARE(readBack->kind, FrameKind::Segment);
    QCOMPARE(readBack->sequence, record.sequence);
    QCOMPARE(readBack->segment, record.segment);
    QCOMPARE(readBack->firstTick, record.firstTick);
    QCOMPARE(readBack->lastTick, record.lastTick);
    QCOMPARE(readBack->ticks, record.ticks);
    QCOMPARE(readBack->firstRealNanoseconds, record.firstRealNanoseconds);
    QCOMPARE(readBack->lastRealNanoseconds, record.lastRealNanoseconds);
    QCOMPARE(readBack->firstMonotonicNanoseconds, record.firstMonotonicNanoseconds);
    QCOMPARE(readBack->lastMonotonicNanoseconds, record.lastMonotonicNanoseconds);
    QCOMPARE(readBack->rawBytes, record.rawBytes);
    QCOMPARE(readBack->frameBytes, record.frameBytes);
    QVERIFY(readBack->previous == record.previous);
    QVERIFY(readBack->sha256 == record.sha256);
}

void TestFraming::indexPayloadOfALaterVersion()
{
    const auto record = parseIndexPayload(
        std::string("HINDCAST-INDEX 1\nkind=close\nseq=3\nsignature=abc=def\nraw_bytes=9\nsha256=") + toHex({}) + "\n");
    QVERIFY(record);
    QCOMPARE(record->kind, FrameKind::Close);
    QCOMPARE(record->rawBytes, std::uint64_t{9});
}

void TestFraming::notAnIndexPayload_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addRow("empty") << QByteArray();
    QTest::addRow("another magic") << QByteArray("HINDCAST-INDEX 2\nkind=close\n");
    QTest::addRow("unknown kind") << QByteArray("HINDCAST-INDEX 1\nkind=other\n");
    QTest::addRow("not a number") << QByteArray("HINDCAST-INDEX 1\nkind=close\nseq=x\n");
    QTest::addRow("too large") << QByteArray("HINDCAST-INDEX 1\nkind=close\nseq=99999999999999999999\n");
    QTest::addRow("cut") << QByteArray("HINDCAST-INDEX 1\nkind=close\nseq=1");
    QTest::addRow("no equals sign") << QByteArray("HINDCAST-INDEX 1\nkind\n");
    QTest::addRow("no digest at its end") << QByteArray("HINDCAST-INDEX 1\nkind=close\nseq=1\n");
    QTest::addRow("short digest") << QByteArray("HINDCAST-INDEX 1\nkind=close\nsha256=abcd\n");
}

void TestFraming::notAnIndexPayload()
{
    QFETCH(QByteArray, payload);
    QVERIFY(!parseIndexPayload(view(payload)));
}

void TestFraming::captureIsReadByPlainTools()
{
    QTemporaryDir folder;
    MemorySink sink;
    CaptureWriter writer(sink, smallSegments());
    QCOMPARE(writeSmallCapture(writer), 0);
    QCOMPARE(writer.bytesWritten(), std::uint64_t{sink.taken.size()});
    QFile file(folder.filePath("x.hindcast.tar.zst"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes(sink.taken));
    file.close();
    QProcess shell;
    shell.start("bash", {"-c", "set -o pipefail; zstd -dc \"$1\" | tar tf -", "bash", file.fileName()});
    QVERIFY(shell.waitForFinished());
    QCOMPARE(shell.readAllStandardError(), QByteArray());
    QCOMPARE(shell.exitCode(), 0);
    QCOMPARE(shell.readAllStandardOutput(),
        QByteArray("start/proc/version\nseg/0/manifest.json\nseg/0/pids.txt\nseg/0/t/000000.txt\nseg/0/t/000001.txt\n"
                   "seg/1/manifest.json\nseg/1/pids.txt\nseg/1/t/000003.txt\nindex.txt\n"));

    bool isWhole = false, hasEnd = false;
    const auto found = members(decompressed(sink.taken, isWhole), hasEnd);
    QVERIFY(isWhole && hasEnd);
    QCOMPARE(found.back().header.path, std::string("index.txt"));
    const QList<QByteArray> index = bytes(found.back().body).trimmed().split('\n');
    QCOMPARE(index.size(), 2);
    QVERIFY(index[0].startsWith("0 0 1 2 1700000000000000000 1700000001000000000 "));
    QVERIFY(index[1].startsWith("1 3 3 1 1700000003000000000 1700000003000000000 "));
    TickEnd end;
    QCOMPARE(checkTick(found[7].body, end), TickState::Whole);
    QCOMPARE(end.ticks, std::uint64_t{3}); // recorded, though its number is 3: number 2 was not taken
}

/// Whatever has reached the sink when addTick returns decodes to that tick, though its frame is still open.
void TestFraming::captureIsValidAfterEveryTick()
{
    MemorySink sink;
    CaptureWriter writer(sink);
    QCOMPARE(writer.beginSegment("{}", "", 0), 0);
    for (std::uint64_t tick = 0; tick < 5; ++tick) {
        std::string blocks = oneBlock("/proc/loadavg", "0.1 " + std::to_string(tick) + "\n");
        QCOMPARE(writer.addTick({tick, 1, 1}, blocks), 0);
        bool isWhole = true, hasEnd = false;
        const auto found = members(decompressed(sink.taken, isWhole), hasEnd);
        QVERIFY(!isWhole); // the frame goes on
        QCOMPARE(found.size(), std::size_t{2 + tick + 1});
        TickEnd end;
        QCOMPARE(checkTick(found.back().body, end), TickState::Whole);
        QCOMPARE(end.ticks, tick + 1);
    }
}

void TestFraming::indexFramesChainTheFrames()
{
    MemorySink sink;
    CaptureWriter writer(sink, smallSegments());
    QCOMPARE(writeSmallCapture(writer), 0);
    const std::string_view file = sink.taken;
    std::vector<FrameKind> kinds;
    Digest previous{};
    std::size_t frameBegin = 0;
    std::string magic;
    appendLittleEndian32(magic, indexFrameMagic);
    for (auto at = file.find(magic); at != std::string_view::npos; at = file.find(magic, at + 1)) {
        const std::size_t length = readLittleEndian32(file.data() + at + 4);
        const auto record = parseIndexPayload(file.substr(at + 8, length));
        QVERIFY(record);
        QCOMPARE(std::size_t{record->frameBytes}, at - frameBegin);
        QCOMPARE(readLittleEndian32(file.data() + frameBegin), zstdFrameMagic);
        QCOMPARE(record->sequence, std::uint64_t{kinds.size()});
        QVERIFY(record->previous == previous);
        QVERIFY(record->sha256 == chainDigest(previous, file.substr(frameBegin, at - frameBegin), record->head));
        bool isWhole = false;
        QCOMPARE(static_cast<std::uint64_t>(decompressed(file.substr(frameBegin, at - frameBegin), isWhole).size()),
            record->rawBytes);
        QVERIFY(isWhole); // each frame stands alone
        if (record->kind == FrameKind::Segment && record->segment == 0) {
            QCOMPARE(record->ticks, std::uint64_t{2});
            QCOMPARE(record->lastTick, std::uint64_t{1});
            QCOMPARE(record->firstMonotonicNanoseconds, std::int64_t{50'000'000'000});
            QCOMPARE(record->lastRealNanoseconds, std::int64_t{1700000001'000000000});
        }
        previous = record->sha256;
        kinds.push_back(record->kind);
        frameBegin = at + 8 + length;
    }
    QVERIFY((kinds == std::vector{FrameKind::Members, FrameKind::Segment, FrameKind::Segment, FrameKind::Close}));
    QCOMPARE(readLittleEndian32(file.data() + frameBegin), seekTableMagic);
}

void TestFraming::seekTableCoversTheFile()
{
    MemorySink sink;
    CaptureWriter writer(sink, smallSegments());
    QCOMPARE(writeSmallCapture(writer), 0);
    // zstd_seekable_compression_format.md: …entries, number of frames, descriptor, magic
    const std::string_view file = sink.taken;
    QCOMPARE(readLittleEndian32(file.data() + file.size() - 4), 0x8F92EAB1U);
    QCOMPARE(int{file[file.size() - 5]}, 0);
    const std::size_t frames = readLittleEndian32(file.data() + file.size() - 9);
    QCOMPARE(frames, std::size_t{8}); // four of content, each with its index record
    const std::size_t table = file.size() - 9 - 8 * frames;
    QCOMPARE(readLittleEndian32(file.data() + table - 8), seekTableMagic);
    QCOMPARE(std::size_t{readLittleEndian32(file.data() + table - 4)}, 8 * frames + 9);
    std::size_t compressed = 0, raw = 0;
    for (std::size_t i = 0; i < frames; ++i) {
        compressed += readLittleEndian32(file.data() + table + 8 * i);
        raw += readLittleEndian32(file.data() + table + 8 * i + 4);
    }
    QCOMPARE(compressed, table - 8);
    bool isWhole = false;
    QCOMPARE(raw, static_cast<std::size_t>(decompressed(file, isWhole).size()));
}

void TestFraming::segmentIsFullByBytes()
{
    MemorySink sink;
    WriterSettings settings;
    settings.bytesPerSegment = 100'000;
    CaptureWriter writer(sink, settings);
    QCOMPARE(writer.beginSegment("{}", "", 0), 0);
    std::uint64_t ticks = 0;
    while (!writer.isSegmentFull()) {
        std::string blocks = oneBlock("/proc/interrupts", std::string(20'000, 'x'));
        QCOMPARE(writer.addTick({ticks++, 1, 1}, blocks), 0);
    }
    QCOMPARE(ticks, std::uint64_t{4}); // a fifth would pass the limit
}

void TestFraming::writerStopsAtTheFirstError()
{
    MemorySink whole;
    CaptureWriter unhindered(whole, smallSegments());
    QCOMPARE(writeSmallCapture(unhindered), 0);
    MemorySink sink;
    CaptureWriter writer(sink, smallSegments());
    sink.room = whole.taken.size() / 2; // the members fit, the segments do not all
    QCOMPARE(writeSmallCapture(writer), ENOSPC);
    const std::size_t taken = sink.taken.size();
    sink.room = SIZE_MAX;
    std::string blocks;
    QCOMPARE(writer.addTick({9, 1, 1}, blocks), ENOSPC);
    QCOMPARE(writer.close(), ENOSPC);
    QCOMPARE(sink.taken.size(), taken);
}

void TestFraming::writerRefusesUnsafePaths()
{
    MemorySink sink;
    CaptureWriter writer(sink);
    QCOMPARE(writer.addMember("/etc/passwd", "", 0), EINVAL);
    QCOMPARE(writer.addMember("start/../x", "", 0), EINVAL);
    QCOMPARE(writer.endMembers(), 0);
    QVERIFY(sink.taken.empty()); // no frame for nothing
}

QTEST_GUILESS_MAIN(TestFraming)
#include "tst_framing.moc"
