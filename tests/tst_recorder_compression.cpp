// The recorder is linked with a part of libzstd only (capture/recorder/zstd_static.cpp). Its captures must be, byte for
// byte, what the whole library makes of the same text: here each frame is decompressed and compressed again.
#include "framing/frame_encoder.h"
#include "framing/tar_header.h"
#include "recorder_runs.h"

#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <vector>
#include <zstd.h>

using namespace hindcast;
using namespace hindcast::test;

namespace {

constexpr int level = 3, windowLog = 22; // as hindcast-record compresses

struct Frame {
    QByteArray packed, text;
};

/// The frames of a whole capture that have a content, which is all but the skippable ones.
std::vector<Frame> framesOf(const QByteArray& capture)
{
    std::vector<Frame> frames;
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    for (qsizetype at = 0; at < capture.size();) {
        const std::size_t size =
            ZSTD_findFrameCompressedSize(capture.constData() + at, static_cast<std::size_t>(capture.size() - at));
        if (ZSTD_isError(size))
            return {};
        Frame frame;
        frame.packed = capture.mid(at, static_cast<qsizetype>(size));
        at += frame.packed.size();
        ZSTD_inBuffer in{frame.packed.constData(), size, 0};
        std::vector<char> chunk(ZSTD_DStreamOutSize());
        for (std::size_t wanted = 1; wanted != 0 || in.pos < in.size;) {
            ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
            wanted = ZSTD_decompressStream(context.get(), &out, &in);
            if (ZSTD_isError(wanted))
                return {};
            frame.text.append(chunk.data(), static_cast<qsizetype>(out.pos));
        }
        if (!frame.text.isEmpty())
            frames.push_back(frame);
    }
    return frames;
}

void compress(ZSTD_CCtx& context, QByteArray& packed, const QByteArray& text, ZSTD_EndDirective directive)
{
    ZSTD_inBuffer in{text.constData(), static_cast<std::size_t>(text.size()), 0};
    std::vector<char> chunk(ZSTD_CStreamOutSize());
    for (;;) {
        ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
        const std::size_t left = ZSTD_compressStream2(&context, &out, &in, directive);
        QVERIFY(!ZSTD_isError(left));
        packed.append(chunk.data(), static_cast<qsizetype>(out.pos));
        if (directive == ZSTD_e_continue ? in.pos == in.size : left == 0)
            return;
    }
}

/// As capture/FORMAT.md has it: a flush behind each tick but its last byte, and one behind that; a checksum at the end.
/// With the whole library's own choice of strategy, not framing's.
QByteArray compressedAgain(const QByteArray& text)
{
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, windowLog);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    QByteArray packed;
    qsizetype at = 0;
    while (at < text.size()) {
        const QByteArray header = text.mid(at, static_cast<qsizetype>(framing::tarBlockSize));
        if (header.front() == '\0')
            break; // the end of the archive
        const auto size = static_cast<qsizetype>(header.mid(124, 11).toULongLong(nullptr, 8));
        const qsizetype whole = header.size() + size + static_cast<qsizetype>(framing::tarPadding(std::uint64_t(size)));
        const bool isTick = header.left(header.indexOf('\0')).contains("/t/");
        const qsizetype last = isTick && whole > header.size() + size ? 1 : 0; // byte of the padding
        compress(*context, packed, text.mid(at, whole - last), isTick ? ZSTD_e_flush : ZSTD_e_continue);
        compress(*context, packed, text.mid(at + whole - last, last), isTick ? ZSTD_e_flush : ZSTD_e_continue);
        at += whole;
    }
    compress(*context, packed, text.mid(at), ZSTD_e_continue);
    compress(*context, packed, {}, ZSTD_e_end);
    return packed;
}

} // namespace

class TestRecorderCompression : public QObject {
    Q_OBJECT
private slots:
    void isThatOfTheWholeLibrary();
};

void TestRecorderCompression::isThatOfTheWholeLibrary()
{
    QTemporaryDir folder;
    const QString file = folder.filePath("a.tar.zst");
    const Run result = record({"-i", "0.02", "-c", "150", "-o", file});
    QVERIFY2(result.status == 0 || result.status == 3, result.err);
    const std::vector<Frame> frames = framesOf(contents(file));
    QVERIFY(frames.size() >= 5); // what is read once, three segments, the end
    for (const Frame& frame : frames) {
        QVERIFY(frame.text.size() > 0);
        QVERIFY2(compressedAgain(frame.text) == frame.packed, frame.text.left(100));
    }
}

QTEST_GUILESS_MAIN(TestRecorderCompression)
#include "tst_recorder_compression.moc"
