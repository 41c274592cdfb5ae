// The limit of CaptureWriter: a capture of at most so many bytes, to the byte, that every decoder takes.
#include "framing/block.h"
#include "framing/capture_writer.h"
#include "framing/content_checksum.h"

#include <QTest>

#include <zstd.h>

#include <array>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace hindcast::framing;

namespace {

class Bytes final : public Sink {
public:
    int write(std::string_view bytes) override
    {
        all += bytes;
        return 0;
    }
    std::string all;
};

/// Every frame decoded, each with its checksum; nothing when a decoder complains.
std::optional<std::string> decoded(const std::string& file)
{
    std::string raw;
    ZSTD_DCtx* const context = ZSTD_createDCtx();
    std::vector<char> chunk(ZSTD_DStreamOutSize());
    ZSTD_inBuffer in{file.data(), file.size(), 0};
    std::size_t wanted = 0;
    while (in.pos < in.size && !ZSTD_isError(wanted)) {
        ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
        wanted = ZSTD_decompressStream(context, &out, &in);
        raw.append(chunk.data(), out.pos);
    }
    ZSTD_freeDCtx(context);
    return wanted == 0 ? std::optional(raw) : std::nullopt;
}

/// Text that compresses about as /proc does: many old words, some new ones.
std::string tickText(std::mt19937& random, std::size_t size)
{
    std::string text;
    while (text.size() < size)
        text += "word" + std::to_string(random() % 5000) + (random() % 8 == 0 ? "\n" : " ");
    std::string blocks;
    appendBlock(blocks, "/proc/stat", 1, 2, 0, text);
    return blocks;
}

} // namespace

class TestCaptureSize : public QObject {
    Q_OBJECT
private slots:
    void contentChecksumIsXxh64_data();
    void contentChecksumIsXxh64();
    void neverAByteMore_data();
    void neverAByteMore();
    void tooLargeMembersAreLeftOut();
    void firstTickThatDoesNotFitLeavesAProperCapture();
};

void TestCaptureSize::contentChecksumIsXxh64_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {0, 1, 3, 4, 7, 8, 31, 32, 33, 63, 64, 100, 1000, 100'000})
        QTest::addRow("%d bytes", size) << size;
}

/// zstd's own checksum is the judge: the last four bytes of a frame.
void TestCaptureSize::contentChecksumIsXxh64()
{
    QFETCH(int, size);
    std::mt19937 random(static_cast<unsigned>(size));
    std::string bytes;
    for (int i = 0; i < size; ++i)
        bytes += static_cast<char>(random());
    std::string frame(ZSTD_compressBound(bytes.size()) + 32, '\0');
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const std::size_t length = ZSTD_compress2(context, frame.data(), frame.size(), bytes.data(), bytes.size());
    ZSTD_freeCCtx(context);
    QVERIFY(!ZSTD_isError(length));
    const std::uint32_t expected = readLittleEndian32(frame.data() + length - 4);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, std::size_t{32}, bytes.size() + 1}) {
        ContentChecksum checksum;
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            checksum.add(std::string_view(bytes).substr(at, piece));
        QCOMPARE(static_cast<std::uint32_t>(checksum.value()), expected);
    }
}

void TestCaptureSize::neverAByteMore_data()
{
    QTest::addColumn<quint64>("limit");
    QTest::addColumn<quint64>("ticksPerSegment");
    std::mt19937 random(1);
    for (int i = 0; i < 200; ++i) {
        const quint64 limit = 20'000 + random() % 400'000;
        const quint64 ticks = std::array<quint64, 4>{1, 3, 20, 60}[random() % 4];
        QTest::addRow("%llu bytes, %llu ticks", limit, ticks) << limit << ticks;
    }
}

void TestCaptureSize::neverAByteMore()
{
    QFETCH(quint64, limit);
    QFETCH(quint64, ticksPerSegment);
    std::mt19937 random(static_cast<unsigned>(limit));
    Bytes bytes;
    WriterSettings settings;
    settings.mostBytes = limit;
    settings.reservedBytes = 2000;
    settings.ticksPerSegment = ticksPerSegment;
    CaptureWriter writer(bytes, settings);
    QCOMPARE(writer.addMember("start/proc/version", "Linux", 1), 0);
    QCOMPARE(writer.endMembers(), 0);
    std::string expected;
    std::uint64_t taken = 0;
    for (std::uint64_t tick = 0;; ++tick) {
        if (!writer.isSegmentOpen()) {
            QCOMPARE(writer.beginSegment("{}", "", 1), 0);
        }
        std::string blocks = tickText(random, tick % ticksPerSegment == 0 ? 20'000 : 2000);
        const int result = writer.addTick({tick, 1, 1}, blocks);
        if (result == noRoom)
            break;
        QCOMPARE(result, 0);
        expected = blocks;
        ++taken;
        if (writer.isSegmentFull())
            QCOMPARE(writer.endSegment(), 0);
    }
    QVERIFY(!writer.isSegmentOpen());
    writer.beginEnd();
    QCOMPARE(writer.addMember("end/proc/mounts", "m", 1), 0);
    QCOMPARE(writer.endMembers(), 0);
    QCOMPARE(writer.close(), 0);
    QVERIFY2(bytes.all.size() <= limit, qPrintable(QString::number(bytes.all.size())));
    QCOMPARE(writer.ticks(), taken);
    const auto raw = decoded(bytes.all);
    QVERIFY(raw.has_value());
    QVERIFY(raw->find(expected) != std::string::npos);
    QVERIFY(raw->find("end/proc/mounts") != std::string::npos && raw->find("index.txt") != std::string::npos);
    // Something useful: most of the limit was used, the closing bound and one tick (a keyframe here) aside.
    QVERIFY2(bytes.all.size() + 25'000 > limit, qPrintable(QString::number(bytes.all.size())));
}

void TestCaptureSize::tooLargeMembersAreLeftOut()
{
    std::mt19937 random(2);
    std::string noise;
    for (int i = 0; i < 50'000; ++i)
        noise += static_cast<char>(random());
    Bytes bytes;
    WriterSettings settings;
    settings.mostBytes = 30'000;
    CaptureWriter writer(bytes, settings);
    QCOMPARE(writer.addMember("start/proc/version", noise, 1), 0);
    QCOMPARE(writer.endMembers(), noRoom);
    QCOMPARE(writer.beginSegment("{}", "", 1), 0);
    std::string blocks = tickText(random, 1000);
    QCOMPARE(writer.addTick({0, 1, 1}, blocks), 0);
    QCOMPARE(writer.endSegment(), 0);
    EncodedFrame frame{noise, 1};
    QCOMPARE(writer.addFrame(frame), noRoom);
    QCOMPARE(writer.close(), 0);
    QVERIFY(bytes.all.size() <= 30'000);
    const auto raw = decoded(bytes.all);
    QVERIFY(raw && raw->find("seg/0/t/000000.txt") != std::string::npos);
    QVERIFY(raw->find("start/") == std::string::npos);
}

void TestCaptureSize::firstTickThatDoesNotFitLeavesAProperCapture()
{
    std::mt19937 random(3);
    Bytes bytes;
    WriterSettings settings;
    settings.mostBytes = 8000;
    CaptureWriter writer(bytes, settings);
    QCOMPARE(writer.beginSegment("{}", "", 1), 0);
    std::string blocks = tickText(random, 40'000);
    QCOMPARE(writer.addTick({0, 1, 1}, blocks), noRoom);
    QCOMPARE(writer.ticks(), std::uint64_t{0});
    QCOMPARE(writer.beginSegment("{}", "", 1), 0); // a smaller one may do
    blocks = tickText(random, 500);
    QCOMPARE(writer.addTick({1, 1, 1}, blocks), 0);
    QCOMPARE(writer.close(), 0);
    QVERIFY(bytes.all.size() <= 8000);
    const auto raw = decoded(bytes.all);
    QVERIFY(raw && raw->find("seg/0/t/000001.txt") != std::string::npos);
    QVERIFY(raw->find("seg/0/t/000000.txt") == std::string::npos);
}

QTEST_GUILESS_MAIN(TestCaptureSize)
#include "tst_capture_size.moc"
