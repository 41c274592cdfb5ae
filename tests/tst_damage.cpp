// A real capture of this machine, cut and flipped at random: what every complete tick before a cut held must still be
// there, a flip costs at most its segment, and what was lost is said. The reference for cuts is zstd's own command, not
// our reader.
#include "archive/archive.h"
#include "archive/part_decoder.h"
#include "parse/load.h"
#include "sample_capture.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>
#include <map>
#include <random>

using namespace hindcast;

namespace {

constexpr int rounds = 200;
constexpr unsigned segmentTicks = 5;
constexpr unsigned ticks = 25;

using Ticks = std::map<std::uint64_t, std::string>;

struct Read {
    Ticks ticks;
    bool hasLoss = false;
    bool isOpen = false;
};

Read readTicks(const std::string& path)
{
    Read read;
    auto archive = archive::Archive::open(path);
    if (!archive)
        return read;
    read.isOpen = true;
    const auto noteLoss = [&read](const std::vector<archive::Damage>& damage) {
        for (const archive::Damage& one : damage)
            read.hasLoss = read.hasLoss || one.isLoss;
    };
    noteLoss(archive->damage());
    while (auto part = archive->next(archive::Detail::Full)) {
        noteLoss(part->damage);
        for (const archive::Member& member : part->members)
            if (const auto tick = archive::tickOf(member.path))
                read.ticks.emplace(*tick, member.bytes);
    }
    return read;
}

/// Ticks whose end line comes out of `zstd -dc`, whatever it says about the rest.
std::size_t ticksByZstd(const QString& path)
{
    QProcess process;
    process.start(QStringLiteral("zstd"), {QStringLiteral("-dcqf"), path});
    process.waitForFinished(30000);
    const QByteArray out = process.readAllStandardOutput();
    std::size_t found = 0;
    for (qsizetype at = out.indexOf("\n== end ticks="); at >= 0; at = out.indexOf("\n== end ticks=", at + 1))
        if (out.indexOf('\n', at + 1) > 0)
            ++found;
    return found;
}

} // namespace

class TestDamage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        const QString capture = m_folder.filePath(QStringLiteral("real.hindcast.tar.zst"));
        QProcess recorder;
        recorder.start(QStringLiteral(HINDCAST_BIN_DIR "/hindcast-record"),
            {QStringLiteral("-i"), QStringLiteral("0.05"), QStringLiteral("--count"), QString::number(ticks),
                QStringLiteral("--segment-ticks"), QString::number(segmentTicks), QStringLiteral("-o"), capture});
        QVERIFY(recorder.waitForFinished(60000));
        QVERIFY2(recorder.exitCode() == 0 || recorder.exitCode() == 3, recorder.readAllStandardError().constData());
        m_bytes = test::readFile(capture.toStdString());
        m_truth = readTicks(capture.toStdString()).ticks;
        QVERIFY(m_truth.size() >= ticks / 2); // a loaded machine may skip some, which the recorder says
    }

    void randomCuts()
    {
        if (QStandardPaths::findExecutable(QStringLiteral("zstd")).isEmpty())
            QSKIP("SKIPPED: the zstd command is not installed, so there is nothing to compare cuts with");
        std::mt19937 random(23);
        const QString path = m_folder.filePath(QStringLiteral("cut"));
        for (int i = 0; i < rounds; ++i) {
            const std::size_t cut = 1 + random() % (m_bytes.size() - 1);
            test::writeFile(path.toStdString(), m_bytes.substr(0, cut));
            const std::size_t expected = ticksByZstd(path);
            const Read read = readTicks(path.toStdString());
            // More is right as well: the command drops what it had decoded but not yet written when the input ends.
            QVERIFY2(read.ticks.size() >= expected,
                qPrintable(QStringLiteral("cut at %1: %2 ticks, zstd gives %3")
                               .arg(cut)
                               .arg(read.ticks.size())
                               .arg(expected)));
            auto truth = m_truth.begin();
            for (const auto& [tick, bytes] : read.ticks) {
                QVERIFY(tick == truth->first && bytes == truth->second);
                ++truth;
            }
            const auto snapshot = parse::loadPath(path.toStdString());
            QVERIFY(snapshot.hasValue() || expected == 0);
            if (snapshot)
                QVERIFY2((*snapshot)->isPartial || !(*snapshot)->isFinished || cut > m_bytes.size() - 200,
                    "the cut is not said");
        }
    }

    void randomFlips()
    {
        std::mt19937 random(29);
        const std::string path = m_folder.filePath(QStringLiteral("flipped")).toStdString();
        for (int i = 0; i < rounds; ++i) {
            const std::size_t place = random() % m_bytes.size();
            std::string bytes = m_bytes;
            bytes[place] = static_cast<char>(bytes[place] ^ static_cast<char>(1 + random() % 255));
            test::writeFile(path, bytes);
            const Read read = readTicks(path);
            QVERIFY2(read.isOpen, qPrintable(QStringLiteral("byte %1").arg(place)));
            std::vector<std::uint64_t> lostSegments;
            std::size_t index = 0;
            for (const auto& [tick, text] : m_truth) {
                const auto found = read.ticks.find(tick);
                if (found == read.ticks.end())
                    lostSegments.push_back(index / segmentTicks);
                else
                    QVERIFY2(found->second == text,
                        qPrintable(QStringLiteral("byte %1 changed tick %2").arg(place).arg(tick)));
                ++index;
            }
            if (!lostSegments.empty()) {
                QVERIFY2(lostSegments.front() == lostSegments.back(),
                    qPrintable(QStringLiteral("byte %1 cost more than one segment").arg(place)));
                QVERIFY2(read.hasLoss, qPrintable(QStringLiteral("byte %1: the loss is not said").arg(place)));
            }
            const auto snapshot = parse::loadPath(path);
            QVERIFY(snapshot.hasValue());
            QVERIFY(lostSegments.empty() || (*snapshot)->isPartial);
        }
    }

private:
    QTemporaryDir m_folder;
    std::string m_bytes;
    Ticks m_truth;
};

QTEST_GUILESS_MAIN(TestDamage)
#include "tst_damage.moc"
