// The fifteen words, numbers and windows that tshark 4.0.17 gives a segment, each shown on the shortest conversation
// that has it; and, where that tshark is installed, that it says the same of the same packets.
#include "packet_maker.h"

#include "tcp/frame_decoder.h"
#include "tcp/tshark_marks.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <fstream>

using namespace hindcast;
using namespace hindcast::test;

namespace {

/// One segment: "time_ms way flags sequence acknowledgment payload window [scale]". Way > is client to server;
/// sequence numbers are as on the wire. Flags: S F R A (P is not needed).
std::string frameOf(const QStringList& words)
{
    TcpFields fields;
    const bool isForth = words[1] == ">";
    fields.from = isForth ? 40000 : 80;
    fields.to = isForth ? 80 : 40000;
    fields.flags = 0;
    for (const QChar flag : words[2]) {
        const int bit = flag == 'S' ? 0x02 : flag == 'F' ? 0x01 : flag == 'R' ? 0x04 : 0x10;
        fields.flags = static_cast<std::uint16_t>(fields.flags | bit);
    }
    fields.sequence = words[3].toUInt();
    fields.acknowledgment = words[4].toUInt();
    fields.payload.assign(words[5].toUInt(), 'x');
    fields.window = words[6].toUShort();
    if (words.size() > 7)
        fields.options = bytes({3, 3, words[7].toUInt(), 1});
    return ipv4Bytes(tcpBytes(fields), {.from = isForth ? 1U : 2U, .to = isForth ? 2U : 1U});
}

std::string captureOf(const QString& script)
{
    std::vector<CapturedFrame> frames;
    for (const QString& line : script.split(';', Qt::SkipEmptyParts)) {
        const QStringList words = line.simplified().split(' ');
        frames.push_back(
            {1'700'000'000'000'000'000 + static_cast<std::uint64_t>(words[0].toDouble() * 1e6), frameOf(words)});
    }
    return pcapBytes(frames, {.linkType = 101, .isNanoseconds = true});
}

std::vector<TcpPacket> packetsOf(const std::string& file)
{
    std::vector<TcpPacket> packets;
    tcp::PacketReader reader;
    tcp::FrameDecoder decoder;
    tcp::TsharkMarker marker;
    reader.read(file, tcp::PacketReader::Piece::Last);
    for (tcp::Frame frame; reader.next(frame);)
        if (decoder.decode(frame) == tcp::FrameDecoder::Kind::Tcp)
            marker.mark(decoder.segment(), packets.emplace_back());
    return packets;
}

QString markText(TsharkMarks marks)
{
    QStringList names;
    for (std::size_t i = 0; i < tcp::tsharkMarkCount; ++i)
        if ((marks & 1U << i) != 0) {
            const auto name = tcp::tsharkMarkName(static_cast<tcp::TsharkMark>(i));
            names << QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()));
        }
    return names.join(',');
}

/// stream, relative sequence and acknowledgment, window, marks.
QString rowText(const TcpPacket& packet)
{
    return QString("%1 %2 %3 %4 %5")
        .arg(packet.tsharkStream)
        .arg(packet.sequence)
        .arg(packet.acknowledgment)
        .arg(packet.window)
        .arg(markText(packet.tsharkMarks));
}

/// Opened at 0 to 10 ms; the client has 1000 next, the server 5000; windows are not scaled.
const QString opened = "0 > S 999 0 0 5000; 10 < SA 4999 1000 0 5000; 10.1 > A 1000 5000 0 5000;";

} // namespace

class TestTsharkMarks : public QObject {
    Q_OBJECT

private slots:
    void last_data()
    {
        QTest::addColumn<QString>("script");
        QTest::addColumn<QString>("expected"); // of the last segment
        const auto row = [](const char* name, const QString& script, const char* expected) {
            QTest::newRow(name) << script << QString(expected);
        };
        const QString data = opened + "20 > A 1000 5000 100 5000; 21 > A 1100 5000 100 5000;";
        const QString threeAcks = "30 < A 5000 1000 0 5000; 31 < A 5000 1000 0 5000; 32 < A 5000 1000 0 5000;";
        row("plain", data, "0 101 1 5000 ");
        row("retransmission", data + "300 > A 1000 5000 100 5000", "0 1 1 5000 retransmission");
        row("retransmission_of_syn", "0 > S 999 0 0 5000; 1000 > S 999 0 0 5000", "0 0 0 5000 retransmission");
        row("fast_retransmission", data + threeAcks + "33 > A 1000 5000 100 5000",
            "0 1 1 5000 retransmission,fast_retransmission");
        row("two_duplicates_are_too_few",
            data
                + "30 < A 5000 1000 0 5000; 31 < A 5000 1100 0 5000;"
                  "32 < A 5000 1100 0 5000; 40 > A 1100 5000 100 5000",
            "0 101 1 5000 retransmission");
        row("fast_needs_20_ms", data + threeAcks + "60 > A 1000 5000 100 5000", "0 1 1 5000 retransmission");
        row("spurious_retransmission", data + "30 < A 5000 1200 0 5000; 31 > A 1000 5000 100 5000",
            "0 1 1 5000 retransmission,spurious_retransmission");
        row("out_of_order", data + "25 > A 1000 5000 50 5000", "0 1 1 5000 out_of_order");
        row("duplicate_ack", data + "30 < A 5000 1000 0 5000", "0 1 1 5000 duplicate_ack");
        row("lost_segment", data + "30 > A 1300 5000 100 5000", "0 301 1 5000 lost_segment");
        row("ack_lost_segment", data + "30 < A 5000 1400 0 5000", "0 1 401 5000 ack_lost_segment");
        row("ack_lost_segment_once", data + "30 < A 5000 1400 0 5000; 31 < A 5000 1400 1 5000", "0 1 401 5000 ");
        row("hole_filled_is_not_lost",
            opened
                + "20 > A 1100 5000 100 5000; 21 > A 1000 5000 100 5000;"
                  "30 < A 5000 1200 0 5000",
            "0 1 201 5000 ");
        row("zero_window", data + "30 < A 5000 1200 0 0", "0 1 201 0 zero_window");
        row("zero_window_not_in_rst", data + "30 < RA 5000 1200 0 0", "0 1 201 0 ");
        row("window_full", opened + "20 > A 1000 5000 2500 5000; 21 > A 3500 5000 2500 5000",
            "0 2501 1 5000 window_full");
        row("window_update", data + "30 < A 5000 1200 0 5000; 31 < A 5000 1200 0 6000", "0 1 201 6000 window_update");
        row("keep_alive", data + "30 < A 5000 1200 0 5000; 9000 > A 1199 5000 0 5000", "0 200 1 5000 keep_alive");
        row("keep_alive_of_a_byte", data + "30 < A 5000 1200 0 5000; 9000 > A 1199 5000 1 5000",
            "0 200 1 5000 keep_alive");
        row("keep_alive_ack", data + "30 < A 5000 1200 0 5000; 9000 > A 1199 5000 0 5000; 9010 < A 5000 1200 0 5000",
            "0 1 201 5000 keep_alive_ack");
        row("reused_ports", data + "9000 > S 7777 0 0 5000", "1 0 0 5000 reused_ports");
        row("zero_window_probe", data + "30 < A 5000 1200 0 0; 300 > A 1200 5000 1 5000",
            "0 201 1 5000 zero_window_probe");
        row("zero_window_probe_ack", data + "30 < A 5000 1200 0 0; 300 > A 1200 5000 1 5000; 310 < A 5000 1200 0 0",
            "0 1 201 0 zero_window,zero_window_probe_ack");
        row("time_goes_back", data + "15 > A 1000 5000 50 5000", "0 1 1 5000 retransmission");
        row("middle_of_a_stream", "0 > A 3000 9000 100 50", "0 1 1 50 ");
        const QString scaled = "0 > S 999 0 0 5000 7; 10 < SA 4999 1000 0 5000 2; 10.1 > A 1000 5000 0 300;";
        row("scaled", scaled, "0 1 1 38400 ");
        row("scaling_refused", "0 > S 999 0 0 5000 7; 10 < SA 4999 1000 0 5000; 10.1 > A 1000 5000 0 300",
            "0 1 1 300 ");
        row("scale_above_14", "0 > S 999 0 0 5000 30; 10 < SA 4999 1000 0 5000 2; 10.1 > A 1000 5000 0 1",
            "0 1 1 16384 ");
        row("sequence_wraps",
            "0 > S 4294967290 0 0 5000; 10 < SA 4999 4294967291 0 5000;"
            "11 > A 4294967291 5000 100 5000; 12 > A 95 5000 10 5000; 300 > A 4294967291 5000 100 5000",
            "0 1 1 5000 retransmission");
    }

    void last()
    {
        QFETCH(QString, script);
        QFETCH(QString, expected);
        const auto packets = packetsOf(captureOf(script));
        QVERIFY(!packets.empty());
        QCOMPARE(rowText(packets.back()), expected);
    }

    void asTsharkSays_data() { last_data(); }

    /// The same captures through tshark itself.
    void asTsharkSays()
    {
        QFETCH(QString, script);
        QProcess version;
        version.start("tshark", {"--version"});
        if (!version.waitForFinished() || !version.readAllStandardOutput().contains("TShark (Wireshark) 4.0.17"))
            QSKIP("tshark 4.0.17 is not installed");
        QTemporaryDir folder;
        const std::string file = captureOf(script);
        const QString path = folder.filePath("a.pcap");
        std::ofstream(path.toStdString(), std::ios::binary) << file;
        QStringList arguments{"-n", "-r", path, "-T", "fields", "-e", "tcp.stream", "-e", "tcp.seq", "-e", "tcp.ack",
            "-e", "tcp.window_size", "-e", "tcp.analysis.ack_rtt"};
        for (std::size_t i = 0; i < tcp::tsharkMarkCount; ++i)
            arguments << "-e"
                      << "tcp.analysis."
                    + QString::fromStdString(std::string(tcp::tsharkMarkName(static_cast<tcp::TsharkMark>(i))));
        QProcess tshark;
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert("WIRESHARK_CONFIG_DIR", folder.path());
        tshark.setProcessEnvironment(environment);
        tshark.start("tshark", arguments);
        QVERIFY(tshark.waitForFinished());
        const QStringList lines = QString::fromLatin1(tshark.readAllStandardOutput()).split('\n', Qt::SkipEmptyParts);
        const auto packets = packetsOf(file);
        QCOMPARE(static_cast<std::size_t>(lines.size()), packets.size());
        for (std::size_t i = 0; i < packets.size(); ++i) {
            const QStringList cells = lines[static_cast<qsizetype>(i)].split('\t');
            TsharkMarks marks = 0;
            for (std::size_t mark = 0; mark < tcp::tsharkMarkCount; ++mark)
                if (!cells[static_cast<qsizetype>(5 + mark)].isEmpty())
                    marks = static_cast<TsharkMarks>(marks | 1U << mark);
            QCOMPARE(rowText(packets[i]),
                QString("%1 %2 %3 %4 %5").arg(cells[0], cells[1], cells[2], cells[3], markText(marks)));
            QCOMPARE(cells[4].isEmpty(), std::isnan(packets[i].tsharkAckRtt));
            if (!cells[4].isEmpty())
                QVERIFY(std::abs(cells[4].toDouble() - static_cast<double>(packets[i].tsharkAckRtt)) < 1e-6);
        }
    }

    /// A header that the snap length cut counts for what follows and has no marks of its own.
    void cutOptions()
    {
        tcp::TsharkMarker marker;
        TcpPacket packet;
        tcp::Segment segment;
        segment.from.port = 1;
        segment.to.port = 2;
        segment.flags = tcp::Segment::ack;
        segment.sequence = 1000;
        segment.payload = 100;
        segment.window = 500;
        marker.mark(segment, packet);
        segment.sequence = 1200;
        segment.areOptionsCut = true;
        marker.mark(segment, packet);
        QCOMPARE(markText(packet.tsharkMarks), QString());
        segment.sequence = 1300;
        segment.areOptionsCut = false;
        marker.mark(segment, packet);
        QCOMPARE(markText(packet.tsharkMarks), QString()); // 1300 is next: the cut one was counted
        segment.sequence = 1500;
        segment.isFragment = true;
        marker.mark(segment, packet);
        QCOMPARE(markText(packet.tsharkMarks), QString());
        QCOMPARE(packet.sequence, 501U);
    }
};

QTEST_APPLESS_MAIN(TestTsharkMarks)
#include "tst_tshark_marks.moc"
